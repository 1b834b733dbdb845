"""Which book a page opens: today's, or with `as_of` that of a past day."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from ..filters import AsOfField, Problem
from ..filters.fields import ONE_VALUE, UNKNOWN
from ..models import Book
from ..periods import AsOf
from . import errors
from .gate import View

LABELS = {"as_of": "截至", "against": "对比"}
NOT_EARLIER = "须早于所查看的日期，请另选一天。"


def reads_book(view: View) -> View:
    """Give the view a `book`; any parameter but a readable `as_of` is answered 400."""
    return reads_book_and()(view)


def reads_book_and(*also: str) -> Callable[[View], View]:
    """The same beside further parameters, which the view reads itself."""

    def reading(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            days, problems = _days(request, "as_of", also=also)
            if problems:
                return errors.bad_request(request, problems=problems)
            return view(request, *args, book=_opened(request, days), **kwargs)

        return opened

    return reading


def reads_board(view: View) -> View:
    """The same, and the earlier day `against` which the board is held, None for the usual."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        days, problems = _days(request, "as_of", "against")
        as_of, against = days["as_of"], days["against"]
        until = (as_of or AsOf(Book().day)).until
        if against and against.until >= until:
            problems.append(Problem(LABELS["against"], NOT_EARLIER))
        if problems:
            return errors.bad_request(request, problems=problems)
        return view(request, *args, book=_opened(request, days), against=against, **kwargs)

    return opened


def _days(
    request: HttpRequest, *names: str, also: tuple[str, ...] = ()
) -> tuple[dict[str, AsOf | None], list[Problem]]:
    """The days asked for, and everything that is wrong with the parameters."""
    days: dict[str, AsOf | None] = dict.fromkeys(names)
    problems = unknown(request, *names, *also)
    for name in names:
        try:
            days[name] = AsOfField(required=False).clean(request.GET.get(name, ""))
        except ValidationError as refusal:
            problems += [Problem(LABELS[name], message) for message in refusal.messages]
        if len(request.GET.getlist(name)) > 1:
            problems.append(Problem(LABELS[name], ONE_VALUE))
    return days, problems


def _opened(request: HttpRequest, days: dict[str, AsOf | None]) -> Book:
    book = Book(days["as_of"])
    mark(request, book)
    return book


def unknown(request: HttpRequest, *known: str) -> list[Problem]:
    """The parameters that a page does not know."""
    return [Problem(name, UNKNOWN) for name in request.GET if name not in known]


def mark(request: HttpRequest, book: Book) -> None:
    """Let the frame of the page say which day is shown, and lead on within it."""
    request.book = book  # type: ignore[attr-defined]

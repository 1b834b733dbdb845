"""Which book a page opens: today's, or with `as_of` that of a past day."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from ..filters import AsOfField, Problem
from ..filters.fields import ONE_VALUE, UNKNOWN
from ..models import Book
from . import errors
from .rights import View


def reads_book(view: View) -> View:
    """Give the view a `book`; any parameter but a readable `as_of` is answered 400."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        problems = unknown(request, "as_of")
        try:
            as_of = AsOfField(required=False).clean(request.GET.get("as_of", ""))
        except ValidationError as refusal:
            problems += [Problem("截至", message) for message in refusal.messages]
        if len(request.GET.getlist("as_of")) > 1:
            problems.append(Problem("截至", ONE_VALUE))
        if problems:
            return errors.bad_request(request, problems=problems)
        book = Book(as_of)
        mark(request, book)
        return view(request, *args, book=book, **kwargs)

    return opened


def unknown(request: HttpRequest, *known: str) -> list[Problem]:
    """The parameters that a page does not know."""
    return [Problem(name, UNKNOWN) for name in request.GET if name not in known]


def mark(request: HttpRequest, book: Book) -> None:
    """Let the frame of the page say which day is shown, and lead on within it."""
    request.book = book  # type: ignore[attr-defined]

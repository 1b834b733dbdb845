"""大屏轮播: one screen at a time; the script of the page, or without it the browser, turns them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from .. import wall
from ..filters import WallFilter
from ..models import Book
from . import errors


def page(request: HttpRequest) -> HttpResponseBase:
    asked = WallFilter(request.GET)
    if not asked.is_valid():
        return errors.bad_request(request, problems=asked.problems)
    book = Book()
    places = wall.places(book, asked.chosen)
    # How many there are changes while they turn: beyond the last comes the first.
    number = ((asked.cleaned_data["slide"] or 1) - 1) % len(places) + 1
    place = places[number - 1]
    context = {
        "screen": wall.screen(book, place),
        "place": place,
        "number": number,
        "total": len(places),
        "now": timezone.localtime(),
        "every": asked.cleaned_data["every"],
        "theme": asked.cleaned_data["theme"] or "dark",
        "next_href": _href(asked, number % len(places) + 1),
        "prev_href": _href(asked, (number - 2) % len(places) + 1),
    }
    return render(request, "wall.html", context)


def _href(asked: WallFilter, number: int) -> str:
    given: dict[str, Any] = {"slide": number, **asked.kept}
    return f"?{urlencode(given, doseq=True)}"

"""挂图作战: one ledger as rows against months, on screen and on A3."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from .. import matrix
from ..choices import Ledger
from ..filters import MatrixFilter
from ..matrix import MEANINGS, SIGNS, By, Mark, Matrix
from ..periods import Month
from . import errors
from .books import mark


@dataclass(frozen=True)
class Choice:
    label: str
    href: str
    is_on: bool


def page(request: HttpRequest) -> HttpResponseBase:
    asked = MatrixFilter(request.GET)
    if asked.problems:
        return errors.bad_request(request, problems=asked.problems)
    book = asked.entries.book
    mark(request, book)
    found = matrix.matrix(
        book,
        asked.ledger,
        asked.by,
        asked.stretch,
        rows=asked.entries.rows,
        scope=asked.scope,
        with_bare=asked.shows_bare,
    )
    return render(request, "matrix.html", _context(asked, found))


def _context(asked: MatrixFilter, found: Matrix) -> dict[str, Any]:
    months = found.months
    year = months[0].first.year
    return {
        "matrix": found,
        "ledger": asked.ledger,
        "day": asked.entries.book.day,
        "months": months,
        "stretch": f"{months[0].label}至{months[-1].label}" if len(months) > 1 else months[0].label,
        "legend": [(SIGNS[sign], sign.label, MEANINGS[sign], sign.value) for sign in Mark],
        "narrowed": asked.entries.in_words() if _narrows(asked) else "",
        "ledgers": [
            Choice(ledger.label, _href(asked, ledger=ledger.value), ledger == asked.ledger)
            for ledger in Ledger
        ],
        "bys": [Choice(by.label, _href(asked, by=by.value), by == asked.by) for by in By],
        "years": [
            Choice("上一年", _href(asked, year=str(year - 1)), False),
            Choice("下一年", _href(asked, year=str(year + 1)), False),
            Choice("本季度", _href(asked, **_quarter(asked.entries.book.day)), False),
        ],
        "bare_href": _href(asked, rows="" if asked.shows_bare else "all"),
        "shows_bare": asked.shows_bare,
    }


def _quarter(day: dt.date) -> dict[str, str]:
    """The three months around a day; on a telephone they fit."""
    first = Month.of(day.replace(month=day.month - (day.month - 1) % 3, day=1))
    return {"from": str(first), "to": str(first.following.following)}


def _narrows(asked: MatrixFilter) -> bool:
    return any(name != "as_of" for name in asked.scope)


def _href(asked: MatrixFilter, **changed: str) -> str:
    """The same matrix with some parameters changed; a year takes the place of months."""
    given: dict[str, Any] = {**asked.own, **asked.scope}
    if "year" in changed or "from" in changed:
        for name in ("year", "from", "to"):
            given.pop(name, None)
    given |= changed
    if "ledger" in changed:  # whose statuses are others
        given.pop("status", None)
    return f"?{urlencode({name: value for name, value in given.items() if value}, doseq=True)}"

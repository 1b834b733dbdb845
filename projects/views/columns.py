"""选择列: which columns a list shows, in which order, and how many of them stay in sight.

All of it stands in the address of the list; keeping it under a name is a saved view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from ..choices import LISTS
from ..columns import Column
from ..filters import FREEZES, USUALLY_FROZEN, EntryFilter, ledger_of
from ..forms.columns import WAYS, ColumnsForm
from ..ledgercolumns import ALWAYS_SHOWN, columns_of
from . import errors
from .books import mark
from .recordforms import sentences

OF_FORM = ("column", "do")


@dataclass(frozen=True)
class Line:
    """A column as the page offers it; `ways` are the moves that would change something."""

    column: Column
    is_shown: bool
    is_always: bool
    is_held: bool
    ways: tuple[tuple[str, str], ...]


def choose(request: HttpRequest, ledger: str) -> HttpResponseBase:
    """The list's own parameters, and those of `ColumnsForm` once it is sent: then to the list, or
    back here with the column moved.
    """
    kind = ledger_of(ledger)
    given = request.GET.copy()
    sent = {name: given.pop(name, []) for name in OF_FORM}
    chosen = EntryFilter(given, ledger=kind)
    mark(request, chosen.book)
    if chosen.problems:
        return errors.bad_request(request, problems=chosen.problems)
    if not any(sent.values()):
        return render(request, "columns.html", _page(request, ledger, chosen))
    form = ColumnsForm(request.GET, columns=columns_of(kind))
    if not form.is_valid():
        return errors.bad_request(request, problems=sentences(form))
    freeze = form.cleaned_data["freeze"]
    is_usual = freeze in ("", str(USUALLY_FROZEN))
    query = chosen.href(columns=",".join(form.chosen), freeze=None if is_usual else freeze)
    if form.is_done:
        return redirect(reverse("list", args=[ledger]) + query)
    return redirect(f"{request.path}{query}#column-{form.moved}")


def _page(request: HttpRequest, ledger: str, chosen: EntryFilter) -> dict[str, Any]:
    layout, every = chosen.layout, columns_of(ledger_of(ledger))
    rest = [column for column in every if column not in layout.columns]
    last = len(layout.columns) - 1
    shown = [
        _line(column, place, place == last, place < layout.frozen)
        for place, column in enumerate(layout.columns)
    ]
    to_list = reverse("list", args=[ledger])
    return {
        "title": dict(LISTS)[ledger],
        "ledger": ledger,
        "shown": shown,
        "others": [Line(column, False, False, False, ()) for column in rest],
        "freezes": [(value, label, value == str(layout.frozen)) for value, label in FREEZES],
        "kept": _kept(chosen.given),
        "words": chosen.in_words(),
        "list_href": to_list + chosen.href(),
        "usual_href": to_list + chosen.href(columns=None, freeze=None),
    }


def _line(column: Column, place: int, is_last: bool, is_held: bool) -> Line:
    barred = {"first", "up"} if place == 0 else {"down"} if is_last else set()
    ways = tuple((way, label) for way, label in WAYS.items() if way not in barred)
    return Line(column, True, column.name in ALWAYS_SHOWN, is_held, ways)


def _kept(given: QueryDict) -> list[tuple[str, str]]:
    """The conditions of the list as the form sends them along."""
    own = ("columns", "freeze", "page", *OF_FORM)
    return [(name, value) for name in given if name not in own for value in given.getlist(name)]

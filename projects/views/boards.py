"""The overview and the boards by sector, place and unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from .. import charts, statistics
from ..choices import RegionLevel
from ..followup import follow_up
from ..models import Book, Organisation, Revision
from ..reconciliation import reconcile
from ..rights import Right
from ..statistics import OVERLAP_NOTE, Board, Params
from .books import reads_book
from .rights import needs

RECENT = 8


@needs(Right.READ)
@reads_book
def overview(request: HttpRequest, book: Book) -> HttpResponseBase:
    board = statistics.scope_board(book.rows(), book.scope, book)
    context = {
        "board": board,
        "chart": charts.phase_bars(board.ledgers),
        "recent": Revision.objects.recent(book.as_of, RECENT),
        "checks": reconcile(book),
        "indicators": book.indicators(),
        "day": book.day,
        "lists_href": _lists_of(book),
        "follow_up": () if book.as_of else follow_up(book.day),
    }
    return render(request, "overview.html", context)


def _lists_of(book: Book) -> str:
    path = reverse("field-lists")
    return f"{path}?{urlencode(book.scope)}" if book.scope else path


@needs(Right.READ)
@reads_book
def sectors(request: HttpRequest, book: Book) -> HttpResponseBase:
    return _index(request, book, "sectors.html", "分领域", statistics.sector_rows(book))


@needs(Right.READ)
@reads_book
def cities(request: HttpRequest, book: Book) -> HttpResponseBase:
    rows = statistics.place_rows(book)
    return _index(request, book, "cities.html", "分地区", rows, note=OVERLAP_NOTE)


def _index(
    request: HttpRequest,
    book: Book,
    template: str,
    title: str,
    rows: tuple[statistics.Row, ...],
    note: str = "",
) -> HttpResponseBase:
    board = Board(rows=rows, note=note)
    context = {"title": title, "board": board, "chart": charts.row_bars(rows), "day": book.day}
    return render(request, template, context)


@needs(Right.READ)
@reads_book
def sector(request: HttpRequest, slug: str, book: Book) -> HttpResponseBase:
    found = _named(book.names.sectors.values(), "slug", slug)
    rows = book.rows().filter(sector=found.pk)
    return _board(request, book, found.name, f"领域：{found.name}", rows, {"sector": slug})


@needs(Right.READ)
@reads_book
def city(request: HttpRequest, code: str, book: Book) -> HttpResponseBase:
    found = _named(book.names.regions.values(), "code", code)
    rows = book.rows().in_places([code])
    is_city = found.level == RegionLevel.PREFECTURE
    scope = {"city" if is_city else "district": code}
    above = book.names.regions.get(found.parent_id)
    subtitle = f"地区：{above.name} · {found.name}" if above else f"地区：{found.name}"
    children = [r for r in book.names.regions.values() if r.parent_id == found.pk]
    extras = {"children": children}
    return _board(request, book, found.name, subtitle, rows, scope, OVERLAP_NOTE, extras)


@needs(Right.READ)
@reads_book
def unit(request: HttpRequest, pk: int, book: Book) -> HttpResponseBase:
    found = _unit(pk, book)
    rows = book.rows().of_unit([found.pk])
    subtitle = f"单位：{found.get_kind_display()}{f' · {found.region}' if found.region else ''}"
    note = "含本单位牵头和配合的条目；一个条目可有多个单位，各单位之和大于总数，不可相加。"
    extras = {"follow_up": () if book.as_of else follow_up(book.day, found)}
    return _board(request, book, found.name, subtitle, rows, {"unit": str(pk)}, note, extras)


def _named(records: Iterable[Any], field: str, value: str) -> Any:
    """The one record so called on that day, else 404."""
    for record in records:
        if getattr(record, field) == value:
            return record
    raise Http404


def _unit(pk: int, book: Book) -> Organisation:
    if book.as_of:
        found: Organisation = _named(book.names.units.values(), "pk", pk)  # type: ignore[arg-type]
        return found
    return get_object_or_404(Organisation.objects.select_related("region"), pk=pk)


def _board(
    request: HttpRequest,
    book: Book,
    title: str,
    subtitle: str,
    rows: Any,
    scope: Params,
    note: str = "",
    extras: dict[str, Any] | None = None,
) -> HttpResponseBase:
    board = statistics.scope_board(rows, {**scope, **book.scope}, book, note)
    board = replace(board, extras=extras or {})
    context = {
        "title": title,
        "subtitle": subtitle,
        "board": board,
        "chart": charts.phase_bars(board.ledgers),
        "day": book.day,
        "follow_up": board.extras.get("follow_up", ()),
    }
    return render(request, "board.html", context)

"""The overview and the boards by sector, place and unit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from .. import charts, statistics
from ..choices import RegionLevel
from ..models import Indicator, LedgerEntry, Organisation, Region, Revision, Sector
from ..periods import today
from ..reconciliation import reconcile
from ..rights import Right
from ..statistics import OVERLAP_NOTE, Board, Params
from .rights import needs

RECENT = 8


@needs(Right.READ)
def overview(request: HttpRequest) -> HttpResponseBase:
    day = today()
    board = statistics.scope_board(LedgerEntry.objects.listed(), day, {})
    recent = Revision.objects.of_entries().lively()[:RECENT]
    context = {
        "board": board,
        "chart": charts.phase_bars(board.ledgers),
        "recent": recent,
        "checks": reconcile(),
        "indicators": Indicator.objects.select_related("sector"),
        "day": day,
    }
    return render(request, "overview.html", context)


@needs(Right.READ)
def sectors(request: HttpRequest) -> HttpResponseBase:
    rows = statistics.sector_rows(LedgerEntry.objects.listed(), today())
    return _index(request, "sectors.html", "分领域", rows)


@needs(Right.READ)
def cities(request: HttpRequest) -> HttpResponseBase:
    rows = statistics.place_rows(LedgerEntry.objects.listed(), today())
    return _index(request, "cities.html", "分地区", rows, note=OVERLAP_NOTE)


def _index(
    request: HttpRequest,
    template: str,
    title: str,
    rows: tuple[statistics.Row, ...],
    note: str = "",
) -> HttpResponseBase:
    board = Board(rows=rows, note=note)
    context = {"title": title, "board": board, "chart": charts.row_bars(rows), "day": today()}
    return render(request, template, context)


@needs(Right.READ)
def sector(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = get_object_or_404(Sector, slug=slug)
    rows = LedgerEntry.objects.listed().filter(sector=found)
    return _board(request, found.name, f"领域：{found.name}", rows, {"sector": slug})


@needs(Right.READ)
def city(request: HttpRequest, code: str) -> HttpResponseBase:
    found = get_object_or_404(Region.objects.select_related("parent"), code=code)
    rows = LedgerEntry.objects.listed().in_places([code])
    is_city = found.level == RegionLevel.PREFECTURE
    scope = {"city" if is_city else "district": code}
    above = f"{found.parent.name} · " if found.parent else ""
    extras = {"children": found.children.all() if is_city else ()}
    return _board(
        request, found.name, f"地区：{above}{found.name}", rows, scope, OVERLAP_NOTE, extras
    )


@needs(Right.READ)
def unit(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Organisation.objects.select_related("region"), pk=pk)
    rows = LedgerEntry.objects.listed().of_unit([found.pk])
    subtitle = f"单位：{found.get_kind_display()}{f' · {found.region}' if found.region else ''}"
    note = "含本单位牵头和配合的条目；一个条目可有多个单位，各单位之和大于总数，不可相加。"
    return _board(request, found.name, subtitle, rows, {"unit": str(pk)}, note)


def _board(
    request: HttpRequest,
    title: str,
    subtitle: str,
    rows: Any,
    scope: Params,
    note: str = "",
    extras: dict[str, Any] | None = None,
) -> HttpResponseBase:
    board = statistics.scope_board(rows, today(), scope, note)
    board = replace(board, extras=extras or {})
    context = {
        "title": title,
        "subtitle": subtitle,
        "board": board,
        "chart": charts.phase_bars(board.ledgers),
        "day": today(),
    }
    return render(request, "board.html", context)

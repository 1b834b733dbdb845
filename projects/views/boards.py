"""The overview and the boards by sector, place, unit, task force and leader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from .. import boards, charts, statistics
from ..boards import Scope
from ..choices import RegionLevel
from ..models import Book, Look, Organisation, Revision
from ..periods import AsOf
from ..reconciliation import reconcile
from ..statistics import OVERLAP_NOTE, Board
from ..trends import Course, Kept
from . import errors, placemap, sparks
from .books import reads_board, reads_book, reads_book_and

RECENT = 8
#: How the lines of counts are drawn.
TONES = {"red": "light-red", "yellow": "light-yellow", "share": "ledger-items"}
OF_UNIT = "含本单位牵头和配合的条目；一个条目可有多个单位，各单位之和大于总数，不可相加。"


@reads_board
def overview(request: HttpRequest, book: Book, against: AsOf | None) -> HttpResponseBase:
    since = None if book.as_of else _last_look(request)
    shown = boards.board(Scope("总览", "", Book.rows), book, against, since)
    more = {
        **_launched(shown),
        "recent": Revision.objects.recent(book.as_of, RECENT),
        "checks": reconcile(book),
        "indicators": book.indicators(),
        "lists_href": _lists_of(book),
    }
    return _shown(request, "overview.html", book, shown, more)


def _last_look(request: HttpRequest) -> dt.datetime | None:
    assert request.user.pk
    return Look.taken(request.user.pk, timezone.now())


def _launched(shown: boards.Shown) -> dict[str, Any]:
    """89 of 135 as a ring, and how it came to it."""
    share = next(ledger.share for ledger in shown.board.ledgers if ledger.share)
    rest = shown.board.ledgers[1].phases[0]
    return {
        "ring": charts.ring(share, "合作事项启动情况", rest if rest.count == share.rest else None),
        "share_course": _drawn([shown.launched] if shown.launched else [], "已启动的合作事项"),
    }


def _drawn(
    courses: Iterable[Course], title: str, size: charts.Size | None = None
) -> charts.Picture | None:
    """The courses of counts over twelve months; without any month but the last, none."""
    known = [course for course in courses if course.is_known]
    if not known:
        return None
    series = [charts.Series(c.label, c.points, TONES.get(c.slug, "")) for c in known]
    return charts.lines(known[0].months, series, title, size=size or charts.Size())


def _lists_of(book: Book) -> str:
    path = reverse("field-lists")
    return f"{path}?{urlencode(book.scope)}" if book.scope else path


@reads_book
def sectors(request: HttpRequest, book: Book) -> HttpResponseBase:
    rows = sparks.beside(book, "sectors", statistics.sector_rows(book))
    return _index(request, book, "sectors.html", "分领域", rows)


@reads_book_and("measure")
def cities(request: HttpRequest, book: Book) -> HttpResponseBase:
    measure, problems = placemap.asked(request)
    if problems:
        return errors.bad_request(request, problems=problems)
    rows = sparks.beside(book, "places", statistics.place_rows(book))
    more = placemap.context(book, measure) | {"chart": charts.row_bars(placemap.mapped(rows))}
    return _index(request, book, "cities.html", "分地区", rows, note=OVERLAP_NOTE, more=more)


@reads_book
def leaders(request: HttpRequest, book: Book) -> HttpResponseBase:
    return _index(request, book, "leaders.html", "联系市领导", statistics.leader_rows(book))


def _index(
    request: HttpRequest,
    book: Book,
    template: str,
    title: str,
    rows: tuple[statistics.Row, ...],
    note: str = "",
    more: dict[str, Any] | None = None,
) -> HttpResponseBase:
    board = Board(rows=rows, note=note)
    context = {"title": title, "board": board, "chart": charts.row_bars(rows), "day": book.day}
    return render(request, template, context | (more or {}))


@reads_board
def sector(request: HttpRequest, slug: str, book: Book, against: AsOf | None) -> HttpResponseBase:
    found = _named(book.names.sectors.values(), "slug", slug)
    scope = Scope(
        found.name,
        f"领域：{found.name}",
        lambda book: book.rows().filter(sector=found.pk),
        {"sector": slug},
        kept=Kept("sectors", slug),
    )
    return _board(request, book, scope, against)


@reads_board
def city(request: HttpRequest, code: str, book: Book, against: AsOf | None) -> HttpResponseBase:
    found = _named(book.names.regions.values(), "code", code)
    above = book.names.regions.get(found.parent_id)
    is_city = found.level == RegionLevel.PREFECTURE
    scope = Scope(
        found.name,
        f"地区：{above.name} · {found.name}" if above else f"地区：{found.name}",
        lambda book: book.rows().in_places([code]),
        {"city" if is_city else "district": code},
        note=OVERLAP_NOTE,
        kept=Kept("places", code),
    )
    children = [r for r in book.names.regions.values() if r.parent_id == found.pk]
    return _board(request, book, scope, against, {"children": children})


@reads_board
def unit(request: HttpRequest, pk: int, book: Book, against: AsOf | None) -> HttpResponseBase:
    found = _unit(pk, book)
    scope = Scope(
        found.name,
        f"单位：{found.get_kind_display()}{f' · {found.region}' if found.region else ''}",
        lambda book: book.rows().of_unit([found.pk]),
        {"unit": str(pk)},
        note=OF_UNIT,
        kept=Kept("units", str(pk)),
        unit=found,
    )
    return _board(request, book, scope, against)


@reads_board
def task_force(
    request: HttpRequest, name: str, book: Book, against: AsOf | None
) -> HttpResponseBase:
    if name not in {force.name for force in book.task_forces} | book.task_forces_named([name]):
        raise Http404
    scope = Scope(
        name,
        "专项组",
        lambda book: book.rows().filter(task_force=name),
        {"task_force": name},
        kept=Kept("task_forces", name),
    )
    return _board(request, book, scope, against)


@reads_board
def leader(request: HttpRequest, name: str, book: Book, against: AsOf | None) -> HttpResponseBase:
    if not book.leaders_named([name]):
        raise Http404
    scope = Scope(
        name,
        "联系市领导",
        lambda book: book.rows().contacted_by([name]),
        {"leader": name},
        kept=Kept("leaders", name),
    )
    return _board(request, book, scope, against)


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
    scope: Scope,
    against: AsOf | None,
    more: dict[str, Any] | None = None,
) -> HttpResponseBase:
    return _shown(request, "board.html", book, boards.board(scope, book, against), more or {})


def _shown(
    request: HttpRequest, template: str, book: Book, shown: boards.Shown, more: dict[str, Any]
) -> HttpResponseBase:
    context = {
        "shown": shown,
        "board": shown.board,
        "chart": charts.phase_bars(shown.board.ledgers),
        "courses": _drawn(shown.courses, "红灯和黄灯条目数", charts.LOW),
        "day": book.day,
        "follow_up": shown.follow_up,
        **more,
    }
    return render(request, template, context)

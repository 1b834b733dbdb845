"""大屏轮播: the ledgers as screens that turn by themselves, for a wall.

A screen is worked out when it is shown; every number is a count with the list it counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from . import statistics
from .choices import Ledger, Light, RegionLevel
from .followup import follow_up
from .models import Book, Round
from .rounds import standing
from .statistics import OVERLAP_NOTE, Share, Tally, address

NEVER_ADDED = "四本台账分别计数，互不相加"
#: What fits on one screen and is read at six metres.
ROWS, LATE_ROWS = 6, 5
#: Screens of what is overdue; the rest is on the list.
LATE_PAGES = 4


class Slide(models.TextChoices):
    LEDGERS = "ledgers", "四本台账"
    LIGHTS = "lights", "亮灯情况"
    OVERDUE = "overdue", "逾期未完成"
    SECTORS = "sectors", "分领域"
    CITIES = "cities", "分地区"
    MATTERS = "matters", "问题与督办"
    ROUND = "round", "月报填报"


@dataclass(frozen=True)
class Card:
    """A number in the largest size, with a share or smaller numbers below it."""

    label: str
    tally: Tally
    share: Share | None = None
    below: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class Line:
    label: str
    href: str
    cells: tuple[Tally, ...]


@dataclass(frozen=True)
class Late:
    """An entry past its deadline: by how many days, and whose turn it is."""

    entry: Any
    days: int


@dataclass(frozen=True)
class Screen:
    """One picture: cards, a table of numbers, or what is overdue."""

    slide: Slide
    title: str
    note: str = ""
    cards: tuple[Card, ...] = ()
    heads: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    counts: tuple[Tally, ...] = ()
    late: tuple[Late, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Place:
    """Where a screen stands: the page of its slide, and how many there are."""

    slide: Slide
    page: int
    pages: int


def places(book: Book, chosen: Iterable[Slide] = ()) -> tuple[Place, ...]:
    """The screens in the order in which they turn. One query, and that for the names."""
    pages = {
        Slide.OVERDUE: min(LATE_PAGES, _pages(_overdue(book).count(), LATE_ROWS)),
        Slide.SECTORS: _pages(len(book.names.sectors), ROWS),
    }
    wanted = set(chosen) or set(Slide)
    return tuple(
        Place(slide, page, pages.get(slide, 1))
        for slide in Slide
        if slide in wanted
        for page in range(1, pages.get(slide, 1) + 1)
    )


def _pages(rows: int, size: int) -> int:
    return max(1, math.ceil(rows / size))


def screen(book: Book, place: Place) -> Screen:
    return SCREENS[place.slide](book, place)


def _ledgers(book: Book, place: Place) -> Screen:
    found = statistics.summaries(statistics.cells(book.rows(), book.clock), book.scope)
    cards = tuple(Card(s.label, s.total, s.share, s.phases) for s in found)
    return Screen(place.slide, place.slide.label, NEVER_ADDED, cards=cards)


def _lights(book: Book, place: Place) -> Screen:
    found = statistics.summaries(statistics.cells(book.rows(), book.clock), book.scope)
    return Screen(
        place.slide,
        place.slide.label,
        NEVER_ADDED,
        heads=tuple(light.label for light in Light),
        lines=tuple(Line(s.label, s.href, s.lights) for s in found),
    )


def _overdue(book: Book) -> Any:
    return book.rows().overdue(book.day)


def _late(book: Book, place: Place) -> Screen:
    rows = _overdue(book).order_by("due_on", "code")
    first = (place.page - 1) * LATE_ROWS
    entries = book.lines(rows[first : first + LATE_ROWS])
    counts = dict(rows.counted("ledger"))
    most = LATE_ROWS * LATE_PAGES
    note = f"逾期最久的{most}条，其余见台账" if sum(counts.values()) > most else "逾期最久的在前"
    asked = {"overdue": "yes", "sort": "due", **book.scope}
    return Screen(
        place.slide,
        place.slide.label,
        f"{note}；{NEVER_ADDED}",
        counts=tuple(
            Tally(ledger.label, counts.get(ledger, 0), address(ledger, asked), ledger.value)
            for ledger in Ledger
        ),
        late=tuple(Late(e, (book.day - e.due_on).days) for e in entries if e.due_on),
        empty="" if entries else "目前没有逾期未完成的条目。",
    )


def _sectors(book: Book, place: Place) -> Screen:
    first = (place.page - 1) * ROWS
    rows = statistics.sector_rows(book)[first : first + ROWS]
    return _table(place, rows, "红灯为四本台账合列，仅供查找")


def _cities(book: Book, place: Place) -> Screen:
    rows = [r for r in statistics.place_rows(book) if r.level == RegionLevel.PREFECTURE]
    return _table(place, rows[:ROWS], OVERLAP_NOTE)


def _table(place: Place, rows: Iterable[statistics.Row], note: str) -> Screen:
    heads = (*(ledger.label for ledger in Ledger), Light.RED.label)
    lines = tuple(Line(row.label, row.href, (*row.cells, _red(row))) for row in rows)
    return Screen(place.slide, place.slide.label, note, heads=heads, lines=lines)


def _red(row: statistics.Row) -> Tally:
    return next(tally for tally in row.lights if tally.slug == Light.RED)


def _matters(book: Book, place: Place) -> Screen:
    lines = tuple(Line(line.label, line.href, line.cells) for line in follow_up(book.day))
    heads = tuple(cell.label for cell in lines[0].cells)
    return Screen(place.slide, place.slide.label, heads=heads, lines=lines)


def _round(book: Book, place: Place) -> Screen:
    """The month that is open, the latest first; else the last that was frozen."""
    found = Round.objects.order_by(models.F("closed_at").desc(nulls_first=True), "-month").first()
    if found is None:
        return Screen(place.slide, place.slide.label, empty="还没有开启月报。")
    whole = standing(found, book.day).whole
    cards = tuple(Card(t.label, t) for t in (whole.due, *whole.states, whole.late))
    state = "已冻结" if found.is_frozen else f"报送截止{found.due_on}"
    title = f"{found.period.label}月报填报"
    return Screen(place.slide, title, state, cards=cards)


SCREENS: dict[Slide, Callable[[Book, Place], Screen]] = {
    Slide.LEDGERS: _ledgers,
    Slide.LIGHTS: _lights,
    Slide.OVERDUE: _late,
    Slide.SECTORS: _sectors,
    Slide.CITIES: _cities,
    Slide.MATTERS: _matters,
    Slide.ROUND: _round,
}

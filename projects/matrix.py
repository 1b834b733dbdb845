"""挂图作战: units, sectors, counties or task forces against months, for one ledger.

A cell counts entries, never milestones, so that its number is that of the list it leads to.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from .choices import PHASE_STATUSES, Ledger, Light, MilestoneMark, Phase, Precision, RegionLevel
from .models import Book
from .models.entryfacts import split
from .models.entryrows import RUNNING_STATUSES
from .models.milestonerows import bounds, milestones_told
from .periods import EARLIEST, Month
from .statistics import OVERLAP_NOTE, Params, Tally, address, light_tallies

NOBODY = "none"
TASK_FORCE_NOTE = "只列写明专项组的条目；没有写明专项组的不在此表。"
#: The city itself is no county, and what names it alone stands in no row.
COUNTY_NOTE = f"{OVERLAP_NOTE}只写到市、未写明区县或功能区的条目不在此表。"


class By(models.TextChoices):
    """What a row stands for."""

    UNIT = "unit", "牵头单位"
    SECTOR = "sector", "领域"
    COUNTY = "county", "区县和功能区"
    TASK_FORCE = "task_force", "专项组"


COLUMNS = {
    By.UNIT: "lead",
    By.SECTOR: "sector",
    By.COUNTY: "places",
    By.TASK_FORCE: "task_force",
}
#: Rows of these do not overlap and leave none out: they have a sum.
SUMMED = (By.UNIT, By.SECTOR)
NOTES = {By.COUNTY: COUNTY_NOTE, By.TASK_FORCE: TASK_FORCE_NOTE}


class Mark(models.TextChoices):
    """What a cell counts: entries by their milestones, and by their deadline."""

    PLANNED = "planned", "计划"
    REACHED = "reached", "达成"
    LATE = "late", "逾期"
    DUE = "due", "到期"
    DONE = "done", "办结"


#: Signs that every Chinese font has; the word stands beside each.
SIGNS = {Mark.PLANNED: "○", Mark.REACHED: "●", Mark.LATE: "▲", Mark.DUE: "◇", Mark.DONE: "√"}
MEANINGS = {
    Mark.PLANNED: "有里程碑计划在当月达成的条目",
    Mark.REACHED: "有里程碑在当月达成的条目",
    Mark.LATE: "里程碑计划在当月达成、已过期而未达成的条目；已完成、已停止和待更新的不计",
    Mark.DUE: "完成时限在当月的条目",
    Mark.DONE: "完成时限在当月的条目中已完成的",
}
MONTHS_MOST = 12

#: Row, month (None: the whole stretch) and mark.
Place = tuple[Any, Month | None, Mark]


@dataclass(frozen=True)
class Stretch:
    """Whole months, the first and the last included."""

    first: Month
    last: Month

    @property
    def months(self) -> tuple[Month, ...]:
        found, month = [], self.first
        while month.first <= self.last.first:
            found.append(month)
            month = month.following
        return tuple(found)


@dataclass(frozen=True)
class Marked:
    """A number of a cell with its sign and its word."""

    sign: str
    word: str
    tally: Tally


@dataclass(frozen=True)
class Cell:
    """The marks of a month, those that are not zero; `light` in the month of the day alone."""

    label: str
    marks: tuple[Marked, ...]
    light: Tally | None = None
    is_now: bool = False


@dataclass(frozen=True)
class Row:
    label: str
    href: str
    total: Tally
    lights: tuple[Tally, ...]
    cells: tuple[Cell, ...]

    @property
    def is_bare(self) -> bool:
        return not any(cell.marks for cell in self.cells)


@dataclass(frozen=True)
class Heading:
    """A record that is a row: how it is called, its page, and the parameters of its lists."""

    key: Any
    label: str
    href: str
    scope: dict[str, Any]


@dataclass(frozen=True)
class Matrix:
    by: By
    months: tuple[Month, ...]
    rows: tuple[Row, ...]
    left_out: int
    note: str
    whole: Row | None = None


@dataclass(frozen=True)
class _Counts:
    """Entries by row and light; keys of entries by row, month and mark."""

    lights: dict[Any, Counter[str]]
    marked: dict[Place, set[Any]]


def matrix(
    book: Book,
    ledger: Ledger,
    by: By,
    stretch: Stretch,
    *,
    rows: Any = None,
    scope: Params | None = None,
    with_bare: bool = False,
) -> Matrix:
    """The matrix of the rows of a ledger; `scope` are the parameters that chose them.

    Three queries, and those for the names, however many rows there are.
    """
    chosen = book.rows(ledger).with_light(book.clock) if rows is None else rows
    around = dict(book.scope if scope is None else scope)
    counts = _counted(chosen.order_by(), book, by, stretch)
    headings = [h for h in _headings(book, by, ledger, around, counts) if h.key in counts.lights]
    lines = [_row(h, counts, book, ledger, stretch) for h in headings]
    shown = lines if with_bare else [line for line in lines if not line.is_bare]
    whole = Heading(WHOLE, "合计", address(ledger, around), around)
    return Matrix(
        by=by,
        months=stretch.months,
        rows=tuple(shown),
        left_out=len(lines) - len(shown),
        note=NOTES.get(by, ""),
        whole=_row(whole, counts, book, ledger, stretch) if by in SUMMED and lines else None,
    )


# --- counting -----------------------------------------------------------------------------

#: The row of all rows.
WHOLE = object()


def _counted(rows: Any, book: Book, by: By, stretch: Stretch) -> _Counts:
    column = COLUMNS[by]
    found = _Counts({}, {})
    for value, light, n in rows.counted(column, "light"):
        for key in _keys(by, value):
            found.lights.setdefault(key, Counter())[light] += n
    for value, key, month, mark in (
        *_deadlines(rows, column, stretch),
        *_milestones(rows, column, book.day, stretch),
    ):
        for row in _keys(by, value):
            found.marked.setdefault((row, month, mark), set()).add(key)
            found.marked.setdefault((row, None, mark), set()).add(key)
    return found


def _keys(by: By, value: Any) -> tuple[Any, ...]:
    """The rows in which an entry stands; the last is that of all."""
    return (*split(value), WHOLE) if by == By.COUNTY else (value, WHOLE)


Found = tuple[Any, Any, Month | None, Mark]


def _deadlines(rows: Any, column: str, stretch: Stretch) -> Iterator[Found]:
    """What is due in each month, and what of it is done. One query."""
    done = PHASE_STATUSES[Phase.DONE]
    due = rows.filter(due_on__range=(stretch.first.first, stretch.last.last))
    for value, key, due_on, status in due.values_list(column, "pk", "due_on", "status"):
        yield value, key, Month.of(due_on), Mark.DUE
        if status in done:
            yield value, key, Month.of(due_on), Mark.DONE


def _milestones(rows: Any, column: str, day: dt.date, stretch: Stretch) -> Iterator[Found]:
    """One query. What is known to the year alone counts for the whole stretch, if that holds it."""
    within = bounds(stretch.first.first, stretch.last.last)
    before = bounds(EARLIEST, day - dt.timedelta(days=1))
    told = milestones_told(rows, column, "status", "awaits_update")
    for key, (value, status, awaits), fact in told:
        planned, exact = fact["planned_on"], fact["planned_precision"]
        if planned and _lies(planned, exact, within):
            yield value, key, _month(planned, exact), Mark.PLANNED
            is_over = not fact["reached_on"] and _lies(planned, exact, before)
            if is_over and status in RUNNING_STATUSES and not awaits:
                yield value, key, _month(planned, exact), Mark.LATE
        reached, exact = fact["reached_on"], fact["reached_precision"]
        if reached and _lies(reached, exact, within):
            yield value, key, _month(reached, exact), Mark.REACHED


def _lies(on: dt.date, precision: str, within: Any) -> bool:
    first, last = within[precision]
    return bool(first <= on <= last)


def _month(on: dt.date, precision: str) -> Month | None:
    return None if precision == Precision.YEAR else Month.of(on)


# --- rows ---------------------------------------------------------------------------------


def _headings(
    book: Book, by: By, ledger: Ledger, around: dict[str, Any], counts: _Counts
) -> Iterable[Heading]:
    if by == By.UNIT:
        for pk, unit in book.names.units.items():
            yield Heading(pk, unit.name, unit.get_absolute_url(), {**around, "lead": str(pk)})
        nobody = {**around, "lead": NOBODY}
        yield Heading(None, "未明确牵头单位", address(ledger, nobody), nobody)
    elif by == By.SECTOR:
        for pk, sector in book.names.sectors.items():
            own = {**around, "sector": sector.slug}
            yield Heading(pk, sector.name, sector.get_absolute_url(), own)
    elif by == By.COUNTY:
        for region in _counties(book):
            own = {**around, "district": region.code}
            yield Heading(region.code, region.name, region.get_absolute_url(), own)
    else:
        yield from _task_forces(book, ledger, around, counts)


def _counties(book: Book) -> list[Any]:
    """Counties and zones, city by city; the two cities of the ledger first."""
    regions = book.names.regions
    first = {"510100": 0, "512000": 1}

    def place(region: Any) -> tuple[Any, ...]:
        above = regions.get(region.parent_id)
        city = above.code if above else region.code
        return first.get(city, 2), city, region.level == RegionLevel.ZONE, region.code

    counties = (r for r in regions.values() if r.level != RegionLevel.PREFECTURE)
    return sorted(counties, key=place)


def _task_forces(
    book: Book, ledger: Ledger, around: dict[str, Any], counts: _Counts
) -> Iterator[Heading]:
    """The directory in its order, then the names that entries give beyond it."""
    listed = [force.name for force in book.task_forces]
    given = sorted(name for name in counts.lights if name not in ("", WHOLE))
    for name in dict.fromkeys([*listed, *given]):
        own = {**around, "task_force": name}
        yield Heading(name, name, address(ledger, own), own)


def _row(heading: Heading, counts: _Counts, book: Book, ledger: Ledger, stretch: Stretch) -> Row:
    lights = counts.lights[heading.key]
    told = tuple(t for t in light_tallies(lights, heading.scope, ledger) if t.count)
    now = Month.of(book.day)
    cells = [
        _cell(heading, counts, ledger, month, Stretch(month, month), told if month == now else ())
        for month in stretch.months
    ]
    cells.append(_cell(heading, counts, ledger, None, stretch, ()))
    total = Tally(heading.label, lights.total(), address(ledger, heading.scope), ledger.value)
    return Row(heading.label, heading.href, total, told, tuple(cells))


def _cell(
    heading: Heading,
    counts: _Counts,
    ledger: Ledger,
    month: Month | None,
    days: Stretch,
    lights: tuple[Tally, ...],
) -> Cell:
    label = month.label if month else "全期"
    marks = []
    for mark in Mark:
        if count := len(counts.marked.get((heading.key, month, mark), ())):
            href = address(ledger, {**heading.scope, **_asked(mark, days)})
            words = f"{label}{mark.label}"
            marks.append(Marked(SIGNS[mark], mark.label, Tally(words, count, href, mark.value)))
    worst = min(lights, key=lambda t: Light.values.index(t.slug), default=None)
    return Cell(label, tuple(marks), worst, bool(lights))


def _asked(mark: Mark, days: Stretch) -> dict[str, str]:
    """The parameters of the list that holds the entries of such a mark."""
    first, last = str(days.first.first), str(days.last.last)
    if mark in (Mark.DUE, Mark.DONE):
        done = {"phase": Phase.DONE.value} if mark == Mark.DONE else {}
        return {"due_after": first, "due_before": last, **done}
    asked = MilestoneMark(mark.value).value
    return {"milestone": asked, "milestone_after": first, "milestone_before": last}

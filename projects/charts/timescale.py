"""Days as places: the axis, bars between days and markers on them.

A date known only to the month or year is drawn as that stretch, with open edges, and is never
completed: no solid bar lies over days of which nothing is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from ..choices import Precision
from ..periods import Month, PartialDate
from .picture import EMPTY, joined, number, path, rect, text
from .plans import LATE, PLANNED, REACHED, Mark, Plan

#: Above the first line, where the axis is named; right of the axis.
HEAD, MARGIN = 40, 20
BAR = 12
#: What stands for a date that is known without the other end of its bar.
STUB = 4
#: Room that the axis takes for each of its lines, and months between two of them.
TICK = 66
STEPS = (1, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Scale:
    """From days to places; `step` is the number of months between two lines of the axis."""

    first: dt.date
    last: dt.date
    day: dt.date
    left: float
    right: float
    step: int

    def x(self, day: dt.date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return self.left + (self.right - self.left) * share

    def begin(self, date: PartialDate) -> float:
        return self.x(date.first)

    def end(self, date: PartialDate) -> float:
        return self.x(date.last + dt.timedelta(days=1))

    def middle(self, date: PartialDate) -> float:
        return (self.begin(date) + self.end(date)) / 2

    def grid(self, height: float) -> SafeString:
        pieces = []
        for month in _months(self.first, self.last, self.step):
            x = self.x(month.first)
            pieces.append(path(f"M{number(x)} {HEAD - 6}V{number(height)}", "grid-line"))
            if x + 52 < self.right + MARGIN:
                pieces.append(text(self._named(month), x + 3, 14, class_="axis"))
        return joined(pieces)

    def _named(self, month: Month) -> str:
        if self.step >= 12:
            return f"{month.first.year}年"
        return str(month)

    def now(self, height: float) -> SafeString:
        """The day of the book."""
        x = self.x(self.day)
        anchor = "end" if x > (self.left + self.right) / 2 else "start"
        return joined(
            [
                path(f"M{number(x)} {HEAD - 8}V{number(height)}", "now"),
                text(
                    f"{self.day:%Y-%m-%d}",
                    x + (4 if anchor == "start" else -4),
                    HEAD - 10,
                    class_="now-label",
                    anchor=anchor,
                ),
            ]
        )


def scale_of(dates: Iterable[PartialDate], day: dt.date, left: float, right: float) -> Scale:
    """Whole steps about all dates and the day."""
    known = list(dates)
    first = min([day, *(date.first for date in known)])
    last = max([day, *(date.last for date in known)])
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    most = (right - left) // TICK
    step = next((s for s in STEPS if months / s <= most), STEPS[-1])
    begin = _floor(first, step)
    end = begin
    while end <= last:
        end = _later(end, step)
    return Scale(begin, end, day, left, right, step)


def _floor(day: dt.date, step: int) -> dt.date:
    """The first day of the step of months that the day lies in; of years, the step's first."""
    months = day.year * 12 + day.month - 1
    months -= months % step
    return dt.date(months // 12, months % 12 + 1, 1)


def _later(day: dt.date, step: int) -> dt.date:
    months = day.year * 12 + day.month - 1 + step
    return dt.date(months // 12, months % 12 + 1, 1)


def _months(first: dt.date, last: dt.date, step: int) -> list[Month]:
    found, day = [], first
    while day < last:
        found.append(Month(day))
        day = _later(day, step)
    return found


# -- bars ----------------------------------------------------------------------------------------


def bar(
    scale: Scale,
    first: PartialDate | None,
    last: PartialDate | None,
    top: float,
    class_: str,
    open_until: dt.date | None = None,
) -> SafeString:
    """Solid between two days that are known; a stretch with open edges for each that is not.

    With `open_until` and no end it goes on to that day, and ends in a point.
    """
    pieces = [_stretch(scale, d, top, class_) for d in (first, last) if d and is_vague(d)]
    begin = _inner(scale, first, scale.end, scale.begin)
    end = _inner(scale, last, scale.begin, scale.end)
    if begin is not None and end is not None:
        pieces += [rect(begin, top, end - begin, BAR, f"bar {class_}")] if end > begin else []
    elif begin is not None and open_until and scale.x(open_until) > begin:
        pieces.append(pointed(begin, scale.x(open_until), top, class_))
    else:
        pieces += [
            rect(place - STUB / 2, top - 3, STUB, BAR + 6, f"bar {class_}")
            for place, date in ((begin, first), (end, last))
            if place is not None and date and not is_vague(date)
        ]
    return joined(pieces)


def _inner(
    scale: Scale,
    date: PartialDate | None,
    vague: Callable[[PartialDate], float],
    exact: Callable[[PartialDate], float],
) -> float | None:
    """Where the solid bar begins or ends: beside a stretch, or at its day."""
    if date is None:
        return None
    return vague(date) if is_vague(date) else exact(date)


def is_vague(date: PartialDate) -> bool:
    return date.precision != Precision.DAY


def _stretch(scale: Scale, date: PartialDate, top: float, class_: str) -> SafeString:
    """A month or a year: dashed above and below, open at both ends."""
    a, b = number(scale.begin(date)), number(scale.end(date))
    edges = f"M{a} {number(top + 1)}H{b}M{a} {number(top + BAR - 1)}H{b}"
    return path(edges, f"vague {class_}")


def pointed(left: float, right: float, top: float, class_: str) -> SafeString:
    """Going on: the bar ends in a point."""
    neck = max(left, right - BAR / 2)
    d = (
        f"M{number(left)} {number(top)}H{number(neck)}L{number(right)} {number(top + BAR / 2)}"
        f"L{number(neck)} {number(top + BAR)}H{number(left)}z"
    )
    return path(d, f"bar {class_}")


def planned(scale: Scale, plan: Plan, top: float) -> SafeString:
    return bar(scale, plan.begins, plan.due, top, "plan")


def actual(scale: Scale, plan: Plan, top: float) -> SafeString:
    open_until = scale.day if plan.goes_on else None
    return bar(scale, plan.started, plan.finished, top, "actual", open_until)


# -- milestones ---------------------------------------------------------------------------------

DIAMOND = "M0 -1L1 0L0 1L-1 0z"
TRIANGLE = "M0 -1L1 .8H-1z"


def _mark(scale: Scale, date: PartialDate, y: float, state: str, size: float = 7) -> SafeString:
    shape = TRIANGLE if state == LATE else DIAMOND
    place = f"translate({number(scale.middle(date))} {number(y)}) scale({number(size)})"
    stretch = _stretch(scale, date, y - BAR / 2, "plan") if is_vague(date) else EMPTY
    return joined([stretch, path(shape, f"milestone {state}", transform=place)])


def marks_of(scale: Scale, mark: Mark, y: float, size: float = 7) -> SafeString:
    """Planned and reached, with a line between the two."""
    pieces = []
    if mark.planned and mark.reached:
        a, b = scale.middle(mark.planned), scale.middle(mark.reached)
        pieces.append(path(f"M{number(a)} {number(y)}H{number(b)}", "between"))
    if mark.planned:
        state = mark.state(scale.day)
        shown = PLANNED if state == REACHED else state
        pieces.append(_mark(scale, mark.planned, y, shown, size))
    if mark.reached:
        pieces.append(_mark(scale, mark.reached, y, REACHED, size))
    return joined(pieces)

"""Lines over months."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from ..periods import Month
from ..statistics import Tally
from .marks import dash, marker
from .picture import (
    EMPTY,
    Given,
    Picture,
    Point,
    Table,
    TableRow,
    as_point,
    element,
    joined,
    link,
    number,
    path,
    svg,
    text,
)


@dataclass(frozen=True)
class Size:
    """Of the drawing, in its own units; the page scales it."""

    width: int = 720
    height: int = 300


FULL, LOW = Size(), Size(600, 156)
LEFT, TOP, BOTTOM = 48, 16, 48
#: Right of the lines: room beside their names and last values, and for each character of them.
BESIDE, WORD, DIGIT = 40, 15, 9
TICKS = 5
#: Between the labels at the ends of two lines.
APART = 20
#: What a finger or pointer hits around a point.
REACH = 14


@dataclass(frozen=True)
class Series:
    """One line: a value for each month, None where there is none.

    `tone` is a class of charts.css (`ledger-items`, `light-red`, `phase-done`, …); without it
    the series takes that of its place.
    """

    label: str
    points: tuple[Given, ...]
    tone: str = ""


@dataclass(frozen=True)
class Line:
    """A series with its place among the others and its points worked out."""

    place: int
    label: str
    tone: str
    points: tuple[Point | None, ...]


def lines(
    months: Sequence[Month],
    series: Sequence[Series],
    title: str,
    gap: str = "未冻结",
    size: Size = FULL,
) -> Picture:
    """Several lines over the same months, from nought up.

    Each point is a link to its rows; lines differ by dash and marker as well as by colour, and
    are named at their ends. A month without a value leaves a gap, which the note and the table
    call `gap`. Costs no query. Without any value the picture is empty.
    """
    drawn = [
        Line(n, s.label, s.tone or f"series-{n + 1}", tuple(map(as_point, s.points)))
        for n, s in enumerate(series)
    ]
    values = [point.value for line in drawn for point in line.points if point]
    table = table_of(months, drawn, gap)
    if not values:
        return Picture(EMPTY, table, title)
    scale = _Scale(len(months), _ticks(max(values)), _room(drawn, size), size)
    body = [scale.grid(), _months(scale, months)]
    body += [_line(scale, months, line) for line in drawn]
    body.append(_end_labels(scale, drawn))
    return Picture(
        svg(title, size.width, size.height, *body, kind="chart-lines"),
        table,
        title,
        notes=_notes(months, drawn, gap),
    )


def table_of(months: Sequence[Month], drawn: Sequence[Line], gap: str) -> Table:
    rows = tuple(
        TableRow(month.label, tuple(_cell(line.points[n], gap) for line in drawn))
        for n, month in enumerate(months)
    )
    return Table(("月份", *(line.label for line in drawn)), rows)


def _cell(point: Point | None, gap: str) -> Tally | str:
    return point.cell if point else gap


def _notes(months: Sequence[Month], drawn: Sequence[Line], gap: str) -> tuple[str, ...]:
    empty = [m.label for n, m in enumerate(months) if any(not line.points[n] for line in drawn)]
    return (f"{'、'.join(empty)}{gap}，图中留空，不作推算。",) if empty else ()


def _ticks(most: float) -> list[float]:
    """From 0 past the greatest value in at most `TICKS` round steps."""
    rough = max(most, 1) / (TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    step = max(step, 1)
    return [step * n for n in range(math.ceil(max(most, step) / step) + 1)]


def _room(drawn: Sequence[Line], size: Size) -> float:
    """Where the lines end, so that the longest of their names has its room."""
    widest = max(
        len(line.label) * WORD + max(len(p.text) for p in line.points if p) * DIGIT
        for line in drawn
        if any(line.points)
    )
    return size.width - BESIDE - widest


@dataclass(frozen=True)
class _Scale:
    months: int
    ticks: list[float]
    #: Where the lines end.
    right: float
    size: Size

    @property
    def bottom(self) -> float:
        return self.size.height - BOTTOM

    def x(self, place: int) -> float:
        return LEFT + (self.right - LEFT) * place / max(self.months - 1, 1)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - TOP) * value / self.ticks[-1]

    def grid(self) -> SafeString:
        rows = [
            path(f"M{LEFT} {number(self.y(v))}H{number(self.right)}", "grid-line")
            for v in self.ticks
        ]
        named = [
            text(f"{v:g}", LEFT - 8, self.y(v) + 5, class_="axis", anchor="end") for v in self.ticks
        ]
        return joined([*rows, *named])


def _months(scale: _Scale, months: Sequence[Month]) -> SafeString:
    """Every month by its number, the year under the first and each January."""
    named, height = [], scale.size.height
    for place, month in enumerate(months):
        x = scale.x(place)
        named.append(text(f"{month.first.month}月", x, height - 28, class_="axis", anchor="middle"))
        if _names_year(months, place):
            year = f"{month.first.year}年"
            named.append(text(year, x, height - 8, class_="axis", anchor="middle"))
    return joined(named)


def _names_year(months: Sequence[Month], place: int) -> bool:
    """Each January; the first month too, where no January follows at once."""
    near = [month.first.month for month in months[1:2]]
    return months[place].first.month == 1 or (place == 0 and 1 not in near)


def _line(scale: _Scale, months: Sequence[Month], line: Line) -> SafeString:
    places = [
        (scale.x(n), scale.y(point.value)) if point else None for n, point in enumerate(line.points)
    ]
    stroke = path(through(places), f"stroke tone-{line.tone}", stroke_dasharray=dash(line.place))
    points = [
        link(
            f"{months[n].label}{line.label}：{point.text}",
            point.rows,
            element("circle", class_="reach", cx=scale.x(n), cy=scale.y(point.value), r=REACH),
            marker(line.place, scale.x(n), scale.y(point.value), f"mark tone-{line.tone}"),
        )
        for n, point in enumerate(line.points)
        if point
    ]
    return joined([stroke, *points])


def through(places: Sequence[tuple[float, float] | None]) -> str:
    """A path through the places, begun anew after each gap."""
    pieces, is_on = [], False
    for place in places:
        if place:
            pieces.append(f"{'L' if is_on else 'M'}{number(place[0])} {number(place[1])}")
        is_on = place is not None
    return "".join(pieces)


def _end_labels(scale: _Scale, drawn: Sequence[Line]) -> SafeString:
    """Each line's name and last value at its end, moved apart where they would meet."""
    ends = sorted(
        (
            (scale.y(last.value), line, last)
            for line in drawn
            if (last := next((p for p in reversed(line.points) if p), None))
        ),
        key=lambda end: end[0],
    )
    heights = _apart([y for y, _, _ in ends], scale.bottom)
    left = scale.right + 14
    return joined(
        [
            joined(
                [
                    marker(line.place, left + 5, y, f"mark tone-{line.tone}"),
                    text(f"{line.label} {last.text}", left + 16, y + 5, class_="end-label"),
                ]
            )
            for y, (_, line, last) in zip(heights, ends, strict=True)
        ]
    )


def _apart(heights: Sequence[float], lowest: float) -> list[float]:
    """The same heights, each at least `APART` below the one before and none below `lowest`."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + APART) if placed else height)
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], lowest)
        lowest = placed[n] - APART
    return placed

"""A share as a ring: the part, the rest, the per cent in the middle."""

from __future__ import annotations

import math

from django.utils.safestring import SafeString

from ..statistics import Share, Tally
from .picture import EMPTY, Picture, Table, TableRow, element, joined, link, number, path, svg, text

SIZE, RADIUS, WIDE = 160, 64, 22
MIDDLE = SIZE / 2


def ring(share: Share, title: str, rest: Tally | None = None) -> Picture:
    """The part of a share as an arc from the top, clockwise; e.g. 89 of 135.

    The part is a dark wide arc, the rest (`rest`: its rows) a pale narrow one, so that they
    differ without colour. Without a whole the picture is empty. Costs no query.
    """
    part, whole = share.part, share.whole
    table = Table(("", "条数"), tuple(_row(t) for t in (part, rest, whole) if t))
    if not whole.count:
        return Picture(EMPTY, table, title)
    turn = part.count / whole.count
    told = f"{part.label}：{part.count}，占{whole.label}{whole.count}的{share.percent}"
    left = whole.count - part.count
    pieces = [
        link(f"{rest.label if rest else '其余'}：{left}", rest, _arc(turn, 1, "rest"))
        if left
        else EMPTY,
        link(told, part, _arc(0, turn, "part")) if part.count else EMPTY,
        text(share.percent, MIDDLE, MIDDLE + 2, class_="ring-percent", anchor="middle"),
        link(
            f"{whole.label}：{whole.count}",
            whole,
            text(
                f"{part.count}/{whole.count}",
                MIDDLE,
                MIDDLE + 24,
                class_="ring-count",
                anchor="middle",
            ),
        ),
    ]
    return Picture(svg(title, SIZE, SIZE, *pieces, kind="chart-ring"), table, title)


def _row(counted: Tally) -> TableRow:
    return TableRow(counted.label, (counted,))


def _arc(begin: float, end: float, class_: str) -> SafeString:
    """A stretch of the ring, in turns from the top."""
    wide = WIDE if class_ == "part" else WIDE - 8
    if end - begin >= 1:
        circle = element(
            "circle", class_=f"ring-{class_}", cx=MIDDLE, cy=MIDDLE, r=RADIUS, stroke_width=wide
        )
        return joined([circle])
    (x1, y1), (x2, y2) = _at(begin), _at(end)
    large = int(end - begin > 0.5)
    d = f"M{number(x1)} {number(y1)}A{RADIUS} {RADIUS} 0 {large} 1 {number(x2)} {number(y2)}"
    return path(d, f"ring-{class_}", stroke_width=wide)


def _at(turn: float) -> tuple[float, float]:
    angle = 2 * math.pi * turn
    return MIDDLE + RADIUS * math.sin(angle), MIDDLE - RADIUS * math.cos(angle)

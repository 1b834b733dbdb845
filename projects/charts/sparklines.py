"""A line over months, as small as a word: a sparkline."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from ..periods import Month
from .lines import Line, table_of, through
from .marks import marker
from .picture import EMPTY, Given, Picture, Point, as_point, element, path, text

SPARK_WIDTH, SPARK_HEIGHT = 120, 28
SPARK_ROOM = 38


def sparkline(
    months: Sequence[Month],
    points: Sequence[Given],
    title: str,
    href: str = "",
    gap: str = "未冻结",
) -> Picture:
    """A line of 120 by 28, drawn to size, its last value marked and printed.

    One link in all, to `href` (a board, a list); its name gives first and last value. From the
    least to the greatest value, so it shows the course and no amounts. Costs no query.
    """
    found = tuple(map(as_point, points))
    known = [(n, point) for n, point in enumerate(found) if point]
    table = table_of(months, [Line(0, title, "", found)], gap)
    if not known:
        return Picture(EMPTY, table, title)
    (first, then), (last, now) = known[0], known[-1]
    begin, end = months[first].label, months[last].label
    told = f"{title}：{begin}为{then.text}，{end}为{now.text}"
    drawn = _spark(found, told)
    inside = element("a", drawn, class_="spark-link", href=href, aria_label=told) if href else drawn
    return Picture(inside, table, title)


def _spark(found: Sequence[Point | None], told: str) -> SafeString:
    values = [point.value for point in found if point]
    least, span = min(values), (max(values) - min(values)) or 1
    places = [
        (
            4 + (SPARK_WIDTH - SPARK_ROOM - 8) * n / max(len(found) - 1, 1),
            SPARK_HEIGHT - 5 - (SPARK_HEIGHT - 10) * (point.value - least) / span,
        )
        if point
        else None
        for n, point in enumerate(found)
    ]
    x, y = next(place for place in reversed(places) if place)
    now = next(point for point in reversed(found) if point)
    return element(
        "svg",
        element("title", told),
        path(through(places), "stroke tone-series-1"),
        marker(0, x, y, "mark tone-series-1", 3),
        text(now.text, x + 7, SPARK_HEIGHT / 2 + 5, class_="spark-value"),
        class_="spark",
        width=SPARK_WIDTH,
        height=SPARK_HEIGHT,
        viewBox=f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}",
        role="img",
        aria_label=told,
    )

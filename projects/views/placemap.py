"""The two cities as tiles, by the measure that is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from .. import charts, placemeasures
from ..charts import Picture, Point, Tile
from ..filters import Problem
from ..filters.fields import NO_SUCH, ONE_VALUE
from ..models import Book
from ..placemeasures import MEASURES, Measure, Placed
from ..statistics import TWO_CITIES, Row, Share

LABEL = "指标"
NOTHING = "—"


def asked(request: HttpRequest) -> tuple[Measure, list[Problem]]:
    """The measure of the address, and what is wrong with it; an empty one is not given."""
    given = [value for value in request.GET.getlist("measure") if value.strip()]
    if len(given) > 1:
        return placemeasures.DEFAULT, [Problem(LABEL, ONE_VALUE)]
    if given and given[0] not in MEASURES:
        return placemeasures.DEFAULT, [Problem(LABEL, NO_SUCH % {"value": given[0]})]
    return MEASURES[given[0]] if given else placemeasures.DEFAULT, []


def context(book: Book, measure: Measure) -> dict[str, Any]:
    return {"map": picture(book, measure), "measure": measure, "measures": MEASURES.values()}


def mapped(rows: Iterable[Row]) -> list[Row]:
    """The rows of the two cities and of the places on the map."""
    return [row for row in rows if row.key in TWO_CITIES or row.key in charts.SQUARES]


def picture(book: Book, measure: Measure) -> Picture:
    placed = placemeasures.by_place(book, measure)
    tiles = {code: _tile(found) for code, found in placed.items()}
    headings = ("已启动", "合作事项", "占比") if measure.is_share else ("条目数",)
    title = f"成都市、资阳市各地：{measure.label}"
    return charts.tile_map(tiles, title, headings, is_share=measure.is_share)


def _tile(found: Placed) -> Tile:
    name, href = found.region.name, found.region.get_absolute_url()
    if share := found.share:
        cells = (share.part, share.whole, share.percent or NOTHING)
        return Tile(name, _point(share), cells, href)
    counted = Point(found.part.count, str(found.part.count), found.part)
    return Tile(name, counted, (found.part,), href)


def _point(share: Share) -> Point | None:
    """The share in whole per cent; all of them is said of all alone, and of none alone nought."""
    part, whole = share.part.count, share.whole.count
    if not whole:
        return None
    shown = round(part * 100 / whole)
    if 0 < part < whole:
        shown = min(max(shown, 1), 99)
    return Point(part * 100 / whole, f"{shown}%", share.part)

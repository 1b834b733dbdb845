"""The small lines of an index board: how the red entries of each of its rows went.

Of sectors and places. The lines of 联系市领导 have none: persons are not held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .. import charts
from ..charts import Picture, Point
from ..choices import Light
from ..models import Book
from ..statistics import Row
from ..trends import Kept, frozen_months, red_counts, twelve_months


@dataclass(frozen=True)
class IndexRow(Row):
    """A row with its line; None where no month before that of the book kept its counts."""

    spark: Picture | None = None


def beside(book: Book, kept: str, rows: Iterable[Row]) -> tuple[IndexRow, ...]:
    """The rows with their lines, by the figures that the frozen months keep. One query.

    `kept` is by which name they keep those of such rows (`rounds.BY_KEY`).
    """
    frozen, months = frozen_months(book), twelve_months(book)

    def drawn(row: Row) -> Picture | None:
        red = next(tally for tally in row.lights if tally.slug == Light.RED)
        counts = red_counts(book, frozen, Kept(kept, row.key), red.count)
        if not any(n is not None for n in counts[:-1]):
            return None
        points = [None if n is None else Point(n, str(n)) for n in counts]
        return charts.sparkline(months, points, f"{row.label}红灯条目", red.href)

    return tuple(IndexRow(**vars(row), spark=drawn(row)) for row in rows)

"""What stands in a cell and in a sheet, whatever kind of file it was read from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from .. import text


@dataclass(frozen=True)
class CellError:
    """A cell without a value: #REF!, NaN, a formula never calculated, a day that is none."""

    shown: str

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class Percentage:
    """A number in a cell formatted as per cent: Excel shows 45% and keeps the fraction 0.45."""

    fraction: Decimal

    def __str__(self) -> str:
        return f"{text.number(self.fraction * 100)}%"


#: Whole numbers are int, others Decimal in the shortest writing of Excel's float.
Cell: TypeAlias = (
    str
    | int
    | Decimal
    | bool
    | dt.datetime
    | dt.date
    | dt.time
    | dt.timedelta
    | Percentage
    | CellError
    | None
)
Row: TypeAlias = list[Cell]


@dataclass(frozen=True)
class Grid:
    """A sheet: `rows[i]` is the row that Excel numbers i+1, all as long as the widest.

    What is empty is None; empty rows and columns at the end are left out. `merged` names
    ranges as Excel does (`A3:B4`); only the first cell of one has a value.
    """

    title: str
    rows: list[Row]
    is_hidden: bool = False
    merged: list[str] = field(default_factory=list)


def even(rows: list[Row]) -> list[Row]:
    """All rows as long as the widest."""
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]

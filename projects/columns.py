"""What a column is, and how its values are written: on screen, in CSV and XLSX."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils import timezone

from . import text
from .choices import Ledger


class Kind(Enum):
    """What a cell holds; it decides type and width in a workbook."""

    TEXT = "text"
    PROSE = "prose"
    CODE = "code"
    DATE = "date"
    MONEY = "money"
    INTEGER = "integer"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """One column: `value(entry)` gives None, text, a number, a `PartialDate` or a moment.

    `sort` is the name by which the list orders by it (empty: it cannot), `ledgers` those
    that have it (None: all), `on_screen` whether the list shows it or only the exports.
    """

    name: str
    heading: str
    definition: str
    value: Callable[[Any], Any]
    kind: Kind = Kind.TEXT
    sort: str = ""
    on_screen: bool = False
    ledgers: tuple[Ledger, ...] | None = None
    #: In letters, in a workbook.
    width: int = 14
    #: The same on screen, where it differs.
    width_on_screen: int = 0


def as_text(value: Any) -> str:
    """A value as text: for screen, and for CSV."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return text.number(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return str(value)

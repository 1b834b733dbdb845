"""The cells that a unit fills in, and what they said when the workbook was made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices

from .. import writing
from ..choices import Qualifier
from ..intake import Cell, Grid
from ..models.reports import CONTENT
from .units import BASE_COLUMNS, CHOSEN

NUMBERS = ("percent", "invested_month", "invested_total")


@dataclass(frozen=True)
class Base:
    """What a row said when the workbook was made."""

    name: str
    said: dict[str, str]


def value_of(name: str, cell: Cell) -> Any:
    """A cell to be filled in. Raises ValueError with the reason."""
    is_empty = cell is None or (isinstance(cell, str) and not cell.strip())
    if name in ("progress", "problems", "coordination", "next_step"):
        return writing.prose(cell)
    if name in CHOSEN:
        return "" if is_empty else _chosen(CHOSEN[name], cell)
    if is_empty:
        return None
    return writing.percent(cell) if name == "percent" else _exact(cell)


def _chosen(choices: type[TextChoices], cell: Cell) -> str:
    labels = {str(label): value for value, label in choices.choices}
    said = writing.line(cell)
    if said not in labels:
        raise ValueError(f"“{writing.shown(cell)}”不在选项中，请从下拉框选择：{'、'.join(labels)}")
    return str(labels[said])


def _exact(cell: Cell) -> Decimal:
    number, qualifier = writing.amount(cell)
    if qualifier != Qualifier.EXACT:
        raise ValueError(f"“{writing.shown(cell)}”带“余”或“约”，月报请填准确数")
    return number


def bases_of(grid: Grid) -> Iterator[tuple[str, Base]]:
    """The rows of the hidden sheet by their key; one that cannot be read is left out."""
    for row in grid.rows[1:]:
        said = [str(cell if cell is not None else "") for cell in row]
        said += [""] * (len(BASE_COLUMNS) - len(said))
        named = dict(zip(BASE_COLUMNS, said, strict=False))
        own = {name: named[name] for name in CONTENT}
        if all(_is_number(own[name]) for name in NUMBERS):
            yield named["key"], Base(named["name"], own)


def _is_number(written: str) -> bool:
    """Empty, or a number that could have been written into the hidden sheet."""
    return not written or re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,4})?", written, re.ASCII) is not None

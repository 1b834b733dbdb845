"""One of our columns, as an office's own ledger may fill it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from .. import writing
from ..choices import Ledger
from ..intake import Cell
from .known import Known
from .readers import Value

Read = Callable[[Cell, Known], Value]


@dataclass(frozen=True)
class Target:
    """A column with the headings by which other ledgers know it.

    `read` makes of a cell a value that can be compared with the stored one, or raises ValueError
    with the reason. `stored` are the columns of the entry that hold it (none: it lies in other
    tables).
    """

    name: str
    heading: str
    read: Read
    show: Callable[[Value, Known], str]
    stored: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    ledgers: tuple[Ledger, ...] | None = None
    is_required: bool = False
    #: Cells of which many are alike are read once.
    repeats: bool = True
    note: str = ""
    validators: tuple[Callable[[Any], None], ...] = field(default=(), compare=False)

    def value(self, cell: Cell, known: Known) -> Value:
        """What the cell says. Raises ValueError with the reason."""
        value = self.read(cell, known)
        for validate in self.validators:
            if isinstance(validate, MaxLengthValidator):
                _refuse_long(cell, value, validate.limit_value)
            try:
                validate(value)
            except ValidationError as problem:
                sentence = problem.messages[0].rstrip("。")
                raise ValueError(f"“{writing.shown(cell)}”：{sentence}") from None
        return value

    def now(self, row: dict[str, Any]) -> Value:
        """The stored value, of a row of columns; in the form in which `value` gives it."""
        values = tuple(row[name] for name in self.stored)
        return values if len(values) > 1 else values[0]


def _refuse_long(cell: Cell, value: str, limit: Any) -> None:
    if len(value) > limit:
        raise ValueError(f"“{writing.shown(cell)}”有{len(value)}个字，最多{limit}个，请缩短")

"""How a list is set out: its columns, how many of them stay in sight, how close rows stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..choices import Density, Ledger
from ..columns import Column
from ..ledgercolumns import columns_of, screen_columns

OF_LAYOUT = ("columns", "freeze", "density")
#: As many as a narrow window can hold besides what moves under them.
MOST_FROZEN, USUALLY_FROZEN = 4, 2
FREEZES = [("0", "不固定"), *((str(n), f"左侧{n}列") for n in range(1, MOST_FROZEN + 1))]
#: A width is told in units of 2rem, which the stylesheet has names for; a unit holds 4 letters.
LETTERS, NARROWEST, WIDEST = 4, 3, 7


@dataclass(frozen=True)
class Layout:
    """`columns` in the order of the screen, `exported` in that of files: the same when they are
    one's own, else all that the ledger has.
    """

    columns: tuple[Column, ...]
    exported: tuple[Column, ...]
    frozen: int
    density: Density
    is_own: bool

    @cached_property
    def classes(self) -> dict[str, str]:
        """Of each column the classes that hold it in sight, or give it its width."""
        found, left = {}, 0
        for place, column in enumerate(self.columns):
            units = units_of(column)
            own = [f"wide-{units}"] if self.is_own or place < self.frozen else []
            if place < self.frozen:
                own += ["held", f"held-{left}"]
                left += units
            if place == self.frozen - 1:
                own.append("held-last")
            found[column.name] = " ".join(own)
        return found

    @property
    def held_units(self) -> int:
        """How wide all that is held in sight is."""
        return sum(map(units_of, self.columns[: self.frozen]))


def units_of(column: Column) -> int:
    letters = column.width_on_screen or column.width
    return min(WIDEST, max(NARROWEST, math.ceil(letters / LETTERS)))


def layout_of(ledger: Ledger | None, asked: Mapping[str, Any]) -> Layout:
    """As asked for by the cleaned parameters of a list; the usual one where they say nothing."""
    every = {column.name: column for column in columns_of(ledger)}
    own = tuple(every[name] for name in asked.get("columns") or ())
    columns = own or screen_columns(ledger, asked.get("sort") or "")
    return Layout(
        columns=columns,
        exported=own or tuple(every.values()),
        frozen=min(int(asked.get("freeze") or USUALLY_FROZEN), len(columns)),
        density=Density(asked.get("density") or Density.USUAL),
        is_own=bool(own),
    )

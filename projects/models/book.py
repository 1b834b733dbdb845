"""The ledger of a day, opened: today's, or as it was recorded by the end of a past day.

Filters, boards, pages and exports read through it, and so need not know which it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from ..choices import Ledger
from ..periods import AsOf, today
from . import past
from .clocks import Clock
from .entryrows import EntryRows, Then
from .ledger import LedgerEntry
from .lightrules import clock_at
from .money import Indicator
from .past import LEDGER_MODELS, Names
from .taskforces import TaskForce
from .versions import EntryVersion

CHUNK = 1000
#: The column in which an entry of a ledger names the entry it comes from.
ORIGINS: dict[Ledger, str] = {
    Ledger.ITEMS: "agreement",
    Ledger.INDUSTRIAL: "item",
    Ledger.INFRASTRUCTURE: "item",
}


@dataclass(frozen=True)
class Book:
    """`as_of` is the past day, None today; `day` the day on which lights are read."""

    as_of: AsOf | None = None
    now: dt.date = field(default_factory=today)

    @property
    def day(self) -> dt.date:
        return self.as_of.day if self.as_of else self.now

    @property
    def scope(self) -> dict[str, str]:
        """The parameters by which an address opens the same book."""
        return self.as_of.query if self.as_of else {}

    @cached_property
    def clock(self) -> Clock:
        """By what the lights of that day are read."""
        return clock_at(self.as_of, self.day)

    @cached_property
    def names(self) -> Names:
        """Sectors, places and units as they were called."""
        return Names.at(self.as_of) if self.as_of else Names.today()

    @property
    def then(self) -> Then:
        """The moment of a past book with its versions, for what has changed since."""
        assert self.as_of is not None
        return Then(self.as_of.until, EntryVersion.objects.as_at(self.as_of))

    def everything(self, ledger: Ledger | None = None) -> EntryRows[Any]:
        """The entries of one ledger or of all four, those off the lists included."""
        if self.as_of is None:
            return (LEDGER_MODELS[ledger] if ledger else LedgerEntry).objects.all()
        rows = EntryVersion.objects.as_at(self.as_of)
        return rows.filter(ledger=ledger) if ledger else rows

    def rows(self, ledger: Ledger | None = None) -> EntryRows[Any]:
        """What was on the lists."""
        return self.everything(ledger).listed()

    def entries(self, rows: Any, ledger: Ledger | None = None) -> list[LedgerEntry]:
        """These rows as entries, with all that a line shows."""
        return list(self._as_entries(self._whole(rows, ledger)))

    def lines(self, rows: Any) -> list[LedgerEntry]:
        """The same for a short line: without origins, places and partners, which cost queries."""
        if self.as_of:
            return list(past.lines(rows.select_related("state"), self.names, self.as_of))
        return list(rows.select_related("sector", "lead"))

    def headlines(self, rows: Any) -> list[LedgerEntry]:
        """Rows of a past book with code, name, status, sector and lead alone."""
        assert self.as_of is not None
        return list(past.headlines(rows, self.names, self.as_of))

    def every(self, rows: Any, ledger: Ledger | None = None) -> Iterator[LedgerEntry]:
        """The same, read in chunks, so that memory does not grow with their number."""
        read = self._whole(rows, ledger).iterator(chunk_size=CHUNK)
        while chunk := list(islice(read, CHUNK)):
            yield from self._as_entries(chunk)

    def indicators(self) -> list[Indicator]:
        if self.as_of:
            return past.indicators(self.as_of, self.names)
        return list(Indicator.objects.select_related("sector"))

    @cached_property
    def task_forces(self) -> list[TaskForce]:
        """The directory of 专项组 in its order. One query."""
        return past.task_forces(self.as_of) if self.as_of else list(TaskForce.objects.all())

    def task_forces_named(self, names: Iterable[str]) -> set[str]:
        """Those of these names that entries give as their 专项组, in the directory or not."""
        rows = self.everything().filter(task_force__in=list(names)).order_by()
        return set(rows.values_list("task_force", flat=True).distinct())

    @cached_property
    def leaders(self) -> list[str]:
        """联系市领导 as entries name them, in the order of their writing. One query."""
        rows = self.everything().exclude(contact_leader="").order_by()
        return sorted(rows.values_list("contact_leader", flat=True).distinct())

    def _whole(self, rows: Any, ledger: Ledger | None) -> Any:
        if self.as_of:
            return rows.select_related("state")
        link = ORIGINS.get(ledger) if ledger else None
        return rows.for_rows().select_related("sector", "lead", *([link] if link else []))

    def _as_entries(self, rows: Iterable[Any]) -> Iterable[LedgerEntry]:
        return past.entries(rows, self.names, self.as_of) if self.as_of else rows

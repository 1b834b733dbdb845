"""Entries chosen by their milestones: today's by the table, those of a past day by what they said.

A date known only to the month or year lies in the days asked for when all of it does: it is in
that month or year, and in no shorter stretch of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Func, Q

from ..choices import MilestoneMark, Precision
from ..periods import EARLIEST, LATEST, Month
from .entryrows import EntryRows
from .milestones import Milestone
from .versions import EntryVersion

#: Earliest and latest day that a date of each precision may have.
Bounds = dict[str, tuple[dt.date, dt.date]]
#: Key of the entry, its columns asked for, and a milestone as a fact.
Told = tuple[Any, tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Milestones:
    """Milestones of one mark from the first day to the last, both included, as on a `day`."""

    mark: MilestoneMark
    day: dt.date
    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def prefix(self) -> str:
        return "reached" if self.mark == MilestoneMark.REACHED else "planned"

    @property
    def is_late(self) -> bool:
        return self.mark == MilestoneMark.LATE

    @property
    def bounds(self) -> Bounds:
        last = self.last or LATEST
        if self.is_late:
            last = min(last, self.day - dt.timedelta(days=1))
        return bounds(self.first or EARLIEST, last)

    def of(self, rows: Any) -> Any:
        """The rows with such a milestone; late ones only where the entry is still to be done."""
        if self.is_late:
            rows = rows.running().filter(awaits_update=False)
        if rows.model is EntryVersion:
            return rows.filter(_Said(self))
        return rows.filter(pk__in=Milestone.objects.filter(self._condition()).values("entry"))

    def _condition(self) -> Q:
        found = Q()
        for precision, days in self.bounds.items():
            on, exact = f"{self.prefix}_on__range", f"{self.prefix}_precision"
            found |= Q(**{on: days, exact: precision})
        return found & Q(reached_on__isnull=True) if self.is_late else found


def bounds(first: dt.date, last: dt.date) -> Bounds:
    """Which dates lie wholly between two days, by how exactly they are known."""
    month, end = Month.of(first), Month.of(last + dt.timedelta(days=1)).before
    month = month if month.first == first else month.following
    year = first.year if (first.month, first.day) == (1, 1) else first.year + 1
    last_year = (last + dt.timedelta(days=1)).year - 1
    return {
        Precision.DAY: (first, last),
        Precision.MONTH: (month.first, end.last),
        Precision.YEAR: (dt.date(year, 1, 1), dt.date(last_year, 12, 31)),
    }


class _Said(Func):
    """Whether what a version said tells of such a milestone."""

    output_field = models.BooleanField()

    def __init__(self, asked: Milestones) -> None:
        super().__init__(F("state__facts"))
        self.asked = asked

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        rows = "json_each({}, '$.milestones.value') AS said"
        return self._exists(compiler, rows, "json_extract(said.value, '$.{}')")

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        rows = "jsonb_array_elements({} -> 'milestones' -> 'value') AS said(value)"
        return self._exists(compiler, rows, "(said.value ->> '{}')")

    def _exists(self, compiler: Any, rows: str, member: str) -> tuple[str, tuple[Any, ...]]:
        facts, params = compiler.compile(self.source_expressions[0])
        on = member.format(f"{self.asked.prefix}_on")
        exact = member.format(f"{self.asked.prefix}_precision")
        either, days = [], []
        for precision, (first, last) in self.asked.bounds.items():
            either.append(f"({exact} = %s AND {on} BETWEEN %s AND %s)")
            days += [str(precision), first.isoformat(), last.isoformat()]
        given = f"({' OR '.join(either)})"
        if self.asked.is_late:
            given += f" AND {member.format('reached_on')} IS NULL"
        sql = f"EXISTS (SELECT 1 FROM {rows.format(facts)} WHERE {given})"
        return sql, (*params, *days)


def milestones_told(rows: EntryRows[Any], *columns: str) -> Iterator[Told]:
    """Every milestone of these rows with columns of its entry. One query."""
    if rows.model is EntryVersion:
        return _of_versions(rows, columns)
    return _of_today(rows, columns)


def _of_versions(rows: Any, columns: tuple[str, ...]) -> Iterator[Told]:
    said = "state__facts__milestones__value"
    for key, *values, milestones in rows.order_by().values_list("entry", *columns, said):
        for fact in milestones or ():
            yield key, tuple(values), _dated(fact)


def _of_today(rows: Any, columns: tuple[str, ...]) -> Iterator[Told]:
    names = ("planned_on", "planned_precision", "reached_on", "reached_precision")
    found = Milestone.objects.filter(entry__in=rows.order_by().values("pk")).order_by()
    for key, *values in found.values_list("entry", *(f"entry__{c}" for c in columns), *names):
        shared, own = values[: len(columns)], values[len(columns) :]
        yield key, tuple(shared), dict(zip(names, own, strict=True))


def _dated(fact: dict[str, Any]) -> dict[str, Any]:
    read = {n: fact[n] and dt.date.fromisoformat(fact[n]) for n in ("planned_on", "reached_on")}
    return {**fact, **read}

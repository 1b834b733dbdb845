"""The matters of a book: today's, or as they were recorded by the end of a past day.

A past one is rebuilt from its `RecordVersion`; the words of `MatterRows` choose among both, because
the versions are annotated with the columns that those words ask about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Self

from django.db.models import BigIntegerField, DateField, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

from ..lights import Rule
from ..periods import AsOf
from .book import CHUNK, Book
from .handlings import Handling
from .ledger import LedgerEntry
from .lightrules import LightRule
from .matterrows import MatterRows
from .matters import Matter
from .meetings import Meeting
from .organisations import Organisation
from .past import prefetched
from .recordversions import RecordVersion, RecordVersionQuerySet
from .reports import Report

#: Columns of a version by their names on a matter.
TEXTS = (
    *("code", "title", "text", "kind", "state", "category", "level", "colour"),
    *("leader", "responsible_person"),
)
DAYS = ("due_on", "opened_on")
KEYS = ("unit", "origin", "slip_year", "slip_number")


def _text(name: str) -> Any:
    """What a version says in that column, as text and no longer as JSON."""
    return Cast(KT(f"facts__{name}__value"), TextField())


def _said(name: str) -> Any:
    """The same where nothing may be said; SQLite reads a JSON null as the word."""
    return NullIf(_text(name), Value("null"))


class MatterVersionRows(MatterRows, RecordVersionQuerySet):  # type: ignore[override]
    def of_matters(self) -> Self:
        """With the columns that the words for matters ask about."""
        columns: dict[str, Any] = {name: _text(name) for name in TEXTS}
        columns |= {name: Cast(_said(name), DateField()) for name in DAYS}
        columns |= {name: Cast(_said(name), BigIntegerField()) for name in KEYS}
        rows = self.filter(record_model=Matter.trail_model())
        return rows.annotate(**columns, entry_codes=_text("entries"))

    def naming(self, code: str) -> Self:
        """Those that name the entry of that code."""
        return self.filter(entry_codes__contains=f'"{code}"')


@dataclass(frozen=True)
class FollowUps:
    """Problems, decisions, instructions and slips of that book."""

    book: Book = field(default_factory=Book)

    @cached_property
    def rule(self) -> Rule:
        return LightRule.at(self.book.as_of)

    @cached_property
    def units(self) -> dict[Any, Organisation]:
        """Units by key, as they were called, in the order of their names."""
        if self.book.as_of:
            return self.book.names.units
        units = Organisation.objects.only("pk", "name", "search_text")
        return {unit.pk: unit for unit in sorted(units, key=lambda unit: unit.name)}

    def units_named(self, folded: str) -> list[Any]:
        return [key for key, unit in self.units.items() if folded in unit.search_text]

    def rows(self) -> Any:
        """All of them, as a queryset that knows `MatterRows` and `naming`."""
        if self.book.as_of is None:
            return Matter.objects.all()
        return MatterVersionRows(RecordVersion).before(self.book.as_of.until).of_matters()

    def records(self, rows: Any) -> list[Matter]:
        """These rows as matters, with all that a line shows."""
        return self.dressed(rows.for_rows() if self.book.as_of is None else rows)

    def every(self, rows: Any) -> Iterator[Matter]:
        """The same, read in chunks, so that memory does not grow with their number."""
        whole = rows.for_rows() if self.book.as_of is None else rows
        read = whole.iterator(chunk_size=CHUNK)
        while chunk := list(islice(read, CHUNK)):
            yield from self.dressed(chunk)

    def dressed(self, rows: Iterable[Any]) -> list[Matter]:
        """Rows already read, as matters with their light and what was last done."""
        as_of = self.book.as_of
        found = self._rebuilt(list(rows), as_of) if as_of else list(rows)
        last = {handling.matter_id: handling for handling in self.handlings(found)}
        for matter in found:
            matter.lit = matter.reading(self.book.day, self.rule)
            matter.last_handling = last.get(matter.pk)
        return found

    def handlings(self, matters: Iterable[Matter]) -> list[Handling]:
        """What was done about them, the earliest first. One query."""
        keys = [matter.pk for matter in matters]
        if self.book.as_of is None:
            return list(Handling.objects.filter(matter__in=keys).order_by("at", "pk"))
        rows = self._versions(Handling).annotate(of=Cast(_said("matter"), BigIntegerField()))
        found = [Handling.from_facts(v.record_key, v.facts) for v in rows.filter(of__in=keys)]
        return sorted(found, key=lambda handling: (handling.at, handling.pk))

    # --- the past -------------------------------------------------------------------------

    def _versions(self, model: Any) -> RecordVersionQuerySet:
        assert self.book.as_of is not None
        rows = RecordVersion.objects.before(self.book.as_of.until)
        return rows.filter(record_model=model.trail_model())

    def _rebuilt(self, versions: list[RecordVersion], as_of: AsOf) -> list[Matter]:
        """They are for showing, and their links lead to the same day. Four queries at most."""
        found = [_matter(version, as_of) for version in versions]
        meetings = self._named(Meeting, {matter.meeting_id for matter in found})
        origins = self._named(Matter, {matter.origin_id for matter in found})
        reports = _reports({matter.report_id for matter in found})
        codes = {version.pk: version.facts["entries"]["value"] for version in versions}
        entries = self._entries({code for named in codes.values() for code in named})
        for version, matter in zip(versions, found, strict=True):
            matter.unit = self.units.get(matter.unit_id)
            matter.meeting = meetings.get(matter.meeting_id)
            matter.origin = origins.get(matter.origin_id)
            matter.report = reports.get(matter.report_id)
            named = [entries[code] for code in codes[version.pk] if code in entries]
            prefetched(matter, "entries", named)
        return found

    def _named(self, model: Any, keys: set[Any]) -> dict[Any, Any]:
        """Records that others name, as they were called."""
        if not (keys := keys - {None}):
            return {}
        rows = self._versions(model).filter(record_key__in=keys)
        found = {row.record_key: model.from_facts(row.record_key, row.facts) for row in rows}
        for record in found.values():
            record.as_of = self.book.as_of
        return found

    def _entries(self, codes: set[str]) -> dict[str, LedgerEntry]:
        if not codes:
            return {}
        rows = self.book.everything().filter(code__in=codes)
        return {entry.code: entry for entry in self.book.headlines(rows)}


def _matter(version: RecordVersion, as_of: AsOf) -> Matter:
    matter = Matter.from_facts(version.record_key, version.facts)
    matter.as_of, matter.version = as_of, version.version
    return matter


def _reports(keys: set[Any]) -> dict[Any, Report]:
    """Month and entry of a report do not change."""
    if not (keys := keys - {None}):
        return {}
    return {report.pk: report for report in Report.objects.filter(pk__in=keys).for_rows()}

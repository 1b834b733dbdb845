"""Records as they were at the end of a past day, rebuilt from their versions to be shown.

They are ordinary instances, so that columns, templates and links work on them as on
today's; their links lead to the same day. They are not for saving.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from ..choices import Ledger
from ..periods import AsOf
from .agreements import Agreement
from .industrial import IndustrialProject
from .infrastructure import InfrastructureProject
from .items import CooperationItem
from .ledger import LedgerEntry
from .milestones import EntryPart, Milestone
from .money import Indicator, MoneyFigure
from .organisations import Organisation
from .places import Region, Sector
from .recorded import Facts, Recorded
from .recordversions import RecordVersion
from .taskforces import TaskForce
from .versions import EntryVersion

#: The model of each ledger, by the path of its list.
LEDGER_MODELS: dict[str, type[LedgerEntry]] = {
    str(model.kind): model
    for model in (Agreement, CooperationItem, IndustrialProject, InfrastructureProject)
}

#: What a link to an entry shows of it.
SHOWN = ("ledger", "code", "name", "status", "provenance")

R = TypeVar("R", bound=Recorded)
P = TypeVar("P", bound=EntryPart)


@dataclass(frozen=True)
class Names:
    """Sectors, places and units by primary key, today's or those of a past day."""

    sectors: dict[Any, Sector]
    regions: dict[Any, Region]
    units: dict[Any, Organisation]

    @classmethod
    def today(cls) -> Names:
        """Three queries."""
        units = Organisation.objects.only("pk", "name", "search_text")
        return cls.in_order(Sector.objects.all(), Region.objects.all(), units)

    @classmethod
    def at(cls, as_of: AsOf) -> Names:
        """One query; each record's links lead to that day."""
        kinds: dict[str, list[Any]] = {"sector": [], "region": [], "organisation": []}
        for row in RecordVersion.objects.before(as_of.until).filter(record_model__in=kinds):
            kinds[row.record_model].append(row)
        sectors = [_record(Sector, row, as_of) for row in kinds["sector"]]
        regions = [_record(Region, row, as_of) for row in kinds["region"]]
        units = [_record(Organisation, row, as_of) for row in kinds["organisation"]]
        for unit in units:
            unit.settle(None, None)  # type: ignore[arg-type]  # search text is derived
        names = cls.in_order(sectors, regions, units)
        for record in (*names.regions.values(), *names.units.values()):
            _link(record, names)
        return names

    @classmethod
    def in_order(
        cls, sectors: Iterable[Sector], regions: Iterable[Region], units: Iterable[Organisation]
    ) -> Names:
        """Sorted here, and so alike whatever the database's collation."""
        return cls(
            _by_key(sorted(sectors, key=lambda s: (s.position, s.slug))),
            _by_key(sorted(regions, key=lambda r: r.code)),
            _by_key(sorted(units, key=lambda u: u.name)),
        )

    def units_named(self, folded: str) -> list[Any]:
        """The units that a folded word of a search finds."""
        return [key for key, unit in self.units.items() if folded in unit.search_text]


def _by_key(records: Iterable[Any]) -> dict[Any, Any]:
    return {record.pk: record for record in records}


def _record(model: type[R], row: RecordVersion, as_of: AsOf) -> R:
    record = model.from_facts(row.record_key, row.facts)
    record.as_of = as_of
    return record


def _link(record: Any, names: Names) -> None:
    """Let the record name its place without asking the database of today."""
    if isinstance(record, Region):
        record.parent = names.regions.get(record.parent_id)
    elif isinstance(record, Organisation):
        record.region = names.regions.get(record.region_id)


def indicators(as_of: AsOf, names: Names) -> list[Indicator]:
    """成效指标 as they stood."""
    rows = RecordVersion.objects.before(as_of.until).filter(record_model=Indicator.trail_model())
    found = [_record(Indicator, row, as_of) for row in rows]
    for indicator in found:
        indicator.sector = names.sectors[indicator.sector_id]
    return sorted(found, key=lambda indicator: (indicator.position, indicator.pk))


def task_forces(as_of: AsOf) -> list[TaskForce]:
    """The directory of 专项组 as it stood; whose office it is say the names of the day."""
    rows = RecordVersion.objects.before(as_of.until).filter(record_model=TaskForce.trail_model())
    found = [_record(TaskForce, row, as_of) for row in rows]
    return sorted(found, key=lambda force: (force.position, force.name))


def entries(versions: Iterable[EntryVersion], names: Names, as_of: AsOf) -> Iterator[LedgerEntry]:
    """The entries of these versions, which carry their state; one query for their origins."""
    versions = list(versions)
    wanted = {v.origin_id for v in versions if v.origin_id is not None}
    origins = _origins(wanted, as_of) if wanted else {}
    for version in versions:
        yield _entry(version, names, as_of, origins)


def lines(versions: Iterable[EntryVersion], names: Names, as_of: AsOf) -> Iterator[LedgerEntry]:
    """The same without the entries that they come from; no query."""
    return (_entry(version, names, as_of, {}) for version in versions)


def headlines(rows: Any, names: Names, as_of: AsOf) -> Iterator[LedgerEntry]:
    """Entries with what a heading says of them: `SHOWN`, sector and lead. One query."""
    for row in rows.values("entry", "sector", "lead", *SHOWN):
        sector, lead = names.sectors[row.pop("sector")], names.units.get(row.pop("lead"))
        yield _headline(row, as_of, sector=sector, lead=lead)


def _headline(row: dict[str, Any], as_of: AsOf, **more: Any) -> LedgerEntry:
    entry = LEDGER_MODELS[row["ledger"]](pk=row.pop("entry"), **row, **more)
    entry.as_of = as_of
    return entry


def _origins(keys: set[int], as_of: AsOf) -> dict[int, LedgerEntry]:
    """The entries that others come from, with what a link to them shows."""
    rows = EntryVersion.objects.as_at(as_of).filter(entry__in=keys).values("entry", *SHOWN)
    return {row["entry"]: _headline(row, as_of) for row in rows}


def _entry(
    version: EntryVersion, names: Names, as_of: AsOf, origins: dict[int, LedgerEntry]
) -> LedgerEntry:
    facts = version.state.facts
    entry = LEDGER_MODELS[version.ledger].from_facts(version.entry_id, facts)
    entry.as_of = as_of
    entry.version, entry.updated_at = version.version, version.updated_at
    entry.sector = names.sectors[entry.sector_id]
    entry.lead = names.units.get(entry.lead_id)
    for read in ("light", "is_silent"):
        if (value := getattr(version, read, None)) is not None:
            setattr(entry, read, value)
    if version.origin_id in origins:
        origin = {Ledger.ITEMS: "agreement"}.get(Ledger(version.ledger), "item")
        setattr(entry, origin, origins[version.origin_id])
    regions = [r for r in names.regions.values() if r.code in set(facts["regions"]["value"])]
    prefetched(entry, "regions", regions)
    prefetched(entry, "partners", [names.units[pk] for pk in facts["partners"]["value"]])
    prefetched(entry, "milestones", _parts(Milestone, entry, facts))
    prefetched(entry, "figures", _parts(MoneyFigure, entry, facts))
    return entry


def _parts(model: type[P], entry: LedgerEntry, facts: Facts) -> list[P]:
    """Milestones or figures, in the order of today's."""
    name = {"milestone": "milestones", "moneyfigure": "figures"}[str(model._meta.model_name)]
    parts = []
    for row in facts[name]["value"]:
        fields = [f for f in model._meta.concrete_fields if f.name in row]
        columns = {f.attname: f.to_python(row[f.name]) for f in fields}
        parts.append(model(entry_id=entry.pk, **columns))
    return sorted(parts, key=lambda part: [_empty_last(getattr(part, n)) for n in model.order])


def _empty_last(value: Any) -> tuple[bool, Any]:
    return value is None, value or 0


def prefetched(record: Recorded, name: str, records: list[Any]) -> None:
    """Answer `record.name.all()` with these, and without a query."""
    rows = getattr(record, name).get_queryset()
    rows._result_cache, rows._prefetch_done = records, True
    cache = cast("dict[str, Any]", record.__dict__.setdefault("_prefetched_objects_cache", {}))
    cache[name] = rows

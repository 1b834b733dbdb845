"""First filling of an empty ledger from `fixtures/`, and taking the samples off again.

Reference data are Django fixtures with natural keys; the entries are lists of
{"model", "fields"} whose dates are written as exactly as they are known. Only what has
never existed is created: a record that was renamed, delisted or deleted since does not
come back.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import serializers
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from .choices import Action, Provenance, Reason, Role, Source
from .models import (
    LEDGER_MODELS,
    Act,
    Agreement,
    CalendarDay,
    CooperationItem,
    Indicator,
    LedgerEntry,
    LightRule,
    Milestone,
    MoneyFigure,
    Organisation,
    Recorded,
    Region,
    Revision,
    Sector,
)
from .models.entryfacts import SHARED_DATES
from .models.ledger import CHILD_OF, LedgerEntryQuerySet, set_partial_date
from .periods import PartialDate

Fields = dict[str, Any]

FIXTURES: Path = settings.BASE_DIR / "fixtures"
#: Reference data in the order in which they refer to one another, with the field by which
#: a record is known to people.
REFERENCE: tuple[tuple[str, type[Recorded], str], ...] = (
    ("regions", Region, "code"),
    ("sectors", Sector, "slug"),
    ("organisations", Organisation, "name"),
    ("indicators", Indicator, "name"),
    ("calendar", CalendarDay, "day"),
    ("lightrule", LightRule, "name"),
)
ENTRY_MODELS = {model._meta.model_name: model for model in LEDGER_MODELS.values()}


@dataclass(frozen=True)
class Seeded:
    """How many records of a kind were created, and how many there had been already."""

    label: str
    created: int
    known: int


def seed(
    at: dt.datetime | None = None,
    folder: Path = FIXTURES,
    *,
    day: dt.date | None = None,
    earlier: dict[str, Fields] | None = None,
) -> list[Seeded]:
    """Create what has never existed, each with one baseline trail row; all or nothing.

    `at` is the moment that is recorded (now, when not given). The samples' dates are
    shifted by whole days from the file's anchor to `day`, when not given that of the very
    first seeding. `earlier` gives, by code, the fields of a sample where they are to be
    other than the file's.
    """
    act = Act(source=Source.FIXTURE, at=at or timezone.now()).stamped()
    with transaction.atomic():
        seeded = [
            _seed_groups(),
            *(_seed_reference(folder, *kind, act=act) for kind in REFERENCE),
            *_seed_entries(folder, act, day, earlier or {}),
        ]
        _count_tables()
    return seeded


def _count_tables() -> None:
    """Tell PostgreSQL's planner how full the tables now are.

    Until it knows, it takes them for empty and joins them row by row: a page that counts by
    place then takes minutes.
    """
    if connection.vendor != "postgresql":
        return
    ours = [m._meta.db_table for m in apps.get_app_config("projects").get_models(True)]
    with connection.cursor() as cursor:
        # By name: without one the catalogues of the whole server would be locked as well.
        cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(t) for t in ours)}")


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def _seed_groups() -> Seeded:
    created = [Group.objects.get_or_create(name=role.value)[1] for role in Role]
    return Seeded("岗位（用户组）", sum(created), len(created) - sum(created))


def _seed_reference(folder: Path, name: str, model: type[Recorded], key: str, act: Act) -> Seeded:
    rows = _read(folder, name)
    known = _known(model, key, [row["fields"][key] for row in rows])
    new = [row for row in rows if row["fields"][key] not in known]
    for row in new:
        # One at a time, so that a row may name the one before it.
        (read,) = serializers.deserialize("python", [row])
        assert isinstance(read.object, Recorded)
        read.object.save(act=act)
    return Seeded(str(model._meta.verbose_name), len(new), len(rows) - len(new))


def _known(model: type[Recorded], key: str, values: list[str]) -> set[str]:
    """Those of the values that exist, or that the trail says have existed."""
    rows = model._default_manager.filter(**{f"{key}__in": values}).values_list(key, flat=True)
    trail = Revision.objects.filter(
        Q(record_code__in=values) | Q(record_name__in=values), record_model=model.trail_model()
    )
    return {*rows, *chain.from_iterable(trail.values_list("record_code", "record_name"))}


# --- entries ----------------------------------------------------------------------------


def samples_file(folder: Path = FIXTURES) -> Any:
    """The samples: `anchor`, the day around which their dates lie, and `entries`."""
    return _read(folder, "samples")


def _seed_entries(
    folder: Path, act: Act, day: dt.date | None, earlier: dict[str, Fields]
) -> Iterator[Seeded]:
    named, samples = _read(folder, "named"), samples_file(folder)
    shift = (day or _first_day(act)) - dt.date.fromisoformat(samples["anchor"])
    moved = [
        ({**row, "fields": earlier.get(row["fields"]["code"], row["fields"])}, shift)
        for row in samples["entries"]
    ]
    rows = [*((row, dt.timedelta()) for row in named), *moved]
    known = _known(LedgerEntry, "code", [row["fields"]["code"] for row, _ in rows])
    builder = _Builder.with_what_is_stored(act)
    for name, model in ENTRY_MODELS.items():
        of_model = [(row["fields"], days) for row, days in rows if row["model"] == name]
        new = [(fields, days) for fields, days in of_model if fields["code"] not in known]
        for fields, days in new:
            builder.create(model, fields, days)
        yield Seeded(str(model._meta.verbose_name), len(new), len(of_model) - len(new))


def _first_day(act: Act) -> dt.date:
    """The day of the first baseline, which may be today's."""
    baselines = Revision.objects.filter(source=Source.FIXTURE, action=Action.BASELINE)
    first = baselines.order_by("sequence").values_list("effective_on", flat=True).first()
    assert act.on is not None
    return first or act.on


@dataclass
class _Builder:
    """Makes entries of the files' fields; what they refer to by natural key is looked up once."""

    act: Act
    sectors: dict[str, Sector]
    regions: dict[str, Region]
    units: dict[str, Organisation]

    @classmethod
    def with_what_is_stored(cls, act: Act) -> _Builder:
        return cls(
            act,
            {sector.slug: sector for sector in Sector.objects.all()},
            {region.code: region for region in Region.objects.all()},
            _units_by_name(),
        )

    def create(self, model: type[LedgerEntry], fields: Fields, shift: dt.timedelta) -> None:
        fields = dict(fields)
        regions = [self.regions[code] for code in fields.pop("regions", [])]
        partners = [self.units[name] for name in fields.pop("partners", [])]
        milestones = fields.pop("milestones", [])
        figures = fields.pop("figures", [])
        with self.entry(model, fields, shift).recording(self.act) as entry:
            entry.regions.add(*regions)
            entry.partners.add(*partners)
            Milestone.objects.bulk_create(
                Milestone(entry=entry, **part(row, shift)) for row in milestones
            )
            MoneyFigure.objects.bulk_create(
                MoneyFigure(entry=entry, **part(row, shift)) for row in figures
            )

    def entry(self, model: type[LedgerEntry], fields: Fields, shift: dt.timedelta) -> LedgerEntry:
        """An unsaved entry; raises TypeError for a field that the model does not have."""
        lead = fields.pop("lead", None)
        dates = {**SHARED_DATES, **model.own_dates}
        written = {prefix: fields.pop(prefix) for prefix in dates if prefix in fields}
        since = fields.pop("status_since", None)
        entry = model(
            sector=self.sectors[fields.pop("sector")],
            lead=self.units[lead] if lead else None,
            **{name: _linked(name, value) for name, value in fields.items()},
        )
        for prefix, text in written.items():
            set_partial_date(entry, prefix, shifted(text, shift), is_last=dates[prefix])
        entry.status_on = shifted(since, shift).first if since else None
        return entry


def _units_by_name() -> dict[str, Organisation]:
    """Units by the name they have, and by the name under which they were once seeded."""
    units = {str(unit.pk): unit for unit in Organisation.objects.all()}
    baselines = Revision.objects.filter(
        record_model=Organisation.trail_model(), action=Action.BASELINE
    ).values_list("record_name", "record_key")
    seeded = {name: units[key] for name, key in baselines if key in units}
    return seeded | {unit.name: unit for unit in units.values()}


_PART_DATES = {"planned", "reached", "dated"}
_LINKS: dict[str, Callable[[str], LedgerEntry]] = {
    "agreement": lambda code: Agreement.objects.get(code=code),
    "item": lambda code: CooperationItem.objects.get(code=code),
}


def _linked(name: str, value: Any) -> Any:
    """The entry that a link's code stands for; any other value as it is."""
    return _LINKS[name](value) if name in _LINKS else value


def part(row: Fields, shift: dt.timedelta) -> Fields:
    """The columns of a milestone or figure; a planned date takes the last day it may mean."""
    columns = {name: row[name] for name in row if name not in _PART_DATES}
    for prefix in _PART_DATES & row.keys():
        date = shifted(row[prefix], shift)
        columns[f"{prefix}_on"] = date.last if prefix == "planned" else date.first
        columns[f"{prefix}_precision"] = date.precision
    return columns


def shifted(text: str, by: dt.timedelta) -> PartialDate:
    """The written date so many days later, as exact as before and no more."""
    written = PartialDate.parse(text)
    return PartialDate.parse(str(replace(written, first=written.first + by)))


# --- samples ----------------------------------------------------------------------------


def samples() -> LedgerEntryQuerySet:
    """The synthetic entries that are still on the lists."""
    return LedgerEntry.objects.listed().filter(provenance=Provenance.SAMPLE)


def remove_samples(on: dt.date | None = None) -> int:
    """Take every listed sample off the lists (调出), all or none, in one batch; how many."""
    act = Act(
        source=Source.COMMAND,
        reason=Reason.SAMPLE_REMOVED,
        note="正式台账启用，清理示例数据。",
        on=on,
        batch=uuid.uuid4().hex,
    ).stamped()
    with transaction.atomic():
        # All locks first, in key order: whoever edits one meanwhile waits, and no one for us.
        locked = list(samples().select_for_update().order_by("pk").values_list("pk", flat=True))
        entries = LedgerEntry.objects.filter(pk__in=locked).select_related(*CHILD_OF.values())
        for entry in entries.order_by("pk"):
            entry.delist(act)
    return len(locked)

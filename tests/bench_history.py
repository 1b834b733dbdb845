"""A long history for `make bench`: so many entries with so many versions, written by SQL.

The seeded entries are copied until there are enough. Every entry changes once in a hundred
days, a third of them on each of three days, on which a segment ends as the app itself would
end it. Trail, states and versions are whole: `verify_trail` finds nothing wrong with them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

from django.db import connection, transaction

from projects.choices import Action, Source
from projects.models import (
    LEDGER_MODELS,
    ChainHead,
    EntryState,
    EntryVersion,
    LedgerEntry,
    RecordVersion,
    Revision,
    Segment,
    guards,
)
from projects.models.trail import GENESIS, canonical
from projects.periods import AsOf, today
from tests.factories import bare

#: Added to the key of a seeded entry for each copy; a multiple of the number of days below.
STRIDE = 1200
SPAN = dt.timedelta(days=100)
#: The day of each span on which an entry changes, by its key modulo their number.
DAYS = (20, 50, 80)
#: Stands in a template for the code of a copy.
CODE = "CODE-OF-THE-COPY"
#: What a version says that the one before it did not.
CHANGED = "percent_complete"


def build(entries: int, versions: int) -> list[AsOf]:
    """Fill the seeded database; returns a day in each segment, the earliest first."""
    copies = -(-entries // LedgerEntry.objects.count()) - 1
    begin = dt.datetime.combine(today(), dt.time(), dt.UTC) - SPAN * versions
    with transaction.atomic():
        guards.lift(connection)
        _forget()
        if copies:
            _copy_entries(copies)
        _rewrite_past(begin, copies, versions)
        guards.install(connection)
    analyze()
    late = dt.timedelta(days=25)
    return [AsOf((_since(begin, *part) + late).date()) for part in _parts(versions)]


def _parts(versions: int) -> Iterator[tuple[int, int]]:
    """Each version and bucket, in the order of their days."""
    return product(range(1, versions + 1), range(len(DAYS)))


def _since(begin: dt.datetime, version: int, bucket: int) -> dt.datetime:
    return begin + SPAN * (version - 1) + dt.timedelta(days=DAYS[bucket])


def _home(version: int, bucket: int) -> int:
    """The segment in which a version is recorded."""
    return len(DAYS) * (version - 1) + bucket + 1


def _forget() -> None:
    """Take the past that the seeding has written off; it is written anew."""
    for model in (EntryVersion, Segment, EntryState):
        model._base_manager.all().delete()
    bare(LedgerEntry).update(**{CHANGED: None})


def _copy_entries(copies: int) -> None:
    base, through = LedgerEntry._meta.db_table, LedgerEntry._meta
    renamed = {
        "id": "t.id + n.k * %d",
        "code": "t.code || '-' || n.k",
        "search_text": "REPLACE(t.search_text, LOWER(t.code), LOWER(t.code) || '-' || n.k)",
    }
    copy(base, copies, set(renamed), renamed)
    for model in LEDGER_MODELS.values():
        key = "ledgerentry_ptr_id"
        copy(model._meta.db_table, copies, {key}, {key: f"t.{key} + n.k * %d"})
    for name in ("regions", "partners"):
        table = through.get_field(name).remote_field.through._meta.db_table
        key = "ledgerentry_id"
        copy(table, copies, {"id", key}, {key: f"t.{key} + n.k * %d"})


def copy(table: str, copies: int, changed: set[str], values: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        columns = [c.name for c in connection.introspection.get_table_description(cursor, table)]
        kept = [c for c in columns if c not in changed]
        targets = ", ".join([*kept, *values])
        sources = ", ".join(
            [f"t.{c}" for c in kept] + [v.replace("%d", str(STRIDE)) for v in values.values()]
        )
        cursor.execute(
            f"INSERT INTO {table} ({targets}) WITH RECURSIVE n(k) AS"
            f" (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {copies})"
            f" SELECT {sources} FROM {table} t, n"
        )


def _rewrite_past(begin: dt.datetime, copies: int, versions: int) -> None:
    """Of each entry one version in each span, recorded, kept and chained."""
    chain = _Chain()
    for row in Revision.objects.exclude(record_model="ledgerentry").order_by("sequence").values():
        chain.add({**row, "recorded_at": begin, "algorithm": "sha256"})
    Revision._base_manager.all().delete()
    chain.flush()
    RecordVersion.objects.update(recorded_from=begin)
    seeds = [_Seed(entry) for entry in _seeds()]
    first = chain.sequence
    for version, bucket in _parts(versions):
        since = _since(begin, version, bucket)
        if (version, bucket) == (1, 0):
            Segment.objects.create(number=1, began_at=since, after_sequence=first)
        _record(chain, seeds, copies, version, bucket, since)
        if _home(version, bucket) < versions * len(DAYS):
            Segment.objects.create(
                number=_home(version, bucket) + 1,
                began_at=since,
                after_sequence=chain.sequence,
                copied=chain.begun,
            )
        _keep_versions(versions, version, bucket, since)
    ended = {bucket: _since(begin, versions, bucket) for bucket in range(len(DAYS))}
    with connection.cursor() as cursor:
        for bucket, at in ended.items():
            cursor.execute(
                f"UPDATE projects_ledgerentry SET version = %s, updated_at = %s, {CHANGED} = %s"
                f" WHERE id %% {len(DAYS)} = {bucket}",
                [versions, _moment(at), _percent(versions)],
            )
    ChainHead.objects.filter(name=Revision.chain).update(
        sequence=chain.sequence, digest=chain.digest, recorded_at=max(ended.values())
    )


def _percent(version: int) -> int:
    return min(100, 10 * version)


def _moment(at: dt.datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _seeds() -> Iterator[LedgerEntry]:
    for model in LEDGER_MODELS.values():
        yield from model.objects.filter(pk__lt=STRIDE).prefetch_related(
            "regions__parent", "partners", "milestones", "figures"
        )


class _Seed:
    """A seeded entry, and what the trail says of each of its copies."""

    def __init__(self, entry: LedgerEntry) -> None:
        self.key, self.code, self.name, self.status = entry.pk, entry.code, entry.name, entry.status
        self.ledger, self.unit_name = entry.ledger, str(entry.lead or "")
        self.facts = entry.facts()
        nothing = {"value": [], "text": ""}  # copies have neither milestones nor figures
        self.copied = {**self.facts, "milestones": nothing, "figures": nothing}

    def state(self, version: int, *, is_copy: bool) -> str:
        """The canonical JSON of a version, with a placeholder for the code of a copy."""
        facts = dict(self.copied if is_copy else self.facts)
        percent = _percent(version)
        facts[CHANGED] = {"value": percent, "text": str(percent)}
        if is_copy:
            facts["code"] = {"value": CODE, "text": CODE}
        return canonical(facts).decode()

    def revision(self, version: int, since: dt.datetime) -> dict[str, Any]:
        """The columns of the trail row, without those of the copy and of the chain."""
        change = {
            "field": CHANGED,
            "label": "完成百分比",
            "old": _percent(version - 1) if version > 1 else None,
            "new": _percent(version),
            "old_text": str(_percent(version - 1)) if version > 1 else "",
            "new_text": str(_percent(version)),
        }
        return {
            "recorded_at": since,
            "actor_id": None,
            "actor_name": "系统",
            "algorithm": "sha256",
            "effective_on": since.date(),
            "source": Source.SIMULATED.value,
            "action": (Action.BASELINE if version == 1 else Action.CHANGE).value,
            "record_model": "ledgerentry",
            "record_version": version,
            "ledger": self.ledger,
            "unit_name": self.unit_name,
            "old_status": self.status if version > 1 else "",
            "new_status": self.status,
            "reason": "",
            "note": "",
            "changes": [change],
            "batch": "",
        }


class _Chain:
    """The trail as it is written: by many rows at once."""

    def __init__(self) -> None:
        self.sequence, self.digest, self.begun = 0, GENESIS, 0
        self.waiting: list[list[Any]] = []

    def add(self, columns: dict[str, Any]) -> None:
        self.sequence += 1
        row = {**columns, "sequence": self.sequence, "previous_digest": self.digest}
        row.pop("digest", None)
        self.digest = row["digest"] = hashlib.sha256(canonical(row)).hexdigest()
        self.begun += row["record_model"] == "ledgerentry" and row["record_version"] == 1
        row["recorded_at"] = _moment(row["recorded_at"])
        row["changes"] = json.dumps(row["changes"], ensure_ascii=False)
        self.waiting.append([row[f.attname] for f in Revision._meta.concrete_fields])

    def flush(self) -> None:
        columns = [str(f.column) for f in Revision._meta.concrete_fields]
        _insert(Revision._meta.db_table, columns, self.waiting)
        self.waiting.clear()


def _insert(table: str, columns: list[str], rows: list[list[Any]]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _record(
    chain: _Chain, seeds: list[_Seed], copies: int, version: int, bucket: int, since: dt.datetime
) -> None:
    """The trail rows and states of all that change on one day."""
    states = []
    for seed in (s for s in seeds if s.key % len(DAYS) == bucket):
        said, own = seed.state(version, is_copy=True), seed.state(version, is_copy=False)
        told = seed.revision(version, since)
        for number in range(copies + 1):
            code = f"{seed.code}-{number}" if number else seed.code
            facts = said.replace(CODE, code) if number else own
            key = seed.key + STRIDE * number
            chain.add(
                {
                    **told,
                    "record_key": str(key),
                    "record_code": code,
                    "record_name": f"{code} {seed.name}",
                    "state_digest": hashlib.sha256(facts.encode()).hexdigest(),
                }
            )
            states.append([key, version, facts])
    chain.flush()
    _insert(EntryState._meta.db_table, ["entry_id", "version", "facts"], states)


def _keep_versions(versions: int, version: int, bucket: int, since: dt.datetime) -> None:
    """The version where it was recorded, where it was valid throughout, and where it ended."""
    shared = [str(f.column) for f in EntryVersion._meta.concrete_fields]
    own = {"id", "segment", "entry_id", "state_id", "version", "origin_id", "recorded_from"}
    kept = [c for c in shared if c not in own | {"recorded_to", "updated_at", CHANGED}]
    given = "segment, version, recorded_from, recorded_to, updated_at"
    origin = ", ".join(
        f"(SELECT o.{column} FROM {model} o WHERE o.ledgerentry_ptr_id = e.id)"
        for model, column in (
            ("projects_cooperationitem", "agreement_id"),
            ("projects_industrialproject", "item_id"),
            ("projects_infrastructureproject", "item_id"),
        )
    )
    home = _home(version, bucket)
    with connection.cursor() as cursor:
        for number in range(home, min(home + len(DAYS), versions * len(DAYS)) + 1):
            until = since + SPAN if number == home + len(DAYS) else None
            cursor.execute(
                f"INSERT INTO projects_entryversion ({given}, {CHANGED}, entry_id, state_id,"
                f" origin_id, {', '.join(kept)})"
                f" SELECT %s, %s, %s, %s, %s, %s, e.id, s.id, COALESCE({origin}),"
                f" {', '.join(f'e.{c}' for c in kept)} FROM projects_ledgerentry e"
                " JOIN projects_entrystate s ON s.entry_id = e.id AND s.version = %s"
                f" WHERE e.id %% {len(DAYS)} = {bucket}",
                [
                    *(number, version, _moment(since), until and _moment(until), _moment(since)),
                    *(_percent(version), version),
                ],
            )


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

"""A long history for `make bench`: so many entries with so many versions, written by SQL.

The seeded entries are copied until there are enough. Every entry changes once in a hundred
days, half of them in the first fifty: each fifty days are a segment, as the app itself
would make them.
"""

from __future__ import annotations

import datetime as dt
from itertools import product

from django.db import connection, transaction

from projects.models import (
    LEDGER_MODELS,
    EntryState,
    EntryVersion,
    LedgerEntry,
    RecordVersion,
    Segment,
    guards,
)
from projects.periods import AsOf, today

#: Added to the key of a seeded entry for each copy.
STRIDE = 1000
SPAN = dt.timedelta(days=100)
HALF = SPAN / 2
#: The day of each span on which an entry changes, by its key modulo their number.
DAYS = (20, 40, 60, 80)


def build(entries: int, versions: int) -> list[AsOf]:
    """Fill the seeded database; returns the last day but one of each segment."""
    copies = -(-entries // LedgerEntry.objects.count()) - 1
    begin = dt.datetime.combine(today(), dt.time(), dt.UTC) - SPAN * versions
    with transaction.atomic():
        guards.lift(connection)
        _copy_entries(copies)
        _rewrite_past(begin, versions)
        guards.install(connection)
    _analyze()
    return [AsOf((begin + HALF * (n + 0.98)).date()) for n in range(2 * versions)]


def _copy_entries(copies: int) -> None:
    base, through = LedgerEntry._meta.db_table, LedgerEntry._meta
    _copy(base, copies, {"id", "code"}, {"id": "t.id + n.k * %d", "code": "t.code || '-' || n.k"})
    for model in LEDGER_MODELS.values():
        key = "ledgerentry_ptr_id"
        _copy(model._meta.db_table, copies, {key}, {key: f"t.{key} + n.k * %d"})
    for name in ("regions", "partners"):
        table = through.get_field(name).remote_field.through._meta.db_table
        key = "ledgerentry_id"
        _copy(table, copies, {"id", key}, {key: f"t.{key} + n.k * %d"})
    table = EntryState._meta.db_table
    _copy(table, copies, {"id", "entry_id"}, {"entry_id": "t.entry_id + n.k * %d"})


def _copy(table: str, copies: int, changed: set[str], values: dict[str, str]) -> None:
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


def _rewrite_past(begin: dt.datetime, versions: int) -> None:
    """Of each entry one version in each segment, and the one before it till then."""
    EntryVersion.objects.all().delete()
    Segment.objects.all().delete()
    RecordVersion.objects.update(recorded_from=begin)
    shared = [str(f.column) for f in EntryVersion._meta.concrete_fields]
    own = {"id", "segment", "entry_id", "state_id", "version", "origin_id", "recorded_from"}
    kept = [c for c in shared if c not in own | {"recorded_to", "updated_at"}]
    targets = "segment, entry_id, state_id, version, recorded_from, recorded_to, updated_at"
    for number in range(1, 2 * versions + 1):
        at = begin + HALF * (number - 1)
        Segment.objects.create(number=number, began_at=at, after_sequence=number)
    with connection.cursor() as cursor:
        for version, (bucket, day) in product(range(1, versions + 1), enumerate(DAYS)):
            since = begin + SPAN * (version - 1) + dt.timedelta(days=day)
            home = 2 * version - (dt.timedelta(days=day) < HALF)
            # Where it was recorded, where it was valid throughout, where it ended.
            for number, until in ((home, None), (home + 1, None), (home + 2, since + SPAN)):
                if number > 2 * versions:
                    continue
                cursor.execute(
                    f"INSERT INTO projects_entryversion ({targets}, {', '.join(kept)})"
                    f" SELECT %s, e.id, s.id, %s, %s, %s, %s, {', '.join(f'e.{c}' for c in kept)}"
                    " FROM projects_ledgerentry e JOIN projects_entrystate s ON s.entry_id = e.id"
                    f" WHERE e.id %% {len(DAYS)} = {bucket}",
                    [number, version, since, until, since],
                )


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

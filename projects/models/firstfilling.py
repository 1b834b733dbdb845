"""Many new entries at once: an office's own ledger, when it is first taken in.

`recording()` costs some twenty statements an entry. Here the same rows are written by few: entry,
own row, relations, figures, and of each its trail row, state and version, chained and kept in
segments as one by one. What the rows say is said by the same methods (`settle`, `facts`,
`revision_columns`, `as_version`), and a test holds the two ways together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import connection, models, transaction

from .conditions import broken
from .fields import CodeField, PlainMixin
from .ledger import LedgerEntry, Parts
from .money import MoneyFigure
from .organisations import Organisation
from .places import Region
from .trail import Act, ChainHead, Revision
from .versions import EntryState, EntryVersion, Segment

#: So many entries lie in memory with all their rows.
CHUNK = 500


@dataclass(frozen=True)
class Filling:
    """A new entry, unsaved, with what belongs to it; `figures` are unsaved as well.

    Regions come with their `parent`. `note` is that of its trail row.
    """

    entry: LedgerEntry
    regions: Sequence[Region] = ()
    partners: Sequence[Organisation] = ()
    figures: Sequence[MoneyFigure] = ()
    note: str = ""

    def prepared(self, act: Act) -> LedgerEntry:
        """The entry as it will be stored, but for its key.

        Raises ValueError for one that breaks a rule of the database: the caller has asked before.
        """
        entry = self.entry
        entry.fold_text()
        entry.given = Parts(self.regions, self.partners, (), self.figures)
        entry.settle(None, act)
        assert act.at is not None
        entry.version = 1
        entry.stamp(act.at)
        if problems := [c.sentence for record in (entry, *self.figures) for c in broken(record)]:
            raise ValueError(f"{entry}: {problems[0]}")
        return entry


def create_all(fillings: Iterable[Filling], act: Act) -> int:
    """Write them in their order, all or none, each with its trail row; how many.

    Holds the chain's lock to the end of the transaction. About 2 ms an entry.
    """
    act = act.stamped()
    count = 0
    rest = iter(fillings)
    with transaction.atomic():
        while chunk := list(islice(rest, CHUNK)):
            count += len(chunk)
            head = Revision.locked_head()  # anew: what gives the fillings may write as well
            while chunk:
                room = _room(head)
                _create(chunk[:room], act, head)
                chunk = chunk[room:]
    return count


def _room(head: ChainHead) -> int:
    """As many as may follow before the segment has to be looked at."""
    segment = Segment.objects.order_by("-number").first()
    return max(1, min(CHUNK, segment.room(head.sequence))) if segment else CHUNK


def _create(chunk: list[Filling], act: Act, head: ChainHead) -> None:
    """One statement or a few for each table, in the order in which they refer to one another."""
    assert act.at is not None
    act = replace(act, at=max(head.recorded_at or act.at, act.at))
    entries = [filling.prepared(act) for filling in chunk]
    for key, filling in zip(_keys(LedgerEntry, len(chunk)), chunk, strict=True):
        filling.entry.pk = filling.entry.id = key
        for figure in filling.figures:
            figure.entry_id = key
    figures = [figure for filling in chunk for figure in filling.figures]
    for key, figure in zip(_keys(MoneyFigure, len(figures)), figures, strict=True):
        figure.pk = key
    _insert(LedgerEntry, entries)
    for model in {type(entry) for entry in entries}:
        _insert(model, (entry for entry in entries if type(entry) is model))
    _insert(MoneyFigure, figures)
    _relate("regions", "region_id", ((f.entry, f.regions) for f in chunk))
    _relate("partners", "organisation_id", ((f.entry, f.partners) for f in chunk))
    _record(chunk, act, head)
    for record in (*entries, *figures):
        record._state.adding = False


def _keys(model: type[models.Model], count: int) -> list[int]:
    """So many new primary keys, drawn under the lock under which all entries are recorded."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = (cursor.fetchone() or [0])[0]
            return list(range(last + 1, last + count + 1))
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [key for (key,) in cursor.fetchall()]


#: Columns whose values are not stored as they are.
CONVERTED = (
    *(models.DateField, models.DecimalField, models.JSONField),
    *(PlainMixin, CodeField),
)


def _insert(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Rows whose keys are known, in the model's own table, by one statement for all.

    `bulk_create` knows no tables that continue another, and spends twice the time on the words
    of its statements.
    """
    fields = model._meta.local_concrete_fields
    values = attrgetter(*(field.attname for field in fields))
    converted = [(n, f) for n, f in enumerate(fields) if isinstance(f, CONVERTED)]

    def prepared(row: models.Model) -> list[Any]:
        found = list(values(row))
        for number, field in converted:
            found[number] = field.get_db_prep_save(found[number], connection)
        return found

    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    table = f"{quote(model._meta.db_table)} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Django wraps the errors of statements, not those of a copy.
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(prepared(row))
            return
        marks = ", ".join(["%s"] * len(fields))
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", [prepared(row) for row in rows])


def _relate(
    name: str, column: str, pairs: Iterable[tuple[LedgerEntry, Sequence[models.Model]]]
) -> None:
    through: Any = LedgerEntry._meta.get_field(name).remote_field.through  # type: ignore[union-attr]
    rows = [(entry.pk, record.pk) for entry, records in pairs for record in records]
    keys = _keys(through, len(rows))
    _insert(
        through,
        (
            through(id=key, **{"ledgerentry_id": entry, column: record})
            for key, (entry, record) in zip(keys, rows, strict=True)
        ),
    )


def _record(chunk: list[Filling], act: Act, head: ChainHead) -> None:
    """Trail rows, states, versions; the next segment when this one is full."""
    rows, states = [], []
    for filling in chunk:
        entry = filling.entry
        facts = entry.facts()
        changes = entry.differences({}, facts)
        told = entry.revision_columns(
            None, replace(act, note=filling.note or act.note), changes, facts
        )
        rows.append(Revision.linked(head, moves_clock=True, **told))
        states.append(EntryState(entry_id=entry.pk, version=entry.version, facts=facts))
        entry.given = None
    _insert(Revision, rows)
    head.save(update_fields=["sequence", "digest", "recorded_at"])
    for key, state in zip(_keys(EntryState, len(states)), states, strict=True):
        state.pk = key
    _insert(EntryState, states)
    at = rows[0].recorded_at
    segment = Segment.latest(at, rows[0].sequence)
    versions = [
        filling.entry.as_version(segment, state, at)
        for filling, state in zip(chunk, states, strict=True)
    ]
    for key, version in zip(_keys(EntryVersion, len(versions)), versions, strict=True):
        version.pk = key
    _insert(EntryVersion, versions)
    segment.continued(at, head.sequence)

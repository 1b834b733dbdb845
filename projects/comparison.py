"""What changed between the ends of two days: entered, left, moved, slipped, corrected.

Read from the two books and from the trail between them; what was a correction (更正) stands
apart from real movement. An entry is compared when the filter holds for it on either day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from . import text
from .choices import STATUS_LABELS, Action, Ledger, Reason
from .models import Book, LedgerEntry, Revision
from .periods import AsOf

#: Keys asked of the database at once.
CHUNK = 500


def _in_days(days: int) -> str:
    return f"推迟{days}天" if days >= 0 else f"提前{-days}天"


class Kind(Enum):
    """The sections of a comparison, in their order."""

    ENTERED = "进入"
    LEFT = "退出"
    MOVED = "状态变动"
    DATES = "时限调整"
    PERCENT = "完成百分比变动"
    MONEY = "总投资变动"
    CORRECTED = "更正"

    @property
    def slug(self) -> str:
        """By which an address asks for it."""
        return self.name.lower()


#: The facts whose change is shown, by name, and the section of their real changes.
TRACKED: dict[str, Kind] = {
    "status": Kind.MOVED,
    "due_on": Kind.DATES,
    "planned_start_on": Kind.DATES,
    "percent_complete": Kind.PERCENT,
    "total_investment": Kind.MONEY,
}


@dataclass(frozen=True)
class Movement:
    """One thing that changed in one entry: from what to what, how often, why.

    `days` is by how much a date moved in all, positive for later; `difference` that of a
    number; both None where they say nothing.
    """

    kind: Kind
    entry: LedgerEntry
    what: str
    old: str
    new: str
    times: int
    days: int | None = None
    difference: Decimal | None = None
    reasons: str = ""
    #: Its place in the table of all.
    line: int = 0

    @property
    def measure(self) -> str:
        """By how much, in words."""
        if self.days is not None:
            return _in_days(self.days)
        return text.number(self.difference) if self.difference is not None else ""


@dataclass(frozen=True)
class Section:
    kind: Kind
    movements: tuple[Movement, ...]

    @property
    def entries(self) -> int:
        """How many entries it speaks of."""
        return len({movement.entry.pk for movement in self.movements})

    @property
    def total(self) -> str:
        """What the movements come to together, where that means something."""
        if self.kind is Kind.DATES and self.movements:
            return _in_days(sum(m.days or 0 for m in self.movements))
        if self.kind is Kind.MONEY and self.movements:
            difference = sum((m.difference or Decimal() for m in self.movements), Decimal())
            return f"{text.number(difference)}万元"
        return ""


@dataclass(frozen=True)
class Comparison:
    since: AsOf
    until: AsOf
    #: Rows of the filter on the first and on the last day.
    before: int
    after: int
    sections: tuple[Section, ...]
    #: Entries of which only other contents changed.
    others: int

    def only(self, kind: Kind | None) -> Comparison:
        """With the movements of one section alone; the same when none is named."""
        if kind is None:
            return self
        kept = tuple(s if s.kind is kind else Section(s.kind, ()) for s in self.sections)
        return replace(self, sections=kept, others=0)

    @property
    def movements(self) -> list[Movement]:
        """All, numbered in the order of the sections."""
        found = [movement for section in self.sections for movement in section.movements]
        return [replace(movement, line=line) for line, movement in enumerate(found, start=1)]


@dataclass
class _Between:
    """What the trail says of one entry between the two days."""

    rows: list[Revision] = field(default_factory=list)

    def of(self, name: str) -> list[tuple[Revision, Mapping[str, Any]]]:
        """The rows that changed a fact, each with that change, the earliest first."""
        return [(row, c) for row in self.rows for c in row.changes if c["field"] == name]


def compare(
    old: Book, new: Book, before: Any, after: Any, ledger: Ledger | None = None
) -> Comparison:
    """Compare two past books; `before` and `after` are the rows of one filter in each.

    Cost: the trail between the days, and the rows of the entries that it speaks of.
    """
    assert old.as_of is not None
    assert new.as_of is not None
    told = _trail(old.as_of, new.as_of, ledger)
    were, are = (set(rows.values_list("entry", flat=True)) for rows in (before, after))
    both = were & are
    wanted = sorted((were ^ are) | (both & told.keys()))
    movements: list[Movement] = []
    others = 0
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        now = _headlines(new, after, some)
        past = _headlines(old, before, [key for key in some if key not in now])
        for key in some:
            crossed = None if key in both else Kind.ENTERED if key in are else Kind.LEFT
            found = list(_of_entry(now.get(key) or past[key], crossed, told.get(key, _Between())))
            movements += found
            others += not found
    movements.sort(key=lambda movement: movement.entry.code)
    by_kind: dict[Kind, list[Movement]] = defaultdict(list)
    for movement in movements:
        by_kind[movement.kind].append(movement)
    return Comparison(
        old.as_of,
        new.as_of,
        len(were),
        len(are),
        tuple(Section(kind, tuple(by_kind[kind])) for kind in Kind),
        others,
    )


def _headlines(book: Book, rows: Any, keys: list[int]) -> dict[int, LedgerEntry]:
    return {entry.pk: entry for entry in book.headlines(rows.filter(entry__in=keys))}


def _trail(since: AsOf, until: AsOf, ledger: Ledger | None) -> dict[int, _Between]:
    """The trail of entries recorded after the first day and by the end of the last."""
    rows = Revision.objects.filter(
        record_model=LedgerEntry.trail_model(),
        recorded_at__gte=since.until,
        recorded_at__lt=until.until,
    ).order_by("sequence")
    rows = rows.filter(ledger=ledger) if ledger else rows
    found: dict[int, _Between] = defaultdict(_Between)
    for row in rows.iterator(chunk_size=CHUNK):
        found[int(row.record_key)].rows.append(row)
    return found


def _of_entry(entry: LedgerEntry, crossed: Kind | None, told: _Between) -> Iterable[Movement]:
    """What moved in an entry; `crossed` when the filter holds for it on one of the days only."""
    if crossed:
        yield _crossed(crossed, entry, told)
        return
    for name, kind in TRACKED.items():
        changed = told.of(name)
        real = [(row, change) for row, change in changed if not _is_correction(row)]
        corrected = [(row, change) for row, change in changed if _is_correction(row)]
        if real:
            yield _movement(kind, entry, name, real)
        if corrected:
            yield _movement(Kind.CORRECTED, entry, name, corrected)
    yield from _other_corrections(entry, told)


def _is_correction(row: Revision) -> bool:
    return row.action == Action.CORRECT or row.reason == Reason.MISRECORDED


def _crossed(kind: Kind, entry: LedgerEntry, told: _Between) -> Movement:
    """In or out of what the filter holds, by what was recorded, or by the mere days."""
    if not told.rows:
        return Movement(kind, entry, "条目未变（随日期或名录变化）", "", "", 0)
    old = STATUS_LABELS.get(told.rows[0].old_status, "")
    new = STATUS_LABELS.get(told.rows[-1].new_status, "")
    what = "、".join(dict.fromkeys(row.get_action_display() for row in told.rows))
    return Movement(kind, entry, what, old, new, len(told.rows), reasons=reasons_of(told.rows))


def _movement(
    kind: Kind,
    entry: LedgerEntry,
    name: str,
    changed: list[tuple[Revision, Mapping[str, Any]]],
) -> Movement:
    """The changes of a fact: its first old and last new value, and their sum."""
    first, last = changed[0][1], changed[-1][1]
    pairs = [(c["old"], c["new"]) for _, c in changed if None not in (c["old"], c["new"])]
    days = difference = None
    if name.endswith("_on") and pairs:
        days = sum((dt.date.fromisoformat(n) - dt.date.fromisoformat(o)).days for o, n in pairs)
    elif name in ("percent_complete", "total_investment") and pairs:
        difference = sum((Decimal(str(n)) - Decimal(str(o)) for o, n in pairs), Decimal())
    return Movement(
        kind,
        entry,
        str(last["label"]),
        first["old_text"],
        last["new_text"],
        len(changed),
        days,
        difference,
        reasons_of([row for row, _ in changed]),
    )


def _other_corrections(entry: LedgerEntry, told: _Between) -> Iterable[Movement]:
    """Corrections of what is not tracked, each by itself."""
    for row in told.rows:
        for change in row.shown_changes if _is_correction(row) else ():
            if change["field"] not in TRACKED:
                yield Movement(
                    Kind.CORRECTED,
                    entry,
                    str(change["label"]),
                    change["old_text"],
                    change["new_text"],
                    1,
                    reasons=reasons_of([row]),
                )


def reasons_of(rows: list[Revision]) -> str:
    """Reason and note of each row, each said once."""
    said = [
        "：".join(filter(None, [row.get_reason_display(), row.note.rstrip("。")]))
        for row in rows
        if row.reason or row.note
    ]
    return "；".join(dict.fromkeys(said))

"""Who stood on the lists at the ends of two days: who stayed, who joined, who left, how and why.

By entry and not by content: a record that has changed in between is the same member. Read from
the two books, and from the rows of the trail that tell how an entry came onto the lists or off.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.urls import reverse

from .choices import Action, Ledger
from .comparison import reasons_of
from .models import Book, LedgerEntry, Revision
from .periods import AsOf
from .statistics import Tally, address

#: Entries read at once.
CHUNK = 500
#: What the trail says of an entry that comes onto the lists or leaves them.
TELLING = (Action.BASELINE, Action.CREATE, Action.DELIST, Action.RELIST)


class Kind(TextChoices):
    JOINED = "joined", "调入"
    LEFT = "left", "调出"
    STAYED = "stayed", "两日均在列"


class Key(NamedTuple):
    code: str
    entry: int
    ledger: str


@dataclass(frozen=True)
class Member:
    """An entry of the lists of either day, and what the trail tells of its coming and going."""

    line: int
    kind: Kind
    #: As it was on the later day; one that left, as it was on the earlier.
    entry: LedgerEntry
    told: tuple[Revision, ...] = ()

    @property
    def last(self) -> Revision | None:
        """What brought it where it stands."""
        return self.told[-1] if self.told else None

    @property
    def how(self) -> str:
        return "、".join(row.get_action_display() for row in self.told)

    @property
    def on(self) -> dt.date | None:
        return self.last.effective_on if self.last else None

    @property
    def recorded_at(self) -> dt.datetime | None:
        return self.last.recorded_at if self.last else None

    @property
    def actor(self) -> str:
        return self.last.actor_name if self.last else ""

    @property
    def reasons(self) -> str:
        return reasons_of(list(self.told))


@dataclass(frozen=True)
class Line:
    """A ledger: on the lists on the first day, joined, left, on them on the last."""

    label: str
    before: Tally
    joined: Tally
    left: Tally
    stayed: Tally
    after: Tally


@dataclass(frozen=True)
class Membership:
    """Of two past books; today's is that of the end of today."""

    old: Book
    new: Book

    @cached_property
    def keys(self) -> dict[Kind, list[Key]]:
        """All members by their codes. Two queries, of keys alone."""
        were, are = (
            {Key(*row) for row in book.rows().order_by().values_list("code", "entry", "ledger")}
            for book in (self.old, self.new)
        )
        return {
            Kind.JOINED: sorted(are - were),
            Kind.LEFT: sorted(were - are),
            Kind.STAYED: sorted(were & are),
        }

    def members(self, ledger: str = "", kind: str = "") -> Members:
        """Of one ledger or all, of one kind or all; those who joined first, each by code."""
        found = [
            (of, key)
            for of, keys in self.keys.items()
            for key in keys
            if kind in ("", of) and ledger in ("", key.ledger)
        ]
        return Members(self, tuple(found))

    def lines(self) -> tuple[Line, ...]:
        return tuple(self._line(ledger) for ledger in Ledger)

    def _line(self, ledger: Ledger) -> Line:
        of = {kind: self._tally(ledger, kind) for kind in Kind}
        stayed = of[Kind.STAYED].count
        before, after = stayed + of[Kind.LEFT].count, stayed + of[Kind.JOINED].count
        return Line(
            label=ledger.label,
            before=Tally("起始日在列", before, address(ledger, self.old.scope), "before"),
            joined=of[Kind.JOINED],
            left=of[Kind.LEFT],
            stayed=of[Kind.STAYED],
            after=Tally("截止日在列", after, address(ledger, self.new.scope), "after"),
        )

    def _tally(self, ledger: Ledger, kind: Kind) -> Tally:
        count = sum(key.ledger == ledger for key in self.keys[kind])
        return Tally(kind.label, count, self.href(ledger=ledger.value, kind=kind.value), kind)

    def href(self, **more: str) -> str:
        """The page of these two days."""
        days = {"from": self.since.query["as_of"], "to": self.until.query["as_of"]}
        return f"{reverse('membership')}?{urlencode({**days, **more})}"

    @property
    def since(self) -> AsOf:
        assert self.old.as_of is not None
        return self.old.as_of

    @property
    def until(self) -> AsOf:
        assert self.new.as_of is not None
        return self.new.as_of

    def read(self, found: tuple[tuple[Kind, Key], ...], start: int) -> Iterator[Member]:
        """These members; their entries as of the day on which they stood there, and their rows."""
        by_book: dict[bool, list[int]] = defaultdict(list)
        for kind, key in found:
            by_book[kind == Kind.LEFT].append(key.entry)
        entries = _headlines(self.new, by_book[False]) | _headlines(self.old, by_book[True])
        told = self._told([key.entry for _, key in found])
        for line, (kind, key) in enumerate(found, start=start + 1):
            yield Member(line, kind, entries[key.entry], tuple(told[key.entry]))

    def _told(self, entries: list[int]) -> dict[int, list[Revision]]:
        rows = Revision.objects.filter(
            record_model=LedgerEntry.trail_model(),
            record_key__in=[str(entry) for entry in entries],
            action__in=TELLING,
            recorded_at__gte=self.since.until,
            recorded_at__lt=self.until.until,
        )
        found: dict[int, list[Revision]] = defaultdict(list)
        for row in rows.order_by("sequence"):
            found[int(row.record_key)].append(row)
        return found


@dataclass(frozen=True)
class Members:
    """Like rows of a query: counted without being read, read where they are sliced."""

    of: Membership | None = None
    found: tuple[tuple[Kind, Key], ...] = ()

    def count(self) -> int:
        return len(self.found)

    def none(self) -> Members:
        return Members()

    def __getitem__(self, part: slice) -> list[Member]:
        wanted = self.found[part]
        return list(self.of.read(wanted, part.start or 0)) if self.of and wanted else []

    def __iter__(self) -> Iterator[Member]:
        for start in range(0, self.count(), CHUNK):
            yield from self[start : start + CHUNK]


def _headlines(book: Book, entries: list[int]) -> dict[int, LedgerEntry]:
    if not entries:
        return {}
    return {entry.pk: entry for entry in book.headlines(book.rows().filter(entry__in=entries))}


def of_year(day: AsOf) -> Membership:
    """The lists of that day beside those of the end of the year before it."""
    since = AsOf(dt.date(day.day.year - 1, 12, 31))
    return Membership(Book(since), Book(day))

"""What a few words find, group by group, each with the way to exactly its rows.

Read at each keystroke and so cheap: `Finder.groups(counted=False)` counts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from . import text
from .choices import Ledger, MatterKind
from .lights import Reading
from .models import Book, ContactRecord, FollowUps, LedgerEntry, Matter, Meeting
from .models.entryrows import said
from .models.places import search_text
from .models.sounds import has_sound
from .statistics import Tally, address

#: Hits of a group on the page, and while one types.
SHOWN, SHOWN_TYPING = 8, 4
ALL = "全部"
#: Names of persons that are looked through.
PERSONS = 500
#: Groups without a list of their own: `/find/` itself lists all of one.
NAMED = {
    "units": "单位",
    "sectors": "领域",
    "places": "地区",
    "task-forces": "专项组",
    "persons": "联系市领导、责任人",
}
COUNTERS = {**dict.fromkeys(NAMED, "个"), "persons": "人", "matters": "件", "meetings": "次"}
ROLES = {"contact_leader": "联系市领导", "responsible_person": "责任人"}


@dataclass(frozen=True)
class Hit:
    """One thing that was found; `tally` where it has a list of its own."""

    label: str
    href: str
    code: str = ""
    note: str = ""
    entry: LedgerEntry | None = None
    light: Reading | None = None
    tally: Tally | None = None


@dataclass(frozen=True)
class Group:
    """Things of one kind, the nearest first; `alls` lead to all of them, where they are counted."""

    slug: str
    label: str
    hits: tuple[Hit, ...]
    alls: tuple[Tally, ...] = ()

    @property
    def counter(self) -> str:
        """The measure word of its things."""
        return COUNTERS.get(self.slug, "条")


def no_units(word: str) -> list[Any]:
    """Persons are not looked for by their units."""
    return []


def is_too_short(query: str) -> bool:
    """A single Latin letter stands in nearly everything: nothing is asked for it."""
    folded = text.searchable(query)
    return len(folded) == 1 and folded.isascii() and folded.isalpha()


@dataclass(frozen=True)
class Finder:
    """What `query` finds in that book, for this person."""

    query: str
    book: Book
    user: Any

    def direct(self) -> Hit | None:
        """What has just this code, entries off the lists included. At most four queries."""
        code = text.code(self.query)
        if not text.CODE.fullmatch(code):
            return None
        if entries := self._entries(self.book.everything().filter(code=code)):
            return _entry_hit(entries[0])
        matters = self._matters().filter(code=code)
        if self.book.as_of is None:
            others = (Meeting.objects.filter(code=code), ContactRecord.objects.filter(code=code))
            for found in (*matters[:1], *others[0], *others[1]):
                return _record_hit(found)
        return None

    def groups(self, *, counted: bool) -> list[Group]:
        """Those that found something; with `counted` how many there are in all."""
        shown = SHOWN if counted else SHOWN_TYPING
        groups = [
            *self._ledgers(shown, counted),
            *(self._named(slug, shown, counted) for slug in ("units", "sectors", "places")),
            *self._followed(shown, counted),
            self._named("task-forces", shown, counted),
            self._named("persons", shown, counted),
        ]
        return [group for group in groups if group.hits]

    def group(self, slug: str) -> Group:
        """All of one of the groups that have no list of their own (`NAMED`)."""
        return Group(slug, NAMED[slug], tuple(self._hits(slug)))

    # --- entries ----------------------------------------------------------------------

    def _rows(self) -> Any:
        return self.book.rows().search(self.query, self.book.names.units_named)

    def _entries(self, rows: Any) -> list[LedgerEntry]:
        found = self.book.lines(rows.with_light(self.book.clock))
        for entry in found:
            entry.lit = entry.reading(self.book.clock)
        return found

    def _ledgers(self, shown: int, counted: bool) -> list[Group]:
        keys = self._rows().first_of_each_ledger(self.query, shown, thorough=counted)
        nearest = self.book.rows().filter(pk__in=keys).by_nearness(self.query)
        found = self._entries(nearest)
        counts = dict(self._rows().counted("ledger")) if counted else {}
        return [
            Group(
                ledger.value,
                ledger.label,
                tuple(_entry_hit(entry) for entry in found if entry.ledger == ledger),
                self._all_of(ledger, counts.get(ledger)),
            )
            for ledger in Ledger
        ]

    def _all_of(self, ledger: Ledger, count: int | None) -> tuple[Tally, ...]:
        href = address(ledger, {"q": self.query, **self.book.scope})
        return () if count is None else (Tally(ALL, count, href),)

    # --- what is followed up, conferences: as they stand today ---------------------------

    def _matters(self) -> Any:
        return FollowUps(self.book).rows().visible_to(self.user)

    def _followed(self, shown: int, counted: bool) -> list[Group]:
        if self.book.as_of:
            return []  # their lists know no past day
        followups = FollowUps(self.book)
        matters = self._matters().search(self.query, self.book.names.units_named)
        meetings = Meeting.objects.all().search(self.query)
        hits = [self._matter_hit(m, followups) for m in matters.by_nearness(self.query)[:shown]]
        held = [_record_hit(meeting) for meeting in meetings.by_nearness(self.query)[:shown]]
        return [
            Group("matters", "问题与督办", tuple(hits), self._kinds(matters) if counted else ()),
            Group("meetings", "会议", tuple(held), self._met(meetings) if counted else ()),
        ]

    def _matter_hit(self, matter: Matter, followups: FollowUps) -> Hit:
        light = matter.reading(self.book.day, self.book.clock.rule)
        return replace(_record_hit(matter), light=light)

    def _kinds(self, matters: Any) -> tuple[Tally, ...]:
        counts = matters.counted("kind")
        query = urlencode({"q": self.query})
        return tuple(
            Tally(kind.heading, counts[kind], f"{reverse('matters', args=[kind])}?{query}")
            for kind in MatterKind
            if counts.get(kind)
        )

    def _met(self, meetings: Any) -> tuple[Tally, ...]:
        href = f"{reverse('meetings')}?{urlencode({'q': self.query})}"
        return (Tally(ALL, meetings.count(), href),)

    # --- what is found by its name ----------------------------------------------------

    def _named(self, slug: str, shown: int, counted: bool) -> Group:
        hits = self._hits(slug)
        first = self._dressed(slug, hits[:shown]) if counted else tuple(hits[:shown])
        pairs = {"q": self.query, "group": slug, **self.book.scope}
        href = f"{reverse('find')}?{urlencode(pairs)}"
        alls = (Tally(ALL, len(hits), href),) if counted else ()
        return Group(slug, NAMED[slug], first, alls)

    def _hits(self, slug: str) -> list[Hit]:
        """All of them, the nearest first."""
        found = {
            "units": self._units,
            "sectors": self._sectors,
            "places": self._places,
            "task-forces": self._forces,
            "persons": self._persons,
        }[slug]()
        return [hit for _, _, hit in sorted(found, key=lambda row: row[:2])]

    def _near(self, hits: Iterable[tuple[str, Hit]]) -> list[tuple[int, int, Hit]]:
        """Of hits with their folded text: those that say every word, with how near they are."""
        words = [text.searchable(word) for word in self.query.split()]
        whole = text.searchable(self.query)
        return [
            (_nearness(told, whole), place, hit)
            for place, (told, hit) in enumerate(hits)
            if all(word in told for word in words)
        ]

    def _units(self) -> Any:
        units = self.book.names.units.values()
        return self._near((u.search_text, Hit(u.name, u.get_absolute_url())) for u in units)

    def _sectors(self) -> Any:
        sectors = self.book.names.sectors.values()
        return self._near((search_text(s.name), Hit(s.name, s.get_absolute_url())) for s in sectors)

    def _places(self) -> Any:
        return self._near(
            (
                search_text(region.name, region.code, region.former_codes),
                Hit(region.name, region.get_absolute_url(), region.code),
            )
            for region in self.book.names.regions.values()
        )

    def _forces(self) -> Any:
        def href(name: str) -> str:
            return address(None, {"task_force": name, **self.book.scope})

        return self._near(
            (
                search_text(force.name, force.leader),
                Hit(force.name, href(force.name), note=force.leader and f"组长：{force.leader}"),
            )
            for force in self.book.task_forces
        )

    def _persons(self) -> Any:
        """By the names that entries give. One query."""
        roles: dict[str, set[str]] = {}
        for named in self._naming().values_list(*ROLES).distinct()[:PERSONS]:
            for name, column in zip(named, ROLES, strict=True):
                roles.setdefault(name, set()).add(column)
        roles.pop("", None)
        return self._near(
            (search_text(name), self._person(name, held)) for name, held in sorted(roles.items())
        )

    def _person(self, name: str, held: set[str]) -> Hit:
        """Leads to the entries that name them so: of a 联系市领导 to theirs alone."""
        asked = "leader" if held == {"contact_leader"} else "q"
        return Hit(name, address(None, {asked: name, **self.book.scope}), note=_roles(held))

    def _naming(self) -> Any:
        """Entries that may name a person so; by sound, those that say it anywhere."""
        rows = self.book.rows().order_by(*ROLES)
        for word in self.query.split():
            written = reduce(or_, (Q(**{f"{column}__icontains": word}) for column in ROLES))
            rows = rows.search(word, no_units) if has_sound(word) else rows.filter(written)
        return rows

    # --- how many entries name them ------------------------------------------------------

    def _dressed(self, slug: str, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """Persons and task forces lead to lists: with the number of rows. One query, or none."""
        found = tuple(hits)
        if slug not in COUNTED or not found:
            return found
        asked: dict[str, Any] = {
            f"n{place}": Count("pk", filter=COUNTED[slug](hit, self.book))
            for place, hit in enumerate(found)
        }
        counts = self.book.rows().order_by().aggregate(**asked)
        return tuple(
            replace(hit, tally=Tally(hit.label, counts[f"n{place}"], hit.href))
            for place, hit in enumerate(found)
        )


def _of_person(hit: Hit, book: Book) -> Any:
    if hit.note == ROLES["contact_leader"]:
        return Q(contact_leader=hit.label)
    return said(hit.label, book.names.units_named)


def _of_force(hit: Hit, book: Book) -> Any:
    return Q(task_force=hit.label)


COUNTED: dict[str, Callable[[Hit, Book], Any]] = {"persons": _of_person, "task-forces": _of_force}


def _entry_hit(entry: LedgerEntry) -> Hit:
    note = "" if entry.delisted_on is None else "已调出"
    return Hit(entry.name, entry.get_absolute_url(), entry.code, note, entry, entry.lit)


def _record_hit(record: Matter | Meeting | ContactRecord) -> Hit:
    href = record.get_absolute_url()
    match record:
        case Matter():
            note = f"{record.get_kind_display()} · {record.get_state_display()}"
            return Hit(record.title, href, record.code, note)
        case Meeting():
            day = f"{record.held_on:%Y-%m-%d} · " if record.held_on else ""
            return Hit(record.title, href, record.code, f"{day}{record.get_state_display()}")
    return Hit(record.subject, href, record.code, f"对接记录 · {record.held_on:%Y-%m-%d}")


def _roles(columns: set[str]) -> str:
    return "、".join(role for column, role in ROLES.items() if column in columns)


def _nearness(told: str, whole: str) -> int:
    """As `EntryRows.by_nearness` has it, of a text that begins with the name."""
    words = told.split(" ")
    if words[0] == whole:
        return 0
    if words[0].startswith(whole):
        return 1
    return 2 if any(word.startswith(whole) for word in words) else 3

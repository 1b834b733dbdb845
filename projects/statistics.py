"""The numbers of the boards: each a count with the address of exactly its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from .choices import (
    LAUNCHED_SET,
    PHASE_STATUSES,
    STATUS_LABELS,
    STATUSES,
    Ledger,
    Light,
    Phase,
    RegionLevel,
)
from .lights import Reading, Rule
from .models import Book, LedgerEntry, Names, Region
from .models.clocks import Clock
from .models.entryfacts import split
from .models.entryrows import EntryRows
from .models.lightrules import clock_at

#: The lights that call for someone.
CALLING = (Light.RED, Light.YELLOW, Light.BLUE)
#: Entries that are named for each change of lights.
EXAMPLES = 3
#: Rows that a board shows of a list that may be long.
ROWS_SHOWN = 8
#: 成都市 and 资阳市, whose ledger it is.
TWO_CITIES = ("510100", "512000")
OVERLAP_NOTE = "一个条目可涉及多地，按地区分别计数，各地之和大于总数，不可相加。"

Params = Mapping[str, str | Iterable[str]]
Rows = EntryRows[Any]
#: Ledger, status and light.
Cell = tuple[str, str, str]
#: Counts by ledger and light, of each sector (by slug) or place (by code).
ByKey = dict[str, Counter[tuple[Any, ...]]]


@dataclass(frozen=True)
class Tally:
    """A count and the list it counts: `href` leads to exactly those rows."""

    label: str
    count: int
    href: str
    slug: str = ""


@dataclass(frozen=True)
class Share:
    part: Tally
    whole: Tally

    @property
    def rest(self) -> int:
        return self.whole.count - self.part.count

    @property
    def percent(self) -> str:
        """The part in per cent, one place; empty when there is no whole."""
        return f"{self.part.count * 100 / self.whole.count:.1f}%" if self.whole.count else ""


@dataclass(frozen=True)
class LedgerSummary:
    label: str
    slug: str
    total: Tally
    phases: tuple[Tally, ...]
    statuses: tuple[Tally, ...]
    lights: tuple[Tally, ...]
    share: Share | None = None

    @property
    def href(self) -> str:
        return self.total.href


@dataclass(frozen=True)
class Row:
    """A line of an index board; `key` is what its counts are kept by."""

    label: str
    href: str
    cells: tuple[Tally, ...]
    lights: tuple[Tally, ...]
    level: str = ""
    key: str = ""


@dataclass(frozen=True)
class Attention:
    """An entry that needs someone, with its light and the reason in words."""

    entry: LedgerEntry
    light: Reading


@dataclass(frozen=True)
class LitRows:
    """The first entries of one light, and the way to all of them."""

    light: Light
    all: Tally
    entries: tuple[Attention, ...]


@dataclass(frozen=True)
class Board:
    """What a board shows; the parts it does not have stay empty."""

    ledgers: tuple[LedgerSummary, ...] = ()
    lights: tuple[Tally, ...] = ()
    rows: tuple[Row, ...] = ()
    attention: tuple[LitRows, ...] = ()
    note: str = ""
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def overlaps(self) -> bool:
        return bool(self.note)


def address(ledger: Ledger | None, params: Params) -> str:
    """The list of a ledger (of all four when None) with these parameters."""
    path = reverse("list", args=[ledger.value if ledger else "entries"])
    pairs = [
        (name, value)
        for name, given in params.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def summaries(counts: Counter[Cell], scope: Params) -> tuple[LedgerSummary, ...]:
    """The four ledgers of a scope side by side.

    `scope` are the filter parameters that choose the rows that were counted.
    """
    return tuple(_summary(ledger, counts, scope) for ledger in Ledger)


def cells(rows: Rows, clock: Clock) -> Counter[Cell]:
    """Entries by ledger, status and light. One grouped query."""
    counted = rows.with_light(clock).counted("ledger", "status", "light")
    return Counter({(ledger, status, light): n for ledger, status, light, n in counted})


def light_tallies(
    counts: Counter[str], scope: Params, ledger: Ledger | None = None
) -> tuple[Tally, ...]:
    """A count for each light with its list: of one ledger, or of all four."""
    return tuple(
        Tally(light.label, counts[light], address(ledger, {**scope, "light": light}), light)
        for light in Light
    )


def _by_light(counts: Mapping[tuple[Any, ...], int]) -> Counter[str]:
    """Counts whose key ends with the light, by the light alone."""
    found: Counter[str] = Counter()
    for (*_, light), n in counts.items():
        found[light] += n
    return found


def _summary(ledger: Ledger, counts: Counter[Cell], scope: Params) -> LedgerSummary:
    own = {key[1:]: n for key, n in counts.items() if key[0] == ledger}

    def by_status(slugs: Iterable[str]) -> int:
        wanted = frozenset(slugs)
        return sum(n for (status, _), n in own.items() if status in wanted)

    total = Tally(ledger.label, sum(own.values()), address(ledger, scope), ledger)
    return LedgerSummary(
        label=ledger.label,
        slug=ledger,
        total=total,
        phases=tuple(
            Tally(p.label, by_status(PHASE_STATUSES[p]), address(ledger, {**scope, "phase": p}), p)
            for p in Phase
        ),
        statuses=tuple(
            Tally(
                s.label, by_status([s.slug]), address(ledger, {**scope, "status": s.slug}), s.slug
            )
            for s in STATUSES[ledger]
        ),
        lights=light_tallies(_by_light(own), scope, ledger),
        share=_launched_share(total, by_status(LAUNCHED_SET), scope)
        if ledger == Ledger.ITEMS
        else None,
    )


def _launched_share(total: Tally, launched: int, scope: Params) -> Share:
    in_order = [slug for slug in STATUS_LABELS if slug in LAUNCHED_SET]
    href = address(Ledger.ITEMS, {**scope, "status": in_order})
    return Share(Tally("已启动", launched, href, "launched"), total)


def all_lights(ledgers: Iterable[LedgerSummary], scope: Params) -> tuple[Tally, ...]:
    """Lights over the entries of all ledgers: a count of entries on one list, by light."""
    counts: Counter[str] = Counter()
    for summary in ledgers:
        counts.update({tally.slug: tally.count for tally in summary.lights})
    return light_tallies(counts, scope)


def scope_board(rows: Rows, scope: Params, book: Book, note: str = "") -> Board:
    """The board of a sector, a place, a unit, or of everything; `rows` are of the `book`."""
    ledgers = summaries(cells(rows, book.clock), scope)
    return Board(
        ledgers=ledgers,
        lights=(lights := all_lights(ledgers, scope)),
        attention=tuple(_lit(rows, book, tally) for tally in lights if tally.slug in CALLING),
        note=note,
    )


def _lit(rows: Rows, book: Book, all_: Tally) -> LitRows:
    """The first rows of that light; those longest due come first."""
    light = Light(all_.slug)
    lit: Any = rows.with_light(book.clock).lit(light)
    first = book.lines(lit.leading(ROWS_SHOWN, "due_on", "code"))
    entries = tuple(Attention(entry, entry.reading(book.clock)) for entry in first)
    return LitRows(light, all_, entries)


@dataclass(frozen=True)
class LightChange:
    """How many entries go from one light to another, and the first of them: code and name."""

    now: Light
    then: Light
    count: int
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class LightChanges:
    lines: tuple[LightChange, ...]

    @property
    def total(self) -> int:
        return sum(line.count for line in self.lines)


def light_changes(book: Book, rule: Rule) -> LightChanges:
    """What another rule would change on the lists of that day. One query, one more a line."""
    proposed = book.rows().with_light(clock_at(book.as_of, book.day, rule))
    both: Any = proposed.annotate(then=F("light")).with_light(book.clock)
    changing = both.exclude(light=F("then"))
    lines = sorted(changing.counted("light", "then"), key=_worse_first)
    return LightChanges(
        tuple(
            LightChange(
                Light(now),
                Light(then),
                count,
                tuple(
                    changing.filter(light=now, then=then)
                    .order_by("code")
                    .values_list("code", "name")[:EXAMPLES]
                ),
            )
            for now, then, count in lines
        )
    )


def _worse_first(line: tuple[Any, ...]) -> tuple[int, int]:
    return Light.values.index(line[1]), Light.values.index(line[0])


def by_sector(book: Book) -> ByKey:
    """One grouped query, and those for the names."""
    counts: ByKey = {}
    for key, ledger, light, n in _with_lights(book).counted("sector", "ledger", "light"):
        counts.setdefault(book.names.sectors[key].slug, Counter())[ledger, light] += n
    return counts


def by_place(book: Book) -> ByKey:
    """One grouped query; an entry counts in each of its places."""
    return _with_lights(book).counted_by_place("ledger", "light")


def by_unit(book: Book) -> ByKey:
    """By the key of the unit: an entry counts for its lead and each of its partners, once each.
    One grouped query."""
    counts: ByKey = {}
    counted = _with_lights(book).counted("lead", "partner_keys", "ledger", "light")
    for lead, partners, ledger, light, n in counted:
        for key in {*split(partners), *([str(lead)] if lead else [])}:
            counts.setdefault(key, Counter())[ledger, light] += n
    return counts


def by_name(book: Book, column: str) -> ByKey:
    """By what entries write in that column; without those that leave it empty. One query."""
    counts: ByKey = {}
    named = _with_lights(book).exclude(**{column: ""})
    for key, ledger, light, n in named.counted(column, "ledger", "light"):
        counts.setdefault(key, Counter())[ledger, light] += n
    return counts


def sector_rows(book: Book, counts: ByKey | None = None) -> tuple[Row, ...]:
    """A line for each sector; sectors do not overlap."""
    counts = by_sector(book) if counts is None else counts
    return tuple(
        _row(s.name, s.get_absolute_url(), counts, s.slug, {**book.scope, "sector": s.slug})
        for s in book.names.sectors.values()
    )


def leader_rows(book: Book) -> tuple[Row, ...]:
    """A line for each 联系市领导 that entries on the lists name; they do not overlap."""
    counts = by_name(book, "contact_leader")
    return tuple(
        _row(
            name,
            within(book, reverse("leader", args=[name])),
            counts,
            name,
            {**book.scope, "leader": name},
        )
        for name in sorted(counts)
    )


def within(book: Book, path: str) -> str:
    """That page in the same book."""
    return f"{path}?{urlencode(book.scope)}" if book.scope else path


def place_rows(book: Book, counts: ByKey | None = None) -> tuple[Row, ...]:
    """A line for each prefecture, its districts below it; lines overlap."""
    counts = by_place(book) if counts is None else counts
    lines = []
    for region in _in_family_order(book.names):
        is_city = region.level == RegionLevel.PREFECTURE
        lines.append(
            _row(
                region.name,
                region.get_absolute_url(),
                counts,
                region.code,
                {**book.scope, "city" if is_city else "district": region.code},
                region.level,
            )
        )
    return tuple(lines)


def _with_lights(book: Book) -> Rows:
    return book.rows().with_light(book.clock)


def _in_family_order(names: Names) -> list[Region]:
    """Each prefecture followed by what lies in it; the two cities of the ledger first."""
    first = {code: at for at, code in enumerate(TWO_CITIES)}

    def place(region: Region) -> tuple[int, str, bool, bool, str]:
        is_below = region.parent_id is not None
        city = names.regions[region.parent_id].code if is_below else region.code
        return first.get(city, 2), city, is_below, region.level == RegionLevel.ZONE, region.code

    return sorted(names.regions.values(), key=place)


def _row(
    label: str,
    href: str,
    counts: ByKey,
    key: str,
    scope: Params,
    level: str = "",
) -> Row:
    own: Counter[tuple[Any, ...]] = counts.get(key, Counter())
    cells = tuple(
        Tally(
            ledger.label,
            sum(n for (kind, _), n in own.items() if kind == ledger),
            address(ledger, scope),
            ledger,
        )
        for ledger in Ledger
    )
    return Row(label, href, cells, light_tallies(_by_light(own), scope), level, key)

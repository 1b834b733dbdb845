"""The lists of the field: 三未, both rates, agreements that run out, and who is on the lists.

Every number is a count with the address of exactly its rows, as on the boards.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from .choices import BINDING_SET, STATUS_LABELS, UNFINISHED_SETS, DeclaredLight, Ledger
from .membership import Membership, of_year
from .models import Book, LedgerEntry
from .periods import AsOf
from .rates import Formula, Rate, Standing, rates, standing_at
from .statistics import Params, Tally, address, light_tallies

#: The ledgers of projects, which 三未 and the rates are about.
PROJECTS = (Ledger.INDUSTRIAL, Ledger.INFRASTRUCTURE)
#: Agreements that run out within so many days are shown, so many of them on the page.
DAYS_AHEAD, ROWS_SHOWN = 90, 20


@dataclass(frozen=True)
class Line:
    """A sector, or a whole ledger: its projects, those on each of the 三未 lists, its rates."""

    label: str
    href: str
    total: Tally
    unfinished: tuple[Tally, ...]
    rates: tuple[Rate, ...]


@dataclass(frozen=True)
class LedgerLists:
    """A ledger of projects by sectors, which do not overlap; without those that have none."""

    label: str
    slug: str
    sectors: tuple[Line, ...]
    whole: Line

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return tuple(rate.formula for rate in self.whole.rates)


@dataclass(frozen=True)
class Ending:
    """An agreement with its last valid day, and the days left till then."""

    entry: LedgerEntry
    valid_until: str
    days_left: int

    @classmethod
    def of(cls, entry: LedgerEntry, day: dt.date) -> Ending:
        last = entry.last_valid_day()
        assert last is not None
        return cls(entry, entry.written("valid_until"), (last - day).days)


@dataclass(frozen=True)
class Endings:
    """Agreements that run out soon, the first of them, and those that have and are still open."""

    soon: Tally
    first: tuple[Ending, ...]
    outlived: Tally


@dataclass(frozen=True)
class DeclaredLine:
    """What units declare of one light: how it stands by the rule."""

    label: str
    total: Tally
    lights: tuple[Tally, ...]


@dataclass(frozen=True)
class DeclaredLights:
    """The lights that units declare beside those of the rule, and how many disagree."""

    lines: tuple[DeclaredLine, ...]
    disagreeing: Tally


@dataclass(frozen=True)
class FieldLists:
    declared: DeclaredLights
    projects: tuple[LedgerLists, ...]
    endings: Endings
    membership: Membership


def field_lists(book: Book) -> FieldLists:
    """As on the day of the book. A grouped query, three of agreements, and the two books' keys."""
    return FieldLists(
        declared=declared_lights(book),
        projects=project_lists(book),
        endings=endings(book),
        membership=of_year(book.as_of or AsOf(book.day)),
    )


def declared_lights(book: Book) -> DeclaredLights:
    """Two queries."""
    lit = book.rows().with_light(book.clock)
    told = lit.exclude(declared_light="").counted("declared_light", "light")
    counts = {(declared, light): n for declared, light, n in told}
    apart = Tally(
        "申报与系统亮灯不一致",
        lit.disagreeing().count(),
        address(None, {**book.scope, "disagrees": "yes"}),
    )
    return DeclaredLights(tuple(_declared(kind, counts, book) for kind in DeclaredLight), apart)


def _declared(kind: DeclaredLight, counts: dict[tuple[str, str], int], book: Book) -> DeclaredLine:
    scope = {**book.scope, "declared": kind.value}
    own = Counter({light: n for (declared, light), n in counts.items() if declared == kind})
    total = Tally(kind.label, own.total(), address(None, scope))
    return DeclaredLine(kind.label, total, light_tallies(own, scope))


def project_lists(book: Book) -> tuple[LedgerLists, ...]:
    counts: dict[tuple[str, int], Standing] = {}
    rows = book.rows().filter(ledger__in=PROJECTS)
    for ledger, sector, status, halted_from, n in rows.counted(
        "ledger", "sector", "status", "halted_from"
    ):
        counts.setdefault((ledger, sector), Counter())[status, halted_from] += n
    return tuple(_ledger_lists(ledger, counts, book) for ledger in PROJECTS)


def _ledger_lists(
    ledger: Ledger, counts: dict[tuple[str, int], Standing], book: Book
) -> LedgerLists:
    own = {sector: n for (kind, sector), n in counts.items() if kind == ledger}
    whole = sum(own.values(), start=Counter[tuple[str, str]]())
    sectors = tuple(
        _line(ledger, s.name, s.get_absolute_url(), own[s.pk], {**book.scope, "sector": s.slug})
        for s in book.names.sectors.values()
        if s.pk in own
    )
    href = address(ledger, book.scope)
    return LedgerLists(
        ledger.label, ledger.value, sectors, _line(ledger, "合计", href, whole, book.scope)
    )


def _line(ledger: Ledger, label: str, href: str, counts: Standing, scope: Params) -> Line:
    unfinished = tuple(
        Tally(
            kind.label,
            standing_at(counts, slugs),
            address(ledger, {**scope, "unfinished": kind.value}),
            kind.value,
        )
        for kind, slugs in UNFINISHED_SETS.items()
    )
    total = Tally("在列", counts.total(), address(ledger, scope), ledger.value)
    return Line(label, href, total, unfinished, rates(ledger, counts, scope))


def endings(book: Book) -> Endings:
    """Agreements by until when they are valid."""
    rows = book.rows(Ledger.AGREEMENTS)
    soon, outlived = rows.expiring(book.day, DAYS_AHEAD), rows.outlived(book.day)
    first = book.lines(soon.order_by("expires_on", "code")[:ROWS_SHOWN])
    return Endings(
        soon=Tally(
            f"{DAYS_AHEAD}天内到期",
            soon.count(),
            _agreements(book, expires_within=str(DAYS_AHEAD)),
            "expiring",
        ),
        first=tuple(Ending.of(entry, book.day) for entry in first),
        outlived=Tally(
            "有效期已过，尚未登记到期或续签",
            outlived.count(),
            _agreements(
                book,
                expires_before=str(book.day - dt.timedelta(days=1)),
                status=[slug for slug in STATUS_LABELS if slug in BINDING_SET],
            ),
            "outlived",
        ),
    )


def _agreements(book: Book, **params: str | list[str]) -> str:
    return address(Ledger.AGREEMENTS, {**params, **book.scope, "sort": "expires"})

"""A board: what the overview, a sector, a place, a unit, a task force or a leader is shown of.

All of them have the same parts, chosen by a `Scope`. Every count comes with its list.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from . import statistics
from .choices import LAUNCHED_SET, STATUS_LABELS, Ledger
from .followup import FollowUpLine, follow_up
from .models import Book, Organisation
from .moneytime import MoneyTime, money_against_time
from .movements import Movements, lately, movements
from .periods import AsOf
from .statistics import Board, LedgerSummary, Params
from .trends import EVERYTHING, Course, Frozen, Kept, frozen_months, launched_course, light_courses

LAUNCHED = tuple(slug for slug in STATUS_LABELS if slug in LAUNCHED_SET)


@dataclass(frozen=True)
class Scope:
    """What a board is about. `rows` chooses its entries in any book, `params` choose the same on
    a list; `note` says that its counts overlap; `kept` where frozen months keep its counts."""

    title: str
    subtitle: str
    rows: Callable[[Book], Any]
    params: Params = field(default_factory=dict)
    note: str = ""
    kept: Kept = EVERYTHING
    unit: Organisation | None = None

    @property
    def is_everything(self) -> bool:
        return not self.params


@dataclass(frozen=True)
class Change:
    """A count against the same of an earlier day; `href` compares the two days."""

    difference: int
    href: str

    @property
    def mark(self) -> str:
        if not self.difference:
            return "持平"
        return f"{'▲' if self.difference > 0 else '▼'}{abs(self.difference)}"

    @property
    def words(self) -> str:
        if not self.difference:
            return "没有增减"
        return f"{'增加' if self.difference > 0 else '减少'}{abs(self.difference)}"


@dataclass(frozen=True)
class Headline:
    """A ledger of the board, and by how much it differs from the day it is compared with."""

    summary: LedgerSummary
    total: Change | None = None
    launched: Change | None = None
    red: Change | None = None


@dataclass(frozen=True)
class Shown:
    """All parts of a board; those that a past day cannot tell are None."""

    scope: Scope
    board: Board
    against: AsOf | None
    headlines: tuple[Headline, ...]
    lately: Movements
    visit: Movements | None
    money: MoneyTime | None
    courses: tuple[Course, ...]
    launched: Course | None
    follow_up: tuple[FollowUpLine, ...]


def board(
    scope: Scope, book: Book, against: AsOf | None = None, visit: dt.datetime | None = None
) -> Shown:
    """The board in that book, held against an earlier day (without one, the last frozen month).

    `visit` is when its reader last looked. The number of queries is the same whatever is counted.
    """
    rows = scope.rows(book)
    params = {**scope.params, **book.scope}
    months = frozen_months(book)
    earlier = against or _last_frozen(book, months)
    shown = statistics.scope_board(rows, params, book, scope.note)
    then = _then(scope, earlier, months)
    is_today = book.as_of is None
    return Shown(
        scope,
        shown,
        earlier,
        tuple(_headline(s, then, scope, book, earlier) for s in shown.ledgers),
        lately(rows, params, book),
        movements(rows, params, book, visit) if visit and is_today else None,
        money_against_time(rows, params, book) if is_today else None,
        light_courses(book, months, scope.kept, scope.params, _by_light(shown)),
        _launched(book, months, shown) if scope.is_everything else None,
        follow_up(book.day, scope.unit) if is_today and _is_followed(scope) else (),
    )


def _is_followed(scope: Scope) -> bool:
    """Matters are counted for everything, and by unit."""
    return scope.is_everything or scope.unit is not None


def _last_frozen(book: Book, months: dict[Any, Frozen]) -> AsOf | None:
    """The last month that was frozen before that book, which may itself be one."""
    until = book.as_of.until if book.as_of else None
    found = [kept.as_of for kept in months.values() if until is None or kept.as_of.until < until]
    return max(found, key=lambda as_of: as_of.until, default=None)


def _then(
    scope: Scope, earlier: AsOf | None, months: dict[Any, Frozen]
) -> Counter[statistics.Cell] | None:
    """The counts of the earlier day: those a frozen month keeps, else counted in its book."""
    if earlier is None:
        return None
    if scope.is_everything and earlier.month in months:
        return months[earlier.month].figures.entries
    book = Book(earlier)
    return statistics.cells(scope.rows(book), book.clock)


def _headline(
    summary: LedgerSummary,
    then: Counter[statistics.Cell] | None,
    scope: Scope,
    book: Book,
    earlier: AsOf | None,
) -> Headline:
    if then is None:
        return Headline(summary)
    ledger = Ledger(summary.slug)
    own = {key[1:]: n for key, n in then.items() if key[0] == ledger}

    def change(now: int, of_then: int) -> Change | None:
        return _change(ledger, now, of_then, scope, book, earlier)

    red = next(tally for tally in summary.lights if tally.slug == "red")
    launched = sum(n for (status, _), n in own.items() if status in LAUNCHED_SET)
    return Headline(
        summary,
        change(summary.total.count, sum(own.values())),
        change(summary.share.part.count, launched) if summary.share else None,
        change(red.count, sum(n for (_, light), n in own.items() if light == "red")),
    )


def _change(
    ledger: Ledger | None,
    now: int,
    then: int | None,
    scope: Scope,
    book: Book,
    earlier: AsOf | None,
) -> Change | None:
    if then is None or earlier is None:
        return None
    days = {
        "from": earlier.query["as_of"],
        "to": book.scope.get("as_of", book.day.isoformat()),
        **({"ledger": ledger.value} if ledger else {}),
        **scope.params,
    }
    return Change(now - then, f"{reverse('compare')}?{urlencode(days, doseq=True)}")


def _by_light(shown: Board) -> Counter[str]:
    return Counter({tally.slug: tally.count for tally in shown.lights})


def _launched(book: Book, months: dict[Any, Frozen], shown: Board) -> Course | None:
    share = next((ledger.share for ledger in shown.ledgers if ledger.share), None)
    return launched_course(book, months, share.part.count, LAUNCHED) if share else None

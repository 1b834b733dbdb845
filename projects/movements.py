"""What has moved since an earlier moment: counts with their lists, and the latest moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from .choices import STATUS_LABELS, Light
from .models import Book, LedgerEntry
from .periods import AsOf, start_of
from .statistics import Params, Tally, address

#: Days that count as lately.
LATELY = 30
#: Moves that are named.
NAMED = 5


@dataclass(frozen=True)
class Move:
    """An entry with the status from which it came."""

    entry: LedgerEntry
    origin: str


@dataclass(frozen=True)
class Movements:
    """`since` is the first moment that counts."""

    since: dt.datetime
    entered: Tally
    moved: Tally
    changed: Tally
    reddened: Tally
    moves: tuple[Move, ...] = ()


def lately(rows: Any, scope: Params, book: Book) -> Movements:
    """The last 30 days till the day of the book, the latest moves named."""
    since = start_of(book.day - dt.timedelta(days=LATELY - 1))
    earlier = Book(AsOf.before(since))
    then = earlier.then
    found = _counted(rows, scope, book, since, earlier)
    moved = rows.moved_since(then).with_status_then(then).leading(NAMED, "-updated_at", "code")
    origins = {row.code: row.status_then for row in moved}
    moves = [Move(entry, STATUS_LABELS[origins[entry.code]]) for entry in book.lines(moved)]
    return replace(found, moves=tuple(moves))


def movements(rows: Any, scope: Params, book: Book, since: dt.datetime) -> Movements:
    """Since that moment. One query for each count, and what the book of then costs."""
    return _counted(rows, scope, book, since, Book(AsOf.before(since)))


def _counted(rows: Any, scope: Params, book: Book, since: dt.datetime, earlier: Book) -> Movements:
    then = earlier.then

    def counted(label: str, name: str, found: Any) -> Tally:
        return Tally(label, found.count(), address(None, {name: _written(since), **scope}), name)

    red = rows.with_light(book.clock).turned_since(then, Light.RED, earlier.clock)
    return Movements(
        since,
        entered=counted("新列入", "entered_since", rows.entered_since(then)),
        moved=counted("状态变动", "moved_since", rows.moved_since(then)),
        changed=counted("有变更", "changed_since", rows.changed_since(then)),
        reddened=counted("转为红灯", "reddened_since", red),
    )


def _written(since: dt.datetime) -> str:
    """As an address tells it."""
    local = timezone.localtime(since)
    is_first = since == start_of(local.date())
    return local.strftime("%Y-%m-%d" if is_first else "%Y-%m-%dT%H:%M:%S")

"""What has moved since an earlier moment: counts with their lists, and the latest moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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
    """`since` is the moment, `told` how it is written in words."""

    since: dt.datetime
    told: str
    entered: Tally
    moved: Tally
    changed: Tally
    reddened: Tally
    moves: tuple[Move, ...] = ()


def lately(rows: Any, scope: Params, book: Book) -> Movements:
    """The last 30 days till the day of the book, the latest moves named."""
    since = start_of(book.day - dt.timedelta(days=LATELY - 1))
    then = Book(AsOf.before(since)).then
    found = movements(rows, scope, book, since, f"近{LATELY}天")
    moved = rows.moved_since(then).with_status_then(then).order_by("-updated_at", "code")[:NAMED]
    origins = {row.code: row.status_then for row in moved}
    moves = [Move(entry, STATUS_LABELS[origins[entry.code]]) for entry in book.lines(moved)]
    return Movements(**{**vars(found), "moves": tuple(moves)})


def movements(
    rows: Any, scope: Params, book: Book, since: dt.datetime, told: str = ""
) -> Movements:
    """Counted: one query for each kind, two for the clock of then, and one for its segment."""
    earlier = Book(AsOf.before(since))
    then = earlier.then
    lit = rows.with_light(book.clock)
    written = timezone.localtime(since).strftime(
        "%Y-%m-%d" if since == start_of(timezone.localdate(since)) else "%Y-%m-%dT%H:%M:%S"
    )

    def counted(label: str, name: str, found: Any) -> Tally:
        return Tally(label, found.count(), address(None, {name: written, **scope}), name)

    return Movements(
        since,
        told,
        entered=counted("新列入", "entered_since", rows.entered_since(then)),
        moved=counted("状态变动", "moved_since", rows.moved_since(then)),
        changed=counted("有变更", "changed_since", rows.changed_since(then)),
        reddened=counted(
            "转为红灯", "reddened_since", lit.turned_since(then, Light.RED, earlier.clock)
        ),
    )

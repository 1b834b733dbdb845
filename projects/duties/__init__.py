"""我的待办: what waits for a person on a day.

The page, the command and the mail all ask `waiting`. People of a unit have its reports, matters and
entries, the bureau what waits for it; for all others nothing waits here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from ..choices import DutyKind
from ..models import LightRule
from ..rights import Right
from . import entries, matters, reports
from .duty import Duty, Group

__all__ = ["Duty", "Group", "waiting"]


def waiting(user: Any, day: dt.date, soon_days: int | None = None) -> tuple[Group, ...]:
    """What waits for this person on that day, the most pressing kind first. At most 12 queries.

    `soon_days` are those of the office's rule, which is read when they are not given.
    """
    days = LightRule.at(None).soon_days if soon_days is None else soon_days
    groups = [*_of_unit(user, day, days), *_of_bureau(user, day)]
    return tuple(sorted(groups, key=lambda group: list(DutyKind).index(group.kind)))


def _of_unit(user: Any, day: dt.date, soon_days: int) -> Iterator[Group]:
    if user.may(Right.REPORT) and user.unit_id:
        yield from reports.to_make(user, day, soon_days)
        yield from matters.to_handle(user, day, soon_days)
        yield from entries.to_finish(user, day, soon_days)


def _of_bureau(user: Any, day: dt.date) -> Iterator[Group]:
    if user.may(Right.ROUNDS):
        yield from reports.to_accept(user, day)
    if user.may(Right.FOLLOW):
        yield from matters.to_follow(user, day)
        yield from matters.meetings_to_close(day)
    if user.may(Right.MOVE):
        yield from entries.to_confirm(user)

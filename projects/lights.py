"""亮灯: the rule of the deadline clock, as data and as one pure function.

The default comes from a city's published rule: blue within seven days of the due date,
red when it has passed and the work is not done. Work that is done or stopped, has no
due date, or stands as published years ago and has not been updated by the office, is
grey. The second clock (progress against time) needs the monthly reports and comes with
them; yellow is its colour.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .choices import AT_REST, Light, Phase

#: Days before the due date from which an entry is 临近.
DUE_SOON_DAYS = 7


@dataclass(frozen=True)
class Reading:
    """A light with its reason in words."""

    light: Light
    reason: str


def deadline(
    *, phase: Phase, due_on: dt.date | None, awaits_update: bool, data_date: str, day: dt.date
) -> Reading:
    """Read the deadline clock on `day`.

    `due_on` is the last day the due date may mean, so a date known only to the month is
    overdue when the month is over. The database says the same in
    `LedgerEntryQuerySet.with_light`; a test holds the two together.
    """
    if phase in AT_REST:
        return Reading(Light.GREY, f"{phase.label}，不计时限")
    if awaits_update:
        return Reading(Light.GREY, _awaiting(data_date))
    if due_on is None:
        return Reading(Light.GREY, "未填完成时限")
    left = (due_on - day).days
    if left < 0:
        return Reading(Light.RED, f"已逾期{-left}天（时限{due_on.isoformat()}）")
    if left <= DUE_SOON_DAYS:
        return Reading(Light.BLUE, f"临近时限，还有{left}天" if left else "今日到期")
    return Reading(Light.GREEN, f"距时限还有{left}天")


def _awaiting(data_date: str) -> str:
    """`数据截止2019年，待更新`; a day or month stands as it is written."""
    if not data_date:
        return "待更新"
    year = f"{data_date}年" if len(data_date) == 4 else data_date
    return f"数据截止{year}，待更新"

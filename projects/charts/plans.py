"""What is said of the time of an entry: its plan, its course, its milestones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..choices import Light
from ..periods import PartialDate

REACHED, PLANNED, LATE = "reached", "planned", "late"
STATES = {REACHED: "已达成", PLANNED: "计划", LATE: "逾期未达成"}


@dataclass(frozen=True)
class Mark:
    """A milestone."""

    name: str
    planned: PartialDate | None
    reached: PartialDate | None

    def state(self, day: dt.date) -> str:
        if self.reached:
            return REACHED
        return LATE if self.planned and self.planned.last < day else PLANNED

    def in_short(self, day: dt.date) -> str:
        if self.reached:
            return f"{self.reached}达成"
        return f"{self.planned}{STATES[self.state(day)]}"

    def in_words(self, day: dt.date) -> str:
        said = [f"计划{self.planned}" if self.planned else "未填计划日期"]
        said += [f"达成{self.reached}"] if self.reached else []
        said += [STATES[LATE]] if self.state(day) == LATE else []
        return "，".join(said)


@dataclass(frozen=True)
class Plan:
    """What an entry says of its time.

    `is_running`: neither done nor stopped. `awaits_update`: nothing is known after its data date.
    """

    name: str
    href: str
    begins: PartialDate | None
    due: PartialDate | None
    started: PartialDate | None
    finished: PartialDate | None
    percent: int | None
    is_running: bool
    light: Light
    awaits_update: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def dates(self) -> list[PartialDate]:
        own = [self.begins, self.due, self.started, self.finished]
        return [d for d in (*own, *(x for m in self.marks for x in (m.planned, m.reached))) if d]

    @property
    def goes_on(self) -> bool:
        """Is it known to be under way on the day of the book?"""
        return (
            bool(self.started and not self.finished) and self.is_running and not self.awaits_update
        )

    @property
    def planned_words(self) -> str:
        return _span_words(self.begins, self.due, "未填计划时间")

    @property
    def actual_words(self) -> str:
        if self.goes_on:
            return f"{self.started}开始，进行中"
        if self.awaits_update and self.started and not self.finished:
            return f"{self.started}开始，待更新"
        return _span_words(self.started, self.finished, "未填实际开始时间")

    @property
    def percent_words(self) -> str:
        return "" if self.percent is None else f"完成{self.percent}%"

    @property
    def course_words(self) -> str:
        return "，".join(filter(None, (self.actual_words, self.percent_words)))

    def tallied(self, day: dt.date) -> str:
        """How many of the milestones are reached and how many late."""
        states = [mark.state(day) for mark in self.marks]
        late = f"，{states.count(LATE)}个逾期" if LATE in states else ""
        return f"{len(states)}个，{states.count(REACHED)}个已达成{late}"

    def told(self, day: dt.date) -> str:
        said = [self.light.label, f"计划{self.planned_words}", f"实际{self.course_words}"]
        if self.marks:
            said.append(f"里程碑{self.tallied(day)}")
        return f"{self.name}：{'；'.join(said)}"


def _span_words(first: PartialDate | None, last: PartialDate | None, neither: str) -> str:
    if not first and not last:
        return neither
    return f"{first or '未填'}至{last or '未填'}"

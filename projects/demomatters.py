"""The demo's follow-up: problems on their way through a conference, decisions, instructions, slips.

Everything is on samples and says so. Each scene is a day before `end`, the demo's last day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .choices import (
    CoordinationLevel,
    Difficulty,
    MatterKind,
    MeetingKind,
    Provenance,
    SlipColour,
    Source,
)
from .demoreports import People
from .models import Act, ContactRecord, LedgerEntry, Matter, Meeting, TaskForce
from .periods import start_of

#: Category, level, on which of the unit's entries, and when it is due, in days from the end.
PROBLEMS = (
    ("示例：两市规划边界路网标高衔接不一致", Difficulty.PLANNING, CoordinationLevel.CITY, 0, 25),
    ("示例：招商优惠条件口径不统一", Difficulty.POLICY, CoordinationLevel.COUNTY, 1, -12),
    ("示例：医疗检验结果互认范围未明确", Difficulty.SHARING, CoordinationLevel.CITY, 2, -4),
    ("示例：跨市通办事项清单未统一", Difficulty.BUSINESS, CoordinationLevel.COUNTY, 3, 5),
    ("示例：月度会商时间未固定", Difficulty.RHYTHM, CoordinationLevel.COUNTY, 4, 40),
    ("示例：连接线用地指标未落实", Difficulty.PLANNING, CoordinationLevel.PROVINCE, 5, 60),
)


@dataclass
class Stage:
    """Who acts, and on which day everything ends."""

    people: People
    end: dt.date

    def day(self, days: int) -> dt.date:
        return self.end + dt.timedelta(days=days)

    def act(self, days: int, by: Any = None, note: str = "", minute: int = 0) -> Act:
        at = self.moment(days, minute)
        return Act(by=by or self.people.first, source=Source.SIMULATED, at=at, note=note)

    def moment(self, days: int, minute: int = 0) -> dt.datetime:
        """On the evening of a day; in one scene minutes keep the order."""
        return start_of(self.day(days)) + dt.timedelta(hours=19, minutes=minute)

    def entries(self) -> list[LedgerEntry]:
        """The running samples of the demo's own unit, in the order of their codes."""
        rows = LedgerEntry.objects.listed().running().filter(lead=self.people.reporter.unit)
        return list(rows.filter(provenance=Provenance.SAMPLE).order_by("code"))

    # --- the scenes, the earliest first -------------------------------------------------

    def task_forces(self) -> None:
        names = LedgerEntry.objects.exclude(task_force="").values_list("task_force", flat=True)
        unit = self.people.first.unit
        for number, name in enumerate(sorted(set(names.order_by())), start=1):
            TaskForce(
                name=name,
                leader=f"示例市领导{number % 5 + 1:02d}",
                office=unit,
                duties="示例：统筹本领域合作事项，每季度调度一次。",
                position=number,
            ).save(act=self.act(-80))

    def problems(self) -> None:
        entries = self.entries()
        for number, (title, category, level, place, due) in enumerate(PROBLEMS):
            entry = entries[place % len(entries)]
            Matter.open_new(
                MatterKind.PROBLEM,
                {
                    "title": title,
                    "text": f"{title}，影响有关条目按期推进，请研究提出办法。",
                    "unit": entry.lead,
                    "due_on": self.day(due),
                    "category": category,
                    "level": level,
                },
                self.act(-60, minute=number),
                entries=[entry],
            )

    def called(self) -> None:
        """A conference on the first two problems."""
        meeting = Meeting.call(
            {
                "kind": MeetingKind.CITY,
                "title": "示例：成资同城化发展市级协调会（第一次）",
                "held_on": self.day(-40),
                "place": "示例会议室",
                "chair": "示例市领导01",
                "attendees": "示例：两市有关部门和单位",
            },
            self.act(-45),
        )
        for number, problem in enumerate(Matter.objects.problems().order_by("code")[:2]):
            meeting.put_on_agenda(problem, self.act(-45, minute=number + 1))

    def held(self) -> None:
        """It decides on each of them, and is closed."""
        meeting = Meeting.objects.get()
        meeting.take("hold", self.act(-40), version=meeting.version)
        for number, item in enumerate(meeting.agenda.order_by("position"), start=1):
            meeting.decide(
                {
                    "title": f"示例：研究提出“{_bare(item.matter.title)}”的办法",
                    "text": "示例：会同对方城市有关单位提出统一办法，报协调会审定后执行。",
                    "unit": item.matter.unit,
                    "due_on": self.day(20 if number == 1 else -15),
                },
                self.act(-40, minute=number),
                problem=item.matter,
            )
        meeting.refresh_from_db()
        meeting.take("conclude", self.act(-40, minute=9), version=meeting.version)

    def contacts(self) -> None:
        for number, entry in enumerate(self.entries()[:3]):
            given = {
                "held_on": self.day(-30),
                "subject": f"示例：就“{_bare(entry.name)}”对接",
                "unit": entry.lead,
                "other_side": "示例：对方城市有关部门",
                "attendees": "示例对接人01、示例对接人02",
                "told": "示例：通报进展，商定下一步分工。",
                "agreed": "示例：每月底前互换进展表。",
            }
            by = self.people.reporter
            ContactRecord.keep(given, self.act(-30, by, minute=number), entries=[entry])

    def instruction(self) -> None:
        entry = self.entries()[0]
        given = {
            "title": f"示例：关于“{_bare(entry.name)}”的批示",
            "text": "示例：请加快推进，按月报告进展。",
            "unit": entry.lead,
            "due_on": self.day(15),
            "leader": "示例市领导02",
        }
        Matter.open_new(MatterKind.INSTRUCTION, given, self.act(-25), entries=[entry])

    def slips(self) -> None:
        colours = ((SlipColour.RED, -3), (SlipColour.YELLOW, 6), (SlipColour.BLUE, 20))
        entries = self.entries()
        for number, (colour, due) in enumerate(colours):
            entry = entries[(number + 1) % len(entries)]
            given = {
                "title": f"示例：督办“{_bare(entry.name)}”进展滞后事项",
                "text": "示例：请查明滞后原因，提出赶工措施和完成时间，按时限书面回复。",
                "unit": entry.lead,
                "due_on": self.day(due),
                "colour": colour,
            }
            Matter.open_new(MatterKind.SLIP, given, self.act(-18, minute=number), entries=[entry])

    def rising(self) -> None:
        act = replace(self.act(-2), by=None)
        Matter.objects.raise_overdue(act, self.day(-2))

    def handled(self) -> None:
        """A problem is settled by two people; a decision and a slip wait for the second."""
        problem = Matter.objects.problems().order_by("code")[3]
        self._file(problem, -9)
        problem.refresh_from_db()
        problem.take("confirm", self.act(-9, self.people.second, minute=9), version=problem.version)
        self._file(Matter.objects.decisions().order_by("code")[0], -9, minute=20)
        self._file(Matter.objects.slips().order_by("code")[0], -9, minute=30)

    def _file(self, matter: Matter, days: int, minute: int = 0) -> None:
        by = self.people.reporter
        matter.handle("示例：已会同有关单位核实，形成处理意见。", self.act(days, by, minute=minute))
        done = self.act(days, by, "示例：已办结，处理意见已印发执行。", minute=minute + 1)
        matter.refresh_from_db()
        matter.take("file", done, version=matter.version)

    def planned(self) -> None:
        meeting = Meeting.call(
            {
                "kind": MeetingKind.PROVINCE,
                "title": "示例：成德眉资同城化发展联席会议（筹备）",
                "held_on": self.day(12),
                "place": "示例会议室",
            },
            self.act(-1),
        )
        last = Matter.objects.problems().open_().order_by("-code")[0]
        meeting.put_on_agenda(last, self.act(-1, minute=1))


def _bare(name: str) -> str:
    """Without the word by which all samples begin."""
    return name.removeprefix("示例：")


#: The scenes and on which day before the end each is played.
SCENES: tuple[tuple[int, Callable[[Stage], None]], ...] = (
    (-80, Stage.task_forces),
    (-60, Stage.problems),
    (-45, Stage.called),
    (-40, Stage.held),
    (-30, Stage.contacts),
    (-25, Stage.instruction),
    (-18, Stage.slips),
    (-9, Stage.handled),
    (-2, Stage.rising),
    (-1, Stage.planned),
)

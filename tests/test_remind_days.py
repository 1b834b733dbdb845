"""`manage.py remind` three times on each of forty days around the day on which reports are due."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from projects import rounds
from projects.choices import Action, DutyKind, Reason, Role
from projects.models import (
    Act,
    CooperationItem,
    Delivery,
    Matter,
    Meeting,
    Notice,
    Report,
    ReportingRule,
    Revision,
    User,
)
from projects.periods import Month, start_of, today
from projects.verification import verify

from . import factories
from .test_remind import code_of, run

pytestmark = pytest.mark.django_db


def due_days() -> tuple[Month, dt.date]:
    """The last month whose due day is at least nineteen days ago, and that day."""
    month = Month.of(today()).before
    while (due_on := ReportingRule.of(month).due_on(month)) > today() - dt.timedelta(days=19):
        month = month.before
    return month, due_on


class Play:
    """Forty days around the due day of a month; `days` count from that day."""

    def __init__(self) -> None:
        self.month, self.due_on = due_days()
        self.clock = start_of(self.day(-25))
        units = {name: factories.unit(name, act=self.act()) for name in ("一局", "二局")}
        self.people = {
            name: factories.user(
                name, role, unit=units.get(unit), email=f"{name}@example.cn", act=self.act()
            )
            for name, role, unit in (
                ("clerk1", Role.REPORTER, "一局"),
                ("head1", Role.APPROVER, "一局"),
                ("clerk2", Role.REPORTER, "二局"),
                ("office1", Role.BUREAU, ""),
                ("office2", Role.BUREAU, ""),
                ("mayor", Role.LEADER, ""),
            )
        }
        leads = ["一局", "一局", "一局", "二局"]
        self.items = [
            factories.item(
                status="launched",
                lead=units[lead],
                due_on=self.day(5) if n == 0 else None,
                due_precision="day" if n == 0 else "",
                act=self.act(),
            )
            for n, lead in enumerate(leads)
        ]
        self.units = units

    def day(self, days: int) -> dt.date:
        return self.due_on + dt.timedelta(days=days)

    def act(self, name: str = "", note: str = "") -> Act:
        """One minute after the one before: the trail goes on."""
        self.clock += dt.timedelta(minutes=1)
        by = self.people[name] if name else None
        return Act(by=by, at=self.clock, note=note)

    def begin_day(self, days: int) -> None:
        self.clock = start_of(self.day(days)) + dt.timedelta(hours=10)

    def evening(self, days: int) -> list[str]:
        """The command, three times."""
        told = []
        for minute in range(3):
            self.clock = start_of(self.day(days)) + dt.timedelta(hours=18, minutes=minute)
            told.append(run(day=str(self.day(days)), at=self.clock))
        return told

    def submit(self, number: int, name: str) -> None:
        report = self.report(number)
        report.fill({"progress": "主体完工"}, self.act(name), version=report.version)
        report.take("submit", self.act(name), version=report.version)

    def report(self, number: int) -> Report:
        return Report.objects.for_rows().get(entry=self.items[number].pk)

    def step(self, number: int, step: str, name: str) -> None:
        report = self.report(number)
        report.take(step, self.act(name, "说明"), version=report.version)

    def problem(self, unit: str, days: int) -> None:
        given = {"unit": self.units[unit], "due_on": self.day(days)}
        factories.problem(act=self.act("office1"), **given)

    def follow(self, code: str, step: str, name: str) -> None:
        found = Matter.objects.get(code=code)
        found.take(step, self.act(name, "说明"), version=found.version)

    def file(self, code: str) -> None:
        Matter.objects.get(code=code).handle("已办理", self.act("clerk1"))
        self.follow(code, "file", "clerk1")

    def extend(self, code: str, days: int) -> None:
        found = Matter.objects.get(code=code)
        found.edit({"due_on": self.day(days)}, self.act("office1", "延期"), version=found.version)

    def call(self, days: int) -> None:
        given = {"kind": "city", "title": "协调会", "held_on": self.day(days)}
        Meeting.call(given, self.act("office1"))

    def hold(self) -> None:
        held = Meeting.objects.get()
        held.take("hold", self.act("office1"), version=held.version)

    def terminate(self, number: int, name: str) -> None:
        entry = CooperationItem.objects.get(pk=self.items[number].pk)
        self.clock += dt.timedelta(minutes=1)
        entry.move_to(
            "terminated",
            by=self.people[name],
            at=self.clock,
            on=timezone.localdate(self.clock),
            reason=Reason.POLICY,
            note="规划调整",
        )

    def open(self) -> None:
        self.clock += dt.timedelta(minutes=1)
        rounds.open_month(self.month, by=self.people["office1"], at=self.clock)


#: What happens on which day, counted from the day on which reports are due.
STORY: dict[int, list[tuple[Any, ...]]] = {
    -20: [("open",), ("problem", "一局", 1), ("problem", "二局", -18), ("call", -10)],
    -15: [("terminate", 2, "office1")],
    -8: [("hold",), ("extend", "WT-0002", 17)],
    -7: [("submit", 2, "head1")],
    -3: [("submit", 0, "clerk1")],
    -2: [("step", 0, "send-back", "head1")],
    -1: [("submit", 0, "clerk1")],
    2: [("step", 0, "sign", "head1")],
    3: [("step", 3, "waive", "office2")],
    4: [("step", 0, "accept", "office1")],
    10: [("file", "WT-0001")],
    11: [("follow", "WT-0001", "send-back", "office1")],
    12: [("file", "WT-0001")],
    13: [("follow", "WT-0001", "confirm", "office2")],
}
#: Worked out by hand: who is told of what on which days, and on no others.
FIRST, SECOND = ("clerk1", "head1"), ("clerk2",)
OFFICE = ("office1", "office2")
EXPECTED: list[tuple[tuple[str, ...], DutyKind, str, list[int]]] = [
    # Reported, sent back, reported again, signed late, accepted.
    (FIRST, DutyKind.REPORT_SOON, "SX-0001", [-7]),
    (("head1",), DutyKind.SIGN_OFF, "SX-0001", [-3, -1, 1]),
    (FIRST, DutyKind.REPORT_RETURNED, "SX-0001", [-2]),
    (OFFICE, DutyKind.ACCEPT, "SX-0001", [2]),
    # Its deadline is five days after that of the reports.
    (FIRST, DutyKind.ENTRY_SOON, "SX-0001", [-2]),
    (FIRST, DutyKind.ENTRY_LATE, "SX-0001", [6, 13]),
    # Never reported.
    (FIRST, DutyKind.REPORT_SOON, "SX-0002", [-7]),
    (FIRST, DutyKind.REPORT_LATE, "SX-0002", [1, 8, 15]),
    # Submitted by the only one who signs: nobody can go on; its end waits for the second person.
    (("office2",), DutyKind.SECOND_PERSON, "SX-0003", [-15]),
    # Waived on the third day.
    (SECOND, DutyKind.REPORT_SOON, "SX-0004", [-7]),
    (SECOND, DutyKind.REPORT_LATE, "SX-0004", [1]),
    # Due a day after the reports, filed on the tenth, sent back, filed again, confirmed.
    (FIRST, DutyKind.MATTER_SOON, "WT-0001", [-6]),
    (FIRST, DutyKind.MATTER_LATE, "WT-0001", [2, 9]),
    (OFFICE, DutyKind.MATTER_LATE, "WT-0001", [2, 9]),
    (OFFICE, DutyKind.CONFIRM, "WT-0001", [10, 12]),
    (FIRST, DutyKind.MATTER_BACK, "WT-0001", [11]),
    # Due on -18, put off on -8 to the seventeenth.
    (SECOND, DutyKind.MATTER_SOON, "WT-0002", [-20, 10]),
    (SECOND, DutyKind.MATTER_LATE, "WT-0002", [-17, -10, 18]),
    (OFFICE, DutyKind.MATTER_LATE, "WT-0002", [-17, -10, 18]),
    # A conference of the day -10, held two days late and not closed.
    (OFFICE, DutyKind.MEETING, "HY-0001", [-9, -8]),
]


def test_in_forty_days_of_three_runs_each_thing_is_told_when_it_is_new(settings: Any) -> None:
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.cn", "https://ledger.example.cn"
    play = Play()
    for days in range(-20, 20):
        play.begin_day(days)
        for name, *given in STORY.get(days, ()):
            getattr(play, name)(*given)
        _, *others = play.evening(days)
        assert all("问题升级0件；提醒新增0条" in told for told in others), (days, others)
    people = dict(User.objects.values_list("pk", "username"))
    told = Counter(
        (people[n.user_id], n.kind, code_of(n), (n.day - play.due_on).days)
        for n in Notice.objects.all()
    )
    expected = {
        (name, kind, code, days)
        for names, kind, code, on in EXPECTED
        for name in names
        for days in on
    }
    assert set(told) == expected
    assert set(told.values()) == {1}
    assert len(mail.outbox) == len({(name, days) for name, _, _, days in expected})
    assert not Delivery.objects.filter(sent_at=None).exists()
    assert rises() == {"WT-0001": ["city"], "WT-0002": ["city", "province"]}
    assert verify().problem == ""


def rises() -> dict[str, list[str]]:
    """To which levels each matter rose, in order."""
    found: dict[str, list[str]] = {}
    for row in Revision.objects.filter(action=Action.RAISE).order_by("sequence"):
        (level,) = [change["new"] for change in row.changes if change["field"] == "level"]
        found.setdefault(row.record_code, []).append(level)
    return found

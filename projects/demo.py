"""Accounts and a past for the demo: a year of changes that ends as the fixtures say.

The ledger is seeded as it might have stood a year ago, and every change since is made
through the same doors as any other, at a moment that is passed in; the trail names its
source 模拟. Nothing of this runs outside the demo. The same story on every run: chance is
seeded with the entry's code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from random import Random
from typing import Any, NamedTuple

from django.contrib.auth.models import Group
from django.db import transaction

from . import demoreports, rounds, seeding, workflow
from .choices import Action, Ledger, Reason, Role, Source
from .demomatters import SCENES, Stage
from .demoreports import People
from .models import (
    LEDGER_MODELS,
    Act,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Organisation,
    ReportingRule,
    Revision,
    Round,
    User,
)
from .models.entryfacts import SHARED_DATES
from .models.ledger import set_partial_date
from .periods import Month, start_of, today
from .workflow import SecondPerson, Step

Fields = dict[str, Any]
#: When something happens, and what.
Scene = tuple[dt.datetime, Callable[[], None]]

LENGTH = dt.timedelta(days=365)
#: The two of the bureau between whom the steps go back and forth, and the two of a unit.
PEOPLE = ("bureau", "bureau2", "reporter", "approver")
#: Samples that were off the lists for some weeks, and such whose record was corrected.
WAS_OFF = ("SX-0050", "XY-0100", "CY-0030")
CORRECTED = ("SX-0041", "SX-0062", "XY-0055", "CY-0019", "XY-0121")
#: A unit that was renamed twice, the names by how many days before the end.
RENAMED = {240: "示例单位十四（仁寿筹建处）", 90: "示例单位十四（仁寿）"}
DATE_MOVES = {
    Reason.FUNDING: "示例：配套资金尚未到位，经研究调整时限。",
    Reason.LAND: "示例：用地手续尚在办理，经研究调整时限。",
    Reason.APPROVAL: "示例：审批事项尚未办结，经研究调整时限。",
    Reason.PARTNER: "示例：合作方申请延后，经研究调整时限。",
}


@dataclass(frozen=True)
class Event:
    """One thing that happened to one sample on a day of the fixtures' calendar."""

    day: dt.date
    code: str
    step: Step | None = None
    edit: Fields = field(default_factory=dict)
    reason: Reason | None = None
    note: str = ""
    action: Action | None = None
    reached: Fields = field(default_factory=dict)
    figures: tuple[Fields, ...] = ()


@dataclass
class Story:
    """A sample as it stood at the beginning, and what happened since."""

    ledger: Ledger
    start: dt.date
    end: dt.date
    fields: Fields
    chance: Random
    events: list[Event] = field(default_factory=list)

    @classmethod
    def of(cls, model: str, fields: Fields, end: dt.date) -> Story:
        ledger = Ledger(str(seeding.ENTRY_MODELS[model].kind))
        story = cls(ledger, end - LENGTH, end, dict(fields), Random(str(fields["code"])))
        story._steps()
        story._date_moves()
        story._updates(fields)
        story._corrections()
        story._absence()
        return story

    @property
    def code(self) -> str:
        return str(self.fields["code"])

    def _day(self, name: str) -> dt.date | None:
        written = self.fields.get(name)
        return dt.date.fromisoformat(written) if written and len(written) == 10 else None

    def _steps(self) -> None:
        """Take back the steps of the year, the last first."""
        day = self._day("status_since")
        most = 1 if self.ledger is Ledger.AGREEMENTS else 2
        by_end: list[Event] = []
        while day and day > self.start + dt.timedelta(days=3) and len(by_end) < most:
            step = self._step_before()
            if step is None:
                break
            day = self._unset(step, day)
            by_end.append(self._taken(step, day))
            self.fields["status"] = step.origin.slug
            day -= dt.timedelta(days=self.chance.randint(25, 90))
        if by_end:
            del self.fields["status_since"]
        self.events += by_end

    def _step_before(self) -> Step | None:
        """The step by which the present status was reached, if it could have been taken."""
        for step in workflow.STEPS:
            leads_here = (step.ledger, step.target.slug) == (self.ledger, self.fields["status"])
            if leads_here and step.action in (Action.MOVE, Action.STOP):
                names = {name.removesuffix("_on") for name in step.needs}
                names -= {"regions"}
                if all(self.fields.get(name) for name in names):
                    return step
        return None

    def _unset(self, step: Step, day: dt.date) -> dt.date:
        """The day of the step; a date that it sets was not known before."""
        name = (step.sets or "").removesuffix("_on")
        written = self._day(name) if name else None
        if written and self.start < written <= day:
            day = written
        if written == day:
            del self.fields[name]
        return day

    def _taken(self, step: Step, day: dt.date) -> Event:
        reason = self.chance.choice(step.reasons[:3]) if step.reasons else None
        return Event(day, self.code, step, reason=reason, note=f"示例：{step.verb}，材料齐全。")

    def _date_moves(self) -> None:
        """Some deadlines were earlier, and moved once or twice."""
        due, begun = self._day("due"), self._day("planned_start")
        if due is None or self.chance.random() > 0.3:
            return
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            earlier = due - dt.timedelta(days=self.chance.randint(20, 90))
            day = self.start + dt.timedelta(days=self.chance.randint(20, 340))
            if begun and earlier < begun:
                break
            reason = self.chance.choice(list(DATE_MOVES))
            self.events.append(
                Event(day, self.code, edit={"due": ""}, reason=reason, note=DATE_MOVES[reason])
            )
            due = earlier
        self._set_dues(due)

    def _set_dues(self, first: dt.date) -> None:
        """Give the moves their dates in the order of their days, the last the present one."""
        moves = sorted((e for e in self.events if "due" in e.edit), key=lambda e: e.day)
        if not moves:
            return
        last = self._day("due")
        assert last is not None
        slip = (last - first) // len(moves)
        dues = [first + slip * number for number in range(1, len(moves))] + [last]
        rest = [event for event in self.events if "due" not in event.edit]
        self.events = rest + [
            replace(event, edit={"due": due.isoformat()})
            for event, due in zip(moves, dues, strict=True)
        ]
        self.fields["due"] = first.isoformat()

    def _updates(self, final: Fields) -> None:
        """What was filled in during the year; the last update leaves what the fixtures say."""
        percent: int = final.get("percent_complete") or 0
        days = [self.end - dt.timedelta(days=days) for days in (270, 180, 90)]
        shares = zip(days, (4, 2, 1.3), strict=True)
        for day, share in shares if percent and self.chance.random() < 0.25 else ():
            done = {"percent_complete": int(percent / share), "data": _month_end(day)}
            self.events.append(self._update(day, done, final))
        last: Fields = {n: final[n] for n in ("percent_complete", "progress", "data") if n in final}
        day = self.end - dt.timedelta(days=self.chance.randint(1, 20))
        self.events.append(self._update(day, last, final, is_last=True))
        self.fields["data"] = _month_end(self.start)
        if percent:
            self.fields["percent_complete"] = int(percent / 6)
        if final.get("progress"):
            self.fields["progress"] = "示例进展：工作方案已印发，正在组织实施。"
        self._take_back_parts()

    def _update(self, day: dt.date, edit: Fields, final: Fields, *, is_last: bool = False) -> Event:
        """With the milestones and figures that had come in by then."""
        limit = "9999" if is_last else day.isoformat()
        reached = {
            row["name"]: row["reached"]
            for row in final.get("milestones", ())
            if self.start.isoformat() < row.get("reached", "") <= limit
        }
        figures = tuple(
            row
            for row in final.get("figures", ())
            if self.start.isoformat() < row.get("dated", "") <= limit
        )
        return Event(day, self.code, edit=edit, reached=reached, figures=figures)

    def _take_back_parts(self) -> None:
        begin = self.start.isoformat()
        self.fields["milestones"] = [
            {k: v for k, v in row.items() if k != "reached" or v <= begin}
            for row in self.fields.get("milestones", ())
        ]
        self.fields["figures"] = [
            row for row in self.fields.get("figures", ()) if row.get("dated", "") <= begin
        ]

    def _corrections(self) -> None:
        if self.code in CORRECTED and (name := self.fields.get("responsible_person")):
            day = self.end - dt.timedelta(days=self.chance.randint(30, 200))
            self.fields["responsible_person"] = f"{name}（误）"
            self.events.append(
                Event(
                    day,
                    self.code,
                    edit={"responsible_person": name},
                    reason=Reason.MISRECORDED,
                    note="示例：登记时误写，据实更正。",
                )
            )

    def _absence(self) -> None:
        """Off the lists for some weeks, when nothing else happened."""
        if self.code not in WAS_OFF:
            return
        busy = sorted(event.day for event in self.events)
        after = next(
            day
            for day, nxt in zip([self.start, *busy], busy, strict=False)
            if (nxt - day).days > 40
        )
        for days, action in ((10, Action.DELIST), (35, Action.RELIST)):
            day = after + dt.timedelta(days=days)
            note = "示例：年度清单有序替换。"
            event = Event(day, self.code, action=action, reason=Reason.REPLACED, note=note)
            self.events.append(event)


def _month_end(day: dt.date) -> str:
    """The last day of the month before."""
    return (day.replace(day=1) - dt.timedelta(days=1)).isoformat()


def play(now: dt.date | None = None) -> int:
    """Seed an empty ledger as of a year ago and play the year; how many changes were made.

    Raises `seeding.NotEmpty` when there is a trail already: a past cannot be put before it.
    """
    end = now or today()
    if Revision.objects.exists():
        raise NotEmpty("台账中已有变更记录，不能再补演示历史；请换一个空数据库。")
    samples = seeding.samples_file()
    anchor = dt.date.fromisoformat(samples["anchor"])
    stories = [Story.of(row["model"], row["fields"], anchor) for row in samples["entries"]]
    begin = start_of(end - LENGTH) + dt.timedelta(hours=8, minutes=30)
    with transaction.atomic():
        seeding.seed(begin, day=end, earlier={story.code: story.fields for story in stories})
        people = [_account(name, begin) for name in PEOPLE]
        events = sorted(
            (event for story in stories for event in story.events),
            key=lambda event: (event.day, event.code),
        )
        stage = _Stage(people, end - anchor)
        scenes: list[Scene] = [
            (moment := stage.moment(event, number), partial(stage.play, event, moment))
            for number, event in enumerate(events)
        ]
        scenes += _renamings(end, people[0])
        scenes += _rounds(begin, end, People(*people))
        scenes += _matters(end, People(*people))
        for _, scene in sorted(scenes, key=itemgetter(0)):
            scene()
    return len(scenes)


def _matters(end: dt.date, people: People) -> list[Scene]:
    stage = Stage(people, end)
    return [(stage.moment(days), partial(play, stage)) for days, play in SCENES]


class NotEmpty(Exception):
    """There is a trail already."""


def _renamings(end: dt.date, by: User) -> list[Scene]:
    moments = {
        start_of(end - dt.timedelta(days=days)) + dt.timedelta(hours=9): name
        for days, name in RENAMED.items()
    }
    return [(at, partial(_rename, at, name, by)) for at, name in moments.items()]


def _rename(at: dt.datetime, name: str, by: User) -> None:
    final = RENAMED[min(RENAMED)]
    unit = Organisation.objects.get(name__in={*RENAMED.values(), final})
    unit.name = name
    unit.save(act=Act(by=by, source=Source.SIMULATED, at=at, note="示例：单位更名。"))


def _rounds(begin: dt.datetime, end: dt.date, people: People) -> list[Scene]:
    """Each month's round is opened on the first of the next, and closed on the ninth.

    Units report in the system for the last month that was closed; the present month is open.
    """
    scenes: list[Scene] = []
    months: list[Month] = []
    month = Month.of(begin.date())
    while (month := month.following).following.first <= end:
        months.append(month)
    closings = {m: _office(m.following.first, days=8) for m in months}
    closed = [m for m in months if closings[m] < start_of(end)]
    for month in months:
        scenes.append((opened := _office(month.following.first), _opening(month, opened, people)))
        if month in closed:
            scenes.append((closings[month], _closing(month, closings[month], people)))
    last = closed[-1]
    scenes.append((begin + dt.timedelta(hours=1), partial(_rules, begin, last, people)))
    came = _office(last.following.first, days=4)
    scenes.append((came, partial(_reports, demoreports.bring_in, last, people, came)))
    this = Month.of(end)
    today_at = start_of(end) + dt.timedelta(seconds=1)
    # After the other scenes of the day before, and before anybody can look.
    scenes.append((today_at, _opening(this, today_at, people)))
    later = today_at + dt.timedelta(minutes=1)
    scenes.append((later, partial(_reports, demoreports.begin, this, people, later)))
    return scenes


def _office(day: dt.date, days: int = 0) -> dt.datetime:
    """The end of office hours so many days after."""
    return start_of(day + dt.timedelta(days=days)) + dt.timedelta(hours=17)


def _rules(at: dt.datetime, last: Month, people: People) -> None:
    """Until the last month that was closed the units reported by mail."""
    act = Act(by=people.first, source=Source.SIMULATED, at=at, note="示例：报送规则。")
    ReportingRule(since=Month.of(at.date()).first, takes_reports=False).save(act=act)
    ReportingRule(since=last.first).save(act=act)


def _opening(month: Month, at: dt.datetime, people: People) -> Callable[[], Any]:
    return partial(rounds.open_month, month, by=people.first, source=Source.SIMULATED, at=at)


def _closing(month: Month, at: dt.datetime, people: People) -> Callable[[], None]:
    return partial(_close_round, month, at, people.first)


def _reports(bring: Callable[..., None], month: Month, people: People, at: dt.datetime) -> None:
    bring(Round.objects.get(month=month.first), people, at)


def _close_round(month: Month, at: dt.datetime, by: User) -> None:
    found = Round.objects.get(month=month.first)
    rounds.close_month(
        found,
        by=by,
        version=found.version,
        note="示例：核对后冻结。",
        source=Source.SIMULATED,
        at=at,
    )


@dataclass
class _Stage:
    """Where events happen: who acts, and how far the calendar is from the fixtures'."""

    people: list[User]
    shift: dt.timedelta

    def moment(self, event: Event, number: int) -> dt.datetime:
        """In office hours, in the order of the events."""
        return start_of(event.day + self.shift) + dt.timedelta(hours=9, seconds=20 * number)

    def act(self, event: Event, at: dt.datetime) -> Act:
        return Act(
            by=self.people[0],
            source=Source.SIMULATED,
            reason=event.reason,
            note=event.note,
            on=event.day + self.shift,
            at=at,
        )

    def play(self, event: Event, at: dt.datetime) -> None:
        ledger = next(kind for kind in Ledger if event.code.startswith(f"{kind.prefix}-"))
        entry = LEDGER_MODELS[ledger].objects.get(code=event.code)
        if event.step:
            self._take(entry, event, at)
        elif event.action is Action.DELIST:
            entry.delist(self.act(event, at))
        elif event.action is Action.RELIST:
            entry.relist(self.act(event, at))
        else:
            self._edit(entry, event, at)

    def _take(self, entry: LedgerEntry, event: Event, at: dt.datetime) -> None:
        assert event.step is not None
        given: Fields = {
            "on": event.day + self.shift,
            "reason": event.reason,
            "note": event.note,
            "source": Source.SIMULATED,
            "at": at,
        }
        first, second, *_ = self.people
        if event.step.second_person is SecondPerson.REQUEST_FIRST:
            entry.move_to(event.step.target.slug, by=first, **given)
            entry.refresh_from_db()
        is_second = event.step.second_person is not SecondPerson.NOT_NEEDED
        entry.move_to(event.step.target.slug, by=second if is_second else first, **given)

    def _edit(self, entry: LedgerEntry, event: Event, at: dt.datetime) -> None:
        with entry.recording(self.act(event, at)):
            for name, value in event.edit.items():
                if name in SHARED_DATES:
                    date = seeding.shifted(value, self.shift)
                    set_partial_date(entry, name, date, is_last=SHARED_DATES[name])
                else:
                    setattr(entry, name, value)
            for name, written in event.reached.items():
                date = seeding.shifted(written, self.shift)
                columns = {"reached_on": date.first, "reached_precision": date.precision}
                Milestone.objects.filter(entry=entry.pk, name=name).update(**columns)
            known = set(entry.figures.values_list("kind", "basis"))
            MoneyFigure.objects.bulk_create(
                MoneyFigure(entry_id=entry.pk, **seeding.part(row, self.shift))
                for row in event.figures
                if (row["kind"], row["basis"]) not in known
            )


# --- accounts ---------------------------------------------------------------------------------


class Account(NamedTuple):
    username: str
    display_name: str
    role: Role
    unit: str = ""


SAMPLE_UNIT = "示例单位一（雁江）"
BUREAU = "资阳市同城化发展工作局"
ACCOUNTS = (
    Account("bureau", "演示·同城化局甲", Role.BUREAU, BUREAU),
    Account("bureau2", "演示·同城化局乙", Role.BUREAU, BUREAU),
    Account("reporter", "演示·填报人", Role.REPORTER, SAMPLE_UNIT),
    Account("approver", "演示·审定人", Role.APPROVER, SAMPLE_UNIT),
    Account("leader", "演示·市领导", Role.LEADER),
    Account("auditor", "演示·审计员", Role.AUDITOR),
    Account("sysadmin", "演示·系统管理员", Role.SYSADMIN),
    Account("secadmin", "演示·安全管理员", Role.SECADMIN),
)


def create(account: Account, password: str | None, act: Act) -> User:
    """The account; nobody can sign in with it until it has a password."""
    unit = Organisation.objects.get(name=account.unit) if account.unit else None
    user = User(username=account.username, display_name=account.display_name, unit=unit)
    user.set_password(password)
    with user.recording(act):
        user.groups.set([Group.objects.get_or_create(name=account.role.value)[0]])
    return user


def _account(username: str, at: dt.datetime) -> User:
    account = next(account for account in ACCOUNTS if account.username == username)
    return create(account, None, Act(source=Source.SIMULATED, note="演示账号", at=at))

"""Problems, decisions, instructions and slips, and conferences, as they wait for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from ..choices import Action, DutyKind
from ..models import Matter, Meeting
from ..rights import Right
from .duty import Duty, Group, deadline, group, last_row, short, step_of


def to_handle(user: Any, day: dt.date, soon_days: int) -> Iterator[Group]:
    """What this person's unit is in charge of: overdue, due soon, sent back. One query."""
    sent_back = step_of(last_row(Matter, Action.REJECT, Action.REOPEN))
    rows = Matter.objects.open_().of_unit([user.unit_id]).annotate(step=sent_back)
    own: list[Any] = list(rows.order_by("due_on", "code"))
    last = day + dt.timedelta(days=soon_days)
    if not user.may(Right.FOLLOW):  # who follows them all up has them there
        late = [matter for matter in own if matter.is_overdue(day)]
        yield from group(DutyKind.MATTER_LATE, _pressing(DutyKind.MATTER_LATE, late, day))
    soon = [matter for matter in own if day <= matter.due_on <= last]
    yield from group(DutyKind.MATTER_SOON, _pressing(DutyKind.MATTER_SOON, soon, day))
    back = (matter for matter in own if matter.step and matter.note)  # not taken back by itself
    yield from group(DutyKind.MATTER_BACK, (_back(matter) for matter in back))


def to_follow(user: Any, day: dt.date) -> Iterator[Group]:
    """What is overdue anywhere, and what others have filed for 销号. Two queries."""
    rows = Matter.objects.select_related("unit").order_by("due_on", "code")
    late = _pressing(DutyKind.MATTER_LATE, rows.overdue(day), day, with_unit=True)
    yield from group(DutyKind.MATTER_LATE, late)
    filed = rows.filed().annotate(step=step_of(last_row(Matter, Action.FILE)))
    others = (matter for matter in filed if matter.filed_by_id != user.pk)
    yield from group(DutyKind.CONFIRM, (_filed(matter) for matter in others))


def meetings_to_close(day: dt.date) -> Iterator[Group]:
    """Conferences whose day is over: not closed, or changed since. One query."""
    past = Meeting.objects.to_close(day).order_by("held_on", "code")
    yield from group(DutyKind.MEETING, (_meeting(meeting) for meeting in past))


def _pressing(
    kind: DutyKind, matters: Iterable[Any], day: dt.date, *, with_unit: bool = False
) -> Iterator[Duty]:
    for matter in matters:
        facts = deadline(matter.due_on, day)
        if with_unit:
            facts["told"] += f"，责任单位：{matter.unit}"
        yield Duty(kind, matter, matter.code, matter.title, **facts)


def _back(matter: Any) -> Duty:
    told, occasion = f"退回说明：{short(matter.note)}", f"#{matter.step}"
    kind = DutyKind.MATTER_BACK
    return Duty(kind, matter, matter.code, matter.title, told, occasion, matter.due_on)


def _filed(matter: Any) -> Duty:
    told = f"{matter.filed_by}提请销号：{short(matter.outcome)}"
    return Duty(DutyKind.CONFIRM, matter, matter.code, matter.title, told, f"#{matter.step}")


def _meeting(meeting: Meeting) -> Duty:
    told = f"会议日期{meeting.held_on}，现为“{meeting.get_state_display()}”"
    if not meeting.is_open:
        told += "，会议办结后情况有变，请恢复办理后补充"
    occasion = f"{meeting.state} {meeting.held_on}"
    return Duty(DutyKind.MEETING, meeting, meeting.code, meeting.title, told, occasion)

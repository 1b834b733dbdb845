"""Problems, decisions, instructions and slips, and conferences, as they wait for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from ..choices import Action, DutyKind, MatterKind, MatterState
from ..models import Matter, Meeting
from ..rights import Right
from .duty import Duty, Group, deadline, group, last_row, short, step_of

#: What the groups are called after the kind of matter; each kind has a list of its own.
ENDINGS = {
    DutyKind.MATTER_LATE: "逾期",
    DutyKind.MATTER_SOON: "临近时限",
    DutyKind.CONFIRM: "待确认销号",
}


def to_handle(user: Any, day: dt.date, soon_days: int) -> Iterator[Group]:
    """What this person's unit is in charge of: overdue, due soon, sent back. One query."""
    sent_back = step_of(last_row(Matter, Action.REJECT, Action.REOPEN))
    rows = Matter.objects.open_().of_unit([user.unit_id]).annotate(step=sent_back)
    own: list[Any] = list(rows.order_by("due_on", "code"))
    last = day + dt.timedelta(days=soon_days)
    listed = {"unit": str(user.unit_id), "sort": "due"}
    if not user.may(Right.FOLLOW):  # who follows them all up has them there
        late = _pressing(DutyKind.MATTER_LATE, (m for m in own if m.is_overdue(day)), day)
        yield from _by_list(DutyKind.MATTER_LATE, late, {"overdue": "1", **listed})
    soon = _pressing(DutyKind.MATTER_SOON, (m for m in own if day <= m.due_on <= last), day)
    asked = {"due_within": str(soon_days), **listed} if soon_days else None
    yield from _by_list(DutyKind.MATTER_SOON, soon, asked)
    back = (matter for matter in own if matter.step and matter.note)  # not taken back by itself
    yield from group(DutyKind.MATTER_BACK, (_back(matter) for matter in back))


def to_follow(user: Any, day: dt.date) -> Iterator[Group]:
    """What is overdue anywhere, and what others have filed for 销号. Two queries."""
    rows = Matter.objects.select_related("unit").order_by("due_on", "code")
    late = _pressing(DutyKind.MATTER_LATE, rows.overdue(day), day, with_unit=True)
    yield from _by_list(DutyKind.MATTER_LATE, late, {"overdue": "1", "sort": "due"})
    filed = rows.filed().annotate(step=step_of(last_row(Matter, Action.FILE)))
    own = {matter.kind for matter in filed if matter.filed_by_id == user.pk}
    others = (_filed(matter) for matter in filed if matter.filed_by_id != user.pk)
    asked = {"state": MatterState.FILED.value, "sort": "due"}
    yield from _by_list(DutyKind.CONFIRM, others, asked, not_listed=own)


def _by_list(
    kind: DutyKind,
    duties: Iterable[Duty],
    asked: dict[str, str] | None,
    not_listed: Collection[str] = (),
) -> Iterator[Group]:
    """A group for each kind of matter; `asked` are the parameters that list exactly these, but
    of the kinds that are `not_listed` others as well."""
    found = list(duties)
    for of in MatterKind:
        own = (duty for duty in found if duty.record.kind == of)  # type: ignore[attr-defined]
        path = reverse("matters", args=[of])
        href = f"{path}?{urlencode(asked)}" if asked and of not in not_listed else ""
        yield from group(kind, own, href, f"{of.label}{ENDINGS[kind]}")


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

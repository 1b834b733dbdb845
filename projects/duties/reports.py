"""Reports of the open months: for a unit to bring in and sign off, for the bureau to accept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from ..choices import OUTSTANDING, Action, DutyKind, ReportState
from ..models import Report, Round
from ..rights import Right
from .duty import Duty, Group, countdown, deadline, group, last_row, short, step_of, week_late

#: The kinds whose reports one state is the list of.
LISTED = {
    DutyKind.REPORT_RETURNED: ReportState.RETURNED,
    DutyKind.SIGN_OFF: ReportState.SUBMITTED,
    DutyKind.ACCEPT: ReportState.APPROVED,
}

KindOf = Callable[[Report], DutyKind | None]


def to_make(user: Any, day: dt.date, soon_days: int) -> Iterator[Group]:
    """What this person's unit has still to bring in, and they to do for it."""
    last = day + dt.timedelta(days=soon_days)

    def kind_of(report: Report) -> DutyKind | None:
        if report.state == ReportState.RETURNED:
            return DutyKind.REPORT_RETURNED
        if report.state == ReportState.SUBMITTED:
            may = user.may(Right.SIGN) and report.submitted_by_id != user.pk
            return DutyKind.SIGN_OFF if may else None
        if report.round.due_on < day:
            return DutyKind.REPORT_LATE
        return DutyKind.REPORT_SOON if report.round.due_on <= last else None

    for found, own in _of_open_months(unit=user.unit_id, state__in=OUTSTANDING):
        yield from _by_kind(found, own, kind_of, day, unit=str(user.unit_id))


def to_accept(user: Any, day: dt.date) -> Iterator[Group]:
    """What was signed off, neither submitted nor signed by this person."""

    def kind_of(report: Report) -> DutyKind | None:
        is_own = user.pk in (report.submitted_by_id, report.signed_by_id)
        return None if is_own else DutyKind.ACCEPT

    for found, signed in _of_open_months(state=ReportState.APPROVED):
        yield from _by_kind(found, signed, kind_of, day)


def _of_open_months(**chosen: Any) -> Iterator[tuple[Round, list[Any]]]:
    """Month by month, each with the number of its last step (`step`). One query."""
    steps = last_row(Report, Action.SUBMIT, Action.SIGN, Action.RETURN)
    rows = Report.objects.filter(round__closed_at=None, **chosen).for_rows()
    ordered = rows.annotate(step=step_of(steps)).order_by("round__month", "entry__code")
    for found, reports in groupby(ordered, attrgetter("round")):
        yield found, list(reports)


def _by_kind(
    found: Round, reports: list[Any], kind_of: KindOf, day: dt.date, **listed: str
) -> Iterator[Group]:
    """The reports of one month; a group is linked when the list of its state holds no others."""
    kinds = {report.pk: kind_of(report) for report in reports}
    for kind in DutyKind:
        own = [report for report in reports if kinds[report.pk] == kind]
        state = LISTED.get(kind)
        is_whole = state and len(own) == sum(report.state == state for report in reports)
        path = reverse("reports", args=[found.period])
        href = f"{path}?{urlencode({**listed, 'state': state.value})}" if state and is_whole else ""
        duties = (_duty(kind, report, day) for report in own)
        yield from group(kind, duties, href, f"{found.period.label}{kind.label}")


def _duty(kind: DutyKind, report: Any, day: dt.date) -> Duty:
    entry, due_on = report.entry, report.round.due_on
    facts = deadline(due_on, day)
    if kind == DutyKind.ACCEPT:  # the unit has done its part: its due day does not press
        facts = {"told": _standing(kind, report), "occasion": f"#{report.step}"}
    elif kind in LISTED:
        facts["told"] = f"{countdown(due_on, day)}；{_standing(kind, report)}"
        facts["occasion"] = f"#{report.step}{week_late(due_on, day)}"
    return Duty(kind, report, entry.code, entry.name, scope=report.round.period.label, **facts)


def _standing(kind: DutyKind, report: Report) -> str:
    if kind == DutyKind.REPORT_RETURNED:
        return f"退回说明：{short(report.note)}"
    if kind == DutyKind.SIGN_OFF:
        return f"{report.submitted_by}提交"
    return f"{report.unit}报送，{report.signed_by}审定"

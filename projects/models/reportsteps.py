"""The one door for the state of a report: `take`, read from the table of steps.

Accepting is a step like the others, and makes the entry say what the report says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils import timezone

from ..choices import Basis, MoneyKind, Precision, ReportState
from ..periods import PartialDate
from ..reporting import BY_NAME, STEPS, ReportStep
from ..rights import Right
from .ledger import LedgerEntry, set_partial_date
from .money import MoneyFigure
from .trail import Act

if TYPE_CHECKING:
    from .reports import Report


class ReportRefused(ValidationError):
    """A report that may not be changed so; every reason at once."""


class MovesByReportStep(models.Model):
    """The part of a report that takes steps."""

    #: The step that is being taken, for as long as it is.
    _taking: ReportStep | None = None

    class Meta:
        abstract = True

    def steps_for(self: Report, user: Any) -> list[ReportStep]:  # type: ignore[misc]
        """The steps that this person may take now."""
        if self.round.is_frozen:
            return []
        return [s for s in STEPS if self.state in s.origins and not self._barred(s, user)]

    def _barred(self: Report, step: ReportStep, user: Any) -> str:  # type: ignore[misc]
        """Why this person may not take that step; empty if they may."""
        own = self._is_of_unit(user, step.right)
        by_bureau = step.bureau_may and user.may(Right.ROUNDS)
        if step.is_of_the_unit and not (own or by_bureau):
            return f"“{step.verb}”由{self.unit}有相应岗位的人员办理。"
        if not step.is_of_the_unit and not user.may(step.right):
            return f"“{step.verb}”由同城化局办理。"
        if step.another_person and self.submitted_by_id == user.pk:
            return f"“{step.verb}”须由提交人以外的人员办理。"
        if step.target == ReportState.ACCEPTED and self.signed_by_id == user.pk:
            return f"“{step.verb}”须由审定人以外的人员办理。"
        return ""

    def take(self: Report, name: str, act: Act, *, version: int) -> None:  # type: ignore[misc]
        """Take the step of that name (`projects.reporting.STEPS`) on the version seen.

        Accepting also writes the entry, in the same transaction. Raises `ReportRefused` with
        every reason at once, `PermissionDenied`, and `Stale`.
        """
        step = BY_NAME[name]
        if reason := self._barred(step, act.by):
            raise PermissionDenied(reason)
        act = replace(act, action=step.action).stamped()
        adopts = step.target == ReportState.ACCEPTED and not _is_overtaken(self)
        if step.target == ReportState.ACCEPTED and not adopts:
            act = replace(act, note=f"{act.note}台账已有更晚的数据，本月数据未写入条目。")
        self._taking = step
        try:
            with self.recording(act, expect=version):
                if problems := self._obstacles(step, act):
                    raise ReportRefused(problems)
                _set(self, step, act)
                if adopts:
                    _adopt(self, act)
        finally:
            self._taking = None

    take.alters_data = True  # type: ignore[attr-defined]

    def _obstacles(self: Report, step: ReportStep, act: Act) -> list[str]:  # type: ignore[misc]
        if self.state not in step.origins:
            return [f"这份月报现为“{self.get_state_display()}”，不能办理“{step.verb}”。"]
        found = self.gaps() if step.target == ReportState.SUBMITTED else []
        if step.needs_note and not act.note:
            found.append(f"办理“{step.verb}”须写明说明。")
        return found


def _set(report: Report, step: ReportStep, act: Act) -> None:
    assert act.at is not None
    person = act.by.pk if act.by else None
    is_back = step.target == ReportState.DUE and report.is_typed
    report.state = ReportState.DRAFT if is_back else step.target
    if step.needs_note:
        report.note = act.note
    if step.target == ReportState.SUBMITTED:
        report.submitted_at, report.submitted_by_id = act.at, person
        report.submitted_by = act.actor_name
        # Nobody has signed or decided on these words yet.
        report.signed_at, report.signed_by_id, report.signed_by = None, None, ""
        report.decided_at, report.decided_by = None, ""
    elif step.target == ReportState.APPROVED:
        report.signed_at, report.signed_by = act.at, act.actor_name
        report.signed_by_id = person if step.is_of_the_unit else None  # on paper: the unit's head
        report.first_signed_on = report.first_signed_on or timezone.localdate(act.at)
    elif not step.is_of_the_unit:
        report.decided_at, report.decided_by = act.at, act.actor_name


def _is_overtaken(report: Report) -> bool:
    """Does the ledger already know of a later month?"""
    data_on = LedgerEntry.objects.values_list("data_on", flat=True).get(pk=report.entry_id)
    return bool(data_on and data_on > report.round.period.last)


def _adopt(report: Report, act: Act) -> None:
    """Let the entry say what the accepted report says."""
    entry = LedgerEntry.objects.get(pk=report.entry_id).specific
    note = f"采纳{report.round.period.label}月报。"
    with entry.recording(replace(act, action=None, note=note, batch=f"report-{report.pk}")):
        entry.progress = report.progress
        entry.next_step = report.next_step
        entry.declared_light = report.light
        if report.percent is not None:
            entry.percent_complete = report.percent
        month = PartialDate(report.round.period.first, Precision.MONTH)
        set_partial_date(entry, "data", month, is_last=False)
        if report.invested_total is not None:
            _adopt_total(report, entry)


def _adopt_total(report: Report, entry: LedgerEntry) -> None:
    """One figure of this kind an entry: the months before are in their own reports."""
    said = {
        "amount": report.invested_total,
        "dated_on": report.round.period.last,
        "dated_precision": Precision.DAY,
        "source_note": f"{report.round.period.label}月报",
    }
    known = entry.figures.filter(kind=MoneyKind.DONE, basis=Basis.REPORTED)
    if not known.update(**said):
        MoneyFigure(entry=entry, kind=MoneyKind.DONE, basis=Basis.REPORTED, **said).save()

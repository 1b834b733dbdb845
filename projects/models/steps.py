"""The one door for a status: `move_to`, read from the workflow table and from nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.urls import reverse

from .. import text, workflow
from ..choices import STATUS_LABELS, Action, Ledger, Phase, Precision, Reason, Source
from ..periods import today
from ..rights import Right
from ..workflow import SecondPerson, Step
from .trail import Act, Revision, Stale

if TYPE_CHECKING:
    from .ledger import LedgerEntry


class StepRefused(ValidationError):
    """A step that may not be taken; the messages say why and what to do."""


@dataclass(frozen=True)
class Offer:
    """A step as a page offers it: what is missing, or why this person may not."""

    step: Step
    missing: tuple[str, ...]
    blocked: str
    href: str
    is_request: bool
    is_confirmation: bool

    @property
    def verb(self) -> str:
        """What the button says: the first of two people asks, the second confirms."""
        if self.is_request:
            return f"提请{self.step.verb}"
        return f"确认{self.step.verb}" if self.is_confirmation else self.step.verb

    @property
    def target_label(self) -> str:
        return self.step.target.label

    @property
    def is_forward(self) -> bool:
        return self.step.action is Action.MOVE


class MovesByStep(models.Model):
    """The part of a ledger entry that takes steps."""

    #: The step that is being taken, for as long as it is.
    _taking: Step | None = None

    class Meta:
        abstract = True

    def move_to(  # type: ignore[misc]
        self: LedgerEntry,
        target: str,
        *,
        by: Any,
        on: dt.date | None = None,
        reason: Reason | None = None,
        note: str = "",
        version: int | None = None,
        source: Source = Source.WEB,
        at: dt.datetime | None = None,
        batch: str = "",
        takes_back: bool = False,
    ) -> Action:
        """Take one step of the life cycle, or file the request for one that needs two people.

        `on` is the day it took effect (today, when not given), `version` the version the
        person has seen. A step that `takes_back` another fills no date: its dates are set
        already as they were. Returns what was done: `Action.REQUEST` when a second person has
        still to confirm. Raises `StepRefused` with every reason at once, `PermissionDenied`
        when the person may not, `Stale` when the entry has changed since.
        """
        entry = self.as_seen(version)
        step = entry.step_to(target)
        if step is None:
            raise StepRefused(
                f"“{entry}”现为“{entry.status_label}”，不能直接转为"
                f"“{STATUS_LABELS.get(target, target)}”；可办理的有："
                f"{'、'.join(s.verb for s in entry.next_steps()) or '无'}。"
            )
        if not by.may(Right.MOVE) or not by.roles & step.roles:
            raise PermissionDenied("您的岗位不能办理这一步，请联系同城化局。")
        act = Act(by=by, source=source, reason=reason, note=note, on=on, at=at, batch=batch)
        if problems := entry.obstacles(step, act, takes_back=takes_back):
            raise StepRefused(problems)
        if step.second_person is SecondPerson.REQUEST_FIRST and entry.requested_status != target:
            return entry._request(step, act)
        return entry._take(step, act, takes_back=takes_back)

    move_to.alters_data = True  # type: ignore[attr-defined]

    def as_seen(self: LedgerEntry, version: int | None) -> LedgerEntry:  # type: ignore[misc]
        """The entry as a row of its own ledger, at the version the person has seen.

        Raises `Stale` when it is not: the row is read anew where only the base row was given.
        """
        entry = self.specific
        if entry.version != (self.version if version is None else version):
            raise Stale(type(entry)._base_manager.get(pk=entry.pk))
        return entry

    def _take(  # type: ignore[misc]
        self: LedgerEntry, step: Step, act: Act, *, takes_back: bool
    ) -> Action:
        action = step.action_for(act.reason)
        act = replace(act, action=action).stamped()
        self._taking = step
        try:
            with self.recording(act):
                self.halted_from = step.origin.slug if step.action is Action.STOP else ""
                self.status = step.target.slug
                self.status_on, self.status_by_id = act.on, act.by.pk
                self.requested_status, self.requested_by_id = "", None
                if step.origin.phase is Phase.DONE and step.target.phase is not Phase.DONE:
                    self.finished_on, self.finished_precision = None, ""  # it is not
                if not takes_back and step.sets and getattr(self, step.sets) is None:
                    setattr(self, step.sets, act.on)
                    setattr(self, step.sets.replace("_on", "_precision"), Precision.DAY)
        finally:
            self._taking = None
        return action

    def _request(self: LedgerEntry, step: Step, act: Act) -> Action:  # type: ignore[misc]
        with self.recording(replace(act, action=Action.REQUEST)):
            self.requested_status, self.requested_by_id = step.target.slug, act.by.pk
        return Action.REQUEST

    def withdraw_request(  # type: ignore[misc]
        self: LedgerEntry, *, by: Any, note: str, version: int | None = None
    ) -> None:
        """Take back a request that awaits its second person."""
        if not by.may(Right.MOVE):
            raise PermissionDenied("您的岗位不能撤回提请，请联系同城化局。")
        if not self.requested_status:
            raise StepRefused(f"“{self}”没有待确认的提请。")
        if not note.strip():
            raise StepRefused("撤回提请须写明说明。")
        act = Act(by=by, source=Source.WEB, note=note, action=Action.WITHDRAW)
        with self.as_seen(version).recording(act) as entry:
            entry.requested_status, entry.requested_by_id = "", None

    withdraw_request.alters_data = True  # type: ignore[attr-defined]

    def next_steps(self: LedgerEntry) -> list[Step]:  # type: ignore[misc]
        """The steps out of the present status; a halted entry resumes only where it stood."""
        steps = workflow.steps_from(Ledger(self.ledger), self.status)
        if not self.halted_from:
            return steps
        return [
            step
            for step in steps
            if step.action is not Action.RESUME or step.target.slug == self.halted_from
        ]

    def step_to(self: LedgerEntry, target: str) -> Step | None:  # type: ignore[misc]
        """The step to a status, or None: then it is refused."""
        return next((s for s in self.next_steps() if s.target.slug == target), None)

    def missing_for(self: LedgerEntry, step: Step) -> list[str]:  # type: ignore[misc]
        """The names of the fields that the step needs and that are empty."""
        specific = self.specific
        return [self.fact_label(n) for n in step.needs if getattr(specific, n) in (None, "")]

    def filers(self: LedgerEntry) -> set[int | None]:  # type: ignore[misc]
        """Who brought the entry to its present status, last and whenever it moved forward."""
        filed = Revision.objects.of(self).filter(new_status=self.status, action=Action.MOVE)
        return {self.status_by_id, *filed.values_list("actor_id", flat=True)[:1]} - {None}

    def second_person_problem(self: LedgerEntry, step: Step, by: Any) -> str:  # type: ignore[misc]
        """Why this person may not be the second; empty when they may."""
        if step.second_person is SecondPerson.NOT_THE_FILER and by.pk in self.filers():
            return f"“{step.verb}”须由提请人以外的另一人办理（提请、确认不能是同一人）。"
        is_confirming = self.requested_status == step.target.slug
        if is_confirming and self.requested_by_id == by.pk:
            return f"“{step.verb}”已由您提请，须由另一人确认。"
        return ""

    def date_problems(  # type: ignore[misc]
        self: LedgerEntry, step: Step, on: dt.date | None
    ) -> list[str]:
        """What is wrong with a step's day beside the days that the entry has already."""
        limits = [("上一步的生效日期", self.status_on)]
        if step.sets == "finished_on" and self.finished_on is None:
            limits.append(("实际开始", self.started_on))
        day = on or today()
        found = [
            f"生效日期 {day.isoformat()} 早于{label} {limit.isoformat()}，请核对。"
            for label, limit in limits
            if limit and day < limit
        ]
        valid_until = getattr(self, "valid_until_on", None)
        if step.sets == "signed_on" and valid_until and day > valid_until:
            found.append(f"签署日期 {day.isoformat()} 晚于有效期至 {valid_until.isoformat()}。")
        return found

    def obstacles(  # type: ignore[misc]
        self: LedgerEntry, step: Step, act: Act, *, takes_back: bool = False
    ) -> list[str]:
        """Everything that keeps this person from this step, each with the way out.

        One that takes another back sets no date of its own: none is checked.
        """
        found = [
            f"“{label}”还没有填写，请先补充再办理“{step.verb}”。"
            for label in self.missing_for(step)
        ]
        if self.delisted_on:
            found.append(f"“{self}”已调出台账，请先办理“调入”。")
        if act.on and act.on > today():
            found.append(f"生效日期 {act.on.isoformat()} 晚于今天，请填写实际发生的日期。")
        if not takes_back:
            found += self.date_problems(step, act.on)
        if step.reasons and act.reason not in step.reasons:
            found.append(
                f"办理“{step.verb}”须选择原因：{'、'.join(r.label for r in step.reasons)}。"
            )
        if not step.reasons and act.reason:
            found.append(f"办理“{step.verb}”不需要选择原因，请留空。")
        if step.asks_note and not act.note.strip():
            found.append(f"办理“{step.verb}”须写明说明。")
        if bad := text.forbidden_character(act.note):
            found.append(f"说明中含有不允许的字符 {bad}，请删去。")
        if problem := self.second_person_problem(step, act.by):
            found.append(problem)
        return found

    def offers(self: LedgerEntry, user: Any) -> list[Offer]:  # type: ignore[misc]
        """The next steps as this person sees them; none for an entry off the lists."""
        if self.delisted_on:
            return []
        href = reverse("move", args=[self.ledger, self.code])
        offers = [
            Offer(
                step=step,
                missing=tuple(self.missing_for(step)),
                blocked=self.blocked_for(step, user),
                href=f"{href}?to={step.target.slug}",
                is_request=step.second_person is SecondPerson.REQUEST_FIRST
                and self.requested_status != step.target.slug,
                is_confirmation=self.requested_status == step.target.slug,
            )
            for step in self.next_steps()
        ]
        return sorted(offers, key=lambda o: (not o.is_confirmation, not o.is_forward))

    def blocked_for(self: LedgerEntry, step: Step, user: Any) -> str:  # type: ignore[misc]
        """Why this person may not take the step; empty when they may."""
        if not user.may(Right.MOVE) or not user.roles & step.roles:
            return "须由同城化局办理。"
        return self.second_person_problem(step, user)

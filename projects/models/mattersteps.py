"""The one door for the state of a matter; the table of steps is `projects.following`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max
from django.utils import timezone

from ..choices import ENDED, Action, MatterKind, MatterState
from ..following import BY_NAME, STEPS, MatterStep, handing_out, level_above
from ..rights import Right
from .doors import ByDoor, faults
from .trail import Act, Revision

if TYPE_CHECKING:
    from .matters import Matter


class MatterRefused(ValidationError):
    """A matter that may not be changed so; every reason at once."""


class FollowedByStep(ByDoor):
    """The steps of a matter, who may take them, and what stands in the way."""

    class Meta:
        abstract = True

    def is_of_unit(self: Matter, user: Any) -> bool:  # type: ignore[misc]
        """Does this person work for the unit in charge?"""
        own = self.unit_id is not None and user.unit_id == self.unit_id
        return bool(own and user.may(Right.REPORT))

    def may_be_handled_by(self: Matter, user: Any) -> bool:  # type: ignore[misc]
        """Those of its unit, and the bureau for them."""
        return bool(user.may(Right.FOLLOW) or self.is_of_unit(user))

    def steps_for(self: Matter, user: Any) -> list[MatterStep]:  # type: ignore[misc]
        """The steps that this person may take now."""
        return [
            step
            for step in STEPS
            if self.state in step.origins
            and self.kind in step.kinds
            and not self.barred(step, user)
        ]

    def barred(self: Matter, step: MatterStep, user: Any) -> str:  # type: ignore[misc]
        """Why this person may not take that step; empty if they may."""
        if step.unit_may and not self.may_be_handled_by(user):
            return f"“{step.verb}”由{self.unit or '责任单位'}有相应岗位的人员或者同城化局办理。"
        if not step.unit_may and not user.may(Right.FOLLOW):
            return f"“{step.verb}”由同城化局办理。"
        if step.another_person and self.filed_by_id == user.pk:
            return f"{step.verb}须由提请人以外的人员办理。"
        return ""

    def take(self: Matter, name: str, act: Act, *, version: int) -> None:  # type: ignore[misc]
        """Take the step of that name (`projects.following.STEPS`) on the version seen.

        Raises `MatterRefused` with every reason at once, `PermissionDenied`, and `Stale`.
        """
        step = BY_NAME[name]
        if reason := self.barred(step, act.by):
            raise PermissionDenied(reason)
        act = replace(act, action=step.action).stamped()
        with self._through_the_door(), self.recording(act, expect=version):
            # What it hangs on (accounts, decisions, a problem) is changed under the same lock.
            Revision.locked_head()
            if problems := self.obstacles(step, act):
                raise MatterRefused(problems)
            self._set(step, act)
            if problems := faults(self, ()):  # what the rules above may have missed
                raise MatterRefused(problems)

    take.alters_data = True  # type: ignore[attr-defined]

    def obstacles(self: Matter, step: MatterStep, act: Act) -> list[str]:  # type: ignore[misc]
        """Everything that keeps the step from being taken, each with the way out."""
        if self.state not in step.origins or self.kind not in step.kinds:
            state = self.get_state_display()
            return [f"“{self}”现为“{state}”，不能办理“{step.verb}”。"]
        found = self.gaps(step)
        if step.hands_out:
            found += self.entry_gaps(self.entries.exists()) + self._late_problems(act)
        if step.needs_note and not act.note.strip():
            asked = "办理结果" if step.target == MatterState.FILED else "说明"
            found.append(f"办理“{step.verb}”须写明{asked}。")
        if step.needs_handling:
            found += self._unproved(step)
        if step.target == MatterState.DRAFT and self.document_number:
            found.append("已签发后撤销的督办单不能恢复，请重新开具。")
        is_again = step.is_back or step.target == MatterState.DRAFT
        if is_again and self.origin_id and self.kind == MatterKind.DECISION:
            found += self._origin_problems(type(self).objects.get(pk=self.origin_id), step)
        return found

    def gaps(self: Matter, step: MatterStep) -> list[str]:  # type: ignore[misc]
        """What has to be filled in before the step."""
        return [
            f"“{self.fact_label(name)}”还没有填写，请先补充再办理“{step.verb}”。"
            for name in step.needs
            if getattr(self, name) in (None, "")
        ]

    def entry_gaps(self: Matter, has_entries: bool) -> list[str]:  # type: ignore[misc]
        """What it has to say of the entries that it touches, once it is handed out."""
        if has_entries:
            return []
        if self.kind == MatterKind.INSTRUCTION:
            return ["领导批示须写明涉及条目。"]
        if self.kind == MatterKind.DECISION and self.origin and self.origin.entries.exists():
            return [f"议定事项须写明涉及条目（来源问题“{self.origin}”已写明涉及条目）。"]
        return []

    def _late_problems(self: Matter, act: Act) -> list[str]:  # type: ignore[misc]
        day = act.stamped().on
        if self.due_on is None or day is None or self.due_on >= day:
            return []
        return ["办理时限早于今天，请先修改办理时限再交办（签发）。"]

    def _unproved(self: Matter, step: MatterStep) -> list[str]:  # type: ignore[misc]
        return self._proof_problems(step) + [
            f"议定事项“{decision}”尚未销号，请先办结。" for decision in self.pending_decisions()
        ]

    def _proof_problems(self: Matter, step: MatterStep) -> list[str]:  # type: ignore[misc]
        """An account or a valid file is asked for; of one that came back, a later one."""
        proofs = (self.handlings.all(), self.attachments.filter(withdrawn_at=None))
        back = self._came_back()
        if any(_told_since(rows, back) if back else rows.exists() for rows in proofs):
            return []
        if step.target == MatterState.CLOSED:
            return ["没有有效的办理情况或佐证材料，不能确认销号，请退回办理。"]
        if back:
            return ["退回（恢复）办理后没有新的办理情况或佐证材料，不能提请销号；请先登记或上传。"]
        return ["没有办理情况，不能提请销号；请先登记办理情况或上传佐证材料。"]

    def _came_back(self: Matter) -> int | None:  # type: ignore[misc]
        """The number of the trail row by which the bureau last sent it back or took it up again."""
        rows = Revision.objects.of(self).filter(action__in=(Action.REJECT, Action.REOPEN))
        return rows.values_list("sequence", flat=True).first()

    def pending_decisions(self: Matter) -> list[Matter]:  # type: ignore[misc]
        """Decisions made on it that are neither struck off nor dropped."""
        made = self.led_to.filter(kind=MatterKind.DECISION)
        return list(made.exclude(state__in=ENDED).order_by("pk"))

    @staticmethod
    def _origin_problems(origin: Matter, step: MatterStep) -> list[str]:
        if origin.state in (MatterState.FILED, MatterState.CLOSED):
            state = origin.get_state_display()
            return [f"来源问题“{origin}”{state}，请先将其退回或恢复，再办理“{step.verb}”。"]
        return []

    def _set(self: Matter, step: MatterStep, act: Act) -> None:  # type: ignore[misc]
        self.note = act.note if step.needs_note and step.target != MatterState.FILED else ""
        if step.target == MatterState.FILED:
            self._sign("filed", act)
            self.outcome = act.note
        elif step.target == MatterState.CLOSED:
            self._sign("confirmed", act)
        elif step.is_back:
            self._sign("filed", None)
            self._sign("confirmed", None)
            self.outcome = ""
        elif step.target == MatterState.OPEN:
            self._hand_out(act)
        elif step.target == MatterState.DRAFT:
            self.opened_on = None  # it is handed out anew
        self.state = step.target

    def _sign(self: Matter, prefix: str, act: Act | None) -> None:  # type: ignore[misc]
        """Note who did it and when; None takes it back."""
        setattr(self, f"{prefix}_at", act.at if act else None)
        setattr(self, f"{prefix}_by_id", act.by.pk if act else None)
        setattr(self, f"{prefix}_by", act.actor_name if act else "")

    def _hand_out(self: Matter, act: Act) -> None:  # type: ignore[misc]
        """Note the day; a slip takes its number, under the lock of the trail's head."""
        assert act.at is not None
        self.state, self.opened_on = MatterState.OPEN, act.on
        if self.kind == MatterKind.SLIP:
            year = timezone.localdate(act.at).year
            issued = type(self).objects.filter(slip_year=year)
            last = issued.aggregate(last=Max("slip_number"))["last"] or 0
            self.slip_year, self.slip_number = year, last + 1

    def handing_out(self: Matter) -> MatterStep:  # type: ignore[misc]
        return handing_out(MatterKind(self.kind))

    # --- rising -----------------------------------------------------------------------

    def raise_level(self: Matter, act: Act) -> bool:  # type: ignore[misc]
        """Take an overdue problem one level up: once for one due date, and not above the province.

        Says whether it rose. `act.on` is the day on which it is asked.
        """
        act = replace(act, action=Action.RAISE).stamped()
        assert act.on is not None
        above = level_above(self.level) if self.kind == MatterKind.PROBLEM else None
        if above is None or not self.is_overdue(act.on) or self.raised_for == self.due_on:
            return False
        note = act.note or f"时限{self.due_on}已过，尚未销号，升为{above.label}。"
        with self._through_the_door(), self.recording(replace(act, note=note)):
            self.level, self.raised_for = above, self.due_on
        return True

    raise_level.alters_data = True  # type: ignore[attr-defined]


def _told_since(rows: Any, sequence: int) -> bool:
    """Was any of these records made after that row of the trail? Its order needs no clock."""
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    made = Revision.objects.filter(action__in=(Action.HANDLE, Action.ATTACH))
    made = made.filter(record_model=rows.model.trail_model(), record_key__in=keys)
    return made.filter(sequence__gt=sequence).exists()

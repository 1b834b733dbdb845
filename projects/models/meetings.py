"""联席会议、协调会: conferences on open problems, and what they decide (议定事项)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from ..choices import MatterKind, MatterState, MeetingKind, MeetingState
from ..following import MEETING_BY_NAME, MEETING_STEPS, MeetingStep
from ..rights import Right
from .doors import ByDoor, faults, next_code, unknown
from .fields import CodeField, LineField, ProseField
from .ledger import LedgerEntry
from .matters import Matter
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .sounds import nearness, sounding
from .trail import Act, Revision

PREFIX = "HY"
#: The columns that people fill in.
CONTENT = ("kind", "title", "held_on", "place", "chair", "attendees", "minutes")
#: States in which they may be changed, and the agenda with them.
OPEN = frozenset({MeetingState.PLANNED, MeetingState.HELD})
GONE = "议题已撤下，请刷新后再办理。"


class MeetingRefused(ValidationError):
    """A conference that may not be changed so; every reason at once."""


#: The columns that words are looked for in, and the title by its sound.
SEARCHED = ("code", "title", "chair", "place", "minutes")


class MeetingQuerySet(RecordedQuerySet):
    def search(self, query: str) -> Self:
        """Every word in code, title, chair, place, minutes, or the sound of the title."""
        found = self
        for word in query.split():
            said = reduce(or_, (Q(**{f"{name}__icontains": word}) for name in SEARCHED))
            if keys := sounding(self, "title", word):
                said |= Q(pk__in=keys)
            found = found.filter(said)
        return found

    def by_nearness(self, query: str) -> Self:
        """The nearest by their title first, then the latest."""
        near = nearness(self, "title", query)
        return self.annotate(nearness=near).order_by("nearness", "-code")

    def ahead(self) -> Self:
        """Being prepared."""
        return self.filter(state=MeetingState.PLANNED)

    def unfinished(self) -> Self:
        """Held, and not closed."""
        return self.filter(state=MeetingState.HELD)

    def open_(self) -> Self:
        """On whose agenda a problem can still be put."""
        return self.filter(state__in=OPEN)

    def to_close(self, day: dt.date) -> Self:
        """Its day is over: not closed, or closed and something is missing since."""
        return self.filter(Q(state__in=OPEN, held_on__lt=day) | _unsettled())

    def unsettled(self) -> Self:
        """Closed, and what `closing_problems` asks for is no longer there."""
        return self.filter(_unsettled())


class Meeting(ByDoor, Recorded):
    """One conference. Its doors: `call`, `edit`, `put_on_agenda`, `decide` and `take`.

    They hold the lock of the trail's head while they look: agenda, decisions and state are one.
    """

    keeps_versions: ClassVar[bool] = True

    code = CodeField("编号", max_length=20, unique=True)
    kind = models.CharField("会议类别", max_length=10, choices=MeetingKind.choices)
    title = LineField("会议名称", max_length=120)
    held_on = models.DateField("会议日期", null=True, blank=True)
    place = LineField("地点", max_length=100, blank=True)
    chair = LineField("主持人", max_length=40, blank=True)
    attendees = ProseField("参会单位和人员", blank=True)
    minutes = ProseField("会议纪要", blank=True)
    state = models.CharField(
        "会议状态", max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )
    note = ProseField("恢复或取消说明", blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=MeetingKind.values),
                name="meeting_kind_known",
                violation_error_message="会议类别不在表中。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=MeetingState.values),
                name="meeting_state_known",
                violation_error_message="会议状态不在表中。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(MeetingState.HELD, MeetingState.CLOSED))
                | Q(held_on__isnull=False),
                name="meeting_held_has_day",
                violation_error_message="已召开的会议须写明会议日期。",
            ),
        ]
        indexes = [models.Index(fields=["state", "held_on"], name="meeting_by_state")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return self.address("meeting", self.code)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, day: dt.date) -> bool:
        """Its day is over, and nobody has said that it was held or cancelled."""
        is_past = self.held_on is not None and self.held_on < day
        return self.state == MeetingState.PLANNED and is_past

    def history(self) -> Any:
        """The trail of it and of its agenda, what was taken off included; the latest first."""
        of_agenda = Revision.objects.filter(
            record_model=AgendaItem.trail_model(), record_code__startswith=f"{self.code}/"
        )
        return (Revision.objects.of(self) | of_agenda).order_by("-sequence")

    def standing_decisions(self) -> Any:
        """What was decided here and not dropped since."""
        return self.decisions.exclude(state=MatterState.DROPPED)

    # --- the doors --------------------------------------------------------------------

    @classmethod
    def call(cls, given: dict[str, Any], act: Act) -> Meeting:
        """Write down a conference that is to be held. `given` are columns of `CONTENT`.

        Raises `PermissionDenied`, and `MeetingRefused` with every reason.
        """
        _refuse_strangers(act.by)
        unknown(given, CONTENT)
        made = cls(**given)
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()
            made.code = next_code(cls.objects.all(), PREFIX)
            if problems := faults(made, CONTENT):
                raise MeetingRefused(problems)
            made.save(act=act)
        return made

    def edit(self, given: dict[str, Any], act: Act, *, version: int) -> None:
        """Change what people fill in. Raises as `call`, and `Stale`."""
        _refuse_strangers(act.by)
        unknown(given, CONTENT)
        with self._through_the_door(), self.recording(act, expect=version):
            if not self.is_open:
                raise MeetingRefused(f"“{self}”{self.get_state_display()}，不能再修改。")
            for name, value in given.items():
                setattr(self, name, value)
            needed = self._day_problems(act) if self.state == MeetingState.HELD else []
            if problems := needed + faults(self, given):
                raise MeetingRefused(problems)

    edit.alters_data = True  # type: ignore[attr-defined]

    def put_on_agenda(self, problem: Matter, act: Act) -> AgendaItem:
        """Put an open problem at the end of the agenda.

        Raises `PermissionDenied`, and `MeetingRefused` with every reason.
        """
        _refuse_strangers(act.by)
        made = AgendaItem(meeting=self, matter=problem)
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()
            problems = self._agenda_problems() + _not_open(problem)
            if self.agenda.filter(matter=problem).exists():
                problems.append(f"“{problem}”已列入本次会议议题。")
            if problems:
                raise MeetingRefused(problems)
            made.position = (self.agenda.aggregate(last=Max("position"))["last"] or 0) + 1
            made.save(act=act)
        return made

    put_on_agenda.alters_data = True  # type: ignore[attr-defined]

    def put_all_on_agenda(self, problems: Collection[Matter], act: Act) -> None:
        """Several in one go: all or none. Raises as `put_on_agenda`, with the reasons of all."""
        refused: list[str] = []
        with transaction.atomic():
            for problem in problems:
                try:
                    self.put_on_agenda(problem, act)
                except MeetingRefused as refusal:
                    refused += refusal.messages
            if refused:
                raise MeetingRefused(list(dict.fromkeys(refused)))

    put_all_on_agenda.alters_data = True  # type: ignore[attr-defined]

    def decide(
        self,
        given: dict[str, Any],
        act: Act,
        *,
        problem: Matter | None = None,
        entries: Collection[LedgerEntry] | None = None,
    ) -> Matter:
        """Write down what was decided, on a problem of the agenda or by itself.

        `given` as for `Matter.open_new`. With unit and due date it is handed out at once, else it
        stays a draft, which keeps the conference from being closed. It touches the entries
        of the problem unless others are given. Raises `PermissionDenied`, and `MeetingRefused` or
        `MatterRefused` with every reason.
        """
        _refuse_strangers(act.by)
        if entries is None:
            entries = list(problem.entries.all()) if problem else []
        with transaction.atomic():
            Revision.locked_head()
            if problems := self.deciding_problems(problem):
                raise MeetingRefused(problems)
            return Matter.open_new(
                MatterKind.DECISION,
                given,
                act,
                entries=entries,
                meeting=self,
                origin=problem,
                is_draft=not (given.get("unit") and given.get("due_on")),
            )

    decide.alters_data = True  # type: ignore[attr-defined]

    def _agenda_problems(self) -> list[str]:
        """As it stands now, whatever this instance knows."""
        stored = Meeting.objects.get(pk=self.pk)
        if stored.is_open:
            return []
        return [f"“{stored}”{stored.get_state_display()}，不能再改动议题。"]

    def deciding_problems(self, problem: Matter | None) -> list[str]:
        """Why nothing can be decided here (on that problem) now."""
        stored = Meeting.objects.get(pk=self.pk)
        found = []
        if stored.state != MeetingState.HELD:
            state = stored.get_state_display()
            found.append(f"“{stored}”{state}，会议召开后、办结前才能登记议定事项。")
        if problem and not self.agenda.filter(matter=problem).exists():
            found.append(f"“{problem}”不在本次会议议题中，请先列入议题。")
        return found + (_not_open(problem) if problem else [])

    # --- its state --------------------------------------------------------------------

    def steps_for(self, user: Any) -> list[MeetingStep]:
        """The steps that this person may take now."""
        may = user.may(Right.FOLLOW)
        return [step for step in MEETING_STEPS if may and self.state in step.origins]

    def take(self, name: str, act: Act, *, version: int) -> None:
        """Take the step of that name (`projects.following.MEETING_STEPS`) on the version seen.

        Raises `MeetingRefused` with every reason at once, `PermissionDenied`, and `Stale`.
        """
        step = MEETING_BY_NAME[name]
        _refuse_strangers(act.by)
        act = replace(act, action=step.action).stamped()
        with self._through_the_door(), self.recording(act, expect=version):
            Revision.locked_head()
            if problems := self.obstacles(step, act):
                raise MeetingRefused(problems)
            self.state = step.target
            self.note = act.note if step.needs_note else self.note

    take.alters_data = True  # type: ignore[attr-defined]

    def obstacles(self, step: MeetingStep, act: Act) -> list[str]:
        """Everything that keeps the step from being taken, each with the way out."""
        if self.state not in step.origins:
            return [f"“{self}”{self.get_state_display()}，不能办理“{step.verb}”。"]
        found = []
        if step.target in (MeetingState.HELD, MeetingState.CLOSED):
            found += self._day_problems(act)
        if step.target == MeetingState.CLOSED:
            found += self.closing_problems()
        if step.target == MeetingState.CANCELLED and self.standing_decisions().exists():
            found.append("会议已有议定事项，不能取消；请先撤销议定事项，或者办结会议。")
        if step.needs_note and not act.note.strip():
            found.append(f"办理“{step.verb}”须写明说明。")
        return found

    def _day_problems(self, act: Act) -> list[str]:
        day = timezone.localdate(act.at) if act.at else timezone.localdate()
        if self.held_on is None:
            return ["“会议日期”还没有填写。"]
        if isinstance(self.held_on, dt.date) and self.held_on > day:
            return [f"会议日期 {self.held_on} 晚于今天，请填写实际召开的日期。"]
        return []

    def closing_problems(self) -> list[str]:
        """What is still open about agenda and decisions: it is not closed without an action."""
        items = list(self.agenda.select_related("matter"))
        decisions = list(self.standing_decisions().order_by("pk"))
        if not items and not decisions:
            return ["会议没有议题，也没有议定事项，不能办结。"]
        decided = {decision.origin_id for decision in decisions}
        return [
            f"议题“{item.matter}”没有议定措施；请登记议定事项，或者写明议题结论。"
            for item in items
            if item.matter_id not in decided and not item.outcome
        ] + [sentence for decision in decisions for sentence in _undirected(decision)]

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise MeetingRefused("会议只能由相应的办理改变，不能直接修改。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("会议不能删除；不再召开的，请办理“取消”并写明原因。")


class AgendaItem(ByDoor, Recorded):
    """议题: a problem on the agenda of a conference. Its doors: `tell` and `take_off`."""

    keeps_versions: ClassVar[bool] = True

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="agenda", verbose_name="会议")
    matter = models.ForeignKey(
        Matter, models.PROTECT, related_name="agenda_items", verbose_name="问题"
    )
    position = models.PositiveSmallIntegerField("顺序")
    outcome = ProseField("议题结论", blank=True, help_text="没有形成议定事项的，写明结论。")

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议议题"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["meeting", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "matter"],
                name="agenda_once",
                violation_error_message="这一问题已列入本次会议议题。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting.code}议题{self.matter.code}"

    def trail_code(self) -> str:
        return f"{self.meeting.code}/{self.matter.code}"

    def tell(self, outcome: str, act: Act, *, version: int) -> None:
        """Say what came of it. Raises `PermissionDenied`, `MeetingRefused`, and `Stale`."""
        _refuse_strangers(act.by)
        with self._through_the_door(), self.recording(act, expect=version):
            Revision.locked_head()
            self.outcome = outcome
            if problems := self.meeting._agenda_problems() + faults(self, ["outcome"]):
                raise MeetingRefused(problems)

    tell.alters_data = True  # type: ignore[attr-defined]

    def take_off(self, act: Act, *, version: int) -> None:
        """Off the agenda; refused once something was decided on it. Raises as `tell`."""
        _refuse_strangers(act.by)
        with transaction.atomic(), self._through_the_door():
            self.locked(version)
            Revision.locked_head()
            problems = self.meeting._agenda_problems()
            if self.meeting.standing_decisions().filter(origin=self.matter_id).exists():
                problems.append(f"“{self.matter}”已有议定事项，不能撤下议题。")
            if problems:
                raise MeetingRefused(problems)
            self.delete(act=act)

    take_off.alters_data = True  # type: ignore[attr-defined]

    def locked(self, expect: int) -> Recorded:
        try:
            return super().locked(expect)
        except AgendaItem.DoesNotExist:
            raise MeetingRefused(GONE) from None

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        if not self._by_door:
            raise ValidationError("议题只能由“撤下议题”撤下。")
        return super().delete(*args, **kwargs)

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise MeetingRefused("议题只能由相应的办理改变，不能直接修改。")


def _unsettled() -> Any:
    """The condition of `unsettled`: the same as `closing_problems`, of many."""
    standing = Matter.objects.decisions().exclude(state=MatterState.DROPPED)
    items = AgendaItem.objects.filter(meeting=OuterRef("pk")).order_by()
    here = standing.filter(meeting=OuterRef("pk")).order_by()
    on_item = standing.filter(meeting=OuterRef("meeting"), origin=OuterRef("matter")).order_by()
    without_action = Exists(items.filter(~Exists(on_item), outcome=""))
    is_empty = ~Exists(items) & ~Exists(here)
    is_undirected = Exists(here.filter(state=MatterState.DRAFT))
    return Q(state=MeetingState.CLOSED) & Q(without_action | is_empty | is_undirected)


def _refuse_strangers(user: Any) -> None:
    if not user.may(Right.FOLLOW):
        raise PermissionDenied("会议由同城化局办理。")


def _not_open(problem: Matter) -> list[str]:
    """As it stands now."""
    stored = Matter.objects.get(pk=problem.pk)
    if stored.kind == MatterKind.PROBLEM and stored.state == MatterState.OPEN:
        return []
    return [f"“{stored}”不是办理中的问题，不能列入议题或就其议定事项。"]


def _undirected(decision: Matter) -> list[str]:
    """Why nobody can be held to a decision yet."""
    if decision.state != MatterState.DRAFT:
        return []
    step = decision.handing_out()
    missing = "、".join(
        decision.fact_label(name) for name in step.needs if getattr(decision, name) in (None, "")
    )
    if missing:
        return [f"议定事项“{decision}”没有{missing}，请补充后交办。"]
    return [f"议定事项“{decision}”还没有交办。"]

"""事项: problems, decisions of conferences, leaders' instructions and supervision slips.

All four are followed up in one way: handed out to a unit with a due date, handled, filed for
销号 with what was achieved, and confirmed by another person
(`docs/decisions/0020-matters.md`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.timezone import localdate

from ..choices import (
    PENDING,
    Action,
    CoordinationLevel,
    Difficulty,
    Light,
    MatterKind,
    MatterState,
    SlipColour,
)
from ..following import PHASES, document_number
from ..lights import DEADLINE_ALONE, Reading, Rule, Standing, read
from ..rights import Right
from .doors import faults, next_code, unknown
from .fields import CodeField, LineField, ProseField
from .handlings import Handling
from .ledger import LedgerEntry
from .matteredits import edit_problems
from .matterrows import MatterQuerySet
from .matterrules import CONSTRAINTS
from .mattersteps import FollowedByStep, MatterRefused
from .organisations import Organisation
from .recorded import Facts, Recorded
from .reports import Report
from .trail import Act, Revision

if TYPE_CHECKING:
    from .meetings import Meeting

#: The columns that people fill in, of all kinds and of each.
SHARED = ("title", "text", "unit", "responsible_person", "due_on")
OWN: dict[MatterKind, tuple[str, ...]] = {
    MatterKind.PROBLEM: ("category", "level"),
    MatterKind.DECISION: (),
    MatterKind.INSTRUCTION: ("leader",),
    MatterKind.SLIP: ("colour",),
}
#: States in which they may be changed.
EDITABLE = frozenset({MatterState.DRAFT, MatterState.OPEN})
#: No clock runs for what is not handed out.
AT_REST = {
    MatterState.DRAFT: "拟办，不计时限",
    MatterState.DROPPED: "已撤销，不计时限",
}
#: What may come of another matter.
FROM_OTHERS = frozenset({MatterKind.SLIP, MatterKind.DECISION})


class Matter(FollowedByStep, Recorded):
    """One thing to be done by somebody. Its doors: `open_new`, `edit`, `handle`, `take` and
    `raise_level`.
    """

    keeps_versions: ClassVar[bool] = True

    kind = models.CharField("类别", max_length=12, choices=MatterKind.choices)
    code = CodeField("编号", max_length=20, unique=True)
    title = LineField("标题", max_length=120)
    text = ProseField("内容", blank=True, help_text="写明事由和要求，不写涉密内容。")
    entries = models.ManyToManyField(
        LedgerEntry, blank=True, related_name="matters", verbose_name="涉及条目"
    )
    unit = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="matters",
        verbose_name="责任单位",
    )
    responsible_person = LineField("责任人", max_length=40, blank=True)
    due_on = models.DateField("办理时限", null=True, blank=True)
    opened_on = models.DateField("交办（签发）日期", null=True, blank=True)
    state = models.CharField(
        "办理状态", max_length=10, choices=MatterState.choices, default=MatterState.DRAFT
    )
    category = models.CharField("问题类别", max_length=24, blank=True, choices=Difficulty.choices)
    level = models.CharField(
        "协调层级", max_length=10, blank=True, choices=CoordinationLevel.choices
    )
    raised_for = models.DateField("已因此时限升级", null=True, blank=True)
    leader = LineField("批示领导", max_length=40, blank=True)
    colour = models.CharField("督办等级", max_length=10, blank=True, choices=SlipColour.choices)
    slip_year = models.PositiveSmallIntegerField("督办单年份", null=True, blank=True)
    slip_number = models.PositiveIntegerField("督办单序号", null=True, blank=True)
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="matters",
        verbose_name="来源月报",
    )
    meeting = models.ForeignKey(
        "projects.Meeting",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name="议定会议",
    )
    origin = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_to",
        verbose_name="来源事项",
    )
    outcome = ProseField("办理结果", blank=True)
    filed_at = models.DateTimeField("提请时间", null=True, blank=True)
    filed_by_id = models.BigIntegerField("提请人编号", null=True, blank=True)
    filed_by = LineField("提请人", max_length=400, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by_id = models.BigIntegerField("确认人编号", null=True, blank=True)
    confirmed_by = LineField("确认人", max_length=400, blank=True)
    note = ProseField("退回、恢复或撤销说明", blank=True)

    objects = MatterQuerySet.as_manager()

    #: What a line of a list shows besides: told by `FollowUps`.
    lit: Reading | None = None
    last_handling: Handling | None = None

    class Meta:
        verbose_name = verbose_name_plural = "问题与督办事项"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["code"]
        constraints = CONSTRAINTS
        indexes = [
            models.Index(fields=["kind", "state", "due_on"], name="matter_by_due"),
            models.Index(fields=["unit", "state", "due_on"], name="matter_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return self.address("matter", self.code)

    # --- what the trail keeps ---------------------------------------------------------

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        return {"unit_name": str(self.unit or "")}

    def related_facts(self) -> Facts:
        entries = sorted(self.entries.all(), key=lambda entry: entry.code)
        return {
            "entries": {
                "value": [entry.code for entry in entries],
                "text": "、".join(str(entry) for entry in entries),
            }
        }

    def gather(self) -> None:
        self._prefetched_objects_cache: dict[str, Any] = {}

    # --- how it stands ----------------------------------------------------------------

    @property
    def document_number(self) -> str:
        """`成资同城督〔2026〕1号`; empty for what is no issued slip."""
        if self.slip_year is None or self.slip_number is None:
            return ""
        return document_number(self.slip_year, self.slip_number)

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def takes_proof(self) -> bool:
        """May files be attached? What is filed stays as the second person finds it."""
        return self.state in EDITABLE

    @property
    def rests_on_proof(self) -> bool:
        """Filed or closed on the files that it has?"""
        return self.state in (MatterState.FILED, MatterState.CLOSED)

    def is_overdue(self, day: dt.date) -> bool:
        """The same as `overdue`, of this one."""
        return self.state == MatterState.OPEN and self.due_on is not None and self.due_on < day

    def reading(self, day: dt.date, rule: Rule = DEADLINE_ALONE) -> Reading:
        """The light on that day, with its reason; what is filed waits for the second person.

        Of the office's rule the deadline counts: a matter has no per cent.
        """
        if words := self._words_at_rest():
            return Reading(Light.GREY, words)
        standing = Standing(PHASES[MatterState(self.state)], due_on=self.due_on)
        return read(standing, replace(rule, reads_progress=False, silent=None), day)

    def _words_at_rest(self) -> str:
        """Why no clock runs for its unit; empty while it runs, and when it is closed."""
        if self.state == MatterState.FILED:
            is_late = self.filed_at and self.due_on and localdate(self.filed_at) > self.due_on
            return "已提请销号，待确认（逾期提请）" if is_late else "已提请销号，待确认"
        return AT_REST.get(MatterState(self.state), "")

    # --- the doors --------------------------------------------------------------------

    @classmethod
    def columns_of(cls, kind: MatterKind) -> tuple[str, ...]:
        """The columns that people fill in for a matter of that kind."""
        return SHARED + OWN[kind]

    @classmethod
    def told_by(cls, report: Report) -> dict[str, Any]:
        """What a form for a problem that a report tells of begins with."""
        told = [report.problems, report.coordination]
        first = next((text for text in reversed(told) if text), "")
        return {
            "title": first.split("\n")[0][:120],
            "text": "\n".join(text for text in told if text),
            "unit": report.unit,
            "level": report.coordination_level,
            "entries": [report.entry],
        }

    @classmethod
    def open_new(
        cls,
        kind: MatterKind,
        given: dict[str, Any],
        act: Act,
        *,
        entries: Collection[LedgerEntry] = (),
        report: Report | None = None,
        meeting: Meeting | None = None,
        origin: Matter | None = None,
        is_draft: bool = False,
    ) -> Matter:
        """Write down a matter and hand it out at once, or keep it as a draft (拟办).

        `given` are columns of `columns_of(kind)`. Raises `PermissionDenied`, and
        `MatterRefused` with every reason.
        """
        if not act.by.may(Right.FOLLOW):
            raise PermissionDenied(f"登记{kind.label}由同城化局办理。")
        unknown(given, cls.columns_of(kind))
        act = act.stamped()
        made = cls(kind=kind, report=report, meeting=meeting, origin=origin, **given)
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()
            made.code = next_code(cls.objects.all(), kind.prefix)
            problems = [] if is_draft else made._open_gaps(bool(entries))
            problems += made._source_problems()
            if not problems and not is_draft:
                made._hand_out(act)
            if problems := problems + faults(made, cls.columns_of(kind)):
                raise MatterRefused(problems)
            with made.recording(act):
                made.entries.set(entries)
        return made

    def _open_gaps(self, has_entries: bool) -> list[str]:
        """What it has to say for as long as it is handed out."""
        return self.gaps(self.handing_out()) + self.entry_gaps(has_entries)

    def _source_problems(self) -> list[str]:
        """Why it cannot come of its origin, as that stands now."""
        if self.origin_id is None:
            return []
        if self.kind not in FROM_OTHERS:
            return ["只有督办单和议定事项可以由其他事项引出。"]
        origin = type(self).objects.get(pk=self.origin_id)
        if origin.is_pending:
            return []
        told = "尚未交办" if origin.state == MatterState.DRAFT else origin.get_state_display()
        return [f"来源事项“{origin}”{told}，不能据以登记其他事项。"]

    def edit(
        self,
        given: dict[str, Any],
        act: Act,
        *,
        version: int,
        entries: Collection[LedgerEntry] | None = None,
    ) -> None:
        """Change what people fill in; of what is handed out, with the reason in `act.note`.

        Raises `PermissionDenied`, `MatterRefused` with every reason, and `Stale`.
        """
        if not act.by.may(Right.FOLLOW):
            raise PermissionDenied(f"修改{self.get_kind_display()}由同城化局办理。")
        unknown(given, self.columns_of(MatterKind(self.kind)))
        with self._through_the_door(), self.recording(act, expect=version):
            before = set(self.entries.values_list("pk", flat=True))
            after = before if entries is None else {entry.pk for entry in entries}
            if problems := self._edit_problems(given, act, moves_entries=before != after):
                raise MatterRefused(problems)
            for name, value in given.items():
                setattr(self, name, value)
            needed = [] if self.state == MatterState.DRAFT else self._open_gaps(bool(after))
            if problems := needed + faults(self, given):
                raise MatterRefused(problems)
            if entries is not None:
                self.entries.set(entries)

    edit.alters_data = True  # type: ignore[attr-defined]

    def _edit_problems(
        self, given: dict[str, Any], act: Act, *, moves_entries: bool = False
    ) -> list[str]:
        if self.state not in EDITABLE:
            return [
                f"“{self}”{self.get_state_display()}，不能再修改；需要修改的，请先退回或恢复办理。"
            ]
        return edit_problems(self, given, act, moves_entries=moves_entries)

    def handle(self, told: str, act: Act) -> Handling:
        """Append what was done; `act.on` is the day on which it was.

        Raises `PermissionDenied`, and `MatterRefused` with every reason.
        """
        self.refuse_strangers(act.by)
        act = replace(act, action=Action.HANDLE).stamped()
        made = Handling.told_of(self, told, act)
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()  # steps are taken under the same lock
            if problems := self._handling_problems(act) + made.faults():
                raise MatterRefused(problems)
            made.save(act=act)
        return made

    handle.alters_data = True  # type: ignore[attr-defined]

    def refuse_strangers(self, user: Any) -> None:
        """Raise `PermissionDenied` for who may not tell what was done."""
        if not self.may_be_handled_by(user):
            raise PermissionDenied(
                f"只有{self.unit or '责任单位'}的填报人和同城化局可以登记办理情况。"
            )

    def _handling_problems(self, act: Act) -> list[str]:
        stored = type(self).objects.get(pk=self.pk)
        if stored.state != MatterState.OPEN:
            return [f"“{stored}”{stored.get_state_display()}，不能登记办理情况。"]
        if act.on and stored.opened_on and act.on < stored.opened_on:
            return [f"办理日期不能早于交办日期（{stored.opened_on}）。"]
        return []

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if self._by_door:
            return
        if not isinstance(stored, Matter):
            raise MatterRefused("问题与督办事项只能由登记办理，不能直接写入。")
        if stored.state not in EDITABLE:
            raise MatterRefused(f"“{stored}”{stored.get_state_display()}，不能再修改。")
        open_to = set(self.columns_of(MatterKind(stored.kind))) - {"level"}
        for field in self.recorded_fields():
            changed = getattr(stored, field.attname) != getattr(self, field.attname)
            if changed and field.name not in open_to:
                raise MatterRefused(f"“{field.verbose_name}”只能随相应的办理改变，不能直接修改。")
        if problems := edit_problems(stored, {n: getattr(self, n) for n in open_to}, act):
            raise MatterRefused(problems)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("问题与督办事项不能删除；不再办理的，请撤销并写明原因。")

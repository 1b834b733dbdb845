"""月报填报: what a unit says of one entry for one month.

A report goes from the unit's reporter to the unit's head (审定) to the bureau; what the
bureau accepts becomes the entry. The table of steps is `projects.reporting`, the door for
them `reportsteps`.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..choices import OPEN_TO_TYPING, OUTSTANDING, CoordinationLevel, DeclaredLight, ReportState
from ..investment import YearProgress
from ..reporting import STANDSTILL, Figures, doubts
from ..rights import Right
from .fields import LineField, ProseField
from .ledger import LedgerEntry
from .organisations import Organisation
from .recorded import Facts, Recorded
from .reportrows import ReportQuerySet
from .reportsteps import MovesByReportStep, ReportRefused
from .reportyear import year_of
from .rounds import Round
from .trail import Act, Revision

#: The columns that the unit fills in.
CONTENT = (
    "progress",
    "percent",
    "invested_month",
    "invested_total",
    "problems",
    "coordination",
    "coordination_level",
    "next_step",
    "light",
)
#: What is carried over from the month before; the month's own amount and light are not.
CARRIED = tuple(name for name in CONTENT if name not in ("invested_month", "light"))


class Report(MovesByReportStep, Recorded):
    """One entry in one month. Money in 万元.

    Rows are laid out when the round is opened, at version 0 and without a trail row of their
    own: the round's row vouches for them (`Round.due_digest`).
    """

    unrecorded: ClassVar[frozenset[str]] = Recorded.unrecorded | {"laid_out_on"}

    round = models.ForeignKey(Round, models.PROTECT, related_name="reports", verbose_name="月份")
    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="reports", verbose_name="条目"
    )
    unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="reports", verbose_name="填报单位"
    )
    laid_out_on = models.DateField("列入应报日期", null=True, editable=False)
    state = models.CharField(
        "报送状态", max_length=10, choices=ReportState.choices, default=ReportState.DUE
    )
    progress = ProseField(
        "形象进度", blank=True, help_text="截至本月末的进展，据实填写；已完成的写明何时完成。"
    )
    percent = models.PositiveSmallIntegerField(
        "完成百分比",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="0至100的整数；不清楚的留空，不要填0。",
    )
    invested_month = models.DecimalField(
        "本月完成投资（万元）",
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="当月新增；没有投资任务的留空。",
    )
    invested_total = models.DecimalField(
        "开工以来累计完成投资（万元）",
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="自开工至本月末的合计。",
    )
    problems = ProseField("存在问题", blank=True, help_text="没有问题的留空。")
    coordination = ProseField(
        "需协调事项", blank=True, help_text="需要上级协调的，写明事项和建议。"
    )
    coordination_level = models.CharField(
        "协调层级",
        max_length=10,
        blank=True,
        choices=CoordinationLevel.choices,
        help_text="有需协调事项的须选择。",
    )
    next_step = ProseField("下一步工作", blank=True, help_text="写明做什么、谁来做、何时完成。")
    light = models.CharField(
        "申报亮灯",
        max_length=10,
        blank=True,
        choices=DeclaredLight.choices,
        help_text="本单位对本月进展的判断；与系统按规则亮的灯并列显示。",
    )
    has_doubts = models.BooleanField("有提示", default=False)
    submitted_at = models.DateTimeField("提交时间", null=True)
    submitted_by_id = models.BigIntegerField("填报人编号", null=True)
    submitted_by = LineField("填报人", max_length=400, blank=True)
    first_signed_on = models.DateField("首次审定日期", null=True)
    signed_at = models.DateTimeField("审定时间", null=True)
    signed_by_id = models.BigIntegerField("审定人编号", null=True)
    signed_by = LineField("审定人", max_length=400, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = LineField("审核人", max_length=400, blank=True)
    note = ProseField("退回或免报说明", blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月报填报"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["round", "entry__code"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "entry"],
                name="report_one_per_month",
                violation_error_message="本月这一条目已有填报。",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__range=(0, 100)),
                name="report_percent_0_100",
                violation_error_message="完成百分比须在0至100之间。",
            ),
            models.CheckConstraint(
                condition=Q(invested_total__isnull=True) | Q(invested_total__gte=0),
                name="report_total_not_negative",
                violation_error_message="累计完成投资不能为负数。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values),
                name="report_state_known",
                violation_error_message="报送状态不在表中。",
            ),
        ]
        indexes = [
            models.Index(fields=["round", "unit", "state"], name="report_by_unit"),
            # Who has not reported: asked by every filter by light.
            models.Index(
                fields=["round", "first_signed_on", "state", "laid_out_on", "entry"],
                name="report_missing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry.name}（{self.round.period.label}）"

    def get_absolute_url(self) -> str:
        return self.address("report", self.round.period, self.entry.code)

    def trail_code(self) -> str:
        return f"{self.round.period}/{self.entry.code}"

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        return {"unit_name": str(self.unit)}

    @property
    def is_typed(self) -> bool:
        """Does it say anything?"""
        return any(getattr(self, name) not in (None, "") for name in CONTENT)

    @property
    def is_waived(self) -> bool:
        return self.state == ReportState.WAIVED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_TO_TYPING and not self.round.is_frozen

    @property
    def said_why(self) -> str:
        """Why it was returned, or need not be made."""
        return self.note if self.state in (ReportState.RETURNED, ReportState.WAIVED) else ""

    def is_late(self, day: dt.date) -> bool:
        """The same as `late`, of this one."""
        if self.state == ReportState.WAIVED:
            return False
        if self.first_signed_on:
            return self.first_signed_on > self.round.due_on
        ended = timezone.localdate(self.round.closed_at) if self.round.closed_at else day
        return self.state in OUTSTANDING and ended > self.round.due_on

    def differences(self, before: Facts, after: Facts) -> list[dict[str, Any]]:
        """The first change of a blank report tells all of it: there is no row before."""
        changes = super().differences(before, after)
        return super().differences({}, after) if changes and self.version == 0 else changes

    # --- what it is compared with -----------------------------------------------------

    @property
    def figures(self) -> Figures:
        return Figures(self.progress, self.percent, self.invested_month, self.invested_total)

    @cached_property
    def earlier(self) -> list[Report]:
        """The last reports on this entry for months before, the latest first."""
        rows = type(self).objects.filter(entry=self.entry_id)
        return list(rows.told_before(self.round)[: STANDSTILL - 1])

    @property
    def before(self) -> Report | None:
        return self.earlier[0] if self.earlier else None

    def carried(self) -> dict[str, Any]:
        """What to begin with: last month's words, else those of the ledger."""
        if self.before:
            return {name: getattr(self.before, name) for name in CARRIED}
        entry = self.entry
        begin: dict[str, Any] = dict.fromkeys(CARRIED, "")
        begin |= {"progress": entry.progress, "next_step": entry.next_step}
        return begin | {"percent": entry.percent_complete, "invested_total": None}

    def doubts(self) -> list[str]:
        """What should be looked at again; none of it is a refusal."""
        return doubts(
            self.figures,
            [report.figures for report in self.earlier],
            total_investment=self.entry.total_investment,
            is_finished=self.entry.finished_on is not None,
        )

    @property
    def year(self) -> YearProgress:
        """Money against time in the year up to this month. Two queries."""
        return year_of(self)

    def gaps(self) -> list[str]:
        """What has to be filled in before submitting."""
        found = []
        if not self.progress:
            found.append("“形象进度”还没有填写。")
        if self.coordination and not self.coordination_level:
            found.append("填写了“需协调事项”，请选择“协调层级”。")
        if self.coordination_level and not self.coordination:
            found.append("选择了“协调层级”，请填写“需协调事项”。")
        return found

    # --- the doors --------------------------------------------------------------------

    def may_be_filled_by(self, user: Any) -> bool:
        """Those of its unit, and the bureau for them."""
        return user.may(Right.ROUNDS) or self._is_of_unit(user, Right.REPORT)

    def _is_of_unit(self, user: Any, right: Right) -> bool:
        return bool(user.may(right) and user.unit_id == self.unit_id)

    def fill(self, given: dict[str, Any], act: Act, *, version: int) -> None:
        """Set what the unit says (columns of `CONTENT`).

        Raises `PermissionDenied`, `ReportRefused`, and `Stale` when the report is no longer at
        that version.
        """
        if not self.may_be_filled_by(act.by):
            raise PermissionDenied(f"只有{self.unit}的填报人和同城化局可以填写这份月报。")
        if problems := self.invalid(given):
            raise ReportRefused([sentence for told in problems.values() for sentence in told])
        with self.recording(act, expect=version):
            for name in CONTENT:
                if name in given:
                    setattr(self, name, given[name])
            if self.state == ReportState.DUE and self.is_typed:
                self.state = ReportState.DRAFT

    fill.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def invalid(cls, given: dict[str, Any]) -> dict[str, list[str]]:
        """What cannot be kept, by column: the same for page, sheet and program."""
        found = {}
        for name, value in given.items():
            try:
                cls._meta.get_field(name).clean(value, None)  # type: ignore[union-attr]
            except ValidationError as problem:
                found[name] = problem.messages
        return found

    def locked(self, expect: int) -> Recorded:
        """The stored row shares the round, entry and unit that are read already."""
        stored = super().locked(expect)
        for name in ("round", "entry", "unit"):
            if getattr(stored, f"{name}_id") == getattr(self, f"{name}_id"):
                setattr(stored, name, getattr(self, name))
        return stored

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door, and anything once the month is frozen."""
        # Closing holds the trail's head as well: one of the two comes first.
        Revision.locked_head()
        month = Round.objects.get(pk=self.round_id)
        if month.is_frozen:
            raise ReportRefused(f"{month}已经冻结，不能再填报或办理。")
        if isinstance(stored, Report) and self._taking is None:
            self._refuse_to_pass_doors(stored)
        self.has_doubts = bool(self.is_typed and self.doubts())

    def _refuse_to_pass_doors(self, stored: Report) -> None:
        begun = (stored.state, self.state) == (ReportState.DUE, ReportState.DRAFT)
        if stored.state != self.state and not begun:
            raise ReportRefused("报送状态只能随提交、审定、审核改变，不能直接修改。")
        changed = [n for n in CONTENT if getattr(stored, n) != getattr(self, n)]
        if changed and stored.state not in OPEN_TO_TYPING:
            state = stored.get_state_display()
            raise ReportRefused(f"这份月报现为“{state}”，不能再改；需要修改的，请先撤回或退回。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("月报填报不能删除；不需要报送的，请办理“本月免报”。")

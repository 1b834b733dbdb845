"""月报: the round of a month. Once it is closed the month is frozen: what is shown for it is
read as at the moment of its closing, and later changes belong to later months.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from ..choices import Action, Ledger
from ..periods import AsOf, Month, today
from .fields import LineField
from .recorded import Facts, Recorded
from .recordedrows import RecordedQuerySet
from .reportingrules import ReportingRule
from .trail import Act, Mark, Revision, digest


class RoundRefused(ValidationError):
    """A round that may not be opened or closed; every reason at once."""


class RoundQuerySet(RecordedQuerySet):
    def of(self, month: Month) -> Round | None:
        return self.filter(month=month.first).first()

    def frozen(self) -> Self:
        return self.exclude(closed_at=None)


class Round(Recorded):
    """One month. `figures` are the counts at its closing (`projects.rounds.Figures`)."""

    keeps_versions: ClassVar[bool] = True

    month = models.DateField("月份", unique=True)
    due_on = models.DateField("报送截止日期")
    opened_at = models.DateTimeField("开启时间")
    opened_by = LineField("开启人", max_length=400)
    closed_at = models.DateTimeField("冻结时间", null=True)
    closed_by = LineField("冻结人", max_length=400, blank=True)
    trail_sequence = models.BigIntegerField("冻结时变更记录末条", null=True)
    trail_digest = models.CharField("冻结时变更记录末条摘要", max_length=64, blank=True)
    figures = models.JSONField("冻结时各项数字", default=dict)
    reports_due = models.PositiveIntegerField("应报条数", default=0)
    due_digest = models.CharField("应报清单摘要", max_length=64, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月报"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None, trail_sequence=None, closed_by="")
                | models.Q(closed_at__isnull=False, trail_sequence__isnull=False),
                name="round_frozen_whole",
                violation_error_message="冻结的月报须写明冻结时间和变更记录末条。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.period.label}月报"

    def get_absolute_url(self) -> str:
        return self.address("round", self.period)

    @property
    def period(self) -> Month:
        return Month(self.month)

    @property
    def is_frozen(self) -> bool:
        return self.closed_at is not None

    @property
    def state(self) -> str:
        return "已冻结" if self.is_frozen else "报送中"

    @property
    def close_of(self) -> AsOf | None:
        """The moment as at which the month is read; None while it is open."""
        if self.closed_at is None:
            return None
        return AsOf(timezone.localdate(self.closed_at), self.closed_at, self.period)

    def trail_code(self) -> str:
        return str(self.period)

    def facts(self) -> Facts:
        facts = super().facts()
        counts: Counter[str] = Counter()
        for ledger, *_, count in self.figures.get("entries", ()):
            counts[ledger] += count
        facts["figures"]["text"] = "，".join(
            f"{ledger.label}{counts[ledger]}" for ledger in Ledger if counts
        )
        return facts

    # --- opening and closing ----------------------------------------------------------

    @classmethod
    def opening_problems(cls, month: Month, day: dt.date) -> list[str]:
        """Everything that keeps the round of a month from being opened on that day."""
        found = []
        if month.first > day:
            found.append(f"{month.label}还没有到，不能开启月报。")
        if cls.objects.filter(month=month.first).exists():
            found.append(f"{month.label}的月报已经开启。")
        first = Revision.objects.order_by("sequence").first()
        began = Month.of(timezone.localdate(first.recorded_at)) if first else Month.of(day)
        if month.following.first < began.first:
            found.append(f"变更记录自{began.label}起，{month.label}的台账无从冻结。")
        later = cls.objects.frozen().filter(month__gt=month.first).first()
        if later:
            found.append(f"{later}已经冻结，不能再补开更早月份的月报。")
        return found

    @classmethod
    def open(cls, month: Month, act: Act, due: Collection[tuple[int, int]] = ()) -> Round:
        """Open the round of a month; `due` are the entries to be reported on and their units.

        Raises `RoundRefused` with every reason.
        """
        act = replace(act, action=Action.OPEN).stamped()
        assert act.at is not None
        with transaction.atomic():
            Revision.locked_head()  # openings follow one another
            if problems := cls.opening_problems(month, timezone.localdate(act.at)):
                raise RoundRefused(problems)
            opened = cls(
                month=month.first,
                due_on=ReportingRule.of(month).due_on(month),
                opened_at=act.at,
                opened_by=act.actor_name,
            )
            opened.expect(due)
            opened.save(act=act)
        return opened

    def expect(self, due: Collection[tuple[int, int]]) -> None:
        """Note on which entries reports are due from whom: the trail vouches for the list."""
        self.reports_due, self.due_digest = len(due), digest(sorted(due))

    def closing_problems(self, day: dt.date) -> list[str]:
        """Everything that keeps the round from being closed on that day."""
        found = []
        if self.is_frozen:
            found.append(f"{self}已经冻结。")
        if day <= self.period.last:
            found.append(f"{self.period.label}还没有过完，{self.period.last}之后才能冻结。")
        earlier = type(self).objects.filter(month__lt=self.month, closed_at=None).last()
        if earlier:
            found.append(f"{earlier}还没有冻结，请先冻结较早的月份。")
        return found

    def refuse_closing(self, day: dt.date) -> None:
        """Raise `RoundRefused` when the round may not be closed on that day."""
        if problems := self.closing_problems(day):
            raise RoundRefused(problems)

    def freeze(self, mark: Mark, figures: dict[str, Any], act: Act, *, version: int) -> None:
        """Close the round as at a mark that was set just now, with the counts of then.

        Raises `RoundRefused`, and `Stale` when the round is no longer at that version.
        """
        act = replace(act, action=Action.FREEZE, at=act.at or timezone.now()).stamped()
        with self.recording(act, expect=version):
            Revision.locked_head()  # no earlier month is opened meanwhile
            self.refuse_closing(timezone.localdate(mark.moment))
            self.closed_at, self.closed_by = mark.moment, act.actor_name
            self.trail_sequence, self.trail_digest = mark.sequence, mark.digest
            self.figures = figures

    freeze.alters_data = True  # type: ignore[attr-defined]

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("月报不能删除。")


def close_of(month: Month) -> AsOf:
    """The closing of a month. Raises `RoundRefused` when it is not frozen (yet)."""
    found = Round.objects.of(month)
    example = min(month.last, today()) if month.first <= today() else today()
    way_out = f"请写某一天，如 {example.isoformat()}。"
    if found is None:
        raise RoundRefused(f"{month.label}没有月报，{way_out}")
    if found.close_of is None:
        raise RoundRefused(f"{month.label}的月报还没有冻结，{way_out}")
    return found.close_of

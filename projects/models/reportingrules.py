"""When reports are due: the days of the yearly notice, and the office's own rule."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from ..periods import Month, working_day_from
from .fields import LineField
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act

#: Units report by this day of the following month, where the office has no rule of its own.
DUE_DAY = 7


class CalendarDay(Recorded):
    """节假日安排: a day that differs from Monday to Friday, after the State Council's notice."""

    keeps_versions: ClassVar[bool] = True

    day = models.DateField("日期", unique=True)
    is_working = models.BooleanField(
        "上班", default=False, help_text="调休上班的周末勾选；放假的工作日不勾选。"
    )
    name = LineField("说明", max_length=60, help_text="例如“国庆节”“国庆节调休上班”。")

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "节假日安排"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.is_working else '放假'}（{self.name}）"

    def trail_code(self) -> str:
        return str(self.day)


class ReportingRule(Recorded):
    """报送规则 from a month on: the day by which units report, and whether they do so here."""

    keeps_versions: ClassVar[bool] = True

    since = models.DateField("自哪个月起", unique=True, help_text="写该月1日，例如 2026-07-01。")
    due_day = models.PositiveSmallIntegerField(
        "次月几日前报送",
        default=DUE_DAY,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text="1至28；遇节假日顺延到其后第一个工作日。已开启的月报不受影响。",
    )
    takes_reports = models.BooleanField(
        "各单位在本系统填报", default=True, help_text="不勾选的月份只开启和冻结，不生成应报清单。"
    )

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报送规则"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["since"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(due_day__range=(1, 28)),
                name="rule_due_day_1_28",
                violation_error_message="报送日须在1至28之间。",
            )
        ]

    def __str__(self) -> str:
        return f"自{Month(self.since).label}起，次月{self.due_day}日前报送"

    def trail_code(self) -> str:
        return str(Month(self.since))

    def settle(self, stored: Recorded | None, act: Act) -> None:
        self.since = self.since.replace(day=1)

    def clean(self) -> None:
        super().clean()
        if self.since and self.since.day != 1:
            raise ValidationError({"since": f"请写该月1日，例如 {self.since.replace(day=1)}。"})

    @classmethod
    def of(cls, month: Month) -> ReportingRule:
        """The rule for reports on that month; the common one where the office has none."""
        found: Any = cls.objects.filter(since__lte=month.first).last()
        return found or cls(since=month.first)

    def due_on(self, month: Month) -> dt.date:
        """The day by which the reports on that month are due: a working day."""
        named = month.following.first.replace(day=self.due_day)
        days = CalendarDay.objects.filter(day__gte=named, day__lt=named + dt.timedelta(days=31))
        return working_day_from(named, dict(days.values_list("day", "is_working")))


def unknown_years(day: dt.date) -> list[int]:
    """The years around that day, so far as they are near, whose notice is not entered."""
    years = {day.year, (day + dt.timedelta(days=31)).year}
    known = set(CalendarDay.objects.values_list("day__year", flat=True).order_by().distinct())
    return sorted(years - known)

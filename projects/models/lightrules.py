"""亮灯规则: the office's thresholds and colours, and the clock of a day that is made of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Greatest, TruncDate

from ..choices import Action, Light, ReportState
from ..lights import DEADLINE_ALONE, Rule
from ..periods import AsOf
from .clocks import Clock
from .fields import LineField
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .recordversions import RecordVersion
from .reports import Report
from .rounds import Round
from .trail import Revision

#: Colours that a finding may give; green and grey are what is left where nothing is found.
WARNING = [(light.value, light.label) for light in (Light.RED, Light.YELLOW, Light.BLUE)]
#: The finding of each colour column, as `lights.Rule` names it.
COLOURS = ("overdue", "soon", "far_behind", "behind", "silent")
THRESHOLDS = ("soon_days", "lag_points", "far_points", "reads_progress")


def _colour(label: str, default: Light, help_text: str = "") -> Any:
    return models.CharField(
        label, max_length=10, blank=True, default=default, choices=WARNING, help_text=help_text
    )


class LightRule(Recorded):
    """There is one; what it said on a past day is read from its versions."""

    keeps_versions: ClassVar[bool] = True

    name = LineField("名称", max_length=20, default="亮灯规则", unique=True, editable=False)
    soon_days = models.PositiveSmallIntegerField(
        "时限前几天为临近",
        default=7,
        validators=[MaxValueValidator(90)],
        help_text="0至90；0表示只在到期当天提示。",
    )
    reads_progress = models.BooleanField(
        "按序时进度亮灯",
        default=True,
        help_text="不勾选时只看完成时限，未填完成百分比的也可亮绿灯。",
    )
    lag_points = models.PositiveSmallIntegerField(
        "落后几个百分点起为滞后",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="序时进度减完成百分比，达到这个数即为滞后。",
    )
    far_points = models.PositiveSmallIntegerField(
        "落后超过几个百分点为严重滞后",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="超过（不含）这个数为严重滞后，不能小于上一项。",
    )
    overdue = _colour("逾期亮灯", Light.RED, "留空表示这种情形不亮灯，以下各项相同。")
    far_behind = _colour("严重滞后亮灯", Light.RED)
    behind = _colour("滞后亮灯", Light.YELLOW)
    silent = _colour("月报到期未报送亮灯", Light.YELLOW)
    soon = _colour("临近时限亮灯", Light.BLUE)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "亮灯规则"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name="亮灯规则"),
                name="lightrule_only_one",
                violation_error_message="亮灯规则只有一条，请修改已有的规则。",
            ),
            models.CheckConstraint(
                condition=Q(lag_points__range=(1, 100), far_points__range=(1, 100))
                & Q(far_points__gte=F("lag_points")),
                name="lightrule_points_in_order",
                violation_error_message="严重滞后的百分点不能小于滞后的百分点，均须在1至100之间。",
            ),
            models.CheckConstraint(
                condition=Q(soon_days__range=(0, 90)),
                name="lightrule_soon_0_90",
                violation_error_message="临近时限的天数须在0至90之间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def trail_code(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule:
        given: dict[str, Any] = {name: getattr(self, name) for name in THRESHOLDS}
        for name in COLOURS:
            given[name] = Light(value) if (value := getattr(self, name)) else None
        return Rule(**given)

    @classmethod
    def at(cls, as_of: AsOf | None) -> Rule:
        """The rule of that day; the deadline alone where none was recorded yet. One query."""
        if as_of is None:
            found = cls.objects.first()
            return found.rule if isinstance(found, cls) else DEADLINE_ALONE
        rows = RecordVersion.objects.before(as_of.until).filter(record_model=cls.trail_model())
        kept = rows.first()
        return cls.from_facts(kept.record_key, kept.facts).rule if kept else DEADLINE_ALONE

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("亮灯规则不能删除；不需要的亮灯留空即可。")


def clock_at(as_of: AsOf | None, day: dt.date, rule: Rule | None = None) -> Clock:
    """By what lights are read on that day, or would be by another rule. Two queries at most."""
    rule = rule or LightRule.at(as_of)
    if rule.silent is None:
        return Clock(day, rule)
    asked = _asked(as_of, day)
    if asked is None:
        return Clock(day, rule)
    return Clock(day, rule, asked.period, _silent(asked, as_of, day))


def _asked(as_of: AsOf | None, day: dt.date) -> Any:
    """The round of the last month on which reports were due before that day, with `asked_on`."""
    asked = Report.objects.filter(round=OuterRef("pk"), laid_out_on__lte=OuterRef("asked_on"))
    in_time = Greatest("due_on", TruncDate("opened_at"))
    rounds = Round.objects.annotate(asked_on=in_time).filter(Exists(asked), due_on__lt=day)
    if as_of:
        rounds = rounds.filter(opened_at__lt=as_of.until)
    return rounds.order_by("-month").first()


def _silent(asked: Any, as_of: AsOf | None, day: dt.date) -> Any:
    """Keys of the entries whose report on that month was not signed off, and not waived, then.

    What joined the round after its due day (and its opening) was not asked for in time, and so is
    missing on no day: a later joining changes no day before it.
    """
    reports = Report.objects.of(asked).filter(laid_out_on__lte=asked.asked_on)
    if as_of is None:
        missing = reports.filter(first_signed_on=None).exclude(state=ReportState.WAIVED)
    else:
        unsigned = Q(first_signed_on=None) | Q(first_signed_on__gt=day)
        unsigned |= Q(~Exists(_words(as_of, Action.SIGN)), first_signed_on=day)
        missing = reports.filter(unsigned).annotate(last=_last_word(as_of))
        missing = missing.filter(Q(last=None) | Q(last=Action.REQUIRE))
    return missing.order_by().values("entry")


def _last_word(as_of: AsOf) -> Subquery:
    """Whether a report had been waived: by the trail, which alone knows of what was reversed."""
    words = _words(as_of, Action.WAIVE, Action.REQUIRE)
    return Subquery(words.order_by("-sequence").values("action")[:1])


def _words(as_of: AsOf, *actions: Action) -> Any:
    """What the trail had on a report by then, of these actions."""
    return Revision.objects.filter(
        record_model=Report.trail_model(),
        record_key=Cast(OuterRef("pk"), models.CharField()),
        action__in=actions,
        recorded_at__lt=as_of.until,
    )

"""投资数据 of an entry, and 成效指标."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .. import text
from ..choices import Basis, MoneyKind, Provenance, Qualifier
from ..periods import written
from .fields import LineField, ProseField, precision_field, precision_is_known
from .ledger import LedgerEntry
from .milestones import EntryPart
from .places import Sector
from .recorded import Recorded
from .recordedrows import RecordedQuerySet


class MoneyFigure(EntryPart):
    """One published figure, with what it counts, its basis and its date. Unit: 万元."""

    order: ClassVar[tuple[str, ...]] = ("kind", "dated_on", "pk")

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="figures", verbose_name="条目"
    )
    kind = models.CharField("类别", max_length=10, choices=MoneyKind.choices)
    basis = models.CharField("口径", max_length=10, choices=Basis.choices)
    amount = models.DecimalField("金额（万元）", max_digits=16, decimal_places=4)
    qualifier = models.CharField("限定", max_length=10, blank=True, choices=Qualifier.choices[1:])
    dated_on = models.DateField("数据日期", null=True, blank=True)
    dated_precision = precision_field()
    source_note = LineField("出处", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "投资数据"
        ordering = ["kind", models.F("dated_on").asc(nulls_last=True), "pk"]
        constraints = [
            precision_is_known("dated", "数据日期"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0),
                name="figure_not_negative",
                violation_error_message="金额不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        dated = written(self.dated_on, self.dated_precision)
        amount = text.number(self.amount)
        basis = "，".join(filter(None, [self.get_basis_display(), dated]))
        return f"{self.get_kind_display()}{amount}万元{self.get_qualifier_display()}（{basis}）"

    def in_full(self) -> str:
        return f"{self}：{self.source_note}" if self.source_note else str(self)


class Indicator(Recorded):
    """成效指标: an outcome figure as published, qualifier kept."""

    keeps_versions: ClassVar[bool] = True

    name = LineField("指标", max_length=100, unique=True)
    value = models.DecimalField("数值", max_digits=14, decimal_places=2)
    qualifier = models.CharField("限定", max_length=10, blank=True, choices=Qualifier.choices[1:])
    unit = LineField("单位", max_length=20)
    sector = models.ForeignKey(
        Sector, models.PROTECT, related_name="indicators", verbose_name="领域"
    )
    data_on = models.DateField("数据截止日期", null=True, blank=True)
    data_precision = precision_field()
    provenance = models.CharField("数据来源", max_length=10, choices=Provenance.choices)
    source_note = ProseField("来源说明", blank=True)
    position = models.PositiveSmallIntegerField("排序", default=0)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成效指标"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["position", "pk"]
        constraints = [precision_is_known("data", "数据截止日期")]

    def __str__(self) -> str:
        return self.name

    def trail_code(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """`5000余` as it was published."""
        number = text.number(self.value)
        suffix = self.get_qualifier_display() if self.qualifier == Qualifier.MORE_THAN else ""
        prefix = self.get_qualifier_display() if self.qualifier == Qualifier.ABOUT else ""
        return f"{prefix}{number}{suffix}"

    @property
    def data_date(self) -> str:
        return written(self.data_on, self.data_precision)

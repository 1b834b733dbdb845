"""What places, sectors, units and indicators were called at any past moment.

There are few of them, and every past page needs their names: they are kept whole, one row
for each version, and read together.
"""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q


class RecordVersionQuerySet(models.QuerySet["RecordVersion"]):
    def current(self) -> Self:
        return self.filter(recorded_to__isnull=True)

    def before(self, moment: dt.datetime) -> Self:
        """One row a record: what it said just before that moment."""
        return self.filter(
            Q(recorded_to__isnull=True) | Q(recorded_to__gte=moment), recorded_from__lt=moment
        )


class RecordVersion(models.Model):
    """A record as it was recorded in [recorded_from, recorded_to)."""

    record_model = models.CharField("记录类型", max_length=40)
    record_key = models.BigIntegerField("记录主键")
    version = models.PositiveIntegerField("版本")
    recorded_from = models.DateTimeField("自")
    recorded_to = models.DateTimeField("至", null=True, blank=True)
    name = models.CharField("名称", max_length=300)
    facts = models.JSONField("全部内容", default=dict, encoder=DjangoJSONEncoder)

    objects = RecordVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名录历史版本"
        ordering = ["record_model", "record_key", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_model", "record_key", "version"], name="recordversion_once"
            ),
            models.UniqueConstraint(
                fields=["record_model", "record_key"],
                condition=Q(recorded_to__isnull=True),
                name="recordversion_one_current",
            ),
            models.CheckConstraint(
                condition=Q(recorded_to__isnull=True) | Q(recorded_to__gte=F("recorded_from")),
                name="recordversion_from_before_to",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第{self.version}版"

"""Every state of every entry, valid from one moment to the next.

Reading a past day is a filter on these rows with the same FilterSet as today's.
"""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from .entryfacts import EntryFacts
from .fields import CodeField


class EntryVersionQuerySet(models.QuerySet["EntryVersion"]):
    def current(self) -> Self:
        return self.filter(recorded_to__isnull=True)

    def as_known_at(self, moment: dt.datetime) -> Self:
        """One row an entry: what the ledger said at that moment."""
        return self.filter(
            Q(recorded_to__isnull=True) | Q(recorded_to__gt=moment), recorded_from__lte=moment
        )


class EntryVersion(EntryFacts):
    """An entry as it was recorded in [recorded_from, recorded_to)."""

    entry = models.ForeignKey(
        "projects.LedgerEntry", models.PROTECT, related_name="versions", verbose_name="条目"
    )
    code = CodeField("编号", max_length=20)
    version = models.PositiveIntegerField("版本")
    recorded_from = models.DateTimeField("自")
    recorded_to = models.DateTimeField("至", null=True, blank=True)
    sector_name = models.CharField("领域名称", max_length=20)
    lead_name = models.CharField("牵头单位名称", max_length=100, blank=True)
    region_codes = models.JSONField("地区代码", default=list)
    facts = models.JSONField("全部内容", default=dict, encoder=DjangoJSONEncoder)

    objects = EntryVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "历史版本"
        ordering = ["entry_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "version"], name="entryversion_once"),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(recorded_to__isnull=True),
                name="entryversion_one_current",
            ),
            models.CheckConstraint(
                condition=Q(recorded_to__isnull=True) | Q(recorded_to__gte=F("recorded_from")),
                name="entryversion_from_before_to",
            ),
        ]
        indexes = [
            # The filtered list as at a day, read forward without touching other versions.
            models.Index(
                fields=["sector", "status", "due_on", "entry", "recorded_from", "recorded_to"],
                name="entryversion_as_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} 第{self.version}版"

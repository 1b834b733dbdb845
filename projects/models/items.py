"""合作事项."""

from __future__ import annotations

from django.db import models

from ..choices import Ledger
from .agreements import Agreement
from .fields import ProseField
from .ledger import LedgerEntry


class CooperationItem(LedgerEntry):
    kind = Ledger.ITEMS

    ledgerentry_ptr = models.OneToOneField(
        LedgerEntry, models.CASCADE, parent_link=True, primary_key=True, related_name="as_item"
    )
    agreement = models.ForeignKey(
        Agreement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items",
        verbose_name="来源协议",
        help_text="事项出自哪份协议；不清楚的留空。",
    )
    annual_target = ProseField("年度目标", blank=True, help_text="本年度要达到的可核查的目标。")

    class Meta:
        verbose_name = verbose_name_plural = "合作事项"

    def origin_key(self) -> int | None:
        return self.agreement_id

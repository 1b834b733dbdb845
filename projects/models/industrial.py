"""产业合作项目."""

from __future__ import annotations

from django.db import models

from ..choices import Ledger
from .fields import LineField
from .items import CooperationItem
from .ledger import LedgerEntry


class IndustrialProject(LedgerEntry):
    kind = Ledger.INDUSTRIAL

    ledgerentry_ptr = models.OneToOneField(
        LedgerEntry,
        models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="as_industrial",
    )
    item = models.ForeignKey(
        CooperationItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="industrial_projects",
        verbose_name="所属事项",
    )
    investor = LineField(
        "投资主体", max_length=200, blank=True, help_text="出资建设的企业或机构全称。"
    )
    industry = LineField(
        "产业门类", max_length=60, blank=True, help_text="例如 装备制造、食品饮料。"
    )
    site = LineField("落户园区", max_length=100, blank=True, help_text="项目所在园区或功能区。")

    class Meta:
        verbose_name = verbose_name_plural = "产业合作项目"

    def origin_key(self) -> int | None:
        return self.item_id

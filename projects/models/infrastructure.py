"""重大基础设施合作项目."""

from __future__ import annotations

from django.db import models

from ..choices import Ledger
from .fields import LineField
from .items import CooperationItem
from .ledger import LedgerEntry


class InfrastructureProject(LedgerEntry):
    kind = Ledger.INFRASTRUCTURE

    ledgerentry_ptr = models.OneToOneField(
        LedgerEntry,
        models.CASCADE,
        parent_link=True,
        primary_key=True,
        related_name="as_infrastructure",
    )
    item = models.ForeignKey(
        CooperationItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="infrastructure_projects",
        verbose_name="所属事项",
    )
    scale = LineField("建设规模", max_length=200, blank=True, help_text="例如 全长58公里。")
    construction_nature = LineField(
        "建设性质", max_length=20, blank=True, help_text="新建、改建、扩建。"
    )
    approval_number = LineField(
        "立项文号", max_length=60, blank=True, help_text="项目建议书或可研批复的文号。"
    )

    class Meta:
        verbose_name = verbose_name_plural = "重大基础设施合作项目"

    def origin_key(self) -> int | None:
        return self.item_id

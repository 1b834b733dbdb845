"""合作协议."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ..choices import Ledger
from .fields import LineField, precision_field, precision_is_known
from .ledger import LedgerEntry


class Agreement(LedgerEntry):
    kind = Ledger.AGREEMENTS
    own_dates: ClassVar[dict[str, bool]] = {"signed": False, "valid_until": True}

    ledgerentry_ptr = models.OneToOneField(
        LedgerEntry, models.CASCADE, parent_link=True, primary_key=True, related_name="as_agreement"
    )
    parties = LineField("签约各方", max_length=300, blank=True, help_text="用顿号隔开，甲方在前。")
    signed_on = models.DateField("签署日期", null=True, blank=True)
    signed_precision = precision_field()
    valid_until_on = models.DateField("有效期至", null=True, blank=True)
    valid_until_precision = precision_field()
    filing_number = LineField(
        "备案号", max_length=60, blank=True, help_text="协议备案登记的编号；未备案的留空。"
    )

    class Meta:
        verbose_name = verbose_name_plural = "合作协议"
        constraints = [
            precision_is_known("signed", "签署日期"),
            precision_is_known("valid_until", "有效期"),
            models.CheckConstraint(
                condition=Q(signed_on__isnull=True)
                | Q(valid_until_on__isnull=True)
                | Q(valid_until_on__gte=F("signed_on")),
                name="agreement_valid_after_signed",
                violation_error_message="有效期不能早于签署日期。",
            ),
        ]

    def last_valid_day(self) -> dt.date | None:
        return self.valid_until_on

"""Receipts: what was taken out of the ledger, by whom, and the digests to know it by.

A file is read as at one moment, which its receipt keeps: rows that others change while it
is being written are in it as they were, and it can be read again at any time.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from ..periods import AsOf
from .fields import LineField
from .trail import Act, Revision, plain


class Receipt(models.Model):
    """One export. Until it is completed, the file did not go out whole."""

    number = models.BigAutoField("回执编号", primary_key=True)
    issued_at = models.DateTimeField("导出时间")
    actor_id = models.BigIntegerField("导出人编号", null=True)
    actor_name = LineField("导出人", max_length=400)
    path = models.CharField("地址", max_length=200)
    query = models.TextField("查询条件", blank=True)
    words = models.TextField("筛选条件")
    title = models.CharField("内容", max_length=40)
    extension = models.CharField("格式", max_length=4)
    day = models.DateField("数据日期")
    until = models.DateTimeField("登记截止")
    columns = models.JSONField("列", default=list)
    trail_sequence = models.BigIntegerField("变更记录末条")
    trail_digest = models.CharField("变更记录末条摘要", max_length=64)
    rows = models.BigIntegerField("行数", null=True)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, db_index=True)
    rows_sha256 = models.CharField("各行摘要", max_length=64, blank=True)
    completed_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "导出回执"
        ordering = ["-number"]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """The number as it stands in file names."""
        return f"{self.number:07d}"

    @property
    def is_complete(self) -> bool:
        return self.completed_at is not None

    @property
    def as_of(self) -> AsOf:
        """The moment as at which the file was read."""
        return AsOf(self.day, self.until)

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def told(self) -> dict[str, Any]:
        """What the access event of its completion repeats of it."""
        return {
            "receipt": self.number,
            "address": self.address[:2000],
            "filter": self.words,
            "rows": self.rows,
            "sha256": self.sha256,
            "actor": self.actor_name,
            "issued_at": plain(self.issued_at),
            "title": self.title,
            "extension": self.extension,
            "columns": self.columns,
            "rows_sha256": self.rows_sha256,
            "day": plain(self.day),
            "until": plain(self.until),
            "trail_sequence": self.trail_sequence,
            "trail_digest": self.trail_digest,
        }

    @classmethod
    def issue(cls, *, by: Any, as_of: AsOf | None, day: dt.date, **fields: Any) -> Receipt:
        """Open a receipt; nothing is recorded before its moment from now on."""
        with transaction.atomic():
            now, mark = timezone.now(), Revision.mark()
            is_over = as_of is not None and as_of.until <= now
            return cls.objects.create(
                issued_at=now,
                actor_id=by.pk,
                actor_name=Act(by=by).actor_name,
                day=day,
                until=as_of.until if as_of and is_over else mark.moment,
                trail_sequence=mark.sequence,
                trail_digest=mark.digest,
                **fields,
            )

    def complete(self, *, rows: int, sha256: str, rows_sha256: str) -> None:
        """The file has gone out whole."""
        self.rows, self.sha256, self.rows_sha256 = rows, sha256, rows_sha256
        self.completed_at = timezone.now()
        self.save(update_fields=["rows", "sha256", "rows_sha256", "completed_at"])

    complete.alters_data = True  # type: ignore[attr-defined]

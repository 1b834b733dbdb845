"""Sheets that somebody has uploaded and not yet applied."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from ..choices import Ledger
from .rounds import Round

#: What nobody has applied by then is dropped.
KEPT = dt.timedelta(days=30)
#: So many of one person wait to be applied; an older one is dropped.
WAITING = 5
#: Of a file that is kept only to be looked at.
NAME_LENGTH = 200


class Upload(models.Model):
    """One or several files of one person, with what was decided about them.

    It is no record: what it changes is in the trail, under its `batch`. The contents are dropped
    when it is applied. Of a round (`round`), or an office's own ledger (`ledger`, `mapping`: which
    column is which, as `sheets.mapping` keeps it; the next upload begins with it).
    """

    round = models.ForeignKey(Round, models.CASCADE, null=True, related_name="uploads")
    ledger = models.CharField("台账", max_length=20, blank=True, choices=Ledger.choices)
    mapping = models.JSONField("列的对应", default=dict)
    uploaded_by_id = models.BigIntegerField("上传人编号")
    uploaded_at = models.DateTimeField("上传时间")
    applied_at = models.DateTimeField("导入时间", null=True)
    result = models.JSONField("导入结果", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "上传的表格"
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return "、".join(file.name for file in self.files.all())

    @property
    def batch(self) -> str:
        return f"upload-{self.pk}"

    @classmethod
    def keep(cls, by: Any, files: Iterable[tuple[str, bytes]], **about: Any) -> Upload:
        """Keep the files (name, content) to be looked at; drops what has lain too long."""
        now = timezone.now()
        with transaction.atomic():
            waiting = cls.objects.filter(applied_at=None)
            waiting.filter(uploaded_at__lt=now - KEPT).delete()
            own = waiting.filter(uploaded_by_id=by.pk).values_list("pk", flat=True)
            waiting.filter(pk__in=list(own[WAITING - 1 :])).delete()
            kept = cls.objects.create(uploaded_by_id=by.pk, uploaded_at=now, **about)
            UploadedFile.objects.bulk_create(
                UploadedFile(
                    upload=kept,
                    name=name[-NAME_LENGTH:],
                    content=content,
                    sha256=hashlib.sha256(content).hexdigest(),
                )
                for name, content in files
            )
        return kept

    def finish(self, result: dict[str, int]) -> None:
        """Note that it is applied, and drop the contents."""
        self.applied_at, self.result = timezone.now(), result
        self.save()
        self.files.update(content=b"")


class UploadedFile(models.Model):
    """One file, as it came."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    name = models.CharField("文件名", max_length=NAME_LENGTH)
    content = models.BinaryField("内容")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "上传的文件"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

"""What somebody is typing into a report and has not saved."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from .reports import Report


class Draft(models.Model):
    """Kept while one types: a closed tab loses nothing.

    One for each person and report; `base_version` is the report's when they began. It is no
    record: what is saved or submitted is in the trail, and the draft is gone.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="drafts", verbose_name="月报")
    user_id = models.BigIntegerField("填写人编号")
    base_version = models.PositiveIntegerField("填写时版本")
    given = models.JSONField("填写内容", default=dict)
    saved_at = models.DateTimeField("暂存时间")

    class Meta:
        verbose_name = verbose_name_plural = "填报暂存"
        constraints = [
            models.UniqueConstraint(fields=["report", "user_id"], name="draft_one_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.report} 暂存"

    @classmethod
    def keep(cls, report: Report, user: Any, given: dict[str, str], version: int) -> Draft:
        """Keep what is typed, over what this person typed before."""
        return cls.objects.update_or_create(
            report=report,
            user_id=user.pk,
            defaults={"given": given, "base_version": version, "saved_at": timezone.now()},
        )[0]

    keep.__func__.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def of(cls, report: Report, user: Any) -> Draft | None:
        return cls.objects.filter(report=report, user_id=user.pk).first()

"""每周摘要: that a saved view was mailed to a person, once for each week.

A log beside the trail, as `notices` is: a digest changes until it is sent and then no more.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.db import models, transaction
from django.db.models import Q

from .accounts import User
from .fields import LineField
from .notices import LEASE


class DigestQuerySet(models.QuerySet["Digest"]):
    def of(self, user: Any, view: Any) -> Self:
        return self.filter(user_id=user.pk, view_id=view.pk)

    def last_before(self, user: Any, view: Any, week: dt.date) -> dt.date | None:
        """The day of the last one that was sent in an earlier week."""
        sent = self.of(user, view).filter(week__lt=week, sent_at__isnull=False)
        return sent.order_by("-week").values_list("day", flat=True).first()

    def take(self, user: Any, view: Any, day: dt.date, at: dt.datetime) -> Digest | None:
        """Take this week's in hand; None when it was sent, or another run is sending it."""
        with transaction.atomic():
            list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
            found, _ = self.get_or_create(
                user_id=user.pk,
                view_id=view.pk,
                week=monday(day),
                defaults={"day": day, "view_name": view.name},
            )
            is_busy = found.taken_at is not None and found.taken_at >= at - LEASE
            if found.sent_at is not None or is_busy:
                return None
            found.day, found.taken_at = day, at
            found.save(update_fields=["day", "taken_at"])
        return found

    take.alters_data = True  # type: ignore[attr-defined]


class Digest(models.Model):
    """One view to one person in one week (`week` is its Monday); names its view as text."""

    user_id = models.BigIntegerField("收件人编号")
    view_id = models.BigIntegerField("视图编号")
    view_name = LineField("视图名称", max_length=40)
    week = models.DateField("周一日期")
    day = models.DateField("摘要日期")
    taken_at = models.DateTimeField("取出时间", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    address = LineField("发往", max_length=254, blank=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "视图摘要"
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "view_id", "week"],
                name="digest_once_a_week",
                violation_error_message="本周的摘要已登记。",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(taken_at__isnull=False),
                name="digest_sent_was_taken",
                violation_error_message="发送前须先取出。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.view_name} {self.week}"

    def was_sent(self, address: str, at: dt.datetime) -> None:
        self.sent_at, self.address = at, address
        self.save(update_fields=["sent_at", "address"])

    def give_back(self) -> None:
        """The next run tries again."""
        self.taken_at = None
        self.save(update_fields=["taken_at"])

    was_sent.alters_data = True  # type: ignore[attr-defined]
    give_back.alters_data = True  # type: ignore[attr-defined]


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())

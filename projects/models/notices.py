"""提醒: what a person was reminded of, each thing once, and by which ways it reached them.

A log beside the trail, not a record in it (`docs/decisions/0022-reminders.md`): a notice is
appended and stays, a delivery changes until it is sent and then no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, Self

from django.db import models

from ..choices import Channel, DutyKind
from .fields import LineField

#: A delivery that was taken by a run which never came back is free again after this.
LEASE = dt.timedelta(hours=1)
TEXT_LENGTH = 500


class Key(NamedTuple):
    """What makes a notice of one person new: the same thing is told once for one occasion."""

    kind: str
    record: str
    occasion: str


class NoticeQuerySet(models.QuerySet["Notice"]):
    def to(self, user: Any) -> Self:
        """Those to this person, the latest first."""
        return self.filter(user_id=user.pk).order_by("-made_at", "-pk")

    def keys(self) -> set[Key]:
        return {Key(*row) for row in self.values_list("kind", "record", "occasion")}

    def told_later(self, user: Any, day: dt.date) -> set[tuple[str, str]]:
        """Kind and record of what the person was told of on a later day."""
        return set(self.to(user).filter(day__gt=day).values_list("kind", "record"))

    def unknown(self, user: Any, keys: Collection[Key]) -> set[Key]:
        """What of these this person was not told yet."""
        records = {key.record for key in keys}
        return set(keys) - self.to(user).filter(record__in=records).keys()


class Notice(models.Model):
    """One thing told to one person on one occasion; appended, never changed."""

    user_id = models.BigIntegerField("收件人编号")
    recipient = LineField("收件人", max_length=400)
    kind = models.CharField("类别", max_length=20, choices=DutyKind.choices)
    record = models.CharField("记录", max_length=60)
    occasion = models.CharField("事由", max_length=60)
    text = LineField("内容", max_length=TEXT_LENGTH)
    link = models.CharField("地址", max_length=200)
    day = models.DateField("提醒日期")
    made_at = models.DateTimeField("登记时间")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "kind", "record", "occasion"],
                name="notice_once",
                violation_error_message="这件事已提醒过。",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=DutyKind.values),
                name="notice_kind_known",
                violation_error_message="提醒类别不在表中。",
            ),
        ]
        indexes = [models.Index(fields=["user_id", "-made_at"], name="notice_of_user")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.text}"

    @property
    def key(self) -> Key:
        return Key(self.kind, self.record, self.occasion)

    @classmethod
    def append(cls, notices: Collection[Notice], channels: Collection[Channel]) -> None:
        """Append new ones, to be sent by these channels. The caller has locked the person."""
        made = cls.objects.bulk_create(notices)
        Delivery.objects.bulk_create(
            Delivery(notice=notice, channel=channel) for notice in made for channel in channels
        )

    append.__func__.alters_data = True  # type: ignore[attr-defined]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, user: Any, at: dt.datetime) -> Self:
        """To this person, not sent yet, and not in the hands of another run."""
        waiting = self.filter(notice__user_id=user.pk, sent_at=None)
        free = models.Q(taken_at=None) | models.Q(taken_at__lt=at - LEASE)
        return waiting.filter(free).select_related("notice").order_by("pk")

    def take(self, user: Any, standing: Collection[Key], at: dt.datetime) -> list[Delivery]:
        """Take in hand what is to be sent now, of what still stands.

        What was settled before it could be sent stays unsent. The caller has locked the person.
        """
        taken: list[Delivery] = [
            found for found in self.due(user, at) if found.notice.key in standing
        ]
        self._set(taken, taken_at=at)
        return taken

    def sent(self, deliveries: Iterable[Delivery], address: str, at: dt.datetime) -> None:
        self._set(deliveries, sent_at=at, address=address)

    def give_back(self, deliveries: Iterable[Delivery]) -> None:
        """The next run tries again."""
        self._set(deliveries, taken_at=None)

    def _set(self, deliveries: Iterable[Delivery], **values: Any) -> None:
        keys = [delivery.pk for delivery in deliveries]
        self.filter(pk__in=keys, sent_at=None).update(**values)

    take.alters_data = True  # type: ignore[attr-defined]
    sent.alters_data = True  # type: ignore[attr-defined]
    give_back.alters_data = True  # type: ignore[attr-defined]


class Delivery(models.Model):
    """A notice by one channel: waiting, in the hands of a run, or sent, which is final."""

    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="deliveries", verbose_name="提醒"
    )
    channel = models.CharField("方式", max_length=10, choices=Channel.choices)
    taken_at = models.DateTimeField("取出时间", null=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    address = LineField("发往", max_length=254, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提醒发送"
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel"],
                name="delivery_once_by_channel",
                violation_error_message="这条提醒已按此方式登记发送。",
            ),
            models.CheckConstraint(
                condition=models.Q(channel__in=Channel.values),
                name="delivery_channel_known",
                violation_error_message="发送方式不在表中。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["notice"], name="delivery_waiting", condition=models.Q(sent_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.notice}"

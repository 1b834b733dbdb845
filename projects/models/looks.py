"""When a person last looked at the overview: what is new to them has come since."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Self

from django.db import models


class Look(models.Model):
    """One for each person. It is no record: nothing is said of the ledger, and nobody reads it
    but they. A visit lasts until they have been away for `AWAY`; `since` is when the one before
    it ended, and stays while they look around."""

    AWAY: ClassVar[dt.timedelta] = dt.timedelta(hours=1)
    #: The latest moment is written no more often than this.
    GRAIN: ClassVar[dt.timedelta] = dt.timedelta(minutes=5)

    user_id = models.BigIntegerField("账号编号", unique=True)
    since = models.DateTimeField("上次查看", null=True)
    latest = models.DateTimeField("最近查看")

    class Meta:
        verbose_name = verbose_name_plural = "查看时间"

    def __str__(self) -> str:
        return f"账号{self.user_id}"

    @classmethod
    def taken(cls, user_id: int, at: dt.datetime) -> dt.datetime | None:
        """Note the look at that moment; when the visit before this one ended, None at the first.

        One query, one or two more where it has to be written.
        """
        at = at.replace(microsecond=0)
        look = cls.objects.filter(user_id=user_id).first()
        if look is None:
            cls.objects.get_or_create(user_id=user_id, defaults={"latest": at})
            return None
        return look._again(at).since

    def _again(self, at: dt.datetime) -> Self:
        away = at - self.latest
        if away >= self.AWAY:
            self._write(since=self.latest, latest=at)
        elif away >= self.GRAIN:
            self._write(latest=at)
        return self

    def _write(self, **values: dt.datetime) -> None:
        """Unless another page of the same person has done it meanwhile."""
        rows = type(self).objects.filter(pk=self.pk, latest=self.latest)
        if rows.update(**values):
            for name, value in values.items():
                setattr(self, name, value)
        else:
            self.refresh_from_db()

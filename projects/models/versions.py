"""Every state of every entry, valid from one moment to the next.

Reading a past day is a filter on these rows with the same FilterSet as today's, and costs
what today costs, however long the history: the rows lie in segments. When a segment has
taken a third as many changes as it began with versions, the next begins with a copy of those
still valid; a past day is read from the one segment it falls in, of whose rows at most
about a quarter had ended. (The idea: segmented archiving of temporal tables, ArchIS, SIGMOD 2006.)
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from ..periods import AsOf
from .entryfacts import EntryFacts
from .entryrows import EntryRows
from .fields import CodeField
from .recordversions import RecordVersion


class EntryState(models.Model):
    """All that an entry said in one version, labels as text; appended, never changed."""

    entry = models.ForeignKey(
        "projects.LedgerEntry", models.PROTECT, related_name="states", verbose_name="条目"
    )
    version = models.PositiveIntegerField("版本")
    facts = models.JSONField("全部内容", default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = verbose_name_plural = "版本内容"
        constraints = [models.UniqueConstraint(fields=["entry", "version"], name="entrystate_once")]

    def __str__(self) -> str:
        return f"#{self.entry_id} 第{self.version}版"


class Segment(models.Model):
    """A stretch of history: from `began_at` until the next one begins.

    It began with `copied` valid versions, after the trail row `after_sequence`.
    """

    #: Changes that a segment takes at least before the next begins.
    LEAST: ClassVar[int] = 1000

    number = models.PositiveIntegerField("段号", primary_key=True)
    began_at = models.DateTimeField("起始时间")
    after_sequence = models.BigIntegerField("起始序号")
    copied = models.PositiveIntegerField("起始版本数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "历史分段"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"第{self.number}段"

    @classmethod
    def latest(cls, at: dt.datetime, sequence: int) -> Segment:
        """The one that is being written; called under the lock of the trail's head."""
        found = cls.objects.order_by("-number").first()
        return found or cls.objects.create(number=1, began_at=at, after_sequence=sequence - 1)

    def room(self, sequence: int) -> int:
        """How many more changes it takes, when the trail has come to that row."""
        return max(self.LEAST, self.copied // 3) - (sequence - self.after_sequence)

    def continued(self, at: dt.datetime, sequence: int) -> Segment:
        """This one, or the next when it has taken enough changes."""
        if self.room(sequence) > 0:
            return self
        valid = EntryVersion.objects.filter(segment=self.number, recorded_to__isnull=True)
        following = Segment.objects.create(
            number=self.number + 1,
            began_at=at,
            after_sequence=sequence,
            copied=valid.count(),
        )
        _copy_valid(self.number, following.number)
        return following


def _copy_valid(origin: int, target: int) -> None:
    """Copy the valid versions of a segment into the next."""
    quote = connection.ops.quote_name
    columns = [
        quote(str(f.column))
        for f in EntryVersion._meta.concrete_fields
        if not f.primary_key and f.column != "segment"
    ]
    names, table = ", ".join(columns), quote(EntryVersion._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (segment, {names}) SELECT %s, {names} FROM {table}"
            " WHERE segment = %s AND recorded_to IS NULL ORDER BY entry_id",
            [target, origin],
        )


class EntryVersionQuerySet(EntryRows["EntryVersion"]):
    entry_column = "entry"

    def current(self) -> Self:
        """What is valid now, of each segment; of all rows of the latest, one an entry."""
        newest = Segment.objects.order_by("-number").values("number")[:1]
        return self.filter(segment=newest, recorded_to__isnull=True)

    def as_at(self, as_of: AsOf) -> Self:
        """One row an entry: what the ledger said at the end of that day. One query."""
        segment = (
            Segment.objects.filter(began_at__lt=as_of.until)
            .order_by("-number")
            .values_list("number", flat=True)
            .first()
        )
        return self.filter(
            Q(recorded_to__isnull=True) | Q(recorded_to__gte=as_of.until),
            segment=segment or 0,
            recorded_from__lt=as_of.until,
        )

    def with_figure(self, kind: str, keys: Any) -> Self:
        """Those that tell of a figure of that kind, and those of the entries of these keys."""
        figures = KeyTextTransform("value", KeyTransform("figures", "state__facts"))
        told = self.alias(figures_told=figures)
        return told.filter(Q(figures_told__contains=kind) | Q(entry__in=keys))

    def lead_title(self, as_of: AsOf) -> Any:
        """The name of the lead as it was then, to order by."""
        units = RecordVersion.objects.before(as_of.until).filter(
            record_model="organisation", record_key=OuterRef("lead")
        )
        return Subquery(units.values("name")[:1])


class EntryVersion(EntryFacts):
    """An entry as it was recorded in [recorded_from, recorded_to), in one segment.

    In a segment that is over, `recorded_to` stays empty where the version outlived it.
    """

    segment = models.PositiveIntegerField("段号")
    entry = models.ForeignKey(
        "projects.LedgerEntry", models.PROTECT, related_name="versions", verbose_name="条目"
    )
    state = models.ForeignKey(EntryState, models.PROTECT, related_name="+", verbose_name="内容")
    code = CodeField("编号", max_length=20)
    version = models.PositiveIntegerField("版本")
    origin_id = models.BigIntegerField("来源条目", null=True, blank=True, db_index=True)
    updated_at = models.DateTimeField("更新时间")
    recorded_from = models.DateTimeField("自")
    recorded_to = models.DateTimeField("至", null=True, blank=True)

    objects = EntryVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "历史版本"
        ordering = ["segment", "entry_id", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "entry", "version"], name="entryversion_once"
            ),
            models.UniqueConstraint(
                fields=["segment", "entry"],
                condition=Q(recorded_to__isnull=True),
                name="entryversion_one_valid",
            ),
            models.CheckConstraint(
                condition=Q(recorded_to__isnull=True) | Q(recorded_to__gte=F("recorded_from")),
                name="entryversion_from_before_to",
            ),
        ]
        indexes = [
            # The list as at a day, in its usual order.
            models.Index(fields=["segment", "code"], name="entryversion_by_code"),
            # The filtered list as at a day, read forward without touching other versions.
            models.Index(
                fields=["segment", "ledger", "status", "due_on"], name="entryversion_by_status"
            ),
            models.Index(
                fields=["segment", "sector", "ledger", "status"], name="entryversion_by_sector"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} 第{self.version}版"

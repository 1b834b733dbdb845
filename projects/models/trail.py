"""The trail: who changed what, when, why; append-only and chained by digest.

Rows name their record by model, key and code as text, without a foreign key, and so
outlive it. This module stands below every recorded model.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from ..choices import Action, Ledger, Reason, Source
from ..periods import AsOf, between, today
from .fields import LineField, ProseField

if TYPE_CHECKING:
    from .recorded import Recorded

#: Hash functions by the name a row carries, so that another (SM3) can follow.
ALGORITHMS = {"sha256": hashlib.sha256}
GENESIS = "0" * 64


class Actor(Protocol):
    """What the trail needs to know of a person."""

    pk: Any

    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


@dataclass(frozen=True)
class Act:
    """The circumstances of one change, given once and never asked again.

    `on` is the day it took effect, `at` the moment it is recorded (now, when not given);
    `batch` joins rows that were written together, or names the row that is taken back.
    """

    by: Any = None
    source: Source = Source.COMMAND
    reason: Reason | None = None
    note: str = ""
    on: dt.date | None = None
    at: dt.datetime | None = None
    batch: str = ""
    action: Action | None = None

    def stamped(self) -> Act:
        """The same with moment and day filled in."""
        at = self.at or timezone.now()
        on = self.on or (timezone.localdate(at) if self.at else today())
        return replace(self, at=at, on=on)

    @property
    def actor_name(self) -> str:
        if self.by is None:
            return "系统"
        name, username = self.by.get_full_name(), self.by.get_username()
        return f"{name}（{username}）" if name else username


class Stale(Exception):
    """Someone else has changed the record since it was read; `stored` is as it is now."""

    def __init__(self, stored: Recorded) -> None:
        super().__init__(f"{stored} 已被他人修改（现为第{stored.version}版）。")
        self.stored = stored


def canonical(value: Any) -> bytes:
    """One writing for one value: sorted keys, no blanks, UTF-8."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=plain
    ).encode()


def digest(value: Any, algorithm: str = "sha256") -> str:
    return ALGORITHMS[algorithm](canonical(value)).hexdigest()


def plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"not a value of the trail: {value!r}")


class ChainHead(models.Model):
    """The last link of a chain; its row lock makes appends follow one another."""

    name = models.CharField("链", max_length=20, primary_key=True)
    sequence = models.BigIntegerField("序号", default=0)
    digest = models.CharField("摘要", max_length=64, default=GENESIS)
    recorded_at = models.DateTimeField("登记时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "记录链"

    def __str__(self) -> str:
        return f"{self.name} #{self.sequence}"


class ChainedRow(models.Model):
    """A row that carries the digest of its content and of the row before it."""

    chain: ClassVar[str]

    sequence = models.BigIntegerField("序号", primary_key=True)
    recorded_at = models.DateTimeField("登记时间", db_index=True)
    actor_id = models.BigIntegerField("操作人编号", null=True, blank=True)
    actor_name = LineField("操作人", max_length=400)
    algorithm = models.CharField("摘要算法", max_length=10, default="sha256")
    previous_digest = models.CharField("前一摘要", max_length=64)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        abstract = True

    def content(self) -> dict[str, Any]:
        """All that the digest covers: every column but the digest itself."""
        return {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.attname != "digest"
        }

    def computed_digest(self) -> str:
        return digest(self.content(), self.algorithm)

    @classmethod
    def locked_head(cls) -> ChainHead:
        """The last link, its row locked until the caller's transaction ends."""
        return ChainHead.objects.select_for_update(no_key=True).get_or_create(name=cls.chain)[0]

    @classmethod
    def append(cls, *, moves_clock: bool = False, **fields: Any) -> Self:
        """Add a row at the end of the chain, in the caller's transaction.

        The head's lock is held until that transaction ends. A row that `moves_clock` is
        recorded no earlier than the last such row, should the clock have gone back.
        """
        with transaction.atomic():
            head = cls.locked_head()
            row = cls.linked(head, moves_clock=moves_clock, **fields)
            row.save(force_insert=True)
            head.save(update_fields=["sequence", "digest", "recorded_at"])
        return row

    @classmethod
    def linked(cls, head: ChainHead, *, moves_clock: bool = False, **fields: Any) -> Self:
        """The row that follows the head, not written yet; the head, not saved yet, becomes it."""
        if moves_clock and head.recorded_at:
            fields["recorded_at"] = max(head.recorded_at, fields["recorded_at"])
        row = cls(sequence=head.sequence + 1, previous_digest=head.digest, **fields)
        row.digest = row.computed_digest()
        head.sequence, head.digest = row.sequence, row.digest
        if moves_clock:
            head.recorded_at = row.recorded_at
        return row


@dataclass(frozen=True)
class Mark:
    """A moment before which nothing is recorded any more, and the last row of the trail then."""

    moment: dt.datetime
    sequence: int
    digest: str


#: Actions that are told of the record, not of its columns.
_OF_THE_WHOLE = frozenset(
    {Action.BASELINE, Action.CREATE, Action.DELETE, Action.DELIST, Action.RELIST}
    | {Action.OPEN, Action.FREEZE, Action.REMIND}
    | {
        Action.SUBMIT,
        Action.RECALL,
        Action.SIGN,
        Action.ACCEPT,
        Action.RETURN,
        Action.WAIVE,
        Action.REQUIRE,
    }
    | {Action.ATTACH, Action.DETACH}
    | {Action.ISSUE, Action.ASSIGN, Action.HANDLE, Action.FILE, Action.CONFIRM}
    | {Action.REJECT, Action.REOPEN, Action.DROP, Action.HOLD, Action.CONCLUDE, Action.CANCEL}
)
#: Columns that say again what a trail row says by itself.
UNTOLD = frozenset({"ledger", "status_on", "halted_from", "due_first_on", "due_moves", "due_slip"})


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, record: Recorded) -> Self:
        """The rows of one record, the latest first."""
        return self.filter(record_model=record.trail_model(), record_key=str(record.pk)).order_by(
            "-sequence"
        )

    def of_entries(self) -> Self:
        return self.exclude(ledger="")

    def lively(self) -> Self:
        """What people did, without the opening of the books."""
        return self.exclude(action=Action.BASELINE)

    def recent(self, as_of: AsOf | None, count: int) -> Self:
        """What people last did to entries, by the end of that day or till now.

        Of a past day in the order of its index: the trail after that day is not walked.
        """
        rows = self.of_entries().lively().known_at(as_of)
        return (rows.order_by("-recorded_at", "-sequence") if as_of else rows)[:count]

    def known_at(self, as_of: AsOf | None) -> Self:
        """Recorded by the end of that day; all when there is none."""
        return self.filter(recorded_at__lt=as_of.until) if as_of else self

    def asked(
        self,
        *,
        words: str = "",
        actor: str = "",
        unit: str = "",
        after: dt.date | None = None,
        before: dt.date | None = None,
        **exact: str,
    ) -> Self:
        """Rows about a record or by a person, recorded between two days (both included)."""
        rows = self.filter(actor_name__icontains=actor, unit_name__icontains=unit, **exact)
        if words:
            rows = rows.filter(
                models.Q(record_code__icontains=words)
                | models.Q(record_name__icontains=words)
                | models.Q(actor_name__icontains=words)
            )
        return rows.filter(**between("recorded_at", after, before))


class Revision(ChainedRow):
    """One row for each change of each record; never changed, never deleted."""

    chain = "trail"

    effective_on = models.DateField("生效日期")
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    action = models.CharField("动作", max_length=10, choices=Action.choices)
    record_model = models.CharField("记录类型", max_length=40)
    record_key = models.CharField("记录主键", max_length=40)
    record_code = models.CharField("编号", max_length=300, blank=True)
    record_name = LineField("名称", max_length=300)
    record_version = models.PositiveIntegerField("版本")
    ledger = models.CharField("台账", max_length=20, blank=True, choices=Ledger.choices)
    unit_name = LineField("牵头单位", max_length=200, blank=True)
    old_status = models.CharField("原状态", max_length=20, blank=True)
    new_status = models.CharField("新状态", max_length=20, blank=True)
    reason = models.CharField("原因", max_length=20, blank=True, choices=Reason.choices)
    note = ProseField("说明", blank=True)
    changes = models.JSONField("变更内容", default=list)
    state_digest = models.CharField("记录摘要", max_length=64)
    batch = models.CharField("批次", max_length=40, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变更记录"
        ordering = ["-sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["record_model", "record_key", "record_version"],
                name="revision_one_per_version",
                violation_error_message="这一版本已有变更记录。",
            )
        ]
        indexes = [models.Index(fields=["ledger", "-sequence"], name="revision_by_ledger")]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.record_name} {self.get_action_display()}"

    @classmethod
    def mark(cls, at: dt.datetime | None = None) -> Mark:
        """Set a mark now (or at the moment a simulation passes in).

        Whatever is recorded from now on is recorded at the mark's moment or later.
        """
        with transaction.atomic(savepoint=False):
            head = cls.locked_head()
            now = at or timezone.now()
            moment = max(now, (head.recorded_at or now) + dt.timedelta(microseconds=1))
            head.recorded_at = moment
            head.save(update_fields=["recorded_at"])
        return Mark(moment, head.sequence, head.digest)

    @property
    def shown_changes(self) -> list[dict[str, Any]]:
        """The changes a person reads: without columns that only serve the machine."""
        return [
            change
            for change in self.changes
            if change["field"] not in UNTOLD
            and not change["field"].endswith(("_precision", "_by_id"))
            and not (change["field"] == "requested_status" and self.old_status != self.new_status)
        ]

    @property
    def record_kind(self) -> str:
        """The kind of record in words."""
        model = apps.get_model("projects", self.record_model)
        return self.get_ledger_display() or str(model._meta.verbose_name)

    @property
    def in_words(self) -> str:
        """All that was changed, one thing after the other, for files."""
        return "；".join(
            f"{c['label']}：{c['old_text'] or '空'} → {c['new_text'] or '空'}"
            for c in self.shown_changes
        )

    @property
    def told(self) -> str:
        """Who did what, as a whole sentence."""
        return f"{self.actor_name}{self.sentence}。"

    @property
    def sentence(self) -> str:
        """What was done, as a sentence: 将“状态”由“已启动”改为“推进中”."""
        if self.action in _OF_THE_WHOLE:
            return f"{self.get_action_display()}“{self.record_name}”"
        told = [
            f"“{c['label']}”由“{_short(c['old_text'])}”改为“{_short(c['new_text'])}”"
            for c in self.shown_changes[:3]
        ]
        more = len(self.shown_changes) - 3
        suffix = f"等{len(self.shown_changes)}项" if more > 0 else ""
        return f"将{'、'.join(told)}{suffix}" if told else self.get_action_display()


def _short(text: str) -> str:
    return (text[:28] + "…" if len(text) > 30 else text) or "空"

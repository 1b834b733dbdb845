"""The trail: who changed what, when, why; append-only and chained by digest.

Rows name their record by model, key and code as text, without a foreign key, and so
outlive it. This module stands below every recorded model.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Protocol, Self

from django.db import models, transaction
from django.utils import timezone

from ..choices import Action, Ledger, Reason, Source
from ..periods import start_of, today
from .fields import CodeField, LineField, PlainMixin, ProseField

#: Hash functions by the name a row carries, so that another (SM3) can follow.
ALGORITHMS = {"sha256": hashlib.sha256}
GENESIS = "0" * 64

Facts = dict[str, dict[str, Any]]


class Actor(Protocol):
    """What the trail needs to know of a person."""

    pk: Any

    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


@dataclass(frozen=True)
class Act:
    """The circumstances of one change, given once and never asked again.

    `on` is the day it took effect, `at` the moment it is recorded (now, when not given);
    `batch` joins rows that were written together.
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

    def not_before(self, moment: dt.datetime | None) -> Act:
        """The same, at that moment if the clock has gone back behind it."""
        return replace(self, at=moment) if moment and self.at and self.at < moment else self

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
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    ).encode()


def digest(value: Any, algorithm: str = "sha256") -> str:
    return ALGORITHMS[algorithm](canonical(value)).hexdigest()


def _plain(value: Any) -> str:
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
    actor_name = LineField("操作人", max_length=120)
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
    def append(cls, **fields: Any) -> Self:
        """Add a row at the end of the chain, in the caller's transaction.

        The head's lock is held until that transaction ends.
        """
        with transaction.atomic():
            head, _ = ChainHead.objects.select_for_update().get_or_create(name=cls.chain)
            row = cls(sequence=head.sequence + 1, previous_digest=head.digest, **fields)
            row.digest = row.computed_digest()
            row.save(force_insert=True)
            head.sequence, head.digest = row.sequence, row.digest
            head.save(update_fields=["sequence", "digest"])
        return row


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

    def asked(
        self,
        *,
        words: str = "",
        after: dt.date | None = None,
        before: dt.date | None = None,
        **exact: str,
    ) -> Self:
        """Rows about a record or by a person, recorded between two days (both included)."""
        rows = self.filter(**exact)
        if words:
            rows = rows.filter(
                models.Q(record_code__icontains=words)
                | models.Q(record_name__icontains=words)
                | models.Q(actor_name__icontains=words)
            )
        if after:
            rows = rows.filter(recorded_at__gte=start_of(after))
        if before:
            rows = rows.filter(recorded_at__lt=start_of(before + dt.timedelta(days=1)))
        return rows


class Revision(ChainedRow):
    """One row for each change of each record; never changed, never deleted."""

    chain = "trail"

    effective_on = models.DateField("生效日期")
    source = models.CharField("来源", max_length=10, choices=Source.choices)
    action = models.CharField("动作", max_length=10, choices=Action.choices)
    record_model = models.CharField("记录类型", max_length=40)
    record_key = models.CharField("记录主键", max_length=40)
    record_code = models.CharField("编号", max_length=60, blank=True)
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

    @property
    def shown_changes(self) -> list[dict[str, Any]]:
        """The changes a person reads: without columns that only serve the machine."""
        return [
            change
            for change in self.changes
            if not change["field"].endswith(("_precision", "_by_id"))
            and change["field"] != "ledger"
        ]

    @property
    def sentence(self) -> str:
        """What was done, as a sentence: 将“状态”由“已启动”改为“推进中”."""
        if self.action in (Action.BASELINE, Action.CREATE, Action.DELETE):
            return f"{self.get_action_display()}“{self.record_name}”"
        told = [
            f"“{c['label']}”由“{_short(c['old_text'])}”改为“{_short(c['new_text'])}”"
            for c in self.shown_changes[:3]
        ]
        more = len(self.shown_changes) - 3
        suffix = f"等{len(self.shown_changes)}项" if more > 0 else ""
        return f"将{'、'.join(told)}{suffix}" if told else self.get_action_display()


class Recorded(models.Model):
    """A record whose every change leaves one trail row, written in the same transaction.

    `save(act=…)` is the door for edits and `recording(act)` the same for an edit that
    reaches into related rows. Both take a row lock, compare the version, and write
    nothing when nothing has changed.
    """

    #: Columns that are derived or kept elsewhere, and leave no trail of their own.
    unrecorded: ClassVar[frozenset[str]] = frozenset({"id", "version"})

    version = models.PositiveIntegerField("版本", default=0, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, act: Act | None = None, **kwargs: Any) -> None:
        """Save with a trail row; by a command in the system's name when no `act` is given."""
        only = kwargs.get("update_fields")
        if only is not None and set(only) <= self.unrecorded:
            super().save(*args, **kwargs)
            return
        with self.recording(act or Act()):
            pass

    def delete(self, *args: Any, act: Act | None = None, **kwargs: Any) -> Any:
        """Delete with a trail row that keeps all the record said."""
        with transaction.atomic():
            stored = self.locked(self.version)
            before = stored.facts()
            self.version += 1
            gone = [
                {
                    "field": name,
                    "label": self.fact_label(name),
                    "old": old["value"],
                    "new": None,
                    "old_text": old["text"],
                    "new_text": "",
                }
                for name, old in before.items()
            ]
            act = replace(act or Act(), action=Action.DELETE).stamped()
            self.append_revision(stored, act, gone, {})
            return super().delete(*args, **kwargs)

    @classmethod
    def trail_model(cls) -> str:
        return cls._meta.model_name or ""

    # What the trail says of the record: overridden where a model knows better.

    def trail_code(self) -> str:
        return str(getattr(self, "code", "") or self.pk)

    def related_facts(self) -> Facts:
        """Facts from other tables that belong to this record."""
        return {}

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        """More columns of the trail row."""
        return {}

    def last_recorded_at(self) -> dt.datetime | None:
        """When the stored state was recorded, where the record itself says so."""
        return None

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Bring derived columns up to date, refuse what may not be saved."""

    def recorded_fields(self) -> list[models.Field[Any, Any]]:
        return [f for f in self._meta.concrete_fields if f.attname not in self.unrecorded]

    def facts(self) -> Facts:
        """Every recorded value with its label as text, by field name."""
        own = {field.name: fact(self, field) for field in self.recorded_fields()}
        return own | self.related_facts()

    def fact_label(self, name: str) -> str:
        """The Chinese name of a fact."""
        return str(self._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    @contextmanager
    def recording(self, act: Act, *, expect: int | None = None) -> Iterator[Self]:
        """Lock, let the caller change the record and its related rows, write the trail.

        `expect` is the version a person has seen, when that may be another than the instance's.
        Raises `Stale` when the record has moved on since either was read.
        """
        act = act.stamped()
        with transaction.atomic():
            if self._state.adding:
                stored, before = None, {}
                self._fold_text()
                self.settle(None, act)
                self.version = 0
                super().save(force_insert=True)
            else:
                stored = self.locked(self.version if expect is None else expect)
                before = stored.facts()
                act = act.not_before(stored.last_recorded_at())
            yield self
            self._write(stored, before, act)

    def locked(self, expect: int) -> Recorded:
        """This record as stored, its row locked until the transaction ends."""
        stored = type(self)._base_manager.select_for_update().get(pk=self.pk)
        # Every column of the instance is written: it must be of that version as well.
        if not stored.version == expect == self.version:
            raise Stale(stored)
        return stored

    def _write(self, stored: Recorded | None, before: Facts, act: Act) -> None:
        self._fold_text()
        self.settle(stored, act)
        after = self.facts()
        changes = self.differences(before, after)
        if stored is not None and not changes and act.action is None:
            return
        self.version = stored.version + 1 if stored else 1
        self.append_revision(stored, act, changes, after)
        self.write_row(stored)
        self.after_record(act, after)

    def _fold_text(self) -> None:
        """Give text and codes the form in which the database keeps them."""
        for field in self._meta.concrete_fields:
            if isinstance(field, PlainMixin | CodeField):
                setattr(self, field.attname, field.to_python(getattr(self, field.attname)))

    def append_revision(
        self, stored: Recorded | None, act: Act, changes: list[dict[str, Any]], after: Facts
    ) -> Revision:
        return Revision.append(
            recorded_at=act.at,
            effective_on=act.on,
            actor_id=act.by.pk if act.by else None,
            actor_name=act.actor_name,
            source=act.source,
            action=act.action or self._default_action(stored, act),
            record_model=self.trail_model(),
            record_key=str(self.pk),
            record_code=self.trail_code(),
            record_name=str(self),
            record_version=self.version,
            reason=act.reason or "",
            note=act.note,
            changes=changes,
            state_digest=digest(after),
            batch=act.batch,
            **self.trail_extras(stored),
        )

    @staticmethod
    def _default_action(stored: Recorded | None, act: Act) -> Action:
        if stored is None:
            return Action.BASELINE if act.source == Source.FIXTURE else Action.CREATE
        return Action.CORRECT if act.reason and act.reason.is_correction else Action.CHANGE

    def write_row(self, stored: Recorded | None) -> None:
        """Write the row with its new version; `stored` is None for one just inserted."""
        super().save(force_update=True)

    def after_record(self, act: Act, after: Facts) -> None:
        """What else is written with a change."""

    def differences(self, before: Facts, after: Facts) -> list[dict[str, Any]]:
        """Old and new value of each fact that differs, with labels as text."""
        nothing = {"value": None, "text": ""}
        return [
            {
                "field": name,
                "label": self.fact_label(name),
                "old": (old := before.get(name, nothing))["value"],
                "new": new["value"],
                "old_text": old["text"],
                "new_text": new["text"],
            }
            for name, new in after.items()
            if new["value"] != before.get(name, nothing)["value"]
            and (before or not _is_unsaid(new["value"]))
        ]


def _is_unsaid(value: Any) -> bool:
    """What a record leaves open when it is created; 0 is a number and not left open."""
    return value is False or value in (None, "", [])


def _short(text: str) -> str:
    return (text[:28] + "…" if len(text) > 30 else text) or "空"


def fact(record: models.Model, field: models.Field[Any, Any]) -> dict[str, Any]:
    """One field's value, in a form that survives JSON and both databases, and its text."""
    raw = getattr(record, field.attname)
    if field.is_relation:
        related = getattr(record, field.name) if raw is not None else None
        return {"value": raw, "text": str(related) if related else ""}
    value = json_value(field, raw)
    display = getattr(record, f"get_{field.name}_display", None)
    if display and value not in (None, ""):
        return {"value": value, "text": str(display())}
    if isinstance(raw, dt.datetime):
        return {"value": value, "text": f"{timezone.localtime(raw):%Y-%m-%d %H:%M}"}
    return {"value": value, "text": _as_text(value)}


def json_value(field: models.Field[Any, Any], raw: Any) -> Any:
    """A column's value as JSON keeps it: days as ISO, decimals with their places."""
    value = field.to_python(raw)
    if isinstance(value, Decimal):
        places = field.decimal_places if isinstance(field, models.DecimalField) else 0
        return f"{value:.{places}f}"
    if isinstance(value, dt.datetime | dt.date):
        return _plain(value)
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)

"""Records whose every change leaves a trail row, and the facts that the row keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from ..choices import Action, Source
from ..periods import AsOf
from .fields import CodeField, PlainMixin
from .recordversions import RecordVersion
from .trail import Act, Revision, Stale, digest, plain

Facts = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Opened:
    """A record before a change that is made by others, and what is to be said of it."""

    record: Recorded
    stored: Recorded
    before: Facts
    act: Act

    def close(self) -> None:
        """Write the trail of what has changed since."""
        self.record._write(self.stored, self.before, self.act)


_RECORDING: ContextVar[frozenset[tuple[str, Any]]] = ContextVar("recording", default=frozenset())


def is_being_recorded(record: Recorded) -> bool:
    """Is a `recording` of it open, by this instance or another?"""
    return (record.trail_model(), record.pk) in _RECORDING.get()


@contextmanager
def _being_recorded(record: Recorded) -> Iterator[None]:
    before = _RECORDING.set(_RECORDING.get() | {(record.trail_model(), record.pk)})
    try:
        yield
    finally:
        _RECORDING.reset(before)


class Recorded(models.Model):
    """A record whose every change leaves one trail row, written in the same transaction.

    `save(act=…)` is the door for edits and `recording(act)` the same for an edit that
    reaches into related rows. Both take a row lock, compare the version, and write
    nothing when nothing has changed.
    """

    #: Columns that are derived or kept elsewhere, and leave no trail of their own.
    unrecorded: ClassVar[frozenset[str]] = frozenset({"id", "version"})
    #: Columns among them that `related_facts` tells in its own way.
    related_facts_of: ClassVar[tuple[str, ...]] = ()
    #: Whether a past page needs to know what the record once said.
    keeps_versions: ClassVar[bool] = False

    version = models.PositiveIntegerField("版本", default=0, editable=False)

    #: The past day that this instance was read as at; it is shown, never saved.
    as_of: AsOf | None = None
    #: In whose name code that is not ours, and gives no act, saves this instance.
    saved_by: Act | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, act: Act | None = None, **kwargs: Any) -> None:
        """Save with a trail row; by `saved_by`, or in the system's name, when no `act` is given."""
        only = kwargs.get("update_fields")
        if only is not None and set(only) <= self.unrecorded - set(self.related_facts_of):
            super().save(*args, **kwargs)
            return
        with self.recording(act or self.saved_by or Act()):
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
            act = replace(act or self.saved_by or Act(), action=Action.DELETE).stamped()
            row = self.append_revision(stored, act, gone, {})
            self._end_version(row.recorded_at)
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

    def stamp(self, at: dt.datetime) -> None:
        """Note when this version is recorded, where the record itself says so."""

    def gather(self) -> None:
        """Read the related rows that the record is now made of, once."""

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Bring derived columns up to date, refuse what may not be saved."""

    def address(self, name: str, *args: Any) -> str:
        """The page of the record; of one read as at a past day, the page as at that day."""
        path = reverse(name, args=args)
        return f"{path}?{urlencode(self.as_of.query)}" if self.as_of else path

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
        if self.as_of is not None:
            raise ValueError(f"{self!r} is as at {self.as_of.day}: read it anew to change it")
        with transaction.atomic():
            if self._state.adding:
                stored, before = None, {}
                self.fold_text()
                self.settle(None, act)
                self.version = 0
                assert act.at is not None
                self.stamp(act.at)
                Revision.locked_head()  # first of all: who holds it may be about to insert as well
                super().save(force_insert=True)
            else:
                stored = self.locked(self.version if expect is None else expect)
                before = stored.facts()
            with _being_recorded(self):
                yield self
            self._write(stored, before, act)

    def opened(self, act: Act) -> Opened:
        """The record, locked and as it was, in the caller's transaction: to `close` after."""
        stored = self.locked(self.version)
        return Opened(self, stored, stored.facts(), act.stamped())

    def locked(self, expect: int) -> Recorded:
        """This record as stored, its row locked until the transaction ends."""
        stored = type(self)._base_manager.select_for_update(no_key=True).get(pk=self.pk)
        # Every column of the instance is written: it must be of that version as well.
        if not stored.version == expect == self.version:
            raise Stale(stored)
        return stored

    def _write(self, stored: Recorded | None, before: Facts, act: Act) -> None:
        self.fold_text()
        self.gather()
        self.settle(stored, act)
        after = self.facts()
        changes = self.differences(before, after)
        if stored is not None and not changes and act.action is None:
            return
        self.version = stored.version + 1 if stored else 1
        row = self.append_revision(stored, act, changes, after)
        self.stamp(row.recorded_at)
        self.write_row(stored)
        self.after_record(row, after)

    def fold_text(self) -> None:
        """Give text and codes the form in which the database keeps them."""
        for field in self._meta.concrete_fields:
            if isinstance(field, PlainMixin | CodeField):
                setattr(self, field.attname, field.to_python(getattr(self, field.attname)))

    def append_revision(
        self, stored: Recorded | None, act: Act, changes: list[dict[str, Any]], after: Facts
    ) -> Revision:
        return Revision.append(
            moves_clock=self.keeps_versions, **self.revision_columns(stored, act, changes, after)
        )

    def revision_columns(
        self, stored: Recorded | None, act: Act, changes: list[dict[str, Any]], after: Facts
    ) -> dict[str, Any]:
        """The columns of its trail row, without those of the chain."""
        return {
            "recorded_at": act.at,
            "effective_on": act.on,
            "actor_id": act.by.pk if act.by else None,
            "actor_name": act.actor_name,
            "source": act.source,
            "action": act.action or self._default_action(stored, act),
            "record_model": self.trail_model(),
            "record_key": str(self.pk),
            "record_code": self.trail_code(),
            "record_name": str(self),
            "record_version": self.version,
            "reason": act.reason or "",
            "note": act.note,
            "changes": changes,
            "state_digest": digest(after),
            "batch": act.batch,
            **self.trail_extras(stored),
        }

    @staticmethod
    def _default_action(stored: Recorded | None, act: Act) -> Action:
        if stored is None:
            return Action.BASELINE if act.source == Source.FIXTURE else Action.CREATE
        return Action.CORRECT if act.reason and act.reason.is_correction else Action.CHANGE

    def write_row(self, stored: Recorded | None) -> None:
        """Write the row with its new version; `stored` is None for one just inserted."""
        super().save(force_update=True)

    def after_record(self, row: Revision, after: Facts) -> None:
        """Keep this version beside those before it, where the model's past is read."""
        if self.keeps_versions:
            self._end_version(row.recorded_at)
            RecordVersion.objects.create(
                record_model=self.trail_model(),
                record_key=self.pk,
                version=self.version,
                recorded_from=row.recorded_at,
                name=str(self),
                facts=after,
            )

    def _end_version(self, at: dt.datetime) -> None:
        kept = RecordVersion.objects.filter(record_model=self.trail_model(), record_key=self.pk)
        kept.current().update(recorded_to=at)

    @classmethod
    def from_facts(cls, key: Any, facts: Facts) -> Self:
        """The record as facts of a version tell it; not for saving."""
        record = cls(pk=key)
        for field in cls._meta.concrete_fields:
            if field.name in facts and not field.primary_key:
                setattr(record, field.attname, field.to_python(facts[field.name]["value"]))
        return record

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


def fact(record: models.Model, field: models.Field[Any, Any]) -> dict[str, Any]:
    """One field's value, in a form that survives JSON and both databases, and its text."""
    raw = getattr(record, field.attname)
    if field.is_relation:
        related = getattr(record, field.name) if raw is not None else None
        return {"value": raw, "text": str(related) if related else ""}
    value = json_value(field, raw)
    if field.choices and value not in (None, ""):
        return {"value": value, "text": str(_labels(field).get(value, value))}
    if isinstance(raw, dt.datetime):
        return {"value": value, "text": f"{timezone.localtime(raw):%Y-%m-%d %H:%M}"}
    return {"value": value, "text": _as_text(value)}


@cache
def _labels(field: models.Field[Any, Any]) -> dict[Any, Any]:
    """Label by value of a field with choices: Django's own display makes it anew each time."""
    return dict(field.flatchoices)


def json_value(field: models.Field[Any, Any], raw: Any) -> Any:
    """A column's value as JSON keeps it: days as ISO, decimals with their places."""
    value = field.to_python(raw)
    if isinstance(value, Decimal):
        places = field.decimal_places if isinstance(field, models.DecimalField) else 0
        return f"{value:.{places}f}"
    if isinstance(value, dt.datetime | dt.date):
        return plain(value)
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)

"""Words for many rows that leave the same trail as one: a row for each object they change.

Django's own `update`, `bulk_create`, `delete` and many-to-many managers write past `save()`.
Here they go through the door of each record; what cannot is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models, transaction
from django.db.models.signals import m2m_changed, pre_save

from .recorded import Recorded, is_being_recorded
from .trail import Act


class RecordedQuerySet(models.QuerySet[Any]):
    """The bulk words of a recorded model; `act` says who and why, else it is the system."""

    def update(self, *, act: Act | None = None, **values: Any) -> int:
        """Set columns to plain values. One trail row for each object that changes by it."""
        if set(values) <= self.model.unrecorded:
            return super().update(**values)
        for name in values:
            self.model._meta.get_field(name)  # raises for one that the model does not have
        if any(hasattr(value, "resolve_expression") for value in values.values()):
            raise FieldError("a trail row tells values: give values, not expressions")
        with transaction.atomic(using=self.db):
            records = self._locked()
            for record in records:
                for name, value in values.items():
                    setattr(record, name, value)
            return len(self._saved(records, act))

    def delete(self, *, act: Act | None = None) -> tuple[int, dict[str, int]]:
        """Delete one by one, each with the trail row that keeps what it said."""
        with transaction.atomic(using=self.db):
            records = self._locked()
            for record in records:
                record.delete(act=act)
        return len(records), {self.model._meta.label: len(records)} if records else {}

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Create one by one. Conflicts are not ignored: nothing is overwritten unseen."""
        if kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts"):
            raise FieldError("a recorded model does not ignore or overwrite conflicts")
        return self._saved(objs, kwargs.get("act"))

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        """Save one by one; every changed column of theirs is written."""
        return len(self._saved(objs, kwargs.get("act")))

    def _locked(self) -> list[Any]:
        """These rows, all locked in key order before the first is written.

        Who is writing a later one waits for the trail, which the first write holds.
        """
        _lock(self.model, self.values_list("pk", flat=True))
        return list(self.order_by("pk"))

    def _saved(self, records: Iterable[Any], act: Act | None) -> list[Any]:
        """Save one by one, all or none."""
        saved = list(records)
        with transaction.atomic(using=self.db):
            _lock(self.model, [record.pk for record in saved if record.pk])
            for record in saved:
                record.save(act=act)
        return saved

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]


def _lock(model: Any, keys: Iterable[Any]) -> None:
    """Lock these rows until the transaction ends."""
    rows = model._base_manager.filter(pk__in=list(keys)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


@contextmanager
def recorded_together(records: Iterable[Recorded]) -> Iterator[None]:
    """Record a change of what belongs to these, unless it is being recorded already."""
    shut = [record for record in records if not is_being_recorded(record)]
    with ExitStack() as open_doors:
        if shut:
            open_doors.enter_context(transaction.atomic())
        for record in shut:
            open_doors.enter_context(record.recording(record.saved_by or Act()))
        yield


#: Said to programs that would move a part.
STAYS = "a part stays with its entry: delete it there and make it here"


def _entries_of(parts: Iterable[Any]) -> Iterable[Recorded]:
    return {part.entry_id: part.entry for part in parts}.values()


class PartQuerySet(models.QuerySet[Any]):
    """Bulk words of rows that belong to an entry (`entry`) and are recorded with it."""

    def _owners(self) -> list[Recorded]:
        owners: Any = self.model._meta.get_field("entry").related_model
        keys = set(self.order_by().values_list("entry", flat=True))
        return [owner.specific for owner in owners.objects.filter(pk__in=keys).order_by("pk")]

    def update(self, **values: Any) -> int:
        if {"entry", "entry_id"} & set(values):
            raise FieldError(STAYS)
        with recorded_together(self._owners()):
            return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        with recorded_together(self._owners()):
            return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        parts = list(objs)
        with recorded_together(_entries_of(parts)):
            return super().bulk_create(parts, *args, **kwargs)

    def bulk_update(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> int:
        parts = list(objs)
        with recorded_together(_entries_of(parts)):
            return super().bulk_update(parts, *args, **kwargs)

    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]


# --- many to many -------------------------------------------------------------------------


def on_related_change(
    sender: Any, instance: Any, action: str, reverse: bool, model: Any, pk_set: Any, **kwargs: Any
) -> None:
    """A relation set outside of `recording` is recorded by itself; inside, with the rest.

    Django's managers send this before and after within one transaction.
    """
    if not issubclass(model if reverse else type(instance), Recorded):
        return
    stage, _, _ = action.partition("_")
    if stage == "pre":
        records = _other_side(sender, instance, model, pk_set) if reverse else [instance]
        # Anew each time: what broke off in between has left nothing but its word here.
        instance.__dict__["_changing"] = [
            record.opened(record.saved_by or Act())
            for record in records
            if not is_being_recorded(record)
        ]
    else:
        for opened in instance.__dict__.pop("_changing", ()):
            opened.close()


def _other_side(through: Any, instance: Any, model: Any, pk_set: Any) -> list[Any]:
    """The records whose relation changes when it is set from its other end."""
    if pk_set is None:  # all of them
        fields = {f.related_model: f.name for f in through._meta.get_fields() if f.is_relation}
        rows = through._default_manager.filter(**{fields[type(instance)]: instance.pk})
        pk_set = set(rows.values_list(fields[model], flat=True))
    return list(model._default_manager.filter(pk__in=pk_set).order_by("pk"))


def refuse_raw(sender: Any, instance: Any, raw: bool, **kwargs: Any) -> None:
    """Refuse `loaddata`, which writes past `save()` and would leave no trail."""
    if raw and sender._meta.app_label == "projects":
        raise ValidationError(
            f"“{instance}”不能用 loaddata 载入：它不留变更记录。初始数据请用 manage.py seed。"
        )


def connect() -> None:
    """Called once, when the app is ready."""
    pre_save.connect(refuse_raw, dispatch_uid="projects.recorded")
    m2m_changed.connect(on_related_change, dispatch_uid="projects.recorded")

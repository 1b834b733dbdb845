"""里程碑: planned and reached points of an entry. Part of the entry: its trail is the entry's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import FieldError
from django.db import models

from ..periods import written
from .fields import LineField, precision_field, precision_is_known
from .ledger import LedgerEntry
from .recorded import is_being_recorded, json_value
from .recordedrows import STAYS, PartQuerySet, recorded_together


class EntryPart(models.Model):
    """A row that belongs to an entry and is recorded with it."""

    #: The columns by which the rows of an entry are ordered, empty dates last.
    order: ClassVar[tuple[str, ...]] = ("pk",)

    objects = PartQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saved by itself, it is recorded as a change of its entry; it stays with that entry."""
        stored: Any = None if self._state.adding else type(self)._base_manager.get(pk=self.pk)
        if stored and stored.entry_id != self.entry_id:  # type: ignore[attr-defined]
            raise FieldError(STAYS)
        with recorded_together([self._owner()]):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with recorded_together([self._owner()]):
            return super().delete(*args, **kwargs)

    def _owner(self) -> LedgerEntry:
        """Its entry as the caller holds it, read anew where that is no longer the latest."""
        held: LedgerEntry = self.entry  # type: ignore[attr-defined]
        if is_being_recorded(held):
            return held
        fresh = LedgerEntry.objects.get(pk=held.pk)
        return held if held.version == fresh.version else fresh.specific

    def as_fact(self) -> dict[str, Any]:
        return {
            f.name: json_value(f, getattr(self, f.attname))
            for f in self._meta.concrete_fields
            if f.name != "entry"
        }

    def in_full(self) -> str:
        """All that the row says, for the trail's readers."""
        return str(self)


class Milestone(EntryPart):
    order: ClassVar[tuple[str, ...]] = ("planned_on", "pk")

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="milestones", verbose_name="条目"
    )
    name = LineField("里程碑", max_length=100)
    planned_on = models.DateField("计划日期", null=True, blank=True)
    planned_precision = precision_field()
    reached_on = models.DateField("达成日期", null=True, blank=True)
    reached_precision = precision_field()
    note = LineField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "里程碑"
        ordering = [models.F("planned_on").asc(nulls_last=True), "pk"]
        constraints = [
            precision_is_known("planned", "计划日期"),
            precision_is_known("reached", "达成日期"),
        ]

    def __str__(self) -> str:
        planned = written(self.planned_on, self.planned_precision)
        reached = written(self.reached_on, self.reached_precision)
        dates = [f"计划{planned}" if planned else "", f"达成{reached}" if reached else ""]
        inside = "，".join(filter(None, dates))
        return f"{self.name}（{inside}）" if inside else self.name

    def in_full(self) -> str:
        return f"{self}：{self.note}" if self.note else str(self)

"""里程碑: planned and reached points of an entry. Part of the entry: its trail is the entry's."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from ..periods import written
from .fields import LineField, precision_field, precision_is_known
from .ledger import LedgerEntry
from .recorded import json_value
from .recordedrows import PartQuerySet, recorded_together


class EntryPart(models.Model):
    """A row that belongs to an entry and is recorded with it."""

    #: The columns by which the rows of an entry are ordered, empty dates last.
    order: ClassVar[tuple[str, ...]] = ("pk",)

    objects = PartQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saved by itself, it is recorded as a change of its entry."""
        entry: Any = self.entry  # type: ignore[attr-defined]
        with recorded_together([entry]):
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        entry: Any = self.entry  # type: ignore[attr-defined]
        with recorded_together([entry]):
            return super().delete(*args, **kwargs)

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

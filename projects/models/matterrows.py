"""The words for many matters, in the office's words; what is about time takes a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Count, F, Q

from .. import text
from ..choices import PENDING, CoordinationLevel, MatterKind, MatterState
from ..following import numbered
from ..lights import DEADLINE_ALONE
from ..rights import Right
from .entryrows import SEARCH_TERMS
from .recordedrows import RecordedQuerySet
from .sounds import nearness, sounding
from .trail import Act

if TYPE_CHECKING:
    from .matters import Matter


class MatterRows(models.QuerySet[Any]):
    """The words that matters and their versions of a past day have in common."""

    def of_kind(self, kind: MatterKind) -> Self:
        return self.filter(kind=kind)

    def drafts(self) -> Self:
        return self.filter(state=MatterState.DRAFT)

    def open_(self) -> Self:
        """Handed out, and not filed for 销号."""
        return self.filter(state=MatterState.OPEN)

    def filed(self) -> Self:
        """Awaiting the second person."""
        return self.filter(state=MatterState.FILED)

    def pending(self) -> Self:
        """Handed out, and not struck off."""
        return self.filter(state__in=PENDING)

    def overdue(self, day: dt.date) -> Self:
        """Not even filed for 销号 by its due date."""
        return self.open_().filter(due_on__lt=day)

    def due_soon(self, day: dt.date, days: int = DEADLINE_ALONE.soon_days) -> Self:
        """Due within so many days: those of the office's rule (`LightRule.soon_days`)."""
        last = day + dt.timedelta(days=days)
        return self.open_().filter(due_on__range=(day, last))

    def of_unit(self, units: Iterable[Any]) -> Self:
        return self.filter(unit__in=units)

    def visible_to(self, user: Any) -> Self:
        """Drafts are for those who hand out, and for those who read the trail."""
        return self if sees_drafts(user) else self.handed_out()

    def handed_out(self) -> Self:
        """Neither a draft nor dropped as one."""
        return self.exclude(state=MatterState.DRAFT).exclude(opened_on=None)

    def search(self, query: str, units_named: Callable[[str], Iterable[Any]]) -> Self:
        """Every word in title, text, code, person, leader, unit, the sound of the title, or as
        a document number.
        """
        found = self
        for word in query.split()[:SEARCH_TERMS]:
            columns = ("title", "text", "code", "responsible_person", "leader")
            in_columns = [Q(**{f"{name}__icontains": word}) for name in columns]
            said = reduce(or_, in_columns) | Q(unit__in=list(units_named(text.searchable(word))))
            if keys := sounding(self, "title", word):
                said |= Q(pk__in=keys)
            if number := numbered(word):
                said |= Q(slip_year=number[0], slip_number=number[1])
            found = found.filter(said)
        return found

    def by_nearness(self, query: str) -> Self:
        """The nearest by their title first."""
        near = nearness(self, "title", query)
        return self.annotate(nearness=near).order_by("nearness", "code")

    def counted(self, column: str) -> dict[str, int]:
        """How many have each value of a column. One query."""
        return dict(self.order_by().values_list(column).annotate(rows=Count("pk")))


def sees_drafts(user: Any) -> bool:
    return bool(user.may(Right.FOLLOW) or user.may(Right.TRAIL))


class MatterQuerySet(MatterRows, RecordedQuerySet):  # type: ignore[override]
    def problems(self) -> Self:
        return self.of_kind(MatterKind.PROBLEM)

    def decisions(self) -> Self:
        return self.of_kind(MatterKind.DECISION)

    def instructions(self) -> Self:
        return self.of_kind(MatterKind.INSTRUCTION)

    def slips(self) -> Self:
        return self.of_kind(MatterKind.SLIP)

    def to_rise(self, day: dt.date) -> Self:
        """Overdue problems that have not risen for this due date, and still can."""
        rows = self.problems().overdue(day).exclude(level=CoordinationLevel.PROVINCE)
        return rows.filter(Q(raised_for=None) | ~Q(raised_for=F("due_on")))

    def touching(self, entry: Any) -> Self:
        """Those that name the entry, the latest first."""
        return self.filter(entries=entry).order_by("-pk")

    def naming(self, code: str) -> Self:
        """Those that name the entry of that code."""
        return self.filter(entries__code=code)

    def for_rows(self) -> Self:
        """All that a row of a list shows, in a fixed number of queries."""
        rows = self.select_related("unit", "meeting", "origin", "report__round", "report__entry")
        return rows.prefetch_related("entries")

    def raise_overdue(self, act: Act, day: dt.date) -> list[Matter]:
        """Take those overdue on that day one level up; gives the risen. Safe to run again."""
        act = replace(act, on=day)
        with transaction.atomic():
            return [matter for matter in self.to_rise(day)._locked() if matter.raise_level(act)]

    raise_overdue.alters_data = True  # type: ignore[attr-defined]

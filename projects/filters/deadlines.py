"""The conditions of a list on who leads, on deadlines and on milestones, read in its book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from ..choices import MilestoneMark
from ..models.milestonerows import Milestones

if TYPE_CHECKING:
    from ..models import Book

#: Stands for the units of entries that name none.
NOBODY = "none"
OF_MILESTONES = ("milestone", "milestone_after", "milestone_before")


class ByDeadline:
    """Methods of a filter that has a `book` and a `form`."""

    book: Book
    form: Any

    def by_lead(self, rows: Any, name: str, values: list[str]) -> Any:
        if not values:
            return rows
        led = Q(lead__in=[int(value) for value in values if value != NOBODY])
        return rows.filter(led | Q(lead__isnull=True) if NOBODY in values else led)

    def by_overdue(self, rows: Any, name: str, value: str) -> Any:
        return rows.overdue(self.book.day) if value else rows

    def by_due_within(self, rows: Any, name: str, value: int) -> Any:
        """Counted from the day of the book."""
        return rows.due_soon(self.book.day, value)

    def with_milestones(self, rows: Any) -> Any:
        """The three conditions together: they are about one and the same milestone."""
        mark, first, last = (self.form.cleaned_data[name] for name in OF_MILESTONES)
        if not (mark or first or last):
            return rows
        asked = MilestoneMark(mark or MilestoneMark.PLANNED)
        return Milestones(asked, self.book.day, first, last).of(rows)

"""Entries: deadlines of those a unit leads, and steps that wait for their second person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, Subquery

from .. import workflow
from ..choices import STATUS_LABELS, Action, DutyKind
from ..models import LedgerEntry
from ..statistics import address
from ..workflow import SecondPerson
from .duty import Duty, Group, deadline, group, last_row, step_of

#: Statuses whose next step is for another person than the one who brought the entry there.
AWAITING_ANOTHER = frozenset(
    step.origin.slug for step in workflow.STEPS if step.second_person is SecondPerson.NOT_THE_FILER
)


def to_finish(user: Any, day: dt.date, soon_days: int) -> Iterator[Group]:
    """What this person's unit leads and is overdue or due soon. Two queries."""
    own = LedgerEntry.objects.listed().filter(lead=user.unit_id).order_by("due_on", "code")
    rows = {
        DutyKind.ENTRY_LATE: (own.overdue(day), {"overdue": "yes"}),
        DutyKind.ENTRY_SOON: (own.due_soon(day, soon_days), {"due_within": str(soon_days)}),
    }
    for kind, (found, asked) in rows.items():
        duties = (Duty(kind, e, e.code, e.name, **deadline(e.due_on, day)) for e in found)
        is_listed = kind == DutyKind.ENTRY_LATE or soon_days > 0
        scope = {"lead": str(user.unit_id), **asked, "sort": "due"}
        yield from group(kind, duties, address(None, scope) if is_listed else "")


def to_confirm(user: Any) -> Iterator[Group]:
    """What another person has filed and this one may confirm. Two queries."""
    asked = (_second(entry, f"已提请“{entry.requested_label}”") for entry in _requested(user))
    yield from group(DutyKind.SECOND_PERSON, asked)
    brought = list(_brought())
    for status in sorted(AWAITING_ANOTHER):
        here = [entry for entry in brought if entry.status == status]
        others = [entry for entry in here if user.pk not in (entry.filer, entry.status_by_id)]
        # The list of the status holds what this person has filed as well.
        href = address(None, {"status": status}) if others == here else ""
        duties = (_second(entry, f"现为“{entry.status_label}”") for entry in others)
        title = f"“{STATUS_LABELS[status]}”待另一人确认"
        yield from group(DutyKind.SECOND_PERSON, duties, href, title)


def _requested(user: Any) -> Any:
    """Asked for by one, to be carried out by another (终止)."""
    rows = LedgerEntry.objects.listed().exclude(requested_status="")
    step = step_of(last_row(LedgerEntry, Action.REQUEST))
    return rows.exclude(requested_by_id=user.pk).annotate(step=step).order_by("code")


def _brought() -> Any:
    """Brought to their status by one, to be taken further (销号) by another: `filer`, as
    `LedgerEntry.filers` says of one, and who holds its status."""
    brought = last_row(LedgerEntry, Action.MOVE, new_status=OuterRef("status"))
    rows = LedgerEntry.objects.listed().filter(status__in=AWAITING_ANOTHER).order_by("code")
    return rows.annotate(step=step_of(brought), filer=Subquery(brought.values("actor_id")[:1]))


def _second(entry: Any, words: str) -> Duty:
    told = f"{words}，待另一人确认"
    return Duty(DutyKind.SECOND_PERSON, entry, entry.code, entry.name, told, f"#{entry.step}")

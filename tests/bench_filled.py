"""Ledgers of any size for `make bench-pages`, with all that pages show beside the entries.

The seeded entries, their milestones and figures, and a few matters of each kind are copied until
there are enough. One month is frozen, the next is open with a report due on every entry.
"""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import connection

from projects import rounds, seeding
from projects.choices import MatterKind, Role
from projects.models import (
    Act,
    Brief,
    LedgerEntry,
    Matter,
    Meeting,
    Milestone,
    MoneyFigure,
    SavedView,
    guards,
)
from projects.periods import Month, today
from tests import bench_history, factories
from tests.bench_history import STRIDE

VERSIONS = 2
LEADERS = 5
#: Matters of each kind for the entries of the seed.
MATTERS = 5


def fill(entries: int) -> dict[str, Any]:
    """Fill an empty database; returns what stands in the addresses of the pages."""
    call_command("migrate", verbosity=0)
    seeding.seed()
    _name_persons()
    people = _people()
    bench_history.build(entries, VERSIONS)
    copies = -(-entries // _seeded()) - 1
    for model in (Milestone, MoneyFigure):
        key = "entry_id"
        _copied(model, copies, {"id": ""} | {key: f"t.{key} + n.k * %d"})
    keys = _followed(people["bureau"], copies)
    frozen = Month.of(today()).before.before
    keys |= _months(people["bureau"], frozen)
    bench_history.analyze()
    return keys


def _seeded() -> int:
    return LedgerEntry.objects.filter(pk__lt=STRIDE).count()


def _name_persons() -> None:
    """Leaders and a task force on the seeded entries: the seed knows none."""
    for number in range(LEADERS):
        rows = LedgerEntry.objects.filter(pk__in=_every(LEADERS, number))
        rows.update(contact_leader=f"某市领导{number + 1}", task_force=f"某专项组{number + 1}")


def _every(step: int, first: int) -> list[int]:
    return [pk for pk in LedgerEntry.objects.values_list("pk", flat=True) if pk % step == first]


def _people() -> dict[str, Any]:
    roles = {"bureau": Role.BUREAU, "auditor": Role.AUDITOR}
    return {name: factories.user(name, role) for name, role in roles.items()}


def _followed(by: Any, copies: int) -> dict[str, Any]:
    """Matters of each kind, a conference, a contact and a view; conferences and matters copied."""
    seeded = list(LedgerEntry.objects.filter(pk__lt=STRIDE).order_by("pk")[: MATTERS * 3])
    held = _hand_out(seeded)
    first = {kind: Matter.objects.filter(kind=kind).order_by("pk")[0] for kind in MatterKind}
    given = {"name": "红灯", "ledger": "entries", "query": "light=red", "scope": "private"}
    keys = {
        "problem": first[MatterKind.PROBLEM].code,
        "slip": first[MatterKind.SLIP].code,
        "meeting": held.code,
        "contact": factories.contact(entries=seeded[:3]).code,
        "view": SavedView.keep(given, Act(by=by)).pk,
        "unit": _busiest(),
    }
    _copy_matters(copies)
    return keys


def _hand_out(entries: list[LedgerEntry]) -> Meeting:
    """Some overdue, some not, on these entries, and decisions of the conference that it gives."""
    kinds = (MatterKind.PROBLEM, MatterKind.INSTRUCTION, MatterKind.SLIP)
    for number, entry in enumerate(entries):
        due_on = factories.days_from_now(10 * number - 25)
        lead = entry.lead or factories.unit()
        factories.matter(kinds[number % 3], entries=[entry], unit=lead, due_on=due_on)
    held = factories.meeting()
    for number in range(MATTERS):
        factories.decision(at=held, title=f"议定事项{number + 1}")
    return held


def _copy_matters(copies: int) -> None:
    """With what they name: a conference has as many decisions however many there are."""

    def moved(*names: str) -> dict[str, str]:
        return {name: f"t.{name} + n.k * %d" for name in names}

    code = {"code": "t.code || '-' || n.k"}
    _copied(Meeting, copies, moved("id") | code)
    _copied(Matter, copies, moved("id", "slip_number", "meeting_id") | code)
    named = Matter._meta.get_field("entries").remote_field.through
    _copied(named, copies, {"id": ""} | moved("matter_id", "ledgerentry_id"))


def _busiest() -> int:
    """The unit that leads the most entries."""
    counted: dict[int, int] = {}
    for pk in LedgerEntry.objects.exclude(lead=None).values_list("lead", flat=True):
        counted[pk] = counted.get(pk, 0) + 1
    return max(counted, key=lambda pk: counted[pk])


def _copied(model: Any, copies: int, values: dict[str, str]) -> None:
    """Rows of a table again for each copy of the entries; a column without a value is left out."""
    if copies:
        guards.lift(connection)
        given = {name: value for name, value in values.items() if value}
        bench_history.copy(model._meta.db_table, copies, set(values), given)
        guards.install(connection)


def _months(by: Any, frozen: Month) -> dict[str, Any]:
    closed = rounds.open_month(frozen, by=by)
    rounds.close_month(closed, by=by, version=closed.version)
    opened = rounds.open_month(frozen.following, by=by)
    brief = Brief.objects.of(frozen)
    brief.write({}, {}, Act(by=by), version=brief.version)
    report = opened.reports.order_by("pk")[0].entry.code
    return {"frozen": str(frozen), "open": str(opened.period), "report": report}

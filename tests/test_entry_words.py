"""The words by which rows of entries are chosen: phases, running, launched, signed, overdue."""

import datetime as dt

import pytest

from projects.choices import AT_REST, STATUSES, Ledger, Phase
from projects.models import LedgerEntry
from tests.factories import bare, sector

DAY = dt.date(2026, 7, 31)


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


@pytest.fixture
def every_case(db) -> None:
    """An entry of every status, due on every side of every threshold, updated and not."""
    due_dates = [None, *(after(left) for left in (-365, -1, 0, 1, 7, 8, 365))]
    cases = [
        (ledger, status.slug, due_on, awaits_update)
        for ledger, kind in STATUSES.items()
        for status in kind
        for due_on in due_dates
        for awaits_update in (False, True)
    ]
    now = dt.datetime(2026, 7, 31, tzinfo=dt.UTC)
    of_sector = sector()
    bare(LedgerEntry).bulk_create(  # the rows alone: what is read needs no trail
        LedgerEntry(
            code=f"A-{number}",
            ledger=ledger,
            status=status,
            due_on=due_on,
            due_precision="day" if due_on else "",
            awaits_update=awaits_update,
            sector=of_sector,
            created_at=now,
            updated_at=now,
        )
        for number, (ledger, status, due_on, awaits_update) in enumerate(cases)
    )


def keys(rows) -> set[int]:
    return {row.pk for row in rows}


@pytest.mark.usefixtures("every_case")
def test_overdue_and_due_soon_are_told_by_the_due_date_of_what_runs_and_was_updated():
    def found(test) -> set[int]:
        running = [e for e in LedgerEntry.objects.all() if e.phase not in AT_REST and e.due_on]
        return {e.pk for e in running if not e.awaits_update and test(e.due_on)}

    assert keys(LedgerEntry.objects.overdue(at=DAY)) == found(lambda due: due < DAY)
    soon = LedgerEntry.objects.due_soon(at=DAY, days=7)
    assert keys(soon) == found(lambda due: DAY <= due <= after(7))


@pytest.mark.usefixtures("every_case")
def test_the_database_sorts_every_status_into_its_phase():
    entries = LedgerEntry.objects.with_phase()
    assert [e.status for e in entries if e.phase_slug != e.phase] == []
    for phase in Phase:
        assert keys(LedgerEntry.objects.in_phase([phase])) == {
            entry.pk for entry in entries if entry.phase == phase
        }


@pytest.mark.usefixtures("every_case")
def test_running_is_what_is_neither_done_nor_stopped():
    running = {entry.pk for entry in LedgerEntry.objects.all() if entry.phase not in AT_REST}
    assert keys(LedgerEntry.objects.running()) == running


@pytest.mark.usefixtures("every_case")
def test_launched_is_every_item_after_not_started_with_suspended_and_without_terminated():
    items = LedgerEntry.objects.filter(ledger=Ledger.ITEMS)
    assert {entry.status for entry in items.launched()} == {
        "launched",
        "advancing",
        "closing",
        "closed",
        "suspended",
    }


@pytest.mark.usefixtures("every_case")
def test_signed_is_every_agreement_from_signed_on_without_terminated():
    agreements = LedgerEntry.objects.filter(ledger=Ledger.AGREEMENTS)
    assert {entry.status for entry in agreements.signed()} == {
        "signed",
        "in-force",
        "renewed",
        "fulfilled",
        "expired",
    }

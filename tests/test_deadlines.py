"""The deadline ledger: the date first set, how often it moved, how far, why and by whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import QueryDict
from django.test import Client

from projects.choices import Reason, Role
from projects.filters import EntryFilter
from projects.models import Act, LedgerEntry
from projects.verification import verify
from tests import factories

pytestmark = pytest.mark.django_db

DUE = dt.date(2030, 6, 30)


def moved(entry: LedgerEntry, days: int, reason: Reason = Reason.FUNDING) -> LedgerEntry:
    entry.due_on = DUE + dt.timedelta(days=days)
    entry.save(act=Act(reason=reason, note="说明"))
    return entry


def ledger_of(entry: LedgerEntry) -> tuple[dt.date | None, int, int | None]:
    stored = LedgerEntry.objects.get(pk=entry.pk)
    return stored.due_first_on, stored.due_moves, stored.due_slip


def test_a_deadline_that_never_moved_has_no_slip():
    assert ledger_of(factories.item(due_on=DUE)) == (DUE, 0, None)
    assert ledger_of(factories.item(due_on=None)) == (None, 0, None)


def test_a_deadline_set_later_is_the_first_and_no_move():
    entry = factories.item(due_on=None)
    assert ledger_of(moved(entry, 0)) == (DUE, 0, None)


def test_moves_are_counted_and_the_slip_is_from_the_first_date():
    entry = moved(moved(factories.item(due_on=DUE), 30), 20)
    assert ledger_of(entry) == (DUE, 2, 20)
    assert ledger_of(moved(entry, -5)) == (DUE, 3, -5)


def test_a_correction_is_no_move():
    entry = moved(factories.item(due_on=DUE), 10, Reason.MISRECORDED)
    first = DUE + dt.timedelta(days=10)
    assert ledger_of(entry) == (first, 0, None)
    assert ledger_of(moved(entry, 40)) == (first, 1, 30)
    assert ledger_of(moved(entry, 45, Reason.MISRECORDED)) == (first, 1, 35)
    assert verify().is_intact


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("moves_min=1", ["SX-0001", "SX-0002"]),
        ("moves_min=2", ["SX-0002"]),
        ("slip_min=30", ["SX-0001"]),
        ("slip_min=31", []),
        ("sort=-slip&moves_min=1", ["SX-0001", "SX-0002"]),
    ],
)
def test_lists_are_filtered_by_moves_and_slip(query: str, codes: list[str]):
    moved(factories.item(code="SX-0001", due_on=DUE), 30)
    moved(moved(factories.item(code="SX-0002", due_on=DUE), 30), 10)
    factories.item(code="SX-0003", due_on=DUE)
    assert [entry.code for entry in EntryFilter(QueryDict(query)).rows] == codes


@pytest.mark.parametrize("query", ["moves_min=0", "moves_min=x", "slip_min=-1", "slip_min=１"])
def test_nonsense_lists_nothing(query: str):
    chosen = EntryFilter(QueryDict(query))
    assert chosen.problems
    assert not chosen.rows.exists()


def test_the_page_tells_every_move_with_its_reason_and_who(client: Client):
    entry = factories.item(due_on=DUE)
    entry.due_on = DUE + dt.timedelta(days=9)
    entry.save(act=Act(by=factories.bureau(), reason=Reason.LAND, note="用地未批"))
    client.force_login(factories.user("leader", Role.LEADER))
    html = client.get(entry.get_absolute_url()).content.decode()
    for words in ("时限调整", "2030-06-30", "2030-07-09", "用地等要素未落实：用地未批", "bureau"):
        assert words in html

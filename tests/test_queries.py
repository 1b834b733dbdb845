"""Every list and board costs the same number of queries for one row, three rows and all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import rounds, seeding
from projects.choices import Role
from projects.models import (
    Act,
    CooperationItem,
    LedgerEntry,
    LightRule,
    Organisation,
    Round,
    TaskForce,
)
from projects.periods import Month, today

from . import factories

pytestmark = pytest.mark.django_db

#: Session and user, their groups, then what the page itself asks, two for the clock of lights,
#: one for the task forces that may be asked for, one for the saved views.
LISTS = {
    "/agreements/": 20,
    "/items/": 20,
    "/industrial/": 20,
    "/infrastructure/": 20,
    "/entries/": 20,
    "/items/columns/": 8,
    "/items/timeline/": 13,
    "/entries/timeline/": 13,
}
BOARDS = {
    "/": 29,
    "/sectors/": 10,
    "/sectors/transport/": 27,
    "/cities/": 11,
    "/cities/512000/": 27,
    "/cities/512021/": 27,
    "/units/{unit}/": 26,
    "/leaders/": 6,
    "/leaders/{leader}/": 25,
    "/task-forces/{force}/": 26,
    "/lists/": 18,
    "/matrix/": 11,
    "/matrix/?by=county&rows=all": 11,
    "/matrix/?by=task_force&sector=transport": 12,
    "/wall/": 10,
    "/wall/?slides=overdue": 9,
    "/wall/?slides=sectors": 10,
    "/wall/?slides=matters": 8,
    "/wall/?slides=round": 11,
}
FILES = {"/items.csv": 26, "/items.xlsx": 26, "/entries.csv": 26}
ADMIN = {
    "/admin/projects/agreement/": 20,
    "/admin/projects/cooperationitem/": 20,
    "/admin/projects/industrialproject/": 20,
    "/admin/projects/infrastructureproject/": 20,
}
#: The ledger as at a day and as at a frozen month, and what auditors read.
PAST = {
    "/items/?as_of={day}": 19,
    "/entries/?as_of={day}": 19,
    "/items/?as_of={month}": 21,
    "/?as_of={day}": 24,
    "/?as_of={month}": 25,
    "/items/timeline/?as_of={day}": 11,
    "/sectors/?as_of={day}": 9,
    "/cities/512021/?as_of={day}": 24,
    "/units/{unit}/?as_of={day}": 24,
    "/items.csv?as_of={day}": 25,
    "/items.csv?as_of={month}": 27,
    "/rounds/": 11,
    "/rounds/{month}/": 13,
    "/rounds/{open}/": 13,
    "/rounds/{open}/reports/": 7,
    "/rounds/{open}/units/{unit}/": 14,
    "/rounds/{open}/reports/{report}/": 12,
    "/briefs/": 5,
    "/briefs/{month}/": 27,
    "/briefs/{month}/edit/": 15,
    "/briefs/{month}.docx": 39,
    "/briefs/templates/": 4,
    "/problems/?as_of={month}": 12,
    "/compare/?from=2020-01-01&to={day}": 24,
    "/lists/?as_of={day}": 19,
    "/matrix/?as_of={day}": 10,
    "/matrix/?by=sector&as_of={month}": 12,
    "/items/?as_of={day}&overdue=yes": 19,
    "/membership/?from=2020-01-01&to={day}": 11,
    "/membership.csv?from=2020-01-01&to={day}": 22,
    "/todo/": 11,
    "/trail/": 5,
    "/receipts/": 5,
    "/tasks/": 5,
}
#: Conferences, contacts and task forces.
TOGETHER = {
    "/meetings/": 9,
    "/meetings/{meeting}/": 11,
    "/meetings/{meeting}/agenda/": 8,
    "/meetings/{meeting}/decide/": 6,
    "/contacts/": 7,
    "/contacts/{contact}/": 6,
    "/task-forces/": 8,
    "/task-forces/?as_of={day}": 7,
}
#: What is followed up: lists, files, one of each, and as at a past day.
FOLLOWED = {
    "/problems/": 13,
    "/decisions/": 11,
    "/instructions/": 11,
    "/supervision/": 12,
    "/supervision.csv": 22,
    "/problems.xlsx": 21,
    "/matters/{problem}/": 20,
    "/matters/{problem}/?as_of={day}": 22,
    "/matters/{problem}/edit/": 8,
    "/problems/new/?entry={entry}": 5,
    "/supervision/{slip}/print/": 9,
    "/items/{entry}/": 21,
    "/items/{entry}/?as_of={day}": 23,
}
EXPECTED = {**LISTS, **BOARDS, **FILES, **ADMIN, **PAST, **TOGETHER, **FOLLOWED}

Maker = Callable[..., Any]


def grow(rows: int) -> Organisation:
    """So many entries in each ledger: in two places, with a partner, overdue and due soon."""
    lead = factories.unit("牵头单位")
    LightRule().save()
    # What each is made by, and the column that names the entry it comes from.
    makers: list[tuple[Maker, str]] = [
        (factories.agreement, ""),
        (factories.item, "agreement"),
        (factories.industrial, "item"),
        (factories.infrastructure, "item"),
    ]
    made: dict[str, Any] = {}
    for make, origin in makers:
        for number in range(rows):
            comes_from = {origin: made[origin]} if origin else {}
            days = -30 if number % 2 == 0 else 3
            made[make.__name__] = make(
                **comes_from,
                lead=lead,
                due_on=today() + dt.timedelta(days=days),
                regions=[factories.region("512021"), factories.region("510112")],
                partners=[factories.unit(f"配合单位{number}")],
                contact_leader="张某",
                task_force="某专项组",
            )
    return lead


def confer(rows: int) -> dict[str, str]:
    """So many conferences, the last with so many problems, decisions and open problems beside it;
    so many contacts on the first item, and task forces with and without entries."""
    entry = CooperationItem.objects.order_by("code")[0]
    for _ in range(rows):
        held = factories.meeting()
        kept = factories.contact(entries=[entry])
    for number in range(rows):
        factories.decision(at=held, problem=factories.problem(entries=[entry]))
        factories.decision(at=held)
        factories.problem(entries=[entry])
        TaskForce(name=f"专项组{number}", office=factories.unit()).save()
        factories.item(task_force=f"专班{number}")
    return {"meeting": held.code, "contact": kept.code}


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response: Any = client.get(address)
        assert response.status_code == 200, address
        if response.streaming:
            b"".join(response.streaming_content)
    return len(captured)


def followed(rows: int) -> dict[str, str]:
    """So many matters of each kind on one entry, told of and proved, all that came of the first."""
    entry = factories.item()
    first = factories.problem(entries=[entry], due_on=today())
    slip = factories.slip(entries=[entry], origin=first)
    factories.instruction(entries=[entry])
    held = factories.meeting()
    factories.decision(at=held, problem=first)
    for number in range(rows):
        if number:
            factories.problem(entries=[entry], unit=factories.unit(f"另一单位{number}"))
            factories.slip(entries=[entry], origin=first)
            factories.instruction(entries=[entry])
            factories.decision(at=held, problem=first)
        for found in (first, slip):
            found.handle(f"第{number}次", Act(by=factories.clerk()))
            factories.attachment(found, f"第{number}份".encode(), "佐证.txt")
    return {"problem": first.code, "slip": slip.code, "entry": entry.code}


def costs(client: Client, unit: int, rows: int) -> dict[str, int]:
    frozen = freeze_last_month()
    opened = rounds.open_month(frozen.period.following, by=factories.bureau("opener"))
    report = opened.reports.filter(unit=unit).order_by("pk")[0]
    names: dict[str, Any] = {"unit": unit, "day": today(), **confer(rows)}
    names |= {"month": frozen.period, "open": opened.period}
    names["report"] = report.entry.code
    named = LedgerEntry.objects.exclude(contact_leader="").exclude(task_force="")[0]
    names |= {"leader": named.contact_leader, "force": named.task_force}
    names |= followed(rows)
    return {path: queries(client, path.format(**names)) for path in EXPECTED}


def freeze_last_month() -> Round:
    by = factories.user("office", Role.BUREAU)
    opened = rounds.open_month(Month.of(today()).before, by=by)
    rounds.close_month(opened, by=by, version=opened.version)
    return opened


@pytest.fixture
def bureau(client: Client) -> Client:
    client.force_login(factories.user("bureau-in-test", Role.BUREAU))
    return client


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_for_one_row_and_for_three(bureau: Client, rows: int) -> None:
    lead = grow(rows)
    assert costs(bureau, lead.pk, rows) == EXPECTED


def test_pages_cost_the_same_for_all_rows(bureau: Client) -> None:
    seeding.seed()
    lead = Organisation.objects.get(name__startswith="示例单位二")
    assert costs(bureau, lead.pk, 4) == EXPECTED

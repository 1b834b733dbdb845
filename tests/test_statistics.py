"""The numbers of the boards: each count is that of the list to which it leads."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.urls import resolve

from projects import reconciliation, statistics
from projects.choices import Ledger, Reason, Role
from projects.filters import EntryFilter
from projects.followup import follow_up
from projects.models import LEDGER_MODELS, Act, Book, LedgerEntry, Organisation
from projects.models.ledger import LedgerEntryQuerySet
from projects.periods import today
from projects.statistics import Board, Params, Share, Tally, scope_board
from tests import factories
from tests.factories import (
    agreement,
    infrastructure,
    item,
    kept_for_module,
    region,
    sector,
    small_ledgers,
    unit,
)

DAY = dt.date(2026, 7, 31)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _ledgers(django_db_setup, django_db_blocker):
    with kept_for_module(django_db_blocker):
        small_ledgers()
        item(name="调出的事项", regions=[region("512002")], due_on=dt.date(2026, 1, 1)).delist(
            Act(reason=Reason.REPLACED)
        )
        yield


def listed() -> LedgerEntryQuerySet:
    return LedgerEntry.objects.listed()


def education() -> int:
    return Organisation.objects.get(name__contains="教育局").pk


#: Rows of a scope, and the parameters that should choose the same.
SCOPES: dict[str, Callable[[], tuple[LedgerEntryQuerySet, Params]]] = {
    "everything": lambda: (listed(), {}),
    "a sector": lambda: (
        listed().filter(sector__slug="transport"),
        {"sector": "transport"},
    ),
    "a city": lambda: (listed().in_places(["512000"]), {"city": "512000"}),
    "a county": lambda: (listed().in_places(["512002"]), {"district": "512002"}),
    "a zone": lambda: (listed().in_places(["chengdu-east"]), {"district": "chengdu-east"}),
    "a unit": lambda: (listed().of_unit([education()]), {"unit": str(education())}),
}


def board_of(scope: str) -> Board:
    rows, params = SCOPES[scope]()
    return scope_board(rows, params, Book(now=DAY))


def tallies(value: object) -> Iterator[Tally]:
    """Every count anywhere on a board."""
    if isinstance(value, Tally):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from tallies(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from tallies(getattr(value, field.name))


def rows_behind(href: str) -> int:
    """How many rows the list at that address has."""
    address = urlsplit(href)
    path = resolve(address.path).kwargs["ledger"]
    ledger = None if path == "entries" else Ledger(path)
    model = LEDGER_MODELS[ledger] if ledger else LedgerEntry
    query = QueryDict(address.query)
    chosen = EntryFilter(query, model.objects.listed(), ledger=ledger, day=DAY)
    assert chosen.problems == []
    return chosen.rows.count()


def disagreeing(board: object) -> list[tuple[str, int, int]]:
    return [
        (tally.href, tally.count, rows)
        for tally in tallies(board)
        if tally.count != (rows := rows_behind(tally.href))
    ]


# --- counts and lists agree ---------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
def test_every_count_of_a_board_is_that_of_the_list_it_leads_to(scope):
    board = board_of(scope)
    assert disagreeing(board) == []
    assert len(list(tallies(board))) == 92
    assert sum(summary.total.count for summary in board.ledgers) == SCOPES[scope]()[0].count() > 0


def test_every_count_of_the_lines_by_sector_is_that_of_its_list():
    rows = statistics.sector_rows(Book(now=DAY))
    assert disagreeing(rows) == []
    assert len(list(tallies(rows))) == 6 * 9


def test_every_count_of_the_lines_by_place_is_that_of_its_list():
    rows = statistics.place_rows(Book(now=DAY))
    assert disagreeing(rows) == []
    assert len(list(tallies(rows))) == 7 * 9


def test_every_count_of_the_reconciliation_is_that_of_its_list():
    checks = reconciliation.reconcile()
    assert [(check.ledger, check.expected, check.actual) for check in checks] == [
        ("agreements", 198, 1),
        ("items", 135, 3),
        ("items", 89, 2),
        ("industrial", 41, 1),
        ("infrastructure", 18, 2),
    ]
    assert [rows_behind(check.href) for check in checks] == [check.actual for check in checks]


# --- the numbers themselves ---------------------------------------------------------------------


def numbers(found: tuple[Tally, ...]) -> dict[str, int]:
    return {tally.slug: tally.count for tally in found if tally.count}


def test_the_overview_counts_each_ledger_by_phase_status_and_light():
    agreements, items, industrial, works = board_of("everything").ledgers
    assert [s.total.count for s in (agreements, items, industrial, works)] == [1, 3, 1, 2]
    assert numbers(items.phases) == {"not-started": 1, "under-way": 1, "done": 1}
    assert numbers(items.statuses) == {"not-started": 1, "launched": 1, "closed": 1}
    assert numbers(items.lights) == {"red": 1, "blue": 1, "grey": 1}
    assert numbers(works.phases) == {"under-way": 1, "stopped": 1}


def test_phases_statuses_and_lights_of_a_ledger_each_add_up_to_its_total():
    for summary in board_of("everything").ledgers:
        for part in (summary.phases, summary.statuses, summary.lights):
            assert sum(tally.count for tally in part) == summary.total.count


def test_lights_over_all_ledgers_count_entries_of_one_list():
    assert numbers(board_of("everything").lights) == {"red": 1, "blue": 2, "green": 1, "grey": 3}
    assert numbers(board_of("a unit").lights) == {"blue": 1, "grey": 2}


def launched_share(board: Board) -> Share | None:
    return next((summary.share for summary in board.ledgers if summary.share), None)


def test_the_launched_share_is_of_the_items_and_of_nothing_else():
    share = launched_share(board_of("everything"))
    assert share is not None
    assert (share.part.count, share.whole.count, share.percent) == (2, 3, "66.7%")
    assert share.whole.href == "/items/"
    assert [summary.share is not None for summary in board_of("everything").ledgers] == [
        False,
        True,
        False,
        False,
    ]


def test_a_share_of_nothing_has_no_percentage():
    share = launched_share(scope_board(listed().none(), {}, Book(now=DAY)))
    assert share is not None
    assert (share.part.count, share.whole.count, share.percent) == (0, 0, "")


def test_the_launched_share_counts_suspended_and_not_terminated():
    item(code="SX-81", status="suspended")
    item(code="SX-82", status="terminated")
    share = launched_share(board_of("everything"))
    assert share is not None
    assert (share.part.count, share.whole.count) == (3, 5)


def test_a_city_counts_an_entry_in_two_of_its_places_once():
    infrastructure(code="JC-81", regions=[region("512002"), region("512021"), region("512000")])
    by_place = {row.label: row for row in statistics.place_rows(Book(now=DAY))}
    works = {label: numbers(row.cells).get("infrastructure", 0) for label, row in by_place.items()}
    assert works == {
        "成都市": 1,
        "简阳市": 0,
        "成都东部新区": 1,
        "资阳市": 2,
        "雁江区": 2,
        "安岳县": 1,
        "资阳临空经济区": 0,
    }
    assert disagreeing(tuple(by_place.values())) == []


def test_places_stand_with_the_two_cities_first_and_each_with_what_lies_in_it():
    region("511400")
    region("tianfu")
    assert [row.label for row in statistics.place_rows(Book(now=DAY))] == [
        *("成都市", "简阳市", "成都东部新区", "四川天府新区"),
        *("资阳市", "雁江区", "安岳县", "资阳临空经济区"),
        "眉山市",
    ]


def test_a_sector_without_entries_has_its_line_all_the_same():
    sector("ecology")
    lines = {row.label: row for row in statistics.sector_rows(Book(now=DAY))}
    assert list(lines) == [
        *("体制机制", "交通", "水利能源", "产业协作", "医疗卫生", "教育", "生态环保")
    ]
    assert numbers(lines["生态环保"].cells) == {}


def test_a_delisted_entry_counts_nowhere():
    assert LedgerEntry.objects.filter(name="调出的事项").count() == 1
    assert [a.entry.name for a in attention(board_of("everything"), "red")] == ["3路公交延伸"]


def attention(board: Board, light: str) -> tuple[statistics.Attention, ...]:
    """The entries that a board shows for a light."""
    (lit,) = (lit for lit in board.attention if lit.light == light)
    return lit.entries


# --- what needs attention -------------------------------------------------------------------------


def test_what_is_overdue_and_what_is_due_soon_stand_with_the_most_pressing_first():
    board = board_of("everything")
    assert [(a.entry.code, a.light.light.value) for a in attention(board, "red")] == [
        ("SX-0001", "red")
    ]
    assert [(a.entry.code, a.light.light.value) for a in attention(board, "blue")] == [
        ("SX-0002", "blue"),
        ("JC-0001", "blue"),
    ]


def test_a_board_shows_the_eight_most_pressing_and_counts_all():
    for number in range(9):
        agreement(
            code=f"XY-8{number}", status="signed", due_on=DAY - dt.timedelta(days=10 + number)
        )
    board = board_of("everything")
    assert [a.entry.code for a in attention(board, "red")] == [f"XY-8{n}" for n in range(8, 0, -1)]
    assert numbers(board.lights)["red"] == 10


def test_a_scope_shows_what_is_pressing_in_it_alone():
    assert [a.entry.code for a in attention(board_of("a unit"), "red")] == []
    assert [a.entry.code for a in attention(board_of("a unit"), "blue")] == ["SX-0002"]


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ledger", "params", "href"),
    [
        (None, {}, "/entries/"),
        (Ledger.ITEMS, {}, "/items/"),
        (None, {"city": "512000", "light": "red"}, "/entries/?city=512000&light=red"),
        (
            Ledger.INFRASTRUCTURE,
            {"status": ["permit", "commenced"]},
            "/infrastructure/?status=permit&status=commenced",
        ),
    ],
)
def test_the_address_of_a_list_carries_its_parameters(ledger, params, href):
    assert statistics.address(ledger, params) == href


def test_a_unit_without_entries_has_a_board_of_zeros():
    idle = unit("3号 无事的单位")
    board = scope_board(listed().of_unit([idle.pk]), {"unit": str(idle.pk)}, Book(now=DAY))
    assert {tally.count for tally in tallies(board)} == {0}
    assert disagreeing(board) == []


# --- what is followed up --------------------------------------------------------------------------


def test_every_count_of_what_is_followed_up_is_that_of_its_list(client):
    client.force_login(factories.user("a-leader", Role.LEADER))
    unit = factories.unit("9号单位")
    factories.problem(due_on=factories.days_from_now(-3), unit=unit)
    factories.problem(due_on=factories.days_from_now(9))
    factories.slip(unit=unit)
    filed = factories.instruction(unit=unit)
    filed.handle("已办", Act(by=factories.clerk()))
    filed.take("file", Act(by=factories.clerk(), note="已办结"), version=filed.version)
    lines = {line.label: [t.count for t in line.cells] for line in follow_up(today())}
    assert lines == {
        "问题": [2, 1, 0],
        "议定事项": [0, 0, 0],
        "领导批示": [0, 0, 1],
        "督办单": [1, 0, 0],
    }
    of_unit = [[t.count for t in line.cells] for line in follow_up(today(), unit)]
    assert of_unit == [[1, 1, 0], [0, 0, 0], [0, 0, 1], [1, 0, 0]]
    for line in (*follow_up(today()), *follow_up(today(), unit)):
        for tally in line.cells:
            html = client.get(tally.href).content.decode()
            assert f'data-total="{tally.count}"' in html, tally.href
    assert "问题与督办" in client.get("/").content.decode()

"""专项组: the directory with its numbers, and the lists by task force, today and on past days."""

import datetime as dt
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from projects.choices import Role
from projects.filters import ComparisonFilter, EntryFilter
from projects.models import Act, LedgerEntry, TaskForce, User
from projects.periods import AsOf
from tests.factories import agreement, bureau, days_from_now, industrial, item, unit, user
from tests.test_meeting_pages import html_of, links, total

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> User:
    """The bureau, signed in."""
    person = bureau("office")
    client.force_login(person)
    return person


def force(name: str, *, act: Act | None = None, **fields: Any) -> TaskForce:
    made = TaskForce(name=name, **fields)
    made.save(act=act)
    return made


@pytest.fixture
def mixed(office: User) -> None:
    """Two of the directory, one without entries; entries of one beyond it, and of none."""
    force("交通专项组", leader="张某某 副市长", office=unit(), duties="统筹交通", position=1)
    force("产业专项组", position=2)
    agreement(task_force="交通专项组")
    item(task_force="交通专项组")
    item(task_force="交通专项组")
    item(task_force="水利专班")
    industrial()


def tables(response: Any) -> list[list[tuple[str, list[str]]]]:
    """The tables of the page: name and the four numbers of each row."""
    return [
        [
            (name, re.findall(r'data-count="(\d+)"', row))
            for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
            for name in re.findall(r'class="name"><a [^>]*>(.*?)</a></th>', row)
        ]
        for body in re.findall(r"<tbody>(.*?)</tbody>", html_of(response), re.S)
    ]


def test_the_directory_counts_by_ledger_and_names_what_is_beyond_it(
    client: Client, mixed: None
) -> None:
    response = client.get("/task-forces/")
    assert tables(response) == [
        [("交通专项组", ["1", "2", "0", "0"]), ("产业专项组", ["0", "0", "0", "0"])],
        [("水利专班", ["0", "1", "0", "0"])],
    ]
    assert total(response) == 2
    html = html_of(response)
    assert "未登记的专项组" in html
    assert all(word in html for word in ("张某某 副市长", str(unit()), "统筹交通"))


def test_every_number_leads_to_just_so_many_rows(client: Client, mixed: None) -> None:
    counted = links(client.get("/task-forces/"))
    assert len(counted) == 12
    assert {address: total(client.get(address)) for address in counted} == counted


def test_without_strangers_and_without_a_directory_the_page_says_so(
    client: Client, office: User
) -> None:
    html = html_of(client.get("/task-forces/"))
    assert "还没有登记专项组" in html
    assert "未登记的专项组" not in html
    assert "/admin/projects/taskforce/" in html
    client.force_login(user("leader", Role.LEADER))
    assert "/admin/" not in html_of(client.get("/task-forces/"))


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


def test_of_a_past_day_it_is_the_directory_and_the_numbers_of_then(
    client: Client, office: User
) -> None:
    first, day = days_from_now(-40), days_from_now(-30)
    then = Act(at=moment(first))
    made = force("交通组", act=then, leader="前任组长", office=unit(act=then))
    entry = item(task_force="交通组", act=then)
    made.name, made.leader = "交通专项组", "现任组长"
    made.save()
    entry.task_force = "交通专项组"
    entry.save()
    force("产业专项组")
    response = client.get(f"/task-forces/?as_of={day}")
    assert tables(response) == [[("交通组", ["0", "1", "0", "0"])]]
    assert "前任组长" in html_of(response)
    counted = links(response)
    assert {address: total(client.get(address)) for address in counted} == counted
    assert [row for row, _ in tables(client.get("/task-forces/"))[0]] == [
        "交通专项组",
        "产业专项组",
    ]
    assert client.get("/task-forces/?name=交通组").status_code == 400


# --- the parameter of the lists -----------------------------------------------------------


def asked(query: str) -> EntryFilter:
    return EntryFilter(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("task_force=交通专项组", ["SX-0001", "SX-0002", "XY-0001"]),
        ("task_force=产业专项组", []),
        ("task_force=水利专班", ["SX-0003"]),
        ("task_force=水利专班&task_force=交通专项组", ["SX-0001", "SX-0002", "SX-0003", "XY-0001"]),
        ("task_force=", ["CY-0001", "SX-0001", "SX-0002", "SX-0003", "XY-0001"]),
    ],
)
def test_a_list_by_task_force_holds_exactly_its_entries(
    mixed: None, query: str, codes: list[str]
) -> None:
    chosen = asked(query)
    assert (chosen.problems, [entry.code for entry in chosen.rows]) == ([], codes)


@pytest.mark.parametrize("name", ["交通", "交通专项组 ", "不存在", "\x00", "\ud800", "交" * 999])
def test_a_name_that_nobody_gives_lists_nothing(mixed: None, name: str) -> None:
    query = QueryDict(mutable=True)
    query["task_force"] = name
    chosen = EntryFilter(query)
    assert [problem.label for problem in chosen.problems] == ["专项组"]
    assert not chosen.rows.exists()


def test_the_condition_says_itself_and_is_offered_on_the_list(client: Client, mixed: None) -> None:
    assert asked("task_force=交通专项组").in_words() == "专项组：交通专项组"
    html = html_of(client.get("/items/?task_force=水利专班"))
    assert re.findall(r'<option value="([^"]+专[^"]+)"', html) == [
        *("交通专项组", "产业专项组", "水利专班"),
    ]
    assert '<option value="水利专班" selected>' in html


def test_an_export_asks_the_same_and_refuses_the_same(client: Client, mixed: None) -> None:
    sent = client.get("/items.csv?task_force=交通专项组")
    rows = b"".join(sent.streaming_content).decode("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["SX-0001", "SX-0002"]
    assert client.get("/items.csv?task_force=不存在").status_code == 400


def test_two_days_are_compared_by_names_of_either(office: User) -> None:
    """A name that was given up since, or was not there then, still finds its rows."""
    first, day = days_from_now(-40), days_from_now(-30)
    entry = item(task_force="交通组", act=Act(at=moment(first)))
    LedgerEntry.objects.filter(pk=entry.pk).update(task_force="交通专项组")
    query = f"from={day}&to={days_from_now(0)}&task_force=交通组&task_force=交通专项组"
    chosen = ComparisonFilter(QueryDict(query))
    assert chosen.problems == []
    before, after = chosen.books()
    found = [[row.code for row in chosen.rows(book)] for book in (before, after)]
    assert found == [["SX-0001"], ["SX-0001"]]
    assert before.as_of == AsOf(day)

"""Finding: one box over entries, units, places, matters, conferences and persons."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from projects.choices import Reason, Role
from projects.filters import FindForm
from projects.finding import NAMED, Finder, Group, Hit, is_too_short
from projects.models import Act, Book, LedgerEntry, TaskForce, User
from projects.periods import AsOf, today

from . import factories

pytestmark = pytest.mark.django_db

TYPING = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(factories.user("reader", Role.LEADER))
    return client


def finder(query: str, user: User | None = None, book: Book | None = None) -> Finder:
    return Finder(query, book or Book(), user or factories.clerk())


def found(query: str, user: User | None = None) -> dict[str, list[str]]:
    """The names of what is found, by group."""
    groups = finder(query, user).groups(counted=True)
    return {group.slug: [hit.label for hit in group.hits] for group in groups}


def page(client: Client, query: str, **headers: str) -> str:
    response = client.get("/find/", {"q": query}, **headers)
    assert response.status_code == 200
    return response.content.decode()


# --- what is found --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["成资S3线", "成资ｓ3线", "czs3x", "CZS3X", "chengzis3xian", "轨道交通资阳线", "gdjt"],
)
def test_an_entry_is_found_by_name_alias_pinyin_and_initials(query):
    factories.infrastructure(name="成资S3线", aliases="轨道交通资阳线", lead=None)
    factories.infrastructure(name="成资渝高速", lead=None)
    assert found(query) == {"infrastructure": ["成资S3线"]}


def test_each_ledger_is_a_group_of_its_own():
    for make in ("agreement", "item", "industrial", "infrastructure"):
        getattr(factories, make)(name=f"共建{make}", lead=None)
    assert found("共建") == {
        "agreements": ["共建agreement"],
        "items": ["共建item"],
        "industrial": ["共建industrial"],
        "infrastructure": ["共建infrastructure"],
    }


def test_the_name_itself_comes_first_then_what_begins_so_then_initials_then_the_rest():
    for name in ("两地公交站", "港口交接", "公交", "公交一卡通"):
        factories.item(name=name, lead=None)
    assert found("公交")["items"] == ["公交", "公交一卡通", "两地公交站"]
    assert found("gj")["items"] == ["公交", "公交一卡通", "两地公交站"]
    assert found("gongjiao")["items"] == ["公交", "公交一卡通", "两地公交站"]


def test_initials_at_the_beginning_come_before_initials_within():
    factories.item(name="两地公交站", lead=None)  # ldgjz
    factories.item(name="公交专线", lead=None)  # gjzx
    assert found("gjz")["items"] == ["公交专线", "两地公交站"]


@pytest.mark.parametrize("query", ["SX-0018", "sx-0018", "ＳＸ－００１８", " sx-0018 "])
def test_a_code_leads_straight_to_its_record(query):
    factories.item(code="SX-0018", name="要找的")
    factories.item(code="SX-0118", name="另一个")
    hit = finder(query).direct()
    assert hit is not None
    assert (hit.code, hit.label, hit.href) == ("SX-0018", "要找的", "/items/SX-0018/")


def test_the_code_of_an_entry_off_the_lists_still_leads_to_it():
    entry = factories.item()
    entry.delist(Act(by=factories.clerk(), reason=Reason.REPLACED, note="并入他项"))
    hit = finder(entry.code).direct()
    assert hit is not None
    assert (hit.href, hit.note) == (entry.get_absolute_url(), "已调出")


def test_codes_of_matters_conferences_and_contacts_lead_to_them():
    made = [factories.problem(), factories.meeting(), factories.contact()]
    hits = [finder(record.code.lower()).direct() for record in made]
    assert [hit and hit.href for hit in hits] == [record.get_absolute_url() for record in made]


def test_units_sectors_places_and_task_forces_are_found_by_name_and_sound():
    factories.unit("资阳市水务局", short_name="水务局")
    factories.sector("water")
    factories.region("512021")
    TaskForce(name="水利专项组", leader="李某").save()
    assert found("水") == {
        "units": ["资阳市水务局"],
        "sectors": ["水利能源"],
        "task-forces": ["水利专项组"],
    }
    assert found("slny") == {"sectors": ["水利能源"]}
    assert found("512021") == {"places": ["安岳县"]}
    assert found("ayx") == {"places": ["安岳县"]}


def test_persons_are_found_as_entries_name_them_with_what_they_are_there():
    factories.item(contact_leader="王某某", responsible_person="张某", lead=None)
    factories.item(responsible_person="王某某", lead=None)
    factories.item(responsible_person="李某", lead=None)
    (group,) = [g for g in finder("wmm").groups(counted=True) if g.slug == "persons"]
    (hit,) = group.hits
    assert (hit.label, hit.note) == ("王某某", "联系市领导、责任人")
    assert hit.tally is not None
    assert hit.tally.count == 2


def test_a_person_is_not_found_by_the_name_of_the_unit():
    factories.item(contact_leader="王某某", lead=factories.unit("资阳市水务局"))
    assert "persons" not in found("zyssw")
    assert "persons" not in found("水务")


def test_matters_and_conferences_are_found_by_words_and_sound():
    factories.problem(title="跨市公交补贴未定")
    factories.meeting(title="公交协调会")
    assert found("公交") == {"matters": ["跨市公交补贴未定"], "meetings": ["公交协调会"]}
    assert found("gjbt") == {"matters": ["跨市公交补贴未定"]}
    assert found("gjxth") == {"meetings": ["公交协调会"]}


def test_what_is_not_on_the_lists_is_not_found():
    factories.item(name="公交延伸")
    assert found("没有这样的") == {}


# --- who may see what -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.BUREAU, True), (Role.AUDITOR, True), (Role.LEADER, False), (Role.REPORTER, False)],
)
def test_drafts_are_found_by_those_alone_who_may_see_them(role, sees):
    draft = factories.problem(title="草拟的公交问题", is_draft=True)
    user = factories.user("someone", role)
    assert ("matters" in found("草拟", user)) is sees
    assert (finder(draft.code, user).direct() is not None) is sees


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.SECADMIN])
def test_who_may_not_read_ledgers_may_not_search_them(client, role):
    client.force_login(factories.user("someone", role))
    assert client.get("/find/?q=x").status_code == 403
    assert client.get("/find/?q=x", **TYPING).status_code == 403


# --- every number is its list ---------------------------------------------------------------


def test_every_number_leads_to_exactly_its_rows(reader):
    factories.small_ledgers()
    factories.problem(title="公交问题")
    factories.slip(title="公交督办")
    factories.meeting(title="公交会议")
    factories.item(contact_leader="公某", responsible_person="公某")
    TaskForce(name="公交专班").save()
    factories.item(task_force="公交专班")
    checked = 0
    for query in ("公", "交通", "2", "jiao", "公交", "gj"):
        html = page(reader, query)
        for href, count in re.findall(r'href="([^"]+)" data-count="(\d+)"', html):
            answer = reader.get(unquote(href.replace("&amp;", "&"))).content.decode()
            assert f'data-total="{count}"' in answer, href
            checked += 1
    assert checked > 20


def test_a_leader_leads_to_the_entries_that_they_contact_alone(reader):
    factories.item(contact_leader="公某")
    factories.item(name="公某路改造")
    html = page(reader, "公某")
    (found,) = re.findall(r'href="(/entries/\?leader=[^"]+)" data-count="(\d+)"', html)
    assert (unquote(found[0]), found[1]) == ("/entries/?leader=公某", "1")
    assert 'data-total="1"' in reader.get(found[0]).content.decode()


def test_a_group_without_a_list_is_listed_whole(reader):
    for number in range(12):
        factories.unit(f"{number:02}水务局")
    html = page(reader, "水务")
    assert '<a class="tally" href="/find/?q=%E6%B0%B4%E5%8A%A1&amp;group=units"' in html
    whole = reader.get("/find/?q=水务&group=units").content.decode()
    assert 'data-total="12"' in whole
    assert whole.count("水务局</a>") == 12


def test_the_groups_that_may_be_asked_for_are_those_without_a_list():
    assert [value for value, _ in FindForm().fields["group"].choices if value] == list(NAMED)


def test_a_past_day_is_searched_as_it_was():
    before = dt.datetime.combine(today() - dt.timedelta(days=20), dt.time(4), dt.UTC)
    entry = factories.item(name="旧名公交", act=Act(at=before))
    entry.name = "新名专线"
    entry.save()
    factories.problem(title="公交问题")
    book = Book(AsOf(today() - dt.timedelta(days=5)))
    groups = finder("公交", book=book).groups(counted=True)
    assert [(g.slug, [h.label for h in g.hits]) for g in groups] == [("items", ["旧名公交"])]
    assert groups[0].alls[0].href.endswith(f"&as_of={book.as_of.day}")
    assert groups[0].hits[0].href.endswith(f"?as_of={book.as_of.day}")


# --- what is asked --------------------------------------------------------------------------


def test_nothing_is_said_of_an_empty_query(reader):
    assert "请输入要查找的内容" in page(reader, "")
    typed = page(reader, "", **TYPING)
    assert 'data-said=""' in typed
    assert "<a" not in typed


@pytest.mark.parametrize(
    ("query", "is_short"), [("a", True), ("Ａ", True), ("ab", False), ("3", False), ("资", False)]
)
def test_a_single_latin_letter_is_too_little(query, is_short):
    assert is_too_short(query) is is_short


def test_a_single_latin_letter_asks_the_database_nothing(reader):
    reader.get("/password/")
    with CaptureQueriesContext(connection) as nothing:
        reader.get("/password/")
    factories.item(name="abc")
    with CaptureQueriesContext(connection) as captured:
        html = page(reader, "a", **TYPING)
    assert not [q for q in captured if "ledgerentry" in q["sql"]]
    assert len(captured) <= len(nothing) + 1
    assert "请再输入" in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=1+2+3+4+5+6+7+8+9", "最多用8个词查找"),
        ("q=x&statsu=1", "没有这个查询条件：statsu"),
        ("q=x&page=2", "没有这个查询条件：page"),
        ("q=x&q=y", "只能填写一个值：q"),
        ("q=x&group=ledgers", "没有“ledgers”这一项"),
        ("q=x&as_of=2099-01-01", "还没有到"),
        (f"q={'长' * 101}", "100"),
    ],
)
def test_a_question_that_is_wrong_lists_nothing_and_says_why(reader, query, sentence):
    factories.item(name="x")
    for headers in ({}, TYPING):
        html = reader.get(f"/find/?{query}", **headers).content.decode()
        assert sentence in html
        assert "SX-0001" not in html


def test_what_is_typed_is_shown_as_text(reader):
    query = "<b>&\"'"
    for headers in ({}, TYPING):
        html = page(reader, query, **headers)
        assert query not in html
        assert escape(query) in html


def test_the_box_gets_the_fragment_and_nobody_else(reader):
    factories.item(name="公交延伸")
    whole, typed = reader.get("/find/?q=公交"), reader.get("/find/?q=公交", **TYPING)
    assert "<main" in whole.content.decode()
    assert "<main" not in typed.content.decode()
    assert {r["Vary"].replace(" ", "").find("HX-Request") >= 0 for r in (whole, typed)} == {True}


def test_while_one_types_nothing_is_counted(reader):
    factories.item(name="公交延伸")
    with CaptureQueriesContext(connection) as captured:
        html = page(reader, "公交", **TYPING)
    assert "公交延伸" in html
    assert "data-count" not in html
    assert not [q for q in captured if "COUNT(" in q["sql"]]


@pytest.mark.parametrize("rows", [1, 5])
def test_searching_costs_the_same_for_one_row_and_for_five(reader, rows):
    for number in range(rows):
        factories.small_ledgers() if number == 0 else None
        factories.item(name=f"公交{number}", contact_leader=f"公某{number}")
        factories.problem(title=f"公交问题{number}")
    costs = {}
    for name, headers in (("page", {}), ("typing", TYPING)):
        with CaptureQueriesContext(connection) as captured:
            page(reader, "公交", **headers)
        costs[name] = len(captured)
    assert costs == {"page": 16, "typing": 13}


def test_every_page_of_a_reader_has_the_box_and_its_scripts(reader):
    for path in ("/", "/items/", "/meetings/", "/find/"):
        html = reader.get(path).content.decode()
        assert 'action="/find/"' in html
        assert html.count("htmx-2.0.11.min.js") == html.count("projects/site.js") == 1


def test_a_ledger_that_is_short_among_the_nearest_is_asked_once_more(monkeypatch):
    monkeypatch.setattr("projects.models.entryrows.NEAREST_READ", 2)
    for number in range(4):
        factories.item(name=f"公交{number}")
        factories.agreement(name=f"公交协议{number}")
    keys = LedgerEntry.objects.first_of_each_ledger("公交", 2, thorough=True)
    names = LedgerEntry.objects.filter(pk__in=keys).order_by("code").values_list("name", flat=True)
    assert list(names) == ["公交0", "公交1", "公交协议0", "公交协议1"]


def test_a_group_says_its_measure_word():
    words: dict[str, Any] = {s: Group(s, "", ()).counter for s in (*NAMED, "items", "matters")}
    assert words == {
        **dict.fromkeys(NAMED, "个"),
        "persons": "人",
        "items": "条",
        "matters": "件",
    }
    assert Hit("名", "/").tally is None

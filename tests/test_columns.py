"""Columns of one's own: chosen, ordered, frozen; in the list, its files and its saved views."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import proof
from projects.choices import LISTS, Ledger, Role
from projects.filters import EntryFilter, ledger_of
from projects.filters.layouts import WIDEST, units_of
from projects.ledgercolumns import COLUMNS, columns_of, screen_columns
from projects.models import Receipt, SavedView
from projects.periods import today

from . import factories

pytestmark = pytest.mark.django_db

OWN = "due,name,light,code"
HEADINGS = ["完成时限", "名称", "亮灯", "编号"]
#: Each list with all of its columns, the last first.
ALL = {path: ",".join(c.name for c in reversed(columns_of(ledger_of(path)))) for path, _ in LISTS}


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user("office", Role.BUREAU))
    return client


@pytest.fixture
def entries() -> Any:
    agreement = factories.agreement()
    unit = factories.unit("甲局")
    return [
        factories.item(
            name=f"事项{number}",
            agreement=agreement,
            lead=unit,
            partners=[unit],
            due_on=dt.date(2027, number, 1),
            percent_complete=number * 10,
        )
        for number in (1, 2, 3)
    ]


def shown(html: str) -> list[str]:
    """The headings of a list, from left to right."""
    head = html[html.index("<thead") : html.index("</thead>")]
    return [
        re.sub(r"<[^>]+>|[▲▼]", "", cell).strip() for cell in re.findall(r"(?s)<th.*?</th>", head)
    ]


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def taken(client: Client, address: str) -> tuple[str, bytes]:
    response: Any = client.get(address)
    assert response.status_code == 200, address
    name = re.search(r'filename="([^"]+)"', response["Content-Disposition"])
    assert name
    return name.group(1), b"".join(response.streaming_content)


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# --- the list and its files -------------------------------------------------------------------


def test_a_list_shows_the_columns_asked_for_in_that_order(office, entries):
    assert shown(page(office, f"/items/?columns={OWN}")) == HEADINGS
    usual = [column.heading for column in screen_columns(Ledger.ITEMS)]
    assert shown(page(office, "/items/")) == usual
    assert shown(page(office, "/items/?columns=")) == usual


@pytest.mark.parametrize("path", list(ALL))
def test_every_column_can_be_shown_and_taken_out(office, entries, path):
    address = f"columns={ALL[path]}"
    headings = [column.heading for column in reversed(columns_of(ledger_of(path)))]
    if path in ("items", "entries"):
        assert shown(page(office, f"/{path}/?{address}")) == headings
    _, content = taken(office, f"/{path}.csv?{address}")
    assert table(content)[0] == headings


def test_the_rows_of_all_columns_cost_no_more_queries_than_those_of_few(office, entries):
    def cost(columns: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(office, f"/items/?columns={columns}")
        return len(captured)

    assert cost(ALL["items"]) == cost("code,name")


def test_exports_hold_just_these_columns_and_all_rows_of_the_list(office, entries):
    _, content = taken(office, "/items.csv?columns=due,name,percent,code&sort=-due&page_size=1")
    assert table(content) == [
        ["完成时限", "名称", "完成百分比", "编号"],
        *([f"2027-0{n}-01", f"事项{n}", f"{n}0", entries[n - 1].code] for n in (3, 2, 1)),
    ]
    _, every = taken(office, "/items.csv")
    assert table(every)[0] == [column.heading for column in columns_of(Ledger.ITEMS)]


@pytest.mark.parametrize(("asked", "panes"), [("", "C2"), ("&freeze=0", "A2"), ("&freeze=3", "D2")])
def test_a_workbook_freezes_what_the_list_freezes(office, entries, asked, panes):
    _, content = taken(office, f"/items.xlsx?columns={OWN}{asked}")
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert sheet.freeze_panes == panes
    notes = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert notes["其中示例数据行数"] == "本文件没有“数据来源”一列，未计"
    assert notes["亮灯"].startswith("按亮灯规则")
    assert "牵头单位" not in notes


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_file_of_ones_own_columns_is_proved_and_a_changed_cell_named(office, entries, extension):
    name, content = taken(office, f"/items.{extension}?columns={OWN}&freeze=1")
    assert Receipt.objects.get().columns == HEADINGS
    assert proof.examine(name, content).verdict == "genuine"
    if extension == "csv":
        forged = content.replace(b"2027-02-01", b"2027-09-01")
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        same, out = io.BytesIO(), io.BytesIO()
        book.save(same)
        assert proof.examine(name, same.getvalue()).verdict == "genuine"
        book.worksheets[0]["A3"] = "2027-09-01"
        book.save(out)
        forged = out.getvalue()
    found = proof.examine(name, forged)
    assert found.verdict == "altered"
    assert [(d.key, d.column, d.sent, d.found) for d in found.differences] == [
        (entries[1].code, "完成时限", "2027-02-01", "2027-09-01")
    ]


def test_rows_alike_in_their_first_cell_are_told_apart_when_a_file_is_proved(office, entries):
    name, content = taken(office, "/items.csv?columns=sector,code,name")
    forged = b"\r\n".join(row for row in content.split(b"\r\n") if "事项2".encode() not in row)
    found = proof.examine(name, forged)
    assert [(d.key, d.sent) for d in found.differences] == [(entries[1].code, "缺少的一行")]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("columns=code,name,password", "没有“password”这一列，请重新选择列。"),
        ("columns=code,name,signed", "没有“signed”这一列，请重新选择列。"),
        ("columns=code,name,due,due", "“due”列写了两次，请重新选择列。"),
        ("columns=code,due", "须含编号、名称两列（code、name），请重新选择列。"),
        ("columns=code,name,", "没有“”这一列，请重新选择列。"),
        ("columns=code,name&columns=due", "只能填写一个值。"),
        ("freeze=5", "没有“5”这一项，请从列表中选择。"),
        ("freeze=-1", "没有“-1”这一项，请从列表中选择。"),
        ("density=tiny", "没有“tiny”这一项，请从列表中选择。"),
    ],
)
def test_what_is_wrong_lists_nothing_and_says_why(office, entries, asked, sentence):
    html = page(office, f"/items/?{asked}")
    assert 'data-total="0"' in html
    assert sentence in html
    for address in (f"/items.csv?{asked}", f"/items/columns/?{asked}"):
        response = office.get(address)
        assert response.status_code == 400
        assert sentence in response.content.decode()


# --- links --------------------------------------------------------------------------------------


def test_what_narrows_orders_and_turns_the_list_keeps_how_it_is_set_out(office, entries):
    own = f"columns={OWN}&freeze=1&density=compact".replace(",", "%2C")
    html = page(office, f"/items/?{own}&phase=not-started&page_size=2").replace("&amp;", "&")
    links = re.findall(r'href="((?:/items[^"]*)?\?[^"]*)"', html[html.index("<main") :])
    assert len(links) > 15
    columns, freeze, density = own.split("&")
    assert [link for link in links if columns not in link or freeze not in link] == []
    assert len([link for link in links if density not in link]) == 2  # the other two densities
    assert f'href="/items/?{own}"' in html  # all conditions taken off
    assert f'name="columns" value="{OWN}"' in html  # the form to filter sends them along


def test_how_a_list_is_set_out_is_no_condition_in_words(office, entries):
    chosen = EntryFilter(QueryDict(f"columns={OWN}&freeze=1&density=roomy"), ledger=Ledger.ITEMS)
    assert chosen.problems == []
    assert chosen.in_words() == "全部（未设条件）"
    assert chosen.pills() == []


def test_a_past_day_is_set_out_as_one_likes(office, entries):
    entries[0].save()
    html = page(office, f"/items/?as_of={today()}&columns={ALL['items']}")
    assert shown(html)[0] == "版本"
    assert 'data-total="3"' in html


# --- what stays in sight ------------------------------------------------------------------------


def layout(asked: str) -> Any:
    chosen = EntryFilter(QueryDict(asked), ledger=Ledger.ITEMS)
    assert chosen.problems == []
    return chosen.layout


def test_each_held_column_stands_where_those_before_it_end():
    found = layout("columns=code,name,light,due&freeze=3")
    assert found.classes == {
        "code": "wide-3 held held-0",
        "name": "wide-7 held held-3",
        "light": "wide-5 held held-10 held-last",
        "due": "wide-4",
    }
    assert found.held_units == 15


def test_no_more_columns_are_held_than_there_are_and_none_where_none_is_asked_for():
    assert layout("columns=code,name&freeze=4").frozen == 2
    assert set(layout("freeze=0").classes.values()) == {""}
    assert layout("").classes["sector"] == ""


def test_the_stylesheet_knows_every_width_and_place_that_can_be_told():
    from django.contrib.staticfiles import finders

    with open(finders.find("projects/ledger.css"), encoding="utf-8") as file:
        css = file.read()
    widths = {units_of(column) for column in COLUMNS}
    assert max(widths) == WIDEST
    wanted = {f".wide-{n}" for n in widths} | {f".held-{n}" for n in range(3 * WIDEST + 1)}
    wanted |= {f".held-to-{n}" for n in range(min(widths), 4 * WIDEST + 1)}
    assert {name for name in wanted if f"{name} {{" not in css} == set()


# --- choosing them ------------------------------------------------------------------------------


def lines(html: str) -> list[tuple[str, bool]]:
    """The columns offered, and whether each is ticked."""
    found = re.findall(
        r'name="column" value="([a-z_]+)"( checked)?(?:><input type="checkbox"( checked))?', html
    )
    return [(name, bool(ticked or always)) for name, ticked, always in found]


def test_the_page_offers_all_columns_those_shown_first_in_their_order(office, entries):
    offered = lines(page(office, f"/items/columns/?columns={OWN}"))
    rest = [c.name for c in columns_of(Ledger.ITEMS) if c.name not in OWN.split(",")]
    assert offered == [(n, True) for n in OWN.split(",")] + [(n, False) for n in rest]
    usual = [c.name for c in screen_columns(Ledger.ITEMS)]
    assert [n for n, ticked in lines(page(office, "/items/columns/")) if ticked] == usual


def sent(client: Client, do: str, *ticked: str, **also: str) -> str:
    response = client.get("/items/columns/", {"column": list(ticked), "do": do, **also})
    assert response.status_code == 302
    return response["Location"].replace("%2C", ",")


def test_what_is_ticked_is_applied_to_the_list_with_its_conditions(office):
    assert sent(office, "apply", "name", "due", "code", light="red", freeze="2", sort="-due") == (
        "/items/?light=red&sort=-due&columns=name,due,code"
    )
    assert sent(office, "apply", "code", "name", freeze="0") == "/items/?columns=code,name&freeze=0"


def test_what_is_always_shown_stays_though_it_is_not_sent(office):
    assert sent(office, "apply", "due") == "/items/?columns=code,name,due"


@pytest.mark.parametrize(
    ("do", "columns"),
    [
        ("first:due", "due,code,name,light"),
        ("up:due", "code,due,name,light"),
        ("down:due", "code,name,light,due"),
        ("up:code", "code,name,due,light"),
        ("down:light", "code,name,due,light"),
        ("first:lead", "code,name,due,light,lead"),
    ],
)
def test_a_column_is_moved_and_the_page_opens_again_at_it(office, do, columns):
    moved = do.partition(":")[2]
    to = sent(office, do, "code", "name", "due", "light", light="red")
    assert to == f"/items/columns/?light=red&columns={columns}#column-{moved}"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("do=burn", "没有这个动作"),
        ("do=up:password", "没有这个动作"),
        ("do=up", "没有这个动作"),
        ("do=apply&column=password", "没有“password”这一列"),
        ("do=apply&freeze=9", "没有“9”这一项"),
        ("do=apply&shoe=1", "没有这个查询条件"),
        ("column=due", "这个字段是必填项"),
    ],
)
def test_a_forged_choice_is_refused(office, asked, sentence):
    response = office.get(f"/items/columns/?{asked}")
    assert response.status_code == 400
    assert sentence in response.content.decode()


# --- kept under a name --------------------------------------------------------------------------


def save(client: Client, **given: Any) -> Any:
    return client.post("/views/save/", {"ledger": "items", "scope": "private", **given})


def test_a_view_keeps_columns_sort_and_what_is_frozen(office, entries):
    html = page(office, f"/items/?columns={OWN}&freeze=1&sort=-due&page=1")
    found = re.search(r'name="query" value="([^"]+)"', html)
    assert found
    save(office, query=found.group(1).replace("&amp;", "&"), name="自选")
    kept = SavedView.objects.get()
    assert (kept.columns, kept.query) == (OWN.split(","), "sort=-due&freeze=1")
    opened = office.get(f"/views/{kept.pk}/", follow=True).content.decode()
    assert shown(opened) == HEADINGS
    assert "当前清单即此视图" in opened
    assert "当前清单即此视图" not in page(office, "/items/?sort=-due&freeze=1")
    assert f"自选列：{'、'.join(HEADINGS)}" in page(office, "/views/")


def test_the_columns_of_a_view_are_replaced_with_its_conditions(office, entries):
    save(office, query=f"columns={OWN}", name="自选")
    kept = SavedView.objects.get()
    save(office, query="light=red", replaces=f"{kept.pk}:{kept.version}")
    kept = SavedView.objects.get()
    assert (kept.columns, kept.query) == ([], "light=red")


def test_a_view_with_a_column_that_does_not_exist_is_not_saved(office):
    answer = save(office, query="columns=code,name,password", name="自选")
    assert answer.status_code == 400
    assert "没有“password”这一列" in answer.content.decode()
    assert not SavedView.objects.exists()

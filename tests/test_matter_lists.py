"""The lists of problems, decisions, instructions and slips: strict, and the same as their files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client

from projects import proof
from projects.choices import MatterKind, MatterState, Role
from projects.filters import MatterFilter
from projects.mattercolumns import matter_columns
from projects.models import Act, Book, FollowUps, Matter, Organisation, Receipt
from projects.periods import AsOf, today
from projects.verification import verify
from tests import factories
from tests.factories import bureau, clerk, days_from_now, unit, user

pytestmark = pytest.mark.django_db

TALLY = re.compile(r'<a[^>]*href="([^"]+)"[^>]*data-count="([0-9]+)"')
CODE = re.compile(r">((?:WT|YD|PS|DB)-[0-9]{4})</a>")


def html_of(response: Any) -> str:
    return response.content.decode()


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def total(html: str) -> int:
    found = re.search(r'<main[^>]*data-total="([0-9]+)"', html)
    assert found
    return int(found[1])


def listed(client: Client, address: str) -> list[str]:
    """The codes on the page, which says the same number of them."""
    html = html_of(client.get(address))
    rows = html.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in html else ""
    codes = CODE.findall(rows)
    assert total(html) == len(codes), address
    return codes


def taken(client: Client, address: str) -> tuple[str, list[list[str]]]:
    """The name of an exported file, and its rows."""
    response: Any = client.get(address)
    assert response.status_code == 200, address
    name = re.findall(r'filename="([^"]+)"', response["Content-Disposition"])[0]
    content = body(response)
    if name.endswith("csv"):
        return name, [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return name, [["" if v is None else str(v) for v in row] for row in sheet.values]


@pytest.fixture(scope="module", autouse=True)
def matters(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with factories.kept_for_module(django_db_blocker):
        fill()
        yield


def fill() -> None:
    """Matters that differ in every way a filter asks about."""
    item, line = factories.item(name="公交"), factories.infrastructure(name="资阳线")
    other = unit("2号 成都市教育局")
    first = factories.problem(title="共享平台", entries=[item], due_on=days_from_now(-3))
    factories.problem(
        title="用地指标",
        text="涉及共享数据",
        entries=[item, line],
        unit=other,
        level="city",
        category="work-rhythm",
        responsible_person="李某某",
    )
    factories.problem(title="尚未交办", unit=None, due_on=None, is_draft=True, level="province")
    take(factories.problem(title="误登记"), "drop", note="重复")
    take(factories.problem(title="拟办即撤", is_draft=True, level="city"), "drop", note="重复")
    factories.decision(problem=first, title="统一口径")
    factories.instruction(title="加快推进", entries=[line], leader="赵某某")
    slip = factories.slip(title="催办一", colour="red", entries=[line], due_on=days_from_now(-1))
    factories.slip(title="催办二", colour="blue", origin=first)
    factories.slip(title="拟稿", is_draft=True)
    slip.handle("已完成", Act(by=clerk()))
    take(slip, "file", note="已办结")


def take(found: Matter, name: str, note: str = "", by: Any = None) -> None:
    found = Matter.objects.get(pk=found.pk)
    found.take(name, Act(by=by or clerk(), note=note), version=found.version)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(bureau("reader"))
    return client


# --- what is listed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "codes"),
    [
        ("/problems/", ["WT-0001", "WT-0002", "WT-0003", "WT-0004", "WT-0005"]),
        ("/problems/?state=draft", ["WT-0003"]),
        ("/problems/?state=draft&state=dropped", ["WT-0003", "WT-0004", "WT-0005"]),
        ("/problems/?issued=1", ["WT-0001", "WT-0002", "WT-0004"]),
        ("/problems/?overdue=1", ["WT-0001"]),
        ("/problems/?due_within=30", ["WT-0002"]),
        ("/problems/?due_within=29", []),
        ("/problems/?level=city", ["WT-0002", "WT-0005"]),
        ("/problems/?category=work-rhythm", ["WT-0002"]),
        ("/problems/?entry=JC-0001", ["WT-0002"]),
        ("/problems/?q=共享", ["WT-0001", "WT-0002"]),
        ("/problems/?q=共享+李某某", ["WT-0002"]),
        ("/problems/?q=教育局", ["WT-0002"]),
        ("/problems/?q=wt-0002", ["WT-0002"]),
        ("/problems/?sort=-code", ["WT-0005", "WT-0004", "WT-0003", "WT-0002", "WT-0001"]),
        ("/problems/?sort=due&issued=1", ["WT-0001", "WT-0002", "WT-0004"]),
        ("/problems/?sort=-level&issued=1", ["WT-0002", "WT-0001", "WT-0004"]),
        ("/problems/?state=&q=&level=&overdue=&sort=&page=&state=open", ["WT-0001", "WT-0002"]),
        ("/decisions/", ["YD-0001"]),
        ("/instructions/?q=赵某某", ["PS-0001"]),
        ("/supervision/?colour=red&colour=blue", ["DB-0001", "DB-0002"]),
        ("/supervision/?state=filed", ["DB-0001"]),
        ("/supervision/?overdue=1", []),
        ("/supervision/?q=〔{year}〕2号", ["DB-0002"]),
    ],
)
def test_a_condition_lists_exactly_its_rows(office: Client, address: str, codes: list[str]) -> None:
    assert listed(office, address.format(year=today().year)) == codes


def test_a_unit_lists_its_own(office: Client) -> None:
    other = Organisation.objects.get(name="2号 成都市教育局")
    assert listed(office, f"/problems/?unit={other.pk}") == ["WT-0002"]


@pytest.mark.parametrize("kind", MatterKind)
def test_every_number_leads_to_exactly_its_rows(office: Client, kind: MatterKind) -> None:
    seen = set()
    for address in (f"/{kind.path}/", f"/{kind.path}/?state=open", f"/{kind.path}/?q=催办"):
        for href, count in TALLY.findall(html_of(office.get(address))):
            href = unescape(href)
            seen.add(href)
            assert href.startswith(f"/{kind.path}/?")
            assert len(listed(office, href)) == int(count), href
    assert seen


@pytest.mark.parametrize("kind", MatterKind)
@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("foo=1", "foo"),
        ("state=nonsense", "nonsense"),
        ("unit=９", "９"),
        ("unit=999999", "999999"),
        ("entry=SX-9999", "SX-9999"),
        ("entry=sx-0001", "sx-0001"),
        ("entry=%00", "涉及条目"),
        ("q=%00", "查找"),
        ("overdue=yes", "yes"),
        ("issued=0", "0"),
        ("due_within=3651", "3651"),
        ("sort=unit", "unit"),
        ("page_size=201", "201"),
        ("page=99", "99"),
        ("q=a&q=b", "只能填写一个值"),
        ("as_of=2199-01-01", "还没有到"),
    ],
)
def test_an_invalid_filter_lists_nothing_says_why_and_exports_nothing(
    office: Client, kind: MatterKind, query: str, word: str
) -> None:
    html = html_of(office.get(f"/{kind.path}/?{query}"))
    assert total(html) == 0
    assert not CODE.findall(html)
    assert word in html
    if query == "page=99":
        return  # a file has no pages
    for extension in ("csv", "xlsx"):
        response = office.get(f"/{kind.path}.{extension}?{query}")
        assert response.status_code == 400
        assert word in html_of(response)
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind in MatterKind
        for name in ("level", "category", "colour")
        if (kind == MatterKind.SLIP) != (name == "colour")
        or (kind != MatterKind.PROBLEM and name != "colour")
    ],
)
def test_a_condition_of_another_kind_is_unknown(
    office: Client, kind: MatterKind, name: str
) -> None:
    html = html_of(office.get(f"/{kind.path}/?{name}=city"))
    assert total(html) == 0
    assert f"没有这个查询条件：{name}" in html


def test_pages_keep_the_conditions(office: Client) -> None:
    html = html_of(office.get("/problems/?state=open&state=dropped&page_size=1&page=2"))
    assert total(html) == 4
    assert re.findall(r'href="([^"]+)" rel="(?:prev|next)"', html) == [
        "?state=open&amp;state=dropped&amp;page_size=1&amp;page=1",
        "?state=open&amp;state=dropped&amp;page_size=1&amp;page=3",
    ]


# --- drafts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER, Role.APPROVER])
def test_drafts_are_not_listed_counted_or_exported_to_those_who_may_not_see_them(
    client: Client, role: Role
) -> None:
    client.force_login(user("someone", role, unit=unit()))
    assert listed(client, "/problems/") == ["WT-0001", "WT-0002", "WT-0004"]
    assert listed(client, "/problems/?state=draft") == []
    assert listed(client, "/supervision/") == ["DB-0001", "DB-0002"]
    html = html_of(client.get("/problems/"))
    assert "尚未交办" not in html
    for href, count in TALLY.findall(html):
        assert len(listed(client, unescape(href))) == int(count), href
    if role == Role.LEADER:
        _, rows = taken(client, "/problems.csv")
        assert [row[0] for row in rows[1:]] == ["WT-0001", "WT-0002", "WT-0004"]


def test_a_leaders_file_is_proved_without_drafts_by_the_office(client: Client) -> None:
    client.force_login(user("leader", Role.LEADER))
    assert taken(client, "/problems.csv?level=county")[0].startswith("problems-")
    receipt = Receipt.objects.get()
    assert receipt.query == "level=county&issued=1"
    assert [row[0] for row in proof.sheet_of(receipt).rows()] == ["WT-0001", "WT-0004"]
    assert 'href="/problems.csv?level=county"' in html_of(client.get("/problems/?level=county"))


# --- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", MatterKind)
def test_a_file_has_the_rows_order_and_columns_of_its_list(
    office: Client, kind: MatterKind, extension: str
) -> None:
    for query in ("", "?sort=-due", "?state=open&sort=name", "?page_size=1"):
        address = f"/{kind.path}/{query}"
        shown = listed(office, address) if "page_size" not in query else None
        _, rows = taken(office, f"/{kind.path}.{extension}{query}")
        assert rows[0] == [column.heading for column in matter_columns(kind)]
        if shown is None:  # a file is never cut
            shown = listed(office, f"/{kind.path}/")
        assert [row[0] for row in rows[1:]] == shown


def test_the_cells_of_a_file_say_what_the_matter_says(office: Client) -> None:
    _, (headings, first, *_) = taken(office, "/supervision.csv")
    cells = dict(zip(headings, first, strict=True))
    assert {name: cells[name] for name in ("标题", "文号", "督办等级", "涉及条目", "办理状态")} == {
        "标题": "催办一",
        "文号": f"成资同城督〔{today().year}〕1号",
        "督办等级": "红色督办",
        "涉及条目": "JC-0001 资阳线",
        "办理状态": "已提请销号",
    }
    assert cells["最新办理情况"] == f"{today()}：已完成"
    assert (cells["办理结果"], cells["提请人"]) == ("已办结", "clerk")
    assert (cells["亮灯"], cells["时限情况"]) == ("灰灯", "已提请销号，待确认（逾期提请）")


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", MatterKind)
def test_a_file_is_proved_after_everything_in_it_has_changed(
    office: Client, kind: MatterKind, extension: str
) -> None:
    response: Any = office.get(f"/{kind.path}.{extension}?sort=name&state=open&state=filed")
    name = re.findall(r'filename="([^"]+)"', response["Content-Disposition"])[0]
    content = body(response)
    change_everything()
    assert proof.examine(name, content).verdict == "genuine"
    sent = [[str(v or "") for v in row] for row in proof.sheet_of(Receipt.objects.get()).rows()]
    assert all("改" not in cell for row in sent for cell in row)
    again = saved_anew(content) if extension == "xlsx" else content + b"\r\n"
    finding = proof.examine(name, again)
    assert [*finding.differences] == []
    assert verify().problem == ""


def saved_anew(content: bytes) -> bytes:
    out = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(content)).save(out)
    return out.getvalue()


def change_everything() -> None:
    """Titles, names of entries, units and conferences, states, and what was done."""
    by = Act(by=clerk(), note="改期")
    for found in Matter.objects.filter(state=MatterState.OPEN):
        due = found.due_on + dt.timedelta(days=90)
        name = "responsible_person" if found.kind == MatterKind.SLIP else "title"
        given = {name: f"改{getattr(found, name)}", "due_on": due}
        found.edit(given, by, version=found.version)
        found.handle("改后的情况", Act(by=clerk()))
        for entry in found.entries.all():
            specific = entry.specific
            specific.name = f"改{specific.name}"
            specific.save()
        if found.meeting and not found.meeting.title.startswith("改"):
            found.meeting.edit({"title": "改会议"}, by, version=found.meeting.version)
    for organisation in Organisation.objects.all():
        organisation.name = f"改{organisation.name}"
        organisation.save()


def test_a_changed_cell_is_named(office: Client) -> None:
    response: Any = office.get("/problems.xlsx")
    name = re.findall(r'filename="([^"]+)"', response["Content-Disposition"])[0]
    book = openpyxl.load_workbook(io.BytesIO(body(response)))
    book.worksheets[0]["B2"] = "无问题"
    out = io.BytesIO()
    book.save(out)
    finding = proof.examine(name, out.getvalue())
    assert finding.verdict == "altered"
    assert [(d.key, d.column, d.sent, d.found) for d in finding.differences] == [
        ("WT-0001", "标题", "共享平台", "无问题")
    ]


# --- today and a past day are chosen from alike -------------------------------------------------

ASKED = [
    *(
        "",
        "state=open",
        "state=draft&state=closed",
        "overdue=1",
        "due_within=30",
        "issued=1",
        "level=city",
    ),
    *("category=work-rhythm", "entry=JC-0001", "q=共享", "q=教育局 李", "q=wt-0002"),
    *("sort=-due", "sort=state", "sort=-name", "sort=opened", "sort=-level", "sort=category"),
]


@pytest.mark.parametrize("kind", MatterKind)
def test_the_versions_of_now_are_chosen_and_ordered_as_the_rows_of_now(kind: MatterKind) -> None:
    now = FollowUps(Book(AsOf(today(), dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1))))
    unit_key = Organisation.objects.get(name="2号 成都市教育局").pk
    told = {}
    for query in [*ASKED, f"unit={unit_key}", "colour=red", "q=2号"]:
        found = [told_of(query, kind, followups) for followups in (FollowUps(), now)]
        assert found[0] == found[1], query
        told[query] = found[0]
    assert sum(answer is not None for answer in told.values()) > 10


def told_of(query: str, kind: MatterKind, followups: FollowUps) -> Any:
    """The cells of all rows and the counts; None where that kind has no such condition."""
    chosen = MatterFilter(QueryDict(query), kind=kind, followups=followups, sees_drafts=True)
    if not chosen.is_valid():
        return None
    records = followups.records(chosen.rows())
    cells = [[str(c.value(m)) for c in matter_columns(kind)] for m in records]
    return cells, chosen.counts()

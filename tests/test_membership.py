"""Who was on the lists on two days: who stayed, joined and left, how, when, by whom and why."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client

from projects import proof
from projects.choices import Action, Ledger, Reason, Role, Source
from projects.filters import MembershipFilter
from projects.filters.membership import with_days
from projects.membercolumns import MEMBER_COLUMNS
from projects.membership import Kind, Member, Membership, of_year
from projects.models import Act, Book, LedgerEntry, Receipt
from projects.periods import AsOf, start_of, today
from tests import factories
from tests.test_field_lists import TALLY, disagreeing, text_of
from tests.test_receipts import saved_anew

pytestmark = pytest.mark.django_db

FIRST, LAST = today() - dt.timedelta(days=60), today() - dt.timedelta(days=5)
DAYS = f"from={FIRST}&to={LAST}"


def at(days: int) -> dt.datetime:
    """Noon, so many days after the first day."""
    return start_of(FIRST + dt.timedelta(days=days)) + dt.timedelta(hours=12)


def on(days: int) -> dt.date:
    return at(days).date()


def change(days: int, note: str, reason: Reason = Reason.REPLACED, by: Any = None) -> Act:
    return Act(at=at(days), on=on(days), reason=reason, note=note, by=by)


def between() -> Membership:
    return Membership(Book(AsOf(FIRST)), Book(AsOf(LAST)))


def told(members: Any) -> list[tuple[Any, ...]]:
    return [(m.kind.value, m.entry.code, m.how, m.on, m.reasons) for m in members]


@pytest.fixture
def entries() -> dict[str, LedgerEntry]:
    """Entries by what became of them between the two days."""
    clerk = factories.user("clerk", Role.BUREAU, display_name="张三")
    made: dict[str, LedgerEntry] = {
        name: factories.item(code=f"SX-000{n}", name=name, act=Act(at=at(-20 + n)))
        for n, name in enumerate(("stays", "leaves", "comes back", "out and in", "off"), start=1)
    }
    for name, days in (("comes back", -9), ("off", -8)):
        made[name].delist(change(days, "未列入本年度清单"))
    made["leaves"].delist(change(5, "项目替换。", by=clerk))
    made["out and in"].delist(change(10, "误调", Reason.MISRECORDED))
    made["new"] = factories.industrial(name="new", act=Act(at=at(11), note="新签"))
    made["in and out"] = factories.industrial(name="in and out", act=Act(at=at(12)))
    made["comes back"].relist(change(20, "重新列入", Reason.POLICY, by=clerk))
    made["out and in"].relist(change(21, "恢复", Reason.MISRECORDED))
    made["in and out"].delist(change(22, "不再实施"))
    made["stays"].refresh_from_db()
    made["stays"].name = "stays, renamed"
    made["stays"].save(act=Act(at=at(30)))
    made["leaves"].refresh_from_db()
    factories.agreement(name="later", act=Act(at=at(58)))
    return made


# --- who ------------------------------------------------------------------------------------------


def test_each_is_told_once_with_how_when_and_why(entries: dict[str, LedgerEntry]):
    corrected = "登记有误（更正）：误调；登记有误（更正）：恢复"
    assert told(between().members()) == [
        ("joined", "CY-0001", "新增", on(11), "新签"),
        ("joined", "SX-0003", "调入", on(20), "政策或规划调整：重新列入"),
        ("left", "SX-0002", "调出", on(5), "有序替换：项目替换"),
        ("stayed", "SX-0001", "", None, ""),
        (
            "stayed",
            "SX-0004",
            "调出、调入",
            on(21),
            corrected,
        ),
    ]


def test_who_did_it_and_when_it_was_recorded_is_told(entries: dict[str, LedgerEntry]):
    by_code = {member.entry.code: member for member in between().members()}
    assert {code: (m.actor, m.recorded_at) for code, m in by_code.items() if m.last} == {
        "CY-0001": ("系统", at(11)),
        "SX-0002": ("张三（clerk）", at(5)),
        "SX-0003": ("张三（clerk）", at(20)),
        "SX-0004": ("系统", at(21)),
    }


def test_a_record_that_changed_is_the_same_member_by_its_name_of_the_last_day(
    entries: dict[str, LedgerEntry],
):
    names = {member.entry.code: member.entry.name for member in between().members()}
    assert (names["SX-0001"], names["SX-0002"]) == ("stays, renamed", "leaves")


def test_the_entry_leads_to_the_day_on_which_it_stood_there(entries: dict[str, LedgerEntry]):
    hrefs = {m.entry.code: m.entry.get_absolute_url() for m in between().members()}
    assert hrefs["SX-0002"] == f"/items/SX-0002/?as_of={FIRST}"
    assert hrefs["SX-0003"] == f"/items/SX-0003/?as_of={LAST}"


def test_news_that_comes_late_belongs_to_the_day_on_which_it_was_recorded():
    entry = factories.item(act=Act(at=at(-10)))
    entry.delist(Act(at=at(7), on=on(-5), reason=Reason.REPLACED, note="补登"))
    (member,) = between().members()
    assert (member.kind, member.on, member.recorded_at) == (Kind.LEFT, on(-5), at(7))


def test_the_opening_of_the_books_is_told_apart_from_news():
    factories.item(act=Act(at=at(3), source=Source.FIXTURE))
    (member,) = between().members()
    assert (member.kind, [row.action for row in member.told]) == (Kind.JOINED, [Action.BASELINE])
    assert member.how == "期初建账"


def test_taking_back_what_left_is_told_as_what_it_is(entries: dict[str, LedgerEntry]):
    from projects.models import Revision, Undo

    entry = LedgerEntry.objects.get(code="SX-0002")
    row = Revision.objects.of(entry)[0]
    undo = Undo(entry, row)
    given = {"version": entry.version, "reason": undo.reasons[0], "note": "误调"}
    undo.carry_out(by=factories.bureau(), **given)
    ends = Membership(Book(AsOf(FIRST)), Book(AsOf(today())))
    (member,) = [m for m in ends.members() if m.entry.code == "SX-0002"]
    assert (member.kind, member.how) == (Kind.STAYED, "调出、调入")


# --- counts ---------------------------------------------------------------------------------------


def test_the_counts_of_a_ledger_add_up(entries: dict[str, LedgerEntry]):
    lines = between().lines()
    assert [
        (line.before.count, line.joined.count, line.left.count, line.stayed.count, line.after.count)
        for line in lines
    ] == [(0, 0, 0, 0, 0), (3, 1, 1, 2, 3), (0, 1, 0, 0, 1), (0, 0, 0, 0, 0)]
    assert [
        line.before.count - line.left.count + line.joined.count == line.after.count
        for line in lines
    ] == [True] * len(Ledger)


@pytest.mark.parametrize(
    ("ledger", "kind", "codes"),
    [
        ("items", "", ["SX-0003", "SX-0002", "SX-0001", "SX-0004"]),
        ("items", "stayed", ["SX-0001", "SX-0004"]),
        ("", "joined", ["CY-0001", "SX-0003"]),
        ("agreements", "", []),
    ],
)
def test_a_ledger_and_a_kind_may_be_asked_for(
    entries: dict[str, LedgerEntry], ledger: str, kind: str, codes: list[str]
):
    members = between().members(ledger, kind)
    assert [m.entry.code for m in members] == codes
    assert members.count() == len(codes)
    assert [m.line for m in members] == list(range(1, len(codes) + 1))


def test_the_year_of_a_day_begins_with_the_end_of_the_year_before():
    day = AsOf(dt.date(2026, 3, 1))
    assert of_year(day).since == AsOf(dt.date(2025, 12, 31))
    assert of_year(AsOf(dt.date(2025, 12, 31))).since == AsOf(dt.date(2024, 12, 31))


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(factories.user("auditor", Role.AUDITOR))
    return client


def total_of(html: str) -> int:
    found = re.search(r'<main[^>]*data-total="([0-9]+)"', html)
    assert found
    return int(found[1])


def test_every_number_of_the_page_leads_to_as_many_rows(
    auditor: Client, entries: dict[str, LedgerEntry]
):
    html = text_of(auditor.get(f"/membership/?{DAYS}"))
    assert total_of(html) == 5
    assert len(TALLY.findall(html)) == 20
    assert disagreeing(auditor, html) == []
    assert "政策或规划调整：重新列入" in html


def test_without_days_it_is_the_end_of_last_year_and_today():
    given = with_days(QueryDict("ledger=items"))
    assert given.dict() == {
        "ledger": "items",
        "from": f"{today().year - 1}-12-31",
        "to": str(today()),
    }
    asked = QueryDict(f"to={today()}")
    assert with_days(asked) is asked


def test_a_year_is_its_last_day():
    form = MembershipFilter(QueryDict("from=2024&to=2025"))
    assert form.is_valid()
    assert form.days == {"from": "2024-12-31", "to": "2025-12-31"}
    assert form.in_words() == "2024-12-31与2025-12-31对照"


def test_rows_beyond_a_page_are_on_the_next(auditor: Client):
    for number in range(52):
        factories.item(code=f"SX-{number + 1:04}", act=Act(at=at(1 + number // 2)))
    first = text_of(auditor.get(f"/membership/?{DAYS}"))
    assert (total_of(first), first.count('data-label="编号"')) == (52, 50)
    assert f"?{DAYS.replace('&', '&amp;')}&amp;page=2" in first
    second = text_of(auditor.get(f"/membership/?{DAYS}&page=2"))
    assert re.findall(r'data-label="编号">([^<]+)<', second) == ["SX-0051", "SX-0052"]
    assert 'rel="next"' in text_of(auditor.get(f"/membership/?{DAYS}&page_size=51"))
    assert 'rel="next"' not in text_of(auditor.get(f"/membership/?{DAYS}&page_size=52"))
    beyond = text_of(auditor.get(f"/membership/?{DAYS}&page=3"))
    assert (total_of(beyond), "没有第3页" in beyond) == (0, True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (f"from={LAST}&to={FIRST}", "须晚于"),
        (f"from={LAST}&to={LAST}", "须晚于"),
        (f"from={FIRST}", "必填"),
        (f"from={FIRST}&to=2100-01-01", "还没有到"),
        (f"from={FIRST}&to={today().year + 1}", "还没有到"),
        (f"from=31.07.2026&to={LAST}", "不是日期"),
        (f"from=２０２５&to={LAST}", "不是日期"),
        (f"{DAYS}&ledger=none", "none"),
        (f"{DAYS}&kind=added", "added"),
        (f"{DAYS}&page_size=201", "201"),
        (f"{DAYS}&nonsense=1", "没有这个查询条件"),
        (f"{DAYS}&as_of={LAST}", "没有这个查询条件"),
        (f"{DAYS}&from={FIRST}", "只能填写一个值"),
    ],
)
def test_what_cannot_be_asked_lists_nothing_and_is_refused_as_a_file(
    auditor: Client, entries: dict[str, LedgerEntry], query: str, sentence: str
):
    html = text_of(auditor.get(f"/membership/?{query}"))
    assert total_of(html) == 0
    assert sentence in html
    assert "SX-0003" not in html
    refused = auditor.get(f"/membership.csv?{query}")
    assert refused.status_code == 400
    assert sentence in refused.content.decode()


def test_a_file_has_to_name_its_days(auditor: Client):
    assert auditor.get("/membership.csv").status_code == 400
    assert not Receipt.objects.exists()
    html = text_of(auditor.get("/membership/?kind=left"))
    days = f"kind=left&amp;from={today().year - 1}-12-31&amp;to={today()}"
    assert f'href="/membership.csv?{days}"' in html


# --- files ----------------------------------------------------------------------------------------


def sent(client: Client, address: str) -> tuple[str, bytes]:
    response: Any = client.get(address)
    assert response.status_code == 200
    name = re.search(r'filename="([^"]+)"', response["Content-Disposition"])
    assert name
    return name[1], b"".join(response.streaming_content)


@pytest.mark.parametrize("query", [DAYS, f"{DAYS}&kind=joined", f"{DAYS}&ledger=items&page=7"])
def test_page_and_files_tell_the_same(auditor: Client, entries: dict[str, LedgerEntry], query: str):
    html = text_of(auditor.get(f"/membership/?{query.replace('&page=7', '')}"))
    codes = re.findall(r'data-label="编号">([^<]+)<', html)
    _, content = sent(auditor, f"/membership.csv?{query}")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == [column.heading for column in MEMBER_COLUMNS]
    assert [row[2] for row in rows[1:]] == codes
    _, book = sent(auditor, f"/membership.xlsx?{query}")
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == codes


def test_a_file_up_to_today_can_be_proved_later(auditor: Client, entries: dict[str, LedgerEntry]):
    query = f"from={FIRST}&to={today()}"
    name, content = sent(auditor, f"/membership.xlsx?{query}")
    _, table = sent(auditor, f"/membership.csv?{query}&kind=stayed")
    entries["stays"].delist(Act(reason=Reason.REPLACED, note="替换"))
    assert proof.examine(name, saved_anew(content)).verdict == "genuine"
    assert proof.examine("renamed.csv", table).verdict == "genuine"

    def forged(sheet: Any) -> None:
        sheet["M2"] = "另有原因"

    finding = proof.examine(name, saved_anew(content, forged))
    assert finding.verdict == "altered"
    assert [(d.column, d.found) for d in finding.differences] == [("原因及说明", "另有原因")]


def test_an_old_member_is_told_without_the_trail():
    member = Member(1, Kind.STAYED, LedgerEntry(code="SX-0001"))
    assert (member.how, member.on, member.recorded_at, member.actor, member.reasons) == (
        *("", None, None, "", ""),
    )

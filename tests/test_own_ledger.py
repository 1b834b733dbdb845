"""An office's own ledger: its columns found or chosen, planned, and written when confirmed."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import rounds
from projects.choices import Action, Ledger, Reason, Role, Source
from projects.models import (
    Act,
    CooperationItem,
    LedgerEntry,
    MoneyFigure,
    Report,
    Revision,
    Upload,
    User,
)
from projects.periods import Month, today
from projects.sheets import ledgers, mapping, marked, own, units
from projects.sheets.fields import targets_of
from projects.sheets.headings import folded, headings_of
from projects.sheets.ledgers import Moves
from projects.sheets.plans import Changed, LedgerPlan, Verdict
from projects.verification import verify

from . import factories, hostile, own_ledger
from .hostile import filled, written

pytestmark = pytest.mark.django_db

UNMOVED = Moves()
HEADINGS = [
    *("事项编号", "事项名称", "类别/领域", "涉及地区", "牵头单位", "当前状态", "计划开始"),
    *("完成时限", "总投资", "建设内容及规模", "完成率", "备忘"),
]
ONE = [
    *("SX-0007", "成资公交互联", "交通", "资阳市雁江区、成都市", "甲局，乙局、丙局", "已启动"),
    *("2026年3月", "2027.3.5", "1.2亿元", "新建线路", "45%", "不导入的话"),
]
TWO = ["", "医保互认", "医疗卫生", "512021", "乙局", "", "", "2026", "12,000万元", "", 60, ""]


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


@pytest.fixture(autouse=True)
def registers() -> None:
    for slug in ("transport", "health"):
        factories.sector(slug)
    for code in ("512002", "512021", "510185", "ziyang-airport"):
        factories.region(code)
    factories.region("510185").save()
    for name in ("甲局", "乙局", "丙局"):
        factories.unit(name, short_name=f"市{name}")


def uploaded(
    by: User, content: bytes, name: str = "台账.csv", ledger: Ledger = Ledger.ITEMS, unit: str = ""
) -> Upload:
    upload = own.kept(by, ledger, name, content)
    upload.mapping = own.proposed(upload, by, unit=unit).kept()
    upload.save()
    return upload


def planned(by: User, *rows: list[Any], headings: list[str] = HEADINGS, **how: Any) -> LedgerPlan:
    return own.plan(uploaded(by, written(*rows, headings=headings), **how))


def applied(
    by: User, *rows: list[Any], headings: list[str] = HEADINGS, moves: Moves = UNMOVED, **how: Any
) -> dict[str, int]:
    upload = uploaded(by, written(*rows, headings=headings), **how)
    return ledgers.apply(upload, own.plan(upload).digest, by=by, moves=moves)


def row(base: list[Any] = ONE, **changed: Any) -> list[Any]:
    """The row with cells changed, by the name of our column."""
    at = own_columns()
    made = list(base)
    for name, value in changed.items():
        made[at[name]] = value
    return made


def own_columns() -> dict[str, int]:
    words = headings_of(Ledger.ITEMS)
    found = [words.get(folded(heading), "") for heading in HEADINGS]
    return {name: index for index, name in enumerate(found) if name}


def sentences(plan: LedgerPlan) -> str:
    return "\n".join(f"{problem.place}：{problem.sentence}" for problem in plan.problems)


def changes(plan: LedgerPlan) -> dict[tuple[str, str], tuple[str, str]]:
    return {(r.code, c.heading): (c.old, c.new) for r in plan.rows for c in r.changes}


# --- what is read ---------------------------------------------------------------------------------


FILES: dict[str, tuple[str, bytes]] = {
    "UTF-8 with its mark": ("a.csv", written(ONE, TWO, headings=HEADINGS)),
    "UTF-8": ("a.csv", written(ONE, TWO, headings=HEADINGS)[3:]),
    "GB18030": (
        "a.csv",
        written(ONE, TWO, headings=HEADINGS).decode("utf-8-sig").encode("gb18030"),
    ),
    "a workbook": ("a.xlsx", filled(ONE, TWO, headings=HEADINGS)),
    "a title above": (
        "a.csv",
        "合作事项台账\n\n".encode() + written(ONE, TWO, headings=HEADINGS)[3:],
    ),
}


@pytest.mark.parametrize("file", FILES)
def test_a_ledger_is_read_with_its_own_headings(bureau: User, file: str) -> None:
    name, content = FILES[file]
    plan = own.plan(uploaded(bureau, content, name))
    assert sentences(plan) == ""
    assert [row.verdict for row in plan.rows] == [Verdict.NEW] * 2
    assert [row.code for row in plan.rows] == ["SX-0007", "SX-0008"]
    assert changes(plan)["SX-0007", "牵头单位"] == ("", "甲局")
    assert not LedgerEntry.objects.exists()


def test_what_is_confirmed_is_written_as_it_was_read(bureau: User) -> None:
    assert applied(bureau, ONE, TWO)["new"] == 2
    one, two = CooperationItem.objects.order_by("code")
    assert (one.code, one.name, one.sector.name, one.status) == (
        "SX-0007",
        "成资公交互联",
        "交通",
        "launched",
    )
    assert (str(one.lead), sorted(map(str, one.partners.all()))) == ("甲局", ["丙局", "乙局"])
    assert sorted(one.regions.values_list("code", flat=True)) == ["510100", "512002"]
    assert (one.written("planned_start"), one.planned_start_on) == ("2026-03", dt.date(2026, 3, 1))
    assert (one.written("due"), two.written("due")) == ("2027-03-05", "2026")
    assert two.due_on == dt.date(2026, 12, 31)
    assert (one.total_investment, two.total_investment) == (Decimal(12000), Decimal(12000))
    assert one.total_investment_basis == "estimate"
    assert (one.percent_complete, two.percent_complete) == (45, 60)
    assert {one.provenance, two.provenance} == {"entered"}
    assert two.status == "not-started"
    assert one.description == "新建线路"
    trail = Revision.objects.of(one).get()
    assert (trail.action, trail.source, trail.actor_id) == (Action.CREATE, Source.IMPORT, bureau.pk)
    assert re.fullmatch(r"导入“台账.csv”第2行（文件摘要[0-9a-f]{16}）。", trail.note)
    assert verify().problem == ""


def test_applying_twice_changes_nothing(bureau: User) -> None:
    applied(bureau, ONE, TWO)
    before = Revision.objects.count()
    assert applied(bureau, ONE, TWO) == {
        "new": 0,
        "changed": 0,
        "unchanged": 2,
        "conflict": 0,
        "refused": 0,
    }
    assert Revision.objects.count() == before


def test_of_all_ledgers_what_is_exported_comes_back_unchanged(bureau: User, client: Client) -> None:
    factories.small_ledgers()
    client.force_login(bureau)
    for ledger in Ledger:
        response: Any = client.get(f"/{ledger}.csv")
        upload = uploaded(bureau, b"".join(response.streaming_content), ledger=ledger)
        plan = own.plan(upload)
        assert sentences(plan) == ""
        assert {row.verdict for row in plan.rows} == {Verdict.UNCHANGED}, changes(plan)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "“事项名称”：没有填写"),
    "no sector": ({"sector": ""}, "“类别/领域”：没有填写"),
    "a sector that is none": ({"sector": "文旅"}, "“文旅”不在领域中，请写成其中之一：交通"),
    "a place that is none": ({"regions": "雁江区、重庆市"}, "“重庆市”不在地区中"),
    "a unit that is none": ({"lead": "丁局"}, "“丁局”不在单位名录中"),
    "a unit's way out": ({"lead": "甲局，丁局"}, "请先在后台“单位”中登记"),
    "two leads": ({"lead": "甲局、乙局"}, "有2个牵头单位"),
    "lead and partner in one": ({"lead": "甲局，市甲局"}, "全称和简称"),
    "another status": ({"status": "在建"}, "“在建”不是本台账的状态"),
    "no day": ({"due": "年底"}, "“年底”不是日期"),
    "due before it begins": ({"due": "2025-01"}, "完成时限不能早于计划开始"),
    "a number without a unit": ({"total_investment": "1200"}, "没有写明单位"),
    "a range": ({"total_investment": "1至2亿元"}, "是一个范围"),
    "no percent": ({"percent": "0.45"}, "分不清是比例还是百分之几"),
    "too long a name": ({"name": "长" * 201}, "有201个字，最多200个，请缩短"),
    "a code of another ledger": ({"code": "XY-0300"}, "是“合作协议”台账的编号"),
    "a code that Excel made a date": ({"code": "2026/1/2"}, "Excel 已把编号改成日期"),
    "a code that Excel made a number": ({"code": "1.2E+10"}, "可能已被 Excel 改成数字"),
    "too long a code": ({"code": "A" * 21}, "有21个字，最多20个，请缩短"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused_with_its_place_and_the_way_out(
    bureau: User, case: str
) -> None:
    changed, sentence = REFUSED[case]
    plan = planned(bureau, row(**changed), TWO)
    assert sentence in sentences(plan)
    assert sentences(plan).startswith("“台账.csv”第2行“")
    assert [r.verdict for r in plan.rows] == [Verdict.REFUSED, Verdict.NEW]


def test_all_problems_of_a_row_are_told_at_once(bureau: User) -> None:
    plan = planned(bureau, row(sector="无", regions="无", due="无", percent="无"))
    assert [p.heading for p in plan.problems] == ["类别/领域", "涉及地区", "完成时限", "完成率"]
    assert [p.column for p in plan.problems] == [2, 3, 7, 10]


@pytest.mark.parametrize("code", ["SX-0007", "ｓｘ-0007", " sx-0007 "])
def test_a_code_twice_is_refused_in_both_rows_whatever_its_writing(bureau: User, code: str) -> None:
    plan = planned(bureau, ONE, row(code=code, name="另一个"), TWO)
    assert [r.verdict for r in plan.rows] == [Verdict.REFUSED, Verdict.REFUSED, Verdict.NEW]
    assert "编号SX-0007在第3行也有" in plan.rows[0].problems[0].sentence
    assert "编号SX-0007在第2行也有" in plan.rows[1].problems[0].sentence


def test_a_name_that_two_rows_without_a_code_have_is_refused_in_both(bureau: User) -> None:
    plan = planned(bureau, row(TWO), row(TWO), row(ONE))
    assert [r.verdict for r in plan.rows] == [Verdict.REFUSED, Verdict.REFUSED, Verdict.NEW]
    assert "在第3行也有，请各写编号" in plan.rows[0].problems[0].sentence
    beside = planned(bureau, row(TWO, code="SX-0009"), row(TWO))
    assert [r.verdict for r in beside.rows] == [Verdict.NEW, Verdict.REFUSED]


PLACES = {
    "资阳市雁江区": ["512002"],
    "雁江区": ["512002"],
    "512002": ["512002"],
    "512081": ["510185"],
    "成都简阳市": None,
    "成都市简阳市、临空": None,
    "简阳县": ["510185"],
    "资阳市，成都市": ["510100", "512000"],
}


@pytest.mark.parametrize("said", PLACES)
def test_places_are_known_by_name_code_and_what_they_were_once(bureau: User, said: str) -> None:
    place = factories.region("510185")
    place.former_codes = "512081（简阳县，至1994）"
    place.save()
    plan = planned(bureau, row(regions=said))
    expected = PLACES[said]
    assert (plan.rows[0].given.get("regions") == tuple(expected)) if expected else plan.problems


def test_merged_cells_below_the_headings_are_not_taken_for_empty_ones(bureau: User) -> None:
    book = openpyxl.load_workbook(io.BytesIO(filled(ONE, row(TWO), headings=HEADINGS)))
    book.active.merge_cells("C2:C3")
    file = io.BytesIO()
    book.save(file)
    plan = own.plan(uploaded(bureau, file.getvalue(), "台账.xlsx"))
    assert "第3行“类别/领域”：属于合并单元格 C2:C3" in sentences(plan)


def test_rows_without_a_word_in_mapped_columns_are_counted_and_left_out(bureau: User) -> None:
    plan = planned(bureau, [*[""] * 11, "一、交通"], ONE)
    assert (len(plan.rows), plan.passed_over) == (1, 1)
    assert "有1行在所选各列中没有内容" in plan.told


# --- what is stored already -----------------------------------------------------------------------


@pytest.fixture
def stored(bureau: User) -> CooperationItem:
    applied(bureau, ONE)
    return CooperationItem.objects.get()


def test_an_entry_is_found_by_its_code_else_by_its_name(
    bureau: User, stored: CooperationItem
) -> None:
    plan = planned(bureau, row(name="改了名", description="", percent="50"))
    assert changes(plan) == {
        ("SX-0007", "名称"): ("成资公交互联", "改了名"),
        ("SX-0007", "完成百分比"): ("45", "50"),
    }
    plan = planned(bureau, row(code="", percent="50"))
    assert changes(plan) == {("SX-0007", "完成百分比"): ("45", "50")}


def test_a_name_of_several_entries_is_refused(bureau: User, stored: CooperationItem) -> None:
    factories.item(code="SX-0900", name=stored.name)
    assert "台账中有2个条目叫这个名称（SX-0007、SX-0900）" in sentences(
        planned(bureau, row(code=""))
    )
    new = planned(bureau, row(code="SX-0901")).rows[0]
    assert (new.verdict, new.doubts) == (
        Verdict.NEW,
        ["与已有条目SX-0007、SX-0900同名，请核对是否重复。"],
    )


def test_empty_cells_erase_nothing(bureau: User, stored: CooperationItem) -> None:
    bare = [stored.code, stored.name, *[""] * 10]
    assert [r.verdict for r in planned(bureau, bare).rows] == [Verdict.UNCHANGED]


def test_what_changed_is_written_with_its_row_and_nothing_else(
    bureau: User, stored: CooperationItem
) -> None:
    counts = applied(bureau, row(percent="50", regions="安岳县", lead="乙局，丙局"), TWO)
    assert (counts["changed"], counts["new"]) == (1, 1)
    stored.refresh_from_db()
    assert (stored.percent_complete, str(stored.lead), stored.version) == (50, "乙局", 2)
    told = Revision.objects.of(stored).first()
    assert told is not None
    assert {c["field"] for c in told.changes} == {"percent_complete", "regions", "lead", "partners"}
    assert (told.source, told.batch[:7], told.reason) == (Source.IMPORT, "upload-", "")
    assert verify().problem == ""


def test_a_status_is_not_moved_by_a_sheet(bureau: User, stored: CooperationItem) -> None:
    plan = planned(bureau, row(status="推进中"))
    assert "台账中为“已启动”，表中为“推进中”" in sentences(plan)
    assert "只能通过“推进”办理" in sentences(plan)
    assert planned(bureau, row(status="")).problems == []


def test_a_deadline_moves_only_with_a_reason(bureau: User, stored: CooperationItem) -> None:
    moved = row(due="2028-01-31")
    assert planned(bureau, moved).moves_dates
    with pytest.raises(ledgers.ReasonNeeded):
        applied(bureau, moved)
    applied(bureau, moved, TWO, moves=Moves(Reason.FUNDING, "资金调整"))
    stored.refresh_from_db()
    assert (stored.written("due"), stored.due_moves) == ("2028-01-31", 1)
    told = Revision.objects.of(stored).first()
    assert told is not None
    assert (told.reason, told.note.splitlines()[0]) == ("funding", "资金调整")
    assert Revision.objects.of(CooperationItem.objects.get(name=TWO[1])).get().reason == ""


def test_a_first_deadline_needs_no_reason(bureau: User) -> None:
    applied(bureau, row(due=""))
    assert not planned(bureau, ONE).moves_dates
    assert applied(bureau, ONE)["changed"] == 1


def test_what_has_left_the_list_is_not_changed(bureau: User, stored: CooperationItem) -> None:
    stored.delist(Act(by=bureau, reason=Reason.REPLACED, note="替换"))
    assert "SX-0007已调出台账" in sentences(planned(bureau, row(percent="50")))


def test_what_was_changed_meanwhile_is_shown_anew(bureau: User, stored: CooperationItem) -> None:
    upload = uploaded(bureau, written(row(percent="50"), TWO, headings=HEADINGS))
    shown = own.plan(upload).digest
    stored.remarks = "他人所改"
    stored.save(act=Act())
    with pytest.raises(Changed):
        ledgers.apply(upload, shown, by=bureau)
    assert CooperationItem.objects.get().percent_complete == 45
    assert ledgers.apply(upload, own.plan(upload).digest, by=bureau)["changed"] == 1
    with pytest.raises(Changed):
        ledgers.apply(upload, own.plan(upload).digest, by=bureau)


def test_a_code_that_was_taken_meanwhile_is_not_given_again(bureau: User) -> None:
    upload = uploaded(bureau, written(TWO, headings=HEADINGS))
    shown = own.plan(upload).digest
    factories.item(code="SX-0001")
    with pytest.raises(Changed):
        ledgers.apply(upload, shown, by=bureau)
    assert LedgerEntry.objects.count() == 1


def test_a_chunk_that_fails_leaves_nothing(bureau: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*args: Any) -> None:
        raise RuntimeError("timeout")

    upload = uploaded(bureau, written(ONE, TWO, headings=HEADINGS))
    shown = own.plan(upload).digest
    monkeypatch.setattr(Upload, "finish", broken_off)
    with pytest.raises(RuntimeError):
        ledgers.apply(upload, shown, by=bureau)
    assert not LedgerEntry.objects.exists()
    assert verify().problem == ""


# --- money ----------------------------------------------------------------------------------------

MONEY = ["编号", "名称", "领域", "总投资（亿元）", "投资口径", "数据截止日期"]


def money(bureau: User, amount: Any, basis: str = "", day: str = "") -> LedgerPlan:
    return planned(bureau, ["SX-0007", "成资公交互联", "交通", amount, basis, day], headings=MONEY)


def test_the_unit_of_a_heading_counts_for_its_numbers(bureau: User) -> None:
    plan = money(bureau, "1.5")
    assert changes(plan)["SX-0007", "总投资（万元）"] == ("", "15000（估算）")
    plan = planned(bureau, row(total_investment="1200"), unit="万元")
    assert changes(plan)["SX-0007", "总投资（万元）"] == ("", "1200（估算）")


def test_another_basis_or_day_is_another_figure_and_the_same_is_corrected(
    bureau: User, stored: CooperationItem
) -> None:
    def write(*cells: str) -> None:
        upload = uploaded(
            bureau, written(["SX-0007", "成资公交互联", "交通", *cells], headings=MONEY)
        )
        ledgers.apply(upload, own.plan(upload).digest, by=bureau)

    def figures() -> list[tuple[Any, ...]]:
        rows = MoneyFigure.objects.order_by("pk").values_list("amount", "basis", "dated_on")
        return [(int(amount), basis, str(day or "")) for amount, basis, day in rows]

    assert money(bureau, "1.2", "估算").rows[0].verdict == Verdict.UNCHANGED
    write("1.3", "", "")
    assert figures() == [(13000, "estimate", "")]
    write("1.4", "概算", "2026-03")
    assert figures() == [(13000, "estimate", ""), (14000, "budget", "2026-03-01")]
    stored.refresh_from_db()
    assert (stored.total_investment, stored.total_investment_basis) == (Decimal(14000), "budget")
    assert "是2026-03的数" in sentences(money(bureau, "1.5", "概算"))
    assert "须与总投资一并填写" in sentences(money(bureau, "", "决算"))
    assert money(bureau, "", "概算").rows[0].verdict == Verdict.UNCHANGED
    assert verify().problem == ""


# --- columns --------------------------------------------------------------------------------------


def test_all_headings_of_the_trade_are_known_and_none_twice() -> None:
    for ledger in Ledger:
        targets = targets_of(ledger)
        words = headings_of(ledger)
        for target in targets.values():
            assert words[folded(target.heading)] == target.name
            assert {words[folded(word)] for word in target.synonyms} <= {target.name}
    wanted = (
        *(
            "编号",
            "名称",
            "类别/领域",
            "涉及地区",
            "来源协议",
            "建设内容及规模",
            "总投资",
            "投资口径",
        ),
        *("形象进度", "下一步工作", "完成时限", "牵头单位", "责任(配合)单位", "责任人", "联系人"),
        *("联系市领导", "专项组", "备注", "年度目标"),
    )
    assert [w for w in wanted if folded(w) not in headings_of(Ledger.ITEMS)] == []


def test_what_was_mapped_by_hand_is_remembered_when_it_is_applied(bureau: User) -> None:
    headings = [*HEADINGS[:-1], "线路全称"]
    content = written([*ONE[:-1], "别名一"], headings=headings)
    upload = uploaded(bureau, content)
    assert "aliases" not in upload.mapping["columns"]
    upload.mapping["columns"]["aliases"] = 11
    del upload.mapping["columns"]["description"]
    upload.save()
    assert "aliases" not in own.proposed(uploaded(bureau, content), bureau).columns
    ledgers.apply(upload, own.plan(upload).digest, by=bureau)
    again = own.proposed(uploaded(bureau, content), bureau).columns
    assert (again["aliases"], "description" in again) == (11, False)
    colleague = factories.bureau("colleague")
    assert own.proposed(uploaded(colleague, content), colleague).columns == again
    assert mapping.remembered(Ledger.INDUSTRIAL, bureau) == {}


def test_a_heading_that_stands_there_twice_is_left_to_a_person(bureau: User) -> None:
    headings = [*HEADINGS[:-1], "事项名称"]
    upload = own.kept(bureau, Ledger.ITEMS, "台账.csv", written(ONE, headings=headings))
    found = own.proposed(upload, bureau)
    assert found.problems(Ledger.ITEMS) == ["缺少必填列：名称。请在“对应本台账的列”中选择。"]
    assert mapping.doubled(own.grids_of(upload)[0], found) == ["“事项名称”有2列，请只选其中一列。"]


# --- by the web -----------------------------------------------------------------------------------


def posted(client: Client, content: bytes, name: str = "台账.csv", ledger: str = "items") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post("/import/", {"ledger": ledger, "sheet": file})


def html_of(response: Any) -> str:
    return unescape(response.content.decode())


def form_of(html: str) -> dict[str, str]:
    """The values that the mapping form would post."""
    data = dict(re.findall(r'<input type="hidden" name="(sheet|head)" value="(\d+)"', html))
    for name, inner in re.findall(r'<select name="(c\d+|unit)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected>', inner)
        data[name] = chosen[0] if chosen else ""
    return data


def to_plan(client: Client, content: bytes, name: str = "台账.csv", **chosen: str) -> Any:
    """Upload, accept the columns as proposed, come to the plan."""
    columns = posted(client, content, name)["Location"]
    data = {**form_of(html_of(client.get(columns))), **chosen}
    return client.post(columns, data)


def test_a_ledger_is_uploaded_mapped_shown_confirmed_and_seen(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    assert "导入台账" in html_of(client.get("/"))
    columns = posted(client, written(ONE, TWO, headings=HEADINGS))["Location"]
    html = html_of(client.get(columns))
    assert "成资公交互联 ｜ 医保互认" in html
    assert "名称（必填）" in html
    answer = client.post(columns, form_of(html))
    assert answer.status_code == 302
    path = answer["Location"]
    html = html_of(client.get(path))
    assert re.search(r'<span data-verdict="new">2</span>', html)
    assert "空单元格不清除" in html
    assert "时限变更原因" not in html
    assert not LedgerEntry.objects.exists()
    (shown,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', html)
    assert client.post(path, {"shown": "0" * 64}).status_code == 302
    assert not LedgerEntry.objects.exists()
    html = html_of(client.post(path, {"shown": shown}, follow=True))
    assert "已导入：新增2条" in html
    assert CooperationItem.objects.count() == 2
    assert client.get(f"{path}marked.xlsx").status_code == 404
    assert client.get(columns)["Location"] == path


def test_the_page_asks_for_a_reason_where_a_date_moves(
    client: Client, bureau: User, stored: CooperationItem
) -> None:
    client.force_login(bureau)
    path = to_plan(client, written(row(due="2028"), headings=HEADINGS))["Location"]
    html = html_of(client.get(path))
    assert "时限变更原因" in html
    (shown,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', html)
    for given in ({}, {"reason": "funding"}, {"reason": "made-up", "note": "甲"}):
        response = client.post(path, {"shown": shown, **given})
        assert response.status_code == 400
        assert 'role="alert"' in html_of(response) or "errorlist" in html_of(response)
    client.post(path, {"shown": shown, "reason": "funding", "note": "资金调整"})
    stored.refresh_from_db()
    assert stored.written("due") == "2028"


def test_headings_can_be_looked_for_elsewhere(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    headings = ["甲", "名称", "领域"]
    content = "说明\n".encode() + written(["", "某事项", "交通"], headings=headings)[3:]
    columns = posted(client, content)["Location"]
    assert "缺少必填列：名称、领域" in html_of(client.get(columns))
    html = html_of(client.get(f"{columns}?sheet=0&head=1"))
    assert form_of(html)["c1"] == "name"
    assert client.post(columns, form_of(html)).status_code == 302
    for wrong in ("?sheet=9&head=1", "?sheet=0&head=99", "?sheet=x", "?other=1"):
        assert 'role="alert"' in html_of(client.get(columns + wrong))
    assert client.post(columns, {"sheet": "9", "head": "1"}).status_code == 400


def test_a_column_chosen_twice_or_lacking_is_told(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    answer = to_plan(client, written(ONE, headings=HEADINGS), c11="name")
    assert answer.status_code == 400
    assert "“名称”选了两次" in html_of(answer)
    answer = to_plan(client, written(ONE, headings=HEADINGS), c1="")
    assert "缺少必填列：名称" in html_of(answer)
    assert not Upload.objects.exclude(mapping={}).exists()


def test_what_was_uploaded_is_nobody_elses(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    path = to_plan(client, written(ONE, headings=HEADINGS))["Location"]
    client.force_login(factories.bureau("other"))
    for address in (path, f"{path}columns/", f"{path}marked.xlsx"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.BUREAU])
def test_no_other_role_imports(client: Client, role: Role) -> None:
    client.force_login(factories.user("someone", role))
    assert client.get("/import/").status_code == 403
    assert posted(client, written(ONE, headings=HEADINGS)).status_code == 403
    assert not Upload.objects.exists()


def test_a_long_plan_is_shown_by_page_and_its_problems_are_capped(
    client: Client, bureau: User
) -> None:
    client.force_login(bureau)
    rows = [
        row(code=f"SX-{n:04}", name=f"事项{n}", sector="无" if n % 2 else "交通")
        for n in range(500)
    ]
    path = to_plan(client, written(*rows, headings=HEADINGS))["Location"]
    first = html_of(client.get(path))
    assert len(re.findall(r"<tr data-verdict", first)) == 100
    assert len(re.findall(r"不在领域中", first)) == 200
    assert "另有 50 条，见下载的表格" in first
    assert re.search(r'<main[^>]*data-total="500"', first)
    last = html_of(client.get(f"{path}?page=3&verdict=new"))
    assert (len(re.findall(r'<tr data-verdict="new"', last)), "不在领域中" in last) == (50, False)
    for wrong in ("?page=9", "?verdict=x", "?sort=code"):
        assert "未列出任何行" in html_of(client.get(path + wrong))


def test_the_problems_are_marked_in_their_cells(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    path = to_plan(client, written(row(sector="无此领域"), headings=HEADINGS))["Location"]
    response = client.get(f"{path}marked.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert [cell.value for cell in book[marked.LIST][2]][:3] == ["台账.csv", "2", "类别/领域"]
    (cell,) = [c for line in book["表1"].iter_rows() for c in line if c.comment]
    assert (cell.coordinate, cell.value) == ("C2", "无此领域")


def test_a_plan_costs_as_many_queries_for_many_rows_as_for_one(bureau: User) -> None:
    counted = []
    for count in (1, 40):
        rows = [row(code=f"SX-{n:04}", name=f"事项{n}") for n in range(count)]
        upload = uploaded(bureau, written(*rows, headings=HEADINGS))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            own.plan(upload)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 12


# --- files that nobody should be able to hurt the ledger with -------------------------------------


@pytest.mark.parametrize("name", hostile.unreadable())
def test_a_hostile_file_is_refused_in_words(client: Client, bureau: User, name: str) -> None:
    file, content, word = hostile.unreadable()[name]
    client.force_login(bureau)
    answer = posted(client, content, file)
    assert answer.status_code == 400
    if content and len(content) <= 10 * 2**20:
        assert word in html_of(answer)
    assert not Upload.objects.exists()


#: Proper here: the code may be left to the system, and so may columns that nobody knows.
PROPER = {
    *("no code column", "a column nobody knows", "headings in the third row", "no code"),
    "a formula in a name",
}


@pytest.mark.parametrize("name", hostile.readable())
def test_hostile_content_is_named_and_not_written(client: Client, bureau: User, name: str) -> None:
    file, content, word = hostile.readable()[name]
    factories.unit("示例单位")
    client.force_login(bureau)
    answer = posted(client, content, file)
    said = html_of(client.get(answer["Location"]))
    mapped = client.post(answer["Location"], form_of(said) | {"unit": "万元"})
    if mapped.status_code == 302:
        said += html_of(client.get(mapped["Location"]))
        plan = own.plan(Upload.objects.get())
        assert bool(plan.problems) is (name not in PROPER), sentences(plan)
        client.post(mapped["Location"], {"shown": plan.digest})
    else:
        assert (mapped.status_code, name) == (400, "a column twice")
    assert word in said
    assert LedgerEntry.objects.count() == (name in PROPER)


# --- by command -----------------------------------------------------------------------------------


def commanded(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_ledger_comes_in_by_command(tmp_path: Path, bureau: User) -> None:
    file = tmp_path / "台账.csv"
    file.write_bytes(written(row(sector="无此领域"), TWO, headings=HEADINGS))
    arguments = ["import_ledger", str(file), "--ledger", "items", "--by", "bureau"]
    told = commanded(*arguments)
    assert "新增1行" in told
    assert "“台账.csv”第2行“类别/领域”：“无此领域”不在领域中" in told
    assert not LedgerEntry.objects.exists()
    assert not Upload.objects.exists()
    assert "已导入：新增1条，修改0条。" in commanded(*arguments, "--apply")
    assert "已导入：新增0条，修改0条。" in commanded(*arguments, "--apply")


def test_units_sheets_come_in_by_command(tmp_path: Path, bureau: User) -> None:
    unit = factories.unit()
    factories.item(status="launched", lead=unit)
    month = Month.of(today()).before
    round_ = rounds.open_month(month, by=bureau)
    book = openpyxl.load_workbook(io.BytesIO(units.workbook(round_, unit)))
    page = book[units.PAGE]
    heads = [cell.value for cell in page[units.HEAD]]
    page.cell(units.HEAD + 2, heads.index("形象进度") + 1).value = "主体完工"
    file = tmp_path / "表.xlsx"
    book.save(file)
    reporter = factories.user("clerk", Role.REPORTER, unit=unit)
    arguments = ["import_sheets", str(month), str(file), "--by", reporter.username]
    assert "新填1行" in commanded(*arguments)
    assert not Report.objects.exclude(version=0).exists()
    assert "已导入：新填1条" in commanded(*arguments, "--apply", "--submit")
    assert Report.objects.get().progress == "主体完工"
    for wrong in ("2026-13", str(month.following)):
        with pytest.raises(CommandError, match=wrong):
            commanded("import_sheets", wrong, str(file), "--by", "clerk")


WRONG: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "no such user": (lambda f: [str(f), "--ledger", "items", "--by", "nobody"], "没有用户"),
    "no right": (lambda f: [str(f), "--ledger", "items", "--by", "clerk"], "没有“编辑台账”的权限"),
    "no such file": (lambda f: ["no.csv", "--ledger", "items", "--by", "bureau"], "读不到文件"),
    "no sheet": (lambda f: [str(f / ".."), "--ledger", "items", "--by", "bureau"], "读不到文件"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_command_says_what_is_wrong(tmp_path: Path, bureau: User, case: str) -> None:
    factories.user("clerk", Role.REPORTER)
    file = tmp_path / "台账.csv"
    file.write_bytes(written(ONE, headings=HEADINGS))
    arguments, sentence = WRONG[case]
    with pytest.raises(CommandError, match=sentence):
        commanded("import_ledger", *arguments(file))


def test_a_command_asks_for_a_reason_where_a_date_moves(
    tmp_path: Path, bureau: User, stored: CooperationItem
) -> None:
    file = tmp_path / "台账.csv"
    file.write_bytes(written(row(due="2028"), headings=HEADINGS))
    arguments = ["import_ledger", str(file), "--ledger", "items", "--by", "bureau", "--apply"]
    with pytest.raises(CommandError, match="有时限变更"):
        commanded(*arguments)
    commanded(*arguments, "--reason", "funding", "--note", "资金调整")
    stored.refresh_from_db()
    assert stored.written("due") == "2028"


# --- many -----------------------------------------------------------------------------------------


def test_a_real_looking_ledger_comes_in_whole_and_the_second_time_is_unchanged(
    bureau: User,
) -> None:
    for slug in ("planning", "water", "industry", "education", "ecology"):
        factories.sector(slug)
    factories.region("512022")
    lines = list(own_ledger.lines(300, ("甲局", "乙局", "丙局")))
    for content, name in (
        (own_ledger.as_csv(lines), "台账.csv"),
        (own_ledger.as_xlsx(lines), "台账.xlsx"),
    ):
        upload = uploaded(bureau, content, name)
        plan = own.plan(upload)
        assert sentences(plan) == ""
        ledgers.apply(upload, plan.digest, by=bureau)
    assert Upload.objects.first().result["unchanged"] == 300
    assert CooperationItem.objects.count() == 300
    assert verify().problem == ""


# --- found by an attack ---------------------------------------------------------------------------

DATED = ["编号", "名称", "领域", "总投资（亿元）", "数据截止日期"]


@pytest.mark.parametrize(
    ("heading", "unit", "amount"),
    [
        ("总投资（亿元）", "万元", "12000"),
        ("总投资(亿元)", "", "12000"),
        ("总投资", "亿元", "12000"),
        ("总投资/元", "亿元", "0.0001"),
    ],
)
def test_the_unit_of_the_heading_goes_before_the_chosen_one(
    bureau: User, heading: str, unit: str, amount: str
) -> None:
    said = "1.2" if amount == "12000" else "1"
    plan = planned(bureau, ["甲事项", "交通", said], headings=["名称", "领域", heading], unit=unit)
    assert changes(plan)[plan.rows[0].code, "总投资（万元）"][1].startswith(amount), plan.problems


@pytest.mark.parametrize("heading", ["总投资（美元）", "总投资（百万元）", "总投资(千元)"])
def test_a_heading_in_another_unit_is_refused(bureau: User, heading: str) -> None:
    content = written(["甲事项", "交通", "5"], headings=["名称", "领域", heading])
    upload = own.kept(bureau, Ledger.ITEMS, "台账.csv", content)
    columns = {"name": 0, "sector": 1, "total_investment": 2}
    upload.mapping = mapping.Mapping(columns=columns, unit="万元").kept()
    upload.save()
    assert "不是以元、万元或亿元计" in sentences(own.plan(upload))


def test_an_amount_of_the_same_day_is_corrected(bureau: User) -> None:
    first = ["SX-0001", "甲事项", "交通", "1.2", "2026-06-30"]
    applied(bureau, first, headings=DATED)
    assert applied(bureau, [*first[:3], "1.3", "2026-06-30"], headings=DATED)["changed"] == 1
    entry = CooperationItem.objects.get()
    assert [figure.amount for figure in entry.figures.all()] == [13000]


def test_what_has_left_the_lists_does_not_come_back_under_another_code(bureau: User) -> None:
    applied(bureau, ["SX-0001", "甲事项", "交通"], headings=["编号", "名称", "领域"])
    entry = CooperationItem.objects.get()
    entry.delist(Act(by=bureau, reason=Reason.REPLACED, note="有序替换"))
    plan = planned(bureau, ["甲事项", "交通"], headings=["名称", "领域"])
    assert "与已调出的条目SX-0001同名" in sentences(plan)


def test_a_unit_is_not_lead_and_partner_at_once(bureau: User) -> None:
    headings = ["编号", "名称", "领域", "牵头单位", "责任（配合）单位"]
    applied(bureau, ["SX-0001", "甲事项", "交通", "甲局", "乙局"], headings=headings)
    plan = planned(bureau, ["SX-0001", "甲事项", "交通", "乙局"], headings=headings[:4])
    assert "“乙局”已是牵头单位" in sentences(plan)


@pytest.mark.parametrize("heading", ["涉及地区", "责任（配合）单位", "牵头单位"])
def test_a_lone_comma_clears_nothing(bureau: User, heading: str) -> None:
    plan = planned(bureau, ["甲事项", "交通", "、"], headings=["名称", "领域", heading])
    assert "请填写或留空" in sentences(plan)


def test_codes_of_many_digits_are_counted(bureau: User) -> None:
    applied(bureau, ["SX-9999999999999", "甲", "交通"], headings=["编号", "名称", "领域"])
    plan = planned(bureau, ["乙", "交通"], headings=["名称", "领域"])
    assert plan.rows[0].code == "SX-10000000000000"


def test_a_file_of_blanks_is_refused(client: Client, bureau: User) -> None:
    client.force_login(bureau)
    answer = posted(client, b" \n \n")
    assert answer.status_code == 400
    assert "没有可见且有内容的工作表" in html_of(answer)


def test_headings_below_many_blank_lines_can_still_be_looked_at(
    client: Client, bureau: User
) -> None:
    client.force_login(bureau)
    content = b"\n" * 12 + written(["甲", "交通"], headings=["名称", "领域"])[3:]
    assert client.get(posted(client, content)["Location"]).status_code == 200


@pytest.mark.parametrize("sheet", ["9" * 5000, "²", "-1", "99"])
def test_an_odd_place_is_no_error(client: Client, bureau: User, sheet: str) -> None:
    client.force_login(bureau)
    path = posted(client, written(ONE, headings=HEADINGS))["Location"]
    assert client.post(path, {"sheet": sheet, "head": "0"}).status_code in (302, 400)


def test_the_headings_of_the_second_sheet_can_be_chosen(client: Client, bureau: User) -> None:
    book = openpyxl.Workbook()
    book.active.append(["封面"])
    book.active.append(["编制单位"])
    second = book.create_sheet("台账")
    for line in ([], [], [], [], ["甲列", "乙列"], ["甲事项", "交通"]):
        second.append(line)
    made = io.BytesIO()
    book.save(made)
    client.force_login(bureau)
    path = posted(client, made.getvalue(), "台账.xlsx")["Location"]
    html = html_of(client.get(f"{path}?sheet=1&head=4"))
    assert "乙列" in html
    assert "选择一个有效的选项" not in html


def test_what_is_applied_in_another_window_is_not_undone(client: Client, bureau: User) -> None:
    upload = uploaded(bureau, written(ONE, headings=HEADINGS))
    stale = Upload.objects.get(pk=upload.pk)
    ledgers.apply(upload, own.plan(upload).digest, by=bureau)
    client.force_login(bureau)
    for path in (f"/import/{upload.pk}/columns/", f"/import/{upload.pk}/marked.xlsx"):
        assert client.get(path).status_code in (302, 404)
    with pytest.raises(Changed):
        ledgers.apply(stale, "x" * 64, by=bureau)
    assert Upload.objects.get(pk=upload.pk).applied_at is not None


def test_a_dry_run_leaves_what_waits_on_the_page(tmp_path: Path, bureau: User) -> None:
    for number in range(5):
        Upload.keep(bureau, [(f"{number}.csv", b"x")], ledger=Ledger.ITEMS)
    file = tmp_path / "台账.csv"
    file.write_bytes(written(ONE, headings=HEADINGS))
    commanded("import_ledger", str(file), "--ledger", "items", "--by", "bureau")
    assert Upload.objects.count() == 5

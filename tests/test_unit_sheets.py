"""Units' workbooks: what goes out, what comes back as a plan, and what is written."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import rounds
from projects.choices import ReportState, Role, Source
from projects.models import Act, CooperationItem, Report, Revision, Round, Upload, User
from projects.periods import Month, today
from projects.sheets import marked, returned, units
from projects.sheets.plans import Changed, Plan, Verdict
from projects.sheets.returnedsheet import ReadFile
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

PERIOD = Month.of(today()).before
NEEDS_OFFICE = "LibreOffice is not installed: apt-get install libreoffice-calc-nogui"
Edits = dict[tuple[str, str], Any]


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


@pytest.fixture
def round_(bureau: User) -> Round:
    """Five entries of one unit and one of another; the second was reported on before."""
    for number in range(1, 6):
        factories.item(
            status="launched",
            name=f"事项{number}，含“引号”与=号",
            progress=f"基础{number}\n第二行",
            percent_complete=10 * number,
        )
    factories.item(status="launched", lead=factories.unit("资阳市水务局"))
    return rounds.open_month(PERIOD, by=bureau)


@pytest.fixture
def reporter(round_: Round) -> User:
    return factories.user("clerk", Role.REPORTER, unit=factories.unit())


def workbook(round_: Round) -> bytes:
    return units.workbook(round_, factories.unit())


def edited(content: bytes, edits: Edits, change: Callable[[Any], None] | None = None) -> bytes:
    """The workbook with cells set, by code and heading, as a person would set them."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book[units.PAGE]
    at = {page.cell(units.HEAD, n).value: n for n in range(1, page.max_column + 1)}
    rows = {page.cell(n, at["编号"]).value: n for n in range(units.HEAD + 2, page.max_row + 1)}
    for (code, heading), value in edits.items():
        page.cell(rows[code], at[heading]).value = value
    if change:
        change(page)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def planned(round_: Round, content: bytes, by: User, name: str = "表.xlsx") -> Plan:
    return returned.plan(round_, returned.read_files([(name, content)]), by)


def apply(round_: Round, content: bytes, by: User, *, submits: bool = False) -> dict[str, int]:
    upload = Upload.keep(by, [("表.xlsx", content)], round=round_)
    shown = planned(round_, content, by).digest
    return returned.apply(upload, shown, by=by, submits=submits)


def pages_of(files: list[ReadFile]) -> list[Any]:
    return [(file.name, grid) for file in files for grid in file.grids if grid.title == units.PAGE]


def changes(plan: Plan) -> dict[tuple[str, str], tuple[str, str]]:
    return {(r.code, c.heading): (c.old, c.new) for r in plan.rows for c in r.changes}


EDITS: Edits = {
    ("SX-0001", "形象进度"): "主体完工",
    ("SX-0001", "完成百分比"): 35,
    ("SX-0002", "本月完成投资（万元）"): "1.2亿元",
    ("SX-0003", "协调层级"): "市级协调会",
    ("SX-0003", "需协调事项"): "请协调用地",
    ("SX-0004", "存在问题"): "+不是公式",
}
SAID = {
    ("SX-0001", "形象进度"): ("基础1\n第二行", "主体完工"),
    ("SX-0001", "完成百分比"): ("10", "35"),
    ("SX-0002", "本月完成投资（万元）"): ("", "12000"),
    ("SX-0003", "协调层级"): ("", "市级协调会"),
    ("SX-0003", "需协调事项"): ("", "请协调用地"),
    ("SX-0004", "存在问题"): ("", "+不是公式"),
}


# --- out ------------------------------------------------------------------------------------


def test_the_workbook_is_filled_with_last_words_and_locked_but_for_what_is_to_be_filled(
    round_: Round,
) -> None:
    page = openpyxl.load_workbook(io.BytesIO(workbook(round_)))[units.PAGE]
    head = [cell.value for cell in page[units.HEAD]]
    assert head == [units.KEY, *(column.heading for column in units.COLUMNS)]
    assert page.column_dimensions["A"].hidden
    assert page.protection.sheet
    first = dict(zip(head, page[units.HEAD + 2], strict=True))
    assert (first["编号"].value, first["形象进度"].value) == ("SX-0001", "基础1\n第二行")
    unlocked = {heading for heading, cell in first.items() if not cell.protection.locked}
    assert unlocked == {column.heading for column in units.OPEN}
    assert page.max_row == units.HEAD + 1 + 5
    lists = [v.formula1 for v in page.data_validations.dataValidation if v.type == "list"]
    assert lists == [
        '"县（区）协调,市级协调会,省级联席会"',
        '"绿灯（正常）,黄灯（滞后）,红灯（受阻）"',
    ]
    assert "万元" in page["B2"].value
    assert "本系统为非涉密系统" in page["B2"].value


def test_all_units_come_in_one_zip(round_: Round) -> None:
    with zipfile.ZipFile(io.BytesIO(units.bundle(round_))) as folder:
        assert sorted(folder.namelist()) == [
            f"{PERIOD}月报-资阳市交通运输局.xlsx",
            f"{PERIOD}月报-资阳市水务局.xlsx",
        ]


# --- back -----------------------------------------------------------------------------------


def test_the_plan_shows_just_the_edited_cells_and_writes_nothing(
    round_: Round, reporter: User
) -> None:
    before = Revision.objects.count()
    plan = planned(round_, edited(workbook(round_), EDITS), reporter)
    assert changes(plan) == SAID
    assert [row.verdict for row in plan.rows] == [Verdict.NEW] * 5
    assert plan.problems == []
    assert Revision.objects.count() == before


def test_applied_twice_the_second_time_all_is_unchanged(round_: Round, reporter: User) -> None:
    content = edited(workbook(round_), EDITS)
    assert apply(round_, content, reporter)["new"] == 5
    rows = Revision.objects.count()
    stored = Report.objects.get(entry__code="SX-0002")
    assert stored.invested_month == Decimal(12000)
    assert Report.objects.get(entry__code="SX-0005").progress == "基础5\n第二行"
    again = planned(round_, content, reporter)
    assert changes(again) == {}
    assert {row.verdict for row in again.rows} == {Verdict.UNCHANGED}
    assert apply(round_, content, reporter)["unchanged"] == 5
    assert Revision.objects.count() == rows
    assert verify().is_intact


def test_what_is_imported_says_from_which_file_and_row(round_: Round, reporter: User) -> None:
    apply(round_, edited(workbook(round_), EDITS), reporter)
    row = Revision.objects.of(Report.objects.get(entry__code="SX-0001")).first()
    assert row is not None
    assert row.source == Source.IMPORT
    assert row.batch == f"upload-{Upload.objects.get().pk}"
    assert "导入“表.xlsx”第5行（文件摘要" in row.note
    assert bytes(Upload.objects.get().files.get().content) == b""


def test_a_sheet_is_handed_in_at_once_where_nothing_is_to_be_asked(
    round_: Round, reporter: User
) -> None:
    edits = {("SX-0002", "完成百分比"): 100}
    apply(round_, edited(workbook(round_), edits), reporter, submits=True)
    states = dict(Report.objects.exclude(version=0).values_list("entry__code", "state"))
    assert states["SX-0001"] == ReportState.SUBMITTED
    assert states["SX-0002"] == ReportState.DRAFT


@pytest.mark.skipif(
    not shutil.which("soffice") and os.environ.get("REQUIRE_ALL") != "1", reason=NEEDS_OFFICE
)
def test_a_workbook_that_went_through_libreoffice_shows_just_the_edited_cells(
    round_: Round, reporter: User, tmp_path: Path
) -> None:
    content = through_libreoffice(edited(workbook(round_), EDITS), tmp_path)
    assert changes(planned(round_, content, reporter)) == SAID
    apply(round_, content, reporter)
    again = planned(round_, content, reporter)
    assert {row.verdict for row in again.rows} == {Verdict.UNCHANGED}


def through_libreoffice(content: bytes, folder: Path) -> bytes:
    """Opened and saved anew by LibreOffice."""
    (folder / "in.xlsx").write_bytes(content)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out")]
    subprocess.run(
        [*command, str(folder / "in.xlsx")], check=True, capture_output=True, timeout=120
    )
    return (folder / "out" / "in.xlsx").read_bytes()


# --- meanwhile --------------------------------------------------------------------------------


def test_what_changed_meanwhile_is_a_conflict_and_not_overwritten(
    round_: Round, reporter: User
) -> None:
    content = edited(workbook(round_), EDITS)
    report = Report.objects.for_rows().get(entry__code="SX-0001")
    said = {**report.carried(), "progress": "网页上改的", "percent": 10}
    report.fill(said, Act(by=reporter), version=report.version)
    plan = planned(round_, content, reporter)
    row = plan.rows[0]
    assert row.verdict == Verdict.CONFLICT
    assert [problem.heading for problem in row.problems] == ["形象进度"]
    apply(round_, content, reporter)
    assert Report.objects.get(entry__code="SX-0001").progress == "网页上改的"


def test_cells_that_nobody_edited_keep_what_was_changed_meanwhile(
    round_: Round, reporter: User
) -> None:
    content = edited(workbook(round_), {("SX-0001", "完成百分比"): 35})
    report = Report.objects.for_rows().get(entry__code="SX-0001")
    said = {**report.carried(), "progress": "网页上改的"}
    report.fill(said, Act(by=reporter), version=report.version)
    apply(round_, content, reporter)
    stored = Report.objects.get(entry__code="SX-0001")
    assert (stored.progress, stored.percent) == ("网页上改的", 35)


def test_a_plan_that_is_no_longer_what_was_shown_is_not_written(
    round_: Round, reporter: User
) -> None:
    content = edited(workbook(round_), EDITS)
    upload = Upload.keep(reporter, [("表.xlsx", content)], round=round_)
    shown = planned(round_, content, reporter).digest
    report = Report.objects.for_rows().get(entry__code="SX-0004")
    report.fill({"progress": "网页上改的"}, Act(by=reporter), version=report.version)
    rows = Revision.objects.count()
    with pytest.raises(Changed):
        returned.apply(upload, shown, by=reporter)
    assert Revision.objects.count() == rows


# --- refused ----------------------------------------------------------------------------------


def sorted_by_one_column(page: Any) -> None:
    """Two rows change places, the hidden key stays: sorted without the whole table."""
    first, second = units.HEAD + 2, units.HEAD + 3
    for column in range(2, page.max_column + 1):
        one, other = page.cell(first, column), page.cell(second, column)
        one.value, other.value = other.value, one.value


def with_a_new_row(page: Any) -> None:
    page.cell(page.max_row + 1, 3).value = "我们新加的项目"


def with_a_doubled_row(page: Any) -> None:
    last = page.max_row
    for column in range(1, page.max_column + 1):
        page.cell(last + 1, column).value = page.cell(units.HEAD + 2, column).value


REFUSED_ROWS: dict[str, tuple[Edits, Any, str]] = {
    "percent": ({("SX-0001", "完成百分比"): 135}, None, "超出范围"),
    "share": ({("SX-0001", "完成百分比"): 0.45}, None, "分不清"),
    "words for a number": ({("SX-0001", "本月完成投资（万元）"): "若干"}, None, "不是金额"),
    "about": ({("SX-0001", "本月完成投资（万元）"): "约1.2亿元"}, None, "准确数"),
    "level": ({("SX-0001", "协调层级"): "国务院"}, None, "不在选项中"),
    "error cell": ({("SX-0001", "形象进度"): "#REF!"}, None, "错误值"),
    "moved rows": ({}, sorted_by_one_column, "行可能错位"),
    "a new row": ({}, with_a_new_row, "没有标识"),
    "a row twice": ({}, with_a_doubled_row, "出现2次"),
    "a name": ({("SX-0001", "名称"): "改了名称"}, None, "名称与编号SX-0001对不上"),
    "a code": ({("SX-0001", "编号"): "SX-0009"}, None, "编号却是"),
}


@pytest.mark.parametrize("name", REFUSED_ROWS)
def test_a_row_that_cannot_be_read_is_refused_with_its_place_and_way_out(
    round_: Round, reporter: User, name: str
) -> None:
    edits, change, word = REFUSED_ROWS[name]
    plan = planned(round_, edited(workbook(round_), edits, change), reporter)
    refused = [row for row in plan.rows if row.verdict == Verdict.REFUSED]
    assert refused
    assert word in refused[0].problems[0].sentence
    assert refused[0].problems[0].place.startswith("“表.xlsx”第")
    assert all(row.code not in {r.code for r in refused} for row in plan.to_write)


def without_a_column(page: Any) -> None:
    page.delete_cols(2)


def merged(page: Any) -> None:
    page.merge_cells(start_row=units.HEAD + 2, end_row=units.HEAD + 3, start_column=9, end_column=9)


@pytest.mark.parametrize(
    ("change", "word"), [(without_a_column, "缺少列：编号"), (merged, "是合并单元格")]
)
def test_a_sheet_that_was_rebuilt_is_refused_as_a_whole(
    round_: Round, reporter: User, change: Callable[[Any], None], word: str
) -> None:
    plan = planned(round_, edited(workbook(round_), {}, change), reporter)
    assert plan.rows == []
    assert word in plan.refusals[0].sentence


def test_a_file_that_is_none_of_ours_is_refused_beside_one_that_is(
    round_: Round, reporter: User
) -> None:
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    files = [("别的.xlsx", other.getvalue()), ("坏.xlsx", b"<html>"), ("表.xlsx", workbook(round_))]
    plan = returned.plan(round_, returned.read_files(files), reporter)
    assert [refusal.file for refusal in plan.refusals] == ["别的.xlsx", "坏.xlsx"]
    assert len(plan.rows) == 5


def test_another_units_rows_and_another_months_are_refused(
    round_: Round, reporter: User, bureau: User
) -> None:
    theirs = units.workbook(round_, factories.unit("资阳市水务局"))
    assert "您不能导入" in planned(round_, theirs, reporter).problems[0].sentence
    assert planned(round_, theirs, bureau).problems == []
    following = rounds.open_month(PERIOD.following, by=bureau)
    plan = planned(following, workbook(round_), reporter)
    assert f"属于{PERIOD}的月报" in plan.problems[0].sentence


def test_a_report_that_is_signed_off_is_not_changed_by_a_sheet(
    round_: Round, reporter: User
) -> None:
    content = workbook(round_)
    apply(round_, content, reporter, submits=True)
    plan = planned(round_, edited(content, EDITS), reporter)
    assert {row.verdict for row in plan.rows} == {Verdict.REFUSED, Verdict.UNCHANGED}
    assert "现为“待审定”" in plan.problems[0].sentence


def test_the_problems_are_marked_in_their_cells(round_: Round, reporter: User) -> None:
    content = edited(workbook(round_), {("SX-0002", "完成百分比"): 135})
    plan = planned(round_, content, reporter)
    book = openpyxl.load_workbook(
        io.BytesIO(marked.workbook(pages_of(returned.read_files([("表.xlsx", content)])), plan))
    )
    assert [cell.value for cell in book[marked.LIST][2]][:3] == ["表.xlsx", "6", "完成百分比"]
    page = book["表1"]
    comments = [cell for row in page.iter_rows() for cell in row if cell.comment]
    assert [(cell.row, cell.value) for cell in comments] == [(6, 135)]
    assert "超出范围" in comments[0].comment.text


def test_the_plan_costs_the_same_for_one_row_and_for_five(
    client: Client, round_: Round, bureau: User
) -> None:
    client.force_login(bureau)
    costs = []
    for name in ("资阳市水务局", "资阳市交通运输局"):
        path = posted(client, units.workbook(round_, factories.unit(name)))["Location"]
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        costs.append(len(captured))
    assert costs == [8, 8]


# --- found by an attack ---------------------------------------------------------------------


def test_a_name_with_a_control_character_is_refused_and_no_error(
    round_: Round, reporter: User
) -> None:
    content = edited(workbook(round_), {("SX-0001", "名称"): "反\u202e向"})
    assert "名称与编号SX-0001对不上" in planned(round_, content, reporter).problems[0].sentence


def base_with(content: bytes, cell: str, value: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    book[units.BASE][cell] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize("value", ["9" * 5000, "NaN", "1e9999999", "x"])
def test_a_tampered_base_is_refused(round_: Round, reporter: User, value: str) -> None:
    percent = chr(ord("A") + units.BASE_COLUMNS.index("percent"))
    content = base_with(workbook(round_), f"{percent}2", value)
    assert "随表的基准中缺少SX-0001" in planned(round_, content, reporter).problems[0].sentence


def hidden(page: Any) -> None:
    page.parent["填表说明"].sheet_state = "visible"
    page.sheet_state = "hidden"


def moved_back(page: Any) -> None:
    page.parent.move_sheet(page, 1)


@pytest.mark.parametrize("change", [hidden, moved_back])
def test_the_marks_stand_in_the_sheet_that_was_filled_in(
    round_: Round, reporter: User, change: Callable[[Any], None]
) -> None:
    content = edited(workbook(round_), {("SX-0002", "完成百分比"): 135}, change)
    plan = planned(round_, content, reporter)
    files = returned.read_files([("表.xlsx", content)])
    page = openpyxl.load_workbook(io.BytesIO(marked.workbook(pages_of(files), plan)))["表1"]
    assert [cell.row for row in page.iter_rows() for cell in row if cell.comment] == [6]


def test_a_long_number_that_was_not_edited_is_no_edit(round_: Round, reporter: User) -> None:
    report = Report.objects.for_rows().get(entry__code="SX-0001")
    said = {**report.carried(), "invested_total": Decimal("123456789012.3456")}
    report.fill(said, Act(by=reporter), version=0)
    plan = planned(round_, edited(workbook(round_), {}), reporter)
    assert (plan.rows[0].verdict, changes(plan)) == (Verdict.UNCHANGED, {})


def test_what_is_carried_over_is_part_of_what_was_shown(round_: Round, reporter: User) -> None:
    content = workbook(round_)
    upload = Upload.keep(reporter, [("表.xlsx", content)], round=round_)
    shown = planned(round_, content, reporter).digest
    entry = CooperationItem.objects.get(code="SX-0001")
    entry.progress = "同城化局改的进展"
    entry.save()
    with pytest.raises(Changed):
        returned.apply(upload, shown, by=reporter)


def test_a_frozen_month_says_that_it_is_frozen(round_: Round, reporter: User, bureau: User) -> None:
    content = edited(workbook(round_), EDITS)
    rounds.close_month(round_, by=bureau, version=round_.version)
    assert "已经冻结，不能再填报" in planned(round_, content, reporter).problems[0].sentence


def test_two_files_of_one_name_are_not_taken(client: Client, round_: Round, reporter: User) -> None:
    client.force_login(reporter)
    files = [SimpleUploadedFile("表.xlsx", workbook(round_)) for _ in range(2)]
    answer = client.post(f"/rounds/{PERIOD}/sheets/", {"sheets": files})
    assert answer.status_code == 400
    assert "有两个文件同名" in html_of(answer)


def test_a_name_of_a_unit_is_no_path(round_: Round) -> None:
    assert units.file_name(round_, factories.unit("甲/乙\\..局")) == f"{PERIOD}月报-甲_乙_..局.xlsx"


def test_what_was_applied_is_kept_and_few_uploads_wait(round_: Round, reporter: User) -> None:
    content = workbook(round_)
    apply(round_, content, reporter)
    Upload.objects.update(uploaded_at=Upload.objects.get().uploaded_at - dt.timedelta(days=60))
    for number in range(8):
        Upload.keep(reporter, [(f"{number}.xlsx", b"x")], round=round_)
    assert Upload.objects.exclude(applied_at=None).count() == 1
    waiting = Upload.objects.filter(applied_at=None)
    assert [str(upload) for upload in waiting] == [f"{n}.xlsx" for n in (7, 6, 5, 4, 3)]


# --- by the web ---------------------------------------------------------------------------------


def posted(client: Client, content: bytes, name: str = "表.xlsx") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(f"/rounds/{PERIOD}/sheets/", {"sheets": [file]})


def html_of(response: Any) -> str:
    return unescape(response.content.decode())


def test_a_sheet_goes_out_comes_back_is_shown_and_confirmed(
    client: Client, round_: Round, reporter: User
) -> None:
    client.force_login(reporter)
    got = client.get(f"/rounds/{PERIOD}/units/{reporter.unit_id}.xlsx")
    assert got["Content-Disposition"].startswith('attachment; filename="report-')
    answer = posted(client, edited(got.content, EDITS))
    assert answer.status_code == 302
    html = html_of(client.get(answer["Location"]))
    assert "主体完工" in html
    assert "确认导入 5 条" in html
    assert not Report.objects.exclude(version=0).exists()
    (shown,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', html)
    client.post(answer["Location"], {"shown": shown})
    assert Report.objects.exclude(version=0).count() == 5
    assert "已导入" in html_of(client.get(answer["Location"]))
    client.post(answer["Location"], {"shown": shown})
    assert Revision.objects.filter(source=Source.IMPORT).count() == 5


def test_what_was_uploaded_is_nobody_elses(
    client: Client, round_: Round, reporter: User, bureau: User
) -> None:
    client.force_login(reporter)
    path = posted(client, workbook(round_))["Location"]
    client.force_login(bureau)
    assert client.get(path).status_code == 404
    assert client.get(f"{path}marked.xlsx").status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.SYSADMIN])
def test_no_other_role_takes_sheets_out_or_in(client: Client, round_: Round, role: Role) -> None:
    unit = factories.unit()
    client.force_login(factories.user("someone", role, unit=unit))
    assert client.get(f"/rounds/{PERIOD}/units/{unit.pk}.xlsx").status_code == 403
    assert client.get(f"/rounds/{PERIOD}/units.zip").status_code == 403
    assert posted(client, workbook(round_)).status_code == 403
    assert not Upload.objects.exists()


def test_a_clerk_gets_no_other_units_workbook(
    client: Client, round_: Round, reporter: User
) -> None:
    client.force_login(reporter)
    other = factories.unit("资阳市水务局")
    assert client.get(f"/rounds/{PERIOD}/units/{other.pk}.xlsx").status_code == 403
    assert client.get(f"/rounds/{PERIOD}/units.zip").status_code == 403


def test_uploads_that_nobody_applied_are_dropped(round_: Round, reporter: User) -> None:
    old = Upload.keep(reporter, [("旧.xlsx", b"x")], round=round_)
    Upload.objects.filter(pk=old.pk).update(uploaded_at=old.uploaded_at - dt.timedelta(days=31))
    Upload.keep(reporter, [("新.xlsx", b"y")], round=round_)
    assert [str(upload) for upload in Upload.objects.all()] == ["新.xlsx"]

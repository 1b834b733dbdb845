"""Exports: the same rows as the list, nothing a spreadsheet would run, typed cells."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client

from projects.choices import AccessAction, Ledger, Role
from projects.ledgercolumns import columns_of
from projects.models import AccessEvent
from projects.text import guarded

from . import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(factories.user("auditor", Role.AUDITOR))
    return client


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def csv_rows(client: Client, address: str) -> list[list[str]]:
    text = body(client.get(address)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def workbook(client: Client, address: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(body(client.get(address))))


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+cmd", "-x", "@SUM(A1)", "|pipe", "%x", "\t=1", "\r=1", " =1", '"=1'),
        *("\ufeff=1", "\u200b=1", "＝1", "＋1", "－x", "＠x", "-1+2", "+86 10", "--1"),
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_a_quote(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.5", "+3", "0", "100", "合作协议", "a=b", "SX-0001", ""])
def test_plain_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


def test_the_csv_is_a_pure_table_with_bom_and_crlf(auditor: Client) -> None:
    factories.item(name='含"引号",逗号与\n换行')
    raw = body(auditor.get("/items.csv"))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    rows = csv_rows(auditor, "/items.csv")
    headings = [column.heading for column in columns_of(Ledger.ITEMS)]
    assert rows[0] == headings
    assert [row[headings.index("名称")] for row in rows[1:]] == ['含"引号",逗号与\n换行']


def test_a_formula_in_a_name_is_guarded_in_csv_and_is_text_in_xlsx(auditor: Client) -> None:
    factories.item(name="=HYPERLINK(1)")
    assert csv_rows(auditor, "/items.csv")[1][1] == "'=HYPERLINK(1)"
    cell = workbook(auditor, "/items.xlsx").worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_cells_of_the_workbook_are_typed(auditor: Client) -> None:
    factories.industrial(
        due_on=dt.date(2026, 7, 31),
        planned_start_on=dt.date(2026, 1, 1),
        planned_start_precision="month",
        percent_complete=40,
        figures=[{"kind": "total", "basis": "estimate", "amount": Decimal("1234.5")}],
    )
    sheet = workbook(auditor, "/industrial.xlsx").worksheets[0]
    cells = {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}
    assert cells["完成时限"].value.date() == dt.date(2026, 7, 31)
    assert cells["计划开始"].value == "2026-01"
    assert cells["完成百分比"].value == 40
    assert cells["总投资（万元）"].value == 1234.5
    assert cells["总投资（万元）"].data_type == "n"
    assert cells["编号"].number_format == "@"
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")


def test_the_notes_say_filter_day_count_user_and_samples(auditor: Client) -> None:
    factories.item(provenance="sample")
    factories.item()
    book = workbook(auditor, "/items.xlsx?provenance=sample&provenance=entered")
    assert book.sheetnames == ["合作事项", "说明"]
    notes = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert notes["筛选条件"] == "数据来源：示例、录入"
    assert notes["行数"] == 2
    assert notes["其中示例数据行数"] == 1
    assert notes["导出人"] == "auditor"
    assert notes["完成时限"].startswith("应当完成的日期")


def test_the_file_name_is_ascii_and_chinese(auditor: Client) -> None:
    header = auditor.get("/items.csv")["Content-Disposition"]
    assert re.fullmatch(
        r"attachment; filename=\"items-[0-9]{8}-[0-9]{7}\.csv\"; filename\*=UTF-8''%E5[^\"]+\.csv",
        header,
    )


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "query",
    ["foo=1", "status=nonsense", "due_before=31.02.2026", "q=a&q=b", "page=0", "page_size=201"],
)
def test_an_invalid_filter_is_answered_400_with_the_reason(
    auditor: Client, query: str, extension: str
) -> None:
    response = auditor.get(f"/items.{extension}?{query}")
    assert response.status_code == 400
    assert "没有导出" in response.content.decode() or "条件" in response.content.decode()


def test_paging_does_not_cut_an_export(auditor: Client) -> None:
    for _ in range(3):
        factories.item()
    assert len(csv_rows(auditor, "/items.csv?page=2&page_size=1")) == 4


def test_an_export_leaves_an_access_event_with_filter_and_rows(auditor: Client) -> None:
    factories.item()
    body(auditor.get("/items.csv?status=not-started"))
    event = AccessEvent.objects.get(action=AccessAction.EXPORT)
    assert event.username == "auditor"
    assert event.details["rows"] == 1
    assert event.details["filter"] == "状态：未启动"
    assert event.computed_digest() == event.digest


def test_who_may_not_export_is_refused(client: Client) -> None:
    client.force_login(factories.user("reporter", Role.REPORTER))
    assert client.get("/items.csv").status_code == 403
    assert client.get("/items/").status_code == 200

"""Receipts: what was taken out, and whether a file is what the ledger gave out."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from projects import proof
from projects.choices import AccessAction, Role
from projects.ledgercolumns import columns_of
from projects.models import AccessEvent, Act, MoneyFigure, Receipt, Revision, guards
from projects.periods import today
from projects.verification import verify
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(factories.user("auditor", Role.AUDITOR))
    return client


@pytest.fixture
def entries() -> Any:
    bureau = factories.bureau()
    lead = factories.unit("资阳市交通运输局")
    agreement = factories.agreement(name="=协议", due_on=dt.date(2026, 7, 31))
    item = factories.item(name="公交", agreement=agreement, lead=lead, percent_complete=40)
    project = factories.industrial(name="工厂", item=item)
    with project.recording(Act()):
        MoneyFigure.objects.create(
            entry_id=project.pk, kind="total", basis="estimate", amount=Decimal("12345.5")
        )
    return bureau, item


def taken(client: Client, address: str) -> tuple[str, bytes]:
    """File name and content of an export."""
    response: Any = client.get(address)
    assert response.status_code == 200
    name = re.search(r'filename="([^"]+)"', response["Content-Disposition"])
    assert name
    return name.group(1), b"".join(response.streaming_content)


def verdict_of(client: Client, name: str, content: bytes) -> tuple[str, str]:
    file = SimpleUploadedFile(name, content)
    html = client.post("/receipts/verify/", {"file": file}).content.decode()
    found = re.search(r'data-verdict="([a-z]+)"', html)
    assert found
    return found.group(1), html


def saved_anew(content: bytes, change: Any = None) -> bytes:
    """The workbook as another program saves it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    if change:
        change(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("address", ["/entries.csv", "/industrial.xlsx", "/trail.csv"])
def test_an_export_leaves_a_receipt_and_is_genuine(auditor: Client, entries: Any, address: str):
    name, content = taken(auditor, address)
    receipt = Receipt.objects.get()
    assert receipt.is_complete
    assert receipt.shown in name
    assert receipt.rows == {"/entries.csv": 3, "/industrial.xlsx": 1}.get(
        address, Revision.objects.count()
    )
    event = AccessEvent.objects.get(action=AccessAction.EXPORT)
    assert (event.details["receipt"], event.details["sha256"]) == (receipt.number, receipt.sha256)
    assert verdict_of(auditor, "renamed", content)[0] == "genuine"
    assert verify().is_intact


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_receipt_of_a_past_day_is_borne_out_by_the_access_events(
    auditor: Client, entries: Any, extension: str
):
    yesterday = today() - dt.timedelta(days=1)
    _, content = taken(auditor, f"/items.{extension}?as_of={yesterday}")
    verdict = verify()
    assert verdict.is_intact, verdict.problem
    assert verdict_of(auditor, f"renamed.{extension}", content)[0] == "genuine"


def test_what_changes_while_a_file_is_being_read_is_not_in_it(entries: Any, auditor: Client):
    _, item = entries
    response: Any = auditor.get("/items.csv")
    item.name = "改名"
    item.save()
    content = b"".join(response.streaming_content)
    assert "公交" in content.decode()
    assert "改名" not in content.decode()
    assert verdict_of(auditor, "x.csv", content)[0] == "genuine"


def test_a_workbook_saved_anew_is_genuine_and_one_changed_cell_is_named(
    auditor: Client, entries: Any
):
    name, content = taken(auditor, "/entries.xlsx")
    again = saved_anew(content)
    assert again != content
    assert verdict_of(auditor, name, again)[0] == "genuine"
    heading = [c.heading for c in columns_of(None)].index("完成百分比") + 1

    code = entries[1].code
    finding = proof.examine(name, saved_anew(content, lambda p: changed(p, code, heading, 90)))
    assert finding.verdict == "altered"
    assert [(d.key, d.column, d.sent, d.found) for d in finding.differences] == [
        (code, "完成百分比", "40", "90")
    ]


def changed(page: Any, code: str, column: int, value: Any) -> None:
    for row in page.iter_rows(min_row=2):
        if row[0].value == code:
            row[column - 1].value = value


def test_the_notes_of_a_workbook_are_compared_too(auditor: Client, entries: Any):
    name, content = taken(auditor, "/entries.xlsx")

    def forged(page: Any) -> None:
        page.parent["说明"]["B2"] = "领域：交通"

    finding = proof.examine(name, saved_anew(content, forged))
    assert finding.verdict == "altered"
    assert [(d.key, d.column, d.found) for d in finding.differences] == [
        ("说明", "筛选条件", "筛选条件 领域：交通")
    ]


def test_a_formula_or_a_sheet_more_is_not_ours(auditor: Client, entries: Any):
    name, content = taken(auditor, "/entries.xlsx")
    formula = saved_anew(content, lambda page: changed(page, entries[1].code, 30, "=1+1"))
    assert "公式" in proof.examine(name, formula).sentence
    more = saved_anew(content, lambda page: page.parent.create_sheet("另页"))
    assert proof.examine(name, more).verdict == "altered"


def workbook_up_to(row: int, column: int) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet("页")
    page.write(0, 0, "x")
    page.write(row, column, "y")
    book.add_worksheet("说明").write_row(0, 0, ["回执编号", "9" * 5000])
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (0, 1)])
def test_a_workbook_that_would_fill_the_memory_is_refused_unread(
    auditor: Client, row: int, column: int
):
    finding = proof.examine("items-20260101-0000001.xlsx", workbook_up_to(row, column))
    assert finding.verdict == "unknown"


@pytest.mark.parametrize("place", ["xl/worksheets/sheet1.xml", "xl/elsewhere.xml"])
@pytest.mark.parametrize("cell", [b"<c r='XFD1048576'/>", b'<c r = "xfd1048576"/>'])
def test_a_far_cell_is_seen_however_it_is_written(place: str, cell: bytes):
    whole = zipfile.ZipFile(io.BytesIO(workbook_up_to(0, 1)))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name in whole.namelist():
            content = whole.read(name)
            copy.writestr(name, content + cell if name == place else content)
        if place not in whole.namelist():
            copy.writestr(place, cell)
    finding = proof.examine("items-20260101-0000001.xlsx", out.getvalue())
    assert "行列过多" in finding.sentence


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml"])
def test_a_workbook_of_another_kind_is_not_opened(name: str):
    out = io.BytesIO(workbook_up_to(0, 1))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, b"")
    assert "不是本系统导出的那种工作簿" in proof.examine("x.xlsx", out.getvalue()).sentence


def test_a_file_in_another_format_than_was_sent_is_altered(auditor: Client, entries: Any):
    name, content = taken(auditor, "/items.csv")
    rewritten = content.replace(b"\r\n", b"\n")
    for other in (name, name.replace(".csv", ".txt")):
        assert proof.examine(other, rewritten).verdict == "altered"


def test_a_receipt_changed_in_the_database_is_found(auditor: Client, entries: Any):
    taken(auditor, "/items.csv")
    guards.lift(connection)
    Receipt.objects.update(until=Receipt.objects.get().until + dt.timedelta(days=1))
    assert verify().problem.endswith("与登录与导出记录不符，已被改动。")


@pytest.mark.parametrize(
    "values",
    [{"actor_name": "他人"}, {"columns": []}, {"title": "别的"}, {"rows_sha256": "0" * 64}],
    ids=["actor", "columns", "title", "rows"],
)
def test_a_column_of_a_receipt_changed_in_the_database_is_found(
    auditor: Client, entries: Any, values: Any
):
    taken(auditor, "/items.csv")
    assert verify().receipts == 1
    factories.lift_guards()
    Receipt.objects.update(**values)
    assert f"导出回执{Receipt.objects.get()}与登录与导出记录不符" in verify().problem


def test_the_bureau_sees_its_own_exports_and_the_auditor_all(client: Client, entries: Any):
    bureau, auditor = Client(), client
    bureau.force_login(entries[0])
    auditor.force_login(factories.user("auditor", Role.AUDITOR))
    taken(bureau, "/items.csv")
    taken(auditor, "/items.csv")
    assert 'data-total="1"' in bureau.get("/receipts/").content.decode()
    assert 'data-total="2"' in auditor.get("/receipts/").content.decode()


def test_only_a_file_that_goes_out_has_a_receipt(auditor: Client, entries: Any):
    for answer in (auditor.head("/items.xlsx"), auditor.post("/items.csv")):
        assert answer.status_code == 405
    assert not Receipt.objects.exists()


def test_an_altered_csv_is_compared_as_at_its_moment(auditor: Client, entries: Any):
    name, content = taken(auditor, "/items.csv")
    _, item = entries
    item.name = "后来的名称"
    item.save()
    altered = content.replace("公交".encode(), "公车".encode())
    verdict, html = verdict_of(auditor, name, altered)
    assert verdict == "altered"
    assert "公车" in html
    assert "后来的名称" not in html
    (difference,) = proof.examine(name, altered).differences
    assert (difference.row, difference.column, difference.sent) == (2, "名称", "公交")


def test_rows_taken_away_added_and_moved_are_named(auditor: Client, entries: Any):
    name, content = taken(auditor, "/entries.csv")
    head, *rows = content.decode().splitlines(keepends=True)
    missing = proof.examine(name, "".join([head, *rows[1:]]).encode())
    assert [d.sent for d in missing.differences] == ["缺少的一行"]
    more = proof.examine(name, "".join([head, *rows, rows[0].replace("CY-", "CX-")]).encode())
    assert [d.found for d in more.differences] == ["多出的一行"]
    moved = proof.examine(name, "".join([head, *reversed(rows)]).encode())
    assert [d.found for d in moved.differences] == ["行的次序已变"]


@pytest.mark.parametrize(
    "content", [b"a,b\r\n1,2\r\n", b"PK\x03\x04nonsense", b"\xff\xfe\x00\x81", b"\x00"]
)
def test_a_file_from_elsewhere_is_unknown(auditor: Client, entries: Any, content: bytes):
    taken(auditor, "/items.csv")
    assert verdict_of(auditor, "items.csv", content)[0] == "unknown"


def test_the_same_file_of_a_past_day_has_the_same_bytes_whoever_asks(auditor: Client, entries: Any):
    address = f"/entries.csv?as_of={today() - dt.timedelta(days=1)}"
    first = taken(auditor, address)[1]
    other = Client()
    other.force_login(factories.user("leader", Role.LEADER))
    assert taken(other, address)[1] == first
    assert Receipt.objects.values("sha256").distinct().count() == 1


def test_a_stream_that_breaks_leaves_a_receipt_that_says_so(auditor: Client, entries: Any):
    response: Any = auditor.get("/entries.csv")
    stream = iter(response.streaming_content)
    next(stream)
    assert not Receipt.objects.get().is_complete
    assert not AccessEvent.objects.filter(action=AccessAction.EXPORT).exists()
    assert "未完成" in auditor.get("/receipts/").content.decode()


def test_the_command_says_the_same(auditor: Client, entries: Any, tmp_path: Any, capsys: Any):
    name, content = taken(auditor, "/items.csv")
    path = tmp_path / name
    path.write_bytes(content)
    call_command("verify_export", str(path))
    assert "真实 (genuine)" in capsys.readouterr().out
    path.write_bytes(content.replace("公交".encode(), "公车".encode()))
    with pytest.raises(CommandError, match="已改动"):
        call_command("verify_export", str(path))
    assert "“名称”：导出时为“公交”，文件中为“公车”" in capsys.readouterr().out


def test_nothing_to_check_is_told(auditor: Client):
    response = auditor.post("/receipts/verify/", {})
    assert response.status_code == 400
    assert "请选择要查验的文件。" in response.content.decode()


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER, Role.SYSADMIN])
@pytest.mark.parametrize("address", ["/receipts/", "/receipts/verify/", "/trail.csv"])
def test_receipts_are_for_those_who_read_the_trail(client: Client, role: Role, address: str):
    client.force_login(factories.user("someone", role))
    assert client.get(address).status_code == 403

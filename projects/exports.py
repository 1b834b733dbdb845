"""A filtered list as a file: the same rows, order and columns, never cut.

The CSV is a pure table (RFC 4180, UTF-8 with BOM); the XLSX has typed cells and a second
sheet that says what the file is.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from .choices import Ledger, MatterKind, Precision, Provenance
from .columns import Column, Kind, as_text
from .comparison import compare
from .comparisoncolumns import COMPARISON_COLUMNS
from .filters import ComparisonFilter, EntryFilter, MatterFilter, MembershipFilter, TrailFilter
from .mattercolumns import matter_columns
from .membercolumns import MEMBER_COLUMNS
from .models import Receipt
from .periods import PartialDate
from .text import guarded
from .trailcolumns import TRAIL_COLUMNS

CHUNK = 1000
#: The sheet that says what the file is, and where on it the receipt stands.
NOTES, RECEIPT_LABEL = "说明", "回执编号"
UNCOUNTED = "本文件没有“数据来源”一列，未计"
BOM = b"\xef\xbb\xbf"
#: Characters a workbook's cell can hold, and what a longer one ends with.
CELL, TOO_LONG = 32_767, "……（超出单元格容量，全文见CSV）"


def disposition(ascii_name: str, name: str) -> str:
    """Content-Disposition with an ASCII name and the Chinese one (RFC 6266): never shown inline."""
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


@dataclass(frozen=True)
class Sheet:
    """A table as a file; what is in it is read as at the moment of its receipt."""

    title: str
    #: The name of its file in ASCII: `items`, `trail`.
    name: str
    columns: tuple[Column, ...]
    receipt: Receipt
    #: Makes the objects that the columns read, in order.
    records: Callable[[], Iterator[Any]]
    #: How many they will be, where one query tells.
    total: Callable[[], int] | None = None
    #: How many of the first columns stay in sight in a workbook.
    frozen: int = 2

    @property
    def key(self) -> int:
        """Where the code stands, by which a row is known; the first cell where there is none."""
        return self._place("code") or 0

    @property
    def provenance(self) -> int | None:
        """Where it stands in a row whether that is 示例; None where no column tells."""
        return self._place("provenance")

    def _place(self, name: str) -> int | None:
        places = (at for at, column in enumerate(self.columns) if column.name == name)
        return next(places, None)

    def rows(self) -> Iterator[list[Any]]:
        """The values of each row."""
        for record in self.records():
            yield [column.value(record) for column in self.columns]

    def names(self, extension: str) -> tuple[str, str]:
        """Of the file, in ASCII and in Chinese."""
        stamp = f"{self.receipt.day:%Y%m%d}-{self.receipt.shown}.{extension}"
        return f"{self.name}-{stamp}", f"{self.title}-{stamp}"

    def disposition(self, extension: str) -> str:
        return disposition(*self.names(extension))


def ledger_sheet(ledger: Ledger | None, chosen: EntryFilter, receipt: Receipt) -> Sheet:
    """A filtered list of entries."""
    title = ledger.label if ledger else "全部台账条目"
    name = ledger.value if ledger else "entries"
    layout = chosen.layout
    return Sheet(
        title,
        name,
        layout.exported,
        receipt,
        chosen.every,
        chosen.rows.count,
        frozen=layout.frozen,
    )


def trail_sheet(chosen: TrailFilter, receipt: Receipt) -> Sheet:
    """The filtered trail, up to the row that was the last when the receipt was issued."""
    rows = chosen.rows().filter(sequence__lte=receipt.trail_sequence).order_by("sequence")

    def records() -> Iterator[Any]:
        return rows.iterator(chunk_size=CHUNK)

    return Sheet("变更记录", "trail", TRAIL_COLUMNS, receipt, records)


def matter_sheet(kind: MatterKind, chosen: MatterFilter, receipt: Receipt) -> Sheet:
    """A filtered list of problems, decisions, instructions or slips; of a valid filter."""

    def records() -> Iterator[Any]:
        return chosen.followups.every(chosen.rows())

    columns = matter_columns(kind)
    return Sheet(kind.heading, kind.path, columns, receipt, records, lambda: chosen.rows().count())


def comparison_sheet(chosen: ComparisonFilter, receipt: Receipt) -> Sheet:
    """What changed between two days, read as at the receipt's moment."""
    asked = replace(chosen, until=receipt.as_of)

    def records() -> Iterator[Any]:
        old, new = asked.books()
        found = compare(old, new, asked.rows(old), asked.rows(new), asked.ledger)
        return iter(found.only(asked.kind).movements)

    return Sheet("两日比较", "compare", COMPARISON_COLUMNS, receipt, records)


def membership_sheet(chosen: MembershipFilter, receipt: Receipt) -> Sheet:
    """Who was on the lists on two days, read as at the receipt's moment."""

    def records() -> Iterator[Any]:
        return iter(chosen.members(chosen.membership(until=receipt.as_of)))

    return Sheet("名录对照", "membership", MEMBER_COLUMNS, receipt, records)


class _Echo:
    """A file to `csv.writer` that hands back what is written."""

    def write(self, line: str) -> str:
        return line


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """The file in pieces: BOM and header, then the rows."""
    yield BOM + csv_line([column.heading for column in sheet.columns])
    for row in sheet.rows():
        yield csv_line([as_text(value) for value in row])


def csv_line(texts: list[str]) -> bytes:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    return str(writer.writerow([guarded(text) for text in texts])).encode()


def csv_response(sheet: Sheet, when_done: Callable[[], None]) -> HttpResponseBase:
    """Stream the CSV; the receipt is completed when the last row has been handed over."""

    def stream() -> Iterator[bytes]:
        lines, digest = -1, hashlib.sha256()
        for line in csv_lines(sheet):
            lines += 1
            digest.update(line)
            yield line
        sha = digest.hexdigest()
        sheet.receipt.complete(rows=lines, sha256=sha, rows_sha256=sha)
        when_done()

    response = StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = sheet.disposition("csv")
    return response


def xlsx_response(sheet: Sheet, when_done: Callable[[], None]) -> HttpResponseBase:
    """The workbook, written row by row to an unnamed file that is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    rows, rows_sha256 = write_workbook(sheet, file)
    file.seek(0)
    sha = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    sheet.receipt.complete(rows=rows, sha256=sha, rows_sha256=rows_sha256)
    when_done()
    response = FileResponse(
        file,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = sheet.disposition("xlsx")
    return response


def write_workbook(sheet: Sheet, file: IO[bytes]) -> tuple[int, str]:
    """Write data sheet and 说明; returns the number of rows and the digest of their CSV."""
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    rows, samples, digest = _write_rows(book, sheet)
    _write_notes(book, sheet, rows, samples)
    book.close()
    return rows, digest


def _write_rows(book: Any, sheet: Sheet) -> tuple[int, int, str]:
    page = book.add_worksheet(sheet.title[:31])
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    formats = _formats(book)
    provenance = sheet.provenance
    digest = hashlib.sha256(BOM + csv_line([column.heading for column in sheet.columns]))
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width, formats[column.kind])
        page.write_string(0, number, column.heading, head)
    page.freeze_panes(1, sheet.frozen)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    rows = samples = 0
    for values in sheet.rows():
        rows += 1
        samples += provenance is not None and values[provenance] == Provenance.SAMPLE.label
        digest.update(csv_line([as_text(value) for value in values]))
        for number, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
            _write_cell(page, rows, number, value, formats[column.kind])
    page.autofilter(0, 0, rows, len(sheet.columns) - 1)
    return rows, samples, digest.hexdigest()


def _formats(book: Any) -> dict[Kind, Any]:
    wrapped = {"text_wrap": True, "valign": "top"}
    top = {"valign": "top"}
    return {
        Kind.TEXT: book.add_format({**wrapped, "num_format": "@"}),
        Kind.PROSE: book.add_format({**wrapped, "num_format": "@"}),
        Kind.CODE: book.add_format({**top, "num_format": "@"}),
        Kind.DATE: book.add_format({**top, "num_format": "yyyy-mm-dd", "align": "left"}),
        Kind.MONEY: book.add_format({**top, "num_format": "#,##0.####"}),
        Kind.INTEGER: book.add_format({**top, "num_format": "0"}),
        Kind.MOMENT: book.add_format({**top, "num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
    }


def _write_cell(page: Any, row: int, number: int, value: Any, form: Any) -> None:
    """One cell by the type of its value; a date known only to the month stays text."""
    if value is None or value == "":
        page.write_blank(row, number, None, form)
    elif isinstance(value, PartialDate):
        if value.precision == Precision.DAY:
            page.write_datetime(row, number, value.first, form)
        else:
            page.write_string(row, number, str(value), form)
    elif isinstance(value, dt.datetime):
        shown = timezone.localtime(value).replace(second=0, microsecond=0, tzinfo=None)
        page.write_datetime(row, number, shown, form)
    elif isinstance(value, int | Decimal):
        page.write_number(row, number, value, form)
    else:
        page.write_string(row, number, that_fits(str(value)), form)


def that_fits(written: str) -> str:
    """Text of a cell; should anything be longer than a cell can be, the cell says so."""
    return written if len(written) <= CELL else written[: CELL - len(TOO_LONG)] + TOO_LONG


def samples_in(sheet: Sheet, rows: Iterable[list[str]]) -> int:
    """How many of these rows, as text, are 示例."""
    at = sheet.provenance
    return sum(row[at] == Provenance.SAMPLE.label for row in rows) if at is not None else 0


def notes_of(sheet: Sheet, rows: int, samples: int) -> list[tuple[str, str | int]]:
    """What the sheet 说明 says: label and value of each line."""
    receipt = sheet.receipt
    return [
        ("台账", sheet.title),
        ("筛选条件", receipt.words),
        ("数据日期", receipt.day.isoformat()),
        (RECEIPT_LABEL, receipt.shown),
        ("导出时间", timezone.localtime(receipt.issued_at).strftime("%Y-%m-%d %H:%M:%S")),
        ("登记截止", timezone.localtime(receipt.until).strftime("%Y-%m-%d %H:%M:%S")),
        ("变更记录末条", f"#{receipt.trail_sequence}，摘要{receipt.trail_digest}"),
        ("行数", rows),
        ("其中示例数据行数", UNCOUNTED if sheet.provenance is None else samples),
        ("导出人", receipt.actor_name),
        ("提示", "示例数据不是真实事项，不得用于上报。四本台账分别计数，不相加。"),
        ("保密提示", "本系统为非涉密系统，严禁存储、处理、传输涉密信息。"),
        ("列名", "口径"),
        *((column.heading, column.definition) for column in sheet.columns),
    ]


def _write_notes(book: Any, sheet: Sheet, rows: int, samples: int) -> None:
    page = book.add_worksheet(NOTES)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 90)
    for number, (label, value) in enumerate(notes_of(sheet, rows, samples)):
        page.write_string(number, 0, label, bold)
        if isinstance(value, int):
            page.write_number(number, 1, value, wrapped)
        else:
            page.write_string(number, 1, value, wrapped)

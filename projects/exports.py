"""A filtered list as a file: the same rows, order and columns, never cut.

The CSV is a pure table (RFC 4180, UTF-8 with BOM); the XLSX has typed cells and a second
sheet that says what the file is.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from .choices import Ledger, Precision, Provenance
from .columns import Column, Kind, as_text, columns_of
from .filters import EntryFilter
from .models.ledger import LedgerEntryQuerySet
from .periods import PartialDate

CHUNK = 1000
#: Characters a workbook's cell can hold, and what a longer one ends with.
CELL, TOO_LONG = 32_767, "……（超出单元格容量，全文见CSV）"
#: A spreadsheet runs such text as a formula; blanks, quotes and invisible marks do not hide it.
FORMULA = re.compile(
    r"[\s'\"\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]"
)
LEADING_CONTROL = re.compile(r"[\t\r\n]")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True)
class Sheet:
    """What is exported, by whom and of which day."""

    ledger: Ledger | None
    chosen: EntryFilter
    user: Any
    day: dt.date

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.ledger)

    @property
    def title(self) -> str:
        return self.ledger.label if self.ledger else "全部台账条目"

    def rows(self) -> Iterator[list[Any]]:
        """The values of each row, read in chunks so that memory does not grow with the rows."""
        entries = linked(self.chosen.rows, self.ledger).iterator(chunk_size=CHUNK)
        for entry in entries:
            yield [column.value(entry) for column in self.columns]

    def disposition(self, extension: str) -> str:
        """Content-Disposition with an ASCII name and the Chinese one (RFC 6266)."""
        stamp = self.day.strftime("%Y%m%d")
        ascii_name = f"{self.ledger or 'entries'}-{stamp}.{extension}"
        chinese = quote(f"{self.title}-{stamp}.{extension}")
        return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{chinese}"


def linked(rows: LedgerEntryQuerySet, ledger: Ledger | None) -> LedgerEntryQuerySet:
    """With what the columns of this ledger show of other entries."""
    link = LINKS.get(ledger) if ledger else None
    return rows.for_rows().select_related("sector", "lead", *([link] if link else []))


#: The column in which an entry of a ledger names an entry of another.
LINKS: dict[Ledger, str] = {
    Ledger.ITEMS: "agreement",
    Ledger.INDUSTRIAL: "item",
    Ledger.INFRASTRUCTURE: "item",
}


def guarded(written: str) -> str:
    """Text that no spreadsheet runs; plain numbers stay as they are."""
    if PLAIN_NUMBER.fullmatch(written):
        return written
    if FORMULA.match(written) or LEADING_CONTROL.match(written):
        return f"'{written}"
    return written


class _Echo:
    """A file to `csv.writer` that hands back what is written."""

    def write(self, line: str) -> str:
        return line


def csv_lines(sheet: Sheet) -> Iterator[bytes]:
    """The file in pieces: BOM and header, then the rows."""
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    heading = writer.writerow([column.heading for column in sheet.columns])
    yield b"\xef\xbb\xbf" + str(heading).encode()
    for row in sheet.rows():
        line = writer.writerow([guarded(as_text(value)) for value in row])
        yield str(line).encode()


def csv_response(sheet: Sheet, when_done: Callable[[int], None]) -> HttpResponseBase:
    """Stream the CSV; `when_done(rows)` is called when the last row has been handed over."""

    def stream() -> Iterator[bytes]:
        lines = -1
        for line in csv_lines(sheet):
            lines += 1
            yield line
        when_done(lines)

    response = StreamingHttpResponse(stream(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = sheet.disposition("csv")
    return response


def xlsx_response(sheet: Sheet, when_done: Callable[[int], None]) -> HttpResponseBase:
    """The workbook, written row by row to an unnamed file that is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    when_done(write_workbook(sheet, file))
    file.seek(0)
    response = FileResponse(
        file,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response["Content-Disposition"] = sheet.disposition("xlsx")
    return response


def write_workbook(sheet: Sheet, file: IO[bytes]) -> int:
    """Write data sheet and 说明; returns the number of rows."""
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    rows, samples = _write_rows(book, sheet)
    _write_notes(book, sheet, rows, samples)
    book.close()
    return rows


def _write_rows(book: Any, sheet: Sheet) -> tuple[int, int]:
    page = book.add_worksheet(sheet.title[:31])
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    formats = _formats(book)
    provenance = [column.name for column in sheet.columns].index("provenance")
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width, formats[column.kind])
        page.write_string(0, number, column.heading, head)
    page.freeze_panes(1, 2)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    rows = samples = 0
    for values in sheet.rows():
        rows += 1
        samples += values[provenance] == Provenance.SAMPLE.label
        for number, (column, value) in enumerate(zip(sheet.columns, values, strict=True)):
            _write_cell(page, rows, number, value, formats[column.kind])
    page.autofilter(0, 0, rows, len(sheet.columns) - 1)
    return rows, samples


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
        page.write_datetime(row, number, timezone.localtime(value).replace(tzinfo=None), form)
    elif isinstance(value, int | Decimal):
        page.write_number(row, number, value, form)
    else:
        page.write_string(row, number, _that_fits(str(value)), form)


def _that_fits(written: str) -> str:
    """Text of a cell; should anything be longer than a cell can be, the cell says so."""
    return written if len(written) <= CELL else written[: CELL - len(TOO_LONG)] + TOO_LONG


def _write_notes(book: Any, sheet: Sheet, rows: int, samples: int) -> None:
    page = book.add_worksheet("说明")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    page.set_column(0, 0, 22)
    page.set_column(1, 1, 90)
    facts: list[tuple[str, str | int]] = [
        ("台账", sheet.title),
        ("筛选条件", sheet.chosen.in_words()),
        ("数据日期", sheet.day.isoformat()),
        ("导出时间", timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")),
        ("行数", rows),
        ("其中示例数据行数", samples),
        ("导出人", f"{sheet.user}（{sheet.user.get_username()}）"),
        ("提示", "示例数据不是真实事项，不得用于上报。四本台账分别计数，不相加。"),
        ("保密提示", "本系统为非涉密系统，严禁存储、处理、传输涉密信息。"),
        ("列名", "口径"),
        *((column.heading, column.definition) for column in sheet.columns),
    ]
    for number, (label, value) in enumerate(facts):
        page.write_string(number, 0, label, bold)
        if isinstance(value, int):
            page.write_number(number, 1, value, wrapped)
        else:
            page.write_string(number, 1, value, wrapped)

"""Is a file what the ledger gave out? By its digest, and else row by row.

A file whose bytes a receipt knows is genuine. One that only names a receipt (in its file
name or on its sheet 说明) is read again as at the moment of that receipt and compared cell
by cell: a workbook that was merely saved anew is genuine still.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import python_calamine
from django.http import QueryDict

from . import exports
from .choices import Ledger
from .columns import Kind, as_text
from .filters import ComparisonFilter, EntryFilter, TrailFilter, asked_again
from .models import Book, Receipt

GENUINE, ALTERED, UNKNOWN = "genuine", "altered", "unknown"
#: What is taken in to be checked: the file, and what a workbook may unpack to.
FILE_LIMIT, UNPACKED_LIMIT, MEMBERS = 50 * 2**20, 400 * 2**20, 200
#: Differences that are named one by one.
NAMED = 200
_NUMBER = re.compile(r"-[0-9]{8}-([0-9]{7,12})(?![0-9])")


@dataclass(frozen=True)
class Difference:
    """A cell that is not what was sent, or a row too many or too few (`column` empty)."""

    row: int
    key: str
    column: str
    sent: str
    found: str


@dataclass(frozen=True)
class Finding:
    """`verdict` is genuine, altered or unknown; `sentence` says it in words."""

    verdict: str
    sentence: str
    receipt: Receipt | None = None
    differences: tuple[Difference, ...] = ()


class Unreadable(Exception):
    """The file cannot be read as a table; the message says why."""


def examine(name: str, content: bytes) -> Finding:
    """What to think of a file of that name and content."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = Receipt.objects.filter(sha256=sha256).exclude(completed_at=None).first()
    if known:
        return Finding(GENUINE, "文件与导出时逐字节一致。", known)
    try:
        table, number = _read(name, content)
    except Unreadable as problem:
        return Finding(UNKNOWN, f"没有与之相符的回执；{problem}")
    receipt = Receipt.objects.filter(number=number).first() if number else None
    if receipt is None:
        return Finding(
            UNKNOWN, "没有与之相符的回执：不是本系统导出的文件，或文件名、说明页中的回执编号已失。"
        )
    return _compared(receipt, table, name)


def _compared(receipt: Receipt, table: list[list[Any]], name: str) -> Finding:
    sheet = sheet_of(receipt)
    sent = [[column.heading for column in sheet.columns]]
    sent += [[as_text(value) for value in row] for row in sheet.rows()]
    kinds = [column.kind for column in sheet.columns]
    is_csv = name.lower().endswith(".csv")
    found = [
        [_text(value, kind, is_csv) for value, kind in zip_longest(row, kinds)] for row in table
    ]
    differences = tuple(_differences(sent, found))
    if differences:
        return Finding(ALTERED, "文件在导出之后被改动过。", receipt, differences[:NAMED])
    if is_csv:
        return Finding(
            ALTERED, "各单元格的内容与导出时一致，但文件的字节已改变（重新保存过）。", receipt
        )
    if not receipt.is_complete:
        return Finding(ALTERED, "内容与台账一致，但该次导出没有完成。", receipt)
    return Finding(GENUINE, "文件重新保存过，各单元格的内容与导出时一致。", receipt)


def sheet_of(receipt: Receipt) -> exports.Sheet:
    """The table of a receipt, read again as at its moment."""
    name = receipt.path.strip("/").partition(".")[0]
    if name == "trail":
        chosen = TrailFilter(asked_again(receipt.query))
        chosen.is_valid()
        return exports.trail_sheet(chosen, receipt)
    if name == "compare":
        return exports.comparison_sheet(ComparisonFilter(QueryDict(receipt.query)), receipt)
    ledger = None if name == "entries" else Ledger(name)
    book = Book(receipt.as_of)
    return exports.ledger_sheet(
        ledger, EntryFilter(asked_again(receipt.query), ledger=ledger, book=book), receipt
    )


def _differences(sent: list[list[str]], found: list[list[str]]) -> Iterator[Difference]:
    """Row by row; rows are known by their first cell, the heading by being the first."""
    yield from _cells(1, sent[0], sent[0], found[0] if found else [])
    rows: dict[str, tuple[int, list[str]]] = {}
    for number, row in enumerate(found[1:], start=2):
        key = row[0] if row else ""
        if key in rows:
            yield Difference(number, key, "", "", "多出的一行")
        else:
            rows[key] = number, row
    for number, row in enumerate(sent[1:], start=2):
        if row[0] not in rows:
            yield Difference(number, row[0], "", "缺少的一行", "")
        else:
            at, there = rows.pop(row[0])
            yield from _cells(at, sent[0], row, there)
    for key, (number, _) in rows.items():
        yield Difference(number, key, "", "", "多出的一行")
    if {row[0] for row in sent} == {row[0] for row in found if row}:
        yield from _out_of_order(sent, found)


def _cells(
    number: int, headings: list[str], sent: list[str], found: list[str]
) -> Iterator[Difference]:
    for heading, was, now in zip_longest(headings, sent, found, fillvalue=""):
        if was != now:
            yield Difference(number, sent[0], heading or "（多出的列）", was, now)


def _out_of_order(sent: list[list[str]], found: list[list[str]]) -> Iterator[Difference]:
    """The first row that stands where another was."""
    for number, (was, now) in enumerate(zip(sent[1:], found[1:], strict=False), start=2):
        if was[0] != now[0]:
            yield Difference(number, now[0], "", was[0], "行的次序已变")
            return


# --- reading ----------------------------------------------------------------------------------


def _read(name: str, content: bytes) -> tuple[list[list[Any]], int | None]:
    """The table of a file, and the number of the receipt that it names."""
    named = _NUMBER.search(name)
    number = int(named.group(1)) if named else None
    if content[:2] == b"PK":
        table, noted = _workbook(content)
        return table, noted or number
    return _csv(content), number


def _csv(content: bytes) -> list[list[Any]]:
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            written = content.decode("gb18030")
        except UnicodeDecodeError:
            raise Unreadable("文件既不是 CSV，也不是 Excel 工作簿。") from None
    try:
        return [row for row in csv.reader(io.StringIO(written, newline="")) if row]
    except csv.Error:
        raise Unreadable("文件不是可读的 CSV。") from None


def _workbook(content: bytes) -> tuple[list[list[Any]], int | None]:
    _refuse_bombs(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        notes = book.get_sheet_by_name(exports.NOTES).to_python()
    except Exception as problem:  # the reader's own errors have no common base
        raise Unreadable("不是可读的 Excel 工作簿，或没有“说明”页。") from problem
    said = {str(row[0]): str(row[1]) for row in notes if len(row) > 1}
    number = said.get(exports.RECEIPT_LABEL, "")
    return table, int(number) if number.isascii() and number.isdigit() else None


def _refuse_bombs(content: bytes) -> None:
    """By the central directory, before anything is unpacked."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except zipfile.BadZipFile:
        raise Unreadable("不是可读的 Excel 工作簿。") from None
    if len(members) > MEMBERS or sum(m.file_size for m in members) > UNPACKED_LIMIT:
        raise Unreadable("工作簿解压后过大。")


def _text(value: Any, kind: Kind | None, is_csv: bool) -> str:
    """A cell as the text that was sent for it."""
    if value is None:
        return ""
    if is_csv:
        return exports.unguarded(str(value))
    if isinstance(value, dt.datetime):
        rounded = value + dt.timedelta(microseconds=500_000)
        written = f"{rounded:%Y-%m-%d %H:%M}"
        return written if kind is Kind.MOMENT else written[:10]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        return as_text(Decimal(str(value)))
    return str(value).replace("\r\n", "\n")

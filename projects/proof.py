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
from itertools import islice, zip_longest
from typing import IO, Any

import python_calamine
from django.http import QueryDict

from . import exports
from .archives import BROKEN_ZIP
from .choices import Ledger, MatterKind
from .columns import Kind, as_text
from .filters import (
    ComparisonFilter,
    EntryFilter,
    MatterFilter,
    MembershipFilter,
    TrailFilter,
    asked_again,
)
from .models import Book, FollowUps, Receipt
from .text import unguarded

NO_RECEIPT = "没有与之相符的回执：不是本系统导出的文件，或文件名、说明页中的回执编号已失。"
GENUINE, ALTERED, UNKNOWN = "genuine", "altered", "unknown"
#: What is taken in to be checked: the file, and what a workbook may unpack to.
FILE_LIMIT, UNPACKED_LIMIT, MEMBERS = 50 * 2**20, 400 * 2**20, 200
CELLS = 20_000_000
#: What the reader would take for a workbook of another kind.
OTHER_FORMATS = frozenset({"xl/workbook.bin", "content.xml"})
#: Differences that are named one by one.
NAMED = 200
_NUMBER = re.compile(r"-[0-9]{8}-([0-9]{7,12})(?![0-9])", re.ASCII)
_RECEIPT = re.compile(r"[0-9]{1,12}", re.ASCII)
_ADDRESS = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,4})([0-9]{1,9})[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


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


@dataclass(frozen=True)
class Read:
    """What was read of a file; `names` are the sheets of a workbook, None for a CSV."""

    table: list[list[Any]]
    notes: list[list[Any]]
    names: list[str] | None


class Unreadable(Exception):
    """The file cannot be read as a table; the message says why."""


def examine(name: str, content: bytes) -> Finding:
    """What to think of a file of that name and content."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = Receipt.objects.filter(sha256=sha256).exclude(completed_at=None).first()
    if known:
        return Finding(GENUINE, "文件与导出时逐字节一致。", known)
    if brief := _brief_of(name):
        return Finding(ALTERED, "通报只能逐字节核对：文件在导出之后重新保存过或被改动过。", brief)
    try:
        read, number = _read(name, content)
        receipt = Receipt.objects.filter(number=number).first() if number else None
        if receipt is None:
            return Finding(UNKNOWN, NO_RECEIPT)
        return _compared(receipt, read if isinstance(read, Read) else _csv(content, receipt))
    except Unreadable as problem:
        return Finding(UNKNOWN, f"没有与之相符的回执；{problem}")


def _brief_of(name: str) -> Receipt | None:
    """The receipt of a brief, whose number stands in the name of the file."""
    named = _NUMBER.search(name)
    rows = Receipt.objects.filter(extension="docx")
    return rows.filter(number=int(named.group(1))).first() if named else None


def _compared(receipt: Receipt, read: Read) -> Finding:
    if receipt.extension == "docx":
        return Finding(ALTERED, "导出的是通报（DOCX），文件已换成另一种格式。", receipt)
    sheet = sheet_of(receipt)
    headings = [column.heading for column in sheet.columns]
    if headings != receipt.columns:
        return Finding(UNKNOWN, "导出以后列的定义已有变化，只能按文件摘要核对。", receipt)
    is_csv = read.names is None
    if is_csv != (receipt.extension == "csv"):
        return Finding(
            ALTERED, f"导出的是{receipt.extension.upper()}，文件已换成另一种格式。", receipt
        )
    kinds = [column.kind for column in sheet.columns]
    sent = [headings]
    for row in sheet.rows():
        texts = [as_text(value) for value in row]
        sent.append(texts if is_csv else [exports.that_fits(text) for text in texts])
    found = [
        [_text(value, kind, is_csv) for value, kind in zip_longest(row, kinds)]
        for row in read.table
    ]
    differences = list(islice(_differences(sent, found, sheet.key), NAMED))
    if not is_csv:
        differences += _note_differences(sheet, sent, read)
    if differences:
        return Finding(ALTERED, "文件在导出之后被改动过。", receipt, tuple(differences))
    if is_csv:
        return Finding(
            ALTERED, "各单元格的内容与导出时一致，但文件的字节已改变（重新保存过）。", receipt
        )
    if not receipt.is_complete:
        return Finding(ALTERED, "内容与台账一致，但该次导出没有完成。", receipt)
    return Finding(GENUINE, "文件重新保存过，各单元格的内容与导出时一致。", receipt)


def _note_differences(
    sheet: exports.Sheet, sent: list[list[str]], read: Read
) -> Iterator[Difference]:
    """The sheet 说明, line by line, and sheets that were added."""
    if read.names != [sheet.title[:31], exports.NOTES]:
        yield Difference(
            0, "工作表", "", f"{sheet.title}、{exports.NOTES}", "、".join(read.names or [])
        )
    samples = exports.samples_in(sheet, sent[1:])
    told = [[label, str(value)] for label, value in exports.notes_of(sheet, len(sent) - 1, samples)]
    noted = [[_text(value, None, False) for value in row] for row in read.notes]
    for number, (was, now) in enumerate(zip_longest(told, noted, fillvalue=["", ""]), start=1):
        if was != now:
            yield Difference(number, exports.NOTES, was[0] or now[0], was[1], " ".join(now))


def sheet_of(receipt: Receipt) -> exports.Sheet:
    """The table of a receipt, read again as at its moment."""
    name = receipt.path.strip("/").partition(".")[0]
    if name == "trail":
        chosen = TrailFilter(asked_again(receipt.query))
        chosen.is_valid()
        return exports.trail_sheet(chosen, receipt)
    if name == "compare":
        return exports.comparison_sheet(ComparisonFilter(QueryDict(receipt.query)), receipt)
    if kind := {kind.path: kind for kind in MatterKind}.get(name):
        return exports.matter_sheet(kind, matters_again(kind, receipt), receipt)
    if name == "membership":
        members = MembershipFilter(QueryDict(receipt.query))
        members.is_valid()
        return exports.membership_sheet(members, receipt)
    ledger = None if name == "entries" else Ledger(name)
    book = Book(receipt.as_of)
    return exports.ledger_sheet(
        ledger, EntryFilter(asked_again(receipt.query), ledger=ledger, book=book), receipt
    )


def matters_again(kind: MatterKind, receipt: Receipt) -> MatterFilter:
    """The filter of a list of matters as at the moment of its receipt.

    Whether drafts were left out stands in the query: the rights of who exported may change.
    """
    followups = FollowUps(Book(receipt.as_of))
    query = asked_again(receipt.query)
    chosen = MatterFilter(query, kind=kind, followups=followups, sees_drafts=True)
    chosen.is_valid()
    return chosen


def _differences(sent: list[list[str]], found: list[list[str]], at: int) -> Iterator[Difference]:
    """Row by row; rows are known by the cell in column `at`, the heading by being the first."""
    yield from _cells(1, sent[0][at], sent[0], sent[0], found[0] if found else [])
    rows: dict[str, tuple[int, list[str]]] = {}
    for number, row in enumerate(found[1:], start=2):
        key = _key(row, at)
        if key in rows:
            yield Difference(number, key, "", "", "多出的一行")
        else:
            rows[key] = number, row
    for number, row in enumerate(sent[1:], start=2):
        if row[at] not in rows:
            yield Difference(number, row[at], "", "缺少的一行", "")
        else:
            place, there = rows.pop(row[at])
            yield from _cells(place, row[at], sent[0], row, there)
    for key, (number, _) in rows.items():
        yield Difference(number, key, "", "", "多出的一行")
    if {row[at] for row in sent} == {_key(row, at) for row in found if row}:
        yield from _out_of_order(sent, found, at)


def _key(row: list[str], at: int) -> str:
    return row[at] if len(row) > at else ""


def _cells(
    number: int, key: str, headings: list[str], sent: list[str], found: list[str]
) -> Iterator[Difference]:
    for heading, was, now in zip_longest(headings, sent, found, fillvalue=""):
        if was != now:
            yield Difference(number, key, heading or "（多出的列）", was, now)


def _out_of_order(sent: list[list[str]], found: list[list[str]], at: int) -> Iterator[Difference]:
    """The first row that stands where another was."""
    for number, (was, now) in enumerate(zip(sent[1:], found[1:], strict=False), start=2):
        if was[at] != _key(now, at):
            yield Difference(number, _key(now, at), "", was[at], "行的次序已变")
            return


# --- reading ----------------------------------------------------------------------------------


def _read(name: str, content: bytes) -> tuple[Read | None, int | None]:
    """A workbook (a CSV is read when its receipt is known), and the receipt's number."""
    named = _NUMBER.search(name)
    number = int(named.group(1)) if named else None
    if content[:2] == b"PK":
        book, noted = _workbook(content)
        return book, noted or number
    return None, number


def _csv(content: bytes, receipt: Receipt) -> Read:
    """The table of a CSV; of one much longer than what was sent only the beginning."""
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            written = content.decode("gb18030")
        except UnicodeDecodeError:
            raise Unreadable("文件既不是 CSV，也不是 Excel 工作簿。") from None
    most = (receipt.rows or 0) + 1 + NAMED
    try:
        rows = islice(csv.reader(io.StringIO(written, newline="")), most)
        return Read([row for row in rows if row], [], None)
    except csv.Error:
        raise Unreadable("文件不是可读的 CSV。") from None


def _workbook(content: bytes) -> tuple[Read, int | None]:
    _refuse_bombs(content)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        table = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        notes = book.get_sheet_by_name(exports.NOTES).to_python()
        names = list(book.sheet_names)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as problem:  # the reader's own errors and panics have no common base
        raise Unreadable("不是可读的 Excel 工作簿，或没有“说明”页。") from problem
    said = {str(row[0]): str(row[1]) for row in notes if len(row) > 1}
    number = said.get(exports.RECEIPT_LABEL, "")
    read = Read(table, [row[:2] for row in notes], names)
    return read, int(number) if _RECEIPT.fullmatch(number) else None


def _refuse_bombs(content: bytes) -> None:
    """By the central directory, before anything is unpacked; then by the cells' addresses.

    A reader makes room for the whole rectangle up to the last cell, however few there are.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
        if len(members) > MEMBERS or sum(m.file_size for m in members) > UNPACKED_LIMIT:
            raise Unreadable("工作簿解压后过大。")
        names = {member.filename for member in members}
        if "xl/workbook.xml" not in names or names & OTHER_FORMATS:
            raise Unreadable("不是本系统导出的那种工作簿。")
        for member in members:  # a sheet may lie anywhere
            with archive.open(member) as sheet:
                _refuse_wide(sheet)
    except BROKEN_ZIP:
        raise Unreadable("不是可读的 Excel 工作簿。") from None


def _refuse_wide(sheet: IO[bytes]) -> None:
    rows = columns = unpacked = 0
    carried = b""
    while chunk := sheet.read(2**20):
        unpacked += len(chunk)
        text = carried + chunk
        if unpacked == len(chunk) and text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Unreadable("工作簿的文字编码不是 UTF-8。")
        if _FORMULA.search(text):
            raise Unreadable("工作簿中含有公式，本系统导出的工作簿没有公式。")
        for match in _ADDRESS.finditer(text):
            letters, row = match.groups()
            column = 0
            for letter in letters.upper():
                column = column * 26 + letter - 64
            rows, columns = max(rows, int(row)), max(columns, column)
        if rows * columns > CELLS or unpacked > UNPACKED_LIMIT:
            raise Unreadable("工作簿的行列过多。")
        carried = text[-64:]


def _text(value: Any, kind: Kind | None, is_csv: bool) -> str:
    """A cell as the text that was sent for it."""
    if value is None:
        return ""
    if is_csv:
        return unguarded(str(value))
    if isinstance(value, dt.datetime):
        try:
            rounded = value + dt.timedelta(microseconds=500_000)
        except OverflowError:
            return str(value)
        written = f"{rounded:%Y-%m-%d %H:%M}"
        return written if kind is Kind.MOMENT else written[:10]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float | int):
        return as_text(Decimal(str(value)))
    return str(value).replace("\r\n", "\n")

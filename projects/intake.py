"""A file that somebody uploads, as plain cells, or refused in words.

The limits are those of `docs/security.md`, section Spreadsheets. Everything is judged by its
content; the name must only agree with it. A workbook's cells are read here by expat, and not
by calamine: of a lone cell at XFD1048576 calamine makes room for the whole rectangle and takes
the process with it, an error cell is empty to it, 29 February 1900 is the 28th. There is one
reader, so nothing is checked by one parser and believed from another.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import PurePosixPath
from posixpath import normpath
from typing import TypeAlias
from xml.parsers import expat

from . import text

FILE_LIMIT, UNPACKED_LIMIT, MEMBERS = 10 * 2**20, 100 * 2**20, 200
#: Small sheets compress well (one word in each of 1,000 rows): the ratio counts above 10 MiB.
RATIO, RATIO_FROM = 100, 10 * 2**20
#: Cells with content, of all sheets together; blank cells that carry only a format are free.
ROWS, COLUMNS, CHARACTERS = 50_000, 60, 32_767
#: What the whole workbook may cost to read: filled cells, and elements of any kind.
CELLS, ELEMENTS, MERGED = 500_000, 2_000_000, 10_000
#: No tag is so long: expat holds one wholly, and its attributes take fifty times their bytes.
TAG = 2**20
#: Rows and columns of a worksheet in Excel, and its cell formats.
LAST_ROW, LAST_COLUMN, FORMATS = 1_048_576, 16_384, 65_490
CHUNK = 2**16

WORKBOOK_NAMES, TEXT_NAMES = (".xlsx",), (".csv", ".txt", ".tsv")
SAVE_ANEW = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传"
TOO_MANY = f"中有内容的单元格超过{CELLS}个，请分成几个文件上传。"
BROKEN = f"已损坏或不完整，{SAVE_ANEW}。"


class Refused(Exception):
    """The file is not taken in; `sentence` says why, and the way out."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class CellError:
    """A cell without a value: #REF!, NaN, a formula never calculated, a day that is none."""

    shown: str

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class Percentage:
    """A number in a cell formatted as per cent: Excel shows 45% and keeps the fraction 0.45."""

    fraction: Decimal

    def __str__(self) -> str:
        return f"{text.number(self.fraction * 100)}%"


#: Whole numbers are int, others Decimal in the shortest writing of Excel's float.
Cell: TypeAlias = (
    str
    | int
    | Decimal
    | bool
    | dt.datetime
    | dt.date
    | dt.time
    | dt.timedelta
    | Percentage
    | CellError
    | None
)
Row: TypeAlias = list[Cell]


@dataclass(frozen=True)
class Grid:
    """A sheet: `rows[i]` is the row that Excel numbers i+1, all as long as the widest.

    What is empty is None; empty rows and columns at the end are left out. `merged` names
    ranges as Excel does (`A3:B4`); only the first cell of one has a value.
    """

    title: str
    rows: list[Row]
    is_hidden: bool = False
    merged: list[str] = field(default_factory=list)


class _Bad(Exception):
    """What is wrong, as the rest of a sentence whose subject is the file."""


def read(content: bytes, name: str) -> list[Grid]:
    """The sheets of an .xlsx in their order, or the one table of a .csv.

    Raises Refused for every file that is not wholly understood. Costs about 4 s for the largest
    workbook that the limits allow.
    """
    try:
        grids = _grids(content, name)
        if not any(grid.rows for grid in grids):
            raise _Bad("中没有内容，请填写后重新上传。")
        return grids
    except (_Bad, zlib.error) as problem:
        sentence = str(problem) if isinstance(problem, _Bad) else BROKEN
        raise Refused(f"“{_shown(_base(name)) or '文件'}”{sentence}") from None


def _grids(content: bytes, name: str) -> list[Grid]:
    if not content:
        raise _Bad("是空文件，请选择填好内容的 .xlsx 或 .csv 文件。")
    if len(content) > FILE_LIMIT:
        raise _Bad(f"超过{FILE_LIMIT // 2**20} MB，请删去图片和多余的工作表，或分成几个文件上传。")
    _refuse_other_kinds(content)
    if content[:2] == b"PK":
        parts = _Parts(content)
        _refuse_name(name, WORKBOOK_NAMES, " Excel 工作簿")
        return _workbook(parts)
    written = _decoded(content)
    _refuse_markup(written)
    _refuse_name(name, TEXT_NAMES, "文本")
    return [_table(written, PurePosixPath(_base(name)).stem)]


# --- what kind of file ------------------------------------------------------------------------

_KINDS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "已加密或是旧版 .xls，请另存为未加密的 .xlsx 后重新上传。",
    b"%PDF": f"是 PDF，不是表格，{SAVE_ANEW}。",
    b"\x89PNG": "是图片，不是表格，请上传 .xlsx 或 .csv 文件。",
    b"\xff\xd8\xff": "是图片，不是表格，请上传 .xlsx 或 .csv 文件。",
    b"Rar!": "是压缩包，请解压后上传其中的 .xlsx 或 .csv 文件。",
    b"7z\xbc\xaf": "是压缩包，请解压后上传其中的 .xlsx 或 .csv 文件。",
    b"\x1f\x8b": "是压缩包，请解压后上传其中的 .xlsx 或 .csv 文件。",
    b"{\\rtf": f"是 RTF 文档，不是表格，{SAVE_ANEW}。",
    b"ID;P": f"是 SYLK 文件，不是 .csv，{SAVE_ANEW}。",
    b"\xff\xfe": "是 UTF-16 编码的文本，请另存为“CSV UTF-8”后重新上传。",
    b"\xfe\xff": "是 UTF-16 编码的文本，请另存为“CSV UTF-8”后重新上传。",
}
_MARKUP = re.compile(r"\s*<[!?A-Za-z]")
_WEB_PAGE = re.compile(r"\s*(<!doctype\s+html|<html|<table|<head|<meta|mime-version:)", re.I)


def _refuse_other_kinds(content: bytes) -> None:
    for beginning, sentence in _KINDS.items():
        if content.startswith(beginning):
            raise _Bad(sentence)


def _refuse_markup(written: str) -> None:
    if _WEB_PAGE.match(written):
        raise _Bad(f"的内容是网页（HTML），不是表格，{SAVE_ANEW}。")
    if _MARKUP.match(written):
        raise _Bad(f"的内容是 XML，不是表格，{SAVE_ANEW}。")


def _refuse_name(name: str, endings: tuple[str, ...], kind: str) -> None:
    """Somebody who takes a file for another kind should hear of it."""
    if not name.lower().endswith(endings):
        wanted = endings[0]
        raise _Bad(f"的内容是{kind}，与文件名不符，请另存为 {wanted} 文件后重新上传。")


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _shown(words: str, length: int = 60) -> str:
    """Words out of the file as they may stand in a sentence."""
    safe = "".join(c for c in words if c.isprintable())
    return safe if len(safe) <= length else f"{safe[:length]}……"


# --- text ----------------------------------------------------------------------------------------

BOM = b"\xef\xbb\xbf"
#: So much Chinese before the first wrong byte is no chance: UTF-8 that was damaged.
SURELY_UTF8 = 4
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_SEPARATORS = ",\t;；"
_QUOTED = re.compile(r'"[^"]*"')


def _decoded(content: bytes) -> str:
    """UTF-8, or else GB18030; by what decodes wholly, and never with replacements."""
    if b"\0" in content:
        raise _Bad("不是可读的文本或表格（含有空字符），请另存为 .xlsx 或“CSV UTF-8”后重新上传。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig", "ignore")
        if content.startswith(BOM) or len(_CHINESE.findall(before)) >= SURELY_UTF8:
            line = before.count("\n") + 1
            raise _Bad(f"的文字编码在第{line}行已损坏，请用原表重新导出。") from None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise _Bad("的文字编码无法识别，请另存为 .xlsx 或“CSV UTF-8”后重新上传。") from None


def _table(written: str, title: str) -> Grid:
    rows: list[Row] = []
    cells = number = 0
    reader = csv.reader(
        io.StringIO(written, newline=""), delimiter=_separator(written), strict=True
    )
    try:
        for number, record in enumerate(reader, start=1):
            values = _record(record, number)
            if number > LAST_ROW:
                raise _Bad("的空行过多，请删去数据以下的空行后重新上传。")
            if not values:
                continue
            cells += len(values)
            if number > ROWS:
                raise _Bad(f"超过{ROWS}行，请分成几个文件上传。")
            if cells > CELLS:
                raise _Bad(TOO_MANY)
            rows += [[] for _ in range(number - 1 - len(rows))]
            rows.append(values)
    except csv.Error:
        raise _Bad(
            f"第{number + 1}行的引号没有成对（或一格超过{CHARACTERS}字），请改正后重新上传。"
        ) from None
    return Grid(title, _even(rows))


def _separator(written: str) -> str:
    """Of the comma, tab and semicolons the one that the first line has most of."""
    line = _QUOTED.sub("", written.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=line.count)


def _record(record: list[str], number: int) -> Row:
    """A row's values without the empty ones at its end."""
    while record and not record[-1]:
        record.pop()
    if len(record) > COLUMNS:
        raise _Bad(f"第{number}行超过{COLUMNS}列，请删去多余的列后重新上传。")
    if any(len(value) > CHARACTERS for value in record):
        raise _Bad(f"第{number}行有一格超过{CHARACTERS}字，请缩短后重新上传。")
    return [unguarded(value) or None for value in record]


# The same as `exports.guarded`, which stands above this layer; a test holds them together.
_FORMULA = re.compile(
    r"[\s'\"\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]"
)
_LEADING_CONTROL = re.compile(r"[\t\r\n]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def unguarded(written: str) -> str:
    """Text without the `'` that our CSV sets before what a spreadsheet would run."""
    rest = written[1:]
    if not written.startswith("'") or _PLAIN_NUMBER.fullmatch(rest):
        return written
    return rest if _FORMULA.match(rest) or _LEADING_CONTROL.match(rest) else written


def _even(rows: list[Row]) -> list[Row]:
    """All rows as long as the widest."""
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


# --- the archive ------------------------------------------------------------------------------

#: What `zipfile` raises for an archive that is broken or of a kind it does not know.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, struct.error, RuntimeError, ValueError),
    *(EOFError, OSError, IndexError),
)
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_LOCAL = struct.Struct("<4s5H3I2H")
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|macrosheets/.*)$")


class _Parts:
    """The members of a workbook's archive, by their names in small letters.

    Nothing is unpacked before the directory has been judged, and nothing more than it said.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.members = {m.filename.lower(): m for m in _directory(content)}
        self.unread = set(self.members)
        self.elements = 0
        self._refuse_other_workbooks()

    def _refuse_other_workbooks(self) -> None:
        if any(_MACROS.search(name) for name in self.members):
            raise _Bad("含有宏，请另存为不含宏的 .xlsx 后重新上传。")
        if "content.xml" in self.members:
            raise _Bad("是 OpenDocument 表格（.ods），请另存为 .xlsx 后重新上传。")
        if "xl/workbook.bin" in self.members:
            raise _Bad("是二进制工作簿（.xlsb），请另存为 .xlsx 后重新上传。")
        if "_rels/.rels" not in self.members:
            raise _Bad("是压缩包，不是 Excel 工作簿，请解压后上传其中的 .xlsx 或 .csv 文件。")

    def parse(self, name: str, reader: _Reader) -> None:
        """Let the reader hear the part of that name. Each part is read once."""
        if name.lower() not in self.unread:
            raise _Bad(BROKEN)
        self.unread.remove(name.lower())
        parser = _parser()
        starts, ends = reader.starts, reader.ends

        def start(word: str, attributes: dict[str, str]) -> None:
            self.elements += 1 + len(attributes) // 4  # a cell has three
            if handler := starts.get(word):
                handler(attributes)

        def end(word: str) -> None:
            if handler := ends.get(word):
                handler()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = reader.characters
        self._feed(parser, name.lower())

    def _feed(self, parser: expat.XMLParserType, name: str) -> None:
        heard = 0
        try:
            for piece in _inflated(self.content, self.members[name]):
                heard += len(piece)
                parser.Parse(piece)
                if heard - parser.CurrentByteIndex > TAG:
                    raise _Bad(BROKEN)
                if self.elements > ELEMENTS:
                    raise _Bad("中带格式的空白单元格过多，请删去数据区以外的行和列后重新上传。")
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise _Bad(BROKEN) from None

    def check_the_rest(self) -> None:
        """Pictures, themes and other parts that nobody reads: their size and their DOCTYPE."""
        for name in self.unread:
            prolog: expat.XMLParserType | None = _parser()
            for number, piece in enumerate(_inflated(self.content, self.members[name])):
                prolog = _heard(prolog, piece) if number * CHUNK < TAG else None


def _heard(prolog: expat.XMLParserType | None, piece: bytes) -> expat.XMLParserType | None:
    """The parser as long as no element has begun; a DOCTYPE can only stand before the first."""
    if prolog is None:
        return None
    begun: list[str] = []
    prolog.StartElementHandler = lambda word, attributes: begun.append(word) if not begun else None
    try:
        prolog.Parse(piece)
    except expat.ExpatError:
        return None
    return None if begun else prolog


def _parser() -> expat.XMLParserType:
    """Takes UTF-8, and UTF-16 with its mark, which is all that a workbook may be; no DOCTYPE."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise _Bad(f"含有不允许的 DOCTYPE 声明，{SAVE_ANEW}。")


def _directory(content: bytes) -> list[zipfile.ZipInfo]:
    """What the archive holds, when all of it may be unpacked."""
    if content.count(b"PK\x01\x02") > 10 * MEMBERS:  # before `zipfile` makes an object of each
        raise _Bad(f"内含的部件超过{MEMBERS}个，{SAVE_ANEW}。")
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except BROKEN_ZIP:
        raise _Bad(BROKEN) from None
    if len(members) > MEMBERS:
        raise _Bad(f"内含的部件超过{MEMBERS}个，{SAVE_ANEW}。")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise _Bad("已加密，请另存为未加密的 .xlsx 后重新上传。")
    _refuse_bombs(sum(member.file_size for member in members), len(content))
    _refuse_tricks(members)
    return members


def _refuse_bombs(unpacked: int, packed: int) -> None:
    is_dense = unpacked > RATIO_FROM and unpacked > RATIO * packed
    if unpacked > UNPACKED_LIMIT or is_dense:
        raise _Bad("解压后过大，请删去多余的工作表和数据区以外的行列后重新上传。")


def _refuse_tricks(members: list[zipfile.ZipInfo]) -> None:
    """Names that lead elsewhere, names given twice, ways of packing that Excel does not know."""
    names = Counter(member.filename.lower() for member in members)
    for member in members:
        name = member.orig_filename
        is_elsewhere = name.startswith("/") or ".." in name.split("/") or set(name) & set("\\:\0")
        is_unknown = member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if is_elsewhere or is_unknown or names[member.filename.lower()] > 1:
            raise _Bad(BROKEN)
    if min((member.header_offset for member in members), default=0):
        raise _Bad(BROKEN)  # another file stands before the archive


def _inflated(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member in pieces: not a byte more or less than the directory says."""
    size = checksum = 0
    packed = _packed(content, member)
    is_stored = member.compress_type == zipfile.ZIP_STORED
    for piece in _slices(packed) if is_stored else _deflated(packed):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if size > member.file_size:
            raise _Bad(BROKEN)
        yield piece
    if (size, checksum) != (member.file_size, member.CRC):
        raise _Bad(BROKEN)


def _packed(content: bytes, member: zipfile.ZipInfo) -> bytes:
    """The packed bytes, behind a local header that must agree with the directory."""
    header = content[member.header_offset : member.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size:
        raise _Bad(BROKEN)
    signature, _, flags, method, *_, name_length, extra_length = _LOCAL.unpack(header)
    start = member.header_offset + _LOCAL.size
    name = content[start : start + name_length].decode(
        "utf-8" if flags & 0x800 else "cp437", "ignore"
    )
    start += name_length + extra_length
    packed = content[start : start + member.compress_size]
    agrees = (signature, method, name) == (b"PK\3\4", member.compress_type, member.orig_filename)
    if not agrees or flags & _ENCRYPTED or len(packed) != member.compress_size:
        raise _Bad(BROKEN)
    return packed


def _slices(packed: bytes) -> Iterator[bytes]:
    for start in range(0, len(packed), CHUNK):
        yield packed[start : start + CHUNK]


def _deflated(packed: bytes) -> Iterator[bytes]:
    """Pieces of at most CHUNK bytes; the stream must end where the member ends."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for rest in _slices(packed):
        while rest and not inflater.eof:
            yield inflater.decompress(rest, CHUNK)
            rest = inflater.unconsumed_tail
    while not inflater.eof:
        if not (piece := inflater.decompress(b"", CHUNK)):
            raise _Bad(BROKEN)
        yield piece


# --- the workbook ------------------------------------------------------------------------------

#: Transitional, which everybody writes, and strict.
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_LINKS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_PACKAGE = ("http://schemas.openxmlformats.org/package/2006/relationships",)
Starts: TypeAlias = dict[str, Callable[[dict[str, str]], None]]
Ends: TypeAlias = dict[str, Callable[[], None]]


class _Reader:
    """Hears one part of a workbook: `starts` and `ends` by the names of the elements."""

    def __init__(self) -> None:
        self.starts: Starts = {}
        self.ends: Ends = {}
        self.pieces: list[str] = []
        self.length = 0
        self.is_open = self.is_aid = False

    def hear(self, starts: Starts, ends: Ends | None = None, spaces: Iterable[str] = _MAIN) -> None:
        for space in spaces:
            self.starts |= {f"{space} {word}": handler for word, handler in starts.items()}
            self.ends |= {f"{space} {word}": handler for word, handler in (ends or {}).items()}

    def hear_text(self) -> None:
        """Texts, without the reading aid that may stand above Chinese or Japanese."""
        self.hear({"t": self.open, "rPh": self.aid}, {"t": self.close, "rPh": self.aid_end})

    def characters(self, piece: str) -> None:
        if self.is_open and not self.is_aid:
            self.pieces.append(piece)
            self.length += len(piece)
            if self.length > 8 * CHARACTERS:  # seven for a character that is escaped
                raise _Bad(f"中有一格超过{CHARACTERS}字，请缩短后重新上传。")

    def open(self, _: dict[str, str]) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def aid(self, _: dict[str, str]) -> None:
        self.is_aid = True

    def aid_end(self) -> None:
        self.is_aid = False

    def collected(self) -> str:
        """The characters since the last time."""
        joined = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return joined


class _Relations(_Reader):
    """Where a part's relations lead: by their id, and by the end of their type."""

    def __init__(self, parts: _Parts, source: str) -> None:
        super().__init__()
        self.folder, _, file = source.rpartition("/")
        self.by_id: dict[str, str] = {}
        self.by_type: dict[str, str] = {}
        self.worksheets: set[str] = set()
        self.hear({"Relationship": self.relationship}, spaces=_PACKAGE)
        name = f"{self.folder}/_rels/{file}.rels".lstrip("/")
        if name.lower() in parts.members:
            parts.parse(name, self)

    def relationship(self, said: dict[str, str]) -> None:
        if said.get("TargetMode") == "External":
            return
        kind = said.get("Type", "").rpartition("/")[2]
        target = normpath(f"/{self.folder}/{said.get('Target', '')}").lstrip("/")
        if said.get("Target", "").startswith("/"):
            target = normpath(said["Target"]).lstrip("/")
        self.by_id[said.get("Id", "")] = self.by_type[kind] = target
        if kind == "worksheet":
            self.worksheets.add(target)


class _Contents(_Reader):
    """The sheets that a workbook names: title, relation, is it hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_workbook = False
        self.hear({"workbook": self.workbook, "workbookPr": self.properties, "sheet": self.sheet})

    def workbook(self, _: dict[str, str]) -> None:
        self.is_workbook = True

    def properties(self, said: dict[str, str]) -> None:
        if said.get("date1904", "0") not in ("0", "false", "off"):
            raise _Bad(
                "使用1904日期系统，日期会相差四年，"
                "请在 Excel 选项中取消“使用1904日期系统”、核对日期后重新上传。"
            )

    def sheet(self, said: dict[str, str]) -> None:
        link = next((said[f"{space} id"] for space in _LINKS if f"{space} id" in said), "")
        is_hidden = said.get("state", "visible") != "visible"
        self.sheets.append((said.get("name", ""), link, is_hidden))
        if len(self.sheets) > MEMBERS:
            raise _Bad(BROKEN)


class _Strings(_Reader):
    """The texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hear_text()
        self.hear({}, {"si": self.keep})

    def keep(self) -> None:
        self.texts.append(_unescaped(self.collected()))
        if len(self.texts) > CELLS:
            raise _Bad(TOO_MANY)


DATE, DURATION, PERCENT = "date", "duration", "percent"
_BUILT_IN = {
    **dict.fromkeys(("9", "10"), PERCENT),
    **{str(n): DATE for n in (*range(14, 23), *range(27, 37), 45, 47, *range(50, 59))},
    "46": DURATION,
}
#: Words in quotes, escaped and filling characters, and [colours], but not [h].
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|general', re.I | re.S)


class _Formats(_Reader):
    """What each cell format shows a number as: a date, a duration, per cent or a number."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.kinds: dict[str, str | None] = {}
        self.inside = ""
        lists = ("numFmts", "cellStyleXfs", "cellXfs", "dxfs")
        self.hear({word: partial(self.enter, word) for word in lists})
        self.hear({"numFmt": self.code, "xf": self.format})

    def enter(self, word: str, _: dict[str, str]) -> None:
        self.inside = word

    def code(self, said: dict[str, str]) -> None:
        if self.inside == "numFmts":
            self.codes[said.get("numFmtId", "")] = said.get("formatCode", "")

    def format(self, said: dict[str, str]) -> None:
        if self.inside == "cellXfs":
            number = said.get("numFmtId", "0")
            known = number in self.codes
            kind = shown_as(self.codes[number]) if known else _BUILT_IN.get(number)
            self.kinds[str(len(self.kinds))] = kind
        if len(self.kinds) > FORMATS:
            raise _Bad(BROKEN)


def shown_as(code: str) -> str | None:
    """What a format code makes of a number: None when it stays one."""
    bare = _LITERAL.sub("", code).lower()
    if re.search(r"\[(h+|m+|s+)\]", bare):
        return DURATION
    if re.search("[dmyhs]", bare):
        return DATE
    return PERCENT if "%" in bare else None


def _is_index(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= 7


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(written: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML cannot hold."""
    if "_x" not in written:
        return written
    return _ESCAPED.sub(_character, written)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number <= 0xDFFF else chr(number)


def _workbook(parts: _Parts) -> list[Grid]:
    at = _Relations(parts, "").by_type.get("officeDocument", "")
    contents = _Contents()
    if at.lower() in parts.unread:
        parts.parse(at, contents)
    if not contents.is_workbook:
        raise _Bad("不是 Excel 工作簿，请上传 .xlsx 或 .csv 文件。")
    relations = _Relations(parts, at)
    strings, formats = _Strings(), _Formats()
    for kind, reader in (("sharedStrings", strings), ("styles", formats)):
        if kind in relations.by_type:
            parts.parse(relations.by_type[kind], reader)
    grids = _sheets(parts, contents, relations, _Shared(strings.texts, formats.kinds))
    parts.check_the_rest()
    return grids


def _sheets(
    parts: _Parts, contents: _Contents, relations: _Relations, shared: _Shared
) -> list[Grid]:
    """The worksheets; charts and dialogs that are sheets of their own are passed over."""
    grids: list[Grid] = []
    for title, link, is_hidden in contents.sheets:
        target = relations.by_id.get(link)
        if target is None or any(grid.title.lower() == title.lower() for grid in grids):
            raise _Bad(BROKEN)
        if target in relations.worksheets:
            reader = _Sheet(title, shared)
            parts.parse(target, reader)
            shared.rows += len(reader.rows)
            grids.append(Grid(title, _even(reader.rows), is_hidden, reader.merged))
    return grids


# --- a sheet ----------------------------------------------------------------------------------


def _letters(column: int) -> str:
    """`A` for 0, `BH` for 59."""
    first, second = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


_COLUMN = {_letters(number): number for number in range(COLUMNS)}
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_RANGE = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}(:[A-Z]{1,3}[1-9][0-9]{0,6})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?")
#: Numbers below this are whole exactly as they are written.
EXACT = 10**15
#: The days that Excel counts from; it has a 29 February 1900, serial 60, which never was.
_BEFORE_1900 = dt.datetime.fromisoformat("1899-12-31T00:00")
_BEFORE_MARCH_1900 = dt.datetime.fromisoformat("1899-12-30T00:00")
LEAP_THAT_WAS_NONE, LAST_SERIAL = 60, 2_958_466


@dataclass
class _Shared:
    """What all sheets share: texts, formats, and the room that is left."""

    texts: list[str]
    kinds: dict[str, str | None]
    rows: int = 0
    cells: int = 0


class _Sheet(_Reader):
    """Reads the cells of one sheet; blank ones that carry only a format do not count."""

    def __init__(self, title: str, shared: _Shared) -> None:
        super().__init__()
        self.title, self.shared = title, shared
        self.rows: list[Row] = []
        self.merged: list[str] = []
        self.number, self.numeral = 0, "0"
        self.cells: dict[int, Cell] = {}
        self.column = -1
        self.kind, self.style = "n", "0"
        self.is_formula = False
        self.readers: dict[str, Callable[[str], Cell]] = {
            "n": self._number,
            "s": self._shared_text,
            **dict.fromkeys(("str", "inlineStr"), _unescaped),
            "b": _truth,
            "e": CellError,
            "d": _moment,
        }
        self.hear_text()
        self.hear({"row": self.row, "c": self.cell, "v": self.open, "f": self.formula})
        self.hear({"mergeCell": self.merge})
        self.hear({}, {"row": self.row_end, "c": self.cell_end, "v": self.close})

    def row(self, said: dict[str, str]) -> None:
        numeral = said.get("r") or str(self.number + 1)
        if not _is_index(numeral) or not self.number < int(numeral) <= LAST_ROW:
            raise _Bad(BROKEN)
        self.number, self.numeral = int(numeral), numeral
        self.cells = {}
        self.column = -1

    def row_end(self) -> None:
        if self.cells:
            above = self.number - 1 - len(self.rows)
            self.rows += [[] for _ in range(above)]
            self.rows.append([self.cells.get(c) for c in range(max(self.cells) + 1)])

    def cell(self, said: dict[str, str]) -> None:
        reference = said.get("r")
        self.column = self._column(reference) if reference else self.column + 1
        self.kind, self.style = said.get("t", "n"), said.get("s", "0")
        self.is_formula = False
        if self.pieces:
            self.collected()

    def _column(self, reference: str) -> int:
        letters = reference.removesuffix(self.numeral)
        if letters in _COLUMN and len(letters) < len(reference):
            return _COLUMN[letters]
        match = _REFERENCE.fullmatch(reference)
        if not match or match[2] != self.numeral:
            raise _Bad(BROKEN)
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        return column - 1

    def cell_end(self) -> None:
        written = self.collected() if self.pieces else ""
        if not written:
            value: Cell = CellError("（公式没有结果）") if self._is_uncalculated() else None
        elif read := self.readers.get(self.kind):
            value = read(written)
        else:
            raise _Bad(BROKEN)
        if value is not None and value != "":
            self._keep(value)

    def _is_uncalculated(self) -> bool:
        """A formula whose result is the empty text says that it is text."""
        return self.is_formula and self.kind != "str"

    def _keep(self, value: Cell) -> None:
        if self.column >= COLUMNS or self.number + self.shared.rows > ROWS:
            raise _Bad(self._outside())
        if self.column in self.cells:
            raise _Bad(BROKEN)
        if isinstance(value, str) and len(value) > CHARACTERS:
            raise _Bad(
                f"的工作表“{_shown(self.title)}”第{self.number}行有一格超过{CHARACTERS}字，"
                "请缩短后重新上传。"
            )
        self.cells[self.column] = value
        self.shared.cells += 1
        if self.shared.cells > CELLS:
            raise _Bad(TOO_MANY)

    def _outside(self) -> str:
        place = f"的工作表“{_shown(self.title)}”第{self.number}行"
        if self.column >= COLUMNS:
            return (
                f"{place}第{self.column + 1}列还有内容，最多{COLUMNS}列，请删去多余的列后重新上传。"
            )
        return f"{place}还有内容：各工作表合计最多{ROWS}行，请分成几个文件上传。"

    def formula(self, _: dict[str, str]) -> None:
        self.is_formula = True

    def merge(self, said: dict[str, str]) -> None:
        reference = said.get("ref", "")
        if not _RANGE.fullmatch(reference):
            raise _Bad(BROKEN)
        self.merged.append(reference)
        if len(self.merged) > MERGED:
            raise _Bad(f"的合并单元格超过{MERGED}处，请取消合并后重新上传。")

    def _shared_text(self, written: str) -> str:
        if not _is_index(written) or int(written) >= len(self.shared.texts):
            raise _Bad(BROKEN)
        return self.shared.texts[int(written)]

    def _number(self, written: str) -> Cell:
        number = _plain_number(written.strip(" \t\r\n"))
        kind = self.shared.kinds.get(self.style)
        if kind is None or isinstance(number, CellError):
            return number
        return Percentage(Decimal(number)) if kind == PERCENT else _dated(number, kind)


def _plain_number(written: str) -> int | Decimal | CellError:
    if len(written) < 16 and written.isascii() and written.isdigit():
        return int(written)
    if not _NUMBER.fullmatch(written):
        return CellError(_shown(written))
    number = float(written)
    if abs(number) == float("inf"):
        return CellError(_shown(written))
    return int(number) if number.is_integer() and abs(number) < EXACT else Decimal(repr(number))


def _truth(written: str) -> bool:
    if written not in ("0", "1", "false", "true"):
        raise _Bad(BROKEN)
    return written in ("1", "true")


def _moment(written: str) -> Cell:
    """A date as a strict workbook writes it."""
    if not _MOMENT.fullmatch(written):
        return CellError(_shown(written))
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return CellError(_shown(written))
    return moment.date() if moment.time() == dt.time.min else moment


def _dated(serial: int | Decimal, kind: str) -> Cell:
    """The day, moment, time or duration that Excel shows a number as."""
    if not 0 <= serial < LAST_SERIAL:
        return CellError("######")  # as Excel shows it
    if kind == DURATION:
        return dt.timedelta(milliseconds=round(serial * 86_400_000))
    if int(serial) == LEAP_THAT_WAS_NONE:
        return CellError("1900-02-29")
    before = _BEFORE_1900 if serial < LEAP_THAT_WAS_NONE else _BEFORE_MARCH_1900
    try:
        moment = before + dt.timedelta(milliseconds=round(serial * 86_400_000))
    except OverflowError:
        return CellError("######")
    if serial < 1:
        return moment.time()
    return moment.date() if moment.time() == dt.time.min else moment

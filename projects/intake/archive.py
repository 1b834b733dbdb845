"""The archive that a workbook is: judged by its directory, unpacked no further than it says."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from xml.parsers import expat

from ..archives import BROKEN_ZIP
from .limits import CHUNK, ELEMENTS, MEMBERS, RATIO, RATIO_FROM, TAG, UNPACKED_LIMIT
from .readers import Reader
from .refusals import BROKEN, SAVE_ANEW, Bad

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_LOCAL = struct.Struct("<4s5H3I2H")
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|macrosheets/.*)$")


class Parts:
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
            raise Bad("含有宏，请另存为不含宏的 .xlsx 后重新上传。")
        if "content.xml" in self.members:
            raise Bad("是 OpenDocument 表格（.ods），请另存为 .xlsx 后重新上传。")
        if "xl/workbook.bin" in self.members:
            raise Bad("是二进制工作簿（.xlsb），请另存为 .xlsx 后重新上传。")
        if "_rels/.rels" not in self.members:
            raise Bad("是压缩包，不是 Excel 工作簿，请解压后上传其中的 .xlsx 或 .csv 文件。")

    def parse(self, name: str, reader: Reader) -> None:
        """Let the reader hear the part of that name. Each part is read once."""
        if name.lower() not in self.unread:
            raise Bad(BROKEN)
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
            for piece in inflated(self.content, self.members[name]):
                heard += len(piece)
                parser.Parse(piece)
                if heard - parser.CurrentByteIndex > TAG:
                    raise Bad(BROKEN)
                if self.elements > ELEMENTS:
                    raise Bad("中带格式的空白单元格过多，请删去数据区以外的行和列后重新上传。")
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise Bad(BROKEN) from None

    def check_the_rest(self) -> None:
        """Pictures, themes and other parts that nobody reads: their size and their DOCTYPE."""
        for name in self.unread:
            prolog: expat.XMLParserType | None = _parser()
            for number, piece in enumerate(inflated(self.content, self.members[name])):
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
    raise Bad(f"含有不允许的 DOCTYPE 声明，{SAVE_ANEW}。")


def _directory(content: bytes) -> list[zipfile.ZipInfo]:
    """What the archive holds, when all of it may be unpacked."""
    if content.count(b"PK\x01\x02") > 10 * MEMBERS:  # before `zipfile` makes an object of each
        raise Bad(f"内含的部件超过{MEMBERS}个，{SAVE_ANEW}。")
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except BROKEN_ZIP:
        raise Bad(BROKEN) from None
    if len(members) > MEMBERS:
        raise Bad(f"内含的部件超过{MEMBERS}个，{SAVE_ANEW}。")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Bad("已加密，请另存为未加密的 .xlsx 后重新上传。")
    _refuse_bombs(sum(member.file_size for member in members), len(content))
    _refuse_tricks(members)
    return members


def _refuse_bombs(unpacked: int, packed: int) -> None:
    is_dense = unpacked > RATIO_FROM and unpacked > RATIO * packed
    if unpacked > UNPACKED_LIMIT or is_dense:
        raise Bad("解压后过大，请删去多余的工作表和数据区以外的行列后重新上传。")


def _refuse_tricks(members: list[zipfile.ZipInfo]) -> None:
    """Names that lead elsewhere, names given twice, ways of packing that Excel does not know."""
    names = Counter(member.filename.lower() for member in members)
    for member in members:
        name = member.orig_filename
        is_elsewhere = name.startswith("/") or ".." in name.split("/") or set(name) & set("\\:\0")
        is_unknown = member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if is_elsewhere or is_unknown or names[member.filename.lower()] > 1:
            raise Bad(BROKEN)
    if min((member.header_offset for member in members), default=0):
        raise Bad(BROKEN)  # another file stands before the archive


def inflated(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member in pieces: not a byte more or less than the directory says."""
    size = checksum = 0
    packed = _packed(content, member)
    is_stored = member.compress_type == zipfile.ZIP_STORED
    for piece in _slices(packed) if is_stored else _deflated(packed):
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if size > member.file_size:
            raise Bad(BROKEN)
        yield piece
    if (size, checksum) != (member.file_size, member.CRC):
        raise Bad(BROKEN)


def _packed(content: bytes, member: zipfile.ZipInfo) -> bytes:
    """The packed bytes, behind a local header that must agree with the directory."""
    header = content[member.header_offset : member.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size:
        raise Bad(BROKEN)
    signature, _, flags, method, *_, name_length, extra_length = _LOCAL.unpack(header)
    start = member.header_offset + _LOCAL.size
    name = content[start : start + name_length].decode(
        "utf-8" if flags & 0x800 else "cp437", "ignore"
    )
    start += name_length + extra_length
    packed = content[start : start + member.compress_size]
    agrees = (signature, method, name) == (b"PK\3\4", member.compress_type, member.orig_filename)
    if not agrees or flags & _ENCRYPTED or len(packed) != member.compress_size:
        raise Bad(BROKEN)
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
            raise Bad(BROKEN)
        yield piece

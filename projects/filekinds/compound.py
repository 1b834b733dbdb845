"""The old binary formats of Word and Excel: OLE compound files ([MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ..choices import FileKind
from .refused import DAMAGED, ENCRYPTED, MACROS, FileRefused

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _NONE = 0xFFFFFFFE, 0xFFFFFFFF
_IN_HEADER = 109
_ENTRY = 128
_MACROS = {"vba", "macros", "_vba_project", "_vba_project_cur"}
_PROGRAMS = {"\x01ole10native"}
#: Sectors that list where the table of sectors lies: enough for 250 MB.
_LISTS = 32
#: Streams shorter than this lie elsewhere and are not looked into.
_SMALL = 4096
_FILEPASS = 0x2F


@dataclass(frozen=True)
class Entry:
    """A storage or stream; `left`, `right` and `child` are numbers of other entries."""

    name: str
    left: int
    right: int
    child: int
    start: int
    size: int


def document(content: bytes) -> FileKind:
    try:
        return _document(content)
    except (struct.error, IndexError):
        raise FileRefused(DAMAGED) from None


def _document(content: bytes) -> FileKind:
    entries = list(_entries(content))
    everywhere = {entry.name.lower() for entry in entries}
    top = {entry.name: entry for entry in _at_top(entries)}
    if "EncryptedPackage" in top:
        raise FileRefused(ENCRYPTED)
    if everywhere & _MACROS:
        raise FileRefused(MACROS)
    if everywhere & _PROGRAMS:
        raise FileRefused("文件内部夹带了程序或网页，不能上传。")
    book = top.get("Workbook") or top.get("Book")
    text = top.get("WordDocument")
    if (book is None) == (text is None):
        raise FileRefused("文件内容不是Word文档或Excel工作簿，不能上传。")
    beginning = _beginning(content, book or text)
    if text is not None:
        if beginning and struct.unpack_from("<H", beginning, 10)[0] & 0x0100:
            raise FileRefused(ENCRYPTED)
        return FileKind.DOC
    if _FILEPASS in _records(beginning):
        raise FileRefused(ENCRYPTED)
    return FileKind.XLS


def _sector_size(content: bytes) -> int:
    (shift,) = struct.unpack_from("<H", content, 30)
    if shift not in (9, 12):
        raise FileRefused(DAMAGED)
    return 1 << int(shift)


def _sector(content: bytes, number: int) -> bytes:
    size = _sector_size(content)
    piece = content[(number + 1) * size : (number + 2) * size]
    if not piece:
        raise FileRefused(DAMAGED)
    return piece.ljust(size, b"\0")


def _numbers(sector: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(sector) // 4}I", sector))


def _fat(content: bytes) -> list[int]:
    """Which sector follows which, of the whole file."""
    listed = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
    (following,) = struct.unpack_from("<I", content, 68)
    seen: set[int] = set()
    while following not in (_END, _NONE):
        if following in seen or len(seen) == _LISTS:
            raise FileRefused(DAMAGED)
        seen.add(following)
        *more, following = _numbers(_sector(content, following))
        listed += more
    sectors = list(dict.fromkeys(number for number in listed if number != _NONE))
    size = _sector_size(content)
    if len(sectors) > len(content) // size // (size // 4) + 1:
        raise FileRefused(DAMAGED)
    return [link for number in sectors for link in _numbers(_sector(content, number))]


def _entries(content: bytes) -> Iterator[Entry]:
    """The directory, in order."""
    fat = _fat(content)
    (number,) = struct.unpack_from("<I", content, 48)
    seen: set[int] = set()
    while number != _END:
        if number in seen or number >= len(fat):
            raise FileRefused(DAMAGED)
        seen.add(number)
        sector = _sector(content, number)
        for at in range(0, len(sector), _ENTRY):
            yield _entry(sector[at : at + _ENTRY])
        number = fat[number]


def _entry(raw: bytes) -> Entry:
    (length,) = struct.unpack_from("<H", raw, 64)
    name = raw[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
    left, right, child = struct.unpack_from("<III", raw, 68)
    start, size = struct.unpack_from("<II", raw, 116)
    return Entry(name, left, right, child, start, size)


def _at_top(entries: list[Entry]) -> Iterator[Entry]:
    """What lies directly under the root; embedded documents lie deeper."""
    if not entries:
        raise FileRefused(DAMAGED)
    waiting, seen = [entries[0].child], set[int]()
    while waiting:
        number = waiting.pop()
        if number == _NONE or number in seen:
            continue
        seen.add(number)
        entry = entries[number]
        yield entry
        waiting += [entry.left, entry.right]


def _beginning(content: bytes, entry: Entry | None) -> bytes:
    if entry is None or entry.size < _SMALL:
        return b""
    return _sector(content, entry.start)


def _records(beginning: bytes) -> set[int]:
    """The kinds of the first records of a workbook."""
    at, found = 0, set[int]()
    while at + 4 <= len(beginning):
        kind, length = struct.unpack_from("<HH", beginning, at)
        found.add(kind)
        at += 4 + length
    return found

"""PDF, images and plain text."""

from __future__ import annotations

import re
import struct

from ..choices import FileKind
from .refused import DAMAGED, ENCRYPTED, FileRefused

_BLANK = b"\r\n\t\f \0\x1a"


def _named(*words: str) -> bytes:
    """Names of a PDF, each letter also as an escape: `/J#61vaScript`."""
    spelled = ("".join(f"(?:{c}|#{ord(c):02x}|#{ord(c):02X})" for c in word) for word in words)
    return f"/(?:{'|'.join(spelled)})".encode()


_RUNS = re.compile(_named("JavaScript", "Launch", "RichMedia") + rb"\b")
_ENCRYPT = re.compile(_named("Encrypt") + rb"\s*(?:\d+\s+\d+\s+R|<<)")

#: What else a content may be, by how it begins, to be named in the refusal.
_KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
    (b"\xca\xfe\xba\xbe", "可执行程序"),
    (b"\xcf\xfa\xed\xfe", "可执行程序"),
    (b"L\0\0\0\x01\x14\x02\0", "快捷方式"),
    (b"PK\x05\x06", "压缩包"),
    (b"PK\x07\x08", "压缩包"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "RTF文档"),
    (b"GIF8", "GIF图片"),
    (b"%!PS", "PostScript文件"),
)
#: Text that a program would run or show as a page; looked for at the beginning.
_ACTIVE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*<[!?/a-z]", re.I), "网页、SVG或XML"),
    (re.compile(r"#!|\s*@echo\b|\s*(?:rem|setlocal)\s", re.I), "脚本程序"),
    (re.compile(r"\s*Windows Registry Editor|\s*REGEDIT4", re.I), "注册表文件"),
    (re.compile(r"\s*\[(?:InternetShortcut|Desktop Entry|autorun)\]", re.I), "快捷方式"),
    (re.compile(r"(?:[\w-]+:[^\n]*\n)*MIME-Version:", re.I), "邮件或网页存档"),
)
_ANYWHERE = re.compile(r"<(?:script|iframe|object|embed|svg|html|body)\b|<\?php|%PDF-", re.I)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def pdf(content: bytes) -> FileKind:
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(_BLANK):
        raise FileRefused(DAMAGED)
    if _ENCRYPT.search(content):
        raise FileRefused(ENCRYPTED)
    if _RUNS.search(content):
        raise FileRefused("PDF文件带有脚本或启动命令，请另存为普通PDF后再上传。")
    return FileKind.PDF


def png(content: bytes) -> FileKind:
    """Chunk by chunk from IHDR to IEND, and nothing after it."""
    at, name = 8, b""
    while name != b"IEND" and at + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        if at == 8 and name != b"IHDR":
            break
        at += length + 12
    if name != b"IEND" or at != len(content):
        raise FileRefused(DAMAGED)
    return FileKind.PNG


def jpeg(content: bytes) -> FileKind:
    """Segment by segment to the beginning of the picture; its end has to be there."""
    at = 2
    while at + 4 <= len(content):
        mark, code, length = struct.unpack_from(">BBH", content, at)
        if mark != 0xFF or length < 2:
            break
        at += length + 2
        if code == 0xDA and b"\xff\xd9" in content[at:]:
            return FileKind.JPEG
    raise FileRefused(DAMAGED)


def text(content: bytes) -> FileKind:
    """Text in UTF-8 or GB18030 that no program takes for something else."""
    for beginning, called in _KNOWN:
        if content.startswith(beginning):
            raise FileRefused(f"文件内容是{called}，不能上传。")
    written = _decoded(content)
    if _CONTROLS.search(written):
        raise FileRefused("文件内容不是可以上传的类型。")
    for pattern, called in _ACTIVE:
        if pattern.match(written):
            raise FileRefused(f"文件内容是{called}，不能上传。")
    if _ANYWHERE.search(written):
        raise FileRefused("文本中含有网页或程序代码，不能上传。")
    return FileKind.TEXT


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("文件内容不是可以上传的类型。")

"""Documents that are zip archives: docx, xlsx, pptx and OFD."""

from __future__ import annotations

import io
import re
import zipfile

from ..archives import BROKEN_ZIP
from ..choices import FileKind
from .refused import DAMAGED, ENCRYPTED, MACROS, FileRefused

#: Members of an archive, and bytes it may unpack to; both are looked at before it is read.
MEMBERS, UNPACKED = 1000, 100 * 2**20
_PIECE = 2**18
_DESCRIPTION = 2**20
TYPES = "[Content_Types].xml"
_MAIN = b"application/vnd.openxmlformats-officedocument."
#: The part that makes a document what it is, and the type that it has to be declared as.
OFFICE: dict[str, tuple[FileKind, bytes]] = {
    "word/document.xml": (FileKind.DOCX, _MAIN + b"wordprocessingml.document.main+xml"),
    "xl/workbook.xml": (FileKind.XLSX, _MAIN + b"spreadsheetml.sheet.main+xml"),
    "ppt/presentation.xml": (FileKind.PPTX, _MAIN + b"presentationml.presentation.main+xml"),
}
_MACRO_PARTS = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/|/intlmacrosheets/", re.I)
_PROGRAMS = re.compile(
    r"\.(?:exe|dll|com|scr|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|lnk|jar|class|sh|html?)\Z",
    re.I,
)
_FROM_ELSEWHERE = re.compile(rb"<[^>]*attachedTemplate[^>]*TargetMode\s*=\s*[\"']External")
_OFD_ROOT = re.compile(rb"<(?:\w+:)?OFD[\s>]")


def package(content: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _bounded(archive)
            kind = _kind(archive)
            _read_whole(archive)
            return kind
    except FileRefused:
        raise
    except BROKEN_ZIP:
        raise FileRefused(DAMAGED) from None


def _bounded(archive: zipfile.ZipFile) -> None:
    """What the directory of the archive says, before anything of it is read."""
    members = archive.infolist()
    if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED:
        raise FileRefused(
            f"文件内部超过{MEMBERS}个部件或展开后超过{UNPACKED // 2**20}MB，"
            "请拆分或压缩图片后再上传。"
        )
    names = [member.filename for member in members]
    if len({name.casefold() for name in names}) != len(names) or any(map(_is_odd, names)):
        raise FileRefused(DAMAGED)
    if any(member.flag_bits & 0x1 for member in members):
        raise FileRefused(ENCRYPTED)
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise FileRefused(DAMAGED)


def _is_odd(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name


def _kind(archive: zipfile.ZipFile) -> FileKind:
    names = set(archive.namelist())
    if any(_MACRO_PARTS.search(name) for name in names):
        raise FileRefused(MACROS)
    if any(_PROGRAMS.search(name) for name in names):
        raise FileRefused("文件内部夹带了程序或网页，不能上传。")
    if "OFD.xml" in names and TYPES not in names:
        if not _OFD_ROOT.search(_beginning(archive, "OFD.xml")):
            raise FileRefused(DAMAGED)
        return FileKind.OFD
    found = [facts for part, facts in OFFICE.items() if part in names]
    if TYPES not in names or len(found) != 1:
        raise FileRefused("文件内容是压缩包，不能上传；请解压后逐个上传其中的文件。")
    return _office(archive, names, *found[0])


def _office(archive: zipfile.ZipFile, names: set[str], kind: FileKind, declared: bytes) -> FileKind:
    types = _beginning(archive, TYPES)
    if b"macroenabled" in types.lower():
        raise FileRefused(MACROS)
    if declared not in types or "_rels/.rels" not in names:
        raise FileRefused(DAMAGED)
    for name in names:
        if name.endswith("settings.xml.rels") and _FROM_ELSEWHERE.search(_beginning(archive, name)):
            raise FileRefused("文档引用了外部模板，请取消后再上传。")
    return kind


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_DESCRIPTION)


def _read_whole(archive: zipfile.ZipFile) -> None:
    """Inflate every member once: the directory may lie, and what is cut off is found."""
    total = 0
    for member in archive.infolist():
        with archive.open(member) as part:
            while piece := part.read(_PIECE):
                total += len(piece)
                if total > UNPACKED:
                    raise FileRefused(DAMAGED)

"""What may be taken in as a file: the kind by its content, never by its name.

Pure functions over bytes; nothing is unpacked to a disk, run, or parsed as XML. They keep out
what is plainly not a document; whether a document is infected is for a virus scanner to say
(`projects.scanning`).
"""

from __future__ import annotations

import io
import zipfile

from ..archives import BROKEN_ZIP
from ..choices import FileKind
from . import compound, packages, simple
from .names import LENGTH, cleaned, extension_of
from .refused import FileRefused

__all__ = [
    "ALLOWED",
    "CONTENT_TYPES",
    "EXTENSIONS",
    "LENGTH",
    "FileRefused",
    "agrees",
    "cleaned",
    "extension_of",
    "kind_of",
]

#: The endings that a name of each kind may have; WPS has endings of its own for the old formats.
EXTENSIONS: dict[FileKind, tuple[str, ...]] = {
    FileKind.PDF: ("pdf",),
    FileKind.OFD: ("ofd",),
    FileKind.DOCX: ("docx",),
    FileKind.XLSX: ("xlsx",),
    FileKind.PPTX: ("pptx",),
    FileKind.DOC: ("doc", "wps"),
    FileKind.XLS: ("xls", "et"),
    FileKind.PNG: ("png",),
    FileKind.JPEG: ("jpg", "jpeg"),
    FileKind.TEXT: ("txt",),
}
_OFFICE = "application/vnd.openxmlformats-officedocument"
CONTENT_TYPES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.DOCX: f"{_OFFICE}.wordprocessingml.document",
    FileKind.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    FileKind.PPTX: f"{_OFFICE}.presentationml.presentation",
    FileKind.DOC: "application/msword",
    FileKind.XLS: "application/vnd.ms-excel",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.TEXT: "text/plain",
}
ALLOWED = (
    "可以上传PDF、OFD、Word（docx、doc）、Excel（xlsx、xls）、PPT（pptx）、"
    "图片（png、jpg）和纯文本（txt）文件，不能带宏，不能加密。"
)
#: What a content begins with, and who looks further.
_BEGINNINGS = (
    (b"%PDF-", simple.pdf),
    (b"\x89PNG\r\n\x1a\n", simple.png),
    (b"\xff\xd8\xff", simple.jpeg),
    (b"PK\x03\x04", packages.package),
    (compound.MAGIC, compound.document),
)


def kind_of(content: bytes) -> FileKind:
    """The kind of the content. Raises `FileRefused` with a sentence for people."""
    for beginning, look in _BEGINNINGS:
        if content.startswith(beginning):
            kind = look(content)
            break
    else:
        kind = simple.text(content)
    is_package = kind in (FileKind.OFD, FileKind.DOCX, FileKind.XLSX, FileKind.PPTX)
    if not is_package and _hides_an_archive(content):
        raise FileRefused("文件后面还夹带了一个压缩包，不能上传。")
    return kind


def _hides_an_archive(content: bytes) -> bool:
    """What only looks like the end of an archive counts as one."""
    try:
        return zipfile.is_zipfile(io.BytesIO(content))
    except BROKEN_ZIP:
        return True


def agrees(kind: FileKind, name: str) -> bool:
    """Does the ending of the name say the same as the content?"""
    return extension_of(name) in EXTENSIONS[kind]

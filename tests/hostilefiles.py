"""Files for the tests of attachments: honest ones of every kind, and those that are not."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from projects.choices import FileKind

from .factories import PDF

TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types>'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.'
    '{main}.main+xml"/></Types>'
)
MAIN = {
    FileKind.DOCX: ("word/document.xml", "wordprocessingml.document"),
    FileKind.XLSX: ("xl/workbook.xml", "spreadsheetml.sheet"),
    FileKind.PPTX: ("ppt/presentation.xml", "presentationml.presentation"),
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def zipped(parts: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def office(kind: FileKind = FileKind.DOCX, **more: bytes | str) -> bytes:
    """A document with these further parts; in their names `__` stands for `/`, `_dot_` for `.`."""
    part, main = MAIN[kind]
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES.format(part=part, main=main),
        "_rels/.rels": "<Relationships/>",
        part: "<document/>",
    }
    given = {n.replace("__", "/").replace("_dot_", "."): c for n, c in more.items()}
    return zipped({**parts, **given})


def png(after: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"") + after


JPEG = b"\xff\xd8\xff\xe0\0\x04JF\xff\xda\0\x04ab12\xff\xd9"


def compound(*streams: tuple[str, bytes], deep: tuple[str, ...] = (), sector: int = 512) -> bytes:
    """An OLE file: these streams at its top, and these names in a storage below it."""
    end, none = 0xFFFFFFFE, 0xFFFFFFFF
    names = ["Root Entry", *(name for name, _ in streams), *(["Storage"] if deep else []), *deep]
    bodies = [body.ljust(max(len(body), 4096), b"\0") for _, body in streams]
    directory = -(-len(names) * 128 // sector)
    fat = [0xFFFFFFFD, *range(2, directory + 1), end]
    starts = []
    for body in bodies:
        count = -(-len(body) // sector)
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + count), end]
    top = len(streams) + bool(deep)
    entries = b""
    for number, name in enumerate(names):
        written = name.encode("utf-16-le")
        right = number + 1 if 0 < number < top or top < number < len(names) - 1 else none
        child = none
        if number == 0 and top:
            child = 1
        elif deep and number == top:
            child = top + 1
        is_stream = 0 < number <= len(streams)
        entries += (
            written.ljust(64, b"\0")
            + struct.pack("<HBB", len(written) + 2, 5 if number == 0 else 1 + is_stream, 0)
            + struct.pack("<III", none, right, child)
            + bytes(36)
            + struct.pack(
                "<III",
                starts[number - 1] if is_stream else end,
                len(bodies[number - 1]) if is_stream else 0,
                0,
            )
        )
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 62, 3, 0xFFFE, {512: 9, 4096: 12}[sector], 6)
        + bytes(6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<I", 0)
        + struct.pack("<108I", *[none] * 108)
    ).ljust(sector, b"\0")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(sector, b"\xff")
    blocks = b"".join(body.ljust(-(-len(body) // sector) * sector, b"\0") for body in bodies)
    return head + table + entries.ljust(directory * sector, b"\0") + blocks


DOC = compound(("WordDocument", b"\xec\xa5" + bytes(20)), ("1Table", b""))
XLS = compound(("Workbook", struct.pack("<HH4x", 0x0809, 4)))
OFD = zipped({"OFD.xml": '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'})

#: Name of the case → content, its kind and a name that agrees.
HONEST: dict[str, tuple[bytes, FileKind, str]] = {
    "PDF": (PDF, FileKind.PDF, "批复.pdf"),
    "PDF with line ends after it": (PDF + b"\r\n\0", FileKind.PDF, "批复.PDF"),
    "OFD": (OFD, FileKind.OFD, "红头文件.ofd"),
    "docx": (office(), FileKind.DOCX, "纪要.docx"),
    "docx with a picture": (office(word__media__image1_dot_png=png()), FileKind.DOCX, "纪要.docx"),
    "xlsx": (office(FileKind.XLSX), FileKind.XLSX, "清单.xlsx"),
    "pptx": (office(FileKind.PPTX), FileKind.PPTX, "汇报.pptx"),
    "doc": (DOC, FileKind.DOC, "通知.doc"),
    "doc of WPS": (DOC, FileKind.DOC, "通知.wps"),
    "doc in large sectors": (
        compound(("WordDocument", bytes(24)), sector=4096),
        FileKind.DOC,
        "通知.doc",
    ),
    "doc with a workbook inside": (
        compound(("WordDocument", bytes(24)), deep=("Workbook",)),
        FileKind.DOC,
        "通知.doc",
    ),
    "xls": (XLS, FileKind.XLS, "台账.xls"),
    "xls of WPS": (XLS, FileKind.XLS, "台账.et"),
    "PNG": (png(), FileKind.PNG, "现场.png"),
    "JPEG": (JPEG, FileKind.JPEG, "现场.JPG"),
    "text in UTF-8": ("情况说明：已通车。\n".encode(), FileKind.TEXT, "说明.txt"),
    "text with BOM": ("\ufeff情况说明".encode(), FileKind.TEXT, "说明.txt"),
    "text in GB18030": ("情况说明，𠮷".encode("gb18030"), FileKind.TEXT, "说明.txt"),
    "text that begins like an archive": ("PK比赛方案".encode(), FileKind.TEXT, "方案.txt"),
}


def encrypted_zip() -> bytes:
    content = bytearray(office())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def lying_zip() -> bytes:
    """The directory says that a part of a megabyte unpacks to a few bytes."""
    content = bytearray(office(word__big_dot_xml=b"0" * 2**20))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


def huge_zip() -> bytes:
    """The directory says that 200 MB come out of it."""
    content = bytearray(office())
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, 200 * 2**20)
    return bytes(content)


ELSEWHERE = '<Relationship Type="…/attachedTemplate" Target="http://x.cn/t" TargetMode="External"/>'
MACRO_TYPES = TYPES.format(part="word/document.xml", main="wordprocessingml.document").replace(
    "</Types>", "<Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/>"
)
WRONG_TYPES = TYPES.format(part="word/document.xml", main="spreadsheetml.sheet")

#: Name of the case → content, and a word of the sentence that refuses it.
HOSTILE: dict[str, tuple[bytes, str]] = {
    "a Windows program": (b"MZ\x90\0" + bytes(64), "可执行程序"),
    "a Linux program": (b"\x7fELF\x02\x01" + bytes(64), "可执行程序"),
    "a shortcut": (b"L\0\0\0\x01\x14\x02\0" + bytes(64), "快捷方式"),
    "a page": (b"<!DOCTYPE html><html><script>alert(1)</script></html>", "网页"),
    "a page after blanks and BOM": ("\ufeff \n<HTML>".encode(), "网页"),
    "a page within a text": (b"hello <ScRiPt>alert(1)</script>", "网页或程序代码"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
    "an XML with entities": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>', "XML"),
    "a shell script": (b"#!/bin/sh\nrm -rf /\n", "脚本程序"),
    "a batch file": (b"@echo off\r\ndel *.*\r\n", "脚本程序"),
    "PHP within a text": (b"hello <?php system($_GET[1]);", "网页或程序代码"),
    "a registry file": (b"Windows Registry Editor Version 5.00\r\n", "注册表"),
    "a link file": (b"[InternetShortcut]\r\nURL=file://x\r\n", "快捷方式"),
    "an archived page": (b"From: x\nMIME-Version: 1.0\n\n<p>", "存档"),
    "an RTF": (rb"{\rtf1\ansi{\object}}", "RTF"),
    "a GIF": (b"GIF89a" + bytes(20), "GIF"),
    "a RAR": (b"Rar!\x1a\x07\0", "压缩包"),
    "a gzip": (b"\x1f\x8b\x08\0", "压缩包"),
    "an empty archive": (b"PK\x05\x06" + bytes(18), "压缩包"),
    "an archive of documents": (zipped({"批复.pdf": PDF}), "压缩包"),
    "a Java archive": (zipped({"META-INF/MANIFEST.MF": "", "a.class": b""}), "程序"),
    "an archive that is also two documents": (
        office(xl__workbook_dot_xml="<workbook/>"),
        "压缩包",
    ),
    "bytes of nothing": (bytes(range(256)), "类型"),
    "text in UTF-16": ("说明".encode("utf-16"), "类型"),
    "a PDF that is cut off": (PDF[:30], "损坏"),
    "a PDF that something follows": (PDF + b"<script>alert(1)</script>", "损坏"),
    "a PDF after something": (b"hello\n" + PDF, "网页或程序代码"),
    "a PDF with a script": (PDF.replace(b"/Catalog", b"/Catalog/S/JavaScript"), "脚本"),
    "a PDF with a script in disguise": (PDF.replace(b"/Catalog", b"/J#61vaScript"), "脚本"),
    "a PDF that starts a program": (PDF.replace(b"/Catalog", b"/Launch/F(x)"), "启动命令"),
    "a PDF under a password": (PDF.replace(b"/Root", b"/Encrypt 5 0 R/Root"), "加密"),
    "a PNG with an archive after it": (png(zipped({"a.exe": b""})), "损坏"),
    "a PNG that is cut off": (png()[:-6], "损坏"),
    "a JPEG that is only a beginning": (b"\xff\xd8\xff<?php", "损坏"),
    "a JPEG with an archive after it": (JPEG + zipped({"a.exe": b""}), "夹带"),
    "a text with an archive after it": (b"hello" + zipped({"a": b""}), "类型"),
    "a document with a macro": (office(word__vbaProject_dot_bin=b"x"), "宏"),
    "a document with macros switched on": (
        office(**{"[Content_Types]_dot_xml": MACRO_TYPES}),
        "宏",
    ),
    "a workbook with old macros": (
        office(FileKind.XLSX, xl__macrosheets__sheet1_dot_xml="<x/>"),
        "宏",
    ),
    "a document with a control": (office(word__activeX__activeX1_dot_bin=b"x"), "宏"),
    "a document with a program in it": (office(word__embeddings__a_dot_EXE=b"MZ"), "夹带"),
    "a document with a page in it": (office(word__a_dot_html=b"<html>"), "夹带"),
    "a document with a template from elsewhere": (
        office(word___rels__settings_dot_xml_dot_rels=ELSEWHERE),
        "外部模板",
    ),
    "a document that is declared otherwise": (
        office(**{"[Content_Types]_dot_xml": WRONG_TYPES}),
        "损坏",
    ),
    "a document that leaves its folder": (office(**{"..__a_dot_xml": b"x"}), "损坏"),
    "a document that is encrypted": (encrypted_zip(), "加密"),
    "a document under a password": (compound(("EncryptedPackage", b"")), "加密"),
    "a document of too many parts": (
        office(**{f"word__{n}_dot_xml": b"" for n in range(1000)}),
        "1000个部件",
    ),
    "a document that unpacks to very much": (huge_zip(), "100MB"),
    "a document whose directory lies": (lying_zip(), "损坏"),
    "a document that is cut off": (office()[:-30], "损坏"),
    "an OFD that is none": (zipped({"OFD.xml": "<html/>"}), "损坏"),
    "an old document with a macro": (
        compound(("WordDocument", bytes(24)), deep=("VBA", "dir")),
        "宏",
    ),
    "an old workbook with a macro": (compound(("Workbook", b""), ("_VBA_PROJECT_CUR", b"")), "宏"),
    "an old document with a package in it": (
        compound(("WordDocument", bytes(24)), deep=("\x01Ole10Native",)),
        "夹带",
    ),
    "an old document that is encrypted": (
        compound(("WordDocument", bytes(10) + b"\0\x01" + bytes(20))),
        "加密",
    ),
    "an old workbook that is encrypted": (
        compound(("Workbook", struct.pack("<HHHHHH", 0x0809, 0, 0x2F, 2, 0, 0))),
        "加密",
    ),
    "an installer": (compound(("\u4840\u3f3f", b"")), "不是Word"),
    "a message": (compound(("__properties_version1.0", b"")), "不是Word"),
    "an old document that is cut off": (DOC[:600], "损坏"),
    "an old document that is only a beginning": (DOC[:8], "损坏"),
    "an old document that goes in circles": (
        DOC[:512] + struct.pack("<II", 0xFFFFFFFD, 1) + DOC[520:],
        "损坏",
    ),
}

"""What kind of file it is, by its content; the name must only agree with it."""

from __future__ import annotations

import re

from .refusals import SAVE_ANEW, Bad

WORKBOOK_NAMES, TEXT_NAMES = (".xlsx",), (".csv", ".txt", ".tsv")
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


def refuse_other_kinds(content: bytes) -> None:
    for beginning, sentence in _KINDS.items():
        if content.startswith(beginning):
            raise Bad(sentence)


def refuse_markup(written: str) -> None:
    if _WEB_PAGE.match(written):
        raise Bad(f"的内容是网页（HTML），不是表格，{SAVE_ANEW}。")
    if _MARKUP.match(written):
        raise Bad(f"的内容是 XML，不是表格，{SAVE_ANEW}。")


def refuse_name(name: str, endings: tuple[str, ...], kind: str) -> None:
    """Somebody who takes a file for another kind should hear of it."""
    if not name.lower().endswith(endings):
        wanted = endings[0]
        raise Bad(f"的内容是{kind}，与文件名不符，请另存为 {wanted} 文件后重新上传。")

"""A text file: its encoding, its separator, and the one table in it."""

from __future__ import annotations

import csv
import io
import re

from ..text import unguarded
from .cells import Grid, Row, even
from .limits import CELLS, CHARACTERS, COLUMNS, LAST_ROW, ROWS
from .refusals import TOO_MANY, Bad

BOM = b"\xef\xbb\xbf"
#: So much Chinese before the first wrong byte is no chance: UTF-8 that was damaged.
SURELY_UTF8 = 4
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_SEPARATORS = ",\t;；"
_QUOTED = re.compile(r'"[^"]*"')


def decoded(content: bytes) -> str:
    """UTF-8, or else GB18030; by what decodes wholly, and never with replacements."""
    if b"\0" in content:
        raise Bad("不是可读的文本或表格（含有空字符），请另存为 .xlsx 或“CSV UTF-8”后重新上传。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig", "ignore")
        if content.startswith(BOM) or len(_CHINESE.findall(before)) >= SURELY_UTF8:
            line = before.count("\n") + 1
            raise Bad(f"的文字编码在第{line}行已损坏，请用原表重新导出。") from None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise Bad("的文字编码无法识别，请另存为 .xlsx 或“CSV UTF-8”后重新上传。") from None


def table(written: str, title: str) -> Grid:
    rows: list[Row] = []
    cells = number = 0
    reader = csv.reader(
        io.StringIO(written, newline=""), delimiter=_separator(written), strict=True
    )
    try:
        for number, record in enumerate(reader, start=1):
            values = _record(record, number)
            if number > LAST_ROW:
                raise Bad("的空行过多，请删去数据以下的空行后重新上传。")
            if not values:
                continue
            cells += len(values)
            if number > ROWS:
                raise Bad(f"超过{ROWS}行，请分成几个文件上传。")
            if cells > CELLS:
                raise Bad(TOO_MANY)
            rows += [[] for _ in range(number - 1 - len(rows))]
            rows.append(values)
    except csv.Error:
        raise Bad(
            f"第{number + 1}行的引号没有成对（或一格超过{CHARACTERS}字），请改正后重新上传。"
        ) from None
    return Grid(title, even(rows))


def _separator(written: str) -> str:
    """Of the comma, tab and semicolons the one that the first line has most of."""
    line = _QUOTED.sub("", written.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=line.count)


def _record(record: list[str], number: int) -> Row:
    """A row's values without the empty ones at its end."""
    while record and not record[-1]:
        record.pop()
    if len(record) > COLUMNS:
        raise Bad(f"第{number}行超过{COLUMNS}列，请删去多余的列后重新上传。")
    if any(len(value) > CHARACTERS for value in record):
        raise Bad(f"第{number}行有一格超过{CHARACTERS}字，请缩短后重新上传。")
    return [unguarded(value) or None for value in record]

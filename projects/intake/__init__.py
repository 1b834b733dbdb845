"""A file that somebody uploads, as plain cells, or refused in words.

The limits are those of `docs/security.md`, section Spreadsheets. Everything is judged by its
content; the name must only agree with it. A workbook's cells are read here by expat, and not
by calamine: of a lone cell at XFD1048576 calamine makes room for the whole rectangle and takes
the process with it, an error cell is empty to it, 29 February 1900 is the 28th. There is one
reader, so nothing is checked by one parser and believed from another.
"""

from __future__ import annotations

import zlib
from pathlib import PurePosixPath

from .archive import Parts
from .cells import Cell, CellError, Grid, Percentage, Row
from .delimited import decoded, table
from .kinds import TEXT_NAMES, WORKBOOK_NAMES, refuse_markup, refuse_name, refuse_other_kinds
from .limits import FILE_LIMIT, RATIO, TAG
from .refusals import BROKEN, Bad, Refused, base, shown
from .shared import DATE, DURATION, PERCENT, shown_as
from .workbook import grids_of

__all__ = [
    "DATE",
    "DURATION",
    "FILE_LIMIT",
    "PERCENT",
    "RATIO",
    "TAG",
    "Cell",
    "CellError",
    "Grid",
    "Percentage",
    "Refused",
    "Row",
    "read",
    "shown_as",
]


def read(content: bytes, name: str) -> list[Grid]:
    """The sheets of an .xlsx in their order, or the one table of a .csv.

    Raises Refused for every file that is not wholly understood. Costs about 4 s for the largest
    workbook that the limits allow.
    """
    try:
        grids = _grids(content, name)
        if not any(grid.rows for grid in grids):
            raise Bad("中没有内容，请填写后重新上传。")
        return grids
    except (Bad, zlib.error) as problem:
        sentence = str(problem) if isinstance(problem, Bad) else BROKEN
        raise Refused(f"“{shown(base(name)) or '文件'}”{sentence}") from None


def _grids(content: bytes, name: str) -> list[Grid]:
    if not content:
        raise Bad("是空文件，请选择填好内容的 .xlsx 或 .csv 文件。")
    if len(content) > FILE_LIMIT:
        raise Bad(f"超过{FILE_LIMIT // 2**20} MB，请删去图片和多余的工作表，或分成几个文件上传。")
    refuse_other_kinds(content)
    if content[:2] == b"PK":
        parts = Parts(content)
        refuse_name(name, WORKBOOK_NAMES, " Excel 工作簿")
        return grids_of(parts)
    written = decoded(content)
    refuse_markup(written)
    refuse_name(name, TEXT_NAMES, "文本")
    return [table(written, PurePosixPath(base(name)).stem)]

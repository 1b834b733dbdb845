"""One sheet of a workbook: its rows, its merged cells, and what each cell says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal

from .cells import Cell, CellError, Percentage, Row
from .limits import CELLS, CHARACTERS, COLUMNS, LAST_ROW, MERGED, ROWS
from .readers import Reader
from .refusals import BROKEN, TOO_MANY, Bad, shown
from .shared import DURATION, PERCENT, Shared, unescaped


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


class Sheet(Reader):
    """Reads the cells of one sheet; blank ones that carry only a format do not count."""

    def __init__(self, title: str, shared: Shared) -> None:
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
            **dict.fromkeys(("str", "inlineStr"), unescaped),
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
            raise Bad(BROKEN)
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
            raise Bad(BROKEN)
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
            raise Bad(BROKEN)
        if value is not None and value != "":
            self._keep(value)

    def _is_uncalculated(self) -> bool:
        """A formula whose result is the empty text says that it is text."""
        return self.is_formula and self.kind != "str"

    def _keep(self, value: Cell) -> None:
        if self.column >= COLUMNS or self.number + self.shared.rows > ROWS:
            raise Bad(self._outside())
        if self.column in self.cells:
            raise Bad(BROKEN)
        if isinstance(value, str) and len(value) > CHARACTERS:
            raise Bad(
                f"的工作表“{shown(self.title)}”第{self.number}行有一格超过{CHARACTERS}字，"
                "请缩短后重新上传。"
            )
        self.cells[self.column] = value
        self.shared.cells += 1
        if self.shared.cells > CELLS:
            raise Bad(TOO_MANY)

    def _outside(self) -> str:
        place = f"的工作表“{shown(self.title)}”第{self.number}行"
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
            raise Bad(BROKEN)
        self.merged.append(reference)
        if len(self.merged) > MERGED:
            raise Bad(f"的合并单元格超过{MERGED}处，请取消合并后重新上传。")

    def _shared_text(self, written: str) -> str:
        if not _is_index(written) or int(written) >= len(self.shared.texts):
            raise Bad(BROKEN)
        return self.shared.texts[int(written)]

    def _number(self, written: str) -> Cell:
        number = _plain_number(written.strip(" \t\r\n"))
        kind = self.shared.kinds.get(self.style)
        if kind is None or isinstance(number, CellError):
            return number
        return Percentage(Decimal(number)) if kind == PERCENT else _dated(number, kind)


def _is_index(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= 7


def _plain_number(written: str) -> int | Decimal | CellError:
    if len(written) < 16 and written.isascii() and written.isdigit():
        return int(written)
    if not _NUMBER.fullmatch(written):
        return CellError(shown(written))
    number = float(written)
    if abs(number) == float("inf"):
        return CellError(shown(written))
    return int(number) if number.is_integer() and abs(number) < EXACT else Decimal(repr(number))


def _truth(written: str) -> bool:
    if written not in ("0", "1", "false", "true"):
        raise Bad(BROKEN)
    return written in ("1", "true")


def _moment(written: str) -> Cell:
    """A date as a strict workbook writes it."""
    if not _MOMENT.fullmatch(written):
        return CellError(shown(written))
    try:
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        return CellError(shown(written))
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

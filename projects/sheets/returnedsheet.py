"""A unit's workbook, read against the reports of a round, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .. import text, writing
from ..intake import Cell, Grid, Refused
from ..models import Report, Round
from .plans import CellChange, CellProblem, PlannedRow, Verdict
from .returnedcells import NUMBERS, Base, bases_of, value_of
from .units import BASE, KEY, OPEN, PAGE, as_written, beginning

HEADINGS = {column.heading: column.name for column in OPEN}
NAMES = {column.name: column.heading for column in OPEN}
CODE, NAME = "编号", "名称"
#: The headings stand within so many rows.
HEAD_WITHIN = 10
DOWNLOAD_ANEW = "请重新下载本单位的填报表，在新表中填写"


@dataclass(frozen=True)
class ReadFile:
    """A file as its sheets, or why it could not be read."""

    name: str
    grids: tuple[Grid, ...] = ()
    refusal: str = ""


class Sheet:
    """One file, read against the reports of a round."""

    def __init__(self, read_: ReadFile, found: Round, reports: dict[str, Report], by: Any) -> None:
        file, grids = read_.name, {grid.title: grid for grid in read_.grids}
        if PAGE not in grids or BASE not in grids:
            raise Refused(
                f"“{file}”不是从本系统下载的填报表（缺少“{PAGE}”或随表的基准），{DOWNLOAD_ANEW}。"
            )
        self.file, self.round, self.reports, self.by = file, found, reports, by
        self.grid = grids[PAGE]
        self.base = dict(bases_of(grids[BASE]))
        self.head = self._head()
        self.at = self._columns()
        self._refuse_merged()

    def _head(self) -> int:
        """The index of the row of the headings."""
        for index, row in enumerate(self.grid.rows[:HEAD_WITHIN]):
            if row and row[0] == KEY:
                return index
        raise Refused(f"“{self.file}”的“{PAGE}”中找不到标题行，{DOWNLOAD_ANEW}。")

    def _columns(self) -> dict[str, int]:
        """The index of each column by its heading, which may stand in any order."""
        headings = [str(cell or "").strip() for cell in self.grid.rows[self.head]]
        wanted = [CODE, NAME, *HEADINGS]
        if missing := [heading for heading in wanted if heading not in headings]:
            raise Refused(f"“{self.file}”缺少列：{'、'.join(missing)}。{DOWNLOAD_ANEW}。")
        if doubled := [h for h in wanted if headings.count(h) > 1]:
            raise Refused(f"“{self.file}”的列重复：{'、'.join(doubled)}，请删去多余的一列。")
        return {heading: headings.index(heading) for heading in wanted}

    def _refuse_merged(self) -> None:
        """Below the headings each cell has to stand for itself."""
        for area in self.grid.merged:
            last = int("".join(c for c in area.rpartition(":")[2] if c.isdigit()))
            if last > self.head + 1:
                raise Refused(f"“{self.file}”中 {area} 是合并单元格，请取消合并后逐行填写。")

    def rows(self) -> Iterator[PlannedRow]:
        """One for each row that says anything, in the order of the sheet."""
        after = self.head + 2  # the row of definitions lies between
        for number, row in enumerate(self.grid.rows[after:], start=after + 1):
            if any(cell is not None and str(cell).strip() for cell in row):
                yield self._planned(number, row)

    def _planned(self, number: int, row: list[Cell]) -> PlannedRow:
        key, code, name = (str(row[i] or "").strip() for i in (0, self.at[CODE], self.at[NAME]))
        planned = PlannedRow(self.file, number, code, name, Verdict.REFUSED)
        if sentence := self._misplaced(key, code, name):
            planned.problems.append(self._problem(number, CODE, sentence))
            return planned
        report, base = self.reports[key], self.base[key]
        planned.target = report
        given = self._read(planned, row)
        self._compare(planned, report, base, given)
        return planned

    def _problem(self, number: int, heading: str, sentence: str) -> CellProblem:
        column = self.at.get(heading, 0)
        return CellProblem(sentence, self.file, number, heading, column)

    def _misplaced(self, key: str, code: str, name: str) -> str:
        """What is wrong with the row as a whole; empty if it is one of this unit and month."""
        if not key:
            return "这一行没有标识，可能是新加的行；需要增加条目的，请联系同城化局。"
        month, _, said = key.partition("/")
        if month != str(self.round.period):
            return f"这一行属于{month}的月报，不是{self.round.period.label}的。"
        if key not in self.reports:
            return f"本月的应报清单中没有{said}，{DOWNLOAD_ANEW}。"
        if key not in self.base:
            return f"随表的基准中缺少{said}，无法判断改了哪些格，{DOWNLOAD_ANEW}。"
        if code != said:
            return f"标识为{said}，编号却是“{writing.shown(code)}”，行可能错位，{DOWNLOAD_ANEW}。"
        if text.plain(name) != self.base[key].name:
            return f"名称与编号{said}对不上，行可能错位；名称有误的请联系同城化局。"
        if not self.reports[key].may_be_filled_by(self.by):
            return f"{said}由{self.reports[key].unit}填报，您不能导入。"
        return ""

    def _read(self, planned: PlannedRow, row: list[Cell]) -> dict[str, Any]:
        """The cells to be filled in as values; what cannot be read becomes a problem."""
        given: dict[str, Any] = {}
        for column in OPEN:
            try:
                given[column.name] = value_of(column.name, row[self.at[column.heading]])
            except ValueError as reason:
                sentence = f"{reason}。"
                planned.problems.append(self._problem(planned.row, column.heading, sentence))
        return given

    def _compare(
        self, planned: PlannedRow, report: Report, base: Base, given: dict[str, Any]
    ) -> None:
        """Three ways: what was edited in the sheet, what changed in the ledger, what is both."""
        stored = beginning(report)
        clashes = []
        for column in OPEN:
            name = column.name
            if name not in given:
                continue
            said, now = as_written(name, given[name]), as_written(name, stored[name])
            if _same(name, said, base.said[name]) or said == now:
                given[name] = stored[name]
                continue
            planned.changes.append(CellChange(column.heading, now, said))
            if not _same(name, now, base.said[name]):
                clashes.append(column.heading)
        if planned.problems:
            return
        if clashes:
            planned.verdict = Verdict.CONFLICT
            planned.problems += [self._clash(planned, heading) for heading in clashes]
            return
        self._judge(planned, report, given)

    def _clash(self, planned: PlannedRow, heading: str) -> CellProblem:
        sentence = f"下载之后这一格在系统中已被他人修改，请核对后在网页上改，或{DOWNLOAD_ANEW}。"
        return self._problem(planned.row, heading, sentence)

    def _judge(self, planned: PlannedRow, report: Report, given: dict[str, Any]) -> None:
        is_blank = not report.is_typed
        if not planned.changes and not is_blank:
            planned.verdict = Verdict.UNCHANGED
            return
        if self.round.is_frozen:
            sentence = f"{self.round}已经冻结，不能再填报。"
            planned.problems.append(self._problem(planned.row, CODE, sentence))
            return
        if not report.is_open:
            state = report.get_state_display()
            sentence = f"这份月报现为“{state}”，不能再改；需要修改的，请先撤回或退回。"
            planned.problems.append(self._problem(planned.row, CODE, sentence))
            return
        if is_blank and not any(value not in (None, "") for value in given.values()):
            planned.verdict = Verdict.UNCHANGED
            return
        planned.verdict = Verdict.NEW if is_blank else Verdict.CHANGED
        planned.given = given
        planned.doubts = _doubts(report, given)
        for name, sentences in Report.invalid(given).items():
            planned.verdict = Verdict.REFUSED
            heading = NAMES[name]
            planned.problems += [self._problem(planned.row, heading, s) for s in sentences]


def _doubts(report: Report, given: dict[str, Any]) -> list[str]:
    """The doubts that the report would have."""
    trial = copy(report)
    for name, value in given.items():
        setattr(trial, name, value)
    return trial.doubts()


def _same(name: str, one: str, other: str) -> bool:
    """A number in a workbook has fifteen digits; text is the same or is not."""
    if name in NUMBERS and one and other:
        return f"{Decimal(one):.15g}" == f"{Decimal(other):.15g}"
    return one == other

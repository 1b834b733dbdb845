"""An office's own ledger, read: its rows with all their cells as values, or their problems."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .. import writing
from ..choices import Ledger
from ..intake import Cell, Grid, Refused
from . import headings, readers
from .fields import TOTAL, targets_of
from .known import Known
from .mapping import Mapping
from .plans import CellProblem, LedgerPlan, PlannedEntry, PlannedRow, Verdict
from .readers import Value, is_empty
from .stored import Stored
from .targets import Target

#: Takes the rows and gives them on: whoever waits may count them.
Counting = Callable[[list[Any]], Iterable[Any]]
#: Cells that lie under a merged one, of all merges together.
COVERED = 500_000
TAKE_OFF = "请取消合并后逐行填写"


class Sheet:
    """One file, read against a ledger; `plan` has a row for each of its rows."""

    def __init__(
        self,
        ledger: Ledger,
        file: str,
        grids: list[Grid],
        mapping: Mapping,
        counted: Counting = iter,
    ) -> None:
        self.ledger, self.file, self.mapping = ledger, file, mapping
        if mapping.sheet >= len(grids):
            raise Refused(f"“{file}”没有第{mapping.sheet + 1}个工作表，请重新选择。")
        self.grid: Grid = grids[mapping.sheet]
        every = targets_of(ledger)
        self.targets = [every[name] for name in every if name in mapping.columns]
        self.at = mapping.columns
        self.headings = self._headings()
        self.unit = self._unit()
        self.known, self.stored = Known(ledger), Stored(ledger, self.targets)
        self.read_before: dict[tuple[str, Any, Any], tuple[Value, str]] = {}
        self.covered = self._covered()
        self.plan = LedgerPlan()
        self._fill(counted)

    def _headings(self) -> dict[str, str]:
        """Their heading for each of our columns, to name a place by."""
        rows = self.grid.rows
        head = rows[self.mapping.head] if self.mapping.head < len(rows) else []
        width = len(head)
        if any(index >= width for index in self.at.values()):
            raise Refused(f"“{self.file}”的列与所选的不符，请重新选择各列。")
        return {name: writing.shown(head[index]) for name, index in self.at.items()}

    def _unit(self) -> str:
        """The unit of amounts that name none: that of the heading, else the one that was chosen."""
        at = self.at.get("total_investment")
        heading = self.grid.rows[self.mapping.head][at] if at is not None else None
        if headings.has_other_unit(heading):
            raise Refused(
                f"“{self.file}”的“{writing.shown(heading)}”不是以元、万元或亿元计，"
                "请换算后改写标题，再重新上传。"
            )
        return headings.unit_of(heading) or self.mapping.unit

    def _covered(self) -> dict[tuple[int, int], str]:
        """Cells (row, column) of mapped columns that lie under a merged one, and its name."""
        found: dict[tuple[int, int], str] = {}
        mapped, visited = set(self.at.values()), 0
        for area in self.grid.merged:
            top, left, bottom, right = _corners(area)
            for row in range(max(top, self.mapping.head + 1), min(bottom + 1, len(self.grid.rows))):
                visited += 1
                for column in mapped & set(range(left, min(right, 100) + 1)):
                    if (row, column) != (top, left):
                        found[row, column] = area
                if visited > COVERED:
                    break
            if visited > COVERED:
                raise Refused(f"“{self.file}”的合并单元格过多，{TAKE_OFF}。")
        return found

    def _fill(self, counted: Counting) -> None:
        head = self.mapping.head
        for index, row in enumerate(counted(self.grid.rows[head + 1 :]), start=head + 1):
            if any(not is_empty(row[at]) for at in self.at.values()):
                self.plan.rows.append(self._row(index, row))
            elif any(not is_empty(cell) for cell in row):
                self.plan.passed_over += 1
        if not self.plan.rows:
            raise Refused(f"“{self.file}”在标题行以下没有可导入的行，请填写后重新上传。")
        self.grid.rows.clear()  # what they say is in the plan

    def _row(self, index: int, row: list[Cell]) -> PlannedEntry:
        """The row with all its cells read, or their problems."""
        planned = PlannedEntry(self.file, index + 1, "", "", Verdict.REFUSED)
        for target in self.targets:
            at = self.at[target.name]
            if area := self.covered.get((index, at)):
                self.refuse(planned, target.name, f"属于合并单元格 {area}，{TAKE_OFF}。")
            elif not is_empty(cell := row[at]):
                value, reason = self._value(target, cell)
                if reason:
                    self.refuse(planned, target.name, f"{reason}。")
                else:
                    planned.given[target.name] = value
            if target.name in ("code", "name") and not is_empty(row[at]):
                setattr(planned, target.name, writing.shown(row[at]))
        self._gather(planned)
        return planned

    def _value(self, target: Target, cell: Cell) -> tuple[Value, str]:
        """The value, or why there is none."""
        key = (target.name, type(cell), cell)
        if target.repeats and key in self.read_before:
            return self.read_before[key]
        found: tuple[Value, str]
        try:
            if target.name == "total_investment":
                found = (readers.amount(cell, self.unit), "")
            else:
                found = (target.value(cell, self.known), "")
        except ValueError as reason:
            found = (None, str(reason))
        if target.repeats:
            self.read_before[key] = found
        return found

    def refuse(self, planned: PlannedRow, name: str, sentence: str) -> None:
        """Note a problem of the column; of the row as a whole when it is not mapped."""
        heading, column = self.headings.get(name, ""), self.at.get(name, 0)
        planned.problems.append(CellProblem(sentence, self.file, planned.row, heading, column))
        planned.verdict = Verdict.REFUSED

    def _gather(self, planned: PlannedEntry) -> None:
        """Cells that are read together: lead with partners, amount with basis and qualifier."""
        given = planned.given
        planned.dated = given.get("data", (None, ""))
        if "lead" in given:
            key, behind = given.pop("lead")
            if key is not None:
                given["lead"] = key
            if behind:
                given["partners"] = tuple(sorted({*behind, *given.get("partners", ())}))
        basis, qualifier = (given.pop(name, "") for name in TOTAL[1:])
        if "total_investment" in given:
            number, said = given.pop("total_investment")
            if said and qualifier and said != qualifier:
                self.refuse(planned, TOTAL[2], "与总投资一格中的“余”或“约”不一致，请改正。")
            given["total_investment"] = (number, said or qualifier, basis)
        elif (basis or qualifier) and not planned.problems:
            given["basis_alone"] = (basis, qualifier)

    def has_problem(self, row: PlannedRow, name: str) -> bool:
        return any(problem.column == self.at.get(name) for problem in row.problems)


_CORNER = re.compile(r"([A-Z]{1,3})([0-9]+)", re.ASCII)


def _corners(area: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of `A3:B4`, counted from 0."""
    found = []
    for letters, number in _CORNER.findall(area):
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        found.append((int(number) - 1, column - 1))
    return (*found[0], *found[-1])

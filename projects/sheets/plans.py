"""What a sheet would do, before anything is written: a verdict for each row, cell by cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from django.db import models

from ..models.trail import digest


class Verdict(models.TextChoices):
    NEW = "new", "新填"
    CHANGED = "changed", "修改"
    UNCHANGED = "unchanged", "无变化"
    CONFLICT = "conflict", "冲突"
    REFUSED = "refused", "不能导入"


#: The rows that would be written.
WRITTEN = frozenset({Verdict.NEW, Verdict.CHANGED})


class CellChange(NamedTuple):
    """One cell: what stands now and what the sheet says, as text."""

    heading: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong, with its place as Excel names it; `column` is empty of a whole row."""

    sentence: str
    file: str = ""
    row: int = 0
    heading: str = ""
    column: int = 0

    @property
    def place(self) -> str:
        """`“一月.xlsx”第14行“签署日期”`."""
        parts = [f"“{self.file}”" if self.file else ""]
        parts.append(f"第{self.row}行" if self.row else "")
        parts.append(f"“{self.heading}”" if self.heading else "")
        return "".join(parts)


@dataclass
class PlannedRow:
    """One row of a sheet; `given` are the columns to write to `target`."""

    file: str
    row: int
    code: str
    name: str
    verdict: Verdict
    changes: list[CellChange] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    target: Any = None
    given: dict[str, Any] = field(default_factory=dict)
    version: int = 0

    @property
    def label(self) -> str:
        return str(self.verdict.label)

    def kept(self) -> list[Any]:
        """What was shown of it, for the plan's digest."""
        changes = [[change.heading, change.old, change.new] for change in self.changes]
        given = {name: str(value) for name, value in self.given.items()}
        shown = [self.file, self.row, self.code, self.version, self.verdict.value]
        return [*shown, changes, given, self.doubts]


@dataclass
class Plan:
    """All rows in the order of the files, and what is wrong with whole files."""

    rows: list[PlannedRow] = field(default_factory=list)
    refusals: list[CellProblem] = field(default_factory=list)

    #: What rows that are not in the ledger yet are called.
    new_label: ClassVar[str] = str(Verdict.NEW.label)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by verdict, every verdict named."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def to_write(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.verdict in WRITTEN]

    @property
    def problems(self) -> list[CellProblem]:
        return [*self.refusals, *(problem for row in self.rows for problem in row.problems)]

    @property
    def digest(self) -> str:
        """Changes when anything that the plan shows has changed."""
        return digest([row.kept() for row in self.rows] + [p.sentence for p in self.refusals])


class PlannedEntry(PlannedRow):
    """A row of the ledger; `given` are values by our columns, `target` the key of its entry.

    `dated` is the day (and its precision) that the row's figures are of, as the cell says.
    """

    dated: tuple[Any, str] = (None, "")

    @property
    def label(self) -> str:
        return "新增" if self.verdict == Verdict.NEW else super().label


@dataclass
class LedgerPlan(Plan):
    """`moved` are the rows that move a planned date, which asks for a reason."""

    new_label: ClassVar[str] = "新增"

    moved: set[int] = field(default_factory=set)
    #: Rows without a word in any of the columns that are mapped.
    passed_over: int = 0

    @property
    def told(self) -> str:
        """What is to be known of the whole."""
        passed = f"有{self.passed_over}行在所选各列中没有内容，未列入。" if self.passed_over else ""
        return f"空单元格不清除台账中已有的内容。{passed}"

    @property
    def moves_dates(self) -> bool:
        return any(row.row in self.moved for row in self.to_write)


class Changed(Exception):
    """The plan is no longer what was shown."""

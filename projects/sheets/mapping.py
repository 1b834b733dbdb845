"""Which column of an office's own ledger is which of ours: found by its headings, or chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..choices import Ledger
from ..intake import Cell, Grid, Refused
from ..models import Upload
from ..writing import shown
from .fields import targets_of
from .headings import folded, headings_of, unit_of
from .readers import is_empty

#: The headings stand within so many rows, of which so many are known.
HEAD_WITHIN, KNOWN_AT_LEAST = 10, 3
SAMPLES = 3
UNITS = ("万元", "亿元", "元")


@dataclass(frozen=True)
class Mapping:
    """`head` is the index of the row of headings, `columns` the index of each of our columns.

    `unit` is that of amounts which name none; empty: such amounts are refused. `headings` are all
    that stood there, by which the mapping is remembered.
    """

    sheet: int = 0
    head: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    unit: str = ""
    headings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, upload: Upload) -> Mapping | None:
        """As it was chosen for the upload; None when it has not been yet."""
        return cls(**upload.mapping) if upload.mapping else None

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def remembered(self) -> dict[str, str]:
        """Our column (or nothing) by each heading, folded, that stood there once."""
        ours = {index: name for name, index in self.columns.items()}
        return {
            heading: ours.get(index, "") for index, heading in enumerate(self.headings) if heading
        }

    def problems(self, ledger: Ledger) -> list[str]:
        """What is lacking before rows can be read."""
        targets = targets_of(ledger)
        lacking = [
            t.heading for t in targets.values() if t.is_required and t.name not in self.columns
        ]
        if lacking:
            return [f"缺少必填列：{'、'.join(lacking)}。请在“对应本台账的列”中选择。"]
        return []


@dataclass(frozen=True)
class HeadingShown:
    """A column of the file as it is shown to be mapped."""

    index: int
    heading: str
    samples: list[str]
    chosen: str


def visible(grids: list[Grid]) -> list[Grid]:
    """The sheets that a person sees. Raises Refused when there is none with content."""
    found = [grid for grid in grids if not grid.is_hidden and any(map(_filled, grid.rows))]
    if not found:
        raise Refused("工作簿中没有可见且有内容的工作表，请取消隐藏后重新上传。")
    return found


def remembered(ledger: Ledger, by: Any) -> dict[str, str]:
    """The last mapping of that ledger that was applied: one's own, else the office's."""
    applied = Upload.objects.filter(ledger=ledger, applied_at__isnull=False).exclude(mapping={})
    found = applied.filter(uploaded_by_id=by.pk).first() or applied.first()
    mapping = Mapping.of(found) if found else None
    return mapping.remembered() if mapping else {}


def guessed(
    grids: list[Grid],
    ledger: Ledger,
    known: dict[str, str],
    *,
    sheet: int | None = None,
    head: int | None = None,
) -> Mapping:
    """The mapping by headings that are known, or were mapped before (`known`)."""
    words = headings_of(ledger) | known
    if sheet is None:
        heads = [_head(grid, words) for grid in grids]
        sheet = next((number for number, at in enumerate(heads) if at is not None), 0)
    grid = grids[min(sheet, len(grids) - 1)]
    if head is None:
        head = _head(grid, words)
    if head is None:
        near = enumerate(grid.rows[:HEAD_WITHIN])
        head = next((number for number, row in near if _filled(row)), 0)
    row = grid.rows[head] if head < len(grid.rows) else []
    columns = _columns(row, headings_of(ledger), known)
    unit = unit_of(row[columns["total_investment"]]) if "total_investment" in columns else ""
    return Mapping(sheet, head, columns, unit, [folded(cell) for cell in row])


def _filled(row: Iterable[Cell]) -> bool:
    return any(not is_empty(cell) for cell in row)


def _head(grid: Grid, words: dict[str, str]) -> int | None:
    """The first row with enough known headings."""
    for number, row in enumerate(grid.rows[:HEAD_WITHIN]):
        if (
            len({folded(cell) for cell in row if isinstance(cell, str)} & words.keys())
            >= KNOWN_AT_LEAST
        ):
            return number
    return None


def _columns(row: list[Cell], words: dict[str, str], known: dict[str, str]) -> dict[str, int]:
    """Each of our columns where one heading alone claims it: what was mapped before first."""
    headings = [folded(cell) for cell in row]
    columns: dict[str, int] = {}
    once = [h for h, times in Counter(headings).items() if h and times == 1]
    for heading in once:
        if name := known.get(heading):
            columns.setdefault(name, headings.index(heading))
    for heading in reversed(words):  # our own headings stand behind their synonyms
        if heading in once and heading not in known:
            columns.setdefault(words[heading], headings.index(heading))
    return columns


def doubled(grid: Grid, mapping: Mapping) -> list[str]:
    """Headings that stand there more than once: a person has to choose."""
    row = grid.rows[mapping.head] if mapping.head < len(grid.rows) else []
    times = Counter(folded(cell) for cell in row)
    found = {folded(cell): shown(cell) for cell in row if times[folded(cell)] > 1}
    return [f"“{words}”有{times[key]}列，请只选其中一列。" for key, words in found.items() if key]


def to_show(grid: Grid, mapping: Mapping) -> list[HeadingShown]:
    """The file's columns with their first values, and what is chosen for each."""
    row = grid.rows[mapping.head] if mapping.head < len(grid.rows) else []
    chosen = {index: name for name, index in mapping.columns.items()}
    found = []
    for index, heading in enumerate(row):
        below = (r[index] for r in grid.rows[mapping.head + 1 :] if not is_empty(r[index]))
        samples = [shown(cell) for cell, _ in zip(below, range(SAMPLES), strict=False)]
        if not is_empty(heading) or samples:
            words = shown(heading) or f"（第{index + 1}列，没有标题）"
            found.append(HeadingShown(index, words, samples, chosen.get(index, "")))
    return found

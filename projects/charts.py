"""Server-made SVG: every bar a link with its title; colours come from the style sheet.

A table with the same numbers stands beside each picture for those who read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .statistics import LedgerSummary, Row, Tally

WIDTH, LABEL_WIDTH, NUMBER_WIDTH = 720, 200, 48
ROW_HEIGHT, BAR_HEIGHT, BASELINE = 30, 18, 14


@dataclass(frozen=True)
class Bar:
    label: str
    href: str
    parts: tuple[Tally, ...]
    tone: str

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)


def phase_bars(ledgers: Sequence[LedgerSummary]) -> SafeString:
    """A bar for each ledger, each to its own full length, split by phase."""
    bars = [Bar(s.label, s.href, s.phases, "phase") for s in ledgers if s.total.count]
    return _bars(bars, "各台账按阶段分布")


def row_bars(rows: Iterable[Row]) -> SafeString:
    """For each row of an index board a bar in each ledger's own column.

    The ledgers stand side by side and are never added; each column has its own scale.
    """
    lines = [row for row in rows if any(cell.count for cell in row.cells)]
    if not lines:
        return SafeString("")
    longest = [max(row.cells[n].count for row in lines) or 1 for n in range(len(lines[0].cells))]
    body = "".join(_line(row, longest, 4 + number * ROW_HEIGHT) for number, row in enumerate(lines))
    return _picture("各台账分别计数，各列比例尺不同", len(lines), body)


def _line(row: Row, longest: Sequence[int], top: int) -> str:
    column = (WIDTH - LABEL_WIDTH) / len(longest)
    pieces = [
        _cell(row, cell, LABEL_WIDTH + number * column, top, (column - NUMBER_WIDTH) / most)
        for number, (cell, most) in enumerate(zip(row.cells, longest, strict=True))
        if cell.count
    ]
    return _label(row.label, top) + "".join(pieces)


def _cell(row: Row, cell: Tally, left: float, top: int, unit: float) -> str:
    width = unit * cell.count
    bar = Bar(row.label, row.href, row.cells, "ledger")
    return _piece(bar, cell, left, top, width) + _number(left + width, top, cell.count)


def _bars(bars: Sequence[Bar], title: str) -> SafeString:
    if not bars:
        return SafeString("")
    body = "".join(_bar(bar, 4 + number * ROW_HEIGHT) for number, bar in enumerate(bars))
    return _picture(title, len(bars), body)


def _picture(title: str, lines: int, body: str) -> SafeString:
    height = lines * ROW_HEIGHT + 8
    return mark_safe(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="group"'
        f' aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _bar(bar: Bar, top: int) -> str:
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    left, pieces = float(LABEL_WIDTH), []
    for part in bar.parts:
        width = room * part.count / bar.total
        if part.count:
            pieces.append(_piece(bar, part, left, top, width))
        left += width
    return _label(bar.label, top) + "".join(pieces) + _number(left, top, bar.total)


def _label(label: str, top: int) -> str:
    return (
        f'<text class="chart-label" x="{LABEL_WIDTH - 8}" y="{top + BASELINE}" text-anchor="end">'
        f"{escape(label)}</text>"
    )


def _number(left: float, top: int, count: int) -> str:
    return f'<text class="chart-number" x="{left + 6:.1f}" y="{top + BASELINE}">{count}</text>'


def _piece(bar: Bar, part: Tally, left: float, top: int, width: float) -> str:
    title = f"{bar.label} {part.label}：{part.count}"
    return (
        f'<a href="{escape(part.href)}" aria-label="{escape(title)}">'
        f'<rect class="tone-{bar.tone}-{escape(part.slug)}"'
        f' x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR_HEIGHT}">'
        f"<title>{escape(title)}</title></rect></a>"
    )

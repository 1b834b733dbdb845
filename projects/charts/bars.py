"""Bars: one line cut into its parts, or a line of bars in columns of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from ..statistics import LedgerSummary, Row, Tally
from .marks import hatch_of, hatched, sample
from .picture import EMPTY, Key, Picture, Table, TableRow, element, joined, link, svg, text

WIDTH, LABEL_WIDTH, NUMBER_WIDTH = 720, 200, 48
ROW_HEIGHT, BAR_HEIGHT, BASELINE = 34, 24, 17
#: Room that a character of a label takes in a bar: a Chinese one, a digit.
WORD, DIGIT = 14, 8


@dataclass(frozen=True)
class Bar:
    """A line of parts. `tone` names the family of their colours: `phase`, `light`, `ledger`;
    the slug of each part says which of them."""

    label: str
    href: str
    parts: tuple[Tally, ...]
    tone: str

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)


def stacked_bars(bars: Sequence[Bar], title: str) -> Picture:
    """A line for each bar, each to its own full length, cut into its parts.

    Each part is a link to its rows, with its hatch, and its name where there is room. Bars of
    nothing are left out; without any the picture is empty. Costs no query.
    """
    filled = [bar for bar in bars if bar.total]
    body = [_bar(bar, 4 + n * ROW_HEIGHT) for n, bar in enumerate(filled)]
    drawing = svg(title, WIDTH, len(filled) * ROW_HEIGHT + 4, *body) if filled else EMPTY
    return Picture(drawing, _bar_table(bars), title, _keys(filled))


def phase_bars(ledgers: Sequence[LedgerSummary]) -> Picture:
    """A bar for each ledger, split by phase."""
    bars = [Bar(s.label, s.href, s.phases, "phase") for s in ledgers]
    return stacked_bars(bars, "各台账按阶段分布")


def _bar_table(bars: Sequence[Bar]) -> Table:
    if not bars:
        return Table()
    headings = ("", *(part.label for part in bars[0].parts))
    return Table(headings, tuple(TableRow(bar.label, bar.parts, bar.href) for bar in bars))


def _keys(bars: Sequence[Bar]) -> tuple[Key, ...]:
    parts = bars[0].parts if bars else ()
    return tuple(Key(part.label, sample(f"{bars[0].tone}-{part.slug}")) for part in parts)


def _bar(bar: Bar, top: float) -> SafeString:
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    left, pieces = float(LABEL_WIDTH), []
    for part in bar.parts:
        width = room * part.count / bar.total
        if part.count:
            pieces.append(_piece(bar, part, left, top, width))
        left += width
    return joined([_label(bar.label, top), *pieces, _number(left, top, bar.total)])


def _piece(bar: Bar, part: Tally, left: float, top: float, width: float) -> SafeString:
    tone = f"{bar.tone}-{part.slug}"
    return link(
        f"{bar.label}{part.label}：{part.count}",
        part,
        hatched(left, top, width, BAR_HEIGHT, f"tone-{tone}", hatch_of(tone)),
        _inside(part, left, top, width),
    )


def _inside(part: Tally, left: float, top: float, width: float) -> SafeString:
    """Name and count of a part on a plate of its own, as much of them as there is room for."""
    digits = len(str(part.count)) * DIGIT
    for words, room in (
        (f"{part.label} {part.count}", len(part.label) * WORD + digits + 4),
        (str(part.count), digits),
    ):
        if room + 16 <= width:
            middle, plate = left + width / 2, room + 8
            return joined(
                [
                    _plate(middle - plate / 2, top + 3, plate),
                    text(words, middle, top + BASELINE, class_="part-label", anchor="middle"),
                ]
            )
    return EMPTY


def _plate(left: float, top: float, width: float) -> SafeString:
    return element("rect", class_="plate", x=left, y=top, width=width, height=BAR_HEIGHT - 6, rx=3)


def _label(label: str, top: float) -> SafeString:
    return text(label, LABEL_WIDTH - 8, top + BASELINE, class_="chart-label", anchor="end")


def _number(left: float, top: float, count: int) -> SafeString:
    return text(str(count), left + 6, top + BASELINE, class_="chart-number")


# -- columns -------------------------------------------------------------------------------------


def row_bars(rows: Iterable[Row]) -> Picture:
    """For each row of an index board a bar in each ledger's own column.

    The ledgers stand side by side and are never added; each column has its own scale. Rows of
    nothing are left out. The board's own table has the numbers. Costs no query.
    """
    title = "各台账分别计数，各列比例尺不同"
    filled = [row for row in rows if any(cell.count for cell in row.cells)]
    if not filled:
        return Picture(EMPTY, Table(), title)
    cells = filled[0].cells
    longest = [max(row.cells[n].count for row in filled) or 1 for n in range(len(cells))]
    body = [_line(row, longest, 4 + n * ROW_HEIGHT) for n, row in enumerate(filled)]
    keys = tuple(Key(cell.label, sample(f"ledger-{cell.slug}")) for cell in cells)
    return Picture(svg(title, WIDTH, len(filled) * ROW_HEIGHT + 4, *body), Table(), title, keys)


def _line(row: Row, longest: Sequence[int], top: float) -> SafeString:
    column = (WIDTH - LABEL_WIDTH) / len(longest)
    pieces = [
        _cell(row, cell, LABEL_WIDTH + number * column, top, (column - NUMBER_WIDTH) / most)
        for number, (cell, most) in enumerate(zip(row.cells, longest, strict=True))
        if cell.count
    ]
    return joined([_label(row.label, top), *pieces])


def _cell(row: Row, cell: Tally, left: float, top: float, unit: float) -> SafeString:
    width, tone = unit * cell.count, f"ledger-{cell.slug}"
    bar = hatched(left, top, width, BAR_HEIGHT, f"tone-{tone}", hatch_of(tone))
    named = f"{row.label}{cell.label}：{cell.count}"
    return joined([link(named, cell, bar), _number(left + width, top, cell.count)])

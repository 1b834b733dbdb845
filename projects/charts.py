"""Server-made SVG: every bar a link with its title; colours come from the style sheet.

A table with the same numbers stands beside each picture, so the picture itself is
labelled as a whole and its links are kept out of the tab order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .statistics import LedgerSummary, Row, Share, Tally

WIDTH, LABEL_WIDTH, NUMBER_WIDTH = 720, 200, 48
ROW_HEIGHT, BAR_HEIGHT = 30, 18


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
    return _bars(bars, "各台账按阶段分布", is_share=True)


def row_bars(rows: Iterable[Row]) -> SafeString:
    """A bar for each row of an index board, split by ledger."""
    bars = [Bar(row.label, row.href, row.cells, "ledger") for row in rows]
    return _bars([bar for bar in bars if bar.total], "按台账分布", is_share=False)


def _bars(bars: Sequence[Bar], title: str, *, is_share: bool) -> SafeString:
    if not bars:
        return SafeString("")
    longest = max(bar.total for bar in bars)
    height = len(bars) * ROW_HEIGHT + 8
    body = "".join(
        _bar(bar, bar.total if is_share else longest, 4 + number * ROW_HEIGHT)
        for number, bar in enumerate(bars)
    )
    return mark_safe(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="group"'
        f' aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{body}</svg>'
    )


def _bar(bar: Bar, full: int, top: int) -> str:
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    left, pieces = float(LABEL_WIDTH), []
    for part in bar.parts:
        width = room * part.count / full
        if part.count:
            pieces.append(_piece(bar, part, left, top, width))
        left += width
    middle = top + BAR_HEIGHT / 2 + 5
    return (
        f'<text class="chart-label" x="{LABEL_WIDTH - 8}" y="{middle}" text-anchor="end">'
        f"{escape(bar.label)}</text>{''.join(pieces)}"
        f'<text class="chart-number" x="{left + 6:.1f}" y="{middle}">{bar.total}</text>'
    )


def _piece(bar: Bar, part: Tally, left: float, top: int, width: float) -> str:
    title = f"{bar.label} {part.label}:{part.count}"
    return (
        f'<a href="{escape(part.href)}" tabindex="-1">'
        f'<rect class="tone-{bar.tone}-{escape(part.slug)}"'
        f' x="{left:.1f}" y="{top}" width="{width:.1f}" height="{BAR_HEIGHT}">'
        f"<title>{escape(title)}</title></rect></a>"
    )


def share_ring(share: Share | None) -> SafeString:
    """The launched share as a ring; empty when there is nothing to share out."""
    if share is None or not share.whole.count:
        return SafeString("")
    radius, around = 42, 263.89
    filled = around * share.part.count / share.whole.count
    title = f"{share.part.label}{share.part.count},占{share.whole.count}的{share.percent}"
    return mark_safe(
        f'<svg class="ring" viewBox="0 0 100 100" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
        f'<circle class="ring-whole" cx="50" cy="50" r="{radius}" fill="none" stroke-width="12"/>'
        f'<circle class="ring-part" cx="50" cy="50" r="{radius}" fill="none" stroke-width="12"'
        f' stroke-dasharray="{filled:.2f} {around}" transform="rotate(-90 50 50)"/>'
        f'<text class="ring-text" x="50" y="55" text-anchor="middle">{share.percent}</text></svg>'
    )

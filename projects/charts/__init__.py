"""Server-made SVG: every bar, point, cell and tile a link to exactly its rows.

Each function takes numbers and gives a `Picture`: the SVG, a table with the same numbers for
those who read, and a legend. `_partials/_picture.html` shows it.
"""

from .bars import Bar, phase_bars, row_bars, stacked_bars
from .lines import LOW, Series, Size, lines, sparkline
from .picture import Key, Picture, Point, Table, TableRow
from .ring import ring

__all__ = [
    "LOW",
    "Bar",
    "Key",
    "Picture",
    "Point",
    "Series",
    "Size",
    "Table",
    "TableRow",
    "lines",
    "phase_bars",
    "ring",
    "row_bars",
    "sparkline",
    "stacked_bars",
]

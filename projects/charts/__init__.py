"""Server-made SVG: every bar, point, cell and tile a link to exactly its rows.

Each function takes numbers and gives a `Picture`: the SVG, a table with the same numbers for
those who read, and a legend. `_partials/_picture.html` shows it.
"""

from .bars import Bar, phase_bars, row_bars, stacked_bars
from .lines import LOW, Series, Size, lines
from .picture import Key, Picture, Point, Table, TableRow
from .plans import Mark, Plan
from .ring import ring
from .sparklines import sparkline
from .tiles import SQUARES, Tile, tile_map
from .timeline import entry_timeline, list_timeline

__all__ = [
    "LOW",
    "SQUARES",
    "Bar",
    "Key",
    "Mark",
    "Picture",
    "Plan",
    "Point",
    "Series",
    "Size",
    "Table",
    "TableRow",
    "Tile",
    "entry_timeline",
    "lines",
    "list_timeline",
    "phase_bars",
    "ring",
    "row_bars",
    "sparkline",
    "stacked_bars",
    "tile_map",
]

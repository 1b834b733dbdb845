"""成都 and 资阳 as tiles set out roughly as on the ground; no border is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString

from ..statistics import Tally
from .picture import (
    EMPTY,
    Key,
    Picture,
    Point,
    Table,
    TableRow,
    element,
    joined,
    link,
    path,
    svg,
    text,
)

PITCH_X, PITCH_Y, TILE_X, TILE_Y = 60, 76, 56, 72
COLUMNS, ROWS = 8, 7


class Square(NamedTuple):
    """Where a place lies (column from the west, row from the north), and its name in short."""

    column: int
    row: int
    short: str
    is_ziyang: bool = False


#: 成都's 20 counties, 资阳's 3, and the four zones.
SQUARES: dict[str, Square] = {
    "510181": Square(0, 0, "都江堰"),
    "510182": Square(1, 0, "彭州"),
    "510117": Square(1, 1, "郫都"),
    "510114": Square(3, 1, "新都"),
    "510113": Square(4, 1, "青白江"),
    "510121": Square(5, 1, "金堂"),
    "510184": Square(0, 2, "崇州"),
    "510115": Square(1, 2, "温江"),
    "510105": Square(2, 2, "青羊"),
    "510106": Square(3, 2, "金牛"),
    "510108": Square(4, 2, "成华"),
    "510129": Square(0, 3, "大邑"),
    "510116": Square(1, 3, "双流"),
    "510107": Square(2, 3, "武侯"),
    "510104": Square(3, 3, "锦江"),
    "510112": Square(4, 3, "龙泉驿"),
    "510183": Square(0, 4, "邛崃"),
    "510118": Square(1, 4, "新津"),
    "tianfu": Square(2, 4, "天府"),
    "chengdu-east": Square(4, 4, "东部"),
    "510185": Square(5, 4, "简阳"),
    "510131": Square(0, 5, "蒲江"),
    "ziyang-airport": Square(5, 5, "临空", is_ziyang=True),
    "ziyang-hightech": Square(6, 5, "高新区", is_ziyang=True),
    "512022": Square(7, 5, "乐至", is_ziyang=True),
    "512002": Square(6, 6, "雁江", is_ziyang=True),
    "512021": Square(7, 6, "安岳", is_ziyang=True),
}
SHORT_NAMES = (
    "图中“东部”“天府”“高新区”“临空”依次指成都东部新区、四川天府新区、资阳高新区、资阳临空经济区；"
    "带内框的属资阳市，其余属成都市。方块只示大致方位，不表示行政区域界线。"
)
#: The words of the classes above nought, by how many there are.
WORDS = {1: ("有",), 2: ("少", "多"), 3: ("少", "中", "多"), 4: ("少", "较少", "较多", "多")}
#: The steps of colour that they take.
LEVELS = {1: (3,), 2: (2, 4), 3: (1, 3, 4), 4: (1, 2, 3, 4)}
#: Shares fall into five classes of twenty points.
SHARE_WORDS = ("低", "较低", "中", "较高", "高")
NONE, MISSING = "无", "无数据"


@dataclass(frozen=True)
class Tile:
    """A place: its full name, its value (None where there is none to say), further cells of its
    line in the table."""

    name: str
    value: Point | None
    cells: tuple[Tally | str, ...] = ()
    href: str = ""


@dataclass(frozen=True)
class _Class:
    """Values under `below` that are in no class before it."""

    word: str
    level: int
    bounds: str
    below: float


def tile_map(
    tiles: Mapping[str, Tile], title: str, headings: Sequence[str], is_share: bool = False
) -> Picture:
    """A tile for each place of the two cities, by code; others are passed over.

    Values fall into five classes, each with a colour, a word and its bounds in the legend: of
    counts 无 and up to four of about as many places each, of shares (in per cent) fifths.
    `headings` name the cells of the table after the place. Costs no query.
    """
    known = {code: tiles[code] for code in SQUARES if code in tiles}
    values = [tile.value.value for tile in known.values() if tile.value]
    classes = _fifths() if is_share else _classes(values)
    table = Table(
        ("地区", *headings, "分档"), tuple(_row(tile, classes) for tile in known.values())
    )
    if not values:
        return Picture(EMPTY, table, title)
    drawn = [_tile(square, known.get(code), classes) for code, square in SQUARES.items()]
    width, height = COLUMNS * PITCH_X, ROWS * PITCH_Y
    drawing = svg(title, width, height, *drawn, _north(), kind="chart-tiles")
    return Picture(drawing, table, title, _keys(classes), (SHORT_NAMES,))


def _row(tile: Tile, classes: Sequence[_Class]) -> TableRow:
    word = _class_of(tile.value, classes).word if tile.value else MISSING
    return TableRow(tile.name, (*tile.cells, word), tile.href)


# -- classes -------------------------------------------------------------------------------------


def _classes(values: Sequence[float]) -> list[_Class]:
    """无, then classes of about as many places each."""
    positive = sorted(int(value) for value in values if value > 0)
    found, lower = [_Class(NONE, 0, "0", 1)], 1
    for word, level, upper in _parts(positive):
        bounds = f"{lower}—{upper}" if upper > lower else str(upper)
        found.append(_Class(word, level, bounds, upper + 1))
        lower = upper + 1
    return found


def _parts(positive: Sequence[int]) -> list[tuple[str, int, int]]:
    """Word, level and upper bound of each class above nought."""
    many = min(len(WORDS), len(set(positive)))
    ends = (math.ceil(len(positive) * n / many) - 1 for n in range(1, many + 1))
    uppers = sorted({positive[end] for end in ends})
    words = WORDS.get(len(uppers), ())
    return list(zip(words, LEVELS.get(len(uppers), ()), uppers, strict=True))


def _fifths() -> list[_Class]:
    bounds = ("不足20%", "20%至不足40%", "40%至不足60%", "60%至不足80%", "80%及以上")
    belows = (20, 40, 60, 80, math.inf)
    return list(map(_Class, SHARE_WORDS, range(5), bounds, belows))


def _class_of(value: Point, classes: Sequence[_Class]) -> _Class:
    return next(c for c in classes if value.value < c.below)


def _keys(classes: Sequence[_Class]) -> tuple[Key, ...]:
    return tuple(Key(f"{c.word}（{c.bounds}）", _sample(c.level)) for c in classes)


def _sample(level: int) -> SafeString:
    face = element("rect", class_=f"tile level-{level}", x=1, y=1, width=20, height=12, rx=2)
    return element("svg", face, class_="sample", viewBox="0 0 22 14", aria_hidden="true")


# -- drawing -------------------------------------------------------------------------------------


def _tile(square: Square, tile: Tile | None, classes: Sequence[_Class]) -> SafeString:
    if tile is None or tile.value is None:
        name = tile.name if tile else square.short
        return link(f"{name}：{MISSING}", None, _face(square, "level-0", "—", ""))
    found = _class_of(tile.value, classes)
    told = f"{tile.name}：{tile.value.text}（{found.word}）"
    face = _face(square, f"level-{found.level}", tile.value.text, found.word)
    return link(told, tile.value.rows, face)


def _face(square: Square, level: str, value: str, word: str) -> SafeString:
    left, top = square.column * PITCH_X + 2, square.row * PITCH_Y + 2
    middle = left + TILE_X / 2
    lines = ((square.short, 21, "name"), (value, 44, "value"), (word, 64, "word"))
    words = [
        text(said, middle, top + down, class_=f"tile-{kind} on-{level}", anchor="middle")
        for said, down, kind in lines
        if said
    ]
    inner = _box(square, 3, f"inner on-{level}") if square.is_ziyang else EMPTY
    return joined([_box(square, 0, f"tile {level}"), inner, *words])


def _box(square: Square, inset: int, class_: str) -> SafeString:
    return element(
        "rect",
        class_=class_,
        x=square.column * PITCH_X + 2 + inset,
        y=square.row * PITCH_Y + 2 + inset,
        width=TILE_X - 2 * inset,
        height=TILE_Y - 2 * inset,
        rx=4 - inset / 2,
    )


def _north() -> SafeString:
    """An arrow that says where north is."""
    x = COLUMNS * PITCH_X - 30
    arrow = path(f"M{x} 46V14M{x - 6} 24L{x} 14L{x + 6} 24", "north")
    return joined([arrow, text("北", x, 64, class_="axis", anchor="middle")])

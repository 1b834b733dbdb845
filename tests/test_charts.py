"""Pictures: every part is a link to its rows, and says without colour what it is."""

from __future__ import annotations

import json
import re
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from projects import charts
from projects.charts import Bar, Picture, Point, Series, Tile
from projects.charts.bars import LABEL_WIDTH, NUMBER_WIDTH, WIDTH
from projects.charts.lines import _apart, _ticks
from projects.charts.marks import HATCHES, hatch_of
from projects.charts.tiles import SQUARES
from projects.choices import Ledger, Light, Phase
from projects.periods import Month
from projects.statistics import Row, Share, Tally

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = '"><script>alert(1)</script>&'
#: Degrees by which two pins of the map are clearly apart.
APART = 0.1
KINDS = ["stacked", "rows", "lines", "ring", "sparkline", "tiles"]
MONTHS = [Month.parse(f"{y}-{m:02}") for y, m in ((2025, 11), (2025, 12), (2026, 1), (2026, 2))]


def tally(label: str, count: int, href: str = "", slug: str = "") -> Tally:
    return Tally(label, count, href or f"/items/?status={label}", slug or label)


def parsed(picture: Picture) -> Any:
    return ElementTree.fromstring(picture.svg)


def links(picture: Picture) -> list[tuple[str, str | None]]:
    """Address and count of each link."""
    found = [(a.attrib["href"], a.get("data-count")) for a in parsed(picture).iter("a")]
    assert len(found) == picture.svg.count("<a ")
    return found


def of_class(picture: Picture, name: str) -> list[Any]:
    return [node for node in parsed(picture).iter() if name in node.get("class", "").split()]


def words(picture: Picture) -> list[str]:
    return [str(text.text) for text in parsed(picture).iter("text")]


def bars(*parts: tuple[str, int]) -> list[Bar]:
    counted = tuple(tally(label, n, slug=label) for label, n in parts)
    return [Bar("合作事项", "/items/", counted, "phase")]


def three_lines() -> Picture:
    return charts.lines(
        MONTHS,
        [
            Series("红灯", (tally("a", 3), None, tally("b", 5), tally("c", 4)), "light-red"),
            Series("黄灯", (tally("d", 0), None, tally("e", 1), tally("f", 2)), "light-yellow"),
        ],
        "亮灯走势",
    )


def every_kind(label: str = "红灯", href: str = "/items/") -> list[Picture]:
    counted = tally(label, 3, href)
    share = Share(counted, tally(label, 4, href))
    return [
        charts.stacked_bars([Bar(label, href, (counted,), "phase")], label),
        charts.row_bars([Row(label, href, (counted,), ())]),
        charts.lines(MONTHS[:1], [Series(label, (counted,))], label),
        charts.ring(share, label, counted),
        charts.sparkline(MONTHS[:2], [counted, counted], label, href),
        charts.tile_map({"510104": Tile(label, Point(3, "3", counted))}, label, ("条目数",)),
    ]


# -- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", every_kind(), ids=KINDS)
def test_a_picture_is_well_formed_and_carries_no_style_and_no_script(picture: Picture):
    for node in parsed(picture).iter():
        names = set(node.attrib)
        assert not names & {"style", "id"}
        assert not [name for name in names if name.startswith("on")]
        assert node.tag not in ("style", "script")


@pytest.mark.parametrize("picture", every_kind(HOSTILE, f"/items/?q={HOSTILE}"), ids=KINDS)
def test_hostile_names_stay_words(picture: Picture):
    root = parsed(picture)
    assert "script" not in {node.tag for node in root.iter()}
    assert {a.attrib["href"] for a in root.iter("a")} == {f"/items/?q={HOSTILE}"}
    assert "<script" not in picture.svg


@pytest.mark.parametrize("picture", every_kind(), ids=KINDS)
def test_each_link_and_each_picture_is_named(picture: Picture):
    root = parsed(picture)
    drawing = root if root.tag == "svg" else next(root.iter("svg"))
    assert drawing.attrib["aria-label"]
    assert drawing.attrib["role"] in ("group", "img")
    for link in root.iter("a"):
        assert link.attrib["aria-label"]


def test_nothing_counted_is_no_picture():
    nothing = [
        charts.stacked_bars([], "甲"),
        charts.stacked_bars(bars(("未启动", 0)), "甲"),
        charts.row_bars([]),
        charts.lines([], [], "甲"),
        charts.lines(MONTHS, [Series("红灯", (None,) * 4)], "甲"),
        charts.ring(Share(tally("已启动", 0), tally("合作事项", 0)), "甲"),
        charts.sparkline(MONTHS, [None] * 4, "甲", "/items/"),
    ]
    assert [str(picture.svg) for picture in nothing] == [""] * len(nothing)
    assert not any(nothing)


@pytest.mark.parametrize(
    ("family", "slugs"),
    [("phase", Phase.values), ("ledger", Ledger.values), ("light", Light.values)],
)
def test_no_two_tones_of_a_family_share_a_hatch(family: str, slugs: list[str]):
    assert len({hatch_of(f"{family}-{slug}") for slug in slugs}) == len(slugs)
    assert {hatch_of(f"{family}-{slug}") for slug in slugs} <= set(HATCHES)


# -- bars ----------------------------------------------------------------------------------------


def test_the_parts_of_a_bar_fill_it_and_link_to_their_rows():
    picture = charts.stacked_bars(bars(("未启动", 42), ("实施中", 89), ("已停止", 0)), "按阶段")
    assert links(picture) == [("/items/?status=未启动", "42"), ("/items/?status=实施中", "89")]
    widths = [float(part.attrib["width"]) for part in of_class(picture, "part")]
    assert sum(widths) == pytest.approx(WIDTH - LABEL_WIDTH - NUMBER_WIDTH, abs=0.2)
    assert widths[1] / widths[0] == pytest.approx(89 / 42, rel=0.01)
    assert words(picture) == ["合作事项", "未启动 42", "实施中 89", "131"]


def test_a_part_too_small_for_its_name_shows_its_count_or_nothing():
    picture = charts.stacked_bars(bars(("实施中", 150), ("已停止", 12), ("未启动", 2)), "按阶段")
    assert words(picture) == ["合作事项", "实施中 150", "12", "164"]
    assert len(links(picture)) == 3


def test_the_table_beside_a_bar_has_every_count_also_the_noughts():
    table = charts.stacked_bars(bars(("未启动", 42), ("已停止", 0)), "按阶段").table
    assert table.headings == ("名称", "未启动", "已停止")
    assert [(r.label, [c.count for c in r.cells]) for r in table.rows] == [("合作事项", [42, 0])]


# -- lines ---------------------------------------------------------------------------------------


def test_each_point_of_a_line_is_a_link_and_a_gap_has_none():
    picture = three_lines()
    assert [count for _, count in links(picture)] == ["3", "5", "4", "0", "1", "2"]
    assert picture.notes == ("2025年12月未冻结，图中留空，不作推算。",)
    assert picture.table.rows[1].cells == ("未冻结", "未冻结")


def test_a_line_is_broken_at_its_gap():
    strokes = [stroke.attrib["d"] for stroke in of_class(three_lines(), "stroke")]
    assert [len(re.findall("M", d)) for d in strokes] == [2, 2]


def test_lines_differ_by_dash_and_marker_and_are_named_at_their_ends():
    picture = three_lines()
    dashes = {stroke.get("stroke-dasharray") for stroke in of_class(picture, "stroke")}
    marks = {mark.attrib["d"] for mark in of_class(picture, "mark")}
    assert (len(dashes), len(marks)) == (2, 2)
    assert {"红灯 4", "黄灯 2"} <= set(words(picture))


def test_the_axis_says_each_year_once():
    assert words(three_lines())[-8:-2] == ["11月", "2025年", "12月", "1月", "2026年", "2月"]


def test_a_share_is_drawn_by_its_per_cent_and_leads_to_its_rows():
    point = Point(66.7, "66.7%", tally("已启动", 89))
    picture = charts.lines(MONTHS[:1], [Series("已启动占比", (point,))], "占比")
    assert links(picture) == [("/items/?status=已启动", "89")]
    assert "已启动占比 66.7%" in words(picture)
    assert picture.table.rows[0].cells == ("66.7%",)


@pytest.mark.parametrize("most", [0, 1, 3, 7, 10, 89, 198, 1001, 123456])
def test_ticks_are_round_few_and_reach_the_greatest(most: int):
    ticks = _ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 6
    assert all(tick == int(tick) for tick in ticks)


def test_labels_at_the_ends_never_meet():
    placed = _apart([100, 101, 102, 250], 252)
    assert min(below - above for above, below in pairwise(placed)) >= 20
    assert placed[-1] <= 252


# -- ring and sparkline --------------------------------------------------------------------------


def test_a_ring_leads_to_the_part_the_rest_and_the_whole():
    share = Share(tally("已启动", 89), tally("合作事项", 135))
    picture = charts.ring(share, "已启动占比", tally("其余", 46))
    assert sorted(links(picture)) == [
        ("/items/?status=其余", "46"),
        ("/items/?status=合作事项", "135"),
        ("/items/?status=已启动", "89"),
    ]
    assert words(picture) == ["65.9%", "89/135"]
    assert [row.cells for row in picture.table.rows] == [
        (tally("已启动", 89),),
        (tally("其余", 46),),
        (share.whole,),
    ]


@pytest.mark.parametrize(("part", "shown"), [(0, ["rest"]), (4, ["part"]), (1, ["rest", "part"])])
def test_a_ring_of_nothing_or_of_all_is_one_circle(part: int, shown: list[str]):
    picture = charts.ring(Share(tally("已启动", part), tally("合作事项", 4)), "占比")
    classes = [node.get("class", "") for node in parsed(picture).iter()]
    arcs = [c.removeprefix("ring-") for c in classes if c in ("ring-part", "ring-rest")]
    assert arcs == shown


def test_a_sparkline_is_one_link_that_says_first_and_last_value():
    points = [tally("红灯", n) for n in (3, 5, 8, 4)]
    picture = charts.sparkline(MONTHS, points, "红灯", "/entries/")
    assert links(picture) == [("/entries/", None)]
    assert parsed(picture).attrib["aria-label"] == "红灯：2025年11月为3，2026年2月为4"
    assert words(picture) == ["4"]


def test_a_sparkline_without_a_change_lies_flat():
    picture = charts.sparkline(MONTHS[:2], [tally("红灯", 3), tally("红灯", 3)], "红灯")
    assert parsed(picture).tag == "svg"
    assert words(picture) == ["3"]


# -- tiles ---------------------------------------------------------------------------------------


def tiles(*values: float | None) -> dict[str, Tile]:
    """So many places with these values."""
    return {
        code: Tile(code, None if n is None else Point(n, f"{n:g}", tally(code, int(n))), ("", ""))
        for code, n in zip(SQUARES, values, strict=False)
    }


def test_each_of_the_27_places_has_a_square_and_no_two_the_same():
    regions = json.loads((ROOT / "fixtures" / "regions.json").read_text(encoding="utf-8"))
    below = {
        row["fields"]["code"]
        for row in regions
        if row["fields"]["parent"] in (["510100"], ["512000"])
    }
    assert set(SQUARES) == below
    assert len({square[:2] for square in SQUARES.values()}) == 27
    assert {code for code, square in SQUARES.items() if square.is_ziyang} == {
        row["fields"]["code"] for row in regions if row["fields"]["parent"] == ["512000"]
    }


def test_the_tiles_lie_as_the_places_do():
    """By the map pins of the fixtures: who lies to the east or north is never drawn beyond."""
    regions = json.loads((ROOT / "fixtures" / "regions.json").read_text(encoding="utf-8"))
    pins = {
        row["fields"]["code"]: (float(row["fields"]["longitude"]), float(row["fields"]["latitude"]))
        for row in regions
        if row["fields"]["code"] in SQUARES and row["fields"]["longitude"]
    }
    for (one, a), (two, b) in permutations(pins.items(), 2):
        if a[0] - b[0] > APART:
            assert SQUARES[one].column >= SQUARES[two].column, (one, two)
        if a[1] - b[1] > APART:
            assert SQUARES[one].row <= SQUARES[two].row, (one, two)


def test_each_tile_says_place_value_and_class_and_links_to_its_rows():
    picture = charts.tile_map(tiles(*range(27)), "合作事项", ("条目数", "占比"))
    assert [count for _, count in links(picture)] == [str(n) for n in range(27)]
    assert words(picture)[:6] == ["都江堰", "0", "无", "彭州", "1", "少"]
    assert words(picture)[-4:] == ["安岳", "26", "多", "北"]
    assert [key.label for key in picture.legend] == [
        *("无（0）", "少（1—7）", "较少（8—13）", "较多（14—20）", "多（21—26）")
    ]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((0, 0), ["无（0）"]),
        ((0, 3, 3), ["无（0）", "有（1—3）"]),
        ((0, 1, 9), ["无（0）", "少（1）", "多（2—9）"]),
        ((1, 1, 1, 1, 1, 9), ["无（0）", "少（1）", "多（2—9）"]),
        ((1, 2, 3), ["无（0）", "少（1）", "中（2）", "多（3）"]),
    ],
)
def test_few_different_values_make_fewer_classes(values: tuple[int, ...], labels: list[str]):
    picture = charts.tile_map(tiles(*values), "合作事项", ("条目数", "占比"))
    assert [key.label for key in picture.legend] == labels


@pytest.mark.parametrize(
    ("percent", "word"), [(0, "低"), (19.9, "低"), (20, "较低"), (59.9, "中"), (100, "高")]
)
def test_shares_fall_into_fifths(percent: float, word: str):
    picture = charts.tile_map(tiles(percent), "占比", ("已启动", "占比"), is_share=True)
    assert picture.table.rows[0].cells[-1] == word


def test_a_place_without_a_value_says_so_and_has_no_link():
    picture = charts.tile_map(tiles(3, None), "合作事项", ("条目数", "占比"))
    assert len(links(picture)) == 1
    assert [row.cells[-1] for row in picture.table.rows] == ["有", "无数据"]

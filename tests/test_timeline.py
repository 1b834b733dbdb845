"""The time of entries as a picture: nothing is drawn over days of which nothing is known."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from projects import charts
from projects.charts import Mark, Picture, Plan
from projects.charts.plans import LATE, PLANNED, REACHED
from projects.charts.timescale import Scale, scale_of
from projects.choices import Light, Role
from projects.models import Act
from projects.periods import PartialDate, start_of, today

from . import factories

DAY = dt.date(2026, 7, 31)
HOSTILE = '"><script>alert(1)</script>&'


def date(words: str) -> PartialDate | None:
    return PartialDate.parse(words) if words else None


def plan(begins: str = "", due: str = "", started: str = "", finished: str = "") -> Plan:
    return Plan(
        name="SX-0001 两地公交一卡通",
        href="/items/SX-0001/",
        begins=date(begins),
        due=date(due),
        started=date(started),
        finished=date(finished),
        percent=40,
        is_running=not finished,
        light=Light.YELLOW,
    )


def mark(name: str, planned: str = "", reached: str = "") -> Mark:
    return Mark(name, date(planned), date(reached))


def drawn(shown: Plan) -> Picture:
    return charts.entry_timeline(shown, DAY, "进度时间线", "#milestones", "#section-3")


def of_class(picture: Picture, *names: str) -> list[Any]:
    found = ElementTree.fromstring(picture.svg).iter()
    return [node for node in found if set(names) <= set(node.get("class", "").split())]


def scale(shown: Plan) -> Scale:
    return scale_of(shown.dates, DAY, 190, 700)


def edges(bar: Any) -> tuple[float, float]:
    left = float(bar.attrib["x"])
    return left, left + float(bar.attrib["width"])


# -- bars ----------------------------------------------------------------------------------------


def test_a_bar_covers_its_days_the_last_included():
    shown = plan("2026-01-01", "2026-06-30")
    axis = scale(shown)
    [bar] = of_class(drawn(shown), "bar", "plan")
    expected = axis.x(dt.date(2026, 1, 1)), axis.x(dt.date(2026, 7, 1))
    assert edges(bar) == pytest.approx(expected, abs=0.1)


def test_a_month_is_a_stretch_with_open_edges_and_the_bar_begins_after_it():
    shown = plan("2026-01", "2026-06-30")
    picture, axis = drawn(shown), scale(shown)
    [bar] = of_class(picture, "bar", "plan")
    assert edges(bar)[0] == pytest.approx(axis.x(dt.date(2026, 2, 1)), abs=0.1)
    [stretch] = of_class(picture, "vague", "plan")
    first, last = axis.x(dt.date(2026, 1, 1)), axis.x(dt.date(2026, 2, 1))
    assert stretch.attrib["d"].startswith(f"M{first:.1f}".removesuffix(".0"))
    assert stretch.attrib["d"].endswith(f"H{last:.1f}".removesuffix(".0"))
    assert "不推定为某一天" in picture.notes[0]


@pytest.mark.parametrize(("begins", "due"), [("2026", "2026"), ("2026-03", "2026-03")])
def test_two_ends_in_the_same_month_or_year_make_no_solid_bar(begins: str, due: str):
    picture = drawn(plan(begins, due))
    assert of_class(picture, "bar", "plan") == []
    assert len(of_class(picture, "vague", "plan")) == 2


def test_what_is_under_way_goes_on_to_the_day_and_ends_in_a_point():
    shown = plan(started="2026-03-01")
    [bar] = of_class(drawn(shown), "bar", "actual")
    assert f"L{scale(shown).x(DAY):.1f}".removesuffix(".0") in bar.attrib["d"]


@pytest.mark.parametrize("known", [{"is_running": False}, {"awaits_update": True}])
def test_no_bar_goes_on_where_nobody_knows_that_it_does(known: dict[str, bool]):
    [stub] = of_class(drawn(replace(plan(started="2026-03-01"), **known)), "bar", "actual")
    assert float(stub.attrib["width"]) < 5


def test_a_date_without_its_other_end_is_a_mark_and_said_in_words():
    picture = drawn(plan(due="2026-09-30"))
    [stub] = of_class(picture, "bar", "plan")
    assert float(stub.attrib["width"]) < 5
    assert "未填至2026-09-30" in picture.svg
    assert "未填实际开始时间" in picture.svg


def test_an_entry_without_any_date_is_no_picture():
    assert str(drawn(plan()).svg) == ""


@pytest.mark.parametrize("first", ["2026-07-30", "2026-01-01", "2021-01-01", "1999-01-01", "1951"])
def test_the_axis_covers_all_dates_and_the_day_in_few_lines(first: str):
    shown = plan(first, "2026-08-31")
    axis = scale(shown)
    assert axis.first <= shown.dates[0].first
    assert axis.last > dt.date(2026, 8, 31)
    lines = len(re.findall('class="grid-line"', axis.grid(100)))
    assert 1 <= lines <= 8


# -- milestones ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planned", "reached", "state"),
    [
        ("2026-07-30", "", LATE),
        ("2026-07-31", "", PLANNED),
        ("2026-07", "", PLANNED),
        ("2026-06", "", LATE),
        ("2026-06", "2026-07-01", REACHED),
        ("", "2025", REACHED),
        ("", "", PLANNED),
    ],
)
def test_a_milestone_is_late_only_when_its_last_possible_day_is_over(
    planned: str, reached: str, state: str
):
    assert mark("批复", planned, reached).state(DAY) == state


def test_planned_reached_and_late_differ_in_shape():
    marks = (mark("甲", "2026-09-01"), mark("乙", "", "2026-05-01"), mark("丙", "2026-05-01"))
    picture = drawn(replace(plan(), marks=marks))
    shapes = {
        state: [node.attrib["d"] for node in of_class(picture, "milestone", state)]
        for state in (PLANNED, REACHED, LATE)
    }
    assert [len(found) for found in shapes.values()] == [1, 1, 1]
    assert shapes[LATE] != shapes[PLANNED]
    for words in ("2026-09-01计划", "2026-05-01达成", "2026-05-01逾期未达成"):
        assert words in picture.svg


def test_bars_lead_to_the_dates_and_milestones_to_theirs():
    picture = drawn(replace(plan("2026-01-01", "2026-06-30"), marks=(mark("甲", "2026-09-01"),)))
    links = [a.attrib["href"] for a in ElementTree.fromstring(picture.svg).iter("a")]
    assert links == ["#section-3", "#section-3", "#milestones"]


def test_hostile_names_stay_words():
    shown = replace(plan("2026"), name=HOSTILE, href=f"/?{HOSTILE}", marks=(mark(HOSTILE, "2026"),))
    for picture in (drawn(shown), charts.list_timeline([shown], DAY, HOSTILE)):
        tags = {node.tag for node in ElementTree.fromstring(picture.svg).iter()}
        assert "script" not in tags


# -- of a list -----------------------------------------------------------------------------------


def test_each_entry_is_one_link_that_says_it_all():
    plans = [replace(plan("2026-01-01", "2026-06-30"), name=name) for name in ("乙", "甲")]
    plans.append(replace(plan(), name="丙", percent=None))
    picture = charts.list_timeline(plans, DAY, "时间线")
    told = [a.attrib["aria-label"] for a in ElementTree.fromstring(picture.svg).iter("a")]
    assert told[0] == "乙：黄灯；计划2026-01-01至2026-06-30；实际未填实际开始时间，完成40%"
    assert [words[0] for words in told] == ["乙", "甲", "丙"]
    assert [row.label for row in picture.table.rows] == ["乙", "甲", "丙"]
    assert "未填计划和实际时间" in picture.svg


def test_the_day_of_the_book_is_drawn_once():
    assert len(of_class(charts.list_timeline([plan("2026")], DAY, "时间线"), "now")) == 1


# -- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def leader(client: Client, db: None) -> Client:
    client.force_login(factories.user("leader-in-test", Role.LEADER))
    return client


def page(client: Client, address: str) -> str:
    response: Any = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def codes(html: str, pattern: str) -> list[str]:
    return list(dict.fromkeys(re.findall(pattern, html.split("<main")[1])))


LISTED = r">((?:XY|SX|CY|JC)-[0-9]{4})</a>"
DRAWN = r'aria-label="((?:XY|SX|CY|JC)-[0-9]{4}) '


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sort=-due",
        "?sort=name&page_size=2",
        "?page_size=2&page=2",
        "?light=red&light=grey",
        "?district=512002",
        "?q=公交",
        f"?as_of={today()}",
    ],
)
@pytest.mark.parametrize("ledger", ["entries", "items"])
def test_the_timeline_has_the_rows_order_and_pages_of_the_list(
    leader: Client, ledger: str, query: str
):
    factories.small_ledgers()
    listed, shown = page(leader, f"/{ledger}/{query}"), page(leader, f"/{ledger}/timeline/{query}")
    assert codes(shown, DRAWN) == codes(listed, LISTED)
    totals = [re.findall(r'data-total="([0-9]+)"', html) for html in (listed, shown)]
    assert len(totals[0]) == 1
    assert totals[0] == totals[1]


def test_the_list_leads_to_its_timeline_and_back(leader: Client):
    factories.item()
    query = "?sort=-due&page_size=20"
    written = query.replace("&", "&amp;")
    assert f'href="/items/timeline/{written}"' in page(leader, f"/items/{query}")
    assert f'href="/items/{written}"' in page(leader, f"/items/timeline/{query}")


@pytest.mark.parametrize("query", ["due_before=31.02.2026", "colour=red", "page=9"])
def test_a_wrong_parameter_shows_nothing_and_says_why(leader: Client, query: str):
    factories.item(due_on=DAY)
    html = page(leader, f"/items/timeline/?{query}")
    assert 'data-total="0"' in html
    assert "筛选条件有误" in html
    assert '<svg class="chart' not in html


def test_an_entry_shows_its_time_and_without_dates_no_picture(leader: Client):
    factories.item(
        due_on=DAY,
        milestones=[{"name": "方案印发", "planned_on": DAY, "planned_precision": "day"}],
    )
    factories.item()
    assert 'aria-label="方案印发：计划2026-07-31' in page(leader, "/items/SX-0001/")
    assert "进度时间线" not in page(leader, "/items/SX-0002/")


def test_a_past_day_shows_what_was_known_then(client: Client, db: None):
    planned = {"planned_on": today() - dt.timedelta(days=90), "planned_precision": "day"}
    item = factories.item(
        act=Act(at=start_of(today() - dt.timedelta(days=20))),
        milestones=[{"name": "方案印发", **planned}],
    )
    milestone = item.milestones.get()
    milestone.reached_on, milestone.reached_precision = today(), "day"
    milestone.save()
    client.force_login(factories.user("leader-in-test", Role.LEADER))
    then = f"?as_of={today() - dt.timedelta(days=10)}"
    assert "方案印发：计划" in page(client, f"/items/SX-0001/{then}")
    assert 'class="between"' not in page(client, f"/items/SX-0001/{then}")
    assert 'class="between"' in page(client, "/items/SX-0001/")
    assert "逾期未达成）" in page(client, f"/items/timeline/{then}")
    assert "逾期未达成）" not in page(client, "/items/timeline/")

"""The two cities as tiles: each number leads to exactly its rows, by whatever measure."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from projects.charts.tiles import SQUARES
from projects.choices import Role
from projects.periods import today
from projects.placemeasures import MEASURES

from . import factories
from .factories import region

pytestmark = pytest.mark.django_db

TILE = re.compile(r'<a href="([^"]+)" data-count="([0-9]+)" aria-label="([^"]+)"')
TALLY = re.compile(r'<a[^>]*href="([^"]+)"[^>]*data-count="([0-9]+)"')


@pytest.fixture
def leader(client: Client) -> Client:
    client.force_login(factories.user("leader-in-test", Role.LEADER))
    return client


@pytest.fixture
def entries() -> None:
    overdue, soon = today() - dt.timedelta(days=9), today() + dt.timedelta(days=2)
    factories.agreement(regions=[region("512000"), region("510100")])
    factories.item(regions=[region("512002"), region("512021")], status="launched", due_on=overdue)
    factories.item(regions=[region("512002")], due_on=soon)
    factories.item(regions=[region("512021")], status="terminated", due_on=overdue)
    factories.industrial(regions=[region("ziyang-airport")], status="building", due_on=overdue)
    factories.infrastructure(regions=[region("chengdu-east"), region("512002")])


def map_of(client: Client, query: str = "") -> str:
    html = client.get(f"/cities/{query}").content.decode()
    return html.split('<svg class="chart chart-tiles"')[1].split("</figure>")[0]


def tiles(client: Client, query: str = "") -> dict[str, int]:
    """Counts by the name of the place, noughts left out."""
    found = TILE.findall(map_of(client, query).split("</svg>")[0])
    return {name.split("：")[0]: int(count) for _, count, name in found if int(count)}


def total(client: Client, href: str) -> int:
    html = client.get(href.replace("&amp;", "&")).content.decode()
    match = re.search(r'<main[^>]*data-total="([0-9]+)"', html)
    assert match, href
    return int(match[1])


@pytest.mark.usefixtures("entries")
def test_the_map_counts_items_unless_another_measure_is_asked_for(leader: Client):
    assert tiles(leader) == tiles(leader, "?measure=") == {"雁江区": 2, "安岳县": 2}
    assert tiles(leader, "?measure=infrastructure") == {"成都东部新区": 1, "雁江区": 1}


@pytest.mark.usefixtures("entries")
def test_lights_are_counted_by_entries_of_all_ledgers(leader: Client):
    assert tiles(leader, "?measure=red") == {"雁江区": 1, "安岳县": 1, "资阳临空经济区": 1}


@pytest.mark.usefixtures("entries")
def test_what_is_overdue_is_neither_done_nor_stopped(leader: Client):
    assert tiles(leader, "?measure=overdue") == {"雁江区": 1, "安岳县": 1, "资阳临空经济区": 1}
    factories.item(
        regions=[region("512002")],
        status="closed",
        due_on=today() - dt.timedelta(days=9),
        finished_on=today(),
    )
    factories.item(regions=[region("512022")], due_on=today())
    factories.infrastructure(regions=[region("512002")], due_on=today() - dt.timedelta(days=1))
    expected = {"雁江区": 2, "安岳县": 1, "资阳临空经济区": 1}
    assert tiles(leader, "?measure=overdue") == expected


@pytest.mark.usefixtures("entries")
def test_a_share_is_that_of_the_place_and_leads_to_its_part(leader: Client):
    html = map_of(leader, "?measure=launched-share")
    assert tiles(leader, "?measure=launched-share") == {"雁江区": 1, "安岳县": 1}
    assert "雁江区：50%（中）" in html
    assert "安岳县：50%（中）" in html
    assert "资阳临空经济区：无数据" in html


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.usefixtures("entries")
def test_each_number_of_the_map_and_its_table_leads_to_so_many_rows(leader: Client, measure: str):
    found = set(TALLY.findall(map_of(leader, f"?measure={measure}")))
    assert found
    assert {href: total(leader, href) for href, _ in found} == {
        href: int(count) for href, count in found
    }


@pytest.mark.usefixtures("entries")
def test_the_map_of_a_past_day_stays_in_that_day(leader: Client):
    html = map_of(leader, f"?as_of={today()}&measure=red")
    hrefs = [href for href, _ in TALLY.findall(html)]
    assert len(hrefs) > 2
    assert all(f"as_of={today()}" in href for href in hrefs)
    assert sorted(tiles(leader, f"?as_of={today()}")) == ["安岳县", "雁江区"]


def test_places_of_other_cities_are_not_on_the_map(leader: Client):
    factories.item(regions=[region("511400"), region("512021")])
    assert tiles(leader) == {"安岳县": 1}
    assert len(re.findall(r'class="tile level-', map_of(leader))) == len(SQUARES)


def test_the_bars_beside_the_map_are_of_the_same_places(leader: Client):
    factories.item(regions=[region("511400"), region("512021")])
    html = leader.get("/cities/").content.decode()
    bars = html.split("两市各地按台账分布")[1].split("</section>")[0]
    assert "安岳县" in bars
    assert "眉山市" not in bars
    assert "眉山市" in html.split("各地区条目数", 1)[1]


@pytest.mark.parametrize("query", ["measure=people", "measure=items&measure=red", "color=red"])
def test_any_other_measure_is_refused(leader: Client, query: str):
    response: Any = leader.get(f"/cities/?{query}")
    assert response.status_code == 400
    assert "chart-tiles" not in response.content.decode()


def test_the_form_offers_every_measure_and_marks_the_one_shown(leader: Client):
    html = leader.get("/cities/?measure=red").content.decode()
    options = re.findall(r'<option value="([^"]+)"( selected)?>', html)
    assert [slug for slug, _ in options] == list(MEASURES)
    assert [slug for slug, chosen in options if chosen] == ["red"]

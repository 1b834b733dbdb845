"""大屏轮播: what each screen says, in which order they turn, and that every number has its list."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from projects import rounds, seeding, wall
from projects.choices import Role
from projects.models import Book
from projects.periods import Month, today
from projects.wall import LATE_PAGES, LATE_ROWS, Place, Slide

from . import factories

pytestmark = pytest.mark.django_db

TALLY = re.compile(r'<a[^>]*href="([^"]+)"[^>]*data-count="([0-9]+)"')


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(factories.user("reader", Role.LEADER))
    return client


def html_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def told(html: str, name: str) -> str:
    match = re.search(rf'<main[^>]* data-{name}="([^"]*)"', html)
    assert match, name
    return unescape(match[1])


def late(days: int, **fields: Any) -> Any:
    return factories.item(due_on=today() - dt.timedelta(days=days), **fields)


def test_every_number_on_every_screen_is_the_count_of_the_list_it_links_to(reader: Client) -> None:
    seeding.seed()
    rounds.open_month(Month.of(today()), by=factories.bureau("opener"))
    factories.problem(due_on=today())
    seen: dict[str, int] = {}
    screens = len(wall.places(Book()))
    for number in range(1, screens + 1):
        html = html_of(reader, f"/wall/?slide={number}")
        seen |= {unescape(href): int(n) for href, n in TALLY.findall(html)}
    assert len(seen) > 100
    wrong = {}
    for href in sorted(seen)[:: max(1, len(seen) // 60)]:
        found = re.search(r'<main[^>]*data-total="([0-9]+)"', html_of(reader, href))
        if not found or int(found[1]) != seen[href]:
            wrong[href] = seen[href]
    assert wrong == {}


def test_the_first_screen_says_the_share_of_the_items(reader: Client) -> None:
    for status in ("launched", "launched", "not-started"):
        factories.item(status=status)
    html = html_of(reader, "/wall/")
    figures = re.findall(r'<p class="wall-figure">.*?</p>', html, re.S)
    assert [re.findall(r'data-count="([0-9]+)"', figure) for figure in figures] == [
        *(["0"], ["2", "3"], ["0"], ["0"]),
    ]
    assert "66.7%" in html


def test_the_screens_turn_through_all_slides_and_begin_anew(reader: Client) -> None:
    factories.item()
    titles, href = [], "?slide=1&every=30&theme=light"
    for _ in range(9):
        html = html_of(reader, f"/wall/{href}")
        titles.append(re.findall(r"<h1>([^<]+)", html)[0])
        assert told(html, "every") == "30"
        assert '<body class="wall-light">' in html
        href = told(html, "next")
    assert titles[:7] == [
        *("四本台账", "亮灯情况", "逾期未完成", "分领域", "分地区", "问题与督办", "月报填报"),
    ]
    assert titles[7:] == titles[:2]


def test_without_script_the_browser_turns_to_the_same_next_screen(reader: Client) -> None:
    html = html_of(reader, "/wall/?every=45&slides=ledgers&slides=lights")
    (content,) = re.findall(r'<noscript><meta http-equiv="refresh" content="([^"]+)">', html)
    assert unescape(content) == f"45; url={told(html, 'next')}"
    assert told(html, "next") == told(html, "prev")


def test_what_is_overdue_comes_longest_first_with_the_unit_that_acts_next(reader: Client) -> None:
    unit = factories.unit("乐至县交通局")
    late(3, name="近的", lead=None)
    late(40, name="远的", lead=unit)
    late(-1, name="未到期")
    late(9, name="已办结", status="closed")
    html = html_of(reader, "/wall/?slides=overdue")
    names = re.findall(r'class="wall-name"><a[^>]*>([^<]+)', html)
    assert names == ["远的", "近的"]
    assert re.findall(r"<strong>([0-9]+)</strong>天", html) == ["40", "3"]
    turns = [part.split("</p>")[0] for part in html.split("<span>下一步</span>")[1:]]
    assert turns == ["乐至县交通局", "同城化局（牵头单位未填）"]


def test_what_does_not_fit_on_a_screen_goes_to_the_next_and_the_rest_to_the_list(
    reader: Client,
) -> None:
    for number in range(LATE_ROWS + 1):
        late(number + 1)
    pages = [place for place in wall.places(Book()) if place.slide is Slide.OVERDUE]
    assert [(place.page, place.pages) for place in pages] == [(1, 2), (2, 2)]
    shown = [wall.screen(Book(), place).late for place in pages]
    assert [len(lines) for lines in shown] == [LATE_ROWS, 1]
    assert [line.days for lines in shown for line in lines] == list(range(LATE_ROWS + 1, 0, -1))
    for number in range(LATE_ROWS * LATE_PAGES):
        late(number + 1)
    pages = [place for place in wall.places(Book()) if place.slide is Slide.OVERDUE]
    assert len(pages) == LATE_PAGES
    screen = wall.screen(Book(), pages[0])
    assert [t.count for t in screen.counts] == [0, LATE_ROWS * LATE_PAGES + LATE_ROWS + 1, 0, 0]
    assert f"逾期最久的{LATE_ROWS * LATE_PAGES}条" in screen.note


def test_a_round_that_is_open_is_shown_before_later_frozen_ones(reader: Client) -> None:
    assert "还没有开启月报" in html_of(reader, "/wall/?slides=round")
    bureau = factories.bureau()
    last = rounds.open_month(Month.of(today()).before, by=bureau)
    rounds.close_month(last, by=bureau, version=last.version)
    place = Place(Slide.ROUND, 1, 1)
    assert wall.screen(Book(), place).title.startswith(last.period.label)
    opened = rounds.open_month(Month.of(today()), by=bureau)
    assert wall.screen(Book(), place).title.startswith(opened.period.label)


def test_the_slides_that_overlap_or_stand_together_say_so(reader: Client) -> None:
    factories.item(regions=[factories.region("512000")], sector=factories.sector("transport"))
    assert "不可相加" in html_of(reader, "/wall/?slides=cities")
    assert "互不相加" in html_of(reader, "/wall/?slides=ledgers")


def test_the_time_it_was_read_is_that_of_shanghai(reader: Client) -> None:
    html = html_of(reader, "/wall/")
    moment = dt.datetime.fromisoformat(told(html, "now"))
    assert moment.utcoffset() == dt.timedelta(hours=8)
    assert f"数据更新于 {moment:%H:%M}" in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("every=9", "“9”不可用"),
        ("every=121", "“121”不可用"),
        ("every=２０", "不可用"),
        ("slide=0", "“0”不可用"),
        ("slides=news", "news"),
        ("theme=pink", "pink"),
        ("page=1", "page"),
        ("as_of=2026-01-01", "as_of"),
        ("every=20&every=30", "只能填写一个值"),
    ],
)
def test_a_wrong_parameter_is_answered_400_with_the_reason(
    reader: Client, query: str, words: str
) -> None:
    response = reader.get(f"/wall/?{query}")
    assert response.status_code == 400
    assert words in response.content.decode()


def test_a_screen_beyond_the_last_begins_anew(reader: Client) -> None:
    html = html_of(reader, "/wall/?slide=4&slides=ledgers&slides=lights&slides=cities")
    assert "<h1>四本台账" in html

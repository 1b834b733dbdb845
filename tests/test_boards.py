"""The boards: what has changed since when, whose turn it is, money against time, the months."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from projects import boards, rounds
from projects.boards import Scope
from projects.choices import Action, Light, MoneyKind, Reason, Role
from projects.filters import EntryFilter
from projects.models import Act, Book, LedgerEntry, LightRule, Look, MoneyFigure, Report, Round
from projects.moneytime import money_against_time
from projects.periods import AsOf, Month, start_of, today
from projects.trends import Kept, frozen_months, light_courses

from . import factories

pytestmark = pytest.mark.django_db

TALLY = re.compile(r'<a [^>]*?href="([^"]+)"[^>]*?data-count="([0-9]+)"')
TOTAL = re.compile(r'data-total="([0-9]+)"')


def days_ago(days: int) -> dt.datetime:
    return start_of(today() - dt.timedelta(days=days)) + dt.timedelta(hours=9)


def since(days: int) -> str:
    return str(today() - dt.timedelta(days=days))


def codes(query: str) -> list[str]:
    asked = EntryFilter(QueryDict(query))
    assert asked.problems == []
    return list(asked.rows.values_list("code", flat=True))


def told(query: str) -> list[str]:
    return [str(problem.message) for problem in EntryFilter(QueryDict(query)).problems]


@pytest.fixture
def story() -> dict[str, Any]:
    """Five items over fifty days: old and still, renamed, moved, new, and one that fell due."""
    first = Act(at=days_ago(60))
    factories.sector(act=first)
    lead = factories.unit(act=first)
    person = factories.user("who-writes", Role.BUREAU, act=first)

    def item(code: str, at: int, **fields: Any) -> LedgerEntry:
        return factories.item(code=code, act=Act(by=person, at=days_ago(at)), **fields)

    ready = {
        "lead": lead,
        "due_on": today() + dt.timedelta(days=200),
        "planned_start_on": today() - dt.timedelta(days=60),
    }
    found = {
        "still": item("SX-0001", 50, name="没有动过的事项"),
        "renamed": item("SX-0002", 50, name="改过名的事项"),
        "moved": item("SX-0003", 50, name="动过状态的事项", **ready),
        "due": item("SX-0004", 50, name="到期的事项", due_on=today() - dt.timedelta(days=5)),
        "new": item("SX-0005", 10, name="新列入的事项"),
    }
    found["renamed"].name = "改了名的事项"
    found["renamed"].save(act=Act(by=person, at=days_ago(8)))
    found["moved"].move_to(
        "launched",
        by=person,
        version=found["moved"].version,
        on=today() - dt.timedelta(days=7),
        at=days_ago(7),
    )
    return found


def test_what_entered_changed_and_moved_is_told_apart(story):
    assert codes(f"entered_since={since(20)}") == ["SX-0005"]
    assert codes(f"changed_since={since(20)}") == ["SX-0002", "SX-0003"]
    assert codes(f"moved_since={since(20)}") == ["SX-0003"]
    assert codes(f"entered_since={since(9)}") == []
    assert codes(f"changed_since={since(7)}") == ["SX-0003"]
    assert codes(f"changed_since={since(6)}") == []


def test_an_entry_without_change_turns_red_by_its_day(story):
    assert codes(f"reddened_since={since(20)}") == ["SX-0004"]
    # On the day after its due day it was red already.
    assert codes(f"reddened_since={since(4)}") == ["SX-0004"]
    assert codes(f"reddened_since={since(3)}") == []


def test_a_moment_within_a_day_divides_what_came_before_and_after(story):
    day = since(7)
    assert codes(f"moved_since={day}T09:00:00") == ["SX-0003"]
    assert codes(f"moved_since={day}T09:00:01") == []


def test_what_was_taken_off_and_on_again_has_entered(story):
    person = factories.user("who-lists", Role.BUREAU, act=Act(at=days_ago(6)))
    entry = LedgerEntry.objects.get(code="SX-0002").specific
    entry.delist(Act(by=person, at=days_ago(5), reason=Reason.REPLACED, note="临时调出"))
    entry.relist(Act(by=person, at=days_ago(3), reason=Reason.REPLACED, note="恢复"))
    assert codes(f"entered_since={since(4)}") == ["SX-0002"]
    assert codes(f"entered_since={since(20)}") == ["SX-0005"]


def test_a_past_day_tells_what_had_moved_by_then(story):
    assert codes(f"moved_since={since(20)}&as_of={since(7)}") == ["SX-0003"]
    assert codes(f"moved_since={since(20)}&as_of={since(8)}") == []
    assert codes(f"entered_since={since(20)}&as_of={since(11)}") == []
    assert codes(f"reddened_since={since(20)}&as_of={since(4)}") == ["SX-0004"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("moved_since=2026-13-01", "不是日期"),
        ("moved_since=2026-07-31T25:00:00", "不是日期"),
        ("moved_since=２０２６-07-31", "不是日期"),
        ("entered_since=2190-01-01", "还没有到"),
        ("reddened_since=2026-03-02&as_of=2026-03-01", "须早于所查看的日期"),
        ("year_money=planned&as_of=2026-03-01", "只能在现时台账中查询"),
        ("year_money=all", "没有“all”这一项"),
        ("leader=查无此人", "没有“查无此人”这一项"),
    ],
)
def test_what_cannot_be_answered_is_said_and_lists_nothing(query, words):
    assert any(words in message for message in told(query)), told(query)


def test_leaders_are_those_that_entries_name():
    factories.item(code="SX-0001", contact_leader="张某")
    factories.item(code="SX-0002", contact_leader="李某")
    factories.item(code="SX-0003")
    assert codes("leader=张某") == ["SX-0001"]
    assert codes("leader=张某&leader=李某") == ["SX-0001", "SX-0002"]


# --- when one last looked ------------------------------------------------------------------


def test_a_visit_lasts_until_its_reader_has_been_away_for_an_hour():
    begin = days_ago(3)

    def look(minutes: int) -> dt.datetime | None:
        return Look.taken(7, begin + dt.timedelta(minutes=minutes))

    assert look(0) is None
    assert look(2) is None
    assert look(30) is None
    assert look(95) == begin + dt.timedelta(minutes=30)
    assert look(140) == begin + dt.timedelta(minutes=30)
    assert look(300) == begin + dt.timedelta(minutes=140)
    assert Look.taken(8, begin) is None


def test_the_overview_tells_what_is_new_since_the_last_visit(client: Client, story):
    reader = factories.user("a-leader", Role.LEADER)
    client.force_login(reader)
    assert "这是您首次查看" in client.get("/").content.decode()
    Look.objects.filter(user_id=reader.pk).update(latest=days_ago(9))
    html = client.get("/").content.decode()
    numbers = {unescape(href): int(n) for href, n in TALLY.findall(html)}
    asked = timezone.localtime(days_ago(9)).strftime("%Y-%m-%dT%H:%M:%S").replace(":", "%3A")
    assert numbers[f"/entries/?entered_since={asked}"] == 0
    assert numbers[f"/entries/?changed_since={asked}"] == 2
    assert numbers[f"/entries/?reddened_since={asked}"] == 1


def test_looking_at_a_past_day_is_no_visit(client: Client, story):
    reader = factories.user("a-leader", Role.LEADER)
    client.force_login(reader)
    client.get(f"/?as_of={since(3)}")
    assert not Look.objects.exists()


# --- against an earlier day ----------------------------------------------------------------


def everything() -> Scope:
    return Scope("总览", "", Book.rows)


def test_headlines_are_held_against_the_day_that_is_asked_for(story):
    shown = boards.board(everything(), Book(), AsOf(today() - dt.timedelta(days=20)))
    items = shown.headlines[1]
    assert (items.total.difference, items.total.mark) == (1, "▲1")
    assert (items.launched.difference, items.red.difference) == (1, 1)
    assert shown.headlines[0].total.mark == "持平"
    assert items.total.href.startswith(f"/compare/?from={since(20)}&to={today()}&ledger=items")


def test_without_a_frozen_month_and_a_day_nothing_is_compared(story):
    shown = boards.board(everything(), Book())
    assert shown.against is None
    assert [headline.total for headline in shown.headlines] == [None] * 4


def test_a_board_is_not_held_against_a_later_day(client: Client, story):
    client.force_login(factories.user("a-leader", Role.LEADER))
    answer = client.get(f"/?as_of={since(20)}&against={since(10)}")
    assert answer.status_code == 400
    assert "须早于所查看的日期" in answer.content.decode()
    assert client.get(f"/?against={today()}").status_code == 400


# --- months --------------------------------------------------------------------------------


def frozen_story() -> list[Round]:
    """Entries that were red in the first month and not in the second, by every division."""
    last = Month.of(today()).before
    first = last.before
    begin = Act(at=start_of(first.first))
    LightRule(silent="").save(act=begin)
    person = factories.user("who-writes", Role.BUREAU, act=begin)
    factories.sector(act=begin)
    lead = factories.unit("牵头单位", act=begin)
    partner = factories.unit("配合单位", act=begin)
    entry = factories.item(
        code="SX-0001",
        lead=lead,
        partners=[partner],
        regions=[factories.region("512021", act=begin)],
        contact_leader="张某",
        task_force="某专项组",
        due_on=first.first,
        act=Act(by=person, at=start_of(first.first)),
    )
    found = [_freeze(first, person)]
    entry.due_on = last.last + dt.timedelta(days=400)
    entry.save(
        act=Act(
            by=person,
            at=start_of(last.first) + dt.timedelta(days=1),
            reason=Reason.POLICY,
            note="调整",
        )
    )
    found.append(_freeze(last, person))
    return found


def _freeze(month: Month, person: Any) -> Round:
    at = start_of(month.following.first) + dt.timedelta(hours=9)
    opened = rounds.open_month(month, by=person, at=at)
    rounds.close_month(opened, by=person, version=opened.version, at=at)
    return Round.objects.get(pk=opened.pk)


def test_the_course_of_the_lights_is_that_of_the_frozen_months():
    frozen_story()
    book = Book()
    lead = str(LedgerEntry.objects.get().lead_id)
    partner = LedgerEntry.objects.get().partner_keys.strip("|")
    for kept, scope in [
        (Kept(), {}),
        (Kept("sectors", "transport"), {"sector": "transport"}),
        (Kept("places", "512021"), {"district": "512021"}),
        (Kept("places", "512000"), {"city": "512000"}),
        (Kept("units", lead), {"unit": lead}),
        (Kept("units", partner), {"unit": partner}),
        (Kept("task_forces", "某专项组"), {"task_force": "某专项组"}),
        (Kept("leaders", "张某"), {"leader": "张某"}),
    ]:
        red, _ = light_courses(
            book, frozen_months(book), kept, scope, __import__("collections").Counter()
        )
        counts = [point and point.count for point in red.points]
        assert counts == [None] * 9 + [1, 0, 0], kept
        for point in red.points[-3:-1]:
            query = point.href.partition("?")[2]
            assert len(codes(query)) == point.count, point


SPARK = re.compile(r'<a class="spark-link" href="([^"]+)" aria-label="([^"]+)"')


@pytest.mark.parametrize(
    ("page", "names"),
    [("/sectors/", {"交通"}), ("/cities/", {"资阳市", "安岳县"}), ("/leaders/", set())],
)
def test_a_line_of_sectors_and_places_tells_how_their_red_entries_went(
    client: Client, page: str, names: set[str]
):
    first, _ = frozen_story()
    client.force_login(factories.user("reader", Role.LEADER))
    found = SPARK.findall(unescape(client.get(page).content.decode()))
    now = Month.of(today())
    assert {told for _, told in found} == {
        f"{name}红灯条目：{first.period.label}为1，{now.label}为0" for name in names
    }
    for href, _ in found:
        assert "light=red" in href
        assert TOTAL.findall(client.get(href).content.decode()) == ["0"], href
    then = SPARK.findall(unescape(client.get(f"{page}?as_of={first.period}").content.decode()))
    assert {(TOTAL.findall(client.get(href).content.decode())[0]) for href, _ in then} == (
        {"1"} if names else set()
    )


def test_a_month_that_kept_nothing_of_a_unit_is_a_gap():
    first, _ = frozen_story()
    figures = {name: first.figures[name] for name in ("entries", "sectors", "places")}
    kept = Kept("units", "1")
    assert kept.lights(rounds.Figures.read(figures)) is None
    assert kept.lights(rounds.Figures.read(first.figures)) is not None


def test_a_month_frozen_before_units_were_kept_still_agrees_with_the_ledger():
    first, _ = frozen_story()
    first.figures = {name: first.figures[name] for name in ("entries", "sectors", "places")}
    assert rounds.frozen_problem(first) == ""
    first.figures["sectors"] = []
    assert "分类数字" in rounds.frozen_problem(first)


# --- money ---------------------------------------------------------------------------------


def test_money_is_held_against_time_where_a_plan_and_a_report_are():
    person = factories.bureau("who-writes")
    year = today().year
    round_ = Round(
        month=dt.date(year, 1, 1),
        due_on=dt.date(year, 2, 7),
        opened_at=timezone.now(),
        opened_by="某人",
    )
    round_.save(act=Act(by=person, action=Action.OPEN))
    amounts = {"CY-0001": (1000, 120), "CY-0002": (3000, None), "CY-0003": (None, 50)}
    for code, (plan, done) in amounts.items():
        entry = factories.industrial(code=code)
        if plan:
            for amount in (1, plan):  # the later one counts
                MoneyFigure(
                    entry=entry,
                    kind=MoneyKind.YEAR_PLAN,
                    basis="estimate",
                    amount=amount,
                    dated_on=dt.date(year, 1, 1),
                    dated_precision="year",
                ).save()
        if done:
            Report(
                round=round_,
                entry=entry,
                unit=factories.unit(),
                state="accepted",
                invested_month=done,
                laid_out_on=today(),
            ).save(act=Act(by=person))
    money = money_against_time(Book().rows(), {}, Book())
    (line,) = money.lines
    assert (line.planned.count, line.told.count) == (2, 1)
    assert (line.progress.plan, line.progress.done) == (1000, 120)
    assert str(line.progress.rate) == "12.0"
    assert codes("year_money=planned") == ["CY-0001", "CY-0002"]
    assert codes("year_money=told") == ["CY-0001"]


# --- pages ---------------------------------------------------------------------------------


def test_boards_of_leaders_and_task_forces_show_their_own(client: Client):
    client.force_login(factories.user("a-leader", Role.LEADER))
    factories.item(code="SX-0001", contact_leader="张某", task_force="交通／水利专项组")
    factories.item(code="SX-0002")
    for path in ("/leaders/张某/", "/task-forces/交通／水利专项组/"):
        html = client.get(path).content.decode()
        own = re.compile(r"/items/[?](leader|task_force)=[^&]+")
        items = [n for href, n in TALLY.findall(html) if own.fullmatch(href)]
        assert set(items) == {"1"}, path
    assert client.get("/leaders/李某/").status_code == 404
    assert client.get("/task-forces/没有/").status_code == 404
    assert "张某" in client.get("/leaders/").content.decode()


def test_whose_turn_it_is():
    lead = factories.unit("牵头单位")
    entry = factories.item(code="SX-0001", lead=lead)
    assert entry.acts_next == "牵头单位"
    entry.lead = None
    assert entry.acts_next == "同城化局（牵头单位未填）"
    entry.requested_status = "closed"
    assert entry.acts_next == "同城化局（待确认“已办结（销号）”）"


def test_lights_on_a_board_are_those_of_the_lists(client: Client, story):
    client.force_login(factories.user("a-leader", Role.LEADER))
    html = client.get("/").content.decode()
    found = TALLY.findall(html)
    assert len(found) > 60
    for href, count in found:
        page = client.get(unescape(href)).content.decode()
        assert TOTAL.findall(page) == [count], href
    assert Light.RED in html

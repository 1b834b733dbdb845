"""三未, 开工率 and 履约率, agreements that run out: words, filter, page, today and on past days."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from projects import rates, rounds
from projects.choices import (
    BINDING_SET,
    COMMENCED_SET,
    STATUSES,
    UNFINISHED_SETS,
    Ledger,
    Reason,
    Role,
    Unfinished,
)
from projects.fieldlists import PROJECTS, Line, endings, project_lists
from projects.filters import EntryFilter
from projects.models import Act, Book, LedgerEntry
from projects.periods import AsOf, Month, start_of, today
from projects.rates import COMMENCEMENT, FULFILMENT
from tests import factories

pytestmark = pytest.mark.django_db

FIRST = today() - dt.timedelta(days=60)
TALLY = re.compile(r'href="([^"]+)" data-count="([0-9]+)"')
#: On which of the three lists, and whether it has been 开工, by ledger and status.
WHERE: dict[Ledger, dict[str, tuple[str, bool]]] = {
    Ledger.INDUSTRIAL: {
        "negotiating": ("", False),
        "contracted": ("立项未开工", False),
        "preparatory": ("立项未开工", False),
        "commenced": ("开工未建设", True),
        "building": ("建设未竣工", True),
        "completed": ("", True),
        "operating": ("", True),
        "full-capacity": ("", True),
        "stalled": ("", False),
        "terminated": ("", False),
    },
    Ledger.INFRASTRUCTURE: {
        "reserve": ("", False),
        "early-works": ("立项未开工", False),
        "proposal": ("立项未开工", False),
        "feasibility": ("立项未开工", False),
        "design": ("立项未开工", False),
        "permit": ("立项未开工", False),
        "commenced": ("开工未建设", True),
        "construction": ("建设未竣工", True),
        "finished": ("", True),
        "in-use": ("", True),
        "stalled": ("", False),
        "terminated": ("", False),
    },
}
STANDINGS = [
    (ledger, slug, *where) for ledger, table in WHERE.items() for slug, where in table.items()
]


def at(days: int) -> dt.datetime:
    return start_of(FIRST + dt.timedelta(days=days)) + dt.timedelta(hours=12)


def day(days: int) -> dt.date:
    return FIRST + dt.timedelta(days=days)


def found(query: str, ledger: Ledger | None = None) -> list[str]:
    chosen = EntryFilter(QueryDict(query), ledger=ledger)
    assert chosen.problems == []
    return [entry.code for entry in chosen.rows]


# --- the words ------------------------------------------------------------------------------------


def test_the_table_of_this_test_knows_every_status_of_the_projects():
    assert {ledger: list(table) for ledger, table in WHERE.items()} == {
        ledger: [status.slug for status in STATUSES[ledger]] for ledger in PROJECTS
    }


@pytest.mark.parametrize(("ledger", "slug", "label", "commenced"), STANDINGS)
def test_a_status_stands_on_its_list_and_on_no_other(ledger, slug, label, commenced):
    made = factories.at_status(ledger, slug)
    lists = [u.label for u in Unfinished if found(f"unfinished={u.value}") == [made.code]]
    assert lists == ([label] if label else [])
    assert found("begun=yes") == ([made.code] if commenced else [])


def test_no_status_of_the_other_ledgers_is_on_any_of_the_lists():
    others = {s.slug for ledger in Ledger if ledger not in PROJECTS for s in STATUSES[ledger]}
    assert others & COMMENCED_SET.union(*UNFINISHED_SETS.values()) == set()


def test_a_halted_project_stands_where_it_was_halted():
    bureau = factories.bureau()
    building, early = (
        factories.at_status(Ledger.INDUSTRIAL, slug) for slug in ("building", "preparatory")
    )
    for entry in (building, early):
        entry.move_to("stalled", by=bureau, reason=Reason.FUNDING, note="停工")
    assert found("unfinished=not-completed") == found("begun=yes") == [building.code]
    assert found("unfinished=not-commenced") == [early.code]
    assert found("unfinished=not-commenced&status=stalled") == [early.code]


def test_a_terminated_project_stands_on_none_though_it_remembers_where_it_stopped():
    first, second = factories.bureau("first"), factories.bureau("second")
    entry = factories.at_status(Ledger.INDUSTRIAL, "building")
    for by in (first, second):
        entry.refresh_from_db()
        entry.move_to("terminated", by=by, reason=Reason.FUNDING, note="终止")
    entry.refresh_from_db()
    assert (entry.status, entry.halted_from) == ("terminated", "building")
    assert found("begun=yes") == found("unfinished=not-completed") == []


def test_several_of_the_lists_together_are_their_union():
    factories.small_ledgers()
    assert found("unfinished=not-completed&unfinished=not-building") == ["CY-0001", "JC-0001"]
    assert found("unfinished=not-completed&sector=transport") == ["JC-0001"]
    assert found("unfinished=not-completed", Ledger.ITEMS) == []


def test_what_the_lists_said_on_past_days_they_say_again():
    bureau = factories.bureau()
    entry = factories.at_status(Ledger.INDUSTRIAL, "preparatory", due_on=today(), act=Act(at=at(0)))
    for days, slug in ((10, "commenced"), (20, "building"), (30, "stalled")):
        reason = {"reason": Reason.FUNDING, "note": "停工"} if slug == "stalled" else {}
        entry.move_to(slug, by=bureau, on=at(days).date(), at=at(days), **reason)
    told = {
        days: [u.value for u in Unfinished if found(f"unfinished={u.value}&as_of={day(days)}")]
        for days in (-1, 5, 15, 25, 35)
    }
    assert told == {
        -1: [],
        5: ["not-commenced"],
        15: ["not-building"],
        25: ["not-completed"],
        35: ["not-completed"],
    }
    assert [bool(found(f"begun=yes&as_of={day(days)}")) for days in (5, 15, 35)] == [
        *(False, True, True)
    ]


# --- agreements that run out ----------------------------------------------------------------------


@pytest.mark.parametrize("slug", [status.slug for status in STATUSES[Ledger.AGREEMENTS]])
def test_only_what_binds_its_parties_runs_out(slug):
    made = factories.agreement(status=slug, valid_until_on=today() + dt.timedelta(days=9))
    expected = [made.code] if slug in {"signed", "in-force", "renewed"} else []
    assert found("expires_within=90") == expected
    assert (slug in BINDING_SET) == bool(expected)


def test_the_days_of_the_window_belong_to_it_and_their_neighbours_do_not():
    codes = {
        left: factories.agreement(
            status="in-force", valid_until_on=today() + dt.timedelta(days=left)
        ).code
        for left in (-1, 0, 90, 91)
    }
    factories.agreement(status="in-force")
    factories.item(due_on=today())
    assert found("expires_within=90&sort=expires") == [codes[0], codes[90]]
    assert found("expires_within=91") == [codes[0], codes[90], codes[91]]
    before = today() - dt.timedelta(days=1)
    assert found(f"expires_before={before}") == [codes[-1]]
    assert found(f"expires_after={today()}&expires_before={today()}") == [codes[0]]


def test_a_day_known_to_the_month_counts_as_its_last():
    from projects.models.ledger import set_partial_date
    from projects.periods import PartialDate

    made = factories.agreement(status="in-force")
    set_partial_date(made, "valid_until", PartialDate.parse("2031-02"), is_last=True)
    made.save(act=Act())
    assert LedgerEntry.objects.get(pk=made.pk).expires_on == dt.date(2031, 2, 28)


def test_what_was_to_run_out_on_past_days_is_told_by_the_days_of_then():
    ends = {0: day(40), 10: day(200), 20: day(50)}
    agreement = factories.agreement(status="in-force", valid_until_on=ends[0], act=Act(at=at(0)))
    for days in (10, 20):
        agreement.valid_until_on = ends[days]
        agreement.save(act=Act(at=at(days)))
    told = {
        days: found(f"expires_within=35&as_of={day(days)}") for days in (-1, 4, 6, 12, 22, 50, 51)
    }
    hit = [agreement.code]
    assert told == {-1: [], 4: [], 6: hit, 12: [], 22: hit, 50: hit, 51: []}
    assert Book(AsOf(day(51))).rows().outlived(day(51)).count() == 1


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("unfinished=stalled", "三未"),
        ("begun=no", "开工情况"),
        ("begun=yes&begun=yes", "开工情况"),
        ("expires_within=0", "有效期剩余不多于（天）"),
        ("expires_within=9999", "有效期剩余不多于（天）"),
        ("expires_within=９０", "有效期剩余不多于（天）"),
        ("expires_before=明天", "有效期至（止）"),
    ],
)
def test_what_cannot_be_asked_lists_nothing_and_says_which(query, label):
    factories.at_status(Ledger.INDUSTRIAL, "building")
    chosen = EntryFilter(QueryDict(query))
    assert [problem.label for problem in chosen.problems] == [label]
    assert list(chosen.rows) == []


def test_the_filter_says_itself_in_the_words_of_the_field():
    chosen = EntryFilter(QueryDict("unfinished=not-building&begun=yes&expires_within=90"))
    assert chosen.in_words() == ("三未：开工未建设；开工情况：已开工；有效期剩余不多于（天）：90")


# --- the rates ------------------------------------------------------------------------------------


def test_the_rates_are_those_of_the_published_example():
    example = Counter(
        {("operating", ""): 18, ("building", ""): 180, ("preparatory", ""): 93}
        | {("terminated", "preparatory"): 1}
    )
    commencement, fulfilment = rates.rates(Ledger.INDUSTRIAL, example, {})
    assert [(r.shown, r.part.count, r.whole.count) for r in (commencement, fulfilment)] == [
        ("67.8%", 198, 292),
        ("99.65%", 291, 292),
    ]


@pytest.mark.parametrize(
    ("part", "whole", "commencement", "fulfilment"),
    [
        (0, 0, "—", "—"),
        (0, 7, "0.0%", "0.00%"),
        (7, 7, "100.0%", "100.00%"),
        (1, 16, "6.3%", "6.25%"),  # 6.25: half up, not to the even
        (1, 800, "0.1%", "0.12%"),
        (19999, 20000, "100.0%", "99.99%"),  # 99.995: one that failed is not hidden
    ],
)
def test_per_cents_are_shown_as_the_formula_says(part, whole, commencement, fulfilment):
    assert COMMENCEMENT.percent(part, whole) == commencement
    assert FULFILMENT.percent(part, whole) == fulfilment


def test_the_formula_says_what_is_divided_and_how_it_is_shown():
    assert FULFILMENT.words == (
        "履约率＝未终止的项目数÷在列项目总数（含终止）×100%，保留2位小数（其后舍去，不进位）"
    )
    assert COMMENCEMENT.words.endswith("×100%，四舍五入保留1位小数")


# --- the page -------------------------------------------------------------------------------------


def numbers(line: Line) -> tuple[int, list[int], list[str]]:
    return (
        line.total.count,
        [tally.count for tally in line.unfinished],
        [rate.shown for rate in line.rates],
    )


def test_the_two_ledgers_are_counted_apart_and_by_sector():
    for slug in ("building", "terminated"):
        factories.at_status(Ledger.INDUSTRIAL, slug, sector=factories.sector("industry"))
    factories.at_status(Ledger.INDUSTRIAL, "contracted", sector=factories.sector("finance"))
    factories.at_status(Ledger.INFRASTRUCTURE, "construction")
    industrial, infrastructure = project_lists(Book())
    lines = (*industrial.sectors, industrial.whole, infrastructure.whole)
    assert [(line.label, *numbers(line)) for line in lines] == [
        ("产业协作", 2, [0, 0, 1], ["50.0%", "50.00%"]),
        ("金融服务", 1, [1, 0, 0], ["0.0%", "100.00%"]),
        ("合计", 3, [1, 0, 1], ["33.3%", "66.66%"]),
        ("合计", 1, [0, 0, 1], ["100.0%", "100.00%"]),
    ]


def test_agreements_are_shown_by_their_end_with_the_days_left():
    for left in (30, -3, 2, 120):
        factories.agreement(status="in-force", valid_until_on=today() + dt.timedelta(days=left))
    shown = endings(Book())
    assert [(ending.entry.code, ending.days_left) for ending in shown.first] == [
        ("XY-0003", 2),
        ("XY-0001", 30),
    ]
    assert (shown.soon.count, shown.outlived.count) == (2, 1)
    assert shown.first[0].valid_until == str(today() + dt.timedelta(days=2))


@pytest.fixture
def leader(client: Client) -> Client:
    client.force_login(factories.user("leader", Role.LEADER))
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def disagreeing(client: Client, html: str) -> list[tuple[str, int, int]]:
    """The numbers of a page whose link leads to another number of rows."""
    wrong = []
    for href, count in {(unescape(href), int(n)) for href, n in TALLY.findall(html)}:
        total = re.search(r'<main[^>]*data-total="([0-9]+)"', text_of(client.get(href)))
        assert total, href
        if int(total[1]) != count:
            wrong.append((href, count, int(total[1])))
    return wrong


def a_past() -> None:
    """Projects and agreements that came, moved and went in the last sixty days."""
    bureau = factories.bureau()
    for number, slug in enumerate(("contracted", "building", "commenced", "operating")):
        factories.at_status(
            Ledger.INDUSTRIAL,
            slug,
            due_on=today(),
            act=Act(at=at(number)),
            sector=factories.sector("industry", act=Act(at=at(0))),
        )
    stalled = factories.at_status(Ledger.INFRASTRUCTURE, "construction", act=Act(at=at(5)))
    for left in (70, 100, 200):
        factories.agreement(status="in-force", valid_until_on=day(left), act=Act(at=at(6)))
    gone = factories.agreement(status="signed", valid_until_on=day(30), act=Act(at=at(7)))
    stalled.move_to("stalled", by=bureau, on=day(12), at=at(12), reason=Reason.LAND, note="停工")
    gone.delist(Act(at=at(25), on=day(25), reason=Reason.REPLACED, note="替换"))


@pytest.mark.parametrize("days", [None, 9, 26, 45])
def test_every_number_of_the_page_leads_to_as_many_rows(leader: Client, days: int | None):
    a_past()
    html = text_of(leader.get(f"/lists/?as_of={day(days)}" if days else "/lists/"))
    assert len(TALLY.findall(html)) > 30
    assert disagreeing(leader, html) == []


def test_of_a_frozen_month_every_number_leads_to_the_rows_of_its_closing(leader: Client):
    a_past()
    clerk, month = factories.bureau("closer"), Month.of(today()).before
    opened = rounds.open_month(month, by=clerk)
    rounds.close_month(opened, by=clerk, version=opened.version)
    factories.at_status(Ledger.INDUSTRIAL, "building")
    html = text_of(leader.get(f"/lists/?as_of={month}"))
    assert f"?as_of={month}&unfinished=not-completed" in unescape(html)
    assert disagreeing(leader, html) == []


def test_the_page_of_a_past_day_is_that_of_then(leader: Client):
    a_past()
    then, now = project_lists(Book(AsOf(day(9)))), project_lists(Book())
    assert [line.whole.total.count for line in then] == [4, 1]
    assert [t.count for t in then[1].whole.unfinished] == [t.count for t in now[1].whole.unfinished]
    assert [endings(Book(AsOf(day(n)))).soon.count for n in (6, 8, 26)] == [1, 2, 2]
    html = text_of(leader.get(f"/lists/?as_of={day(9)}"))
    assert f"正在查看 {day(9)} 的台账" in html


def test_an_empty_ledger_has_no_rates_rather_than_none_per_cent(leader: Client):
    html = text_of(leader.get("/lists/"))
    assert html.count("没有在列项目，不计算") == 4
    assert "0.0%" not in html


@pytest.mark.parametrize("query", ["as_of=2999-01-01", "as_of=garbage", "sector=transport"])
def test_what_the_page_does_not_know_is_refused(leader: Client, query: str):
    assert leader.get(f"/lists/?{query}").status_code == 400


def test_the_overview_leads_to_the_lists_of_the_same_day(leader: Client):
    assert '<a href="/lists/">专项清单</a>' in text_of(leader.get("/"))
    assert f'<a href="/lists/?as_of={day(9)}">专项清单</a>' in text_of(
        leader.get(f"/?as_of={day(9)}")
    )


def test_a_list_shows_the_column_by_which_it_is_sorted(leader: Client):
    factories.agreement(status="in-force", valid_until_on=dt.date(2031, 2, 28))
    link = endings(Book()).soon.href.replace("expires_within=90", "expires_within=3650")
    assert 'data-label="有效期至"' in text_of(leader.get(link))
    assert 'data-label="有效期至"' in text_of(leader.get("/agreements/?sort=-expires"))
    assert 'data-label="有效期至"' not in text_of(leader.get("/agreements/"))


def test_list_and_file_hold_the_same_rows(leader: Client):
    a_past()
    unfinished = "unfinished=not-completed"
    for query in (unfinished, "begun=yes", f"{unfinished}&as_of={day(9)}"):
        response: Any = leader.get(f"/entries.csv?{query}")
        rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[1:]
        assert [row.split(",")[0] for row in rows] == found(query)
        assert rows

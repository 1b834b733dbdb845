"""挂图作战: each cell says what the ledger says, and leads to exactly the entries it counts."""

from __future__ import annotations

import calendar
import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from projects import matrix
from projects.choices import (
    PHASE_STATUSES,
    Ledger,
    MilestoneMark,
    Phase,
    Precision,
    RegionLevel,
    Role,
)
from projects.matrix import By, Mark, Stretch
from projects.models import Act, Book, LedgerEntry, Milestone, TaskForce
from projects.models.milestonerows import Milestones
from projects.periods import AsOf, Month, start_of, today

from . import factories

pytestmark = pytest.mark.django_db

BEGIN, LOOK = today() - dt.timedelta(days=60), today() - dt.timedelta(days=20)
TALLY = re.compile(r'<a[^>]*href="([^"]+)"[^>]*data-count="([0-9]+)"')
#: Links that are followed of each page.
FOLLOWED = 25
REST = PHASE_STATUSES[Phase.DONE] | PHASE_STATUSES[Phase.STOPPED]
MAKERS = {
    Ledger.ITEMS: (
        factories.item,
        ("not-started", "launched", "advancing", "closed", "terminated"),
    ),
    Ledger.INDUSTRIAL: (factories.industrial, ("building", "contracted", "operating")),
}


def begun(days: int = 0) -> Act:
    return Act(at=start_of(BEGIN + dt.timedelta(days=days)) + dt.timedelta(hours=9))


def some_day(chance: random.Random) -> dt.date:
    return today() + dt.timedelta(days=chance.randint(-300, 200))


def some_date(chance: random.Random, prefix: str) -> dict[str, Any]:
    """A planned date is kept as the last day it may mean, one that was reached as the first."""
    day, precision = some_day(chance), chance.choice([*Precision.values, "day", "day"])
    is_last = prefix == "planned"
    if precision == Precision.YEAR:
        day = dt.date(day.year, 12, 31) if is_last else dt.date(day.year, 1, 1)
    elif precision == Precision.MONTH:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1] if is_last else 1)
    return {f"{prefix}_on": day, f"{prefix}_precision": precision}


def some_milestone(chance: random.Random) -> dict[str, Any]:
    told = {} if chance.random() < 0.1 else some_date(chance, "planned")
    if chance.random() < 0.4:
        told |= some_date(chance, "reached")
    return {"name": f"节点{chance.randint(1, 9)}", **told}


def small_ledgers(seed: str, rows: int = 24) -> None:
    """As at `LOOK` the half of them, and their milestones changed since."""
    chance = random.Random(seed)
    # The trail does not go back: what they stand on comes first.
    units = [factories.unit(name, act=begun()) for name in ("1号单位", "2号单位", "3号单位")]
    places = [
        factories.region(code, act=begun())
        for code in ("512000", "512021", "512002", "510100", "510112", "ziyang-airport")
    ]
    sectors = [factories.sector(slug, act=begun()) for slug in ("transport", "health", "policy")]
    TaskForce(name="交通组").save(act=begun())
    for number in range(rows):
        ledger = chance.choice(list(MAKERS))
        make, statuses = MAKERS[ledger]
        make(
            status=chance.choice(statuses),
            lead=chance.choice([*units, None]),
            sector=chance.choice(sectors),
            regions=chance.sample(places, chance.randint(0, 3)),
            task_force=chance.choice(["交通组", "另一个组", ""]),
            due_on=chance.choice([None, some_day(chance), some_day(chance)]),
            awaits_update=chance.random() < 0.2,
            milestones=[some_milestone(chance) for _ in range(chance.randint(0, 4))],
            act=begun(1 if number < rows // 2 else 50),
        )
    for entry in LedgerEntry.objects.order_by("pk")[: rows // 2 : 2]:
        changed = entry.specific
        with changed.recording(Act()):
            changed.milestones.all().delete()
            Milestone(entry=changed, **some_milestone(chance)).save()


# --- the same by plain Python -------------------------------------------------------------


def span(on: dt.date, precision: str) -> tuple[dt.date, dt.date]:
    """The days that a date may mean."""
    if precision == Precision.YEAR:
        return dt.date(on.year, 1, 1), dt.date(on.year, 12, 31)
    if precision == Precision.MONTH:
        return on.replace(day=1), Month.of(on).last
    return on, on


def lies(on: dt.date | None, precision: str, first: dt.date, last: dt.date) -> bool:
    return on is not None and first <= span(on, precision)[0] and span(on, precision)[1] <= last


def has(entry: LedgerEntry, mark: Mark, first: dt.date, last: dt.date, day: dt.date) -> bool:
    if mark in (Mark.DUE, Mark.DONE):
        is_due = entry.due_on is not None and first <= entry.due_on <= last
        return is_due and (mark == Mark.DUE or entry.phase == Phase.DONE)
    milestones = list(entry.milestones.all())
    if mark == Mark.REACHED:
        return any(lies(m.reached_on, m.reached_precision, first, last) for m in milestones)
    planned = [m for m in milestones if lies(m.planned_on, m.planned_precision, first, last)]
    if mark == Mark.PLANNED:
        return bool(planned)
    missed = [
        m
        for m in planned
        if m.reached_on is None and span(m.planned_on, m.planned_precision)[1] < day
    ]
    return bool(missed) and entry.status not in REST and not entry.awaits_update


def rows_of(entry: LedgerEntry, by: By) -> list[str]:
    if by == By.UNIT:
        return [entry.lead.name if entry.lead else "未明确牵头单位"]
    if by == By.SECTOR:
        return [entry.sector.name]
    if by == By.TASK_FORCE:
        return [entry.task_force] if entry.task_force else []
    regions = entry.regions.all()
    return [region.name for region in regions if region.level != RegionLevel.PREFECTURE]


def expected(book: Book, ledger: Ledger, by: By, stretch: Stretch) -> dict[Any, int]:
    """Row, column and mark → entries; none that is zero."""
    found: Counter[Any] = Counter()
    columns = [(m.label, m.first, m.last) for m in stretch.months]
    columns.append(("全期", stretch.first.first, stretch.last.last))
    for entry in book.entries(book.rows(ledger), ledger):
        for label, first, last in columns:
            for mark in Mark:
                if has(entry, mark, first, last, book.day):
                    for row in rows_of(entry, by):
                        found[row, label, mark.value] += 1
    return dict(found)


def told(found: matrix.Matrix) -> dict[Any, int]:
    return {
        (row.label, cell.label, mark.tally.slug): mark.tally.count
        for row in found.rows
        for cell in row.cells
        for mark in cell.marks
    }


def this_year() -> Stretch:
    """Twelve months around today, so that months to come are among them."""
    first = Month.of(today() - dt.timedelta(days=240))
    last = first
    for _ in range(11):
        last = last.following
    return Stretch(first, last)


@pytest.fixture(params=["today", "past"])
def book(request: pytest.FixtureRequest) -> Book:
    small_ledgers("matrix")
    return Book(AsOf(LOOK)) if request.param == "past" else Book()


@pytest.mark.parametrize("by", By)
def test_a_matrix_counts_what_plain_python_counts(book: Book, by: By) -> None:
    total = 0
    for ledger in MAKERS:
        found = told(matrix.matrix(book, ledger, by, this_year()))
        assert found == expected(book, ledger, by, this_year())
        total += sum(found.values())
    assert total > 20


def test_past_and_present_differ_and_the_past_holds_fewer(book: Book) -> None:
    """The history of these ledgers is one that a wrong reading would show."""
    today_, past = (told(all_of(b)) for b in (Book(), Book(AsOf(LOOK))))
    assert today_ != past


def all_of(book: Book) -> matrix.Matrix:
    return matrix.matrix(book, Ledger.ITEMS, By.SECTOR, this_year())


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("narrowed", ["", "&city=512000&sector=transport&sector=health"])
def test_every_number_is_the_count_of_the_list_it_leads_to(
    client: Client, book: Book, by: By, narrowed: str
) -> None:
    client.force_login(factories.user("reader", Role.LEADER))
    stretch = this_year()
    asked = f"by={by}&from={stretch.first}&to={stretch.last}&rows=all{narrowed}"
    as_of = f"&as_of={LOOK}" if book.as_of else ""
    seen: dict[str, int] = {}
    for ledger in MAKERS:
        html = page(client, f"/matrix/?ledger={ledger}&{asked}{as_of}")
        seen |= {unescape(href): int(n) for href, n in TALLY.findall(html)}
    assert len(seen) > (3 if narrowed else 30)
    followed = random.Random(asked).sample(sorted(seen), min(FOLLOWED, len(seen)))
    found = {href: total(client, href) for href in followed}
    assert found == {href: seen[href] for href in followed}


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def total(client: Client, address: str) -> int:
    short = f"{address}{'&' if '?' in address else '?'}page_size=1"
    match = re.search(r'<main[^>]*data-total="([0-9]+)"', page(client, short))
    assert match, address
    return int(match[1])


@pytest.mark.parametrize("by", [By.UNIT, By.SECTOR])
def test_rows_that_do_not_overlap_add_up_to_their_sum(book: Book, by: By) -> None:
    found = matrix.matrix(book, Ledger.ITEMS, by, this_year(), with_bare=True)
    assert found.whole
    assert sum(row.total.count for row in found.rows) == found.whole.total.count
    summed: Counter[Any] = Counter()
    for (_, column, mark), n in told(found).items():
        summed[column, mark] += n
    whole = matrix.Matrix(found.by, found.months, (found.whole,), 0, "")
    assert {("合计", *key): n for key, n in summed.items()} == told(whole)


@pytest.mark.parametrize("by", [By.COUNTY, By.TASK_FORCE])
def test_rows_that_overlap_or_leave_some_out_have_no_sum_and_say_why(book: Book, by: By) -> None:
    found = matrix.matrix(book, Ledger.ITEMS, by, this_year())
    assert found.whole is None
    assert found.note


def test_rows_without_a_mark_are_left_out_and_counted(client: Client) -> None:
    marked, bare = factories.unit("有标记单位"), factories.unit("无标记单位")
    factories.item(lead=marked, due_on=dt.date(2026, 7, 3))
    factories.item(lead=bare)
    client.force_login(factories.user("reader", Role.LEADER))
    html = page(client, "/matrix/?year=2026")
    assert ("有标记单位" in html, "无标记单位" in html) == (True, False)
    assert "另有1行" in html
    assert "无标记单位" in page(client, "/matrix/?year=2026&rows=all")


def test_what_is_known_to_the_year_alone_is_in_no_month(client: Client) -> None:
    whole = {"name": "全年任务", "planned_on": dt.date(2026, 12, 31), "planned_precision": "year"}
    factories.item(milestones=[whole])
    year = Stretch(Month.parse("2026-01"), Month.parse("2026-12"))
    found = matrix.matrix(Book(now=dt.date(2026, 7, 1)), Ledger.ITEMS, By.UNIT, year)
    assert {key[1:] for key in told(found)} == {("全期", "planned")}
    half = Stretch(Month.parse("2026-07"), Month.parse("2026-12"))
    assert told(matrix.matrix(Book(), Ledger.ITEMS, By.UNIT, half)) == {}


def test_the_month_of_the_day_shows_the_worst_light_of_its_row() -> None:
    factories.item(due_on=today() - dt.timedelta(days=1))
    factories.item(due_on=today() + dt.timedelta(days=300))
    (row,) = matrix.matrix(Book(), Ledger.ITEMS, By.UNIT, this_year()).rows
    now = Month.of(today()).label
    assert [(c.label, c.light.slug, c.light.count) for c in row.cells if c.light] == [
        (now, "red", 1)
    ]


# --- the conditions of the lists ----------------------------------------------------------


def days() -> Iterator[tuple[dt.date | None, dt.date | None]]:
    chance = random.Random("days")
    yield None, None
    for _ in range(12):
        first, last = sorted((some_day(chance), some_day(chance)))
        yield chance.choice([first, None]), chance.choice([last, None])


@pytest.mark.parametrize("mark", MilestoneMark)
def test_the_conditions_on_milestones_are_about_one_and_the_same_milestone(
    book: Book, mark: MilestoneMark
) -> None:
    found = 0
    for first, last in days():
        rows = Milestones(mark, book.day, first, last).of(book.rows())
        wanted = {
            entry.code
            for entry in book.entries(book.rows())
            if has(entry, Mark(mark.value), first or dt.date.min, last or dt.date.max, book.day)
        }
        assert set(rows.values_list("code", flat=True)) == wanted
        found += len(wanted)
    assert found > 10


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("lead={unit}", ["SX-0001"]),
        ("lead=none", ["SX-0003"]),
        ("lead=none&lead={unit}", ["SX-0001", "SX-0003"]),
        ("overdue=yes", ["SX-0001"]),
        ("due_within=5", ["SX-0003"]),
        ("due_within=4", []),
    ],
)
def test_a_list_may_ask_who_leads_and_what_presses(
    client: Client, query: str, codes: list[str]
) -> None:
    own = factories.unit("本单位")
    factories.item(lead=own, due_on=today() - dt.timedelta(days=1))
    factories.item(partners=[own], status="closed", due_on=today() - dt.timedelta(days=1))
    factories.item(lead=None, due_on=today() + dt.timedelta(days=5))
    client.force_login(factories.user("reader", Role.LEADER))
    html = page(client, f"/items/?{query.format(unit=own.pk)}")
    assert sorted(set(re.findall(r">(SX-[0-9]{4})</a>", html))) == codes


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("by=leader", "leader"),
        ("ledger=entries", "entries"),
        ("year=26", "“26”不是年份"),
        ("year=2026&from=2026-01&to=2026-02", "只能填写一种"),
        ("from=2026-01", "须同时填写"),
        ("from=2026-03&to=2026-02", "“自”晚于“至”"),
        ("from=2025-01&to=2026-01", "最多显示12个月"),
        ("from=2026-13&to=2026-12", "“2026-13”不是月份"),
        ("light=red", "light"),
        ("page=2", "page"),
        ("nonsense=1", "nonsense"),
        ("sector=nonsense", "nonsense"),
        ("ledger=items&ledger=industrial", "只能填写一个值"),
        ("as_of=2999-01-01", "2999-01-01"),
    ],
)
def test_a_wrong_parameter_is_answered_400_with_the_reason(
    client: Client, query: str, words: str
) -> None:
    client.force_login(factories.user("reader", Role.LEADER))
    response = client.get(f"/matrix/?{query}")
    assert response.status_code == 400
    assert words in response.content.decode()


def test_links_to_other_rows_years_and_ledgers_keep_the_rest(client: Client) -> None:
    factories.item(regions=[factories.region("512000")])
    client.force_login(factories.user("reader", Role.LEADER))
    asked = "from=2026-01&to=2026-03&city=512000&by=sector&status=launched"
    html = page(client, f"/matrix/?{asked}")
    hrefs = [unescape(h) for h in re.findall(r'href="(\?[^"]+)"', html)]
    assert "?from=2026-01&to=2026-03&by=county&city=512000&status=launched" in hrefs
    assert "?by=sector&city=512000&status=launched&year=2025" in hrefs
    assert "?from=2026-01&to=2026-03&by=sector&city=512000&ledger=industrial" in hrefs
    assert {href: client.get(f"/matrix/{href}").status_code for href in hrefs} == dict.fromkeys(
        hrefs, 200
    )

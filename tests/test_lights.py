"""亮灯: hand-worked cases, read alike in words and by the database, today and on past days.

Each case says what an entry states, on which day it is looked at, and its light twice: by the
common rule (soon 7 days, behind from 10 points, far behind over 30), and by a stricter one
(soon 3 days, behind from 5 points, far behind over 20, silence blue).
"""

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import pytest

from projects import lights, rounds
from projects.choices import AT_REST, Light, Phase, Role, Source
from projects.lights import Answer, Rule, Standing
from projects.models import Act, Book, CalendarDay, LightRule, Organisation, Report, User
from projects.periods import AsOf, Month, PartialDate, start_of
from tests import factories

STRICT = {"soon_days": 3, "lag_points": 5, "far_points": 20, "silent": "blue"}
SEPTEMBER = Month(dt.date(2026, 9, 1))
R, Y, B, G, O = Light.RED, Light.YELLOW, Light.BLUE, Light.GREEN, Light.GREY  # noqa: E741


class Case(NamedTuple):
    """An item: begin, due date, per cent; the day; its light by the common and strict rule."""

    begins: str
    due: str
    percent: int | None
    day: str
    common: Light
    strict: Light
    status: str = "advancing"
    reported: str = "2026-10-08"  # the day of signing off September's report; empty: never
    awaits: bool = False
    started: str = ""
    silent: bool = False  # by hand: is September's report missing on that day?

    @property
    def on(self) -> dt.date:
        return dt.date.fromisoformat(self.day)


#: 2026 has 365 days: 36.5 days are 10 points. 2024 has 366: 183 days are 50 points.
CASES = {
    # Progress: of 100 days, each is one point; the day itself counts as gone.
    "not behind": Case("2026-01-01", "2026-04-10", 50, "2026-02-19", G, G),
    "ahead": Case("2026-01-01", "2026-04-10", 80, "2026-02-19", G, G),
    "4 points": Case("2026-01-01", "2026-04-10", 46, "2026-02-19", G, G),
    "5 points": Case("2026-01-01", "2026-04-10", 45, "2026-02-19", G, Y),
    "9 points": Case("2026-01-01", "2026-04-10", 41, "2026-02-19", G, Y),
    "10 points": Case("2026-01-01", "2026-04-10", 40, "2026-02-19", Y, Y),
    "20 points": Case("2026-01-01", "2026-04-10", 30, "2026-02-19", Y, Y),
    "21 points": Case("2026-01-01", "2026-04-10", 29, "2026-02-19", Y, R),
    "30 points": Case("2026-01-01", "2026-04-10", 20, "2026-02-19", Y, R),
    "31 points": Case("2026-01-01", "2026-04-10", 19, "2026-02-19", R, R),
    "nothing done": Case("2026-01-01", "2026-04-10", 0, "2026-02-19", R, R),
    "first day": Case("2026-01-01", "2026-04-10", 0, "2026-01-01", G, G),
    "before it begins": Case("2026-06-01", "2026-12-31", 0, "2026-05-31", G, G),
    # Of 365 days, 145 are 39.73 points, 146 are 40, 147 are 40.27.
    "9.73 points": Case("2026-01-01", "2026-12-31", 30, "2026-05-25", G, Y),
    "10.27 points": Case("2026-01-01", "2026-12-31", 30, "2026-05-27", Y, Y),
    "29.73 points": Case("2026-01-01", "2026-12-31", 10, "2026-05-25", Y, R),
    "30.27 points": Case("2026-01-01", "2026-12-31", 10, "2026-05-27", R, R),
    # Leap years: 29 February is a day like any other.
    "half of a leap year": Case("2024-01-01", "2024-12-31", 40, "2024-07-01", Y, Y),
    "a day less": Case("2024-01-01", "2024-12-31", 40, "2024-06-30", G, Y),
    "the 29th alone": Case("2024-02-29", "2024-02-29", 97, "2024-02-29", B, B),
    "to the 29th": Case("2023-12-01", "2024-02-29", 0, "2024-03-01", R, R),
    "over the 29th": Case("2024-02-20", "2024-03-20", 16, "2024-03-01", Y, R),
    # Deadline.
    "due in 8 days": Case("2026-01-01", "2026-04-10", 95, "2026-04-02", G, G),
    "due in 7 days": Case("2026-01-01", "2026-04-10", 95, "2026-04-03", B, G),
    "due in 4 days": Case("2026-01-01", "2026-04-10", 95, "2026-04-06", B, G),
    "due in 3 days": Case("2026-01-01", "2026-04-10", 95, "2026-04-07", B, B),
    "due today": Case("2026-01-01", "2026-04-10", 97, "2026-04-10", B, B),
    "overdue by a day": Case("2026-01-01", "2026-04-10", 99, "2026-04-11", R, R),
    "overdue, all done but not closed": Case("2026-01-01", "2026-04-10", 100, "2026-04-11", R, R),
    "soon and behind": Case("2026-01-01", "2026-04-10", 85, "2026-04-07", Y, Y),
    "soon and far behind": Case("2026-01-01", "2026-04-10", 60, "2026-04-07", R, R),
    # A date known to the month is its last day, a begin its first.
    "due in April, on the 30th": Case("2026-01", "2026-04", 97, "2026-04-30", B, B),
    "due in April, in May": Case("2026-01", "2026-04", 95, "2026-05-01", R, R),
    "due in 2026, in December": Case("2026", "2026", 84, "2026-12-15", Y, Y),
    # Empty is grey, never green; what is due is told all the same.
    "nothing known": Case("", "", None, "2026-02-19", O, O),
    "no due date": Case("2026-01-01", "", 50, "2026-02-19", O, O),
    "no begin": Case("", "2026-04-10", 50, "2026-02-19", O, O),
    "no per cent": Case("2026-01-01", "2026-04-10", None, "2026-02-19", O, O),
    "no per cent, due soon": Case("2026-01-01", "2026-04-10", None, "2026-04-08", B, B),
    "no per cent, overdue": Case("2026-01-01", "2026-04-10", None, "2026-04-30", R, R),
    "no plan, but begun": Case("", "2026-04-10", 30, "2026-02-19", Y, Y, started="2026-01-01"),
    "begun after its due date": Case(
        "", "2026-04-10", 30, "2026-02-19", O, O, started="2026-05-01"
    ),
    # At rest, or as published years ago.
    "done": Case("2026-01-01", "2026-04-10", 100, "2026-04-30", O, O, status="closed"),
    "stopped": Case("2026-01-01", "2026-04-10", 0, "2026-04-30", O, O, status="suspended"),
    "not updated": Case("2018-01-01", "2019-12-31", 0, "2026-02-19", O, O, awaits=True),
    # September's reports were due on 8 October: the 7th was a holiday.
    "silent on the 7th": Case("2026-01-01", "2026-12-31", 80, "2026-10-07", G, G, reported=""),
    "silent on the 8th": Case("2026-01-01", "2026-12-31", 80, "2026-10-08", G, G, reported=""),
    "silent on the 9th": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-09", Y, B, reported="", silent=True
    ),
    "signed on the 8th": Case("2026-01-01", "2026-12-31", 80, "2026-10-09", G, G),
    "signed on the 12th, before": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-11", Y, B, reported="2026-10-12", silent=True
    ),
    "signed on the 12th, then": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-12", G, G, reported="2026-10-12"
    ),
    "silent and without dates": Case("", "", None, "2026-10-09", Y, B, reported="", silent=True),
    "silent and far behind": Case(
        "2026-01-01", "2026-12-31", 20, "2026-10-09", R, R, reported="", silent=True
    ),
    "silent and not updated": Case(
        "2018-01-01", "2019-12-31", 0, "2026-10-09", O, O, reported="", awaits=True
    ),
    "waived on the 9th": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-09", G, G, reported="waived"
    ),
    "waived on the 9th, due again on the 12th": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-12", Y, B, reported="waived, required", silent=True
    ),
    "waived on the 9th, on the 11th": Case(
        "2026-01-01", "2026-12-31", 80, "2026-10-11", G, G, reported="waived, required"
    ),
}


def test_there_are_forty_cases_and_more_with_every_light():
    assert len(CASES) > 40
    assert {case.common for case in CASES.values()} == set(Light)


# --- in words ------------------------------------------------------------------------------


def standing(case: Case) -> Standing:
    begins = case.begins or case.started
    return Standing(
        phase={"closed": Phase.DONE, "suspended": Phase.STOPPED}.get(case.status, Phase.UNDER_WAY),
        due_on=PartialDate.parse(case.due).last if case.due else None,
        begins_on=PartialDate.parse(begins).first if begins else None,
        percent=case.percent,
        awaits_update=case.awaits,
        silent_month="2026年9月" if case.silent else "",
    )


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_read_by_hand_and_by_rule_alike(name: str):
    case = CASES[name]
    strict = Rule(soon_days=3, lag_points=5, far_points=20, silent=Light.BLUE)
    read = [lights.read(standing(case), rule, case.on).light for rule in (Rule(), strict)]
    assert read == [case.common, case.strict]


DAY = dt.date(2026, 2, 19)
PLANNED = {"begins_on": dt.date(2026, 1, 1), "due_on": dt.date(2026, 4, 10)}


@pytest.mark.parametrize(
    ("given", "day", "reason"),
    [
        ({"percent": 50}, DAY, "距时限还有50天；完成50%，序时进度50.0%，与序时进度持平"),
        ({"percent": 53}, DAY, "距时限还有50天；完成53%，序时进度50.0%，超前3.0个百分点"),
        ({"percent": 44}, DAY, "距时限还有50天；完成44%，序时进度50.0%，落后6.0个百分点"),
        ({"percent": 35}, DAY, "完成35%，序时进度50.0%，滞后15.0个百分点"),
        ({"percent": 5}, DAY, "完成5%，序时进度50.0%，严重滞后45.0个百分点"),
        ({}, DAY, "未填完成百分比，不能判断进度；距时限还有50天"),
        ({"percent": 9, "due_on": None}, DAY, "未填完成时限"),
        ({"percent": 9, "begins_on": None}, DAY, "未填计划开始，不能判断进度；距时限还有50天"),
        ({"percent": 95}, dt.date(2026, 4, 10), "今日到期"),
        ({"percent": 95}, dt.date(2026, 4, 5), "临近时限，还有5天"),
        (
            {"percent": 30},
            dt.date(2026, 4, 12),
            "已逾期2天（时限2026-04-10）；完成30%，序时进度100.0%，严重滞后70.0个百分点",
        ),
        ({"percent": 50, "silent_month": "2026年1月"}, DAY, "2026年1月月报到期未报送"),
        ({"phase": Phase.DONE}, DAY, "已完成，不计时限"),
        ({"awaits_update": True, "data_date": "2019"}, DAY, "数据截止2019年，待更新"),
        ({"awaits_update": True, "data_date": "2019-12"}, DAY, "数据截止2019-12，待更新"),
        ({"awaits_update": True}, DAY, "待更新"),
    ],
)
def test_the_reason_names_the_values_that_made_the_light(given, day, reason):
    facts = {"phase": Phase.UNDER_WAY, **PLANNED, **given}
    assert lights.read(Standing(**facts), Rule(), day).reason == reason


def test_a_lag_is_not_rounded_over_a_threshold():
    facts = Standing(
        Phase.UNDER_WAY,
        begins_on=dt.date(2020, 1, 1),
        due_on=dt.date(2020, 1, 1) + dt.timedelta(days=3332),
        percent=20,
    )
    over = lights.read(facts, Rule(), dt.date(2020, 1, 1) + dt.timedelta(days=1666))
    under = lights.read(facts, Rule(), dt.date(2020, 1, 1) + dt.timedelta(days=1665))
    assert (over.light, over.reason.split("，")[-1]) == (R, "严重滞后30.02个百分点")
    assert (under.light, under.reason.split("，")[-1]) == (Y, "滞后29.98个百分点")


def test_every_answer_stands_with_its_own_light():
    facts = Standing(Phase.UNDER_WAY, **PLANNED, percent=30, silent_month="2026年1月")
    assert lights.read(facts, Rule(), DAY).answers == (
        Answer("时限", G, "距时限还有50天"),
        Answer("进度", Y, "完成30%，序时进度50.0%，滞后20.0个百分点"),
        Answer("报送", Y, "2026年1月月报到期未报送"),
    )


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in AT_REST])
def test_what_has_not_begun_is_read_like_what_runs(phase):
    facts = Standing(phase, **PLANNED, percent=0)
    assert lights.read(facts, Rule(), DAY).light == R


def test_a_finding_whose_colour_is_left_empty_gives_no_light():
    silent = Standing(Phase.UNDER_WAY, **PLANNED, percent=50, silent_month="2026年1月")
    behind = Standing(Phase.UNDER_WAY, **PLANNED, percent=30)
    assert lights.read(silent, Rule(silent=None), DAY).light == G
    assert lights.read(behind, Rule(behind=None), DAY).light == G


def test_before_the_office_had_a_rule_the_deadline_alone_was_read():
    facts = Standing(Phase.UNDER_WAY, due_on=dt.date(2026, 4, 10), silent_month="2026年1月")
    read = lights.read(facts, lights.DEADLINE_ALONE, DAY)
    assert (read.light, read.reason) == (G, "距时限还有50天")


def test_time_gone_is_reckoned_in_whole_days_with_both_ends():
    first, last = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
    assert lights.time_gone(first, last, first) == Fraction(100, 366)
    assert lights.time_gone(first, last, last) == 100
    assert lights.time_gone(first, last, dt.date(2023, 1, 1)) == 0
    assert lights.time_gone(first, last, dt.date(2026, 1, 1)) == 100


def test_lights_stand_with_the_worse_first():
    assert [light.value for light in Light] == ["red", "yellow", "blue", "green", "grey"]


# --- by the database: on past days, by the rule of then ----------------------------------------


def at(day: str, by: User | None = None, note: str = "") -> Act:
    moment = start_of(dt.date.fromisoformat(day)) + dt.timedelta(hours=9)
    return Act(by=by, at=moment, note=note, source=Source.WEB)


def entry_of(number: int, case: Case) -> None:
    dates: dict[str, object] = {}
    for prefix, text in (
        ("planned_start", case.begins),
        ("due", case.due),
        ("started", case.started),
    ):
        if text:
            partial = PartialDate.parse(text)
            dates[f"{prefix}_on"] = partial.last if prefix == "due" else partial.first
            dates[f"{prefix}_precision"] = partial.precision
    factories.item(
        code=f"SX-{number:04}",
        status=case.status,
        percent_complete=case.percent,
        awaits_update=case.awaits,
        act=replace(at("2023-11-02"), source=Source.FIXTURE),
        **dates,
    )


class September:
    """The reports on September, written in the order of their days."""

    def __init__(self, unit: Organisation) -> None:
        self.bureau = factories.user("bureau", Role.BUREAU, act=at("2023-11-03"))
        made = {"act": at("2023-11-03"), "unit": unit}
        self.clerk = factories.user("clerk", Role.REPORTER, **made)
        self.head = factories.user("head", Role.APPROVER, **made)
        opened = rounds.open_month(SEPTEMBER, by=self.bureau, at=at("2026-09-26").at)
        assert opened.due_on == dt.date(2026, 10, 8)

    def play(self) -> None:
        cases = list(CASES.values())
        told = [(cases[int(r.entry.code[3:]) - 1].reported, r) for r in Report.objects.for_rows()]
        for reported, report in told:
            if reported == "2026-10-08":
                self.sign(report, reported)
        for reported, report in told:
            if reported.startswith("waived"):
                report.take("waive", at("2026-10-09", self.bureau, "已并入上级月报。"), version=0)
        for reported, report in told:
            if reported == "waived, required":
                report.take("require", at("2026-10-12", self.bureau, "仍须报送。"), version=1)
            elif reported == "2026-10-12":
                self.sign(report, reported)

    def sign(self, report: Report, day: str) -> None:
        report.fill({"progress": "推进"}, at(day, self.clerk), version=0)
        report.take("submit", at(day, self.clerk), version=1)
        report.take("sign", at(day, self.head), version=2)


def record_cases(**rule: object) -> None:
    """Each case as an item, with the office's rule, September's round and its reports."""
    LightRule(**rule).save(act=at("2023-11-01"))
    for day in (1, 2, 5, 6, 7):
        CalendarDay(day=dt.date(2026, 10, day), name="国庆节").save(act=at("2023-11-01"))
    for number, case in enumerate(CASES.values(), start=1):
        entry_of(number, case)
    September(Organisation.objects.get()).play()


def shown() -> dict[str, tuple[str, str]]:
    """Of each case as at its day: the light that the database says, and that the words say."""
    found: dict[str, tuple[str, str]] = {}
    for day in {case.on for case in CASES.values()}:
        book = Book(AsOf(day), dt.date(2026, 12, 20))
        of_day = {name: case for name, case in CASES.items() if case.on == day}
        codes = {f"SX-{list(CASES).index(name) + 1:04}": name for name in of_day}
        rows = book.rows().with_light(book.clock).filter(code__in=codes)
        for entry in book.entries(rows):
            found[codes[entry.code]] = (entry.light, entry.reading(book.clock).light)
    return found


@pytest.mark.django_db
def test_the_database_and_the_words_read_every_case_as_at_its_day():
    record_cases()
    assert shown() == {name: (case.common, case.common) for name, case in CASES.items()}


@pytest.mark.django_db
def test_they_do_so_by_the_stricter_rule_as_well():
    record_cases(**STRICT)
    assert shown() == {name: (case.strict, case.strict) for name, case in CASES.items()}

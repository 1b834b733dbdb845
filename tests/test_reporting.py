"""The table of a report's steps, the doubts about its figures, and the days on which it is due."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from projects.choices import ReportState
from projects.models import Act, CalendarDay, ReportingRule
from projects.models.reportingrules import unknown_years
from projects.periods import Month, today, working_day_from
from projects.reporting import STEPS, Figures, doubts

JULY = Figures("主体完工", 60, Decimal(100), Decimal(700))


def test_every_state_is_reached_and_all_but_the_accepted_can_be_left():
    assert {step.target for step in STEPS} == set(ReportState)
    left = set().union(*(step.origins for step in STEPS))
    assert set(ReportState) - left == {ReportState.ACCEPTED}


def test_what_sends_back_or_spares_asks_for_a_note():
    notes = {step.name for step in STEPS if step.needs_note}
    assert notes == {"send-back", "return", "sign-paper", "waive", "require"}


@pytest.mark.parametrize(
    ("now", "earlier", "about", "words"),
    [
        (JULY, [], {}, []),
        (Figures("新", 59), [Figures("旧", 60)], {}, ["完成百分比由上月的60%降为59%"]),
        (Figures("新", 60), [Figures("旧", 60)], {}, []),
        (Figures("新", None), [Figures("旧", 60)], {}, []),
        (Figures("新", 100), [], {}, ["台账还没有实际完成日期"]),
        (Figures("新", 100), [], {"is_finished": True}, []),
        (JULY, [], {"total_investment": Decimal(699)}, ["超过总投资699万元"]),
        (JULY, [], {"total_investment": Decimal(700)}, []),
        (JULY, [Figures("旧", 50, None, Decimal(800))], {}, ["由上月的800万元降为", "不等于"]),
        (JULY, [Figures("旧", 50, None, Decimal(600))], {}, []),
        (JULY, [Figures("旧", 50, None, Decimal(601))], {}, ["不等于上月累计601万元加本月"]),
        (JULY, [JULY], {}, ["不等于"]),
        (Figures("停", 5), [Figures("停", 5)], {}, []),
        (Figures("停", 5), [Figures("停", 5)] * 2, {}, ["已连续3个月没有变化"]),
        (Figures("停", 5), [Figures("停", 5), Figures("动", 5)], {}, []),
        (Figures("停", 6), [Figures("停", 5)] * 2, {}, []),
    ],
)
def test_what_the_figures_make_one_ask(
    now: Figures, earlier: list[Figures], about: dict[str, Any], words: list[str]
) -> None:
    found = doubts(now, earlier, **about)
    assert len(found) == len(words), found
    for sentence, word in zip(found, words, strict=True):
        assert word in sentence


# --- due days -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "exceptions", "due"),
    [
        ("2026-08-07", {}, "2026-08-07"),  # a Friday
        ("2026-11-07", {}, "2026-11-09"),  # a Saturday
        ("2026-11-07", {"2026-11-07": True}, "2026-11-07"),  # worked on by the notice
        ("2026-10-07", {"2026-10-07": False}, "2026-10-08"),
        ("2026-10-07", {"2026-10-07": False, "2026-10-08": False}, "2026-10-09"),
        ("2026-10-09", {"2026-10-09": False, "2026-10-10": True}, "2026-10-10"),
        ("2028-02-29", {"2028-02-29": False}, "2028-03-01"),  # a leap year
    ],
)
def test_a_due_day_on_which_nobody_works_is_put_off(
    named: str, exceptions: dict[str, bool], due: str
) -> None:
    days = {dt.date.fromisoformat(day): works for day, works in exceptions.items()}
    assert working_day_from(dt.date.fromisoformat(named), days) == dt.date.fromisoformat(due)


@pytest.mark.django_db
def test_the_rule_of_the_office_holds_from_its_month_on():
    june, july, august = (Month.parse(f"2026-0{number}") for number in (6, 7, 8))
    ReportingRule(since=july.first, due_day=5).save()
    assert ReportingRule.of(june).due_on(june) == dt.date(2026, 7, 7)
    assert ReportingRule.of(july).due_on(july) == dt.date(2026, 8, 5)
    assert ReportingRule.of(august).due_on(august) == dt.date(2026, 9, 7)  # the 5th is a Saturday


@pytest.mark.django_db
def test_a_due_day_keeps_off_the_days_of_the_notice():
    CalendarDay(day=dt.date(2026, 8, 7), is_working=False, name="假").save(act=Act())
    july = Month.parse("2026-07")
    assert ReportingRule.of(july).due_on(july) == dt.date(2026, 8, 10)


@pytest.mark.django_db
def test_the_notice_of_this_year_is_in_the_fixtures():
    from projects.seeding import FIXTURES, _read

    for row in _read(FIXTURES, "calendar"):
        CalendarDay(**{**row["fields"], "day": dt.date.fromisoformat(row["fields"]["day"])}).save()
    assert unknown_years(dt.date(today().year, 6, 1)) == []
    for day in CalendarDay.objects.all():
        assert day.is_working == (day.day.weekday() >= 5), day  # only what is an exception


@pytest.mark.django_db
def test_a_year_without_its_notice_is_named():
    CalendarDay(day=dt.date(2026, 10, 1), is_working=False, name="国庆节").save()
    assert unknown_years(dt.date(2026, 11, 9)) == []
    assert unknown_years(dt.date(2026, 12, 7)) == [2027]

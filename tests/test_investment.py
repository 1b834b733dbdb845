"""Money against time: the arithmetic by hand-worked cases, and where its numbers come from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from projects import rounds
from projects.choices import Role
from projects.investment import Quarter, YearProgress, share, time_gone
from projects.models import Act, EntryVersion, Report
from projects.periods import Month, today

from . import factories


@pytest.mark.parametrize(
    ("day", "gone"),
    [
        ("2026-01-31", "8.5"),  # 31 / 365 = 8.493
        ("2026-06-30", "49.6"),  # 181 / 365 = 49.589
        ("2026-07-31", "58.1"),  # 212 / 365 = 58.082
        ("2026-12-31", "100.0"),
        ("2028-02-29", "16.4"),  # 60 / 366 = 16.393
        ("2028-12-31", "100.0"),
    ],
)
def test_time_gone_is_a_share_of_the_days_of_the_year(day: str, gone: str) -> None:
    assert str(time_gone(dt.date.fromisoformat(day))) == gone


def test_a_share_is_rounded_half_up() -> None:
    assert share(Decimal("0.25"), Decimal(1000)) == Decimal("0.0")
    assert share(1, 2000) == Decimal("0.1")  # 0.05
    assert share(2, 3) == Decimal("66.7")


@pytest.mark.parametrize(
    ("plan", "done", "rate", "verdict"),
    [
        (1771, 1078, "60.9", "超时间进度2.8个百分点"),
        (1000, 500, "50.0", "欠时间进度8.1个百分点"),
        (1000, 581, "58.1", "与时间进度持平"),
        (1000, 0, "0.0", "欠时间进度58.1个百分点"),
        (1000, 2000, "200.0", "超时间进度141.9个百分点"),
        (0, 500, None, ""),
        (None, 500, None, ""),
        (1000, None, None, ""),
    ],
)
def test_points_ahead_are_rate_less_time(
    plan: int | None, done: int | None, rate: str | None, verdict: str
) -> None:
    year = YearProgress(
        dt.date(2026, 7, 31),
        plan=None if plan is None else Decimal(plan),
        done=None if done is None else Decimal(done),
    )
    assert (None if year.rate is None else str(year.rate), year.verdict) == (rate, verdict)
    assert bool(year.formulas()) == (rate is not None)


def test_the_formula_shown_holds_for_the_numbers_shown() -> None:
    year = YearProgress(dt.date(2026, 7, 31), plan=Decimal(1771), done=Decimal(1078))
    rate, time, ahead = year.formulas()
    assert rate.formula == "年度累计完成投资1,078 ÷ 年度计划投资1,771 × 100%"
    assert time.formula == "本年已过212天 ÷ 全年365天 × 100%"
    assert ahead.formula == "完成率60.9% − 时间进度58.1%"
    assert ahead.value == "超时间进度2.8个百分点"


def planned(kind: str, amount: int, day: str) -> dict[str, Any]:
    on = dt.date.fromisoformat(day)
    facts = {"kind": kind, "basis": "budget", "amount": amount}
    return {**facts, "dated_on": on, "dated_precision": "day"}


@pytest.mark.django_db
def test_the_year_is_read_from_the_reports_and_the_plans_of_the_entry() -> None:
    year = today().year
    entry = factories.industrial(
        status="building",
        figures=[
            planned("year-plan", 900, f"{year - 1}-01-05"),
            planned("year-plan", 1200, f"{year}-01-05"),
            planned("quarter", 300, f"{year}-03-31"),
            planned("quarter", 600, f"{year}-06-30"),
        ],
    )
    bureau = factories.bureau()
    clerk = factories.user("clerk", Role.REPORTER, unit=entry.lead)
    for amount, month in ((100, Month.of(today())), (250, Month.of(today()).before)):
        rounds.open_month(month, by=bureau)
        report = Report.objects.for_rows().get(round__month=month.first)
        given = {"progress": "在建", "invested_month": Decimal(amount), "invested_total": 5000}
        report.fill(given, Act(by=clerk), version=0)
    latest = Report.objects.for_rows().get(round__month=Month.of(today()).first).year
    in_this_year = Month.of(today()).before.first.year == year
    assert latest.plan == 1200
    assert latest.month == 100
    assert (latest.done, latest.months) == ((350, 2) if in_this_year else (100, 1))
    assert latest.total == 5000
    assert "概算" in latest.plan_note
    assert [(q.number, q.plan) for q in latest.quarters] == [(1, 300), (2, 600)]
    assert all(isinstance(quarter, Quarter) for quarter in latest.quarters)


@pytest.mark.django_db
def test_what_is_not_known_is_not_made_up() -> None:
    entry = factories.item(status="launched")
    rounds.open_month(Month.of(today()), by=factories.bureau())
    year = Report.objects.for_rows().get(entry=entry.pk).year
    assert (year.plan, year.done, year.months, year.quarters) == (None, None, 0, ())
    assert not year.is_told


@pytest.mark.django_db
def test_versions_with_a_figure_of_a_kind_are_found_and_those_that_are_named() -> None:
    day = today().isoformat()
    plan = factories.industrial(figures=[planned("year-plan", 900, day)])
    factories.infrastructure(figures=[planned("quarter", 900, day)], name="year-plan")
    told, none = factories.infrastructure(), factories.industrial()
    rows = EntryVersion.objects.current()
    assert {row.entry_id for row in rows.with_figure("year-plan", [told.pk])} == {plan.pk, told.pk}
    assert none.pk not in {row.entry_id for row in rows.with_figure("year-plan", [])}

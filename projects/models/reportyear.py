"""Money against time, of one report and those of its year before it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from ..choices import MoneyKind
from ..investment import MONTHS_A_QUARTER, Quarter, YearProgress, quarter_of
from .money import MoneyFigure
from .reportrows import UNSAID

if TYPE_CHECKING:
    from .reports import Report


def year_of(report: Report) -> YearProgress:
    """Money against time in the year up to this month. Two queries."""
    month = report.round.period
    january = month.first.replace(month=1)
    own = type(report).objects.filter(entry=report.entry_id, round__month__gte=january)
    known = own.exclude(state__in=UNSAID).exclude(invested_month=None)
    told = known.filter(round__month__lte=month.first)
    months = dict(told.values_list("round__month", "invested_month"))
    figures = list(report.entry.figures.filter(dated_on__year=month.first.year))
    plans = [figure for figure in figures if figure.kind == MoneyKind.YEAR_PLAN]
    plan = max(plans, key=lambda figure: (figure.dated_on, figure.pk), default=None)
    return YearProgress(
        day=month.last,
        plan=plan.amount if plan else None,
        plan_note=str(plan) if plan else "",
        month=report.invested_month,
        done=sum(months.values(), Decimal()) if months else None,
        months=len(months),
        total=report.invested_total,
        quarters=_quarters(figures, months, month.last),
    )


def _quarters(
    figures: list[MoneyFigure], months: dict[dt.date, Decimal], day: dt.date
) -> tuple[Quarter, ...]:
    """Each quarter with a plan, the latest plan where there are several."""
    plans: dict[int, Decimal] = {}
    for figure in sorted(figures, key=lambda figure: figure.pk):
        if figure.kind == MoneyKind.QUARTER_PLAN and figure.dated_on:
            plans[quarter_of(figure.dated_on)] = figure.amount
    done = {
        number: [amount for month, amount in months.items() if quarter_of(month) <= number]
        for number in plans
    }
    return tuple(
        Quarter(
            number,
            plans[number],
            sum(done[number], Decimal()) if done[number] else None,
            is_over=day.month >= number * MONTHS_A_QUARTER,
        )
        for number in sorted(plans)
    )

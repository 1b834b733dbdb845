"""Whose money of a year is planned, and of whom it was told what was invested."""

from __future__ import annotations

from typing import Any

from ..choices import MoneyKind, YearMoney
from .money import MoneyFigure
from .reportrows import UNSAID
from .reports import Report


def year_plans(year: int) -> Any:
    """Figures of 年度计划投资 for that year; an entry may have several, the latest counts."""
    return MoneyFigure.objects.filter(kind=MoneyKind.YEAR_PLAN, dated_on__year=year)


def year_told(year: int) -> Any:
    """Reports that told what was invested in a month of that year."""
    told = Report.objects.filter(round__month__year=year).exclude(state__in=UNSAID)
    return told.exclude(invested_month=None)


def entries_with(kind: str, year: int) -> list[Any]:
    """Queries for the keys of entries: an entry is meant that is in all of them."""
    found = [year_plans(year).order_by().values("entry")]
    if kind == YearMoney.TOLD:
        found.append(year_told(year).order_by().values("entry"))
    return found

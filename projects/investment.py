"""Money against time: completion rate, and points ahead of or behind it. Pure.

One place for the arithmetic, with the formula as it is shown. Rates are rounded to a tenth before
they are subtracted, so that what is shown adds up. Source: Ziyang's own figure, 年度投资完成率 less
时间进度 in points (“超时间进度2.3个百分点”).
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from .text import number

TENTH = Decimal("0.1")
MONTHS_A_QUARTER = 3


def share(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Per cent, to a tenth, half up. `whole` is not 0."""
    exact = Decimal(part) * 100 / Decimal(whole)
    return exact.quantize(TENTH, ROUND_HALF_UP)


def time_gone(day: dt.date) -> Decimal:
    """时间进度: days of the year gone by the end of that day, per cent of the year's days."""
    return share(day.timetuple().tm_yday, 366 if isleap(day.year) else 365)


@dataclass(frozen=True)
class Formula:
    """A figure with how it comes about."""

    label: str
    value: str
    formula: str


@dataclass(frozen=True)
class Quarter:
    """Planned and done since 1 January by the end of a quarter (or till now), 万元."""

    number: int
    plan: Decimal
    done: Decimal | None
    is_over: bool = True

    @property
    def rate(self) -> Decimal | None:
        return None if self.done is None or not self.plan else share(self.done, self.plan)


@dataclass(frozen=True)
class YearProgress:
    """One entry's money in the year up to `day`, the end of a month; amounts in 万元.

    `months` is the number of months of the year that were reported on: `done` is the sum of
    just these. None is what is not known.
    """

    day: dt.date
    plan: Decimal | None = None
    plan_note: str = ""
    month: Decimal | None = None
    done: Decimal | None = None
    months: int = 0
    total: Decimal | None = None
    quarters: tuple[Quarter, ...] = ()

    @property
    def is_told(self) -> bool:
        """Is there anything to show?"""
        return not (self.plan is None and self.done is None and self.total is None)

    @property
    def rate(self) -> Decimal | None:
        """年度投资完成率, per cent."""
        return None if self.done is None or not self.plan else share(self.done, self.plan)

    @property
    def ahead(self) -> Decimal | None:
        """超/欠时间进度 in points; behind is negative."""
        return None if self.rate is None else self.rate - time_gone(self.day)

    @property
    def verdict(self) -> str:
        """`超时间进度2.3个百分点`; empty where it is not known."""
        if self.ahead is None:
            return ""
        if self.ahead == 0:
            return "与时间进度持平"
        side = "超" if self.ahead > 0 else "欠"
        return f"{side}时间进度{number(abs(self.ahead))}个百分点"

    def formulas(self) -> list[Formula]:
        """The figures with their formulas, in the order in which they build on one another."""
        if self.rate is None or self.plan is None or self.done is None:
            return []
        gone, days = self.day.timetuple().tm_yday, 366 if isleap(self.day.year) else 365
        done, plan = number(self.done, apart=True), number(self.plan, apart=True)
        time = time_gone(self.day)
        return [
            Formula(
                "年度投资完成率",
                f"{self.rate}%",
                f"年度累计完成投资{done} ÷ 年度计划投资{plan} × 100%",
            ),
            Formula("时间进度", f"{time}%", f"本年已过{gone}天 ÷ 全年{days}天 × 100%"),
            Formula("超（欠）时间进度", self.verdict, f"完成率{self.rate}% − 时间进度{time}%"),
        ]


def quarter_of(day: dt.date) -> int:
    return (day.month - 1) // MONTHS_A_QUARTER + 1

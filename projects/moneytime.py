"""年度投资完成率 against 时间进度 of many entries, with the entries that are counted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum

from .choices import Ledger, YearMoney
from .investment import YearProgress, time_gone
from .models import Book
from .models.yearmoney import year_plans, year_told
from .periods import Month
from .statistics import Params, Tally, address

#: The ledgers whose entries invest.
INVESTING = (Ledger.INDUSTRIAL, Ledger.INFRASTRUCTURE)


@dataclass(frozen=True)
class LedgerMoney:
    """The money of one ledger in the year, 万元, of the entries that have a plan and told
    of their money: those that told nothing would pass for having done nothing."""

    label: str
    planned: Tally
    told: Tally
    progress: YearProgress


@dataclass(frozen=True)
class MoneyTime:
    """`month` is the last month that anybody told of; lines only of ledgers with plans."""

    year: int
    month: Month | None
    time_gone: Decimal | None
    lines: tuple[LedgerMoney, ...]


def money_against_time(rows: Any, scope: Params, book: Book) -> MoneyTime:
    """Of these rows of today. Two queries."""
    year = book.day.year
    plans = _plans(rows, year)
    done, last = _done(rows, year)
    month = Month.of(last) if last else None
    day = month.last if month else book.day
    lines = (_line(ledger, plans[ledger], done, day, scope) for ledger in INVESTING)
    return MoneyTime(
        year,
        month,
        time_gone(month.last) if month else None,
        tuple(line for line in lines if line.planned.count),
    )


def _plans(rows: Any, year: int) -> dict[str, dict[int, Decimal]]:
    """Plans by ledger and entry, the latest of each."""
    found: dict[str, dict[int, Decimal]] = defaultdict(dict)
    figures = year_plans(year).filter(entry__in=rows.order_by().values("pk"))
    for ledger, entry, amount in figures.order_by("dated_on", "pk").values_list(
        "entry__ledger", "entry", "amount"
    ):
        found[ledger][entry] = amount
    return found


def _done(rows: Any, year: int) -> tuple[dict[int, Decimal], dt.date | None]:
    """What each entry invested in the months that were told of, and the last such month."""
    told = year_told(year).filter(entry__in=rows.order_by().values("pk")).order_by()
    sums = list(
        told.values_list("entry").annotate(done=Sum("invested_month"), last=Max("round__month"))
    )
    return {entry: done for entry, done, _ in sums}, max((last for *_, last in sums), default=None)


def _line(
    ledger: Ledger,
    plans: dict[int, Decimal],
    done: dict[int, Decimal],
    day: dt.date,
    scope: Params,
) -> LedgerMoney:
    told = [entry for entry in plans if entry in done]
    href = {kind: address(ledger, {**scope, "year_money": kind.value}) for kind in YearMoney}
    progress = YearProgress(
        day=day,
        plan=sum((plans[entry] for entry in told), Decimal()) if told else None,
        done=sum((done[entry] for entry in told), Decimal()) if told else None,
    )
    return LedgerMoney(
        ledger.label,
        Tally(YearMoney.PLANNED.label, len(plans), href[YearMoney.PLANNED], "planned"),
        Tally(YearMoney.TOLD.label, len(told), href[YearMoney.TOLD], "told"),
        progress,
    )

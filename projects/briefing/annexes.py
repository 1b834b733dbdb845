"""The tables of the annexes: what is late, the problems, money against time, who has reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from ..choices import Ledger, Light, MatterKind, MoneyKind, ReportState
from ..investment import YearProgress
from ..models import FollowUps, LedgerEntry, Matter, Report
from ..models.reportrows import UNSAID
from ..periods import Period
from ..text import number
from ..wording import MONEY_LEDGERS, REPORTS, TABLES
from .figures import LATE, Closing
from .parts import Annex, Cell, Piece

#: Rows of an annex; of more it says how many there are.
ROWS = 500


@dataclass(frozen=True)
class Late:
    """An entry that is late, why, and what its unit says of it in the month's report."""

    entry: LedgerEntry
    light: Light
    reason: str
    report: Report | None

    def told(self, column: str) -> str:
        return str(getattr(self.report, column)) if self.report else ""

    @property
    def coordination(self) -> str:
        """What has to be coordinated, with the level that decides it."""
        if not self.told("coordination"):
            return ""
        level = self.report.get_coordination_level_display() if self.report else ""
        return f"{self.told('coordination')}（{level}）" if level else self.told("coordination")


@dataclass(frozen=True)
class Money:
    entry: LedgerEntry
    year: YearProgress


@dataclass(frozen=True)
class Details:
    """The rows of a closing that a brief names one by one; `period` is what it is of."""

    closing: Closing
    period: Period

    @cached_property
    def late(self) -> list[Late]:
        """Red before yellow, those longest due first; `ROWS` at most, and one more."""
        book = self.closing.book
        found: list[Late] = []
        for light in LATE:
            rows = book.rows().with_light(book.clock).lit(light).order_by("due_on", "code")
            lines = book.lines(rows[: ROWS + 1 - len(found)])
            readings = [(entry, entry.reading(book.clock)) for entry in lines]
            found += [Late(entry, light, reading.reason, None) for entry, reading in readings]
        reports = self._accepted([late.entry.pk for late in found])
        return [Late(x.entry, x.light, x.reason, reports.get(x.entry.pk)) for x in found]

    def _accepted(self, entries: list[int]) -> dict[int, Report]:
        rows = Report.objects.of(self.closing.round).filter(
            state=ReportState.ACCEPTED, entry__in=entries
        )
        return {report.entry_id: report for report in rows}

    @cached_property
    def problems(self) -> list[Matter]:
        """Problems that were not struck off, the earliest due first."""
        return self._followed(MatterKind.PROBLEM, self._matters.pending())

    @cached_property
    def decisions_overdue(self) -> list[Matter]:
        overdue = self._matters.overdue(self.closing.book.day)
        return self._followed(MatterKind.DECISION, overdue)

    @cached_property
    def _followups(self) -> FollowUps:
        return FollowUps(self.closing.book)

    @property
    def _matters(self) -> Any:
        return self._followups.rows()

    def _followed(self, kind: MatterKind, rows: Any) -> list[Matter]:
        rows = rows.of_kind(kind).order_by("due_on", "code")[: ROWS + 1]
        return self._followups.records(rows)

    @cached_property
    def money(self) -> list[Money]:
        """Projects with a plan of the year, or with money spent in it, by code."""
        book, months = self.closing.book, self._months
        rows: Any = book.rows().filter(ledger__in=MONEY_LEDGERS).order_by("code")
        rows = rows.with_figure(MoneyKind.YEAR_PLAN, list(months))
        found = [Money(e, self._year(e, months.get(e.pk, {}))) for e in book.lines(rows)]
        return [money for money in found if money.year.plan is not None or money.year.months]

    @cached_property
    def _months(self) -> dict[int, dict[Any, Decimal]]:
        """What each entry spent in each month of the year so far. One query."""
        last = self.closing.round.month
        rows = Report.objects.filter(round__month__range=(last.replace(month=1), last))
        told = rows.exclude(state__in=UNSAID).exclude(invested_month=None)
        found: dict[int, dict[Any, Decimal]] = defaultdict(dict)
        for entry, month, amount in told.values_list("entry", "round__month", "invested_month"):
            found[entry][month] = amount
        return found

    def _year(self, entry: LedgerEntry, months: dict[Any, Decimal]) -> YearProgress:
        day = self.closing.round.period.last
        plans = [
            figure
            for figure in entry.figures.all()
            if figure.kind == MoneyKind.YEAR_PLAN
            and figure.dated_on
            and figure.dated_on.year == day.year
        ]
        plan = max(plans, key=lambda figure: (figure.dated_on, figure.pk or 0), default=None)
        own = [amount for month, amount in months.items() if month >= self.period.first]
        return YearProgress(
            day=day,
            plan=plan.amount if plan else None,
            month=sum(own, Decimal()) if own else None,
            done=sum(months.values(), Decimal()) if months else None,
            months=len(months),
        )

    def year_of(self, ledger: Ledger) -> YearProgress:
        """Of a ledger's projects with both plan and amount, together."""
        both = [
            money.year
            for money in self.money
            if money.entry.ledger == ledger and money.year.rate is not None
        ]
        return YearProgress(
            day=self.closing.round.period.last,
            plan=_sum(year.plan for year in both),
            done=_sum(year.done for year in both),
        )

    # --- as tables --------------------------------------------------------------------

    def annexes(self) -> tuple[Annex, ...]:
        made = (
            ("滞后和逾期事项表", "滞后表", self._late_rows(), ""),
            ("问题清单", "问题表", self._problem_rows(), ""),
            ("项目投资完成与时间进度对照表", "投资表", self._money_rows(), MONEY_NOTE),
            ("各单位月报报送情况表", "报送表", self._unit_rows(), UNIT_NOTE),
        )
        return tuple(
            Annex(number, title, table, TABLES[table], tuple(rows[:ROWS]), _note(rows, note))
            for number, (title, table, rows, note) in enumerate(made, start=1)
        )

    def _late_rows(self) -> list[tuple[Cell, ...]]:
        return [
            _row(
                *(at, *_named(late.entry), late.light.label, late.reason),
                *(late.told("problems"), late.told("next_step"), late.coordination),
            )
            for at, late in enumerate(self.late, start=1)
        ]

    def _problem_rows(self) -> list[tuple[Cell, ...]]:
        return [
            _row(
                *(at, Piece(found.code, href=found.get_absolute_url()), found.title),
                *(str(found.unit or ""), found.get_level_display()),
                *(f"{found.due_on:%Y-%m-%d}" if found.due_on else "", _state(found, self._day)),
                found.last_handling.told if found.last_handling else "",
            )
            for at, found in enumerate(self.problems, start=1)
        ]

    @property
    def _day(self) -> Any:
        return self.closing.book.day

    def _money_rows(self) -> list[tuple[Cell, ...]]:
        return [
            _row(
                *(at, *_named(money.entry), _amount(money.year.plan), _amount(money.year.month)),
                *(_amount(money.year.done), _percent(money.year.rate)),
                money.year.verdict.replace("时间进度", "", 1),
            )
            for at, money in enumerate(self.money, start=1)
        ]

    def _unit_rows(self) -> list[tuple[Cell, ...]]:
        """By the names of the units: no unit is ranked."""
        units = self.closing.book.names.units
        here = [(str(units.get(key, f"单位{key}")), key) for key in self.closing.reports]
        found = []
        for at, (name, key) in enumerate(sorted(here), start=1):
            tallies = self.closing.reported(key)
            counts = [Piece(str(tallies[word].count), tallies[word]) for word in REPORTS]
            found.append(_row(at, name, *counts))
        return found


MONEY_NOTE = (
    "单位：万元。年度投资完成率＝年度累计完成投资÷年度计划投资；"
    "超（欠）时间进度＝完成率−时间进度，以百分点计；空白为未报或无计划数。"
)
UNIT_NOTE = "按单位名称排列；“按期”“逾期”以首次审定日期为准，“未报”为冻结时仍未审定报送。"


def _note(rows: list[Any], note: str) -> str:
    more = f"本表列前{ROWS}条，其余见系统。" if len(rows) > ROWS else ""
    return f"{more}{note}"


def _row(*cells: str | int | Piece) -> tuple[Cell, ...]:
    return tuple(cell if isinstance(cell, Piece) else Piece(str(cell)) for cell in cells)


def _named(entry: LedgerEntry) -> tuple[Piece, str, str]:
    return Piece(entry.code, href=entry.get_absolute_url()), entry.name, str(entry.lead or "")


def _state(found: Matter, day: Any) -> str:
    return "办理中（逾期）" if found.is_overdue(day) else found.get_state_display()


def _amount(value: Decimal | None) -> str:
    return "" if value is None else number(value, apart=True)


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value}%"


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal()) if known else None

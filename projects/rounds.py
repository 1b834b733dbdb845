"""A month is opened, closed and frozen, with the counts of its closing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from . import statistics
from .choices import Ledger, Source
from .models import Act, Book, Revision, Round
from .periods import AsOf, Month
from .rights import Right
from .statistics import ByKey, Cell, LedgerSummary, Row


@dataclass(frozen=True)
class Figures:
    """The counts of one moment: by ledger, status and light; by sector; by place."""

    entries: Counter[Cell]
    sectors: ByKey
    places: ByKey

    @classmethod
    def of(cls, book: Book) -> Figures:
        """Counted in that book. Three grouped queries, and those for the names."""
        return cls(
            statistics.cells(book.rows(), book.day),
            statistics.by_sector(book),
            statistics.by_place(book),
        )

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Figures:
        """As `kept` tells them."""
        return cls(
            Counter({(ledger, status, light): n for ledger, status, light, n in kept["entries"]}),
            _by_key(kept["sectors"]),
            _by_key(kept["places"]),
        )

    def kept(self) -> dict[str, Any]:
        """As JSON: lists in order, so that equal counts are written alike."""
        return {
            "entries": sorted([*key, n] for key, n in self.entries.items()),
            "sectors": _lines(self.sectors),
            "places": _lines(self.places),
        }


def _lines(counts: ByKey) -> list[list[Any]]:
    return sorted([key, *cell, n] for key, own in counts.items() for cell, n in own.items())


def _by_key(lines: list[list[Any]]) -> ByKey:
    counts: ByKey = {}
    for key, ledger, light, n in lines:
        counts.setdefault(key, Counter())[ledger, light] = n
    return counts


@dataclass(frozen=True)
class FrozenMonth:
    """What the page of a frozen month shows: its kept figures, linked to the rows of then."""

    ledgers: tuple[LedgerSummary, ...]
    sectors: tuple[Row, ...]
    places: tuple[Row, ...]
    note: str = statistics.OVERLAP_NOTE


def shown(found: Round) -> FrozenMonth:
    """The figures that the frozen round keeps."""
    book, figures = Book(found.close_of), Figures.read(found.figures)
    return FrozenMonth(
        statistics.summaries(figures.entries, book.scope),
        statistics.sector_rows(book, figures.sectors),
        statistics.place_rows(book, figures.places),
    )


def headline(found: Round) -> tuple[LedgerSummary, ...]:
    """The four ledgers alone."""
    assert found.close_of
    return statistics.summaries(Figures.read(found.figures).entries, found.close_of.query)


def open_month(
    month: Month,
    *,
    by: Any,
    note: str = "",
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> Round:
    """Open the round of a month.

    Raises `PermissionDenied`, and `RoundRefused` with every reason at once.
    """
    _may(by)
    return Round.open(month, Act(by=by, source=source, note=note, at=at))


def close_month(
    found: Round,
    *,
    by: Any,
    version: int,
    note: str = "",
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> None:
    """Close the round of a month and freeze its figures.

    A mark is set first, and the figures are read as at that moment: nobody waits while they
    are counted, and what is recorded meanwhile belongs to a later month. Raises
    `PermissionDenied`, `RoundRefused` with every reason, and `Stale` when the round is no
    longer at that version.
    """
    _may(by)
    found.refuse_closing(timezone.localdate(at))
    mark = Revision.mark(at)
    book = Book(AsOf(timezone.localdate(mark.moment), mark.moment, found.period))
    act = Act(by=by, source=source, note=note, at=at)
    found.freeze(mark, Figures.of(book).kept(), act, version=version)


def _may(by: Any) -> None:
    if not by.may(Right.ROUNDS):
        raise PermissionDenied("您的岗位不能开启或冻结月报，请联系同城化局。")


def frozen_problem(found: Round) -> str:
    """Do the kept figures still agree with the ledger read as at the closing? Empty if so."""
    now = Figures.of(Book(found.close_of)).kept()
    if now == found.figures:
        return ""
    kept = {tuple(line[:-1]): line[-1] for line in found.figures["entries"]}
    read = {tuple(line[:-1]): line[-1] for line in now["entries"]}
    differing = sorted(k for k in {*kept, *read} if kept.get(k) != read.get(k))
    if differing:
        ledger = Ledger(differing[0][0]).label
        return f"{found}冻结的数字与截至冻结时的台账不符（{ledger}），已被改动。"
    return f"{found}冻结的分领域或分地区数字与截至冻结时的台账不符，已被改动。"

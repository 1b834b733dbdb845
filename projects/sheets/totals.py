"""总投资 of a row, which becomes a figure of its entry."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .. import text
from ..choices import MoneyKind
from ..models import MoneyFigure
from ..models.ledger import latest_of
from ..periods import written
from .stored import chunks


def figure_of(number: Any, qualifier: str, basis: str, day: Any, precision: str) -> MoneyFigure:
    return MoneyFigure(
        kind=MoneyKind.TOTAL,
        basis=basis,
        amount=number,
        qualifier=qualifier,
        dated_on=day,
        dated_precision=precision,
    )


def totals_of(entries: list[Any]) -> dict[Any, list[MoneyFigure]]:
    """The totals of these entries, those added later behind."""
    found: dict[Any, list[MoneyFigure]] = defaultdict(list)
    for some in chunks(entries):
        figures = MoneyFigure.objects.filter(entry_id__in=some, kind=MoneyKind.TOTAL)
        for figure in figures.order_by("pk"):
            found[figure.entry_id].append(figure)
    return found


def new_total(row: Any, totals: list[MoneyFigure]) -> MoneyFigure:
    """The figure that becomes the entry's total: the latest one corrected, or another beside it.

    The same basis and day is the same figure. Raises ValueError when a new one would stay in the
    shadow of a later one.
    """
    number, qualifier, basis = row.given["total_investment"]
    day, precision = row.dated
    latest = latest_of(totals)
    if latest and (latest.basis, latest.dated_on) == (basis, day):
        latest.amount, latest.qualifier = number, qualifier
        return latest
    if latest and latest.dated_on and (day is None or day < latest.dated_on):
        was = written(latest.dated_on, latest.dated_precision)
        raise ValueError(
            f"台账中的总投资{text.number(latest.amount)}万元是{was}的数，"
            "要改的请在表中填写不早于它的“数据截止日期”，或在后台修改投资数据"
        )
    return figure_of(number, qualifier, basis, day, precision)

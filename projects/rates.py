"""开工率 and 履约率: each with its formula in words, and the rows of both its figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from .choices import COMMENCED_SET, HALTED_SET, STATUSES, TERMINATED_SET, Commenced, Ledger
from .statistics import Params, Tally, address

#: Entries by status and, of those that are halted, by the status at which they were.
Standing = Counter[tuple[str, str]]
NOTHING = "—"
ROUNDED = {
    ROUND_HALF_UP: "四舍五入保留{}位小数",
    ROUND_DOWN: "保留{}位小数（其后舍去，不进位）",
}


@dataclass(frozen=True)
class Formula:
    """What is divided by what, in words, and how its per cent is shown: to how many places, and
    whether what follows them is rounded or left out (the published 99.65 % of 291/292 is)."""

    label: str
    part: str
    whole: str
    places: int
    rounding: str

    @property
    def words(self) -> str:
        shown = ROUNDED[self.rounding].format(self.places)
        return f"{self.label}＝{self.part}÷{self.whole}×100%，{shown}"

    def percent(self, part: int, whole: int) -> str:
        """Of nothing there is no share, and “—” is said."""
        if not whole:
            return NOTHING
        exact = Decimal(part * 100) / Decimal(whole)
        return f"{exact.quantize(Decimal(1).scaleb(-self.places), self.rounding)}%"


COMMENCEMENT = Formula(
    "开工率",
    "已开工的项目数（开工及其后各状态，含开工后停滞）",
    "在列项目总数（含终止）",
    1,
    ROUND_HALF_UP,
)
FULFILMENT = Formula("履约率", "未终止的项目数", "在列项目总数（含终止）", 2, ROUND_DOWN)


@dataclass(frozen=True)
class Rate:
    formula: Formula
    part: Tally
    whole: Tally

    @property
    def shown(self) -> str:
        return self.formula.percent(self.part.count, self.whole.count)


def rates(ledger: Ledger, counts: Standing, scope: Params) -> tuple[Rate, Rate]:
    """Both rates of a project ledger; `scope` are the parameters that choose what was counted."""
    whole = Tally("在列项目", counts.total(), address(ledger, scope), "all")
    commenced = Tally(
        Commenced.YES.label,
        standing_at(counts, COMMENCED_SET),
        address(ledger, {**scope, "begun": Commenced.YES.value}),
        "begun",
    )
    kept = [status.slug for status in STATUSES[ledger] if status.slug not in TERMINATED_SET]
    fulfilled = Tally(
        "未终止",
        sum(n for (status, _), n in counts.items() if status not in TERMINATED_SET),
        address(ledger, {**scope, "status": kept}),
        "kept",
    )
    return Rate(COMMENCEMENT, commenced, whole), Rate(FULFILMENT, fulfilled, whole)


def standing_at(counts: Standing, slugs: frozenset[str]) -> int:
    """As many as `EntryRows.standing_at` lists."""
    return sum(
        n
        for (status, halted_from), n in counts.items()
        if status in slugs or (status in HALTED_SET and halted_from in slugs)
    )

"""What the two cities can be compared by: one number for each place, with exactly its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .choices import LAUNCHED_SET, STATUS_LABELS, Ledger, Light
from .models import Book, Region
from .statistics import Share, Tally, address

Choose = Callable[[Any, dt.date], Any]


def _every(rows: Any, day: dt.date) -> Any:
    return rows


OF_ALL = "四本台账合并，以条目计"


@dataclass(frozen=True)
class Measure:
    """`params` ask a list for the rows that `choose` takes on a day; of all four ledgers when
    there is none.

    With `is_share` the number is their share of all rows of the ledger.
    """

    slug: str
    label: str
    definition: str
    ledger: Ledger | None
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    choose: Choose = _every
    is_share: bool = False


@dataclass(frozen=True)
class Placed:
    """A place with its number: a count, or a share of the place's own rows."""

    region: Region
    part: Tally
    whole: Tally | None = None

    @property
    def share(self) -> Share | None:
        return Share(self.part, self.whole) if self.whole else None


def _of_ledger(ledger: Ledger) -> Measure:
    return Measure(ledger.value, ledger.label, f"{ledger.label}的条目数", ledger)


def _of_light(light: Light) -> Measure:
    return Measure(
        light.value,
        f"{light.label}条目",
        f"{light.label}的条目数，{OF_ALL}",
        None,
        {"light": light.value},
        lambda rows, day: rows.lit(light),
    )


_LAUNCHED = [slug for slug in STATUS_LABELS if slug in LAUNCHED_SET]
MEASURES: dict[str, Measure] = {
    measure.slug: measure
    for measure in (
        *map(_of_ledger, Ledger),
        Measure(
            "launched-share",
            "合作事项已启动占比",
            "已启动及以后各状态的合作事项（含暂停，不含终止）占该地合作事项的比例",
            Ledger.ITEMS,
            {"status": _LAUNCHED},
            lambda rows, day: rows.launched(),
            is_share=True,
        ),
        *map(_of_light, (Light.RED, Light.YELLOW, Light.BLUE)),
        Measure(
            "overdue",
            "逾期条目",
            f"时限已过而未完成的条目数，不含暂停、停滞、终止和“待更新”的条目，{OF_ALL}",
            None,
            {"overdue": "yes"},
            lambda rows, day: rows.overdue(day),
        ),
    )
}
DEFAULT = MEASURES[Ledger.ITEMS]


def by_place(book: Book, measure: Measure) -> dict[str, Placed]:
    """Each place of the book by its code. One grouped query, two for a share."""
    rows = book.rows(measure.ledger).with_light(book.clock)
    part = _counts(measure.choose(rows, book.day))
    whole = _counts(rows) if measure.is_share else {}
    return {
        region.code: Placed(
            region,
            _tally(book, measure, region, part, measure.params),
            _tally(book, measure, region, whole, {}) if measure.is_share else None,
        )
        for region in book.names.regions.values()
    }


def _counts(rows: Any) -> dict[str, int]:
    return {code: counts.total() for code, counts in rows.counted_by_place().items()}


def _tally(
    book: Book,
    measure: Measure,
    region: Region,
    counts: Mapping[str, int],
    params: Mapping[str, str | list[str]],
) -> Tally:
    place = {"district" if region.parent_id else "city": region.code}
    href = address(measure.ledger, {**book.scope, **place, **params})
    label = measure.label if params or not measure.is_share else Ledger.ITEMS.label
    return Tally(f"{region.name}{label}", counts.get(region.code, 0), href, region.code)

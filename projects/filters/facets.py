"""How many rows each value of a condition would find."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..choices import RegionLevel
from .said import Said

if TYPE_CHECKING:
    from ..models.ledger import LedgerEntryQuerySet


@dataclass(frozen=True)
class FacetOption:
    label: str
    value: str
    count: int
    href: str
    is_on: bool


@dataclass(frozen=True)
class Facet:
    label: str
    param: str
    options: tuple[FacetOption, ...]


class Faceted(Said):
    """Methods of a filter of entries that has `rows`."""

    FACETS: Collection[str]
    rows: LedgerEntryQuerySet
    problems: Any
    #: The same filter with one parameter left out.
    without: Callable[[str], Any]

    def facets(self) -> list[Facet]:
        """Counts by value for each facet, its own parameter left out; one query each."""
        if self.problems:
            return []
        return [self._facet(param) for param in self.FACETS]

    def _facet(self, param: str) -> Facet:
        others = self.without(param).rows if param in self.given else self.rows
        chosen = self.given.getlist(param)
        counts = self._counts(param, others)
        labels = self.form.fields[param].choices
        options = [
            FacetOption(
                str(label),
                str(value),
                counts.get(str(value), 0),
                self._toggled(param, str(value), chosen),
                str(value) in chosen,
            )
            for value, label in labels
            if counts.get(str(value)) or str(value) in chosen
        ]
        return Facet(str(self.filters[param].label), param, tuple(options))

    def _counts(self, param: str, rows: Any) -> dict[str, int]:
        """Count of rows by the values of a parameter. One query."""
        if param == "city":  # prefectures; a county may be chosen all the same
            regions = self.book.names.regions.values()
            shown = {r.code for r in regions if r.level == RegionLevel.PREFECTURE}
            shown |= set(self.given.getlist(param))
            places = rows.counted_by_place()
            return {code: places[code].total() for code in shown if code in places}
        if param == "sector":
            sectors = self.book.names.sectors
            return {sectors[key].slug: n for key, n in rows.counted("sector")}
        if param == "phase":
            return dict(rows.with_phase().counted("phase_slug"))
        return dict(rows.counted(param))

    def _toggled(self, param: str, value: str, chosen: list[str]) -> str:
        left = [v for v in chosen if v != value] if value in chosen else [*chosen, value]
        return self.href(**{param: left or None})

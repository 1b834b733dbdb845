"""What the cells of a ledger may name: sectors, places, units, states, entries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from .. import text
from ..choices import STATUSES, Ledger
from ..models import Agreement, CooperationItem, LedgerEntry, Organisation, Region, Sector


class Known:
    """What cells may name, read once for a plan."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.sectors = list(Sector.objects.all())
        self.regions = list(Region.objects.select_related("parent"))
        self.units = list(Organisation.objects.all())
        self.sector_names = _by_name((s, (s.name, s.slug)) for s in self.sectors)
        self.region_names = _by_name((r, _names_of_region(r)) for r in self.regions)
        self.unit_names = _by_name((u, (u.name,)) for u in self.units)
        shorts = _by_name((u, (u.short_name,)) for u in self.units)
        self.unit_names = shorts | self.unit_names  # a full name is stronger than a short one
        self.statuses = {
            text.searchable(word): status
            for status in STATUSES[ledger]
            for word in (status.slug, status.label)
        }

    @cached_property
    def origins(self) -> dict[str, LedgerEntry]:
        """The entries that those of this ledger may come from, by code; code and name alone."""
        model: Any = {Ledger.ITEMS: Agreement}.get(self.ledger, CooperationItem)
        return {entry.code: entry for entry in model.objects.only("code", "name")}

    @cached_property
    def sector_by_key(self) -> dict[Any, Sector]:
        return {sector.pk: sector for sector in self.sectors}

    @cached_property
    def region_by_code(self) -> dict[str, Region]:
        return {region.code: region for region in self.regions}

    @cached_property
    def unit_by_key(self) -> dict[Any, Organisation]:
        return {unit.pk: unit for unit in self.units}

    @cached_property
    def origin_by_key(self) -> dict[Any, LedgerEntry]:
        return {entry.pk: entry for entry in self.origins.values()}


def _by_name(pairs: Iterable[tuple[Any, Iterable[str]]]) -> dict[str, list[Any]]:
    """Records by each name, folded; more than one where a name is not enough."""
    found: dict[str, list[Any]] = {}
    for record, names in pairs:
        for folded in {text.searchable(name) for name in names if name}:
            found.setdefault(folded, []).append(record)
    return found


_FORMER = re.compile(r"([0-9]{6})(?:（([^）]*)）)?")


def _names_of_region(region: Region) -> list[str]:
    """`雁江区`, `资阳市雁江区`, `512002`, and the codes and names that it once had."""
    names = [region.name]
    for code, told in _FORMER.findall(region.former_codes):
        former = told.partition("，")[0]
        names += [code] + ([former] if former.endswith(("县", "区", "市")) else [])
    above = region.parent.name if region.parent else ""
    return [region.code, *names, *(above + name for name in names if above)]

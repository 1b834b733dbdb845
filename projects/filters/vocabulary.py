"""The choices that the database gives a filter."""

from __future__ import annotations

from ..choices import RegionLevel
from ..models import Names

_SUFFIX = {RegionLevel.ZONE: "（功能区）"}


def choices_of(names: Names) -> dict[str, list[tuple[str, str]]]:
    """Value and label of all that sectors, places and units may be asked for."""
    regions = names.regions.values()
    return {
        "sector": [(s.slug, s.name) for s in names.sectors.values()],
        "city": [(r.code, r.name) for r in regions if r.level != RegionLevel.ZONE],
        "district": [
            (r.code, f"{r.name}{_SUFFIX.get(RegionLevel(r.level), '')}")
            for r in regions
            if r.level != RegionLevel.PREFECTURE
        ],
        "unit": [(str(u.pk), u.name) for u in names.units.values()],
    }

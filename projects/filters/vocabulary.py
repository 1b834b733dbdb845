"""The choices that the database gives a filter."""

from __future__ import annotations

from dataclasses import dataclass

from ..choices import RegionLevel
from ..models import Organisation, Region, Sector


@dataclass(frozen=True)
class Vocabulary:
    """The values that the database gives the filter, read once a request (three queries)."""

    sectors: tuple[Sector, ...]
    regions: tuple[Region, ...]
    units: tuple[Organisation, ...]

    @classmethod
    def read(cls) -> Vocabulary:
        return cls(
            tuple(Sector.objects.all()),
            tuple(Region.objects.all()),
            tuple(Organisation.objects.only("pk", "name").order_by("name")),
        )

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        below = {RegionLevel.PREFECTURE: "", RegionLevel.ZONE: "（功能区）"}
        return {
            "sector": [(s.slug, s.name) for s in self.sectors],
            "city": [(r.code, r.name) for r in self.regions if r.level != RegionLevel.ZONE],
            "district": [
                (r.code, f"{r.name}{below.get(RegionLevel(r.level), '')}")
                for r in self.regions
                if r.level != RegionLevel.PREFECTURE
            ],
            "unit": [(str(u.pk), u.name) for u in self.units],
        }

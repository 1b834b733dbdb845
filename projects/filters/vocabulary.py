"""The choices that the database gives a filter."""

from __future__ import annotations

from collections.abc import Iterable

from ..choices import RegionLevel
from ..models import Book, Names
from ..text import forbidden_character
from .deadlines import NOBODY

_SUFFIX = {RegionLevel.ZONE: "（功能区）"}


def choices_of(names: Names) -> dict[str, list[tuple[str, str]]]:
    """Value and label of all that sectors, places and units may be asked for."""
    regions = names.regions.values()
    units = [(str(u.pk), u.name) for u in names.units.values()]
    return {
        "sector": [(s.slug, s.name) for s in names.sectors.values()],
        "city": [(r.code, r.name) for r in regions if r.level != RegionLevel.ZONE],
        "district": [
            (r.code, f"{r.name}{_SUFFIX.get(RegionLevel(r.level), '')}")
            for r in regions
            if r.level != RegionLevel.PREFECTURE
        ],
        "unit": units,
        "lead": [(NOBODY, "未明确牵头单位"), *units],
    }


def task_forces_of(books: Iterable[Book], asked: list[str]) -> list[tuple[str, str]]:
    """The directory of 专项组 of these days, and what else was asked for that entries name."""
    books = list(books)
    names = list(dict.fromkeys(force.name for book in books for force in book.task_forces))
    strange = [name for name in asked if name not in names and not forbidden_character(name)]
    if strange:
        named = set().union(*(book.task_forces_named(strange) for book in books))
        names += sorted(named)
    return [(name, name) for name in names]

"""The one filter of lists, boards and exports."""

from .entries import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    EntryFilter,
    Facet,
    FacetOption,
    Pill,
    Problem,
)
from .fields import CountField, DayField
from .orderings import ORDERINGS
from .vocabulary import Vocabulary

__all__ = [
    "DEFAULT_PAGE_SIZE",
    "MAX_PAGE_SIZE",
    "ORDERINGS",
    "CountField",
    "DayField",
    "EntryFilter",
    "Facet",
    "FacetOption",
    "Pill",
    "Problem",
    "Vocabulary",
]

"""The one filter of lists, boards and exports."""

from .access import AccessFilter
from .comparison import ComparisonFilter
from .entries import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    EntryFilter,
    asked_again,
)
from .facets import Facet, FacetOption
from .fields import AsOfField, AsOfInput, CountField, DayField
from .finding import FindForm
from .layouts import FREEZES, OF_LAYOUT, USUALLY_FROZEN, Layout
from .matrix import MatrixFilter
from .matters import MatterFilter
from .meetings import AgendaFilter, ContactFilter, MeetingFilter
from .membership import MembershipFilter
from .orderings import ORDERINGS
from .reports import ReportFilter
from .said import Pill, Problem
from .strict import StrictForm
from .trail import TrailFilter
from .views import faults_of, filter_of, ledger_of, normalised, parted
from .wall import WallFilter

__all__ = [
    "DEFAULT_PAGE_SIZE",
    "FREEZES",
    "MAX_PAGE_SIZE",
    "OF_LAYOUT",
    "ORDERINGS",
    "USUALLY_FROZEN",
    "AccessFilter",
    "AgendaFilter",
    "AsOfField",
    "AsOfInput",
    "ComparisonFilter",
    "ContactFilter",
    "CountField",
    "DayField",
    "EntryFilter",
    "Facet",
    "FacetOption",
    "FindForm",
    "Layout",
    "MatrixFilter",
    "MatterFilter",
    "MeetingFilter",
    "MembershipFilter",
    "Pill",
    "Problem",
    "ReportFilter",
    "StrictForm",
    "TrailFilter",
    "WallFilter",
    "asked_again",
    "faults_of",
    "filter_of",
    "ledger_of",
    "normalised",
    "parted",
]

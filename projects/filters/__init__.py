"""The one filter of lists, boards and exports."""

from .access import AccessFilter
from .comparison import ComparisonFilter
from .entries import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    EntryFilter,
    Facet,
    FacetOption,
    Pill,
    Problem,
    asked_again,
)
from .fields import AsOfField, AsOfInput, CountField, DayField
from .finding import FindForm
from .matrix import MatrixFilter
from .matters import MatterFilter
from .meetings import AgendaFilter, ContactFilter, MeetingFilter
from .membership import MembershipFilter
from .orderings import ORDERINGS
from .reports import ReportFilter
from .strict import StrictForm
from .trail import TrailFilter
from .views import faults_of, filter_of, ledger_of, normalised
from .wall import WallFilter

__all__ = [
    "DEFAULT_PAGE_SIZE",
    "MAX_PAGE_SIZE",
    "ORDERINGS",
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
]

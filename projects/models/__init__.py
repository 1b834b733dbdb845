"""The models, lowest first; see `docs/architecture.md` for who may import whom."""

from .access import AccessEvent
from .accounts import User
from .agreements import Agreement
from .attachments import Attachment
from .book import Book
from .contents import AttachmentContent, AttachmentRefused
from .drafts import Draft
from .industrial import IndustrialProject
from .infrastructure import InfrastructureProject
from .items import CooperationItem
from .ledger import LedgerEntry
from .lightrules import LightRule
from .milestones import Milestone
from .money import Indicator, MoneyFigure
from .organisations import Organisation
from .past import LEDGER_MODELS, Names
from .places import Region, Sector
from .receipts import Receipt
from .recorded import Recorded
from .recordversions import RecordVersion
from .reminders import Reminder
from .reportingrules import CalendarDay, ReportingRule
from .reports import Report
from .reportsteps import ReportRefused
from .rounds import Round, RoundRefused
from .steps import StepRefused
from .trail import Act, ChainHead, Revision, Stale
from .undoing import Undo
from .uploads import Upload, UploadedFile
from .versions import EntryState, EntryVersion, Segment

__all__ = [
    "LEDGER_MODELS",
    "AccessEvent",
    "Act",
    "Agreement",
    "Attachment",
    "AttachmentContent",
    "AttachmentRefused",
    "Book",
    "CalendarDay",
    "ChainHead",
    "CooperationItem",
    "Draft",
    "EntryState",
    "EntryVersion",
    "Indicator",
    "IndustrialProject",
    "InfrastructureProject",
    "LedgerEntry",
    "LightRule",
    "Milestone",
    "MoneyFigure",
    "Names",
    "Organisation",
    "Receipt",
    "RecordVersion",
    "Recorded",
    "Region",
    "Reminder",
    "Report",
    "ReportRefused",
    "ReportingRule",
    "Revision",
    "Round",
    "RoundRefused",
    "Sector",
    "Segment",
    "Stale",
    "StepRefused",
    "Undo",
    "Upload",
    "UploadedFile",
    "User",
]

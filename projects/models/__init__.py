"""The models, lowest first; see `docs/architecture.md` for who may import whom."""

from .access import AccessEvent
from .accounts import User
from .agreements import Agreement
from .attachments import Attachment
from .book import Book
from .briefs import Brief, BriefRefused
from .brieftemplates import BriefTemplate, TemplateRefused
from .contacts import ContactRecord, ContactRefused
from .contents import AttachmentContent, AttachmentRefused
from .digests import Digest
from .drafts import Draft
from .followups import FollowUps
from .handlings import Handling
from .industrial import IndustrialProject
from .infrastructure import InfrastructureProject
from .items import CooperationItem
from .ledger import LedgerEntry
from .lightrules import LightRule
from .looks import Look
from .matters import Matter
from .mattersteps import MatterRefused
from .meetings import AgendaItem, Meeting, MeetingRefused
from .milestones import Milestone
from .money import Indicator, MoneyFigure
from .notices import Delivery, Notice
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
from .savedviews import SavedView, ViewRefused, ViewUse
from .steps import StepRefused
from .taskforces import TaskForce
from .tasks import LongTask, TaskPiece, TaskRefused
from .trail import Act, ChainHead, Revision, Stale
from .undoing import Undo
from .uploads import Upload, UploadedFile
from .versions import EntryState, EntryVersion, Segment

__all__ = [
    "LEDGER_MODELS",
    "AccessEvent",
    "Act",
    "AgendaItem",
    "Agreement",
    "Attachment",
    "AttachmentContent",
    "AttachmentRefused",
    "Book",
    "Brief",
    "BriefRefused",
    "BriefTemplate",
    "CalendarDay",
    "ChainHead",
    "ContactRecord",
    "ContactRefused",
    "CooperationItem",
    "Delivery",
    "Digest",
    "Draft",
    "EntryState",
    "EntryVersion",
    "FollowUps",
    "Handling",
    "Indicator",
    "IndustrialProject",
    "InfrastructureProject",
    "LedgerEntry",
    "LightRule",
    "LongTask",
    "Look",
    "Matter",
    "MatterRefused",
    "Meeting",
    "MeetingRefused",
    "Milestone",
    "MoneyFigure",
    "Names",
    "Notice",
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
    "SavedView",
    "Sector",
    "Segment",
    "Stale",
    "StepRefused",
    "TaskForce",
    "TaskPiece",
    "TaskRefused",
    "TemplateRefused",
    "Undo",
    "Upload",
    "UploadedFile",
    "User",
    "ViewRefused",
    "ViewUse",
]

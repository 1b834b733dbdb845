"""Forms of the pages outside the admin, and the base of the admin's."""

from .attachments import AttachmentForm, WithdrawForm
from .entries import StepForm, UndoForm
from .fields import PartialDateField, WholeModelForm, written_date
from .reports import NoteForm, ReportForm, ReportStepForm, SeenForm
from .sheets import ApplyForm, ApplyLedgerForm, OwnLedgerForm, SheetsForm

__all__ = [
    "ApplyForm",
    "ApplyLedgerForm",
    "AttachmentForm",
    "NoteForm",
    "OwnLedgerForm",
    "PartialDateField",
    "ReportForm",
    "ReportStepForm",
    "SeenForm",
    "SheetsForm",
    "StepForm",
    "UndoForm",
    "WholeModelForm",
    "WithdrawForm",
    "written_date",
]

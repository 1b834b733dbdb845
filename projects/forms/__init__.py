"""Forms of the pages outside the admin, and the base of the admin's."""

from .attachments import AttachmentForm, WithdrawForm
from .contacts import ContactForm
from .entries import StepForm, UndoForm
from .fields import PartialDateField, WholeModelForm, written_date
from .matters import HandlingForm, MatterForm, MatterStepForm
from .meetings import (
    AgendaForm,
    DecisionForm,
    MeetingForm,
    MeetingStepForm,
    OffForm,
    OutcomeForm,
)
from .reports import NoteForm, ReportForm, ReportStepForm, SeenForm
from .savedviews import EditViewForm, RemoveViewForm, SaveViewForm, UseViewForm
from .sheets import ApplyForm, ApplyLedgerForm, OwnLedgerForm, SheetsForm

__all__ = [
    "AgendaForm",
    "ApplyForm",
    "ApplyLedgerForm",
    "AttachmentForm",
    "ContactForm",
    "DecisionForm",
    "EditViewForm",
    "HandlingForm",
    "MatterForm",
    "MatterStepForm",
    "MeetingForm",
    "MeetingStepForm",
    "NoteForm",
    "OffForm",
    "OutcomeForm",
    "OwnLedgerForm",
    "PartialDateField",
    "RemoveViewForm",
    "ReportForm",
    "ReportStepForm",
    "SaveViewForm",
    "SeenForm",
    "SheetsForm",
    "StepForm",
    "UndoForm",
    "UseViewForm",
    "WholeModelForm",
    "WithdrawForm",
    "written_date",
]

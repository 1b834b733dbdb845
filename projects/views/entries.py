"""One entry: its facts, its next steps with what is missing, its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from ..choices import Action, Ledger, Reason
from ..columns import as_text
from ..forms import AttachmentForm
from ..ledgercolumns import columns_of
from ..models import Attachment, Book, LedgerEntry, Report, Revision
from ..models.book import ORIGINS
from ..models.undoing import is_undoable, is_undone, undone_by
from ..rights import Right
from . import attachments, contacts, followed, timelines
from .books import reads_book
from .facts import Fact

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "基本情况",
        (
            *("ledger", "aliases", "sector", "regions", "description", "annual_target"),
            *("agreement", "item", "parties", "signed", "valid_until", "filing_number"),
            *("investor", "industry", "site", "scale", "construction_nature", "approval_number"),
        ),
    ),
    (
        "责任",
        ("lead", "partners", "responsible_person", "contact_leader", "task_force"),
    ),
    (
        "进展与时限",
        (
            *("status", "phase", "stage", "percent"),
            *("planned_start", "due", "started", "finished"),
            *("due_first", "moves", "slip", "declared_light"),
            *("total_investment", "total_investment_basis", "total_investment_qualifier"),
            *("progress", "next_step"),
        ),
    ),
    (
        "数据",
        ("provenance", "source_note", "data", "awaits_update", "remarks", "updated", "version"),
    ),
)


#: Facts that say nothing of a deadline that never moved.
OF_MOVES = frozenset({"due_first", "moves", "slip"})
#: Months of reports that the page of an entry shows.
REPORTS = 12
#: What comes from an entry of each ledger: heading, ledger and the column that names it.
CHILDREN: dict[Ledger, tuple[tuple[str, Ledger], ...]] = {
    Ledger.AGREEMENTS: (("由本协议产生的事项", Ledger.ITEMS),),
    Ledger.ITEMS: (
        ("所含产业合作项目", Ledger.INDUSTRIAL),
        ("所含重大基础设施合作项目", Ledger.INFRASTRUCTURE),
    ),
}
ORIGIN_HEADINGS = {"agreement": "来源协议", "item": "所属事项"}


def find(ledger: str, code: str, book: Book | None = None) -> LedgerEntry:
    """The entry of that ledger and code, also when it has left the lists; else 404."""
    book, kind = book or Book(), Ledger(ledger)
    rows = book.everything(kind).filter(code=code)
    if book.as_of is None:
        rows = rows.prefetch_related("milestones", "figures")
    found = book.entries(rows.with_light(book.clock), kind)
    if not found:
        raise Http404
    return found[0]


@reads_book
def entry(request: HttpRequest, ledger: str, code: str, book: Book) -> HttpResponseBase:
    found = find(ledger, code, book)
    user: Any = request.user
    may_move = user.may(Right.MOVE) and book.as_of is None
    may_edit = user.may(Right.EDIT) and book.as_of is None
    context = {
        "entry": found,
        "sections": _sections(found),
        "light": found.reading(book.clock),
        "steps": found.offers(user) if may_move else [],
        "milestones": found.milestones.all(),
        "timeline": timelines.of_entry(found, book),
        "figures": found.figures.all(),
        "history": _told_of(history := Revision.objects.of(found).known_at(book.as_of), may_edit),
        "date_moves": _date_moves(history),
        "can_move": may_move,
        "can_edit": may_edit,
        "admin_href": reverse(f"admin:projects_{found._meta.model_name}_change", args=[found.pk]),
        "request_notice": request_notice(found),
        "related": _related(found, book),
        **attachments.context(user, Attachment.objects.of_entry(found.pk, book.as_of)),
        "attachment_form": AttachmentForm(milestones=found.milestones.all()) if may_edit else None,
        "attach_href": reverse("attach", args=[found.ledger, found.code]),
        "reports": Report.objects.told_of(found.pk, book.as_of)[:REPORTS],
        **contacts.context(user, found, book),
        "notices": _notices(found),
        **followed.context(request, found, book),
    }
    return render(request, "entry.html", context)


@dataclass(frozen=True)
class Told:
    """A row of an entry's history; `undone_by` has taken it back, `undo_href` leads to doing so."""

    revision: Revision
    undone_by: Revision | None
    undo_href: str


def _told_of(history: Iterable[Revision], may_edit: bool) -> list[Told]:
    undone = undone_by(history)
    return [
        Told(
            row,
            undone.get(row.sequence),
            reverse("undo", args=[row.ledger, row.record_code, row.sequence])
            if may_edit and is_undoable(row) and row.sequence not in undone
            else "",
        )
        for row in history
    ]


def _date_moves(history: Iterable[Revision]) -> list[tuple[Revision, dict[str, Any]]]:
    """The rows that moved the deadline, the earliest first, each with that change.

    Neither corrections nor what they took back.
    """
    undone = undone_by(row for row in history if row.reason == Reason.MISRECORDED)
    return [
        (row, change)
        for row in reversed(list(history))
        for change in row.changes
        if change["field"] == "due_on"
        and change["old"]
        and row.reason != Reason.MISRECORDED
        and not is_undone(row, undone)
    ]


def _notices(found: LedgerEntry) -> list[str]:
    """What a reader must know before reading on."""
    notices = []
    if found.delisted_on:
        notices.append(f"本条目已于{found.delisted_on:%Y-%m-%d}调出台账，不再计入各项统计。")
    if found.is_sample:
        notices.append("本条目为示例数据，不是真实事项，不得用于上报。")
    return notices


def _related(found: LedgerEntry, book: Book) -> list[tuple[str, list[LedgerEntry]]]:
    """Entries of other ledgers that this one comes from, or that come from it."""
    ledger, groups = Ledger(found.ledger), []
    column = ORIGINS.get(ledger)
    if column and (origin := getattr(found, column)):
        groups.append((ORIGIN_HEADINGS[column], [origin]))
    for heading, kind in CHILDREN.get(ledger, ()):
        link = "origin_id" if book.as_of else ORIGINS[kind]
        rows = book.rows(kind).filter(**{link: found.pk}).order_by("code")
        groups.append((heading, book.entries(rows, kind)))
    return [(heading, entries) for heading, entries in groups if entries]


def _sections(found: LedgerEntry) -> list[dict[str, Any]]:
    columns = {column.name: column for column in columns_of(Ledger(found.ledger))}
    hrefs = _boards(found)
    return [
        {
            "title": title,
            "facts": [
                Fact(
                    columns[name].heading,
                    as_text(columns[name].value(found)),
                    columns[name].definition,
                    hrefs.get(name, ""),
                )
                for name in names
                if name in columns and not (name in OF_MOVES and not found.due_moves)
            ],
        }
        for title, names in SECTIONS
    ]


def _boards(found: LedgerEntry) -> dict[str, str]:
    """The boards of who and what an entry names, as at its day, by the names of the columns."""
    hrefs = {"sector": found.sector.get_absolute_url()}
    if found.lead:
        hrefs["lead"] = found.lead.get_absolute_url()
    if found.contact_leader:
        hrefs["contact_leader"] = found.address("leader", found.contact_leader)
    if found.task_force:
        hrefs["task_force"] = found.address("task-force", found.task_force)
    return hrefs


def request_notice(found: LedgerEntry) -> str:
    if not found.requested_status:
        return ""
    filed = Revision.objects.of(found).known_at(found.as_of).filter(action=Action.REQUEST).first()
    if filed is None:
        return f"“{found.requested_label}”已提请，待另一人确认。"
    note = filed.note.rstrip("。")
    return (
        f"“{found.requested_label}”已由{filed.actor_name}于{filed.effective_on:%Y-%m-%d}提请，"
        f"待另一人确认。原因：{filed.get_reason_display()}；说明：{note}。"
    )

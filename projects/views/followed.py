"""What is followed up about an entry, as its page shows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from ..choices import PENDING, MatterKind, MatterState
from ..models import Book, FollowUps, LedgerEntry, Matter, Report
from ..statistics import Tally
from .matterlists import new_links

#: Matters that the page of an entry shows; the counts lead to all.
SHOWN = 12


def context(request: HttpRequest, entry: LedgerEntry, book: Book) -> dict[str, Any]:
    """`_partials/_matters.html`: open ones first, and where one more is written down."""
    user: Any = request.user
    followups = FollowUps(book)
    rows = followups.rows().visible_to(user).naming(entry.code)
    found = sorted(followups.records(rows.order_by("-code")), key=_open_first)
    is_today = book.as_of is None
    return {
        "matters": found[:SHOWN],
        "matter_counts": _counts(found, entry) if is_today else [],
        "matters_left": len(found) - SHOWN,
        "new_matters": new_links(user, *MatterKind, query=f"?entry={entry.code}")
        if is_today
        else [],
    }


def _open_first(matter: Matter) -> tuple[bool, bool, str]:
    is_draft = matter.state == MatterState.DRAFT
    due = matter.due_on.isoformat() if matter.due_on and matter.state in PENDING else ""
    return matter.state not in PENDING and not is_draft, is_draft, due


def _counts(found: list[Matter], entry: LedgerEntry) -> list[Tally]:
    """How many of each kind, with the address of just those."""
    kinds = [MatterKind(matter.kind) for matter in found]
    return [
        Tally(kind.label, count, f"{reverse('matters', args=[kind])}?entry={entry.code}")
        for kind in MatterKind
        if (count := kinds.count(kind))
    ]


def of_report(request: HttpRequest, report: Report) -> dict[str, Any]:
    """Which problems came of a report, and where one more is written down."""
    user: Any = request.user
    followups = FollowUps()
    rows = followups.rows().visible_to(user).filter(report=report.pk).order_by("code")
    query = f"?report={report.round.period}/{report.entry.code}"
    tells = report.problems or report.coordination
    return {
        "matters": followups.records(rows),
        "new_matters": new_links(user, MatterKind.PROBLEM, query=query) if tells else [],
    }

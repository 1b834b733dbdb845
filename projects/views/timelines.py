"""The time of an entry, and of a list of them, as a picture."""

from __future__ import annotations

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from .. import charts
from ..charts import Mark, Picture, Plan
from ..choices import AT_REST, PHASE_STATUSES
from ..filters import EntryFilter, ledger_of
from ..models import Book, LedgerEntry
from ..models.milestones import Milestone
from ..periods import PartialDate
from .books import mark
from .lists import page_of, with_query

RESTING = frozenset().union(*(PHASE_STATUSES[phase] for phase in AT_REST))
#: Where the page of an entry shows its dates and its milestones.
DATES, MILESTONES = "#section-3", "#milestones"


def timeline(request: HttpRequest, ledger: str) -> HttpResponseBase:
    """The rows of the list with the same parameters, in the same order, page by page."""
    kind = ledger_of(ledger)
    chosen = EntryFilter(request.GET, ledger=kind)
    mark(request, chosen.book)
    page, problems = page_of(chosen, kind)
    entries = [row.entry for row in page.rows]
    context = {
        "page": page,
        "filter": {"errors": problems, "pills": chosen.pills(), "clear_href": request.path},
        "timeline": of_entries(entries, chosen.book, page.title),
        "list_href": with_query(reverse("list", args=[ledger]), chosen.given),
        "day": chosen.book.day,
    }
    return render(request, "timeline.html", context)


def of_entries(entries: list[LedgerEntry], book: Book, title: str) -> Picture:
    """One query for the milestones of today's entries; those of a past day carry theirs."""
    if book.as_of is None:
        prefetch_related_objects(entries, "milestones")
    plans = [_plan(entry, book, f"{entry.code} {entry.name}") for entry in entries]
    return charts.list_timeline(plans, book.day, f"{title}时间线")


def of_entry(entry: LedgerEntry, book: Book) -> Picture:
    """Of an entry that has its milestones at hand; no query."""
    plan = _plan(entry, book, entry.name)
    title = f"{entry.name}：计划、实际和里程碑"
    return charts.entry_timeline(plan, book.day, title, MILESTONES, DATES)


def _plan(entry: LedgerEntry, book: Book, name: str) -> Plan:
    return Plan(
        name=name,
        href=entry.get_absolute_url(),
        begins=PartialDate.of(entry.planned_start_on, entry.planned_start_precision),
        due=PartialDate.of(entry.due_on, entry.due_precision),
        started=PartialDate.of(entry.started_on, entry.started_precision),
        finished=PartialDate.of(entry.finished_on, entry.finished_precision),
        percent=entry.percent_complete,
        is_running=entry.status not in RESTING,
        light=entry.reading(book.clock).light,
        awaits_update=entry.awaits_update,
        marks=tuple(map(_mark, entry.milestones.all())),
    )


def _mark(milestone: Milestone) -> Mark:
    return Mark(
        milestone.name,
        PartialDate.of(milestone.planned_on, milestone.planned_precision),
        PartialDate.of(milestone.reached_on, milestone.reached_precision),
    )

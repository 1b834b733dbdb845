"""The lists of problems, decisions, instructions and supervision slips, and the same as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports, proof
from ..choices import MatterKind
from ..columns import Column, Kind, as_text
from ..filters import DEFAULT_PAGE_SIZE, MatterFilter, Problem
from ..filters.entries import as_of_in
from ..filters.matters import MATTER_ORDERINGS
from ..mattercolumns import matter_columns, matter_screen_columns
from ..models import Book, FollowUps, Matter, Receipt
from ..models.matterrows import sees_drafts
from ..rights import Right
from ..statistics import Tally
from . import errors
from .books import mark
from .context import Link
from .exportlinks import ExportLink, export_links
from .lists import Cell, Heading, Page, paged, sent

#: What a list says when it is empty: what to do next.
ADVICE = {
    MatterKind.PROBLEM: "同城化局可在本页登记问题，也可从月报的“列入问题清单”登记。",
    MatterKind.DECISION: "议定事项在会议页面登记。",
    MatterKind.INSTRUCTION: "同城化局可在本页登记批示。",
    MatterKind.SLIP: "同城化局可在本页开具督办单。",
}
NEW = {
    MatterKind.PROBLEM: "登记问题",
    MatterKind.INSTRUCTION: "登记批示",
    MatterKind.SLIP: "开具督办单",
}


@dataclass(frozen=True)
class Line:
    matter: Matter
    cells: tuple[Cell, ...]


def _chosen(request: HttpRequest, kind: MatterKind) -> MatterFilter:
    chosen = chosen_by(request.user, kind, request.GET)
    mark(request, chosen.followups.book)
    return chosen


def chosen_by(user: Any, kind: MatterKind, given: QueryDict) -> MatterFilter:
    """The filter of a list as this person may ask it."""
    followups = FollowUps(Book(as_of_in(given)))
    return MatterFilter(given, kind=kind, followups=followups, sees_drafts=sees_drafts(user))


def index(request: HttpRequest, kind: MatterKind) -> HttpResponseBase:
    chosen = _chosen(request, kind)
    is_valid = chosen.is_valid()
    page = _page(request, chosen)
    context = {
        "page": page,
        "form": chosen,
        "lines": [_line(matter) for matter in chosen.followups.dressed(page.rows)],
        "counts": _counts(chosen) if is_valid else [],
        "tabs": tabs(kind),
        "exports": _export_links(request, chosen, page.total) if not chosen.errors else [],
        "clear_href": reverse("matters", args=[kind]),
        "is_narrowed": bool(chosen.href(sort=None, page_size=None)),
        "advice": ADVICE[kind],
        "new": new_links(request.user, kind),
    }
    return render(request, "matters.html", context)


def _page(request: HttpRequest, chosen: MatterFilter) -> Page:
    rows: Any = chosen.rows() if chosen.is_valid() else Matter.objects.none()
    size = (chosen.cleaned_data.get("page_size") if chosen.is_valid() else 0) or DEFAULT_PAGE_SIZE
    title, kind = chosen.kind.heading, chosen.kind
    rows = rows if chosen.followups.book.as_of else rows.for_rows()
    page = paged(request, chosen, rows, title=title, counter="件", size=size, order=_order(chosen))
    columns = tuple(_heading(column, chosen) for column in matter_screen_columns(kind))
    return replace(page, columns=columns)


def _order(chosen: MatterFilter) -> str:
    sorts: Any = chosen.fields["sort"]
    now = chosen.given.get("sort", "")
    return dict(sorts.choices).get(now, "按编号") if now else "按编号"


def _heading(column: Column, chosen: MatterFilter) -> Heading:
    now = chosen.given.get("sort", "code")
    state = {column.sort: "asc", f"-{column.sort}": "desc"}.get(now, "") if column.sort else ""
    turned = f"-{column.sort}" if state == "asc" else column.sort
    return Heading(
        name=column.name,
        heading=column.heading,
        definition=column.definition,
        numeric=column.kind in (Kind.MONEY, Kind.INTEGER),
        sort_href=f"?{chosen.href(sort=turned)}" if column.sort in MATTER_ORDERINGS else "",
        sorted=state,
    )


def _line(matter: Matter) -> Line:
    address = matter.get_absolute_url()
    hrefs = {"code": address, "name": address}
    if matter.unit:
        hrefs["unit"] = matter.unit.get_absolute_url()
    columns = matter_screen_columns(MatterKind(matter.kind))
    cells = (Cell(c, as_text(c.value(matter)), hrefs.get(c.name, "")) for c in columns)
    return Line(matter, tuple(cells))


def _counts(chosen: MatterFilter) -> list[tuple[str, list[Tally]]]:
    """Counts by what can be chosen, each with the address of exactly its rows."""
    home = reverse("matters", args=[chosen.kind])
    return [
        (label, [Tally(c.label, c.rows, f"{home}?{c.query}", c.slug) for c in counts])
        for label, counts in chosen.counts()
        if counts
    ]


def tabs(kind: MatterKind) -> list[Link]:
    """The four lists, side by side."""
    return [Link(k.heading, reverse("matters", args=[k]), k == kind) for k in MatterKind]


def new_links(user: Any, *kinds: MatterKind, query: str = "") -> list[Link]:
    """Where what is new is written down, for those who may."""
    if not user.may(Right.FOLLOW):
        return []
    return [
        Link(NEW[kind], reverse("matter-new", args=[kind]) + query, False)
        for kind in kinds
        if kind in NEW
    ]


def _export_links(request: HttpRequest, chosen: MatterFilter, total: int) -> list[ExportLink]:
    user: Any = request.user
    if not user.may(Right.EXPORT):
        return []
    kind, query = chosen.kind, chosen.href(page_size=None)
    return export_links(lambda ending: reverse("matters-export", args=[kind, ending]), query, total)


@require_GET
def export(request: HttpRequest, kind: MatterKind, extension: str) -> HttpResponseBase:
    """The list as a file; an invalid filter is answered 400 with the reasons."""
    asked = _chosen(request, kind)
    if not asked.is_valid():
        return errors.bad_request(request, problems=problems_of(asked))
    receipt = issue(request, asked, extension)
    chosen = proof.matters_again(kind, receipt)
    return sent(request, exports.matter_sheet(kind, chosen, receipt), extension)


def issue(request: HttpRequest, asked: MatterFilter, extension: str) -> Receipt:
    kind = asked.kind
    return Receipt.issue(
        by=request.user,
        as_of=asked.followups.book.as_of,
        day=asked.followups.book.day,
        path=reverse("matters-export", args=[kind, extension]),
        query=asked.carried(),
        words=asked.in_words(),
        title=kind.heading,
        extension=extension,
        columns=[column.heading for column in matter_columns(kind)],
    )


def problems_of(form: MatterFilter) -> list[object]:
    found: list[object] = list(form.non_field_errors())
    for bound in form:
        found += [Problem(str(bound.label), str(message)) for message in bound.errors]
    return found

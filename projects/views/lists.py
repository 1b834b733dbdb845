"""The filtered lists, and the same as files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports
from ..choices import AccessAction, Density, Ledger
from ..columns import Column, Kind, as_text
from ..filters import (
    DEFAULT_PAGE_SIZE,
    OF_LAYOUT,
    ORDERINGS,
    EntryFilter,
    Layout,
    Problem,
    asked_again,
    ledger_of,
)
from ..lights import Reading
from ..models import Book, LedgerEntry, Receipt, access
from ..rights import Right
from . import errors, savedviews
from .books import mark
from .exportlinks import ExportLink, export_links

NEVER_ADDED = "四本台账口径不同，本页条数只用于查找，不作合计数使用。"


@dataclass(frozen=True)
class Cell:
    column: Column
    text: str
    href: str = ""
    #: As its heading's.
    css: str = ""

    @property
    def is_code(self) -> bool:
        return self.column.name == "code"

    @property
    def is_light(self) -> bool:
        return self.column.name == "light"

    @property
    def is_status(self) -> bool:
        return self.column.name == "status"

    @property
    def is_name(self) -> bool:
        return self.column.name == "name"

    @property
    def is_number(self) -> bool:
        return self.column.kind in (Kind.MONEY, Kind.INTEGER)


@dataclass(frozen=True)
class Line:
    entry: LedgerEntry
    light: Reading
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Heading:
    name: str
    heading: str
    definition: str
    numeric: bool
    sort_href: str
    sorted: str
    #: The classes of its place: its width, and whether it stays in sight.
    css: str = ""


@dataclass(frozen=True)
class Page:
    title: str
    subtitle: str
    total: int
    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    number: int
    pages: int
    size: int
    prev_href: str
    next_href: str


def paged(
    request: HttpRequest,
    form: Any,
    rows: Any,
    *,
    title: str,
    counter: str,
    size: int,
    order: str = "由近及远",
) -> Page:
    """One page of a register; empty when anything in the form is wrong.

    `form` has a field `page`, `counter` counts the records. The other pages are asked for
    with the same conditions.
    """

    def href(number: int) -> str:
        return f"?{urlencode({**kept(request), 'page': number}, doseq=True)}"

    number = (form.cleaned_data.get("page") or 1) if form.is_valid() else 1
    total = rows.count()
    pages = max(1, math.ceil(total / size))
    if number > pages:
        form.add_error(None, f"没有第{number}页，共{pages}页，请从第1页看起。")
    if form.errors:
        rows, total, number, pages = rows.none(), 0, 1, 1
    return Page(
        title=title,
        subtitle=f"共{total}{counter}，{order}",
        total=total,
        rows=tuple(rows[(number - 1) * size : number * size]),
        columns=(),
        number=number,
        pages=pages,
        size=size,
        prev_href=href(number - 1) if number > 1 else "",
        next_href=href(number + 1) if number < pages else "",
    )


def kept(request: HttpRequest) -> dict[str, list[str]]:
    """The conditions given to a register, without the page."""
    given = {name: [v for v in map(str, values) if v] for name, values in request.GET.lists()}
    return {name: values for name, values in given.items() if name != "page" and values}


def entry_list(request: HttpRequest, ledger: str) -> HttpResponseBase:
    kind = ledger_of(ledger)
    chosen = EntryFilter(request.GET, ledger=kind)
    mark(request, chosen.book)
    page, problems = page_of(chosen, kind)
    context = {
        "page": page,
        "filter": {
            "form": chosen.form,
            "errors": problems,
            "pills": chosen.pills(),
            "clear_href": _cleared(request.path, chosen),
            "fields": chosen.fields_shown,
        },
        "layout": chosen.layout,
        "densities": [
            (
                one.label,
                chosen.href(density=None if one == Density.USUAL else one.value),
                one == chosen.layout.density,
            )
            for one in Density
        ],
        "columns_href": with_query(reverse("columns", args=[ledger]), chosen.given),
        "facets": chosen.facets() if not problems else [],
        "timeline_href": with_query(reverse("timeline", args=[ledger]), chosen.given)
        if not problems
        else "",
        "exports": _export_links(request, ledger, chosen, page.total) if not problems else [],
        "ledger": ledger,
        **savedviews.beside(request, ledger, chosen),
    }
    return render(request, "list.html", context)


def page_of(chosen: EntryFilter, kind: Ledger | None) -> tuple[Page, list[Problem]]:
    """One page of the list; empty when anything was wrong with what was asked."""
    problems = list(chosen.problems)
    asked = {} if problems else chosen.form.cleaned_data
    size = asked.get("page_size") or DEFAULT_PAGE_SIZE
    number = asked.get("page") or 1
    total = 0 if problems else chosen.rows.count()
    pages = max(1, math.ceil(total / size))
    if number > pages:
        problems.append(Problem("页码", f"没有第{number}页，共{pages}页，请从第1页看起。"))
        total = 0
    entries = [] if problems else chosen.entries((number - 1) * size, number * size)
    return (
        Page(
            title=kind.label if kind else "全部台账条目",
            subtitle=chosen.in_words() if kind else f"{chosen.in_words()}。{NEVER_ADDED}",
            total=total,
            rows=tuple(_line(entry, chosen.layout) for entry in entries),
            columns=tuple(_heading(column, chosen) for column in chosen.layout.columns),
            number=number,
            pages=pages,
            size=size,
            prev_href=chosen.href(page=number - 1) if number > 1 else "",
            next_href=chosen.href(page=number + 1) if number < pages else "",
        ),
        problems,
    )


def _line(entry: LedgerEntry, layout: Layout) -> Line:
    hrefs = {"code": entry.get_absolute_url(), "name": entry.get_absolute_url()}
    if entry.lead:
        hrefs["lead"] = entry.lead.get_absolute_url()
    cells = tuple(
        Cell(
            column,
            as_text(column.value(entry)),
            hrefs.get(column.name, ""),
            layout.classes[column.name],
        )
        for column in layout.columns
    )
    assert entry.lit is not None
    return Line(entry, entry.lit, cells)


def _heading(column: Column, chosen: EntryFilter) -> Heading:
    now = chosen.given.get("sort", "code")
    state = {column.sort: "asc", f"-{column.sort}": "desc"}.get(now, "") if column.sort else ""
    turned = f"-{column.sort}" if state == "asc" else column.sort
    return Heading(
        name=column.name,
        heading=column.heading,
        definition=column.definition,
        numeric=column.kind in (Kind.MONEY, Kind.INTEGER),
        sort_href=chosen.href(sort=turned) if column.sort in ORDERINGS else "",
        sorted=state,
        css=chosen.layout.classes[column.name],
    )


def with_query(path: str, query: QueryDict) -> str:
    """Another page of the same rows."""
    return f"{path}?{query.urlencode()}" if query else path


def _cleared(path: str, chosen: EntryFilter) -> str:
    """The list without conditions, set out as it is."""
    query = chosen.given.copy()
    for name in chosen.given:
        if name not in OF_LAYOUT or chosen.problems:
            del query[name]
    return with_query(path, query)


def _export_links(
    request: HttpRequest, ledger: str, chosen: EntryFilter, total: int
) -> list[ExportLink]:
    if not request.user.may(Right.EXPORT):  # type: ignore[union-attr]
        return []
    query = chosen.carried()
    return export_links(lambda ending: reverse("export", args=[ledger, ending]), query, total)


@require_GET
def export(request: HttpRequest, ledger: str, extension: str) -> HttpResponseBase:
    """The list as a file; an invalid filter is answered 400 with the reasons."""
    kind = ledger_of(ledger)
    asked = EntryFilter(request.GET, ledger=kind)
    if asked.problems:
        return errors.bad_request(request, problems=asked.problems)
    receipt = issue(request, asked, kind, extension)
    chosen = EntryFilter(asked_again(receipt.query), ledger=kind, book=Book(receipt.as_of))
    return sent(request, exports.ledger_sheet(kind, chosen, receipt), extension)


def issue(request: HttpRequest, asked: EntryFilter, kind: Ledger | None, extension: str) -> Receipt:
    return Receipt.issue(
        by=request.user,
        as_of=asked.book.as_of,
        day=asked.book.day,
        path=reverse("export", args=[kind.value if kind else "entries", extension]),
        query=asked.carried(),
        words=asked.in_words(),
        title=kind.label if kind else "全部台账条目",
        extension=extension,
        columns=[column.heading for column in asked.layout.exported],
    )


def sent(request: HttpRequest, sheet: exports.Sheet, extension: str) -> HttpResponseBase:
    """The file, and an access event when it has gone out whole."""

    def note() -> None:
        access.record(AccessAction.EXPORT, request, user=request.user, **sheet.receipt.told())

    write = exports.csv_response if extension == "csv" else exports.xlsx_response
    return write(sheet, note)

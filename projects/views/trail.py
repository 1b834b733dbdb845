"""The audit trail, for those who may read it."""

from __future__ import annotations

import math
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports
from ..filters import TrailFilter
from ..models import Receipt, Revision
from ..periods import today
from ..rights import Right
from ..trailcolumns import TRAIL_COLUMNS
from . import errors
from .lists import Page, sent
from .rights import needs

SIZE = 50


@needs(Right.TRAIL)
def trail(request: HttpRequest) -> HttpResponseBase:
    form = TrailFilter(request.GET)
    rows = form.rows() if form.is_valid() else Revision.objects.none()
    number = (form.cleaned_data.get("page") or 1) if form.is_valid() else 1
    total = rows.count()
    pages = max(1, math.ceil(total / SIZE))
    if number > pages:
        form.add_error(None, f"没有第{number}页，共{pages}页，请从第1页看起。")
        rows, total, number, pages = rows.none(), 0, 1, 1
    page = Page(
        title="变更记录",
        subtitle=f"共{total}条，由近及远",
        total=total,
        rows=tuple(rows[(number - 1) * SIZE : number * SIZE]),
        columns=(),
        number=number,
        pages=pages,
        size=SIZE,
        prev_href=_href(request, number - 1) if number > 1 else "",
        next_href=_href(request, number + 1) if number < pages else "",
    )
    links = [] if form.errors else _export_links(request)
    return render(request, "trail.html", {"page": page, "form": form, "exports": links})


def _export_links(request: HttpRequest) -> list[dict[str, str]]:
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    suffix = f"?{urlencode(kept)}" if kept else ""
    return [{"label": "导出 CSV", "href": reverse("trail-export") + suffix}]


@needs(Right.TRAIL)
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered trail as a CSV, oldest first."""
    chosen = TrailFilter(request.GET)
    if not chosen.is_valid():
        problems = [message for messages in chosen.errors.values() for message in messages]
        return errors.bad_request(request, problems=problems)
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    receipt = Receipt.issue(
        by=request.user,
        as_of=None,
        day=today(),
        path=request.path,
        query=urlencode(kept),
        words=chosen.in_words(),
        title="变更记录",
        extension="csv",
        columns=[column.heading for column in TRAIL_COLUMNS],
    )
    return sent(request, exports.trail_sheet(chosen, receipt), "csv")


def _href(request: HttpRequest, number: int) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    return f"?{urlencode({**kept, 'page': number})}"

"""The audit trail, for those who may read it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports
from ..filters import TrailFilter
from ..models import Receipt, Revision
from ..periods import today
from ..trailcolumns import TRAIL_COLUMNS
from . import errors
from .lists import kept, paged, sent

SIZE = 50


def trail(request: HttpRequest) -> HttpResponseBase:
    form = TrailFilter(request.GET)
    rows = form.rows() if form.is_valid() else Revision.objects.none()
    page = paged(
        request,
        form,
        rows,
        title="变更记录",
        counter="条",
        size=SIZE,
    )
    links = [] if form.errors else _export_links(request)
    return render(request, "trail.html", {"page": page, "form": form, "exports": links})


def _export_links(request: HttpRequest) -> list[dict[str, str]]:
    conditions = kept(request)
    suffix = f"?{urlencode(conditions, doseq=True)}" if conditions else ""
    return [{"label": "导出 CSV", "href": reverse("trail-export") + suffix}]


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered trail as a CSV, oldest first."""
    chosen = TrailFilter(request.GET)
    if not chosen.is_valid():
        problems = [message for messages in chosen.errors.values() for message in messages]
        return errors.bad_request(request, problems=problems)
    receipt = Receipt.issue(
        by=request.user,
        as_of=None,
        day=today(),
        path=request.path,
        query=urlencode(kept(request), doseq=True),
        words=chosen.in_words(),
        title="变更记录",
        extension="csv",
        columns=[column.heading for column in TRAIL_COLUMNS],
    )
    return sent(request, exports.trail_sheet(chosen, receipt), "csv")

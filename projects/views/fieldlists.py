"""The lists of the field, and who was on the lists on two days."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports
from ..fieldlists import DAYS_AHEAD, field_lists
from ..filters import MembershipFilter
from ..filters.membership import with_days
from ..membercolumns import MEMBER_COLUMNS
from ..membership import Members
from ..models import Book, Receipt
from ..rights import Right
from . import errors
from .books import reads_book
from .lists import kept, paged, sent

SIZE = 50


@reads_book
def page(request: HttpRequest, book: Book) -> HttpResponseBase:
    context = {"lists": field_lists(book), "days_ahead": DAYS_AHEAD, "day": book.day}
    return render(request, "field_lists.html", context)


def membership(request: HttpRequest) -> HttpResponseBase:
    form = MembershipFilter(with_days(request.GET))
    asked = form.membership() if form.is_valid() else None
    shown = paged(
        request,
        form,
        form.members(asked) if asked else Members(),
        title="两年名录对照",
        counter="条",
        size=(form.is_valid() and form.cleaned_data["page_size"]) or SIZE,
        order="调入在前，调出次之，同类按编号排列",
    )
    context = {
        "page": shown,
        "form": form,
        "words": "" if form.errors else form.in_words(),
        "membership": None if form.errors else asked,
        "exports": [] if form.errors else _links(request, form),
    }
    return render(request, "membership.html", context)


def _links(request: HttpRequest, form: MembershipFilter) -> list[dict[str, str]]:
    """The files name their days themselves: they have to say the same tomorrow."""
    if not request.user.may(Right.EXPORT):  # type: ignore[union-attr]
        return []
    query = urlencode({**kept(request), **form.days}, doseq=True)
    return [
        {"label": label, "href": f"{reverse('membership-export', args=[extension])}?{query}"}
        for label, extension in (("导出 CSV", "csv"), ("导出 Excel", "xlsx"))
    ]


@require_GET
def export(request: HttpRequest, extension: str) -> HttpResponseBase:
    form = MembershipFilter(request.GET)
    if not form.is_valid():
        problems = [
            f"{form.fields[name].label}：{message}" if name in form.fields else str(message)
            for name, messages in form.errors.items()
            for message in messages
        ]
        return errors.bad_request(request, problems=problems)
    until = form.cleaned_data["to"]
    receipt = Receipt.issue(
        by=request.user,
        as_of=until,
        day=until.day,
        path=request.path,
        query=urlencode(kept(request), doseq=True),
        words=form.in_words(),
        title="名录对照",
        extension=extension,
        columns=[column.heading for column in MEMBER_COLUMNS],
    )
    return sent(request, exports.membership_sheet(form, receipt), extension)

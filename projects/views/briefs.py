"""Briefs (通报): the list, one as page, print and .docx, its text, and its issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import exports, wording
from ..briefing import Bulletin, bulletin
from ..briefing import neutral as neutral_words
from ..briefs import Document, document
from ..briefs.documents import OFFICE, annex_list
from ..choices import AccessAction, BriefSection, Source
from ..forms.briefs import BriefForm, IssueForm, RetractForm
from ..models import (
    Act,
    Brief,
    BriefRefused,
    BriefTemplate,
    Receipt,
    Round,
    Stale,
    TemplateRefused,
    access,
)
from ..periods import Month, Period, Quarter
from ..rights import Right
from . import errors
from .books import unknown
from .recordforms import Said

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Row:
    """A period of the list, with its brief or without one yet."""

    period: Period
    brief: Brief


def index(request: HttpRequest) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    user: Any = request.user
    known = {brief.period: brief for brief in Brief.objects.visible_to(user)}
    may = user.may(Right.EDIT)
    rows = [
        Row(period, known.get(str(period)) or Brief(period=str(period)))
        for period in _periods()
        if may or str(period) in known
    ]
    return render(request, "briefs.html", {"rows": rows, "can_edit": may})


def _periods() -> Iterator[Period]:
    """The months that are frozen, the latest first, each quarter before its months."""
    quarter = None
    for found in Round.objects.frozen():
        if (own := Quarter.of(found.period)) != quarter:
            quarter = own
            yield own
        yield found.period


# --- one --------------------------------------------------------------------------------------


def brief(request: HttpRequest, period: Period) -> HttpResponseBase:
    """The page; its print is laid out as the official document. A month that is not frozen has
    no brief, and the page says so.
    """
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return _page(request, period)


def _found(request: HttpRequest, period: Period) -> Brief:
    """The brief as this person may see it; a draft is 404 to all but the office."""
    user: Any = request.user
    found = Brief.objects.of(period)
    if not (found.is_issued or user.may(Right.EDIT)):
        raise Http404
    return found


def _page(
    request: HttpRequest,
    period: Period,
    *,
    problems: Iterable[str] = (),
    issue: forms.Form | None = None,
    retract: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    if Brief(period=str(period)).reads is None:
        return render(request, "brief_none.html", {"period": period})
    found = _found(request, period)
    may = user.may(Right.EDIT)
    shown = document(found, None)
    version = {"version": found.version}
    context = {
        "brief": found,
        "bulletin": shown.bulletin,
        "warning": shown.warning,
        "office": OFFICE,
        "annex_list": annex_list(shown.bulletin.annexes),
        "problems": list(problems),
        "can_edit": may and not found.is_issued,
        "can_export": user.may(Right.EXPORT),
        "issue_form": (issue or IssueForm(initial=version))
        if may and not found.is_issued
        else None,
        "retract_form": (retract or RetractForm(initial=version))
        if may and found.is_issued
        else None,
    }
    return render(request, "brief.html", context, status=status)


@require_safe
def export(request: HttpRequest, period: Period) -> HttpResponseBase:
    """The .docx, in the office's template, with its receipt."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found = _found(request, period)
    if found.reads is None:
        raise Http404
    shown = document(found, BriefTemplate.objects.in_use())
    try:
        content = shown.content
    except TemplateRefused as refusal:
        return errors.bad_request(request, problems=refusal.messages)
    return _sent(request, shown, content)


def _sent(request: HttpRequest, shown: Document, content: bytes) -> HttpResponse:
    receipt = _receipt(request, shown)
    receipt.complete(rows=shown.rows, sha256=shown.sha256, rows_sha256=shown.sha256)
    access.record(AccessAction.EXPORT, request, user=request.user, **receipt.told())
    stamp = f"{receipt.day:%Y%m%d}-{receipt.shown}.docx"
    response = HttpResponse(content, content_type=DOCX)
    names = f"brief-{stamp}", f"{shown.bulletin.title}-{stamp}"
    response["Content-Disposition"] = exports.disposition(*names)
    return response


def _receipt(request: HttpRequest, shown: Document) -> Receipt:
    as_of = shown.bulletin.closing.as_of
    template = shown.template or "内置模板"
    return Receipt.issue(
        by=request.user,
        as_of=as_of,
        day=as_of.day,
        path=request.path,
        query="",
        words=f"{shown.brief.get_state_display()}；{template}",
        title=str(shown.brief),
        extension="docx",
        columns=[],
    )


# --- its text ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A name of the palette, with what it stands for in this brief."""

    name: str
    value: str


def edit(request: HttpRequest, period: Period) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found = Brief.objects.of(period)
    if found.reads is None:
        raise Http404
    told = bulletin(period, found.reads, found.texts)
    words = neutral_words(period, told.figures)
    if request.method != "POST":
        begin = BriefForm.begin_of(found, told.all_texts)
        return _form(request, found, told, BriefForm(initial=begin, neutral=words))
    form = BriefForm(request.POST, neutral=words)
    if not form.is_valid():
        return _form(request, found, told, form, status=400)
    try:
        act = Act(by=request.user, source=Source.WEB)
        found.write(form.texts, form.head, act, version=form.cleaned_data["version"])
    except BriefRefused as refusal:
        return _form(request, found, told, form, problems=refusal.messages, status=400)
    except Stale as stale:
        return _stale(request, period, words, stale)
    messages.success(request, "通报的文字已保存。")
    return redirect("brief", period)


def _stale(
    request: HttpRequest, period: Period, words: dict[str, str], stale: Stale
) -> HttpResponse:
    """Mine in the form, theirs above it."""
    fresh = Brief.objects.of(period)
    assert fresh.reads is not None
    told = bulletin(period, fresh.reads, fresh.texts)
    form = BriefForm({**request.POST.dict(), "version": fresh.version}, neutral=words)
    theirs: Said = [(s.label, told.all_texts[s]) for s in BriefSection]
    return _form(request, fresh, told, form, problems=[str(stale)], meanwhile=theirs, status=409)


def _form(
    request: HttpRequest,
    found: Brief,
    told: Bulletin,
    form: BriefForm,
    *,
    problems: Iterable[str] = (),
    meanwhile: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "brief": found,
        "home": reverse("brief", args=[found.of]),
        "form": form,
        "problems": list(problems),
        "meanwhile": meanwhile or [],
        "palette": [
            (label, [Name(name, told.shown(name)) for name in names])
            for label, names in wording.groups()
        ],
    }
    return render(request, "brief_edit.html", context, status=status)


# --- its issue --------------------------------------------------------------------------------


@require_POST
def issue(request: HttpRequest, period: Period) -> HttpResponseBase:
    """Freeze the text that stands on the page, on the version seen."""
    found = Brief.objects.of(period)
    form = IssueForm(request.POST)
    if found.reads is None:
        raise Http404
    if not form.is_valid():
        return _page(request, period, issue=form, problems=[NOT_DONE], status=400)
    texts = bulletin(period, found.reads, found.texts).all_texts
    act = Act(by=request.user, source=Source.WEB)
    try:
        found.issue(form.given, texts, act, version=form.cleaned_data["version"])
    except BriefRefused as refusal:
        return _page(request, period, issue=form, problems=refusal.messages, status=400)
    except Stale as stale:
        return _moved_on(request, period, stale)
    messages.success(request, f"“{found}”已签发，文字不再改动。")
    return redirect("brief", period)


@require_POST
def retract(request: HttpRequest, period: Period) -> HttpResponseBase:
    """Make it a draft again, with the reason."""
    found = Brief.objects.of(period)
    form = RetractForm(request.POST)
    if not form.is_valid():
        return _page(request, period, retract=form, problems=[NOT_DONE], status=400)
    act = Act(by=request.user, source=Source.WEB, note=form.cleaned_data["note"])
    try:
        found.retract(act, version=form.cleaned_data["version"])
    except BriefRefused as refusal:
        return _page(request, period, problems=refusal.messages, status=400)
    except Stale as stale:
        return _moved_on(request, period, stale)
    messages.success(request, f"“{found}”已撤回签发，现为拟稿。")
    return redirect("brief", period)


NOT_DONE = "填写有误，没有办理，请改正后重新提交。"


def _moved_on(request: HttpRequest, period: Month | Quarter, stale: Stale) -> HttpResponse:
    told = [f"{stale}请看清现在的内容再办理。"]
    return _page(request, period, problems=told, status=409)

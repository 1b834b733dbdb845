"""One report: filled in by its unit, kept while it is typed, and the steps it takes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from .. import text
from ..choices import CoordinationLevel, ReportState, Source
from ..forms import AttachmentForm, ReportForm, ReportStepForm
from ..models import Act, Draft, Report, ReportRefused, Revision, Stale
from ..models.reports import CONTENT
from ..periods import Month, today
from ..reporting import BY_NAME
from ..rights import Right
from ..sheets.units import as_written
from ..text import forbidden_character
from . import attachments, errors, followed
from .books import unknown

#: Typed text is kept as it is; a draft longer than this is no draft.
DRAFT_LENGTH = 200_000
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def _report(period: Month, code: str) -> Report:
    reports = Report.objects.filter(round__month=period.first).for_rows()
    return get_object_or_404(reports, entry__code=code)


def report(request: HttpRequest, period: Month, code: str) -> HttpResponseBase:
    """A report: to be filled in by its unit, to be read by all."""
    found = _report(period, code)
    if request.method == "POST":
        return _filled(request, found)
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return _page(request, found)


def _may_fill(request: HttpRequest, found: Report) -> bool:
    return found.is_open and found.may_be_filled_by(request.user)


def _page(
    request: HttpRequest,
    found: Report,
    form: ReportForm | None = None,
    *,
    problems: list[str] | None = None,
    stored: Report | None = None,
    status: int = 200,
) -> HttpResponse:
    """`stored` is the report as somebody else has saved it meanwhile."""
    draft = None
    may_fill = _may_fill(request, found)
    if may_fill and form is None:
        draft = Draft.of(found, request.user)
        form, stored = _begun(found, draft)
    context = {
        "report": found,
        "entry": found.entry,
        "round": found.round,
        "form": form if may_fill else None,
        "typed": _typed(form) if form and form.is_bound and not may_fill else [],
        "draft": draft,
        "problems": problems or [],
        "said": _said(found),
        "meanwhile": _said(stored) if stored else [],
        # Of a frozen month no doubts are raised any more: the ledger has moved on since.
        "doubts": found.doubts() if found.is_typed and not found.round.is_frozen else [],
        "year": None if found.round.is_frozen else found.year,
        "note_verbs": [s.verb for s in found.steps_for(request.user) if s.needs_note],
        "is_late": found.is_late(today()),
        "offers": [step for step in found.steps_for(request.user) if step.name != "submit"],
        "history": Revision.objects.of(found),
        "earlier": [(r.round.period, _said(r)) for r in found.earlier[:1]],
        "next_href": _next(request, found),
        **attachments.context(request.user, found.attachments.for_rows()),
        "attachment_form": AttachmentForm() if may_fill else None,
        "attach_href": reverse("report-attach", args=[found.round.period, found.entry.code]),
        **followed.of_report(request, found),
    }
    return render(request, "report.html", context, status=status)


def _begun(found: Report, draft: Draft | None) -> tuple[ReportForm, Report | None]:
    """The form with what this person was typing, else with what is stored or carried over."""
    stored = {name: getattr(found, name) for name in CONTENT}
    begin = stored if found.is_typed else {**stored, **found.carried()}
    if draft:
        begin = {**begin, **draft.given}
    begin = {
        name: text.number(value) if isinstance(value, Decimal) else value
        for name, value in begin.items()
    }
    form = ReportForm(initial={**begin, "version": found.version})
    return form, found if draft and _is_by_another(found, draft) else None


def _is_by_another(found: Report, draft: Draft) -> bool:
    """Has somebody else written the report since that draft was begun?"""
    if draft.base_version == found.version:
        return False
    last = Revision.objects.of(found).first()
    return last is None or last.actor_id != draft.user_id


def _typed(form: ReportForm) -> list[tuple[str, str]]:
    """What a person typed into a report that can no longer be filled in."""
    levels = dict(CoordinationLevel.choices)
    given = [(str(form[name].label), form[name].value()) for name in CONTENT]
    return [(label, str(levels.get(value, value))) for label, value in given if value]


def _said(found: Report) -> list[tuple[str, str]]:
    """What a report says, with the names of its columns."""
    return [(found.fact_label(name), as_written(name, getattr(found, name))) for name in CONTENT]


def _next(request: HttpRequest, found: Report) -> str:
    """The next report that waits for the bureau."""
    user: Any = request.user
    if not user.may(Right.ROUNDS):
        return ""
    waiting = Report.objects.of(found.round).filter(state=ReportState.APPROVED)
    following = waiting.exclude(pk=found.pk).for_rows().order_by("unit__name", "entry__code")
    one = following.first()
    return one.get_absolute_url() if one else ""


def _filled(request: HttpRequest, found: Report) -> HttpResponseBase:
    """Save what was typed; with `act=submit` also hand it to the unit's head."""
    if not found.may_be_filled_by(request.user):
        raise PermissionDenied(f"只有{found.unit}的填报人和同城化局可以填写这份月报。")
    form = ReportForm(request.POST, instance=found)
    if not form.is_valid():
        _keep_draft(request, found)
        return _page(request, found, form, status=400)
    is_submitted = request.POST.get("act") == "submit"
    given = form.cleaned_data
    act = Act(by=request.user, source=Source.WEB)
    doubts: list[str] = []
    try:
        found.fill(form.said(), act, version=given["version"])
        _forget_draft(request, found)
        doubts = found.doubts() if is_submitted and not given["is_checked"] else []
        if is_submitted and not doubts:
            found.take("submit", act, version=found.version)
    except Stale as stale:
        _keep_draft(request, found)
        typed = ReportForm({**request.POST.dict(), "version": stale.stored.version})
        fresh = _report(found.round.period, found.entry.code)
        return _page(request, fresh, typed, problems=[str(stale)], stored=fresh, status=409)
    except ReportRefused as refusal:
        fresh = _report(found.round.period, found.entry.code)
        typed = ReportForm({**request.POST.dict(), "version": fresh.version})
        return _page(request, fresh, typed, problems=refusal.messages, status=400)
    if doubts:
        messages.warning(request, "内容已保存，尚未提交：请核实以下提示，勾选后再提交。")
        return redirect(found)
    messages.success(request, "已提交，待本单位审定。" if is_submitted else "已保存。")
    to = found.unit_id if is_submitted else None
    return redirect("unit-reports", found.round.period, to) if to else redirect(found)


def _forget_draft(request: HttpRequest, found: Report) -> None:
    """What was typed is in the report now."""
    if kept := Draft.of(found, request.user):
        kept.delete()


def _keep_draft(request: HttpRequest, found: Report) -> None:
    """What was typed and could not be saved is still there when the page is opened again."""
    typed = _typable(request)
    version = request.POST.get("version", "")
    if typed is not None and _DIGITS.fullmatch(version):
        Draft.keep(found, request.user, typed, int(version))


def _typable(request: HttpRequest) -> dict[str, str] | None:
    """What was typed into the columns; None when it cannot be kept."""
    given = {name: request.POST[name] for name in CONTENT if name in request.POST}
    is_long = sum(map(len, given.values())) > DRAFT_LENGTH
    is_bad = any(forbidden_character(value.replace("\r", "")) for value in given.values())
    return None if is_long or is_bad else given


@require_POST
def draft(request: HttpRequest, period: Month, code: str) -> HttpResponseBase:
    """Keep what is being typed; answers the time of day. 409 once it cannot be filled in."""
    found = _report(period, code)
    if not found.may_be_filled_by(request.user):
        raise PermissionDenied("只有填报单位可以填写。")
    if not found.is_open:
        return JsonResponse({"sentence": "这份月报已提交或已冻结，未暂存。"}, status=409)
    given, version = _typable(request), request.POST.get("version", "")
    if not _DIGITS.fullmatch(version):
        return JsonResponse({"sentence": "内容无法识别，未暂存。"}, status=400)
    if given is None:
        return JsonResponse({"sentence": "内容过长或含有不允许的字符，未暂存。"}, status=400)
    kept = Draft.keep(found, request.user, given, int(version))
    return JsonResponse({"saved_at": f"{timezone.localtime(kept.saved_at):%H:%M:%S}"})


@require_POST
def step(request: HttpRequest, period: Month, code: str) -> HttpResponseBase:
    """Recall, sign off, accept, return or waive one report, on the version seen."""
    found = _report(period, code)
    form = ReportStepForm(request.POST)
    if not form.is_valid():
        return _page(request, found, problems=_sentences(form), status=400)
    given = form.cleaned_data
    act = Act(by=request.user, source=Source.WEB, note=given["note"])
    try:
        found.take(given["step"], act, version=given["version"])
    except ReportRefused as refusal:
        fresh = _report(period, code)
        return _page(request, fresh, problems=refusal.messages, status=400)
    except Stale as stale:
        fresh = _report(period, code)
        told = f"{stale}请看清现在的内容再办理。"
        return _page(request, fresh, problems=[told], status=409)
    messages.success(request, f"已办理“{_verb(given['step'])}”。")
    return redirect(found)


def _verb(name: str) -> str:
    return BY_NAME[name].verb


def _sentences(form: forms.Form) -> list[str]:
    return [str(sentence) for sentences in form.errors.values() for sentence in sentences]

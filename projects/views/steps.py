"""The steps of an entry, the request that is withdrawn, and the change that is taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ..choices import Action
from ..forms import StepForm, UndoForm, WithdrawForm
from ..models import LedgerEntry, Revision, Stale, StepRefused, Undo
from ..periods import today
from ..workflow import Step
from .entries import find, request_notice


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, ledger: str, code: str) -> HttpResponseBase:
    """A step: GET shows its small page, POST takes it."""
    found = find(ledger, code)
    target = (request.POST if request.method == "POST" else request.GET).get("to", "")
    step = found.step_to(target)
    if request.method != "POST":
        initial = _first_values(found, target)
        problems = [] if step else _no_such_step(found, target)
        return _move_page(request, found, step, StepForm(initial=initial, step=step), problems)
    form = StepForm(request.POST, step=step)
    if not form.is_valid():
        return _move_page(request, found, step, form, [], status=400)
    return _take(request, found, step, form)


def _first_values(found: LedgerEntry, target: str) -> dict[str, Any]:
    """What the page of a step begins with; a confirmation with the reason of the request."""
    first = {"to": target, "version": found.version, "on": today().isoformat()}
    if found.requested_status and found.requested_status == target:
        filed = Revision.objects.of(found).filter(action=Action.REQUEST).first()
        first["reason"] = filed.reason if filed else ""
    return first


def _no_such_step(found: LedgerEntry, target: str) -> list[str]:
    verbs = "、".join(step.verb for step in found.next_steps()) or "无"
    return [f"“{found}”现为“{found.status_label}”，没有这一步；可办理的有：{verbs}。"]


def _take(
    request: HttpRequest, found: LedgerEntry, step: Step | None, form: StepForm
) -> HttpResponse:
    given = form.cleaned_data
    try:
        done = found.move_to(
            given["to"],
            by=request.user,
            on=given["on"],
            reason=given["reason"],
            note=given["note"],
            version=given["version"],
        )
    except StepRefused as refusal:
        return _move_page(request, found, step, form, refusal.messages, status=400)
    except Stale as stale:
        fresh = find(found.ledger, found.code)
        return _move_page(request, fresh, step, form, told(stale, given["version"]), status=409)
    if done is Action.REQUEST:
        messages.success(request, f"已提请将“{found}”转为“{found.requested_label}”，待另一人确认。")
    else:
        messages.success(request, f"“{found}”已转为“{found.status_label}”。")
    return redirect(found)


def _move_page(
    request: HttpRequest,
    found: LedgerEntry,
    step: Step | None,
    form: StepForm,
    problems: list[str],
    status: int = 200,
) -> HttpResponse:
    context = {
        "entry": found,
        "step": step,
        "offer": next((o for o in found.offers(request.user) if o.step is step), None),
        "form": form,
        "problems": problems,
        "missing": found.missing_for(step) if step else [],
        "request_notice": request_notice(found),
        "action": reverse("move", args=[found.ledger, found.code]),
    }
    return render(request, "move.html", context, status=status)


def told(stale: Stale, seen: int) -> list[str]:
    """Who changed what since the version that was seen."""
    since = Revision.objects.of(stale.stored).filter(record_version__gt=seen)
    return [
        f"您打开页面之后，{row.actor_name}{row.sentence}；本次操作没有生效，请核对后重新办理。"
        for row in since
    ] or ["页面中的版本号与台账不符，本次操作没有生效，请刷新页面后重新办理。"]


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, ledger: str, code: str, sequence: int) -> HttpResponseBase:
    """Take back a row of the entry's history: GET shows what it would do, POST does it."""
    found = find(ledger, code)
    row = get_object_or_404(Revision.objects.of(found), sequence=sequence)
    asked = Undo(found, row)
    if request.method != "POST":
        initial = {"version": found.version}
        return _undo_page(request, asked, UndoForm(initial=initial, reasons=asked.reasons), [])
    form = UndoForm(request.POST, reasons=asked.reasons)
    if not form.is_valid():
        return _undo_page(request, asked, form, [], status=400)
    given = form.cleaned_data
    try:
        asked.carry_out(
            by=request.user,
            reason=given.get("reason"),
            note=given["note"],
            version=given["version"],
        )
    except StepRefused as refusal:
        return _undo_page(request, asked, form, refusal.messages, status=400)
    except Stale as stale:
        problems = told(stale, given["version"])
        return _undo_page(request, Undo(find(ledger, code), row), form, problems, status=409)
    messages.success(request, f"第{row.sequence}号变更已撤销，撤销本身已登记为一次新的变更。")
    return redirect(found)


def _undo_page(
    request: HttpRequest, asked: Undo, form: UndoForm, problems: list[str], status: int = 200
) -> HttpResponse:
    context = {
        "entry": asked.entry,
        "undo": asked,
        "form": form,
        "problems": problems,
        "obstacles": [] if problems else asked.problems,
    }
    return render(request, "undo.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, ledger: str, code: str) -> HttpResponseBase:
    """Take back a request that awaits its second person."""
    found = find(ledger, code)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        messages.error(request, "撤回提请须写明说明，并从条目页面办理。")
        return redirect(found)
    try:
        found.withdraw_request(by=request.user, **form.cleaned_data)
    except (StepRefused, Stale) as refusal:
        messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
    else:
        messages.success(request, f"“{found}”的提请已撤回。")
    return redirect(found)

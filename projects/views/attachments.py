"""Attachments: taken in from the page of an entry, report or matter, given out, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import exports
from ..choices import AccessAction, Source
from ..forms import AttachmentForm, WithdrawForm
from ..models import (
    Act,
    Attachment,
    AttachmentRefused,
    LedgerEntry,
    Matter,
    Report,
    Stale,
    access,
)
from ..periods import Month


@dataclass(frozen=True)
class Line:
    """A row of a list of attachments, and what this person may do with it."""

    attachment: Attachment
    may_open: bool
    may_withdraw: bool


def context(user: Any, found: Iterable[Attachment]) -> dict[str, Any]:
    """What `_partials/_attachments.html` lists; of a past day nothing can be withdrawn."""
    return {
        "attachments": [
            Line(
                attachment,
                attachment.may_be_opened_by(user),
                attachment.as_of is None and attachment.may_be_withdrawn_by(user),
            )
            for attachment in found
        ]
    }


@require_POST
def add(request: HttpRequest, ledger: str, code: str) -> HttpResponseBase:
    """Attach a file to an entry."""
    entries = LedgerEntry.objects.filter(ledger=ledger).select_related("lead")
    return _added(request, get_object_or_404(entries, code=code))


@require_POST
def add_to_report(request: HttpRequest, period: Month, code: str) -> HttpResponseBase:
    """Attach a file to a report."""
    reports = Report.objects.filter(round__month=period.first).for_rows()
    return _added(request, get_object_or_404(reports, entry__code=code))


@require_POST
def add_to_matter(request: HttpRequest, code: str) -> HttpResponseBase:
    """Attach proof to a problem, decision, instruction or slip."""
    matters = Matter.objects.visible_to(request.user).select_related("unit")
    return _added(request, get_object_or_404(matters, code=code))


Owner = LedgerEntry | Report | Matter


def _added(request: HttpRequest, owner: Owner) -> HttpResponseBase:
    report = owner if isinstance(owner, Report) else None
    matter = owner if isinstance(owner, Matter) else None
    milestones = owner.milestones.all() if isinstance(owner, LedgerEntry) else ()
    form = AttachmentForm(request.POST, request.FILES, milestones=milestones)
    try:
        Attachment.refuse_strangers(request.user, report, matter)
        if not form.is_valid():
            return _refused(request, owner, form)
        given = form.cleaned_data
        made = Attachment.upload(
            owner.entry if isinstance(owner, Report) else owner,
            given["file"].read(),
            given["file"].name,
            Act(by=request.user, source=Source.WEB),
            report=report,
            milestone=given.get("milestone"),
            note=given["note"],
        )
    except AttachmentRefused as refusal:
        return _refused(request, owner, form, refusal.messages)
    messages.success(request, f"附件“{made}”已上传。")
    return redirect(made.home)


def _refused(
    request: HttpRequest,
    owner: Owner,
    form: AttachmentForm,
    problems: Iterable[str] = (),
) -> HttpResponse:
    """The form again, with the reasons; browsers do not let a page choose the file again."""
    shown = {
        "home": owner.get_absolute_url(),
        "title": str(owner),
        "attachment_form": form,
        "attach_href": request.path,
        "problems": problems,
        "is_open": _takes_more(owner),
    }
    return render(request, "attach.html", shown, status=400)


def _takes_more(owner: Owner) -> bool:
    if isinstance(owner, Matter):
        return owner.takes_proof
    return not isinstance(owner, Report) or owner.is_open


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The content as a file to be saved, never to be shown here; leaves an access event."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user).for_rows(), pk=pk)
    if not found.may_be_opened_by(request.user):
        raise PermissionDenied("这份附件已经作废，只有同城化局和审计人员可以下载。")
    try:
        content = found.read()
    except AttachmentRefused as refusal:
        messages.error(request, refusal.messages[0])
        return redirect(found.home)
    if request.method == "GET":
        access.record(AccessAction.DOWNLOAD, request, user=request.user, **found.told())
    response = HttpResponse(content, content_type=found.content_type)
    response["Content-Disposition"] = exports.disposition(*found.download_names)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take an attachment out of use, on the version seen and with a reason."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user).for_rows(), pk=pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        if not found.may_be_withdrawn_by(request.user):
            raise PermissionDenied("这份附件不能由您作废。")
        messages.error(request, "作废附件须写明原因（不超过200字），并从所在页面办理。")
        return redirect(found.home)
    act = Act(by=request.user, source=Source.WEB, note=form.cleaned_data["note"])
    try:
        found.withdraw(act, version=form.cleaned_data["version"])
    except (AttachmentRefused, Stale) as refusal:
        messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
    else:
        messages.success(request, f"附件“{found}”已作废。")
    return redirect(found.home)

"""The office's templates of briefs: taken in, put to use, given out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import exports, wording
from ..briefs import built_in
from ..choices import Source
from ..forms.briefs import SwitchForm, TemplateForm
from ..models import Act, BriefTemplate, Stale, TemplateRefused
from . import errors
from .books import unknown
from .briefs import DOCX


def index(request: HttpRequest) -> HttpResponseBase:
    """The versions with the names they may use; POST takes in a new one."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    if request.method != "POST":
        return _page(request, TemplateForm())
    form = TemplateForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=400)
    file, act = form.cleaned_data["file"], Act(by=request.user, source=Source.WEB)
    try:
        made = BriefTemplate.keep(file.read(), file.name, act, note=form.cleaned_data["note"])
    except TemplateRefused as refusal:
        return _page(request, form, problems=refusal.messages, status=400)
    messages.success(request, f"“{made}”已检查并保存；启用后，通报按它排版。")
    return redirect("brief-templates")


def _page(
    request: HttpRequest, form: TemplateForm, *, problems: Iterable[str] = (), status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "templates": BriefTemplate.objects.for_rows(),
        "problems": list(problems),
        "lines": wording.LINES,
        "parts": [*wording.PARTS, wording.ANNEX_LIST],
        "tables": [
            (table, [f"{table}.{column}" for column in columns])
            for table, columns in wording.TABLES.items()
        ],
        "figures": wording.groups(),
    }
    return render(request, "brief_templates.html", context, status=status)


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(BriefTemplate, pk=pk)
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return _page(request, TemplateForm(), problems=["提交的内容无法识别，请重试。"], status=400)
    given: dict[str, Any] = form.cleaned_data
    take = found.enable if given["act"] == "enable" else found.disable
    try:
        take(Act(by=request.user, source=Source.WEB), version=given["version"])
    except TemplateRefused as refusal:
        return _page(request, TemplateForm(), problems=refusal.messages, status=400)
    except Stale as stale:
        return _page(request, TemplateForm(), problems=[str(stale)], status=409)
    messages.success(request, f"“{found}”已{'启用' if found.is_active else '停用'}。")
    return redirect("brief-templates")


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One as it was uploaded; number 0 is the built-in one."""
    if pk == 0:
        return _file(built_in(), "brief-template-0.docx", "通报模板（内置）.docx")
    found = get_object_or_404(BriefTemplate, pk=pk)
    try:
        content = found.read()
    except TemplateRefused as refusal:
        return errors.bad_request(request, problems=refusal.messages)
    return _file(content, f"brief-template-{found.pk}.docx", found.name)


def _file(content: bytes, ascii_name: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=DOCX)
    response["Content-Disposition"] = exports.disposition(ascii_name, name)
    return response

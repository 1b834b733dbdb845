"""Units' workbooks: out, back in as a plan, and applied when confirmed."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from ..choices import AccessAction
from ..forms import ApplyForm, SheetsForm
from ..models import Organisation, Upload, access
from ..periods import Month
from ..sheets import marked as marked_sheets
from ..sheets import returned, units
from ..sheets.plans import Changed
from ..sheets.returnedsheet import ReadFile
from . import errors
from .reports import round_of, works_on

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def unit_sheet(request: HttpRequest, period: Month, pk: int) -> HttpResponseBase:
    """The workbook of one unit, to be filled in."""
    found, unit = round_of(period), get_object_or_404(Organisation, pk=pk)
    if not works_on(request.user, unit):
        raise PermissionDenied(f"{unit}的填报表由该单位和同城化局下载。")
    content = units.workbook(found, unit)
    name = units.file_name(found, unit)
    return sent_file(request, content, XLSX, name, f"report-{period}-{pk}.xlsx")


@require_GET
def all_sheets(request: HttpRequest, period: Month) -> HttpResponseBase:
    """The workbooks of all units in a zip."""
    content = units.bundle(round_of(period))
    name = f"{period}月报填报表.zip"
    return sent_file(request, content, "application/zip", name, f"reports-{period}.zip")


def sent_file(
    request: HttpRequest, content: bytes, kind: str, name: str, ascii_name: str
) -> HttpResponse:
    """The file, and the access event of its going out."""
    sha = hashlib.sha256(content).hexdigest()
    details = {"path": request.path, "title": name, "sha256": sha}
    access.record(AccessAction.EXPORT, request, user=request.user, **details)
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = (
        f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
    )
    return response


def upload(request: HttpRequest, period: Month) -> HttpResponseBase:
    """Sheets that come back: they are read and shown as a plan, nothing is written yet."""
    found = round_of(period)
    if not works_on(request.user):
        raise PermissionDenied("填报表由各单位和同城化局导入。")
    form = SheetsForm(request.POST, request.FILES) if request.method == "POST" else SheetsForm()
    if form.is_bound and form.is_valid():
        files = [(file.name, file.read()) for file in form.cleaned_data["sheets"]]
        kept = Upload.keep(request.user, files, round=found)
        return redirect("sheet-plan", period, kept.pk)
    context = {"round": found, "form": form}
    return render(request, "sheets.html", context, status=400 if form.errors else 200)


def _upload(request: HttpRequest, period: Month, pk: int) -> Upload:
    """One's own; what others have uploaded does not exist."""
    user: Any = request.user
    own = Upload.objects.filter(uploaded_by_id=user.pk).select_related("round")
    return get_object_or_404(own, round__month=period.first, pk=pk)


def _files(found: Upload) -> list[ReadFile]:
    return returned.read_files((file.name, bytes(file.content)) for file in found.files.all())


def plan(request: HttpRequest, period: Month, pk: int) -> HttpResponseBase:
    """What the sheets would change, cell by cell; POST writes it, if it is still the same."""
    found = _upload(request, period, pk)
    if request.method == "POST":
        return _applied(request, found)
    if found.applied_at:
        return render(request, "sheet_plan.html", {"upload": found, "round": found.round})
    made = returned.plan(found.round, _files(found), request.user)  # type: ignore[arg-type]
    context = {"upload": found, "round": found.round, "plan": made}
    return render(request, "sheet_plan.html", context)


def _applied(request: HttpRequest, found: Upload) -> HttpResponseBase:
    form = ApplyForm(request.POST)
    if not form.is_valid():
        return errors.bad_request(request, problems=["提交的内容无法识别，请刷新后重试。"])
    given = form.cleaned_data
    try:
        counts = returned.apply(found, given["shown"], by=request.user, submits=given["submits"])
    except Changed:
        messages.error(request, "没有导入：台账在核对期间有变化，以下是重新核对的结果，请再确认。")
        return redirect(request.path)
    told = f"已导入：新填{counts['new']}条，修改{counts['changed']}条"
    told += f"，其中提交审定{counts['submitted']}条。" if given["submits"] else "。"
    messages.success(request, told)
    return redirect(request.path)


@require_GET
def marked(request: HttpRequest, period: Month, pk: int) -> HttpResponseBase:
    """The sheets with their problems marked in the cells."""
    found = _upload(request, period, pk)
    if found.applied_at:
        raise Http404
    files = _files(found)
    made = returned.plan(found.round, files, request.user)  # type: ignore[arg-type]
    pages = [(file.name, g) for file in files for g in file.grids if g.title == units.PAGE]
    content = marked_sheets.workbook(pages, made)
    return sent_file(request, content, XLSX, f"{period}月报核对结果.xlsx", f"checked-{period}.xlsx")

"""Every export ever made, and the page on which a file is checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from .. import proof
from ..filters import StrictForm
from ..models import Receipt
from ..rights import Right
from .lists import paged

SIZE = 50


class FileForm(forms.Form):
    """The file to be checked; it is read and not kept."""

    file = forms.FileField(
        label="要查验的文件",
        help_text="本系统导出的 CSV 或 Excel 文件，不超过50MB；查验后不保存。",
        error_messages={
            "required": "请选择要查验的文件。",
            "empty": "文件是空的，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > proof.FILE_LIMIT:
            raise forms.ValidationError("文件超过50MB，请改用 manage.py verify_export 查验。")
        return file


def receipts(request: HttpRequest) -> HttpResponseBase:
    form = StrictForm(request.GET)
    user: Any = request.user
    rows = Receipt.objects.all()
    if not user.may(Right.ACCESS_LOG):  # what others took out is for those who watch over it
        rows = rows.filter(actor_id=user.pk)
    page = paged(
        request,
        form,
        rows,
        title="导出回执",
        counter="份",
        size=SIZE,
    )
    return render(request, "receipts.html", {"page": page, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponseBase:
    """Take a file, and say whether it is what the ledger gave out."""
    if request.method != "POST":
        return render(request, "verify.html", {"form": FileForm()})
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "verify.html", {"form": form}, status=400)
    file: UploadedFile = form.cleaned_data["file"]
    finding = proof.examine(str(file.name), file.read())
    context = {"form": FileForm(), "finding": finding, "name": file.name}
    return render(request, "verify.html", context)

"""Files to be planned before anything is written, and the yes to a plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..choices import Ledger
from ..intake import FILE_LIMIT
from ..models.fields import validate_plain_text
from ..models.uploads import NAME_LENGTH
from ..workflow import DATE_MOVES

MOST_FILES = 50


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, each as it came."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]


class SheetsForm(forms.Form):
    """Sheets to look at before anything is written."""

    sheets = FilesField(
        label="填报表",
        help_text=(
            f"从本系统下载、填好后的 .xlsx，一次最多{MOST_FILES}个，"
            "每个不超过10MiB，合计不超过50MiB。"
        ),
        widget=FilesInput(attrs={"accept": ".xlsx"}),
    )

    def clean_sheets(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["sheets"]
        if len(files) > MOST_FILES:
            raise ValidationError(f"一次最多上传{MOST_FILES}个文件，这次选了{len(files)}个。")
        if len({file.name[-NAME_LENGTH:] for file in files}) < len(files):
            raise ValidationError("有两个文件同名，请改名后重新上传。")
        for file in files:
            if file.size > FILE_LIMIT:
                raise ValidationError(f"“{file.name}”超过10MiB，请删去无关内容或分成几个文件。")
        return files


class ApplyForm(forms.Form):
    """The plan that was shown, and whether to hand in what has no doubts."""

    shown = forms.RegexField(r"\A[0-9a-f]{64}\Z")
    submits = forms.BooleanField(required=False)


class OwnLedgerForm(forms.Form):
    """An office's own ledger, to look at before anything is written."""

    ledger = forms.ChoiceField(label="台账", choices=[("", "请选择"), *Ledger.choices])
    sheet = forms.FileField(
        label="表格",
        help_text="Excel（.xlsx）或 CSV（UTF-8、GB18030 均可），用原有标题即可，不超过10MiB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        max_length=200,
    )

    def clean_sheet(self) -> Any:
        file = self.cleaned_data["sheet"]
        if file.size > FILE_LIMIT:
            raise ValidationError(f"“{file.name}”超过10MiB，请删去无关内容或分成几个文件上传。")
        return file


class ApplyLedgerForm(forms.Form):
    """The plan that was shown, and why planned dates move, where some do."""

    shown = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label="时限变更原因",
        required=False,
        choices=[("", "———"), *((reason.value, reason.label) for reason in DATE_MOVES)],
        help_text="表中有已登记的计划开始或完成时限被改动，须写明原因；只记在有此改动的条目上。",
    )
    note = forms.CharField(
        label="时限变更说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[validate_plain_text],
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("reason")) != bool(given.get("note")):
            raise ValidationError("时限变更的原因和说明须同时填写。")
        return given

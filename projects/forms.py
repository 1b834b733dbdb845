"""Forms of the pages outside the admin, and the base of the admin's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from . import text
from .choices import CoordinationLevel, Ledger, Reason
from .filekinds import ALLOWED, EXTENSIONS
from .intake import FILE_LIMIT
from .models import Milestone, Report
from .models.attachments import megabytes, too_large
from .models.fields import validate_one_line, validate_plain_text
from .models.reports import CONTENT
from .models.uploads import NAME_LENGTH
from .periods import PartialDate, iso_day, today, written
from .reporting import STEPS
from .workflow import DATE_MOVES, Step

MOST_FILES = 50


class PlainField(forms.CharField):
    """Text in the form in which it is kept, so that its length is that of what is kept."""

    def to_python(self, value: Any) -> str:
        return text.plain(super().to_python(value) or "")


class PartialDateField(forms.CharField):
    """A date as exact as it is known: `2026`, `2026-07`, `2026-07-31`, `2026年7月`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("placeholder", "如 2026-07-31、2026-07 或 2026")
        self.widget.attrs.setdefault("size", "24")

    def clean(self, value: Any) -> PartialDate | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return PartialDate.parse(text)
        except ValueError:
            raise ValidationError(
                f"“{text}”不是日期，请写成 2026-07-31；只知道年月的写 2026-07，只知道年的写 2026。"
            ) from None


class WholeModelForm(forms.ModelForm):
    """A ModelForm that validates every constraint, also those over fields it does not show.

    Django leaves such constraints out, and a valid form would end in an IntegrityError.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as problem:
            self.add_error(None, problem.messages)


class StepForm(forms.Form):
    """What a step asks for: its day, its reason where one is due, its note."""

    to = forms.CharField(widget=forms.HiddenInput, max_length=20)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    on = forms.CharField(
        label="生效日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="实际发生的日期，默认今天，不能晚于今天。",
    )
    reason = forms.ChoiceField(label="原因", required=False)
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[validate_plain_text],
    )

    def __init__(self, *args: Any, step: Step | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", "———")] + [  # type: ignore[attr-defined]
            (reason.value, reason.label) for reason in (step.reasons if step else Reason)
        ]
        if step and not step.reasons:
            self.fields["reason"].widget = forms.HiddenInput()
            self.fields["reason"].choices = Reason.choices  # type: ignore[attr-defined]
        if step:
            self.fields["reason"].required = bool(step.reasons)
            self.fields["note"].required = step.asks_note
            self.fields["note"].help_text = (
                "必填。写明依据、佐证材料或情况。" if step.asks_note else "可不填。"
            )

    def clean_on(self) -> dt.date:
        text = self.cleaned_data["on"]
        if not text:
            return today()
        try:
            return iso_day(text)
        except ValueError:
            raise ValidationError(f"“{text}”不是日期，请写成 2026-07-31。") from None

    def clean_reason(self) -> Reason | None:
        value = self.cleaned_data["reason"]
        return Reason(value) if value else None


class UndoForm(forms.Form):
    """Taking back a change: on the version that was seen, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.ChoiceField(label="原因")
    note = forms.CharField(
        label="说明",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明为什么撤销。撤销作为一次新的变更登记，原变更记录保留不动。",
        validators=[validate_plain_text],
    )

    def __init__(self, *args: Any, reasons: tuple[Reason, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reasons:
            self.fields["reason"].choices = [("", "———")] + [  # type: ignore[attr-defined]
                (reason.value, reason.label) for reason in reasons
            ]
        else:
            del self.fields["reason"]

    def clean_reason(self) -> Reason:
        return Reason(self.cleaned_data["reason"])


class NoteForm(forms.Form):
    """A note that may be left out."""

    note = forms.CharField(
        label="说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="可不填。",
        validators=[validate_plain_text],
    )


class ReportForm(forms.ModelForm):
    """What a unit says of one entry for one month, on the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    is_checked = forms.BooleanField(label="以上提示已核实，确认无误", required=False)

    class Meta:
        model = Report
        fields = CONTENT
        widgets = {
            "progress": forms.Textarea(attrs={"rows": 4}),
            "problems": forms.Textarea(attrs={"rows": 3}),
            "coordination": forms.Textarea(attrs={"rows": 3}),
            "next_step": forms.Textarea(attrs={"rows": 3}),
            "percent": forms.TextInput(attrs={"inputmode": "numeric"}),
            "invested_month": forms.TextInput(attrs={"inputmode": "decimal"}),
            "invested_total": forms.TextInput(attrs={"inputmode": "decimal"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level: Any = self.fields["coordination_level"]
        level.choices = [("", "———"), *CoordinationLevel.choices]

    def said(self) -> dict[str, Any]:
        """The columns to fill."""
        return {name: self.cleaned_data[name] for name in CONTENT}

    def _post_clean(self) -> None:
        """The instance is filled by its own door, `Report.fill`; here is what that refuses."""
        said = {name: self.cleaned_data[name] for name in CONTENT if name in self.cleaned_data}
        for name, sentences in Report.invalid(said).items():
            self.add_error(name, sentences)


class ReportStepForm(forms.Form):
    """A step of a report: on the version that was seen."""

    step = forms.ChoiceField(choices=[(s.name, s.verb) for s in STEPS if s.name != "submit"])
    version = forms.IntegerField(min_value=0)
    note = forms.CharField(required=False, max_length=2000, validators=[validate_plain_text])


class SeenForm(forms.Form):
    """Reports as they were seen, for one click on all: `key:version`, comma between."""

    seen = forms.RegexField(
        r"\A[0-9]{1,18}:[0-9]{1,9}(,[0-9]{1,18}:[0-9]{1,9})*\Z", max_length=2_000_000
    )

    def clean_seen(self) -> dict[int, int]:
        pairs = (pair.split(":") for pair in self.cleaned_data["seen"].split(","))
        return {int(key): int(version) for key, version in pairs}


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


class ApplyForm(forms.Form):
    """The plan that was shown, and whether to hand in what has no doubts."""

    shown = forms.RegexField(r"\A[0-9a-f]{64}\Z")
    submits = forms.BooleanField(required=False)


class AttachmentForm(forms.Form):
    """A file with what it proves; of an entry also for which of its milestones."""

    file = forms.FileField(
        label="文件",
        error_messages={
            "required": "请选择要上传的文件。",
            "empty": "文件是空的，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )
    milestone = forms.ChoiceField(
        label="对应里程碑",
        required=False,
        error_messages={"invalid_choice": "这一条目没有所选的里程碑，请刷新页面后重试。"},
    )
    note = PlainField(
        label="证明内容",
        required=False,
        max_length=200,
        help_text="写明证明什么，如“竣工验收备案表，证明主体工程已验收”。",
        validators=[validate_plain_text, validate_one_line],
    )

    def __init__(self, *args: Any, milestones: Iterable[Milestone] = (), **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "attachment-%s", **kwargs})
        self.milestones = {str(milestone.pk): milestone for milestone in milestones}
        size, total = (
            megabytes(n) for n in (settings.ATTACHMENT_LIMIT, settings.ATTACHMENTS_LIMIT)
        )
        self.fields[
            "file"
        ].help_text = f"{ALLOWED}每份不超过{size}，每个条目合计不超过{total}。严禁上传涉密文件。"
        endings = (f".{ending}" for known in EXTENSIONS.values() for ending in known)
        self.fields["file"].widget.attrs["accept"] = ",".join(endings)
        choices = [(key, milestone.name) for key, milestone in self.milestones.items()]
        self.fields["milestone"].choices = [("", "———"), *choices]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["milestone"]

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.ATTACHMENT_LIMIT:
            raise ValidationError(too_large())
        return file

    def clean_milestone(self) -> Milestone | None:
        return self.milestones.get(self.cleaned_data["milestone"])


class WithdrawForm(forms.Form):
    """Taking back a request or an attachment: on the version that was seen, and why."""

    version = forms.IntegerField(min_value=0)
    note = PlainField(max_length=200, validators=[validate_plain_text])


def written_date(record: Any, prefix: str) -> str:
    """The text with which a `PartialDateField` shows a stored date."""
    return written(getattr(record, f"{prefix}_on"), getattr(record, f"{prefix}_precision"))

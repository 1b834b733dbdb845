"""Forms of briefs: the text of the parts, issuing and taking back; a template that comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..choices import BriefSection
from ..filters import DayField
from ..models import Brief
from ..models.briefs import LENGTH
from ..models.contents import too_large
from ..models.fields import validate_one_line, validate_plain_text
from .fields import PlainField


def _line(label: str, length: int, **more: Any) -> PlainField:
    checks = [validate_plain_text, validate_one_line]
    return PlainField(label=label, max_length=length, validators=checks, **more)


class BriefForm(forms.Form):
    """The text of every part, on the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    addressees = _line("主送单位", 200, required=False, help_text="没有主送单位的留空。")

    def __init__(self, *args: Any, neutral: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.neutral = neutral
        for section in BriefSection:
            rows = min(2 + len(neutral[section]) // 50, 12)
            self.fields[section.value] = PlainField(
                label=section.label,
                required=False,
                max_length=LENGTH,
                widget=forms.Textarea(attrs={"rows": rows}),
                validators=[validate_plain_text],
            )

    @staticmethod
    def begin_of(brief: Brief, texts: Mapping[str, str]) -> dict[str, Any]:
        """What it begins with; `texts` are those that stand on the page now."""
        return {**texts, "addressees": brief.addressees, "version": brief.version}

    @property
    def texts(self) -> dict[str, str]:
        """The office's own: what was left as the neutral words stays theirs."""
        given = {section.value: self.cleaned_data[section.value] for section in BriefSection}
        return {name: text for name, text in given.items() if text != self.neutral[name]}

    @property
    def head(self) -> dict[str, Any]:
        return {"addressees": self.cleaned_data["addressees"]}


class IssueForm(forms.Form):
    """What is typed when a brief is issued; nothing of it is made up."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    number = _line("文号", 40, required=False, help_text="按发文登记填写；没有文号的留空。")
    signer = _line("签发人", 40, help_text="签发本通报的领导。")
    issued_on = DayField(label="成文日期")

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("number", "signer", "issued_on")}


class RetractForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    note = PlainField(label="撤回原因", max_length=2000, validators=[validate_plain_text])


class TemplateForm(forms.Form):
    """A .docx that is to be the office's template."""

    file = forms.FileField(
        label="模板文件（.docx）",
        widget=forms.ClearableFileInput(attrs={"accept": ".docx"}),
        error_messages={
            "required": "请选择模板文件。",
            "empty": "文件是空的，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )
    note = _line("说明", 200, required=False)

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.ATTACHMENT_LIMIT:
            raise ValidationError(too_large())
        return file


class SwitchForm(forms.Form):
    """Putting a template to use, or out of use."""

    version = forms.IntegerField(min_value=0)
    act = forms.ChoiceField(choices=[("enable", "启用"), ("disable", "停用")])

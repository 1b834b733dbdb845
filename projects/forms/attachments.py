"""An attachment with what it proves, and taking one back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ..filekinds import ALLOWED, EXTENSIONS
from ..models import Milestone
from ..models.contents import megabytes, too_large
from ..models.fields import validate_one_line, validate_plain_text
from .fields import PlainField


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

"""What the steps of an entry ask for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..choices import Reason
from ..models.fields import validate_plain_text
from ..periods import iso_day, today
from ..workflow import Step


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

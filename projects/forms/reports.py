"""Forms of the monthly round: a report, its steps, many at once."""

from __future__ import annotations

from typing import Any

from django import forms

from ..choices import CoordinationLevel, DeclaredLight
from ..models import Report
from ..models.fields import validate_plain_text
from ..models.reports import CONTENT
from ..reporting import STEPS


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
        for name, choices in (("coordination_level", CoordinationLevel), ("light", DeclaredLight)):
            field: Any = self.fields[name]
            field.choices = [("", "———"), *choices.choices]

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

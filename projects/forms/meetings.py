"""Forms of conferences: their facts, their steps, the agenda, what was decided."""

from __future__ import annotations

from typing import Any

from django import forms

from ..filters import DayField
from ..following import MEETING_STEPS
from ..models import Matter, Meeting
from ..models.fields import validate_plain_text
from ..models.meetings import CONTENT
from .codes import EntryCodesField

#: How a day stands in its input, whatever the language.
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
DECIDED = ("title", "text", "unit", "responsible_person", "due_on")


class ByDoorForm(forms.ModelForm):
    """What was typed into columns of a record; the record is filled by its own door."""

    def _post_clean(self) -> None:
        """The door refuses, and says why: see `given`."""

    @property
    def given(self) -> dict[str, Any]:
        """The columns, as the door takes them."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class MeetingForm(ByDoorForm):
    """A conference, on the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = Meeting
        fields = CONTENT
        field_classes = {"held_on": DayField}
        widgets = {
            "held_on": DAY,
            "attendees": forms.Textarea(attrs={"rows": 3}),
            "minutes": forms.Textarea(attrs={"rows": 8}),
        }
        help_texts = {
            "held_on": "筹备中的填拟召开日期，可以先不填；召开后须为实际日期。",
            "minutes": "可在会后补充。不写涉密内容。",
        }


class MeetingStepForm(forms.Form):
    """A step of a conference: on the version that was seen."""

    step = forms.ChoiceField(choices=[(step.name, step.verb) for step in MEETING_STEPS])
    version = forms.IntegerField(min_value=0)
    note = forms.CharField(required=False, max_length=2000, validators=[validate_plain_text])


class AgendaForm(forms.Form):
    """Problems that are put on the agenda."""

    problem = forms.ModelMultipleChoiceField(
        queryset=Matter.objects.problems(),
        to_field_name="code",
        error_messages={
            "required": "请勾选要列入议题的问题。",
            "invalid_choice": "没有编号为“%(value)s”的问题，请刷新页面后重试。",
            "invalid_list": "提交的内容无法识别，请刷新页面后重试。",
        },
    )


class OutcomeForm(forms.Form):
    """What came of a problem of the agenda, on the version that was seen."""

    version = forms.IntegerField(min_value=0)
    outcome = forms.CharField(required=False, max_length=30_000, validators=[validate_plain_text])


class OffForm(forms.Form):
    """A problem taken off the agenda, on the version that was seen."""

    version = forms.IntegerField(min_value=0)
    note = forms.CharField(required=False, max_length=2000, validators=[validate_plain_text])


class DecisionForm(ByDoorForm):
    """What was decided; with unit and due date it is handed out at once."""

    entries = EntryCodesField()

    class Meta:
        model = Matter
        fields = DECIDED
        field_classes = {"due_on": DayField}
        labels = {"title": "议定事项", "text": "议定措施和要求"}
        widgets = {"due_on": DAY, "text": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "text": "写明做什么、做到什么程度，不写涉密内容。",
            "due_on": "责任单位和办理时限都填写的，登记后即交办；否则存为拟办，会议不能办结。",
        }

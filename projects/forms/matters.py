"""Problems, instructions and slips as they are typed; their steps; accounts of what was done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .. import text
from ..choices import CoordinationLevel, Difficulty, MatterKind, MatterState, SlipColour
from ..filters import DayField
from ..following import STEPS
from ..models import Matter, Organisation
from ..models.fields import PROSE_LENGTH, validate_one_line, validate_plain_text
from .codes import EntryCodesField, as_codes
from .fields import PlainField

#: A slip is one page: so many lines of so many characters of its requirement stand on it.
SLIP_COLUMNS, SLIP_LINES = 32, 14


def _line(label: str, length: int, **more: Any) -> PlainField:
    checks = [validate_plain_text, validate_one_line]
    return PlainField(label=label, max_length=length, validators=checks, **more)


def _prose(label: str, rows: int, **more: Any) -> PlainField:
    given = {"max_length": PROSE_LENGTH, **more}
    area = forms.Textarea(attrs={"rows": rows})
    return PlainField(label=label, widget=area, validators=[validate_plain_text], **given)


def _one_of(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", "———"), *choices])


def _besides(matter: Matter | None) -> set[str]:
    """What an edit asks besides the columns; a draft is nobody's business yet."""
    if matter is None:
        return set()
    return {"version"} if matter.state == MatterState.DRAFT else {"version", "note"}


#: What needs a reason once it is handed out: of a slip, and of all else.
NOTES = {
    True: (
        "督办单已签发，标题、内容、督办等级和责任单位不能改写；"
        "调整办理时限或涉及条目的，须写明原因。"
    ),
    False: (
        "事项已交办，修改标题、内容、责任单位、协调层级、涉及条目或者调整办理时限的，须写明原因。"
    ),
}


class MatterForm(forms.Form):
    """What people fill in of a matter of one kind; `given()` and `entries` are for its door.

    Editing one, also the version that was seen and, once it is handed out, the reason.
    """

    title = _line("标题", 120)
    text = _prose("内容", 6, required=False, help_text="写明事由和要求，不写涉密内容。")
    category = _one_of("问题类别", Difficulty.choices)
    level = _one_of("协调层级", CoordinationLevel.choices)
    leader = _line("批示领导", 40)
    colour = _one_of("督办等级", SlipColour.choices)
    unit = forms.ChoiceField(
        label="责任单位",
        required=False,
        error_messages={"invalid_choice": "没有这个单位，请从列表中选择。"},
    )
    responsible_person = _line("责任人", 40, required=False)
    due_on = DayField(label="办理时限", required=False)
    entries = EntryCodesField()
    note = _prose("修改原因", 2, required=False, max_length=2000)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, *args: Any, kind: MatterKind, matter: Matter | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.columns = kind, Matter.columns_of(kind)
        asked = {*self.columns, "entries"} | _besides(matter)
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]
        if "note" in self.fields:
            self.fields["note"].help_text = NOTES[kind == MatterKind.SLIP]
        self.units = {str(unit.pk): unit for unit in Organisation.objects.only("pk", "name")}
        choices = [(key, unit.name) for key, unit in self.units.items()]
        self.fields["unit"].choices = [("", "———"), *choices]  # type: ignore[attr-defined]
        if kind == MatterKind.SLIP:
            self.fields["text"].help_text = (
                f"写明事由和要求，不写涉密内容。督办单只印一页，最多{SLIP_LINES}行"
                f"（每行{SLIP_COLUMNS}字）。"
            )

    def clean_text(self) -> str:
        told = str(self.cleaned_data["text"])
        if self.kind != MatterKind.SLIP:
            return told
        lines = sum(text.lines_of(line, SLIP_COLUMNS) for line in told.split("\n"))
        if lines > SLIP_LINES:
            raise ValidationError(
                f"督办单只印一页，内容最多{SLIP_LINES}行（每行{SLIP_COLUMNS}字），"
                f"现约{lines}行，请精简；详细材料可作为附件上传。"
            )
        return told

    def clean_unit(self) -> Organisation | None:
        return self.units.get(self.cleaned_data["unit"])

    def given(self) -> dict[str, Any]:
        """The columns for the door."""
        return {name: self.cleaned_data[name] for name in self.columns}

    @staticmethod
    def begin_of(matter: Matter) -> dict[str, Any]:
        """What a form to edit it begins with."""
        columns = Matter.columns_of(MatterKind(matter.kind))
        stored = {name: getattr(matter, name) for name in columns}
        return {
            **stored,
            "unit": matter.unit_id,
            "entries": as_codes(matter.entries.all()),
            "version": matter.version,
        }


class MatterStepForm(forms.Form):
    """A step of a matter: on the version that was seen."""

    step = forms.ChoiceField(
        choices=[(step.name, step.verb) for step in STEPS],
        error_messages={"invalid_choice": "没有“%(value)s”这一步，请从页面上办理。"},
    )
    version = forms.IntegerField(min_value=0)
    note = PlainField(required=False, max_length=2000, validators=[validate_plain_text])


class HandlingForm(forms.Form):
    """What was done about a matter, and when."""

    told = _prose(
        "办理情况", 4, help_text="写明做了什么、进展如何。登记后不能修改，有误的再登记一条说明。"
    )
    done_on = DayField(label="办理日期", required=False, help_text="默认今天，不能晚于今天。")

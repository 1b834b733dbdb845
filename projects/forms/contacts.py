"""The form of a record of contact."""

from __future__ import annotations

from typing import Any

from django import forms

from ..filters import DayField
from ..models import ContactRecord, Organisation
from ..models.contacts import CONTENT
from ..rights import Right
from .codes import EntryCodesField
from .meetings import DAY, ByDoorForm


class ContactForm(ByDoorForm):
    """Who talked with whom, on the version that was seen; others than the bureau for their unit."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    entries = EntryCodesField()

    field_order = ("held_on", "subject", "entries")

    class Meta:
        model = ContactRecord
        fields = CONTENT
        field_classes = {"held_on": DayField}
        widgets = {
            "held_on": DAY,
            "attendees": forms.Textarea(attrs={"rows": 2}),
            "told": forms.Textarea(attrs={"rows": 5}),
            "agreed": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "other_side": "如“成都市交通运输局”，几个单位用顿号隔开。",
            "attendees": "双方参加人员，可不填。",
            "told": "谈了什么，各方意见。不写涉密内容。",
            "agreed": "没有形成一致意见的可不填。",
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.may(Right.FOLLOW):
            unit: Any = self.fields["unit"]
            unit.queryset = Organisation.objects.filter(pk=user.unit_id)
            unit.empty_label = None

"""The filter of the trail: strict like that of the lists."""

from __future__ import annotations

from typing import Any

from django import forms

from ..choices import Action, Ledger, Reason, Source
from ..models import Revision, trail
from .fields import CountField, DayField

EXACT = ("ledger", "action", "source", "reason", "record")
#: What can be asked for, by the kind of record.
RECORDS = (
    ("ledgerentry", "台账条目"),
    ("organisation", "单位"),
    ("region", "地区"),
    ("sector", "领域"),
    ("indicator", "成效指标"),
    ("user", "账号"),
)


def _choice(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", "全部"), *choices])


class TrailFilter(forms.Form):
    """Filters of the trail; an unknown parameter lists nothing."""

    q = forms.CharField(label="编号、名称或操作人", required=False, max_length=60)
    actor = forms.CharField(label="操作人", required=False, max_length=60)
    unit = forms.CharField(label="牵头单位", required=False, max_length=60)
    record = _choice("记录类型", RECORDS)
    ledger = _choice("台账", Ledger.choices)
    action = _choice("动作", Action.choices)
    source = _choice("来源", Source.choices)
    reason = _choice("原因", Reason.choices)
    after = DayField(label="登记自", required=False)
    before = DayField(label="登记至", required=False)
    page = CountField(label="页码", required=False, most=999_999_999, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if unknown := [name for name in self.data if name not in self.fields]:
            raise forms.ValidationError(f"没有这个查询条件：{'、'.join(unknown)}。")
        if repeated := [name for name in self.data if len(_given(self.data, name)) > 1]:
            raise forms.ValidationError(f"只能填写一个值：{'、'.join(repeated)}。")
        return self.cleaned_data

    def rows(self) -> trail.RevisionQuerySet:
        given = self.cleaned_data
        return Revision.objects.asked(
            words=given["q"],
            actor=given["actor"],
            unit=given["unit"],
            after=given["after"],
            before=given["before"],
            **{_COLUMNS.get(name, name): given[name] for name in EXACT if given[name]},
        )

    def in_words(self) -> str:
        """The conditions as a sentence."""
        said = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value and name != "page":
                labels = dict(getattr(field, "choices", ()))
                said.append(f"{field.label}：{labels.get(value, value)}")
        return "；".join(said) or "全部（未设条件）"


_COLUMNS = {"record": "record_model"}


def _given(data: Any, name: str) -> list[str]:
    values: list[str] = data.getlist(name)
    return values

"""Forms of the registers that are read by page: an unknown parameter lists nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from .fields import NO_SUCH, CountField, DayField


class StrictForm(forms.Form):
    """The page alone; a subclass adds its conditions. Each may be given once, but for the
    `repeatable`, whose values mean “or”.
    """

    repeatable: ClassVar[frozenset[str]] = frozenset()
    #: What is no condition.
    unsaid: ClassVar[frozenset[str]] = frozenset({"page"})

    page = CountField(label="页码", required=False, most=999_999_999, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if unknown := [name for name in self.data if name not in self.fields]:
            raise forms.ValidationError(f"没有这个查询条件：{'、'.join(unknown)}。")
        once = [name for name in self.data if name not in self.repeatable]
        if repeated := [name for name in once if len(_given(self.data, name)) > 1]:
            raise forms.ValidationError(f"只能填写一个值：{'、'.join(repeated)}。")
        return self.cleaned_data

    def in_words(self) -> str:
        """The conditions as a sentence."""
        said = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value and name not in self.unsaid:
                labels = dict(getattr(field, "choices", ()))
                values = value if isinstance(value, list) else [value]
                words = "、".join(str(labels.get(one, one)) for one in values)
                said.append(f"{field.label}：{words}")
        return "；".join(said) or "全部（未设条件）"


class DatedForm(StrictForm):
    """Of what was recorded between two days, both included."""

    after = DayField(label="登记自", required=False)
    before = DayField(label="登记至", required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        after: dt.date | None = given.get("after")
        before: dt.date | None = given.get("before")
        if after and before and after > before:
            since, until = (self.fields[name].label for name in ("after", "before"))
            raise forms.ValidationError(f"“{since}”晚于“{until}”，请核对日期。")
        return given


def choice(label: str, choices: Any) -> forms.ChoiceField:
    """One of a table, or all."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", "全部"), *choices],
        error_messages={"invalid_choice": NO_SUCH},
    )


def with_words(rows: Any, words: str, *columns: str) -> Any:
    """Rows that have each of the words in one of the columns."""
    for word in words.split():
        rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in columns)))
    return rows


def several(label: str, choices: Iterable[tuple[str, str]]) -> forms.MultipleChoiceField:
    """Some of a table, or all."""
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=list(choices),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": NO_SUCH},
    )


def _given(data: Any, name: str) -> list[str]:
    values: list[str] = data.getlist(name)
    return values

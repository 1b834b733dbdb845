"""Which columns a list shows, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..columns import Column
from ..filters import FREEZES
from ..ledgercolumns import ALWAYS_SHOWN

APPLY = "apply"
WAYS = {"first": "最前", "up": "前移", "down": "后移"}


class ColumnsForm(forms.Form):
    """`column`, repeated: those ticked, in the order in which they stand; `freeze`: how many of
    the first stay in sight; `do`: `apply`, or one of `WAYS`, `:` and a column.
    """

    column = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "没有“%(value)s”这一列，请重新选择。"}
    )
    freeze = forms.ChoiceField(label="固定左侧列", choices=FREEZES, required=False)
    do = forms.CharField(max_length=60)

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        column: Any = self.fields["column"]
        column.choices = [(one.name, one.heading) for one in columns]

    def clean_do(self) -> str:
        asked: str = self.cleaned_data["do"]
        way, _, name = asked.partition(":")
        known = dict(self.fields["column"].choices)  # type: ignore[attr-defined]
        if asked != APPLY and (way not in WAYS or name not in known):
            raise forms.ValidationError("没有这个动作，请从“选择列”页重新操作。")
        return asked

    @property
    def is_done(self) -> bool:
        return bool(self.cleaned_data["do"] == APPLY)

    @property
    def moved(self) -> str:
        """The column that was moved; empty when none was."""
        return str(self.cleaned_data["do"]).partition(":")[2]

    @property
    def chosen(self) -> list[str]:
        """The names in their new order; those that are always shown stand first if not ticked."""
        ticked = list(dict.fromkeys(self.cleaned_data["column"]))
        names = [name for name in ALWAYS_SHOWN if name not in ticked] + ticked
        way, _, name = self.cleaned_data["do"].partition(":")
        if name not in names:
            return [*names, name] if name else names
        place = names.index(name)
        names.remove(name)
        names.insert({"first": 0, "up": max(place - 1, 0), "down": place + 1}[way], name)
        return names

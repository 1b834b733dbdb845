"""The forms of saved views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ..choices import LISTS, ViewScope
from ..filters import faults_of, normalised, parted
from ..models import Book, SavedView
from ..models.savedviews import QUERY_LENGTH
from ..rights import Right

NEW = "new"


def scopes_of(user: Any) -> list[tuple[str, str]]:
    """For whom this person may save a view."""
    may = {
        ViewScope.PRIVATE: True,
        ViewScope.UNIT: user.may(Right.REPORT) and user.unit_id is not None,
        ViewScope.OFFICE: user.may(Right.EDIT),
    }
    return [(scope.value, scope.label) for scope in ViewScope if may[scope]]


class SaveViewForm(forms.Form):
    """The conditions of a list under a name: a new view, or in place of those of one."""

    ledger = forms.ChoiceField(choices=LISTS, widget=forms.HiddenInput)
    query = forms.CharField(max_length=2 * QUERY_LENGTH, required=False, widget=forms.HiddenInput)
    replaces = forms.ChoiceField(label="保存为", required=False)
    name = forms.CharField(label="视图名称", max_length=40, required=False)
    scope = forms.ChoiceField(label="可用范围", required=False)

    def __init__(self, *args: Any, user: Any, views: Iterable[SavedView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.views = {f"{view.pk}:{view.version}": view for view in views}
        offered = [(key, f"更新“{view}”的条件和列") for key, view in self.views.items()]
        self._choose("replaces", [(NEW, "新的视图"), *offered])
        self._choose("scope", scopes_of(user))

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("replaces") in ("", NEW) and not given.get("name", "").strip():
            self.add_error("name", "请填写视图名称。")
        if "query" in given and "ledger" in given:
            asked = normalised(given["query"])
            for label, message in faults_of(given["ledger"], asked, Book()):
                self.add_error(None, f"{label}：{message}")
            given["query"], given["columns"] = parted(asked)
        return given

    @property
    def chosen(self) -> SavedView | None:
        """The view whose conditions are replaced."""
        return self.views.get(self.cleaned_data["replaces"])


class EditViewForm(forms.Form):
    """Its name and who is offered it, on the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    name = forms.CharField(label="视图名称", max_length=40)
    scope = forms.ChoiceField(label="可用范围")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope: Any = self.fields["scope"]
        scope.choices = scopes_of(user)


class UseViewForm(forms.Form):
    """How one uses a view oneself."""

    is_default = forms.BooleanField(label="从导航打开时默认使用", required=False)
    is_subscribed = forms.BooleanField(label="每周一邮件", required=False)


class RemoveViewForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

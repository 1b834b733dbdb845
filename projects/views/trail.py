"""The audit trail, for those who may read it."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from ..choices import Action, Ledger, Source
from ..filters import CountField, DayField
from ..models import Revision
from ..models.trail import RevisionQuerySet
from ..rights import Right
from .lists import Page
from .rights import needs

SIZE = 50


class TrailForm(forms.Form):
    """Filters of the trail; an unknown parameter lists nothing."""

    q = forms.CharField(label="编号、名称或操作人", required=False, max_length=60)
    ledger = forms.ChoiceField(
        label="台账", required=False, choices=[("", "全部"), *Ledger.choices]
    )
    action = forms.ChoiceField(
        label="动作", required=False, choices=[("", "全部"), *Action.choices]
    )
    source = forms.ChoiceField(
        label="来源", required=False, choices=[("", "全部"), *Source.choices]
    )
    after = DayField(label="登记自", required=False)
    before = DayField(label="登记至", required=False)
    page = CountField(label="页码", required=False, most=999_999_999, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        if unknown := [name for name in self.data if name not in self.fields]:
            raise forms.ValidationError(f"没有这个查询条件：{'、'.join(unknown)}。")
        if repeated := [name for name in self.data if len(_given(self.data, name)) > 1]:
            raise forms.ValidationError(f"只能填写一个值：{'、'.join(repeated)}。")
        return self.cleaned_data

    def rows(self) -> RevisionQuerySet:
        given = self.cleaned_data
        return Revision.objects.asked(
            words=given["q"],
            after=given["after"],
            before=given["before"],
            **{name: given[name] for name in ("ledger", "action", "source") if given[name]},
        )


def _given(data: Any, name: str) -> list[str]:
    values: list[str] = data.getlist(name)
    return values


@needs(Right.TRAIL)
def trail(request: HttpRequest) -> HttpResponseBase:
    form = TrailForm(request.GET)
    rows = form.rows() if form.is_valid() else Revision.objects.none()
    number = (form.cleaned_data.get("page") or 1) if form.is_valid() else 1
    total = rows.count()
    pages = max(1, math.ceil(total / SIZE))
    if number > pages:
        form.add_error(None, f"没有第{number}页，共{pages}页，请从第1页看起。")
        rows, total, number, pages = rows.none(), 0, 1, 1
    page = Page(
        title="变更记录",
        subtitle=f"共{total}条，由近及远",
        total=total,
        rows=tuple(rows[(number - 1) * SIZE : number * SIZE]),
        columns=(),
        number=number,
        pages=pages,
        size=SIZE,
        prev_href=_href(request, number - 1) if number > 1 else "",
        next_href=_href(request, number + 1) if number < pages else "",
    )
    return render(request, "trail.html", {"page": page, "form": form})


def _href(request: HttpRequest, number: int) -> str:
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    return f"?{urlencode({**kept, 'page': number})}"

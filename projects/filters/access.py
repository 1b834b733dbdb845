"""The filter of access events: sign-ins, failures, sign-outs and exports."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet

from ..choices import AccessAction
from ..models import AccessEvent
from ..periods import between
from .strict import DatedForm, choice


class AccessFilter(DatedForm):
    person = forms.CharField(label="用户名或姓名", required=False, max_length=60)
    address = forms.CharField(label="来源地址", required=False, max_length=45)
    action = choice("动作", AccessAction.choices)

    field_order = ("person", "address", "action", "after", "before")

    def rows(self) -> QuerySet[AccessEvent]:
        given = self.cleaned_data
        person = Q(username__icontains=given["person"]) | Q(actor_name__icontains=given["person"])
        rows = AccessEvent.objects.filter(
            person,
            address__icontains=given["address"],
            **between("recorded_at", given["after"], given["before"]),
        )
        return rows.filter(action=given["action"]) if given["action"] else rows

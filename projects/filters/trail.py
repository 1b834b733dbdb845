"""The filter of the trail: strict like that of the lists."""

from __future__ import annotations

from django import forms

from ..choices import Action, Ledger, Reason, Source
from ..models import Revision, trail
from .strict import DatedForm, choice

EXACT = ("record", "ledger", "action", "source", "reason")
#: What can be asked for, by the kind of record.
RECORDS = (
    ("ledgerentry", "台账条目"),
    ("organisation", "单位"),
    ("region", "地区"),
    ("sector", "领域"),
    ("indicator", "成效指标"),
    ("user", "账号"),
    ("round", "月报"),
    ("report", "月报填报"),
    ("reminder", "催办"),
    ("attachment", "附件"),
    ("matter", "问题与督办事项"),
    ("handling", "办理情况"),
    ("meeting", "会议"),
    ("agendaitem", "会议议题"),
    ("contactrecord", "对接记录"),
    ("taskforce", "专项组"),
    ("calendarday", "节假日安排"),
    ("lightrule", "亮灯规则"),
    ("reportingrule", "报送规则"),
)


class TrailFilter(DatedForm):
    """Filters of the trail."""

    q = forms.CharField(label="编号、名称或操作人", required=False, max_length=60)
    actor = forms.CharField(label="操作人", required=False, max_length=60)
    unit = forms.CharField(label="牵头单位", required=False, max_length=60)
    record = choice("记录类型", RECORDS)
    ledger = choice("台账", Ledger.choices)
    action = choice("动作", Action.choices)
    source = choice("来源", Source.choices)
    reason = choice("原因", Reason.choices)

    field_order = ("q", "actor", "unit", *EXACT, "after", "before")

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


_COLUMNS = {"record": "record_model"}

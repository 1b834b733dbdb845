"""The filter of the reports of a round: strict like that of the lists."""

from __future__ import annotations

import datetime as dt

from django import forms

from ..choices import Punctuality, ReportState
from ..models import Organisation, Report, Round
from ..models.reportrows import ReportQuerySet
from .strict import StrictForm, choice

YES = (("1", "是"),)


class ReportFilter(StrictForm):
    """Filters of `/rounds/<yyyy-mm>/reports/`."""

    unit = forms.ModelChoiceField(
        label="填报单位", required=False, queryset=Organisation.objects.all(), empty_label="全部"
    )
    state = choice("报送状态", ReportState.choices)
    sent = choice("报送情况", Punctuality.choices)
    late = choice("逾期", YES)
    doubts = choice("有提示", YES)

    def __init__(self, *args: object, round_: Round, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.round = round_

    def rows(self, day: dt.date) -> ReportQuerySet:
        given = self.cleaned_data
        reports: ReportQuerySet = Report.objects.of(self.round)
        if given["unit"]:
            reports = reports.filter(unit=given["unit"])
        if given["state"]:
            reports = reports.filter(state=given["state"])
        if given["sent"]:
            reports = reports.sent(Punctuality(given["sent"]), self.round)
        if given["late"]:
            reports = reports.late(self.round, day)
        if given["doubts"]:
            reports = reports.doubtful()
        return reports.for_rows().order_by("unit__name", "entry__code")

"""What changed between two days, as a page and as files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from .. import exports
from ..choices import Ledger
from ..comparison import Comparison, Kind, compare
from ..comparisoncolumns import COMPARISON_COLUMNS
from ..filters import AsOfInput, ComparisonFilter
from ..models import Receipt
from ..periods import today
from ..rights import Right
from . import errors
from .lists import sent

#: Lines that the page shows of a section; the files have all.
SHOWN = 200


class DaysForm(forms.Form):
    """The two days and the ledger; the other conditions stand in the filter's own form."""

    ledger = forms.ChoiceField(
        label="台账", required=False, choices=[("", "全部台账"), *Ledger.choices]
    )

    kind = forms.ChoiceField(
        label="变动",
        required=False,
        choices=[("", "全部变动"), *((kind.slug, kind.value) for kind in Kind)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "起始日期"), ("to", "截止日期")):
            self.fields[name] = forms.CharField(
                label=label,
                widget=AsOfInput(attrs={"max": today().isoformat()}),
                help_text="以当日终了为准；月报以冻结时为准。",
            )
        self.order_fields(["from", "to", "ledger", "kind"])


def page(request: HttpRequest) -> HttpResponseBase:
    chosen = ComparisonFilter(request.GET)
    problems = chosen.problems if request.GET else []
    found: Comparison | None = None
    if chosen.was_asked and not problems:
        old, new = chosen.books()
        found = compare(old, new, chosen.rows(old), chosen.rows(new), chosen.ledger)
        found = found.only(chosen.kind)
    context = {
        "comparison": found,
        "total": len(found.movements) if found else 0,
        "subtitle": chosen.in_words() if found else "",
        "days": DaysForm(initial=request.GET.dict()),
        "filter": {"form": chosen.conditions.form, "errors": problems},
        "exports": _links(request) if found else [],
        "shown": SHOWN,
    }
    return render(request, "compare.html", context)


def _links(request: HttpRequest) -> list[dict[str, str]]:
    if not request.user.may(Right.EXPORT):  # type: ignore[union-attr]
        return []
    query = request.GET.urlencode()
    return [
        {"label": label, "href": f"{reverse('compare-export', args=[extension])}?{query}"}
        for label, extension in (("导出 CSV", "csv"), ("导出 Excel", "xlsx"))
    ]


@require_GET
def export(request: HttpRequest, extension: str) -> HttpResponseBase:
    chosen = ComparisonFilter(request.GET)
    if chosen.problems:
        return errors.bad_request(request, problems=chosen.problems)
    receipt = Receipt.issue(
        by=request.user,
        as_of=chosen.last_day,
        day=chosen.last_day.day,
        path=request.path,
        query=request.GET.urlencode(),
        words=chosen.in_words(),
        title="两日比较",
        extension=extension,
        columns=[column.heading for column in COMPARISON_COLUMNS],
    )
    return sent(request, exports.comparison_sheet(chosen, receipt), extension)

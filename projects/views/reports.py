"""The reports of a month: the unit's page, the bureau's list, and one click on many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from .. import rounds as ledger_rounds
from ..choices import OUTSTANDING
from ..filters import ReportFilter
from ..filters.strict import StrictForm
from ..forms import SeenForm
from ..models import Organisation, Report, ReportRefused, Round, RoundRefused, Stale
from ..models.reportrows import ReportQuerySet
from ..periods import Month, today
from ..rights import Right
from . import errors
from .lists import paged

SIZE = 50
#: Rows of a page of one unit: all that it reports on, but for units of another world.
OF_UNIT = 200


def round_of(period: Month) -> Round:
    """The round of the month, else 404."""
    return get_object_or_404(Round, month=period.first)


def told(refusal: ReportRefused | RoundRefused | Stale) -> str:
    """A refusal as one sentence after the other."""
    return str(refusal) if isinstance(refusal, Stale) else "".join(refusal.messages)


def seen(reports: list[Report]) -> str:
    """The reports as they stand on this page, for `SeenForm`."""
    return ",".join(f"{report.pk}:{report.version}" for report in reports)


@dataclass(frozen=True)
class Line:
    """A row of a list of reports; `before` is what was said the month before."""

    report: Report
    is_late: bool
    before: Report | None = None


def index(request: HttpRequest, period: Month) -> HttpResponseBase:
    found = round_of(period)
    form = ReportFilter(request.GET, round_=found)
    rows = form.rows(today()) if form.is_valid() else Report.objects.none()
    title = f"{period.label}月报填报"
    page = paged(request, form, rows, title=title, counter="条", size=SIZE, order="按单位排列")
    lines = [Line(report, report.is_late(today())) for report in page.rows]
    context = {"page": page, "form": form, "lines": lines, "round": found}
    return render(request, "reports.html", context)


def mine(request: HttpRequest) -> HttpResponseBase:
    """To this person's unit, in the earliest open month in which something is outstanding."""
    user: Any = request.user
    open_ = Round.objects.filter(closed_at=None, reports__unit=user.unit_id).distinct()
    waiting = open_.filter(reports__unit=user.unit_id, reports__state__in=OUTSTANDING)
    found = waiting.last() or open_.first()  # the latest month comes first
    if found is None:
        messages.info(request, "现在没有正在报送的月份。")
        return redirect("rounds")
    return redirect("unit-reports", found.period, user.unit_id)


def unit(request: HttpRequest, period: Month, pk: int) -> HttpResponseBase:
    """What one unit has to report for the month, and how each stands."""
    found, organisation = round_of(period), get_object_or_404(Organisation, pk=pk)
    form = StrictForm(request.GET)
    rows = found.reports.filter(unit=organisation).for_rows().order_by("entry__code")
    page = paged(request, form, rows, title=str(organisation), counter="条", size=OF_UNIT)
    if form.errors:
        told_all = [sentence for sentences in form.errors.values() for sentence in sentences]
        return errors.bad_request(request, problems=told_all)
    reports = list(page.rows)
    before = _before(found, reports)
    standing = ledger_rounds.standing(found, today(), unit=organisation)
    context = {
        "round": found,
        "period": period,
        "unit": organisation,
        "page": page,
        "lines": [Line(r, r.is_late(today()), before.get(r.entry_id)) for r in reports],
        "standing": standing.whole,
        "reminder": found.reminders.filter(unit=organisation).first(),
        "offers": _offers(request, reports, "全部" if page.pages == 1 else "本页"),
        "can_use_sheets": not found.is_frozen and works_on(request.user, organisation),
        "before": Round.objects.of(period.before),
        "following": Round.objects.of(period.following),
    }
    return render(request, "unit_reports.html", context)


def works_on(user: Any, unit: Organisation | None = None) -> bool:
    """The bureau on all units' sheets, a unit's people on their own."""
    of_unit = user.may(Right.REPORT) and user.unit_id and (not unit or unit.pk == user.unit_id)
    return bool(user.may(Right.ROUNDS) or of_unit)


def _before(found: Round, reports: list[Report]) -> dict[int, Report]:
    """What was said of these entries the month before, by the entry's key."""
    rows = Report.objects.filter(entry__in=[report.entry_id for report in reports])
    last_month = rows.told_before(found).filter(round__month=found.period.before.first)
    return {report.entry_id: report for report in last_month}


@dataclass(frozen=True)
class Offer:
    """One click on all the reports of the page for which this person may take the step."""

    step: str
    label: str
    count: int
    seen: str


def _offers(request: HttpRequest, reports: list[Report], which: str) -> list[Offer]:
    wanted = {
        "submit": f"提交{which}已填且无提示的",
        "sign": f"审定{which}已提交的",
    }
    offers = []
    for name, label in wanted.items():
        ready = [
            report
            for report in reports
            if report.is_typed
            and not (name == "submit" and (report.has_doubts or report.gaps()))
            and name in [step.name for step in report.steps_for(request.user)]
        ]
        if ready:
            offers.append(Offer(name, label, len(ready), seen(ready)))
    return offers


@require_POST
def take_all(request: HttpRequest, period: Month, pk: int) -> HttpResponseBase:
    """Submit or sign off all of the unit's that stand as they were seen."""
    found = round_of(period)
    name = request.POST.get("step", "")
    form = SeenForm(request.POST)
    if name not in ("submit", "sign") or not form.is_valid():
        return errors.bad_request(request, problems=["提交的内容无法识别，请刷新后重试。"])
    return _taken(request, name, found.reports.filter(unit=pk), form, "unit-reports", period, pk)


@require_POST
def accept_all(request: HttpRequest, period: Month) -> HttpResponseBase:
    """Accept all signed-off reports without doubts, as they were seen."""
    form = SeenForm(request.POST)
    if not form.is_valid():
        return errors.bad_request(request, problems=["提交的内容无法识别，请刷新后重试。"])
    reports = round_of(period).reports.acceptable()
    return _taken(request, "accept", reports, form, "round", period)


def _taken(
    request: HttpRequest, name: str, reports: ReportQuerySet, form: SeenForm, *to: Any
) -> HttpResponseBase:
    asked = form.cleaned_data["seen"]
    try:
        taken = ledger_rounds.take_all(name, reports, asked, by=request.user)
    except (ReportRefused, Stale) as refusal:
        messages.error(request, f"没有办理：{told(refusal)}")
        return redirect(*to)
    if taken:
        messages.success(request, f"已办理{taken}条。")
    if left := len(asked) - taken:
        sentence = "已被他人改动、有提示或不能由您办理，请逐条查看。"
        messages.warning(request, f"{'另' if taken else ''}有{left}条{sentence}")
    return redirect(*to)

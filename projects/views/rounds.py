"""The rounds of the months: opened, closed, and what a frozen month says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from .. import rounds as ledger_rounds
from ..filters import StrictForm
from ..forms import NoteForm
from ..models import Brief, Revision, Round, RoundRefused, Stale
from ..models.reportingrules import unknown_years
from ..periods import Month, today
from ..rights import Right
from ..statistics import LedgerSummary
from . import errors
from .books import unknown
from .lists import paged
from .reports import round_of, seen, told

SIZE = 24


class ClosingForm(NoteForm):
    """Closing cannot be taken back: it is asked for twice."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    is_checked = forms.BooleanField(
        label="已核对，确认冻结",
        help_text="冻结后不能撤销；此后登记的变更计入以后的月份。",
        error_messages={"required": "请核对后勾选“已核对，确认冻结”。"},
    )


@dataclass(frozen=True)
class Line:
    """A month of the index; `ledgers` only of a frozen one."""

    round: Round
    ledgers: tuple[LedgerSummary, ...]


def index(request: HttpRequest) -> HttpResponseBase:
    form = StrictForm(request.GET)
    page = paged(
        request,
        form,
        Round.objects.all(),
        title="月报",
        counter="个月",
        size=SIZE,
    )
    lines = [Line(r, ledger_rounds.headline(r) if r.is_frozen else ()) for r in page.rows]
    context = {"page": page, "form": form, "lines": lines, "to_open": _to_open(request)}
    return render(request, "rounds.html", context)


def _to_open(request: HttpRequest) -> list[Month]:
    """The months whose round this person may open: last month's and this month's."""
    user: Any = request.user
    this = Month.of(today())
    months = [this.before, this] if user.may(Right.ROUNDS) else []
    return [month for month in months if not Round.opening_problems(month, today())]


def month(request: HttpRequest, period: Month) -> HttpResponseBase:
    """A month without a round says so."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return _page(request, period)


def _page(
    request: HttpRequest, period: Month, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    found = Round.objects.of(period)
    user: Any = request.user
    may = user.may(Right.ROUNDS)
    closing = found.closing_problems(today()) if found and not found.is_frozen else []
    opening = form if type(form) is NoteForm else NoteForm()
    closing_form = None
    if found and not found.is_frozen:
        blank = ClosingForm(initial={"version": found.version})
        closing_form = form if isinstance(form, ClosingForm) else blank
    context = {
        "period": period,
        "round": found,
        "frozen": ledger_rounds.shown(found) if found and found.is_frozen else None,
        "before": Round.objects.of(period.before),
        "following": Round.objects.of(period.following),
        "notes": Revision.objects.of(found).exclude(note="") if found else [],
        "compare_href": _compared(found),
        "brief_href": _brief(found, user),
        "opening_problems": [] if found else Round.opening_problems(period, today()),
        "closing_problems": closing,
        "opening_form": opening if may and not found else None,
        "closing_form": closing_form if may and found and not closing else None,
        **(_reports(request, found, may) if found else {}),
    }
    return render(request, "round.html", context, status=status)


def _reports(request: HttpRequest, found: Round, may: bool) -> dict[str, Any]:
    """How the units stand, and what the bureau can do about it with one click."""
    standing = ledger_rounds.standing(found, today())
    works = may and not found.is_frozen
    by: Any = request.user
    mine = Q(submitted_by_id=by.pk) | Q(signed_by_id=by.pk)
    ready = list(found.reports.acceptable().exclude(mine)) if works else []
    return {
        "standing": standing,
        "accept_seen": seen(ready),
        "accept_count": len(ready),
        "remind_count": len(standing.to_remind) if works else 0,
        "can_refresh": works,
        "unknown_years": unknown_years(found.due_on) if may else [],
    }


def _compared(found: Round | None) -> str:
    """The comparison of this closing with the one before; empty when there are not both."""
    if found is None or not found.is_frozen:
        return ""
    earlier = Round.objects.frozen().filter(month__lt=found.month).first()
    return f"{reverse('compare')}?from={earlier.period}&to={found.period}" if earlier else ""


def _brief(found: Round | None, user: Any) -> str:
    """The brief of a frozen month, to those who may see it as it stands."""
    if found is None or not found.is_frozen:
        return ""
    issued = Brief.objects.issued().filter(period=str(found.period))
    may = user.may(Right.EDIT) or issued.exists()
    return reverse("brief", args=[found.period]) if may else ""


@require_POST
def open_(request: HttpRequest, period: Month) -> HttpResponseBase:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, period, form, status=400)
    try:
        opened = ledger_rounds.open_month(period, by=request.user, note=form.cleaned_data["note"])
    except RoundRefused as refusal:
        return _refused(request, period, form, refusal.messages)
    messages.success(
        request, f"{opened}已开启，应报{opened.reports_due}条，{opened.due_on:%Y-%m-%d}前报送。"
    )
    return redirect(opened)


@require_POST
def close(request: HttpRequest, period: Month) -> HttpResponseBase:
    found = Round.objects.of(period)
    form = ClosingForm(request.POST)
    if found is None:
        return _refused(request, period, form, [f"{period.label}没有月报，无从冻结。"])
    if reasons := found.closing_problems(today()):
        return _refused(request, period, form, reasons)
    if not form.is_valid():
        return _page(request, period, form, status=400)
    given = form.cleaned_data
    try:
        ledger_rounds.close_month(
            found, by=request.user, version=given["version"], note=given["note"]
        )
    except RoundRefused as refusal:
        return _refused(request, period, form, refusal.messages)
    except Stale as stale:
        form = ClosingForm({**request.POST.dict(), "version": stale.stored.version})
        return _refused(request, period, form, [str(stale)], status=409)
    messages.success(request, f"{found}已冻结，此后登记的变更计入以后的月份。")
    return redirect(found)


@require_POST
def refresh(request: HttpRequest, period: Month) -> HttpResponseBase:
    """Bring the list of what is due up to date with the ledger."""
    found = round_of(period)
    try:
        joined, moved = ledger_rounds.refresh(found, by=request.user)
    except (RoundRefused, Stale) as refusal:
        messages.error(request, f"没有更新：{told(refusal)}")
    else:
        messages.success(request, f"应报清单已更新：新增{joined}条，转交{moved}条。")
    return redirect(found)


@require_POST
def remind(request: HttpRequest, period: Month) -> HttpResponseBase:
    """Remind all units with something outstanding, or the one that is given."""
    found = round_of(period)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _refused(request, period, form, ["说明中有不能保存的内容，请改正后重试。"])
    units = ledger_rounds.standing(found, today()).to_remind
    if only := request.POST.get("unit", ""):
        units = {pk: count for pk, count in units.items() if str(pk) == only}
    try:
        reminded = ledger_rounds.remind(
            found, units, by=request.user, note=form.cleaned_data["note"]
        )
    except RoundRefused as refusal:
        return _refused(request, period, form, refusal.messages)
    if reminded:
        messages.success(request, f"已催办{reminded}个单位，并记入变更记录。")
    else:
        messages.info(request, "没有需要催办的单位。")
    return redirect(found)


def _refused(
    request: HttpRequest, period: Month, form: forms.Form, reasons: list[str], status: int = 400
) -> HttpResponse:
    """The page again, with what was typed."""
    for reason in reasons:
        messages.error(request, reason)
    return _page(request, period, form, status=status)

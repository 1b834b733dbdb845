"""The agenda of a conference: problems put on and taken off, what came of each, decisions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from .. import text
from ..choices import Source
from ..filters import AgendaFilter
from ..forms import AgendaForm, DecisionForm, OffForm, OutcomeForm
from ..forms.codes import as_codes
from ..models import Act, AgendaItem, Matter, MatterRefused, Meeting, MeetingRefused, Stale
from ..models.meetings import GONE
from ..periods import today
from . import errors
from .books import unknown
from .lists import paged
from .meetings import find, page_of
from .recordforms import form_page, sentences

SIZE = 50


def agenda(request: HttpRequest, code: str) -> HttpResponseBase:
    """GET: open problems to choose from; POST: put the chosen on the agenda, all or none."""
    found = find(code)
    return _put(request, found) if request.method == "POST" else _choose(request, found)


def _choose(
    request: HttpRequest, found: Meeting, problems: Any = (), status: int = 200
) -> HttpResponse:
    form = AgendaFilter(request.GET)
    rows = form.rows(found) if form.is_valid() else Matter.objects.none()
    order = f"{found.get_kind_display()}层级的在前，按时限排列"
    page = paged(request, form, rows, title="列入议题", counter="个问题", size=SIZE, order=order)
    context = {
        "meeting": found,
        "form": form,
        "page": page,
        "problems": list(problems),
        "chosen": request.POST.getlist("problem"),
        "overdue": [row.pk for row in page.rows if row.is_overdue(today())],
    }
    return render(request, "agenda.html", context, status=status)


def _put(request: HttpRequest, found: Meeting) -> HttpResponseBase:
    form = AgendaForm(request.POST)
    if not form.is_valid():
        return _choose(request, found, sentences(form), 400)
    chosen = sorted(form.cleaned_data["problem"], key=lambda problem: problem.code)
    try:
        found.put_all_on_agenda(chosen, Act(by=request.user, source=Source.WEB))
    except MeetingRefused as refusal:
        return _choose(request, found, refusal.messages, 400)
    messages.success(request, f"已将{len(chosen)}个问题列入议题。")
    return redirect(found)


# --- one item ---------------------------------------------------------------------------------


def _item(found: Meeting, pk: int) -> AgendaItem:
    """Raises `Http404` for one that never was, and `MeetingRefused` for one taken off."""
    if item := found.agenda.select_related("matter").filter(pk=pk).first():
        return item
    if found.history().filter(record_model=AgendaItem.trail_model(), record_key=str(pk)).exists():
        raise MeetingRefused(GONE)
    raise Http404


@require_POST
def outcome(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Say what came of a problem of the agenda."""
    found = find(code)
    form, typed = OutcomeForm(request.POST), {pk: request.POST.get("outcome", "")}
    act = Act(by=request.user, source=Source.WEB)
    try:
        item = _item(found, pk)
        if not form.is_valid():
            return page_of(request, found, problems=sentences(form), typed=typed, status=400)
        item.tell(form.cleaned_data["outcome"], act, version=form.cleaned_data["version"])
    except MeetingRefused as refusal:
        return page_of(request, find(code), problems=refusal.messages, typed=typed, status=400)
    except Stale as stale:
        told = [f"{stale}您填写的结论保留在下面，请看清现在的内容再保存。"]
        return page_of(request, find(code), problems=told, typed=typed, status=409)
    messages.success(request, f"议题“{item.matter}”的结论已保存。")
    return redirect(found)


@require_POST
def off(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Take a problem off the agenda."""
    found = find(code)
    form = OffForm(request.POST)
    try:
        item = _item(found, pk)
        if not form.is_valid():
            return page_of(request, found, problems=sentences(form), status=400)
        act = Act(by=request.user, source=Source.WEB, note=form.cleaned_data["note"])
        item.take_off(act, version=form.cleaned_data["version"])
    except MeetingRefused as refusal:
        return page_of(request, find(code), problems=refusal.messages, status=400)
    except Stale as stale:
        told = [f"{stale}请看清现在的内容再办理。"]
        return page_of(request, find(code), problems=told, status=409)
    messages.success(request, f"“{item.matter}”已撤下议题。")
    return redirect(found)


# --- decisions --------------------------------------------------------------------------------


def decide(request: HttpRequest, code: str) -> HttpResponseBase:
    """A decision, on a problem of the agenda (`problem=` its code) or by itself."""
    if problems := unknown(request, "problem"):
        return errors.bad_request(request, problems=problems)
    found, problem = find(code), _problem(request.GET.get("problem", ""))
    if request.method != "POST":
        form = DecisionForm(initial=_begun(problem))
        return _form(request, found, form, problem, found.deciding_problems(problem))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _form(request, found, form, problem, status=400)
    act = Act(by=request.user, source=Source.WEB)
    entries = form.cleaned_data["entries"]
    try:
        made = found.decide(form.given, act, problem=problem, entries=entries)
    except (MeetingRefused, MatterRefused) as refusal:
        return _form(request, found, form, problem, refusal.messages, 400)
    messages.success(request, f"议定事项“{made}”已登记，{made.get_state_display()}。")
    return redirect(found)


def _problem(code: str) -> Matter | None:
    """The problem of that code, None where none is asked for, else 404."""
    if not code:
        return None
    if not text.CODE.fullmatch(code):
        raise Http404
    found: Matter = get_object_or_404(Matter.objects.problems(), code=code)
    return found


def _begun(problem: Matter | None) -> dict[str, Any]:
    """What the form for a decision on a problem begins with."""
    if problem is None:
        return {}
    return {
        "title": problem.title,
        "unit": problem.unit_id,
        "responsible_person": problem.responsible_person,
        "entries": as_codes(problem.entries.all()),
    }


def _form(
    request: HttpRequest,
    found: Meeting,
    form: DecisionForm,
    problem: Matter | None,
    problems: Any = (),
    status: int = 200,
) -> HttpResponse:
    return form_page(
        request,
        form,
        title=f"登记议定事项：议题“{problem}”" if problem else "登记议定事项",
        home=found.get_absolute_url(),
        crumb=str(found),
        submit="登记",
        problems=problems,
        status=status,
    )

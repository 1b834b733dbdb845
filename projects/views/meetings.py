"""Conferences: the list, one with its agenda and decisions, its facts and its steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ..choices import ENDED, MatterState, MeetingState, Source
from ..filters import MeetingFilter
from ..following import MEETING_BY_NAME, MeetingStep
from ..forms import MeetingForm, MeetingStepForm
from ..models import Act, AgendaItem, LightRule, Matter, Meeting, MeetingRefused, Stale
from ..models.meetings import CONTENT
from ..periods import today
from ..rights import Right
from ..statistics import Tally
from . import errors
from .books import unknown
from .decided import Decided, decisions_of
from .discreet import discreet
from .lists import kept, paged
from .recordforms import form_page, said, sentences

SIZE = 50


@dataclass(frozen=True)
class Line:
    """A row of the list: how much is on the agenda, was decided, and is still being done."""

    meeting: Meeting
    agenda: int
    decided: int
    pending: int
    is_late: bool


def index(request: HttpRequest) -> HttpResponseBase:
    form = MeetingFilter(request.GET)
    rows = form.rows() if form.is_valid() else Meeting.objects.none()
    page = paged(request, form, rows, title="会议", counter="次", size=SIZE)
    context = {
        "page": page,
        "form": form,
        "lines": _lines(page.rows, request.user),
        "groups": [] if form.errors else _groups(request, form),
        "can_call": request.user.may(Right.FOLLOW),  # type: ignore[union-attr]
    }
    return render(request, "meetings.html", context)


def _groups(request: HttpRequest, form: MeetingFilter) -> list[tuple[str, list[Tally]]]:
    """How many there are of each state and kind, each number with the list of those."""
    return [
        (
            str(form.fields[param].label),
            [
                Tally(
                    label,
                    n,
                    f"{request.path}?{urlencode({**kept(request), param: value}, doseq=True)}",
                )
                for value, label, n in form.counts(param)
            ],
        )
        for param in form.COUNTED
    ]


def _lines(meetings: Iterable[Meeting], user: Any) -> list[Line]:
    """Two queries, however many they are."""
    keys = [meeting.pk for meeting in meetings]
    agenda = AgendaItem.objects.filter(meeting__in=keys).order_by().values_list("meeting")
    made: Any = Matter.objects.decisions().visible_to(user).filter(meeting__in=keys)
    made = made.exclude(state=MatterState.DROPPED).order_by().values_list("meeting")
    pending = Count("pk", filter=~Q(state__in=ENDED))
    on = dict(agenda.annotate(Count("pk")))
    decided = {key: (n, left) for key, n, left in made.annotate(Count("pk"), pending=pending)}
    return [_line(m, on.get(m.pk, 0), *decided.get(m.pk, (0, 0))) for m in meetings]


def _line(found: Meeting, agenda: int, decided: int, pending: int) -> Line:
    return Line(found, agenda, decided, pending, found.is_late(today()))


# --- one --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A row of the agenda with what was decided on it; `typed` could not be saved."""

    item: AgendaItem
    decided: list[Decided]
    typed: str | None = None

    @property
    def shown(self) -> str:
        """The conclusion as it stands in its form."""
        return self.item.outcome if self.typed is None else self.typed

    @property
    def is_decidable(self) -> bool:
        """Only on open problems something is decided."""
        return self.item.matter.state == MatterState.OPEN

    @property
    def is_settled(self) -> bool:
        return bool(self.item.outcome) or not self.can_go

    @property
    def can_go(self) -> bool:
        """Nothing stands that was decided on it."""
        return not any(made.is_standing for made in self.decided)


@dataclass(frozen=True)
class Offer:
    """A step that this person may take, and what stands in its way; `typed` as `Item`."""

    step: MeetingStep
    obstacles: list[str]
    typed: str = ""


def find(code: str) -> Meeting:
    found: Meeting = get_object_or_404(Meeting, code=code)
    return found


def meeting(request: HttpRequest, code: str) -> HttpResponseBase:
    """One conference; the same page is its print."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return page_of(request, find(code))


def page_of(
    request: HttpRequest,
    found: Meeting,
    *,
    problems: Iterable[str] = (),
    typed: dict[Any, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`typed` is what could not be saved, by the key of an item or the name of a step."""
    user: Any = request.user
    day, typed = today(), typed or {}
    may = user.may(Right.FOLLOW)
    decided = decisions_of(found, user, day, LightRule.at(None))
    items = list(found.agenda.select_related("matter__unit"))
    on_agenda = {item.matter_id for item in items}
    context = {
        "meeting": found,
        "facts": said(found, CONTENT),
        "is_late": found.is_late(day),
        "problems": list(problems),
        "items": [
            Item(
                item,
                [made for made in decided if made.matter.origin_id == item.matter_id],
                typed.get(item.pk),
            )
            for item in items
        ],
        "others": [made for made in decided if made.matter.origin_id not in on_agenda],
        "offers": _offers(found, user, typed),
        "left": _left(found, user),
        "history": found.history(),
        "can_edit": may and found.is_open,
        "can_decide": may and found.state == MeetingState.HELD,
    }
    return render(request, "meeting.html", context, status=status)


def _left(found: Meeting, user: Any) -> list[str]:
    """What is missing since it was closed."""
    missing = found.closing_problems() if found.state == MeetingState.CLOSED else []
    return discreet(missing, found.decisions, user)


def _offers(found: Meeting, user: Any, typed: dict[Any, str]) -> list[Offer]:
    """What stands in the way but for the note, which is asked for beside the button."""
    act = Act(by=user, note="有")
    return [
        Offer(step, found.obstacles(step, act), typed.get(step.name, ""))
        for step in found.steps_for(user)
    ]


@require_POST
def step(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hold, conclude, reopen, cancel or plan again, on the version seen."""
    found = find(code)
    form = MeetingStepForm(request.POST)
    if not form.is_valid():
        return page_of(request, found, problems=sentences(form), status=400)
    given = form.cleaned_data
    typed = {given["step"]: given["note"]}
    act = Act(by=request.user, source=Source.WEB, note=given["note"])
    try:
        found.take(given["step"], act, version=given["version"])
    except MeetingRefused as refusal:
        return page_of(request, find(code), problems=refusal.messages, typed=typed, status=400)
    except Stale as stale:
        told = [f"{stale}请看清现在的内容再办理。"]
        return page_of(request, find(code), problems=told, typed=typed, status=409)
    messages.success(request, f"已办理“{MEETING_BY_NAME[given['step']].verb}”。")
    return redirect(found)


# --- its facts --------------------------------------------------------------------------------


def new(request: HttpRequest) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    if request.method != "POST":
        return _form(request, MeetingForm(initial={"version": 0}))
    form = MeetingForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=400)
    try:
        made = Meeting.call(form.given, Act(by=request.user, source=Source.WEB))
    except MeetingRefused as refusal:
        return _form(request, form, problems=refusal.messages, status=400)
    messages.success(request, f"“{made}”已登记，请把要研究的问题列入议题。")
    return redirect(made)


def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found = find(code)
    if request.method != "POST":
        return _form(
            request, MeetingForm(instance=found, initial={"version": found.version}), found
        )
    form = MeetingForm(request.POST, instance=found)
    if not form.is_valid():
        return _form(request, form, found, status=400)
    act = Act(by=request.user, source=Source.WEB)
    try:
        found.edit(form.given, act, version=form.cleaned_data["version"])
    except MeetingRefused as refusal:
        return _form(request, form, find(code), problems=refusal.messages, status=400)
    except Stale as stale:
        fresh = find(code)
        typed = MeetingForm({**request.POST.dict(), "version": fresh.version}, instance=fresh)
        return _form(
            request, typed, fresh, problems=[str(stale)], meanwhile=said(fresh, CONTENT), status=409
        )
    messages.success(request, "会议情况已保存。")
    return redirect(found)


def _form(
    request: HttpRequest,
    form: MeetingForm,
    found: Meeting | None = None,
    **shown: Any,
) -> HttpResponse:
    return form_page(
        request,
        form,
        title="修改会议情况" if found else "登记会议",
        home=found.get_absolute_url() if found else reverse("meetings"),
        crumb=str(found) if found else "会议",
        submit="保存" if found else "登记",
        **shown,
    )

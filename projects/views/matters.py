"""One problem, decision, instruction or slip: where it stands, its steps, what was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ..choices import PENDING, MatterKind, MatterState, Source
from ..columns import as_text
from ..following import BY_NAME, STEPS, MatterStep
from ..forms import AttachmentForm, HandlingForm, MatterStepForm
from ..mattercolumns import matter_columns
from ..models import (
    Act,
    Attachment,
    Book,
    FollowUps,
    LedgerEntry,
    Matter,
    MatterRefused,
    Revision,
    Stale,
)
from ..models.matters import EDITABLE
from ..periods import today
from ..rights import Right
from . import attachments
from .books import reads_book
from .discreet import discreet, public_part
from .entries import Told
from .facts import Fact
from .matterlists import new_links

#: Columns that the page shows in places of their own.
ELSEWHERE = frozenset(
    {"code", "name", "entries", "state", "light", "light_reason", "handling", "source"}
)
#: Columns that say nothing while they are empty.
OF_THE_END = frozenset({"outcome", "filed_by", "filed_at", "confirmed_by", "confirmed_at", "note"})


def find(request: HttpRequest, code: str, book: Book | None = None) -> tuple[Matter, FollowUps]:
    """The matter of that code as this person may see it, with the matters around it; else 404."""
    followups = FollowUps(book or Book())
    found = followups.records(followups.rows().visible_to(request.user).filter(code=code))
    if not found:
        raise Http404
    return found[0], followups


@reads_book
def matter(request: HttpRequest, code: str, book: Book) -> HttpResponseBase:
    return _page(request, *find(request, code, book))


@dataclass(frozen=True)
class Offer:
    """A step that could be taken now, and what is in the way of it."""

    step: MatterStep
    barred: str
    obstacles: tuple[str, ...]
    typed: str = ""

    @property
    def note_label(self) -> str:
        return "办理结果" if self.step.target == MatterState.FILED else "说明"


def offers(found: Matter, user: Any, typed: dict[str, str]) -> list[Offer]:
    """The steps from here, as far as they are this person's."""
    act = Act(by=user, note="（待填）")  # a note can still be typed
    return [
        Offer(
            step,
            barred := found.barred(step, user),
            () if barred else tuple(discreet(found.obstacles(step, act), found.led_to, user)),
            typed.get(step.name, ""),
        )
        for step in STEPS
        if found.state in step.origins
        and found.kind in step.kinds
        and (user.may(Right.FOLLOW) or not found.barred(step, user))
    ]


def _page(
    request: HttpRequest,
    found: Matter,
    followups: FollowUps,
    *,
    problems: Iterable[str] = (),
    handling_form: HandlingForm | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    as_of, is_today = followups.book.as_of, followups.book.as_of is None
    may_handle = is_today and found.may_be_handled_by(user)
    may_attach = is_today and Attachment.may_be_added_by(user, None, found)
    begun = HandlingForm(initial={"done_on": today().isoformat()})
    history = list(Revision.objects.of(found).known_at(as_of))
    public = public_part(history, user)
    context = {
        "matter": found,
        "kind": MatterKind(found.kind),
        "list_href": reverse("matters", args=[found.kind]),
        "facts": _facts(found),
        "standing": standing(found),
        "problems": problems,
        "offers": offers(found, user, typed or {}) if may_handle else [],
        "entries": _entries(found, followups.book),
        "led_to": _led_to(found, followups, user),
        "agenda": found.agenda_items.select_related("meeting") if is_today else [],
        "handlings": followups.handlings([found]),
        "handling_form": handling_form or begun if may_handle and _is_open(found) else None,
        **attachments.context(user, Attachment.objects.of_matter(found.pk, as_of)),
        "attachment_form": AttachmentForm() if may_attach else None,
        "attach_href": reverse("matter-attach", args=[found.code]),
        "history": [Told(row, None, "") for row in public],
        "is_shortened": len(public) < len(history),
        "can_edit": is_today and user.may(Right.FOLLOW) and found.state in EDITABLE,
        "can_print": found.kind == MatterKind.SLIP and is_today,
        "new": _new(found, user) if is_today else [],
    }
    return render(request, "matter.html", context, status=status)


def _is_open(found: Matter) -> bool:
    return found.state == MatterState.OPEN


def _facts(found: Matter) -> list[Fact]:
    hrefs = {"unit": found.unit.get_absolute_url()} if found.unit else {}
    told = [
        (column, as_text(column.value(found)))
        for column in matter_columns(MatterKind(found.kind))
        if column.name not in ELSEWHERE
    ]
    return [
        Fact(column.heading, value, column.definition, hrefs.get(column.name, ""))
        for column, value in told
        if value or column.name not in OF_THE_END
    ]


def standing(found: Matter) -> str:
    """Where it stands and whose turn it is, as a sentence."""
    state = MatterState(found.state)
    if state == MatterState.OPEN:
        return f"由{found.unit}办理，{found.lit.reason if found.lit else ''}。"
    if state == MatterState.FILED:
        return f"{found.filed_by}已于{_moment(found.filed_at)}提请销号，待另一人确认。"
    if state == MatterState.CLOSED:
        return f"{found.confirmed_by}已于{_moment(found.confirmed_at)}确认销号。"
    if state == MatterState.DROPPED:
        return f"已撤销：{found.note}"
    return f"拟办，尚未{found.handing_out().verb}。"


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d}"


def _entries(found: Matter, book: Book) -> list[tuple[LedgerEntry, Any]]:
    """The entries that it touches, with their lights."""
    codes = [entry.code for entry in found.entries.all()]
    if not codes:
        return []
    rows = book.everything().filter(code__in=codes).order_by("code").with_light(book.clock)
    return [(entry, entry.reading(book.clock)) for entry in book.lines(rows)]


def _led_to(found: Matter, followups: FollowUps, user: Any) -> list[Matter]:
    rows = followups.rows().filter(origin=found.pk).visible_to(user)
    return followups.records(rows.order_by("code"))


def _new(found: Matter, user: Any) -> list[Any]:
    """What may be made of it: a slip, while it is not done."""
    if found.kind == MatterKind.SLIP or found.state not in PENDING:
        return []
    return new_links(user, MatterKind.SLIP, query=f"?matter={found.code}")


# --- what is done with it ------------------------------------------------------------------


@require_POST
def step(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out, file, confirm, send back, reopen or drop it, on the version seen."""
    found, followups = find(request, code)
    form = MatterStepForm(request.POST)
    if not form.is_valid():
        return _page(request, found, followups, problems=_sentences(form), status=400)
    given = form.cleaned_data
    typed = {given["step"]: given["note"]}
    act = Act(by=request.user, source=Source.WEB, note=given["note"])
    try:
        found.take(given["step"], act, version=given["version"])
    except MatterRefused as refusal:
        told, status = discreet(refusal.messages, found.led_to, request.user), 400
    except Stale as stale:
        told, status = [f"{stale}请看清现在的内容再办理。"], 409
    else:
        messages.success(request, f"“{found}”已办理“{BY_NAME[given['step']].verb}”。")
        return redirect(found)
    return _page(request, *find(request, code), problems=told, typed=typed, status=status)


@require_POST
def handle(request: HttpRequest, code: str) -> HttpResponseBase:
    """Append an account of what was done."""
    found, followups = find(request, code)
    form = HandlingForm(request.POST)
    if not form.is_valid():
        found.refuse_strangers(request.user)
        return _page(request, found, followups, handling_form=form, status=400)
    given = form.cleaned_data
    try:
        found.handle(given["told"], Act(by=request.user, source=Source.WEB, on=given["done_on"]))
    except MatterRefused as refusal:
        again = find(request, code)
        return _page(request, *again, problems=refusal.messages, handling_form=form, status=400)
    messages.success(request, "办理情况已登记。")
    return redirect(f"{found.get_absolute_url()}#handlings")


def _sentences(form: forms.Form) -> list[str]:
    return [str(sentence) for sentences in form.errors.values() for sentence in sentences]

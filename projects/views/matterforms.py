"""New problems, instructions and slips, and editing what was written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ..choices import MatterKind, Source
from ..columns import as_text
from ..filters.fields import ONE_VALUE
from ..forms import MatterForm
from ..forms.codes import as_codes
from ..mattercolumns import matter_columns
from ..models import Act, LedgerEntry, Matter, MatterRefused, Report, Stale
from ..models.matters import EDITABLE, FROM_OTHERS
from ..periods import Month
from ..text import CODE
from . import errors
from .books import unknown
from .matterlists import NEW
from .matters import find

#: Whence a new one comes: an entry, a report (`2026-07/SX-0001`), another matter.
ORIGINS = ("entry", "report", "matter")
GET_AND_POST = ["GET", "HEAD", "POST"]


@dataclass
class Origin:
    """What a new matter comes from, and everything wrong with how that was asked for."""

    kind: MatterKind
    asked: Mapping[str, str]
    entry: LedgerEntry | None = None
    report: Report | None = None
    matter: Matter | None = None

    def __post_init__(self) -> None:
        self.problems = [sentence for name in ORIGINS if (sentence := self._look_up(name))]

    def _look_up(self, name: str) -> str:
        """Find it; gives what is wrong."""
        if not (written := self.asked.get(name, "")):
            return ""
        if name == "report" and self.kind != MatterKind.PROBLEM:
            return "只有问题可以从月报登记。"
        find_it = {"entry": _entry, "report": _report, "matter": _matter}[name]
        setattr(self, name, found := find_it(written))
        if not found:
            return f"没有“{written}”，请从相应页面上的链接进入。"
        if name == "matter" and self.kind not in FROM_OTHERS:
            return "只有督办单和议定事项可以由其他事项引出。"
        return ""

    def begin(self) -> dict[str, Any]:
        """What the form begins with."""
        if self.report:
            told = Matter.told_by(self.report)
            unit, entries = told["unit"].pk, as_codes(told["entries"])
            return {**told, "unit": unit, "entries": entries}
        if self.matter:
            return {**MatterForm.begin_of(self.matter), "due_on": None}
        if self.entry:
            return {"entries": self.entry.code, "unit": self.entry.lead_id}
        return {}

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form carries along."""
        names = [name for name in ("report", "matter") if getattr(self, name)]
        return [(name, self.asked[name]) for name in names]


def _entry(code: str) -> LedgerEntry | None:
    return LedgerEntry.objects.filter(code=code).first() if CODE.fullmatch(code) else None


def _matter(code: str) -> Matter | None:
    return Matter.objects.filter(code=code).for_rows().first() if CODE.fullmatch(code) else None


def _report(written: str) -> Report | None:
    month, _, code = written.partition("/")
    try:
        first = Month.parse(month).first
    except ValueError:
        return None
    if not CODE.fullmatch(code):
        return None
    return Report.objects.filter(round__month=first, entry__code=code).for_rows().first()


@require_http_methods(GET_AND_POST)
def new(request: HttpRequest, kind: MatterKind) -> HttpResponseBase:
    """Write down a problem, an instruction or a slip; `act=draft` keeps it as a draft."""
    if kind not in NEW:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    problems: list[Any] = list(unknown(request, *ORIGINS))
    problems += [f"{name}：{ONE_VALUE}" for name in ORIGINS if len(given.getlist(name)) > 1]
    origin = Origin(kind, given)
    if problems := problems + origin.problems:
        return errors.bad_request(request, problems=problems)
    if request.method == "POST":
        return _opened(request, origin)
    return _new_page(request, origin, MatterForm(initial=origin.begin(), kind=kind))


def _opened(request: HttpRequest, origin: Origin) -> HttpResponseBase:
    form = MatterForm(request.POST, kind=origin.kind)
    if not form.is_valid():
        return _new_page(request, origin, form, status=400)
    try:
        made = Matter.open_new(
            origin.kind,
            form.given(),
            Act(by=request.user, source=Source.WEB),
            entries=form.cleaned_data["entries"],
            report=origin.report,
            origin=origin.matter,
            is_draft=request.POST.get("act") != "open",
        )
    except MatterRefused as refusal:
        return _new_page(request, origin, form, problems=refusal.messages, status=400)
    messages.success(request, f"已登记“{made}”，现为“{made.get_state_display()}”。")
    return redirect(made)


def _new_page(
    request: HttpRequest,
    origin: Origin,
    form: MatterForm,
    *,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "kind": origin.kind,
        "title": NEW[origin.kind],
        "list_href": reverse("matters", args=[origin.kind]),
        "verb": Matter(kind=origin.kind).handing_out().verb,
        "origin": origin,
        "told_before": origin.report.matters.order_by("pk") if origin.report else [],
        "problems": problems,
    }
    return render(request, "matter_new.html", context, status=status)


@require_http_methods(GET_AND_POST)
def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    """Change what people fill in, on the version that was seen."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found, _ = find(request, code)
    kind = MatterKind(found.kind)
    if request.method == "POST":
        return _edited(request, found, MatterForm(request.POST, kind=kind, matter=found))
    if found.state not in EDITABLE:
        messages.error(request, f"“{found}”{found.get_state_display()}，不能修改。")
        return redirect(found)
    begun = MatterForm(initial=MatterForm.begin_of(found), kind=kind, matter=found)
    return _edit_page(request, found, begun)


def _edited(request: HttpRequest, found: Matter, form: MatterForm) -> HttpResponseBase:
    if not form.is_valid():
        return _edit_page(request, found, form, status=400)
    given = form.cleaned_data
    act = Act(by=request.user, source=Source.WEB, note=given.get("note", ""))
    try:
        found.edit(form.given(), act, version=given["version"], entries=given["entries"])
    except MatterRefused as refusal:
        fresh, _ = find(request, found.code)
        return _edit_page(request, fresh, form, problems=refusal.messages, status=400)
    except Stale as stale:
        return _conflict(request, found.code, stale)
    messages.success(request, f"“{found}”已保存。")
    return redirect(found)


def _conflict(request: HttpRequest, code: str, stale: Stale) -> HttpResponse:
    """What was typed is kept, beside what somebody else has saved meanwhile."""
    fresh, _ = find(request, code)
    typed = {**request.POST.dict(), "version": fresh.version}
    form = MatterForm(typed, kind=MatterKind(fresh.kind), matter=fresh)
    meanwhile = [
        (column.heading, as_text(column.value(fresh)))
        for column in matter_columns(MatterKind(fresh.kind))
        if column.name in SHOWN_AGAIN
    ]
    problems = [f"{stale}您填写的内容没有保存，请核对后再次保存。"]
    return _edit_page(request, fresh, form, problems=problems, meanwhile=meanwhile, status=409)


#: The columns that people fill in, as the list names them.
SHOWN_AGAIN = frozenset(
    {"name", "category", "level", "leader", "colour", "unit", "person", "entries", "due", "text"}
)


def _edit_page(
    request: HttpRequest,
    found: Matter,
    form: MatterForm,
    *,
    problems: list[str] | None = None,
    meanwhile: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "matter": found,
        "kind": MatterKind(found.kind),
        "form": form,
        "problems": problems,
        "meanwhile": meanwhile,
    }
    return render(request, "matter_edit.html", context, status=status)

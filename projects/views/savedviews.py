"""常用视图: saving the conditions of a list, the page to manage them, and opening one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ..choices import LISTS, Source
from ..filters import EntryFilter, filter_of, normalised
from ..forms import EditViewForm, RemoveViewForm, SaveViewForm, UseViewForm
from ..models import Act, Book, SavedView, Stale, ViewUse
from . import errors
from .books import unknown
from .recordforms import sentences


@dataclass(frozen=True)
class Offer:
    """A view as the row above a list offers it."""

    view: SavedView
    href: str
    is_current: bool


@dataclass(frozen=True)
class Line:
    """A view on the page to manage them; `form` for who may change it."""

    view: SavedView
    words: str
    #: Headings of the columns, where they are its own.
    columns: list[str]
    problems: list[Any]
    use: UseViewForm
    form: EditViewForm | None


def beside(request: HttpRequest, ledger: str, chosen: EntryFilter) -> dict[str, Any]:
    """What a list shows of views: those of it, and the form to save its conditions. One query."""
    user: Any = request.user
    views = list(_seen(user).filter(ledger=ledger))
    asked = normalised(chosen.given)
    own = [view for view in views if view.may_be_changed_by(user)]
    begun = {"ledger": ledger, "query": asked}
    return {
        "offers": [Offer(v, _within(v, chosen.book), normalised(v.asked) == asked) for v in views],
        "save_form": SaveViewForm(user=user, views=own, initial=begun, auto_id="save_%s"),
    }


def _within(view: SavedView, book: Book) -> str:
    """The list of the view in the same book."""
    scope = urlencode(book.scope)
    return f"{view.list_href}{'&' if view.asked else '?'}{scope}" if scope else view.list_href


def _seen(user: Any) -> Any:
    """The views that this person is offered, as they use them."""
    views = SavedView.objects.visible_to(user).used_by(user)
    return views.select_related("owner", "unit")


def find(request: HttpRequest, pk: int) -> SavedView:
    found: SavedView = get_object_or_404(_seen(request.user), pk=pk)
    return found


def index(request: HttpRequest) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return page_of(request)


def page_of(request: HttpRequest, problems: Any = (), status: int = 200) -> HttpResponse:
    """The page; `problems` are why the last thing asked for was refused."""
    user, book = request.user, Book()
    lines = [_line(view, user, book) for view in _seen(user)]
    groups = [(label, [li for li in lines if li.view.ledger == path]) for path, label in LISTS]
    context = {
        "groups": [(label, own) for label, own in groups if own],
        "total": len(lines),
        "problems": list(problems),
        "has_address": bool(user.email),  # type: ignore[union-attr]
    }
    return render(request, "views.html", context, status=status)


def _line(view: SavedView, user: Any, book: Book) -> Line:
    asked = filter_of(view, book)
    begun = {"version": view.version, "name": view.name, "scope": view.scope}
    use: Any = {"is_default": view.is_default, "is_subscribed": view.is_subscribed}  # type: ignore[attr-defined]
    each = f"view_{view.pk}_%s"
    may = view.may_be_changed_by(user)
    return Line(
        view,
        asked.in_words(),
        [column.heading for column in asked.layout.columns] if asked.layout.is_own else [],
        asked.problems,
        UseViewForm(initial=use, auto_id=each),
        EditViewForm(user=user, initial=begun, auto_id=each) if may else None,
    )


@require_GET
def opened(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A link for colleagues: leads to the list with the conditions."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    return redirect(find(request, pk).list_href)


@require_GET
def default(request: HttpRequest, ledger: str) -> HttpResponseBase:
    """Where the navigation leads: one's default view of that list, or all of it."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    view = ViewUse.default_of(request.user, ledger)
    return redirect(view.list_href if view else reverse("list", args=[ledger]))


# --- what changes them ------------------------------------------------------------------


@require_POST
def save(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    own = [view for view in _seen(user) if view.may_be_changed_by(user)]
    form = SaveViewForm(request.POST, user=user, views=own)
    if not form.is_valid():
        return page_of(request, sentences(form), 400)
    given, act = form.cleaned_data, Act(by=user, source=Source.WEB)
    conditions = {name: given[name] for name in ("ledger", "query", "columns")}
    try:
        if view := form.chosen:
            view.edit(conditions, act, version=view.version)
        else:
            scope = {"scope": given["scope"]} if given["scope"] else {}
            view = SavedView.keep({**conditions, "name": given["name"], **scope}, act)
    except ValidationError as refusal:
        return page_of(request, refusal.messages, 400)
    except Stale as stale:
        return page_of(request, [str(stale)], 409)
    messages.success(request, f"视图“{view}”已保存。")
    return redirect(view.list_href)


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    view, user = find(request, pk), request.user
    form = EditViewForm(request.POST, user=user)
    if not form.is_valid():
        return page_of(request, sentences(form), 400)
    given = form.cleaned_data
    try:
        view.edit(
            {"name": given["name"], "scope": given["scope"]},
            Act(by=user, source=Source.WEB),
            version=given["version"],
        )
    except ValidationError as refusal:
        return page_of(request, refusal.messages, 400)
    except Stale as stale:
        return page_of(request, [str(stale)], 409)
    messages.success(request, f"视图“{view}”已修改。")
    return redirect("views")


@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponseBase:
    view, form = find(request, pk), UseViewForm(request.POST)
    if not form.is_valid():
        return page_of(request, sentences(form), 400)
    ViewUse.set(request.user, view, **form.cleaned_data)
    messages.success(request, f"视图“{view}”的使用设置已保存。")
    return redirect("views")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    view, form = find(request, pk), RemoveViewForm(request.POST)
    if not form.is_valid():
        return page_of(request, sentences(form), 400)
    try:
        view.remove(Act(by=request.user, source=Source.WEB), version=form.cleaned_data["version"])
    except Stale as stale:
        return page_of(request, [str(stale)], 409)
    messages.success(request, f"视图“{view}”已删除。")
    return redirect("views")

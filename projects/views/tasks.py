"""后台任务: one's own long work, begun here, watched, fetched; nobody sees that of others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import exports, longwork
from ..choices import AccessAction, MatterKind, TaskKind
from ..filters import EntryFilter, StrictForm, ledger_of
from ..forms.tasks import ExportTaskForm
from ..models import LongTask, Receipt, TaskRefused, access
from ..models.tasks import Issue
from . import errors, lists, matterlists
from .books import unknown
from .context import HAS_TASKS
from .sheets import XLSX

SIZE = 50
FOLLOWED = {kind.path: kind for kind in MatterKind}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """The list; POST begins the export of a list in the background."""
    return _begin(request) if request.method == "POST" else _list(request)


def _list(request: HttpRequest) -> HttpResponse:
    form = StrictForm(request.GET)
    rows = LongTask.objects.of(request.user).select_related("receipt")
    page = lists.paged(request, form, rows, title="后台任务", counter="项", size=SIZE)
    return render(request, "tasks.html", {"page": page, "form": form})


def _begin(request: HttpRequest) -> HttpResponseBase:
    form = ExportTaskForm(request.POST)
    if not form.is_valid():
        return errors.bad_request(request, problems=["提交的内容无法识别，请回到清单页重试。"])
    given = form.cleaned_data
    asked, problems = _asked(request, given["of"], QueryDict(given["query"]))
    if problems:
        return errors.bad_request(request, problems=problems)
    return begin(request, TaskKind.EXPORT, lambda: _issue(request, asked))


def begin(
    request: HttpRequest, kind: TaskKind, issue: Issue | None = None, **about: Any
) -> HttpResponseBase:
    """Begin a task and lead to it; to the list when the person has as many as they may."""
    came_from = request.META.get("REMOTE_ADDR", "")[:45]
    try:
        task = LongTask.begin(request.user, kind, issue, came_from=came_from, **about)
    except TaskRefused as refusal:
        messages.error(request, "".join(refusal.messages))
        return redirect("tasks")
    request.session[HAS_TASKS] = True
    longwork.start(task)
    return redirect(task)


def _asked(request: HttpRequest, of: str, query: QueryDict) -> tuple[Any, list[Any]]:
    """The filter of that list, and everything that is wrong with its conditions."""
    if kind := FOLLOWED.get(of):
        matters = matterlists.chosen_by(request.user, kind, query)
        return matters, matterlists.problems_of(matters)
    entries = EntryFilter(query, ledger=ledger_of(of))
    return entries, entries.problems


def _issue(request: HttpRequest, asked: Any) -> Receipt:
    if isinstance(asked, EntryFilter):
        return lists.issue(request, asked, asked.ledger, "xlsx")
    return matterlists.issue(request, asked, "xlsx")


# --- one --------------------------------------------------------------------------------------


def _found(request: HttpRequest, pk: int) -> LongTask:
    """One's own; those of others do not exist."""
    return get_object_or_404(
        LongTask.objects.of(request.user).select_related("receipt", "upload"), pk=pk
    )


@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far it has come; to `HX-Request` the part that changes."""
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    is_part = request.headers.get("HX-Request") == "true"
    template = "_partials/_task_answer.html" if is_part else "task.html"
    response = render(request, template, {"task": _found(request, pk)})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _asks_right(request: HttpRequest, found: LongTask) -> LongTask:
    """The right is asked anew each time. Raises `PermissionDenied`."""
    user: Any = request.user
    if not user.may(found.right):
        raise PermissionDenied(f"您的岗位没有“{found.right.label}”的权限。")
    return found


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Do once more what was broken off or has failed."""
    found = _asks_right(request, _found(request, pk))
    try:
        found.again(request.user)
    except TaskRefused as refusal:
        messages.error(request, "".join(refusal.messages))
    else:
        longwork.start(found)
    return redirect(found)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The finished file, as long as it is kept; leaves an access event."""
    found = _asks_right(request, _found(request, pk))
    if not found.has_file:
        raise Http404
    if request.method == "GET":
        access.record(AccessAction.COLLECT, request, user=request.user, **found.told())
    response = StreamingHttpResponse(found.content(), content_type=XLSX)
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = exports.disposition(found.ascii_name, found.file_name)
    return response

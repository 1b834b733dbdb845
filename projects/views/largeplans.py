"""Plans of large sheets: worked out by a task, and shown as it has put them away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from ..choices import Ledger, TaskKind, TaskState
from ..models import LongTask, Upload
from ..sheets.keptplans import KeptPlan, taken_out
from . import tasks

CHANGED = "没有导入：核对之后台账有变化。正在重新核对，请看过新的结果再确认。"


def begin(request: HttpRequest, upload: Upload) -> HttpResponseBase:
    """Begin the checking, and lead to its progress."""
    if waiting := _open(upload):
        return redirect(waiting)
    title = f"{Ledger(upload.ledger).label}（{upload}）"[-200:]
    return tasks.begin(request, TaskKind.PLAN, upload=upload, title=title)


def _latest(upload: Upload) -> LongTask | None:
    return upload.tasks.order_by("-pk").first()


def _open(upload: Upload) -> LongTask | None:
    latest = _latest(upload)
    return latest if latest and latest.is_open else None


def is_large(upload: Upload) -> bool:
    """Has it been given to a task?"""
    return _latest(upload) is not None


def kept(upload: Upload) -> KeptPlan | None:
    """What the latest task has found, for the columns as they are chosen now."""
    latest = _latest(upload)
    if latest is None or latest.now != TaskState.DONE:
        return None
    found = taken_out(b"".join(latest.content()))
    found.made_at = latest.ended_at
    return found if found.mapping == upload.mapping else None


def not_there(request: HttpRequest, upload: Upload) -> HttpResponseBase | None:
    """What is answered in place of a large plan that is not kept; None for one not large."""
    if not is_large(upload):
        return None
    if waiting := _open(upload):
        return redirect(waiting)
    context = {"upload": upload, "ledger": Ledger(upload.ledger)}
    return render(request, "import_check.html", context)

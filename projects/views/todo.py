"""我的待办: what waits for the person who asks, and what they were reminded of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from .. import duties
from ..models import Notice
from ..periods import today
from ..rights import Right
from . import errors
from .books import unknown
from .rights import needs

#: Notices that the page shows, the latest first.
NOTICES = 20


@needs(Right.READ)
def todo(request: HttpRequest) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    day = today()
    groups = duties.waiting(request.user, day)
    notices = Notice.objects.to(request.user).prefetch_related("deliveries")
    context = {
        "day": day,
        "groups": groups,
        "total": sum(group.all.count for group in groups),
        "notices": notices[:NOTICES],
    }
    return render(request, "todo.html", context)

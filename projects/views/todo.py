"""我的待办: what waits for the person who asks, and what they were reminded of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from .. import duties
from ..models import Notice
from ..periods import today
from . import errors
from .books import unknown

#: Notices that the page shows, the latest first.
NOTICES = 20


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

"""Access events, for those who watch over them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from ..filters import AccessFilter
from ..models import AccessEvent
from .lists import paged

SIZE = 50


def access(request: HttpRequest) -> HttpResponseBase:
    form = AccessFilter(request.GET)
    rows = form.rows() if form.is_valid() else AccessEvent.objects.none()
    page = paged(
        request,
        form,
        rows,
        title="登录与导出记录",
        counter="条",
        size=SIZE,
    )
    return render(request, "access.html", {"page": page, "form": form})

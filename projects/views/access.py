"""Access events, for those who watch over them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from ..filters import AccessFilter
from ..models import AccessEvent
from ..rights import Right
from .lists import paged
from .rights import needs

SIZE = 50


@needs(Right.ACCESS_LOG)
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

"""Our own pages for what went wrong: what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(
    request: HttpRequest, exception: Exception | None = None, problems: Iterable[object] = ()
) -> HttpResponse:
    told = list(problems) or [s for s in [_sentence(exception)] if s]
    return render(request, "errors/400.html", {"problems": told}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"reason": _sentence(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", {"path": request.path}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request: what reads session and user for a page may be what failed."""
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def _sentence(exception: Exception | None) -> str:
    """The reason given with the refusal, if it is one of ours."""
    text = str(exception or "")
    return text if any("\u4e00" <= c <= "\u9fff" for c in text) else ""

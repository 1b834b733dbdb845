"""What every answer says of itself to browsers and proxies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


def not_stored(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: what was made for a person who signed in stays out of every cache."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response

    return answer


class CompressedPages(GZipMiddleware):
    """Pages go out compressed (Django pads them against BREACH); files that are streamed go out
    as they are: their bytes are on their receipt, and the first of them should not wait."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)

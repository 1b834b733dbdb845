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


#: What a first view is made of. Files that are taken out are none of it.
PAGES = ("text/html", "text/css", "text/javascript", "image/svg+xml")


class CompressedPages(GZipMiddleware):
    """Pages and what they load go out compressed (Django pads them against BREACH); exports as
    they are: their bytes are on their receipt, and the first of them should not wait."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        if not response.get("Content-Type", "").startswith(PAGES):
            return response
        return super().process_response(request, response)

"""Addresses of matters and conferences, whose pages are still being built."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase


def not_yet(request: HttpRequest, code: str) -> HttpResponseBase:
    raise Http404

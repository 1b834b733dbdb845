"""The gate before every page: asks for the right that `rights.ADDRESSES` names.

An address without a line is open to nobody, and a method that its line does not name is refused.
The admin has a gate of its own (`adminsite`), which reads `rights.ADMIN`. What a right reaches (the
own unit, one's own) is held to by the doors of the models.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from ..rights import ADDRESSES, OF_ACCOUNTS, OPEN, Line, Right

View = Callable[..., HttpResponseBase]
READING = ("GET", "HEAD")


class Gate:
    """Middleware, after the one that sends strangers to sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name in OPEN or name in OF_ACCOUNTS or (match and match.namespaces == ["admin"]):
            return None
        if (line := ADDRESSES.get(name)) is None:
            raise PermissionDenied("这个地址尚未登记权限，不能打开；请与系统管理员联系。")
        return _passed(request, line)


def _passed(request: HttpRequest, line: Line) -> HttpResponseBase | None:
    """The right comes before the method: who has none is not told what the address takes."""
    wanted = line.get if request.method in READING else line.post
    asked = wanted or line.get or line.post
    user: Any = request.user
    if not any(user.may(right) for right in asked):
        raise PermissionDenied(_sentence(asked))
    if request.method not in (*READING, "POST") or not wanted:
        allowed = [*(READING if line.get else ()), *(["POST"] if line.post else [])]
        return HttpResponseNotAllowed(allowed)
    return None


def _sentence(rights: tuple[Right, ...]) -> str:
    named = "或者".join(f"“{right.label}”" for right in rights)
    return f"您的岗位没有{named}的权限；确需办理的，请与系统管理员联系。"

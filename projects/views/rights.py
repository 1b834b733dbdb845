"""Who may open a page: read from `rights.POLICY`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from ..rights import Right

View = Callable[..., HttpResponseBase]


def needs(right: Right) -> Callable[[View], View]:
    """Refuse with 403 whoever does not have the right."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(right):  # type: ignore[union-attr]
                raise PermissionDenied(
                    f"您的岗位没有“{right.label}”的权限；确需办理的，请与系统管理员联系。"
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate

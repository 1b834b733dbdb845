"""What every page shows: title, day, navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from ..periods import today
from ..rights import Right

TITLE = "成资同城化合作台账"


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    is_current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    return {"site": {"title": TITLE, "today": today()}, "nav": _navigation(request)}


def _navigation(request: HttpRequest) -> list[Link]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    pages = []
    if user.may(Right.READ):
        pages += [
            ("总览", reverse("overview")),
            ("分领域", reverse("sectors")),
            ("分地区", reverse("cities")),
            ("合作协议", reverse("list", args=["agreements"])),
            ("合作事项", reverse("list", args=["items"])),
            ("产业项目", reverse("list", args=["industrial"])),
            ("基础设施", reverse("list", args=["infrastructure"])),
            ("全部", reverse("list", args=["entries"])),
        ]
    if user.may(Right.TRAIL):
        pages.append(("变更记录", reverse("trail")))
    if user.works_in_admin:
        pages.append(("后台", reverse("admin:index")))
    return [Link(label, href, _is_current(request.path, href)) for label, href in pages]


def _is_current(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))

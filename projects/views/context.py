"""What every page shows: title, day, navigation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from ..choices import LISTS, MatterKind
from ..periods import AsOf, today
from ..rights import Right

TITLE = "成资同城化合作台账"
#: In the session of who has begun a task: leads back to them from every page, without a query.
HAS_TASKS = "has_tasks"
#: What is followed up has one place in the navigation, and several addresses.
FOLLOWED = (*(f"/{kind.path}/" for kind in MatterKind), "/matters/")


@dataclass(frozen=True)
class Link:
    label: str
    href: str
    is_current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site": {"title": TITLE, "today": today()},
        "nav": _navigation(request),
        "past": _past(request),
        "book_query": _scoped(request, ""),
    }


@dataclass(frozen=True)
class Past:
    """The past day (or the closing of a month) that a page shows, and the page of today."""

    as_of: AsOf
    today_href: str


def _past(request: HttpRequest) -> Past | None:
    book = getattr(request, "book", None)
    if book is None or book.as_of is None:
        return None
    query = request.GET.copy()
    query.pop("as_of", None)
    left = query.urlencode()
    return Past(book.as_of, f"{request.path}?{left}" if left else request.path)


def _scoped(request: HttpRequest, href: str) -> str:
    """The same address in the book that the page has open."""
    book = getattr(request, "book", None)
    return f"{href}?{urlencode(book.scope)}" if book and book.scope else href


def _opening(request: HttpRequest, href: str) -> str:
    """Of today a list opens by the reader's default view; its own address is all rows."""
    book = getattr(request, "book", None)
    is_list = href.strip("/") in dict(LISTS)
    return f"{href}default/" if is_list and not (book and book.scope) else href


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
            ("专项清单", reverse("field-lists")),
        ]
    links = [(label, href, _scoped(request, _opening(request, href))) for label, href in pages]
    if user.may(Right.REPORT) or user.may(Right.FOLLOW):
        links.append(("我的待办", reverse("todo"), reverse("todo")))
    if user.may(Right.READ):
        links.append(("月报", reverse("rounds"), reverse("rounds")))
        links.append(("通报", reverse("briefs"), reverse("briefs")))
        followed = reverse("matters", args=[MatterKind.PROBLEM])
        links.append(("问题与督办", followed, followed))
        if user.may(Right.REPORT) and user.unit_id:
            links.append(("本单位填报", reverse("my-reports"), reverse("my-reports")))
        if user.may(Right.EDIT):
            links.append(("导入台账", reverse("import"), reverse("import")))
        links.append(("会议与对接", reverse("meetings"), reverse("meetings")))
        links.append(("两日比较", reverse("compare"), reverse("compare")))
    links += [(label, href, href) for label, href in _records(request, user)]
    return [Link(label, to, _is_current(request.path, href)) for label, href, to in links]


def _records(request: HttpRequest, user: Any) -> Iterator[tuple[str, str]]:
    """What was taken out and what was changed, and the office's own pages."""
    if getattr(request, "session", {}).get(HAS_TASKS):
        yield "任务", reverse("tasks")
    if user.may(Right.TRAIL):
        yield "变更记录", reverse("trail")
        yield "导出回执", reverse("receipts")
    if user.may(Right.ACCESS_LOG):
        yield "登录与导出", reverse("access")
    if user.works_in_admin:
        yield "后台", reverse("admin:index")


#: What else stands below an entry of the navigation.
BELOW = {"/meetings/": ("/contacts/", "/task-forces/")}


def _is_current(path: str, href: str) -> bool:
    below = FOLLOWED if href == FOLLOWED[0] else BELOW.get(href, ())
    return path == href or (href != "/" and path.startswith((href, *below)))

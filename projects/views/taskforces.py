"""专项组: the directory of task forces, each with the entries that name it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from .. import taskforces
from ..models import Book
from ..rights import Right
from .books import reads_book


@reads_book
def index(request: HttpRequest, book: Book) -> HttpResponseBase:
    listed, beyond = taskforces.lines(book)
    may_edit = book.as_of is None and request.user.may(Right.EDIT)  # type: ignore[union-attr]
    context = {
        "listed": listed,
        "beyond": beyond,
        "day": book.day,
        "admin_href": reverse("admin:projects_taskforce_changelist") if may_edit else "",
    }
    return render(request, "task_forces.html", context)

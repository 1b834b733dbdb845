"""The search box: what it finds while one types, and the page of all that it finds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from ..filters import FindForm, Problem
from ..finding import Finder, is_too_short
from ..models import Book
from .books import mark

TOO_SHORT = "请再输入一个字母或者汉字。"


@require_GET
def find(request: HttpRequest) -> HttpResponseBase:
    """The page; to `HX-Request` what the box shows below itself."""
    form = FindForm(request.GET)
    is_typing = request.headers.get("HX-Request") == "true"
    context = _context(request, form, is_typing)
    template = "_partials/_found.html" if is_typing else "find.html"
    response = render(request, template, {**context, "find_form": form})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(request: HttpRequest, form: FindForm, is_typing: bool) -> dict[str, Any]:
    if not form.is_valid():
        problems = _problems(form)
        return {"problems": problems, "said": problems[0].message}
    asked = form.cleaned_data
    book = Book(asked["as_of"])
    mark(request, book)
    query = asked["q"]
    scope = {"q": query, **book.scope}
    context = {"query": query, "page_href": f"{reverse('find')}?{urlencode(scope)}"}
    if not query or is_too_short(query):
        return {**context, "said": TOO_SHORT if query else ""}
    finder = Finder(query, book, request.user)
    if asked["group"] and not is_typing:
        group = finder.group(asked["group"])
        return {**context, "group": group, "said": "" if group.hits else _none(query)}
    direct, groups = finder.direct(), finder.groups(counted=not is_typing)
    is_found = bool(direct or groups)
    return {**context, "direct": direct, "groups": groups, "said": "" if is_found else _none(query)}


def _none(query: str) -> str:
    return f"没有找到与“{query}”相符的内容。"


def _problems(form: FindForm) -> list[Problem]:
    found = [Problem("条件", str(message)) for message in form.non_field_errors()]
    for bound in form:
        found += [Problem(str(bound.label), str(message)) for message in bound.errors]
    return found

"""One matter, in short: its full page comes with the pages of matters."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from ..models import Matter
from ..rights import Right
from .recordforms import said
from .rights import needs


@needs(Right.READ)
def matter(request: HttpRequest, code: str) -> HttpResponseBase:
    found = get_object_or_404(Matter.objects.visible_to(request.user).for_rows(), code=code)
    facts = said(found, ("kind", "state", "text", "unit", "responsible_person", "due_on"))
    return render(request, "matter.html", {"matter": found, "facts": facts})

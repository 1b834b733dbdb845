"""A form for one record on a page of its own: what was typed, what is wrong, what others saved."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..models import Recorded

#: Label and text of a column.
Said = list[tuple[str, str]]


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    *,
    title: str,
    home: str,
    crumb: str,
    submit: str,
    problems: Iterable[str] = (),
    meanwhile: Iterable[tuple[str, str]] = (),
    status: int = 200,
) -> HttpResponse:
    """`home` and `crumb`: where the record stands; `meanwhile`: what another has saved."""
    context = {
        "form": form,
        "title": title,
        "home": home,
        "crumb": crumb,
        "submit": submit,
        "problems": list(problems),
        "meanwhile": list(meanwhile),
    }
    return render(request, "record_form.html", context, status=status)


def said(record: Recorded, names: Iterable[str]) -> Said:
    """What these columns of a record say, with their labels."""
    facts = record.facts()
    return [(record.fact_label(name), facts[name]["text"]) for name in names]


def sentences(form: forms.BaseForm) -> list[str]:
    """Everything that is wrong with a form whose fields are not shown one by one."""
    return [str(sentence) for told in form.errors.values() for sentence in told]

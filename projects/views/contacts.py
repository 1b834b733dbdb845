"""对接记录: the log, one record, keeping and correcting it, and what an entry's page shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ..choices import Source
from ..filters import ContactFilter
from ..forms import ContactForm
from ..forms.codes import as_codes
from ..models import Act, Book, ContactRecord, ContactRefused, LedgerEntry, Revision, Stale
from ..models.contacts import CONTENT
from ..periods import today
from ..statistics import Tally
from . import errors
from .books import unknown
from .lists import paged
from .recordforms import form_page, said

SIZE = 50
#: Records that an entry's page shows.
LATEST = 5
FACTS = ("held_on", "subject", "unit", "other_side", "attendees", "told", "agreed", "entries")


def index(request: HttpRequest) -> HttpResponseBase:
    form = ContactFilter(request.GET)
    rows = form.rows() if form.is_valid() else ContactRecord.objects.none()
    page = paged(request, form, rows, title="对接记录", counter="条", size=SIZE)
    context = {"page": page, "form": form, "can_keep": _keeps(request.user)}
    return render(request, "contacts.html", context)


def _keeps(user: Any) -> bool:
    """The bureau, and those who report for a unit."""
    return bool(ContactRecord.may_be_kept_by(user, user.unit))


def context(user: Any, entry: LedgerEntry, book: Book) -> dict[str, Any]:
    """What `_partials/_contacts.html` lists of an entry; of a past day as it was then."""
    if book.as_of:
        return {"contacts": ContactRecord.known_at(entry.code, book.as_of)[:LATEST]}
    of_entry = urlencode({"entry": entry.code})
    rows = ContactRecord.objects.touching(entry)
    return {
        "contacts": rows.select_related("unit")[:LATEST],
        "all_contacts": Tally("对接记录", rows.count(), f"{reverse('contacts')}?{of_entry}"),
        "keep_contact_href": f"{reverse('contact-new')}?{of_entry}" if _keeps(user) else "",
    }


def find(code: str) -> ContactRecord:
    found: ContactRecord = get_object_or_404(ContactRecord.objects.for_rows(), code=code)
    return found


def contact(request: HttpRequest, code: str) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found = find(code)
    shown = {
        "contact": found,
        "facts": said(found, CONTENT),
        "history": Revision.objects.of(found),
        "can_edit": ContactRecord.may_be_kept_by(request.user, found.unit),
    }
    return render(request, "contact.html", shown)


def new(request: HttpRequest) -> HttpResponseBase:
    """`entry=` the code of an entry, with which the form begins."""
    user: Any = request.user
    if not _keeps(user):
        raise PermissionDenied("对接记录由本单位的填报人和同城化局登记。")
    if problems := unknown(request, "entry"):
        return errors.bad_request(request, problems=problems)
    if request.method != "POST":
        begun = {"held_on": today(), "unit": user.unit_id, "version": 0}
        begun["entries"] = request.GET.get("entry", "")
        return _form(request, ContactForm(user=user, initial=begun))
    form = ContactForm(request.POST, user=user)
    if not form.is_valid():
        return _form(request, form, status=400)
    act, entries = Act(by=user, source=Source.WEB), form.cleaned_data["entries"]
    try:
        made = ContactRecord.keep(form.given, act, entries=entries)
    except ContactRefused as refusal:
        return _form(request, form, problems=refusal.messages, status=400)
    messages.success(request, f"对接记录“{made}”已登记。")
    return redirect(made)


def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    found, user = find(code), request.user
    if not ContactRecord.may_be_kept_by(user, found.unit):
        raise PermissionDenied(f"只有{found.unit}的填报人和同城化局可以修改这条对接记录。")
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    if request.method != "POST":
        begun = {"version": found.version, "entries": as_codes(found.entries.all())}
        return _form(request, ContactForm(user=user, instance=found, initial=begun), found)
    form = ContactForm(request.POST, user=user, instance=found)
    if not form.is_valid():
        return _form(request, form, found, status=400)
    given, act = form.cleaned_data, Act(by=user, source=Source.WEB)
    try:
        found.edit(form.given, act, version=given["version"], entries=given["entries"])
    except ContactRefused as refusal:
        return _form(request, form, find(code), problems=refusal.messages, status=400)
    except Stale as stale:
        fresh = find(code)
        typed = {**request.POST.dict(), "version": fresh.version}
        again = ContactForm(typed, user=user, instance=fresh)
        told, theirs = [str(stale)], said(fresh, FACTS)
        return _form(request, again, fresh, problems=told, meanwhile=theirs, status=409)
    messages.success(request, "对接记录已保存。")
    return redirect(found)


def _form(
    request: HttpRequest, form: ContactForm, found: ContactRecord | None = None, **shown: Any
) -> HttpResponse:
    return form_page(
        request,
        form,
        title="修改对接记录" if found else "登记对接",
        home=found.get_absolute_url() if found else reverse("contacts"),
        crumb=str(found) if found else "对接记录",
        submit="保存" if found else "登记",
        **shown,
    )

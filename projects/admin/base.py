"""What all our admin pages share: rights from the policy, changes through the trail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from ..choices import Source
from ..models import Act
from ..rights import ADMIN
from .forms import RecordForm, VersionedForm

SEARCH_LENGTH = 100


class PlainChangeList(ChangeList):
    """A changelist that answers nonsense in its address with 400, never with 500."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        if any("\x00" in value for values in self.params.values() for value in _each(values)):
            raise SuspiciousOperation("地址中含有空字符。")
        try:
            return super().get_queryset(request, exclude_parameters)
        except (IncorrectLookupParameters, ValueError, TypeError, OverflowError) as problem:
            raise SuspiciousOperation("地址中的筛选条件无法识别。") from problem

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except IncorrectLookupParameters as problem:
            raise SuspiciousOperation("没有这一页，请从第1页看起。") from problem


@contextmanager
def nonsense_is_refused() -> Iterator[None]:
    """Keys and counts that no database and no browser would send are answered 400."""
    try:
        yield
    except (ValueError, OverflowError) as problem:
        raise SuspiciousOperation("提交的内容无法识别。") from problem


def _each(values: Any) -> list[str]:
    return [str(v) for v in values] if isinstance(values, list | tuple) else [str(values)]


class RecordedAdmin(admin.ModelAdmin):
    """Admin of a recorded model: one trail row for each saved form, relations included."""

    form: type[VersionedForm] = RecordForm
    change_form_template = "admin/projects/record_change_form.html"
    show_facets = admin.ShowFacets.ALWAYS
    list_per_page = 50
    empty_value_display = "—"
    #: Lookups that an address may use beside those of `list_filter`.
    allowed_lookups: ClassVar[frozenset[str]] = frozenset()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        right = ADMIN[str(self.opts.model_name)]
        return bool(request.user.may(right))  # type: ignore[union-attr]

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One record at a time, and none that an entry names."""
        if obj is not None and self.is_in_use(obj):
            return False
        return self.has_view_permission(request, obj)

    def is_in_use(self, obj: Any) -> bool:
        """Do entries name it in a way the database does not protect?"""
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        try:
            record = super().get_object(request, object_id, from_field)
        except OverflowError:  # more digits than a key can have
            return None
        if record is not None:
            record.saved_by = self.act(request)  # Django's own pages save without an act
        return record

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The version stands above the form, not in it."""
        return [name for name in super().get_fields(request, obj) if name != "version"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        with nonsense_is_refused():
            return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with nonsense_is_refused():
            return super().changeform_view(request, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PlainChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the page itself offers; the stock rule lets any column and lookup in."""
        if lookup in self.allowed_lookups:
            return True
        offered: set[str] = set()
        for given in self.list_filter:
            if isinstance(given, str):
                offered |= {f"{given}__exact", f"{given}__id__exact"}
            else:
                offered.add(getattr(given, "parameter_name", ""))
        return lookup in offered

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick, where Django's two lists need a script and have no names for readers."""
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Other records are kept on their own pages, not deleted or edited in passing."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for name in ("can_add_related", "can_change_related", "can_delete_related"):
            if field is not None and hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > SEARCH_LENGTH:
            self.message_user(request, f"查找内容过长，请不超过{SEARCH_LENGTH}个字。", "warning")
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def act(self, request: HttpRequest, form: Any = None) -> Act:
        """The circumstances of a change made on this page."""
        return Act(by=request.user, source=Source.ADMIN)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing yet: row and relations are saved together in `save_related`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        with form.instance.recording(self.act(request, form), expect=self.seen(form)):
            super().save_related(request, form, formsets, change)

    def seen(self, form: Any) -> int | None:
        """The version the person was shown."""
        return form.cleaned_data.get("version") if form.instance.pk else None

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        context["conflict"] = getattr(form, "conflict", None)
        context["changed_by"] = getattr(form, "changed_by", ())
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, record: Any) -> str | None:
        return record.get_absolute_url() if hasattr(record, "get_absolute_url") else None

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        obj.delete(act=self.act(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for record in queryset.order_by("pk"):
            record.delete(act=self.act(request))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The trail is the history; the admin's own log is not kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, object_id)
        code = record.trail_code() if record else object_id
        return redirect(f"{reverse('trail')}?{urlencode({'q': code})}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The trail has it already."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """The trail has it already."""

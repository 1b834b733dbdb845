"""The four ledgers in the admin."""

from __future__ import annotations

from itertools import chain
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from ..choices import STATUSES, Ledger, Light, Provenance, Source
from ..forms import written_date
from ..models import (
    Act,
    Agreement,
    Book,
    CooperationItem,
    IndustrialProject,
    InfrastructureProject,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Sector,
)
from ..periods import today
from . import actions, conflicts
from .base import RecordedAdmin
from .forms import AgreementForm, EntryForm, FigureForm, MilestoneForm


class StatusFilter(admin.SimpleListFilter):
    title, parameter_name = "状态", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(s.slug, s.label) for s in STATUSES[model_admin.model.kind]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class LightFilter(admin.SimpleListFilter):
    title, parameter_name = "亮灯", "light"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(light.value, light.label) for light in Light]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(light=self.value()) if self.value() else queryset


class SectorFilter(admin.SimpleListFilter):
    title, parameter_name = "领域", "sector"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(sector.slug, sector.name) for sector in Sector.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(sector__slug=self.value()) if self.value() else queryset


class ProvenanceFilter(admin.SimpleListFilter):
    title, parameter_name = "数据来源", "provenance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return Provenance.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(provenance=self.value()) if self.value() else queryset


class ListedFilter(admin.SimpleListFilter):
    title, parameter_name = "是否在列", "listed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "在列"), ("no", "已调出"), ("requested", "待第二人确认")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "requested":
            return queryset.exclude(requested_status="")
        if self.value() in ("yes", "no"):
            return queryset.filter(delisted_on__isnull=self.value() == "yes")
        return queryset


class PartInline(admin.StackedInline):
    """Rows that belong to the entry; they are recorded with it."""

    extra, max_num = 1, 200

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class MilestoneInline(PartInline):
    model, form = Milestone, MilestoneForm
    fields = (("name", "planned", "reached", "note"),)


class FigureInline(PartInline):
    model, form = MoneyFigure, FigureForm
    fields = (("kind", "basis", "amount", "qualifier", "dated", "source_note"),)


class EntryAdmin(RecordedAdmin):
    """One ledger: quick to find in, calm to edit; the status moves by its steps only."""

    form = EntryForm
    change_form_template = "admin/projects/entry_change_form.html"
    list_display = (
        "code",
        "name",
        "sector",
        "lead",
        "status_shown",
        "light_shown",
        "due_shown",
        "percent_complete",
        "provenance",
    )
    list_display_links = ("code", "name")
    list_filter = (StatusFilter, LightFilter, SectorFilter, ProvenanceFilter, ListedFilter)
    list_select_related = ("sector", "lead")
    search_fields = ("name",)
    search_help_text = "按名称、别名、编号、单位、责任人查找，可用拼音或首字母。"
    inlines = (MilestoneInline, FigureInline)
    actions = (actions.take_step, actions.leave_list, actions.join_list)
    own_fields: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.with_light(Book().clock)
        return rows.order_by("code")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, "")
        if not search_term or len(search_term) > 100:
            return super().get_search_results(request, queryset, search_term)
        return found.search(search_term), duplicates  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        basics = ("code", "name", "aliases", "sector", "regions", *self.own_fields, "description")
        sections: list[tuple[str | None, dict[str, Any]]] = [
            ("基本情况", {"fields": basics}),
            (
                "责任",
                {
                    "fields": (
                        "lead",
                        "partners",
                        "responsible_person",
                        "contact_leader",
                        "task_force",
                    )
                },
            ),
            (
                "进展与时限",
                {
                    "fields": (
                        ("planned_start", "due"),
                        ("started", "finished"),
                        "percent_complete",
                        "progress",
                        "next_step",
                    )
                },
            ),
            ("数据来源", {"fields": ("provenance", "source_note", "data", "remarks")}),
        ]
        if obj:
            sections.append(("本次修改", {"fields": ("change_reason", "change_note")}))
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"code": next_code(self.model.kind), "data": today().isoformat()}

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Rows of a page opened on an older version are merged with those stored since."""
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        is_behind = request.POST.get("version", "") != str(obj.version)
        if obj.pk and is_behind and "data" in kwargs:
            formset = inline.get_formset(request, obj)
            stored = formset(instance=obj, prefix=prefix, queryset=kwargs["queryset"])
            label = str(inline.opts.verbose_name)
            kwargs["data"], found = conflicts.merge_rows(kwargs["data"], prefix, stored, label)
            _row_differences(request)[prefix] = found
        return kwargs

    def act(self, request: HttpRequest, form: Any = None) -> Act:
        if form is None:
            return super().act(request)
        return Act(
            by=request.user,
            source=Source.ADMIN,
            reason=form.reason,
            note=form.cleaned_data.get("change_note") or "",
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        form = context["adminform"].form
        if getattr(form, "conflict", None) is not None:
            form.conflict += chain.from_iterable(_row_differences(request).values())
        if obj:
            context["steps"] = obj.offers(request.user)
            context["entry_light"] = obj.reading(Book().clock)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="状态", ordering="status")
    def status_shown(self, entry: LedgerEntry) -> str:
        waiting = f"（待确认：{entry.requested_label}）" if entry.requested_status else ""
        return f"{entry.status_label}{waiting}"

    @admin.display(description="亮灯", ordering="due_on")
    def light_shown(self, entry: Any) -> str:
        light = Light(entry.light)
        return format_html(
            '<span class="light light-{}" data-light="{}">{}</span>', light, light, light.label
        )

    @admin.display(description="完成时限", ordering="due_on")
    def due_shown(self, entry: LedgerEntry) -> str:
        return written_date(entry, "due") or "—"


def _row_differences(request: HttpRequest) -> dict[str, list[conflicts.Difference]]:
    """What others changed in the rows of this form since it was opened, by inline."""
    found: dict[str, list[conflicts.Difference]] = request.__dict__.setdefault("_differences", {})
    return found


def next_code(ledger: Ledger) -> str:
    """The first free code after the highest: `SX-0136`."""
    prefix = f"{ledger.prefix}-"
    numbered = LedgerEntry.objects.filter(code__regex=rf"^{prefix}[0-9]{{4}}$")
    last = numbered.aggregate(last=Max("code"))["last"]
    number = int(last.removeprefix(prefix)) + 1 if last else 1
    return f"{prefix}{number:04d}"


@admin.register(Agreement)
class AgreementAdmin(EntryAdmin):
    form = AgreementForm
    own_fields = ("parties", ("signed", "valid_until"), "filing_number")  # type: ignore[assignment]


@admin.register(CooperationItem)
class CooperationItemAdmin(EntryAdmin):
    own_fields = ("agreement", "annual_target")


@admin.register(IndustrialProject)
class IndustrialProjectAdmin(EntryAdmin):
    own_fields = ("item", "investor", "industry", "site")


@admin.register(InfrastructureProject)
class InfrastructureProjectAdmin(EntryAdmin):
    own_fields = ("item", "scale", "construction_nature", "approval_number")

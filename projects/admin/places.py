"""Places, sectors, units, task forces, indicators and the calendar in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import CalendarDay, Indicator, Organisation, Region, ReportingRule, Sector, TaskForce
from .base import RecordedAdmin


@admin.register(Region)
class RegionAdmin(RecordedAdmin):
    list_display = ("code", "name", "level", "parent", "former_codes")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Entries, the trail and past counts name places by it.
        return ("code", "parent") if obj else ()

    def is_in_use(self, obj: Any) -> bool:
        return bool(obj.entries.exists())


@admin.register(Sector)
class SectorAdmin(RecordedAdmin):
    list_display = ("name", "slug", "field", "position")
    list_filter = ("field",)
    search_fields = ("name", "slug")


@admin.register(Organisation)
class OrganisationAdmin(RecordedAdmin):
    list_display = ("name", "short_name", "kind", "region")
    list_filter = ("kind",)
    list_select_related = ("region",)
    search_fields = ("name", "short_name", "search_text")

    def is_in_use(self, obj: Any) -> bool:
        return bool(obj.partner_entries.exists())


@admin.register(Indicator)
class IndicatorAdmin(RecordedAdmin):
    list_display = ("name", "shown", "unit", "sector", "data_date", "provenance")
    list_filter = ("provenance",)
    list_select_related = ("sector",)
    search_fields = ("name",)


@admin.register(CalendarDay)
class CalendarDayAdmin(RecordedAdmin):
    list_display = ("day", "is_working", "name")
    list_filter = ("is_working",)
    search_fields = ("name",)
    date_hierarchy = "day"


@admin.register(ReportingRule)
class ReportingRuleAdmin(RecordedAdmin):
    list_display = ("since", "due_day", "takes_reports")


@admin.register(TaskForce)
class TaskForceAdmin(RecordedAdmin):
    list_display = ("name", "leader", "office", "position")
    list_select_related = ("office",)
    search_fields = ("name", "leader")

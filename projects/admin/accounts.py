"""Accounts, for the system administrator."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from ..models import User
from .base import RecordedAdmin
from .forms import AccountForm, NewAccountForm

admin.site.unregister(Group)  # groups are roles; what they may is in `rights`


@admin.register(User)
class AccountAdmin(RecordedAdmin, UserAdmin):
    """Accounts are switched off, not deleted: the trail names them."""

    form, add_form = AccountForm, NewAccountForm
    change_form_template = RecordedAdmin.change_form_template
    list_display = ("username", "display_name", "unit", "roles_shown", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    list_select_related = ("unit",)
    search_fields = ("username", "display_name")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("身份", {"fields": ("display_name", "unit", "region", "email")}),
        ("权限", {"fields": ("is_active", "groups")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "display_name", "usable_password", "password1", "password2")},
        ),
        ("权限", {"fields": ("groups",)}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="岗位")
    def roles_shown(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all())

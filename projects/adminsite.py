"""The admin's own site: our sign-in, our rights, our words.

It stands beside the package `admin`, not in it: Django makes the site while it reads that
package, and a site made of its own half-read package would stay empty.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.i18n import JavaScriptCatalog

NOT_FOR_YOU = "您的岗位不使用后台；查阅台账请从“总览”进入。"


#: What is edited every day comes first on the index.
ORDER = (
    *("Agreement", "CooperationItem", "IndustrialProject", "InfrastructureProject"),
    *(
        "Organisation",
        "TaskForce",
        "Region",
        "Sector",
        "Indicator",
        "CalendarDay",
        "ReportingRule",
        "LightRule",
        "User",
    ),
)


class LedgerAdminSite(admin.AdminSite):
    site_title = "成资同城化合作台账"
    site_header = "成资同城化合作台账 · 后台"
    index_title = "台账维护"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.is_active and user.works_in_admin)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse at once who is signed in and may not; Django would send them to sign in again."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(NOT_FOR_YOU)
            return inner(request, *args, **kwargs)

        return guarded

    def get_urls(self) -> list[Any]:
        """Without the redirect by content type, which tells a record's code to anyone."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: ORDER.index(model["object_name"]))
        return apps

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Django's catalogue of words in scripts, and ours for what it lacks."""
        catalogue = JavaScriptCatalog.as_view(packages=["django.contrib.admin", "projects"])
        return catalogue(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one page for it, which records the change in the person's own name."""
        return redirect("password")

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in page; who is signed in already goes on, or is told why not."""
        after = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect(f"{reverse('login')}?{urlencode({'next': after})}")
        if not self.has_permission(request):
            raise PermissionDenied(NOT_FOR_YOU)
        is_ours = url_has_allowed_host_and_scheme(after, {request.get_host()})
        return redirect(after if is_ours else reverse("admin:index"))

"""亮灯规则 in the admin: what a changed rule would do is shown before it is saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from ..models import Book, LightRule
from ..models.lightrules import COLOURS, THRESHOLDS
from ..models.trail import digest
from ..statistics import LightChanges, light_changes
from .base import RecordedAdmin
from .forms import RecordForm

#: What a preview is of.
VALUES = (*THRESHOLDS, *COLOURS)


class LightRuleForm(RecordForm):
    """Saved only when what it would change was shown: `previewed` says of which values."""

    previewed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    #: Filled when the values have not been shown yet.
    changes: LightChanges | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not all(name in cleaned for name in VALUES):
            return cleaned
        shown = digest([str(cleaned[name]) for name in VALUES])
        is_new = self.instance._state.adding
        if (is_new or self.has_changed()) and cleaned.get("previewed") != shown:
            self._preview(cleaned, shown)
        return cleaned

    def _preview(self, cleaned: dict[str, Any], shown: str) -> None:
        proposed = LightRule(**{name: cleaned[name] for name in VALUES})
        try:
            proposed.full_clean(validate_unique=False)
        except ValidationError:
            return  # the form says so at its fields
        self.changes = light_changes(Book(), proposed.rule)
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["previewed"] = shown  # type: ignore[index]
        raise ValidationError(
            f"尚未保存：按新规则，{self.changes.total}个条目将变色，明细见上表。"
            "确认无误的，请再点一次“保存”。",
            code="preview",
        )


@admin.register(LightRule)
class LightRuleAdmin(RecordedAdmin):
    form = LightRuleForm
    change_form_template = "admin/projects/lightrule/change_form.html"
    list_display = ("name", "soon_days", "lag_points", "far_points", "reads_progress")
    fieldsets = (
        ("时限", {"fields": ("soon_days", "soon", "overdue")}),
        (
            "进度",
            {"fields": ("reads_progress", "lag_points", "behind", "far_points", "far_behind")},
        ),
        ("报送", {"fields": ("silent",)}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is one rule."""
        return self.has_view_permission(request) and not LightRule.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        context["light_changes"] = getattr(form, "changes", None)
        return super().render_change_form(request, context, *args, **kwargs)

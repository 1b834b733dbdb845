"""What a task is begun with."""

from __future__ import annotations

from django import forms

from ..choices import LISTS, MatterKind

LISTED = [*dict(LISTS), *(kind.path for kind in MatterKind)]


class ExportTaskForm(forms.Form):
    """A list, and its conditions as they stand in an address."""

    of = forms.ChoiceField(label="清单", choices=[(name, name) for name in LISTED])
    query = forms.CharField(label="筛选条件", required=False, max_length=8000)

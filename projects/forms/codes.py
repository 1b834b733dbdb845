"""Entries named by their codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .. import text
from ..models import LedgerEntry

_BETWEEN = re.compile(r"[\s、，,；;]+")
#: So many entries one record may name.
MOST = 50


class EntryCodesField(forms.CharField):
    """Codes of entries with 、 or commas or blanks between them; gives the entries, in order."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "涉及条目")
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 2000)
        kwargs.setdefault(
            "help_text",
            "填条目编号，几个编号之间用顿号、逗号或空格隔开，如 SX-0001、JC-0002；可不填。",
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[LedgerEntry]:
        written = str(super().clean(value) or "")
        codes = list(dict.fromkeys(text.code(word) for word in _BETWEEN.split(written) if word))
        if len(codes) > MOST:
            raise ValidationError(f"最多填写{MOST}个条目，现有{len(codes)}个。")
        entries = {entry.code: entry for entry in LedgerEntry.objects.filter(code__in=codes)}
        if unknown := [code for code in codes if code not in entries]:
            raise ValidationError(f"没有这些编号的条目：{'、'.join(unknown)}，请核对。")
        return [entries[code] for code in codes]


def as_codes(entries: Iterable[LedgerEntry]) -> str:
    """Entries as the field shows them."""
    return "、".join(sorted(entry.code for entry in entries))

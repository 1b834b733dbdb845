"""Fields for texts and dates, and the base of forms for a model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from .. import text
from ..periods import PartialDate, written


class PlainField(forms.CharField):
    """Text in the form in which it is kept, so that its length is that of what is kept."""

    def to_python(self, value: Any) -> str:
        return text.plain(super().to_python(value) or "")


class PartialDateField(forms.CharField):
    """A date as exact as it is known: `2026`, `2026-07`, `2026-07-31`, `2026年7月`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("placeholder", "如 2026-07-31、2026-07 或 2026")
        self.widget.attrs.setdefault("size", "24")

    def clean(self, value: Any) -> PartialDate | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return PartialDate.parse(text)
        except ValueError:
            raise ValidationError(
                f"“{text}”不是日期，请写成 2026-07-31；只知道年月的写 2026-07，只知道年的写 2026。"
            ) from None


class WholeModelForm(forms.ModelForm):
    """A ModelForm that validates every constraint, also those over fields it does not show.

    Django leaves such constraints out, and a valid form would end in an IntegrityError.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as problem:
            self.add_error(None, problem.messages)


def written_date(record: Any, prefix: str) -> str:
    """The text with which a `PartialDateField` shows a stored date."""
    return written(getattr(record, f"{prefix}_on"), getattr(record, f"{prefix}_precision"))

"""Model fields that keep text clean and dates honest."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q

from .. import text
from ..choices import Precision

#: A workbook's cell ends at 32,767 characters; exports are never cut.
PROSE_LENGTH = 30_000


def validate_plain_text(value: str) -> None:
    """Refuse controls, lone surrogates and bidirectional overrides, naming the character."""
    if bad := text.forbidden_character(value):
        raise ValidationError(
            f"含有不允许的字符 {bad}（控制字符或改变文字方向的字符），请删去后重新填写。",
            code="forbidden_character",
        )


def validate_visible(value: str) -> None:
    """Refuse what shows nothing: it would fill a column that may not be empty."""
    if text.is_invisible(value):
        raise ValidationError("不能只填看不见的字符。", code="invisible")


def validate_one_line(value: str) -> None:
    if "\n" in value or "\t" in value:
        raise ValidationError(
            "只能写一行，不能换行或使用制表符，请删去后重新填写。", code="one_line"
        )


def validate_code(value: str) -> None:
    if not text.CODE.fullmatch(value):
        raise ValidationError(
            f"“{value}”不是编号：只能用大写字母、数字和中间的短横，例如 SX-0001。", code="code"
        )


class PlainMixin:
    """Text in NFC without blanks at the ends, in forms and on the way to the database."""

    default_validators: list[Any] = [validate_plain_text]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        return text.plain(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)  # type: ignore[misc]
        return text.plain(value) if isinstance(value, str) else value


class LineField(PlainMixin, models.CharField):
    """One line of text."""

    default_validators: list[Any] = [validate_plain_text, validate_one_line, validate_visible]


class ProseField(PlainMixin, models.TextField):
    """Several lines of text, as long as a cell of a workbook can hold."""

    default_validators: list[Any] = [
        validate_plain_text,
        validate_visible,
        MaxLengthValidator(PROSE_LENGTH),
    ]


class CodeField(models.CharField):
    """A code, folded so that two which look alike are one."""

    default_validators = [validate_code]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return text.code(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return text.code(value) if isinstance(value, str) else value


def precision_field() -> models.CharField:
    """Stands beside a date field `x_on` as `x_precision`."""
    return models.CharField("日期精度", max_length=5, blank=True, choices=Precision.choices)


def precision_is_known(prefix: str, label: str) -> models.CheckConstraint:
    """A date has a precision, and a precision has a date."""
    on, precision = f"{prefix}_on", f"{prefix}_precision"
    return models.CheckConstraint(
        condition=Q(**{f"{on}__isnull": True, precision: ""})
        | Q(**{f"{on}__isnull": False, f"{precision}__in": Precision.values}),
        name=f"%(class)s_{prefix}_precision",
        violation_error_message=f"{label}与其精度（年、月、日）须同时填写或同时留空。",
    )

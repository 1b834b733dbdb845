"""What a parameter of a filter may hold: strict, and in plain digits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any

import django_filters
from django import forms
from django.utils import timezone

from .. import text
from ..ledgercolumns import ALWAYS_SHOWN
from ..models.entryrows import SEARCH_TERMS
from ..models.rounds import close_of
from ..periods import AsOf, Month, iso_day, start_of, today

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
UNKNOWN = "没有这个查询条件，请检查拼写或清除后重选。"
ONE_VALUE = "只能填写一个值。"
NO_SUCH = "没有“%(value)s”这一项，请从列表中选择。"


class DayField(forms.CharField):
    """A day in ISO writing, nothing else."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> dt.date | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            return iso_day(written)
        except ValueError:
            raise forms.ValidationError(f"“{written}”不是日期，请写成 2026-07-31。") from None


class SinceField(forms.CharField):
    """The first moment of a day, `2026-07-31`, or a moment in Shanghai, `2026-07-31T09:30:00`."""

    widget = forms.DateInput(attrs={"type": "date"})

    def clean(self, value: Any) -> dt.datetime | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            since = _moment(written)
        except ValueError:
            raise forms.ValidationError(
                f"“{written}”不是日期，请写成 2026-07-31，或 2026-07-31T09:30:00。"
            ) from None
        if since > timezone.now():
            raise forms.ValidationError(f"“{written}”还没有到，只能从今天或以前算起。")
        return since


_MOMENT = re.compile(r"([0-9-]{10})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])", re.ASCII)


def _moment(written: str) -> dt.datetime:
    if found := _MOMENT.fullmatch(written):
        day, *clock = found.groups()
        hour, minute, second = map(int, clock)
        return start_of(iso_day(day)) + dt.timedelta(hours=hour, minutes=minute, seconds=second)
    return start_of(iso_day(written))


class AsOfInput(forms.DateInput):
    """A day to pick; a month where one is given."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if value and _month(str(value)):
            context["widget"]["type"] = "month"
            context["widget"]["attrs"].pop("max", None)
        return context


class AsOfField(DayField):
    """A day that is over, or today: the ledger as it was recorded by its end.

    A month stands for the moment at which its round was closed.
    """

    widget: Any = AsOfInput

    def clean(self, value: Any) -> AsOf | None:  # type: ignore[override]
        if month := _month(str(value or "").strip()):
            return close_of(month)
        day = super().clean(value)
        if day and day > today():
            raise forms.ValidationError(
                f"“{day.isoformat()}”还没有到，只能查看今天（{today().isoformat()}）或以前的台账。"
            )
        return AsOf(day) if day else None


def _month(written: str) -> Month | None:
    try:
        return Month.parse(written)
    except ValueError:
        return None


class CountField(forms.CharField):
    """A whole number from 1 up to a limit, in plain digits."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def clean(self, value: Any) -> int | None:
        written = super().clean(value)
        if not written:
            return None
        if not _DIGITS.fullmatch(written) or not 1 <= int(written) <= self.most:
            raise forms.ValidationError(f"“{written}”不可用，请写1至{self.most}之间的整数。")
        return int(written)


class WordsField(forms.CharField):
    """Words to look for; as many as a search can use."""

    def clean(self, value: Any) -> str:
        words = str(super().clean(value))
        if len(words.split()) > SEARCH_TERMS:
            raise forms.ValidationError(f"最多用{SEARCH_TERMS}个词查找，请减少词数。")
        if not all(text.searchable(word) for word in words.split()):
            raise forms.ValidationError("查找的词里没有可见的字，请重新填写。")
        return words


class ColumnsField(forms.CharField):
    """Names of columns with commas between, in the order in which they are to stand."""

    widget = forms.HiddenInput

    def __init__(self, *, known: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = tuple(known)

    def clean(self, value: Any) -> tuple[str, ...]:
        written = super().clean(value)
        names = tuple(written.split(",")) if written else ()
        if problems := list(self._faults(names)):
            raise forms.ValidationError(problems)
        return names

    def _faults(self, names: tuple[str, ...]) -> Iterator[str]:
        for name in dict.fromkeys(names):
            if name not in self.known:
                yield f"没有“{name}”这一列，请重新选择列。"
            elif names.count(name) > 1:
                yield f"“{name}”列写了两次，请重新选择列。"
        if names and not {*ALWAYS_SHOWN} <= {*names}:
            yield f"须含编号、名称两列（{'、'.join(ALWAYS_SHOWN)}），请重新选择列。"


class DayFilter(django_filters.Filter):
    field_class = DayField


class AsOfFilter(django_filters.Filter):
    field_class = AsOfField


class SinceFilter(django_filters.Filter):
    field_class = SinceField


class CountFilter(django_filters.Filter):
    field_class = CountField


class WordsFilter(django_filters.Filter):
    field_class = WordsField


class ColumnsFilter(django_filters.Filter):
    field_class = ColumnsField


def many(label: str, method: str, choices: Iterable[tuple[str, str]] = ()) -> Any:
    """A filter whose values, repeated, mean “or”; some get their choices per request."""
    return django_filters.MultipleChoiceFilter(
        label=label,
        method=method,
        choices=list(choices),
        widget=forms.SelectMultiple,
        error_messages={"invalid_choice": NO_SUCH},
    )


def one(
    label: str,
    method: str,
    choices: Iterable[tuple[str, str]],
    empty_label: str | None = "不限",
    *,
    hidden: bool = False,
) -> Any:
    """A filter that takes one value of a table."""
    return django_filters.ChoiceFilter(
        label=label,
        method=method,
        choices=list(choices),
        empty_label=empty_label,
        widget=forms.HiddenInput if hidden else forms.Select,
        error_messages={"invalid_choice": NO_SUCH},
    )

"""What `/matrix/` takes: rows, months, a ledger, and conditions of the lists that narrow it."""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from ..choices import Ledger
from ..matrix import MONTHS_MOST, By, Stretch
from ..periods import EARLIEST, LATEST, Month
from .entries import EntryFilter
from .fields import NO_SUCH, UNKNOWN
from .said import Problem
from .strict import StrictForm, choice

_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
#: What is its own.
OWN = ("by", "ledger", "year", "from", "to", "rows")
#: Conditions of the lists by which it may be narrowed: none that a cell itself asks for.
NARROWING = ("q", "sector", "city", "unit", "lead", "task_force", "status", "provenance", "as_of")
YES = (("all", "全部列出"),)


class MonthField(forms.CharField):
    """A month, `2026-07`."""

    widget = forms.DateInput(attrs={"type": "month"})

    def clean(self, value: Any) -> Month | None:
        written = super().clean(value)
        try:
            return Month.parse(written) if written else None
        except ValueError:
            raise forms.ValidationError(f"“{written}”不是月份，请写成 2026-07。") from None


class YearField(forms.CharField):
    def clean(self, value: Any) -> int | None:
        written = super().clean(value)
        if not written:
            return None
        if not _YEAR.fullmatch(written) or not EARLIEST.year < int(written) <= LATEST.year:
            raise forms.ValidationError(f"“{written}”不是年份，请写成 2026。")
        return int(written)


def table(label: str, choices: Any) -> forms.ChoiceField:
    """One of a table; the first when none is given."""
    return forms.ChoiceField(
        label=label, required=False, choices=choices, error_messages={"invalid_choice": NO_SUCH}
    )


class MatrixForm(StrictForm):
    """The parameters that are the matrix's own; `from` and `to` go before `year`."""

    unsaid: ClassVar[frozenset[str]] = frozenset({"rows"})
    page = None  # type: ignore[assignment]

    by = table("按", By.choices)
    ledger = table("台账", Ledger.choices)
    year = YearField(label="年份", required=False)
    rows = choice("没有标记的行", YES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "自"), ("to", "至")):
            self.fields[name] = MonthField(label=label, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("from"), given.get("to")
        if given.get("year") and (first or last):
            raise forms.ValidationError("年份与起止月份只能填写一种。")
        if bool(first) != bool(last) and not self.errors:
            raise forms.ValidationError("起止月份须同时填写。")
        if first and last and first.first > last.first:
            raise forms.ValidationError("“自”晚于“至”，请核对月份。")
        if first and last and len(Stretch(first, last).months) > MONTHS_MOST:
            raise forms.ValidationError(f"一次最多显示{MONTHS_MOST}个月，请缩短起止月份。")
        return given


class MatrixFilter:
    """`problems` names all that is wrong; nothing else may be asked while there is any."""

    def __init__(self, data: QueryDict) -> None:
        given = _only(data, OWN)
        self.own, self.form = dict(given.lists()), MatrixForm(given)
        self.entries = EntryFilter(_only(data, NARROWING), ledger=self.ledger)
        self.unknown = [name for name in data if name not in (*OWN, *NARROWING)]

    @cached_property
    def problems(self) -> list[Problem]:
        found = [Problem(name, UNKNOWN) for name in self.unknown]
        for name, messages in self.form.errors.items():
            label = str(self.form.fields[name].label) if name in self.form.fields else "条件"
            found += [Problem(label, str(message)) for message in messages]
        return found + list(self.entries.problems)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self._given("ledger") or Ledger.ITEMS)

    @property
    def by(self) -> By:
        return By(self._given("by") or By.UNIT)

    @property
    def stretch(self) -> Stretch:
        """The months asked for; those of the book's year when none are."""
        if first := self._given("from"):
            return Stretch(first, self._given("to"))
        january = dt.date(self._given("year") or self.entries.book.day.year, 1, 1)
        return Stretch(Month.of(january), Month.of(january.replace(month=12)))

    @property
    def shows_bare(self) -> bool:
        return bool(self._given("rows"))

    @property
    def scope(self) -> dict[str, list[str]]:
        """The conditions of the lists, as an address takes them on; the day included."""
        return dict(self.entries.given.lists())

    def _given(self, name: str) -> Any:
        return self.form.cleaned_data.get(name) if self.form.is_valid() else None


def _only(data: QueryDict, names: Any) -> QueryDict:
    """These parameters alone, those sent empty left out."""
    found = QueryDict(mutable=True)
    for name, values in data.lists():
        if name in names and (filled := [str(v) for v in values if str(v).strip()]):
            found.setlist(name, filled)
    return found

"""The filter of the membership of two days: strict like that of the other registers."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from ..choices import Ledger
from ..membership import Kind, Members, Membership
from ..models import Book
from ..periods import EARLIEST, AsOf, today
from .entries import MAX_PAGE_SIZE
from .fields import AsOfField, AsOfInput, CountField
from .strict import StrictForm, choice

_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


class DayOrYearInput(AsOfInput):
    """A day or month to pick; a year where one is given."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if _YEAR.fullmatch(str(value or "")):
            context["widget"]["type"] = "number"
            context["widget"]["attrs"].pop("max", None)
        return context


class DayOrYearField(AsOfField):
    """A day that is over or today, a frozen month, or a year: its last day."""

    widget = DayOrYearInput

    def clean(self, value: Any) -> AsOf | None:  # type: ignore[override]
        written = str(value or "").strip()
        if not _YEAR.fullmatch(written):
            return super().clean(written)
        if int(written) < EARLIEST.year:
            raise ValidationError(f"“{written}年”太早，请写{EARLIEST.year}年以后的年份或某一天。")
        if int(written) >= today().year:
            raise ValidationError(f"{written}年还没有到年末，请写较早的年份或某一天。")
        return super().clean(f"{written}-12-31")


class MembershipFilter(StrictForm):
    """Filters of `/membership/`: `from` and `to`, both needed."""

    ledger = choice("台账", Ledger.choices)
    kind = choice("变动", Kind.choices)
    page_size = CountField(
        label="每页行数", required=False, most=MAX_PAGE_SIZE, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("from", "起始"), ("to", "截止")):
            self.fields[name] = DayOrYearField(
                label=label,
                widget=DayOrYearInput(attrs={"max": today().isoformat()}),
                help_text="以当日终了为准；地址中也可写年份。",
            )
        self.order_fields(["from", "to", "ledger", "kind"])

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        since, until = given.get("from"), given.get("to")
        if since and until and since.until >= until.until:
            raise forms.ValidationError("“截止”须晚于“起始”，请核对日期。")
        return given

    def membership(self, until: AsOf | None = None) -> Membership:
        """Of the two days; `until` stands for the end of the last, when that is today."""
        given = self.cleaned_data
        return Membership(Book(given["from"]), Book(until or given["to"]))

    def members(self, membership: Membership) -> Members:
        """Those of the ledger and the kind that are asked for."""
        return membership.members(self.cleaned_data["ledger"], self.cleaned_data["kind"])

    @property
    def days(self) -> dict[str, str]:
        """The two days as they are asked for."""
        return {name: self.cleaned_data[name].query["as_of"] for name in ("from", "to")}

    def in_words(self) -> str:
        given = self.cleaned_data
        said = [f"{given['from'].words}与{given['to'].words}对照"]
        said += [Ledger(given["ledger"]).label] if given["ledger"] else []
        said += [Kind(given["kind"]).label] if given["kind"] else []
        return "；".join(said)


def with_days(data: QueryDict) -> QueryDict:
    """What was asked; the end of last year and today, when neither day was given."""
    if any(data.get(name) for name in ("from", "to")):
        return data
    filled, now = data.copy(), today()
    filled["from"], filled["to"] = f"{now.year - 1}-12-31", now.isoformat()
    return filled

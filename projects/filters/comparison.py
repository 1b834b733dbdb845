"""The filter of a comparison: two days, a ledger, and the conditions of the lists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from ..choices import Ledger
from ..comparison import Kind
from ..models import Book, Names
from ..periods import AsOf
from .entries import EntryFilter
from .fields import ONE_VALUE, AsOfField
from .said import Problem

OWN = ("from", "to", "ledger", "kind")
KINDS = {kind.slug: kind for kind in Kind}


@dataclass(frozen=True)
class ComparisonFilter:
    """`from` and `to` as days, `ledger` one of the four or all, `kind` one section or all, the
    rest as on a list.

    `until` is the moment that stands for the end of `to`, when that is today and the
    comparison has to be read again later.
    """

    data: QueryDict
    until: AsOf | None = None

    @cached_property
    def ledger(self) -> Ledger | None:
        given = self.data.get("ledger", "")
        return Ledger(given) if given in Ledger.values else None

    @cached_property
    def kind(self) -> Kind | None:
        return KINDS.get(self.data.get("kind", ""))

    @cached_property
    def _read(self) -> dict[str, tuple[AsOf | None, list[str]]]:
        """Each of the two days, and what is wrong with it."""
        found: dict[str, tuple[AsOf | None, list[str]]] = {}
        for name in ("from", "to"):
            try:
                day = AsOfField(required=False).clean(self.data.get(name, ""))
                found[name] = day, [] if day else ["请填写日期，如 2026-07-31。"]
            except ValidationError as refusal:
                found[name] = None, refusal.messages
        return found

    @property
    def days(self) -> dict[str, AsOf | None]:
        return {name: day for name, (day, _) in self._read.items()}

    @cached_property
    def problems(self) -> list[Problem]:
        labels = {"from": "起始日期", "to": "截止日期", "ledger": "台账", "kind": "变动"}
        found = [
            Problem(labels[name], ONE_VALUE) for name in OWN if len(self.data.getlist(name)) > 1
        ]
        for name, (_, messages) in self._read.items():
            found += [Problem(labels[name], message) for message in messages]
        since, until = self.days["from"], self.days["to"]
        if since and until and since.until >= until.until:
            found.append(Problem("截止日期", "须晚于起始日期。"))
        if (given := self.data.get("ledger", "")) and self.ledger is None:
            found.append(Problem("台账", f"没有“{given}”这一项，请从列表中选择。"))
        if (given := self.data.get("kind", "")) and self.kind is None:
            found.append(Problem("变动", f"没有“{given}”这一项，请从列表中选择。"))
        if "as_of" in self.data:
            found.append(Problem("as_of", "比较两日不用这个条件，请填写起始日期和截止日期。"))
        return found or self.conditions.problems

    @property
    def was_asked(self) -> bool:
        return any(self.data.get(name) for name in ("from", "to"))

    def _on(self, book: Book) -> EntryFilter:
        rest = self.data.copy()
        for name in OWN:
            rest.pop(name, None)
        return EntryFilter(
            rest, ledger=self.ledger, book=book, offered=self._offered, days=self._days
        )

    @cached_property
    def _days(self) -> tuple[Book, ...]:
        """Both days and today."""
        return (Book(), *(Book(as_of) for as_of in self.days.values() if as_of))

    @cached_property
    def _offered(self) -> Names:
        """The names of both days and of today: either day ignores what it does not know."""
        days = [as_of for as_of in self.days.values() if as_of]
        known = [Names.at(as_of) for as_of in days] + [Names.today()]
        return Names(
            *(
                {key: record for names in known for key, record in getattr(names, kind).items()}
                for kind in ("sectors", "regions", "units")
            )
        )

    @cached_property
    def conditions(self) -> EntryFilter:
        """The conditions of the lists alone, for their form and their words."""
        return self._on(Book())

    def books(self) -> tuple[Book, Book]:
        since, until = self.days["from"], self.until or self.days["to"]
        return Book(since), Book(until)

    def rows(self, book: Book) -> Any:
        return self._on(book).rows.order_by()

    def in_words(self) -> str:
        since, until = self.days["from"], self.days["to"]
        assert since
        assert until
        ledger = f"{self.ledger.label}；" if self.ledger else ""
        kind = f"只列{self.kind.value}；" if self.kind else ""
        return f"{since.words}至{until.words}；{ledger}{kind}{self.conditions.in_words()}"

    @property
    def last_day(self) -> AsOf:
        """The end of `to`; of today only what is recorded by now."""
        found = self.days["to"]
        assert found
        return found

"""The words by which rows of entries are chosen and counted, today's and those of a past day.

All of them work on the shared columns alone, without joins, and so say the same of both.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Count, Q, Value, When

from .. import lights, text
from ..choices import AT_REST, LAUNCHED_SET, PHASE_STATUSES, SIGNED_SET, Light, Phase
from .entryfacts import EntryFacts, split
from .organisations import Organisation

#: Terms of a search beyond this are refused, they cost and find nothing.
SEARCH_TERMS = 8
AT_REST_STATUSES = frozenset().union(*(PHASE_STATUSES[phase] for phase in AT_REST))

Entry = TypeVar("Entry", bound=EntryFacts)


class EntryRows(models.QuerySet[Entry]):
    def listed(self) -> Self:
        """On the lists; entries that were 调出 are not."""
        return self.filter(delisted_on__isnull=True)

    def launched(self) -> Self:
        """已启动 or beyond: 暂停 included, 终止 not."""
        return self.filter(status__in=LAUNCHED_SET)

    def signed(self) -> Self:
        """已签署 or beyond."""
        return self.filter(status__in=SIGNED_SET)

    def in_phase(self, phases: Iterable[str]) -> Self:
        slugs = frozenset().union(*(PHASE_STATUSES[Phase(phase)] for phase in phases))
        return self.filter(status__in=slugs)

    def running(self) -> Self:
        """Neither done nor stopped."""
        return self.exclude(status__in=AT_REST_STATUSES)

    def overdue(self, at: dt.date) -> Self:
        """Red by the deadline clock on that day."""
        return self.running().filter(due_on__lt=at, awaits_update=False)

    def due_soon(self, at: dt.date) -> Self:
        """Blue by the deadline clock on that day."""
        soon = at + dt.timedelta(days=lights.DUE_SOON_DAYS)
        return self.running().filter(due_on__range=(at, soon), awaits_update=False)

    def with_light(self, at: dt.date) -> Self:
        """Annotate `light` as `lights.deadline` reads it on that day."""
        soon = at + dt.timedelta(days=lights.DUE_SOON_DAYS)
        grey = Q(status__in=AT_REST_STATUSES) | Q(awaits_update=True) | Q(due_on__isnull=True)
        return self.annotate(
            light=Case(
                When(grey, then=Value(Light.GREY)),
                When(due_on__lt=at, then=Value(Light.RED)),
                When(due_on__lte=soon, then=Value(Light.BLUE)),
                default=Value(Light.GREEN),
                output_field=models.CharField(),
            )
        )

    def with_phase(self) -> Self:
        """Annotate `phase_slug`."""
        return self.annotate(
            phase_slug=Case(
                *(When(status__in=slugs, then=Value(p)) for p, slugs in PHASE_STATUSES.items()),
                output_field=models.CharField(),
            )
        )

    def in_places(self, codes: Iterable[str]) -> Self:
        """Touching any of these places; a prefecture covers all below it."""
        return self.filter(_any_key("places", codes))

    def of_unit(self, units: Iterable[Any]) -> Self:
        """Led by, or with the help of, any of these units."""
        keys = list(units)
        return self.filter(Q(lead__in=keys) | _any_key("partner_keys", keys))

    def search(self, query: str, units_named: Callable[[str], Iterable[Any]] | None = None) -> Self:
        """Every word of the query in name, alias, code, unit, person, pinyin or initials.

        `units_named(word)` gives the units that a folded word finds; today's if not given.
        """
        found = self
        for word in query.split()[:SEARCH_TERMS]:
            folded = text.searchable(word)
            keys = list((units_named or _units_named_today)(folded))
            found = found.filter(
                Q(search_text__contains=folded)
                | Q(lead__in=keys)
                | (_any_key("partner_keys", keys) if keys else Q(pk__in=[]))
            )
        return found

    def counted(self, *columns: str) -> list[tuple[Any, ...]]:
        """Rows by these columns: their values and, last, the count. One query."""
        grouped = self.order_by().values_list(*columns).annotate(rows=Count("pk"))
        return [tuple(row) for row in grouped]

    def counted_by_place(self, *columns: str) -> dict[str, Counter[tuple[Any, ...]]]:
        """The same for each place by its code; an entry counts once in each it touches."""
        found: dict[str, Counter[tuple[Any, ...]]] = {}
        for places, *values, count in self.counted("places", *columns):
            for code in split(places):
                found.setdefault(code, Counter())[tuple(values)] += count
        return found


def _any_key(column: str, keys: Iterable[Any]) -> Q:
    """Rows whose joined keys hold any of these; one pattern however many they are."""
    wanted = [str(key) for key in keys]
    if len(wanted) == 1:
        return Q(**{f"{column}__contains": f"|{wanted[0]}|"})
    return Q(**{f"{column}__regex": rf"\|({'|'.join(wanted)})\|"})


def _units_named_today(folded: str) -> Iterable[Any]:
    units = Organisation.objects.filter(search_text__contains=folded)
    return units.values_list("pk", flat=True)

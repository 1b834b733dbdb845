"""The words by which rows of entries are chosen and counted, today's and those of a past day.

All of them work on the shared columns alone, without joins, and so say the same of both.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, Least, Length, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual

from .. import text
from ..choices import (
    AT_REST,
    BINDING_SET,
    COMMENCED_SET,
    HALTED_SET,
    LAUNCHED_SET,
    PHASE_STATUSES,
    SIGNED_SET,
    UNFINISHED_SETS,
    DeclaredLight,
    Ledger,
    Light,
    Phase,
    Unfinished,
)
from .clocks import Clock, DayNumber
from .entryfacts import EntryFacts, split
from .organisations import Organisation

#: Terms of a search beyond this are refused, they cost and find nothing.
SEARCH_TERMS = 8
#: Rows among which the nearest of each ledger are looked for first.
NEAREST_READ = 2000
AT_REST_STATUSES = frozenset().union(*(PHASE_STATUSES[phase] for phase in AT_REST))
RUNNING_STATUSES = frozenset().union(
    *(slugs for phase, slugs in PHASE_STATUSES.items() if phase not in AT_REST)
)

Entry = TypeVar("Entry", bound=EntryFacts)


class Then(NamedTuple):
    """An earlier moment: it, and the versions that were valid at it."""

    moment: dt.datetime
    rows: EntryRows[Any]


class EntryRows(models.QuerySet[Entry]):
    #: The column that names the entry of a row.
    entry_column: ClassVar[str] = "pk"

    def listed(self) -> Self:
        """On the lists; entries that were 调出 are not."""
        return self.filter(delisted_on__isnull=True)

    def launched(self) -> Self:
        """已启动 or beyond: 暂停 included, 终止 not."""
        return self.filter(status__in=LAUNCHED_SET)

    def signed(self) -> Self:
        """已签署 or beyond."""
        return self.filter(status__in=SIGNED_SET)

    def standing_at(self, slugs: Iterable[str]) -> Self:
        """At one of these statuses, or halted while at one of them."""
        wanted = list(slugs)
        return self.filter(Q(status__in=wanted) | Q(status__in=HALTED_SET, halted_from__in=wanted))

    def commenced(self) -> Self:
        """开工 or beyond, what was halted after it included; 终止 not."""
        return self.standing_at(COMMENCED_SET)

    def unfinished(self, kinds: Iterable[str]) -> Self:
        """On any of these of the 三未 lists."""
        wanted = (UNFINISHED_SETS[Unfinished(kind)] for kind in kinds)
        return self.standing_at(frozenset().union(*wanted))

    def expiring(self, at: dt.date, within: int) -> Self:
        """Agreements that bind their parties on that day and run out within so many days."""
        last = at + dt.timedelta(days=within)
        return self.filter(status__in=BINDING_SET, expires_on__range=(at, last))

    def outlived(self, at: dt.date) -> Self:
        """Agreements that had run out by that day and are still recorded as binding."""
        return self.filter(status__in=BINDING_SET, expires_on__lt=at)

    def in_phase(self, phases: Iterable[str]) -> Self:
        slugs = frozenset().union(*(PHASE_STATUSES[Phase(phase)] for phase in phases))
        return self.filter(status__in=slugs)

    def running(self) -> Self:
        """Neither done nor stopped."""
        return self.exclude(status__in=AT_REST_STATUSES)

    def overdue(self, at: dt.date) -> Self:
        """Past their deadline on that day, and not done."""
        return self.running().filter(due_on__lt=at, awaits_update=False)

    def due_soon(self, at: dt.date, days: int) -> Self:
        """Due on that day or so many days after it, and not done."""
        soon = at + dt.timedelta(days=days)
        return self.running().filter(due_on__range=(at, soon), awaits_update=False)

    def leading(self, count: int, *columns: str) -> Self:
        """The first so many in that order. Looked for by their keys: a database that orders
        whole rows carries all of each through its sorting, and finds no index to walk."""
        keys = self.order_by(*columns).values("pk")[:count]
        return self.filter(pk__in=keys).order_by(*columns)

    def lit(self, *wanted: str) -> Self:
        """Of these lights, of rows read `with_light`.

        What is at rest is grey: for all other lights the index of statuses passes it over.
        """
        found = self.filter(light__in=wanted)
        return found if Light.GREY in wanted else found.filter(status__in=RUNNING_STATUSES)

    def entered_since(self, then: Then) -> Self:
        """On the lists, and not on them at that moment: new ones, and those taken in again."""
        return self._written_since(then).exclude(Exists(self._of_then(then, delisted_on=None)))

    def changed_since(self, then: Then) -> Self:
        """Recorded anew since that moment, whatever changed; new ones are no changed ones."""
        return self._written_since(then).filter(Exists(self._of_then(then)))

    def moved_since(self, then: Then) -> Self:
        """With another status than at that moment; new ones have not moved."""
        others = self._of_then(then).exclude(status=OuterRef("status"))
        return self._written_since(then).filter(Exists(others))

    def turned_since(self, then: Then, light: str, clock: Clock) -> Self:
        """Of rows read `with_light`: of that light now, and of another (or not there) by the
        clock of that moment."""
        same = self._of_then(then).with_light(clock).lit(light)
        return self.lit(light).exclude(Exists(same))

    def with_status_then(self, then: Then) -> Self:
        """Annotate `status_then`: the status at that moment."""
        return self.annotate(status_then=Subquery(self._of_then(then).values("status")[:1]))

    def _written_since(self, then: Then) -> Self:
        """What nobody has written since has neither come nor changed: the index passes it over."""
        return self.filter(updated_at__gte=then.moment)

    def _of_then(self, then: Then, **also: Any) -> EntryRows[Any]:
        return then.rows.filter(entry=OuterRef(self.entry_column), **also)

    def disagreeing(self) -> Self:
        """Of rows read `with_light`: those whose unit declares another light.

        Units declare no blue, which is about a day that comes near: it goes with green. Where
        the light is grey, there is nothing to disagree with.
        """
        apart = Q(declared_light=DeclaredLight.GREEN, light__in=(Light.RED, Light.YELLOW))
        for declared in (DeclaredLight.YELLOW, DeclaredLight.RED):
            others = [light for light in Light if light not in (declared, Light.GREY)]
            apart |= Q(declared_light=declared, light__in=others)
        return self.filter(apart)

    def with_light(self, clock: Clock) -> Self:
        """Annotate `light` and `is_silent` as `lights.read` reads them by that clock."""
        at_rest = Q(status__in=AT_REST_STATUSES) | Q(awaits_update=True)
        lit = _conditions(clock)
        return self.annotate(
            is_silent=Case(
                When(self._silent(clock), then=True),
                default=False,
                output_field=models.BooleanField(),
            ),
            light=Case(
                When(at_rest, then=Value(Light.GREY)),
                *(
                    When(reduce(or_, given), then=Value(light))
                    for light in Light
                    if (given := [*lit.get(light, ()), *self._speaking(clock, light)])
                ),
                When(_is_known(clock), then=Value(Light.GREEN)),
                default=Value(Light.GREY),
                output_field=models.CharField(),
            ),
        )

    def _silent(self, clock: Clock) -> Q:
        """Those whose last due report is missing."""
        if clock.silent is None:
            return Q(pk__in=[])
        return Q(**{f"{self.entry_column}__in": clock.silent})

    def _speaking(self, clock: Clock, light: Light) -> list[Q]:
        is_asked = clock.rule.silent == light and clock.silent is not None
        return [self._silent(clock)] if is_asked else []

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

    def contacted_by(self, leaders: Iterable[str]) -> Self:
        """With any of these as 联系市领导."""
        return self.filter(contact_leader__in=list(leaders))

    def of_unit(self, units: Iterable[Any]) -> Self:
        """Led by, or with the help of, any of these units."""
        keys = list(units)
        return self.filter(Q(lead__in=keys) | _any_key("partner_keys", keys))

    def search(self, query: str, units_named: Callable[[str], Iterable[Any]] | None = None) -> Self:
        """Every word of the query in name, alias, code, unit, person, pinyin or initials.

        `units_named(word)` gives the units that a folded word finds; today's if not given.
        """
        return self.filter(said(query, units_named))

    def by_nearness(self, query: str) -> Self:
        """The nearest first: the query is the name, begins it, begins a word or sound, or neither.

        Asked of the folded text, which lies alike in both databases.
        """
        return self.annotate(nearness=_nearness(query)).order_by("nearness", "code")

    def first_of_each_ledger(self, query: str, count: int, *, thorough: bool) -> list[Any]:
        """Keys of so many rows of each ledger, the nearest first.

        They are taken from the nearest of all, one walk over the rows; a ledger that is short
        among them, though there are more, is asked once more where one is `thorough`.
        """
        nearest = self.by_nearness(query)
        read = list(nearest.values_list("pk", "ledger")[:NEAREST_READ])
        found = []
        for ledger in Ledger:
            keys = [key for key, of in read if of == ledger][:count]
            if thorough and len(keys) < count and len(read) == NEAREST_READ:
                keys = list(nearest.filter(ledger=ledger).values_list("pk", flat=True)[:count])
            found += keys
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


def said(query: str, units_named: Callable[[str], Iterable[Any]] | None = None) -> Q:
    """Rows that say every word of the query."""
    found = Q()
    for word in query.split()[:SEARCH_TERMS]:
        folded = text.searchable(word)
        keys = list((units_named or _units_named_today)(folded))
        found &= (
            Q(search_text__contains=folded)
            | Q(lead__in=keys)
            | (_any_key("partner_keys", keys) if keys else Q(pk__in=[]))
        )
    return found


def _nearness(query: str) -> Case:
    """`search_text` begins with the code, then the name: where the query stands in it."""
    folded = text.searchable(query)
    of_name = Length("code") + 1
    whole = StrIndex(Concat("search_text", Value(" ")), Value(f" {folded} "))
    word = StrIndex(F("search_text"), Value(f" {folded}"))
    return Case(
        When(Exact(whole, of_name), then=Value(0)),
        When(Exact(word, of_name), then=Value(1)),
        When(GreaterThan(word, 0), then=Value(2)),
        default=Value(3),
        output_field=models.IntegerField(),
    )


def _conditions(clock: Clock) -> dict[Light, list[Q]]:
    """What makes each light, but for missing reports."""
    rule, day = clock.rule, clock.day
    soon = day + dt.timedelta(days=rule.soon_days)
    made = [(rule.overdue, Q(due_on__lt=day)), (rule.soon, Q(due_on__range=(day, soon)))]
    if rule.reads_progress:
        lag = _lag(day)
        far, some = lag - rule.far_points * DAYS_PLANNED, lag - rule.lag_points * DAYS_PLANNED
        made += [
            (rule.far_behind, _PROGRESS_KNOWN & Q(GreaterThan(far, 0))),
            (rule.behind, _PROGRESS_KNOWN & Q(GreaterThanOrEqual(some, 0))),
        ]
    found: dict[Light, list[Q]] = {}
    for light, condition in made:
        if light:
            found.setdefault(light, []).append(condition)
    return found


def _is_known(clock: Clock) -> Q:
    """Enough is known to say that all is well."""
    return _PROGRESS_KNOWN if clock.rule.reads_progress else Q(due_on__isnull=False)


BEGINS = Coalesce("planned_start_on", "started_on")
DAYS_PLANNED = DayNumber("due_on") - DayNumber(BEGINS) + 1
_PROGRESS_KNOWN = Q(percent_complete__isnull=False) & Q(GreaterThanOrEqual(F("due_on"), BEGINS))


def _lag(day: dt.date) -> Any:
    """Per cent of the time gone less per cent done, times `DAYS_PLANNED`: whole numbers.

    Before the begin it is negative, like `lights.time_gone` less anything: no threshold is.
    """
    gone = Least(Value(DayNumber.of(day)), DayNumber("due_on")) - DayNumber(BEGINS) + 1
    return gone * 100 - F("percent_complete") * DAYS_PLANNED


def _any_key(column: str, keys: Iterable[Any]) -> Q:
    """Rows whose joined keys hold any of these; one pattern however many they are."""
    wanted = [str(key) for key in keys]
    if len(wanted) == 1:
        return Q(**{f"{column}__contains": f"|{wanted[0]}|"})
    return Q(**{f"{column}__regex": rf"\|({'|'.join(wanted)})\|"})


def _units_named_today(folded: str) -> Iterable[Any]:
    units = Organisation.objects.filter(search_text__contains=folded)
    return units.values_list("pk", flat=True)

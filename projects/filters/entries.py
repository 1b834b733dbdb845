"""The one filter of lists, boards and exports: strict, and able to say itself in words.

django-filter's `.qs` drops what did not validate and so widens the result. This one lists
nothing as long as anything is wrong: an unknown parameter, a value that does not exist,
or a second value where one is meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.http import QueryDict

from ..choices import (
    Commenced,
    DeclaredLight,
    Density,
    Ledger,
    Light,
    MilestoneMark,
    Phase,
    Provenance,
    Unfinished,
    YearMoney,
    status_choices,
)
from ..ledgercolumns import columns_of
from ..models import Book, LedgerEntry, Names
from ..models.ledger import LedgerEntryQuerySet
from ..models.yearmoney import entries_with
from ..periods import AsOf, today
from ..text import forbidden_character
from .deadlines import ByDeadline
from .facets import Faceted
from .fields import (
    ONE_VALUE,
    UNKNOWN,
    AsOfField,
    AsOfFilter,
    ColumnsFilter,
    CountFilter,
    DayFilter,
    SinceFilter,
    WordsFilter,
    many,
    one,
)
from .layouts import FREEZES, OF_LAYOUT, Layout, layout_of
from .orderings import ORDERINGS, SORTS, in_order
from .said import Problem
from .vocabulary import choices_of, task_forces_of

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_DAYS_LEFT = 3650
LATER = "须早于所查看的日期（{}）。"
TODAY_ALONE = "只能在现时台账中查询，请先回到今日。"


#: What is asked of an earlier moment.
SINCE = ("entered_since", "changed_since", "moved_since", "reddened_since")


class EntryFilter(ByDeadline, Faceted, django_filters.FilterSet):
    """Filter of any of the four ledgers, or of all together.

    `.qs` is the rows asked for, ordered; nothing when `.problems` is not empty. `day` is
    the day on which the lights are read, when no past day is asked for. What may be asked for
    are the names of the book, or those `offered` and of these `days`.
    """

    q = WordsFilter(label="查找", method="by_words", max_length=100)
    sector = many("领域", "by_sector")
    city = many("市县", "by_place")
    district = many("区县或功能区", "by_place")
    unit = many("单位", "by_unit")
    lead = many("牵头单位", "by_lead")
    task_force = many("专项组", "by_task_force")
    leader = many("联系市领导", "by_leader")
    status = many("状态", "by_status")
    phase = many("阶段", "by_phase", Phase.choices)
    light = many("亮灯", "by_light", Light.choices)
    declared = many("申报亮灯", "by_declared", DeclaredLight.choices)
    disagrees = one("申报与系统亮灯", "by_disagreement", [("yes", "不一致")])
    provenance = many("数据来源", "by_provenance", Provenance.choices)
    unfinished = many("三未", "by_unfinished", Unfinished.choices)
    begun = one("开工情况", "by_commenced", Commenced.choices)
    as_of = AsOfFilter(label="截至", method="by_nothing")
    due_after = DayFilter(label="完成时限自", field_name="due_on", lookup_expr="gte")
    due_before = DayFilter(label="完成时限至", field_name="due_on", lookup_expr="lte")
    overdue = one("逾期未完成", "by_overdue", [("yes", "是")])
    due_within = CountFilter(
        label="未完成且时限不超过（天）", method="by_due_within", most=MAX_DAYS_LEFT
    )
    milestone = one("里程碑", "by_nothing", MilestoneMark.choices)
    milestone_after = DayFilter(label="里程碑日期自", method="by_nothing")
    milestone_before = DayFilter(label="里程碑日期至", method="by_nothing")
    started_after = DayFilter(label="实际开始自", field_name="started_on", lookup_expr="gte")
    started_before = DayFilter(label="实际开始至", field_name="started_on", lookup_expr="lte")
    expires_within = CountFilter(
        label="有效期剩余不多于（天）", method="by_expiry", most=MAX_DAYS_LEFT
    )
    expires_after = DayFilter(label="有效期至（自）", field_name="expires_on", lookup_expr="gte")
    expires_before = DayFilter(label="有效期至（止）", field_name="expires_on", lookup_expr="lte")
    moves_min = CountFilter(
        label="时限调整不少于（次）", field_name="due_moves", lookup_expr="gte", most=999
    )
    slip_min = CountFilter(
        label="累计推迟不少于（天）", field_name="due_slip", lookup_expr="gte", most=99_999
    )
    entered_since = SinceFilter(label="新列入自", method="by_entered")
    changed_since = SinceFilter(label="有变更自", method="by_changed")
    moved_since = SinceFilter(label="状态变动自", method="by_moved")
    reddened_since = SinceFilter(label="转为红灯自", method="by_reddened")
    year_money = one("本年度投资计划", "by_year_money", YearMoney.choices)
    sort = one("排序", "by_nothing", SORTS, empty_label="按编号")
    columns = ColumnsFilter(label="显示的列", method="by_nothing")
    freeze = one("固定左侧列", "by_nothing", FREEZES, empty_label=None, hidden=True)
    density = one("行距", "by_nothing", Density.choices, empty_label=None, hidden=True)
    page = CountFilter(label="页码", method="by_nothing", most=999_999_999)
    page_size = CountFilter(label="每页行数", method="by_nothing", most=MAX_PAGE_SIZE)

    SINGLE = frozenset(
        {"q", "due_after", "due_before", "started_after", "started_before"}
        | {"sort", "page", "page_size", "as_of", "moves_min", "slip_min"}
        | {"overdue", "due_within", "milestone", "milestone_after", "milestone_before"}
        | {"begun", "expires_within", "expires_after", "expires_before", "disagrees"}
        | {*SINCE, "year_money", *OF_LAYOUT}
    )
    UNSAID = frozenset({"sort", "page", "page_size", *OF_LAYOUT})
    FACETS = ("light", "phase", "status", "sector", "city", "provenance")

    class Meta:
        model = LedgerEntry
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict,
        queryset: Any = None,
        *,
        ledger: Ledger | None = None,
        day: dt.date | None = None,
        book: Book | None = None,
        offered: Names | None = None,
        days: Sequence[Book] = (),
    ) -> None:
        self.given = without_empty(data)
        self.ledger = ledger
        self.book = book or Book(as_of_in(self.given), day or today())
        rows: Any = self.book.rows(ledger) if self.book.as_of or queryset is None else queryset
        super().__init__(data=self.given, queryset=rows.with_light(self.book.clock))
        for name, choices in choices_of(offered or self.book.names).items():
            self.filters[name].extra["choices"] = choices
        self.filters["status"].extra["choices"] = status_choices(ledger)
        self.filters["columns"].extra["known"] = [c.name for c in columns_of(ledger)]
        self.days = days or (self.book,)
        # Asked for when it is shown or given: exports and boards need no directory.
        self.filters["task_force"].extra["choices"] = lambda: self.task_forces
        self.filters["leader"].extra["choices"] = lambda: self.leaders

    # --- what is asked --------------------------------------------------------------

    @cached_property
    def task_forces(self) -> list[tuple[str, str]]:
        return task_forces_of(self.days, self.given.getlist("task_force"))

    @cached_property
    def leaders(self) -> list[tuple[str, str]]:
        """Those asked for that entries name; all of them stand on the boards of leaders."""
        asked = [name for name in self.given.getlist("leader") if not forbidden_character(name)]
        named = set().union(*(book.leaders_named(asked) for book in self.days)) if asked else set()
        return [(name, name) for name in sorted(named)]

    @cached_property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with the parameters; empty when all is well."""
        found = [Problem(name, UNKNOWN) for name in self.given if name not in self.filters]
        found += [
            Problem(str(self.filters[name].label), ONE_VALUE)
            for name in self.given
            if name in self.SINGLE and len(self.given.getlist(name)) > 1
        ]
        for name, messages in self.form.errors.items():
            label = str(self.filters[name].label) if name in self.filters else name
            found += [Problem(label, str(message)) for message in messages]
        return found + self._out_of_time()

    def _out_of_time(self) -> list[Problem]:
        """What the book of that day cannot answer."""
        as_of, given = self.book.as_of, self.form.cleaned_data
        found = [
            Problem(str(self.filters[name].label), LATER.format(as_of.words))
            for name in SINCE
            if as_of and given.get(name) and given[name] >= as_of.until
        ]
        if as_of and given.get("year_money"):
            found.append(Problem(str(self.filters["year_money"].label), TODAY_ALONE))
        return found

    @cached_property
    def layout(self) -> Layout:
        """How the list is set out; as always, when anything is wrong."""
        asked = {} if self.problems else self.form.cleaned_data
        return layout_of(self.ledger, asked)

    @cached_property
    def rows(self) -> LedgerEntryQuerySet:  # type: ignore[override]
        """The rows asked for, in the order asked for."""
        if self.problems:
            return self.queryset.none()
        rows = self.with_milestones(self.filter_queryset(self.queryset))
        return rows.order_by(*self._ordering())

    @property
    def qs(self) -> LedgerEntryQuerySet:
        return self.rows

    def _ordering(self) -> list[Any]:
        asked = self.form.cleaned_data.get("sort") or "code"
        column = self._column(asked.removeprefix("-"))
        first = (
            column.desc(nulls_last=True) if asked.startswith("-") else column.asc(nulls_last=True)
        )
        return [first, "code"]

    def _column(self, name: str) -> Any:
        if name == "lead":
            return self.queryset.lead_title(self.book.as_of)
        if name == "sector":
            return in_order("sector", self.book.names.sectors)
        return ORDERINGS[name].expression

    @property
    def fields_shown(self) -> list[Any]:
        """The fields of the form, but those that nobody fills in and that hold nothing."""
        unseen = ("page", "leader", *OF_LAYOUT)
        return [field for field in self.form if field.name not in unseen or field.value()]

    def without(self, param: str) -> EntryFilter:
        """The same filter with one parameter left out."""
        query = self.given.copy()
        query.pop(param, None)
        return EntryFilter(
            query,
            self.queryset,
            ledger=self.ledger,
            book=self.book,
        )

    # --- what is found --------------------------------------------------------------

    def entries(self, start: int, stop: int) -> list[LedgerEntry]:
        """A stretch of the rows as entries, with all that a line shows."""
        return [self._lit(entry) for entry in self.book.entries(self.rows[start:stop], self.ledger)]

    def every(self) -> Iterator[LedgerEntry]:
        """All of the rows as entries, in chunks."""
        return map(self._lit, self.book.every(self.rows, self.ledger))

    def _lit(self, entry: LedgerEntry) -> LedgerEntry:
        """The entry with its light and the reason, as read by the clock of that day."""
        entry.lit = entry.reading(self.book.clock)
        return entry

    def by_words(self, rows: LedgerEntryQuerySet, name: str, value: str) -> LedgerEntryQuerySet:
        return rows.search(value, self.book.names.units_named)

    def by_sector(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        chosen = [s.pk for s in self.book.names.sectors.values() if s.slug in values]
        return rows.filter(sector__in=chosen) if values else rows

    def by_place(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.in_places(values) if values else rows

    def by_unit(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.of_unit([int(value) for value in values]) if values else rows

    def by_task_force(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.filter(task_force__in=values) if values else rows

    def by_leader(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.contacted_by(values) if values else rows

    def by_entered(self, rows: Any, name: str, since: dt.datetime) -> LedgerEntryQuerySet:
        return rows.entered_since(before(since).then)

    def by_changed(self, rows: Any, name: str, since: dt.datetime) -> LedgerEntryQuerySet:
        return rows.changed_since(before(since).then)

    def by_moved(self, rows: Any, name: str, since: dt.datetime) -> LedgerEntryQuerySet:
        return rows.moved_since(before(since).then)

    def by_reddened(self, rows: Any, name: str, since: dt.datetime) -> LedgerEntryQuerySet:
        earlier = before(since)
        return rows.turned_since(earlier.then, Light.RED, earlier.clock)

    def by_year_money(self, rows: Any, name: str, value: str) -> LedgerEntryQuerySet:
        """The year is that of the day."""
        for keys in entries_with(value, self.book.day.year):
            rows = rows.filter(pk__in=keys)
        return rows

    def by_status(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.filter(status__in=values) if values else rows

    def by_phase(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.in_phase(values) if values else rows

    def by_light(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.lit(*values) if values else rows

    def by_declared(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.filter(declared_light__in=values) if values else rows

    def by_disagreement(self, rows: Any, name: str, value: str) -> LedgerEntryQuerySet:
        return rows.disagreeing() if value else rows

    def by_provenance(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.filter(provenance__in=values) if values else rows

    def by_unfinished(self, rows: Any, name: str, values: list[str]) -> LedgerEntryQuerySet:
        return rows.unfinished(values) if values else rows

    def by_commenced(self, rows: Any, name: str, value: str) -> LedgerEntryQuerySet:
        return rows.commenced()

    def by_expiry(self, rows: Any, name: str, value: int) -> LedgerEntryQuerySet:
        """Counted from the day of the book."""
        return rows.expiring(self.book.day, value)

    def by_nothing(self, rows: Any, name: str, value: Any) -> Any:
        """Order and paging choose no rows."""
        return rows


def before(since: dt.datetime) -> Book:
    return Book(AsOf.before(since))


def without_empty(data: QueryDict) -> QueryDict:
    """Plain forms send empty fields; they count as not given."""
    given = QueryDict(mutable=True)
    for name, values in data.lists():
        if filled := [str(value) for value in values if str(value).strip()]:
            given.setlist(name, filled)
    return given


def asked_again(query: str) -> QueryDict:
    """The parameters of an export as they were sent, but the day, which its receipt keeps."""
    given = QueryDict(query, mutable=True)
    given.pop("as_of", None)
    return given


def as_of_in(given: QueryDict) -> AsOf | None:
    """The past day asked for; None when there is none, or none that could be read."""
    field = AsOfField(required=False)
    try:
        return field.clean(given.get("as_of", ""))
    except ValidationError:
        return None

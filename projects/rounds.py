"""A month is opened, closed and frozen, with the counts of its closing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from . import statistics
from .choices import OUTSTANDING, Ledger, ReportState, Source
from .models import (
    Act,
    Book,
    Organisation,
    Reminder,
    ReportingRule,
    Revision,
    Round,
    RoundRefused,
)
from .models.duereports import due_pairs, lay_out
from .models.reportrows import ReportQuerySet, late
from .periods import AsOf, Month
from .reporting import BY_NAME
from .rights import Right
from .statistics import ByKey, Cell, LedgerSummary, Row, Tally

#: The counts of a moment that are kept by ledger and light for each key.
BY_KEY = ("sectors", "places", "units", "task_forces", "leaders")
#: So many reports are accepted or signed off in one transaction.
TOGETHER = 40


@dataclass(frozen=True)
class Figures:
    """The counts of one moment: by ledger, status and light; by sector; by place; by unit (key),
    task force and leader (names). Months that were frozen earlier kept the first three."""

    entries: Counter[Cell]
    sectors: ByKey
    places: ByKey
    units: ByKey = field(default_factory=dict)
    task_forces: ByKey = field(default_factory=dict)
    leaders: ByKey = field(default_factory=dict)

    @classmethod
    def of(cls, book: Book) -> Figures:
        """Counted in that book. Six grouped queries, and those for the names."""
        return cls(
            statistics.cells(book.rows(), book.clock),
            statistics.by_sector(book),
            statistics.by_place(book),
            statistics.by_unit(book),
            statistics.by_name(book, "task_force"),
            statistics.by_name(book, "contact_leader"),
        )

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Figures:
        """As `kept` tells them."""
        return cls(
            Counter({(ledger, status, light): n for ledger, status, light, n in kept["entries"]}),
            *(_by_key(kept.get(name, [])) for name in BY_KEY),
        )

    def kept(self) -> dict[str, Any]:
        """As JSON: lists in order, so that equal counts are written alike."""
        return {
            "entries": sorted([*key, n] for key, n in self.entries.items()),
            **{name: _lines(getattr(self, name)) for name in BY_KEY},
        }


def _lines(counts: ByKey) -> list[list[Any]]:
    return sorted([key, *cell, n] for key, own in counts.items() for cell, n in own.items())


def _by_key(lines: list[list[Any]]) -> ByKey:
    counts: ByKey = {}
    for key, ledger, light, n in lines:
        counts.setdefault(key, Counter())[ledger, light] = n
    return counts


@dataclass(frozen=True)
class FrozenMonth:
    """What the page of a frozen month shows: its kept figures, linked to the rows of then."""

    ledgers: tuple[LedgerSummary, ...]
    sectors: tuple[Row, ...]
    places: tuple[Row, ...]
    note: str = statistics.OVERLAP_NOTE


def shown(found: Round) -> FrozenMonth:
    """The figures that the frozen round keeps."""
    book, figures = Book(found.close_of), Figures.read(found.figures)
    return FrozenMonth(
        statistics.summaries(figures.entries, book.scope),
        statistics.sector_rows(book, figures.sectors),
        statistics.place_rows(book, figures.places),
    )


def headline(found: Round) -> tuple[LedgerSummary, ...]:
    """The four ledgers alone."""
    assert found.close_of
    return statistics.summaries(Figures.read(found.figures).entries, found.close_of.query)


def open_month(
    month: Month,
    *,
    by: Any,
    note: str = "",
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> Round:
    """Open the round of a month, with a blank report for each entry that has to be reported on.

    Raises `PermissionDenied`, and `RoundRefused` with every reason at once.
    """
    _may(by)
    takes_reports = ReportingRule.of(month).takes_reports
    with transaction.atomic():
        due = due_pairs() if takes_reports else []
        opened = Round.open(month, Act(by=by, source=source, note=note, at=at), due)
        lay_out(opened, due, timezone.localdate(opened.opened_at))
    return opened


def refresh(
    found: Round, *, by: Any, source: Source = Source.WEB, at: dt.datetime | None = None
) -> tuple[int, int]:
    """Bring an open round up to date with the ledger: how many entries joined, how many moved.

    Entries that now have to be reported on join; a report that nobody has begun goes to the
    unit that leads its entry now. None is taken off: that is 免报, with its reason. Raises
    `PermissionDenied`, `RoundRefused`.
    """
    _may(by)
    if found.is_frozen:
        raise RoundRefused(f"{found}已经冻结，应报清单不再变动。")
    if not ReportingRule.of(found.period).takes_reports:
        raise RoundRefused(f"{found.period.label}不在本系统报送，没有应报清单。")
    act = Act(by=by, source=source, note="按台账更新应报清单。", at=at)
    with transaction.atomic(), found.recording(act):
        known = set(found.reports.values_list("entry", flat=True))
        joining = [pair for pair in due_pairs() if pair[0] not in known]
        lay_out(found, joining, timezone.localdate(at))
        unbegun = found.reports.filter(state=ReportState.DUE).exclude(entry__lead=None)
        # All are locked before the first is written: whoever types in one waits for the trail.
        list(found.reports.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        moved = list(unbegun.exclude(unit=F("entry__lead")).select_related("entry", "round"))
        for report in moved:
            report.unit_id = report.entry.lead_id
            report.save(act=act)
        found.expect(list(found.reports.values_list("entry", "unit")))
    return len(joining), len(moved)


def close_month(
    found: Round,
    *,
    by: Any,
    version: int,
    note: str = "",
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> None:
    """Close the round of a month and freeze its figures.

    A mark is set first, and the figures are read as at that moment: nobody waits while they
    are counted, and what is recorded meanwhile belongs to a later month. Raises
    `PermissionDenied`, `RoundRefused` with every reason, and `Stale` when the round is no
    longer at that version.
    """
    _may(by)
    found.refuse_closing(timezone.localdate(at))
    mark = Revision.mark(at)
    book = Book(AsOf(timezone.localdate(mark.moment), mark.moment, found.period))
    act = Act(by=by, source=source, note=note, at=at)
    found.freeze(mark, Figures.of(book).kept(), act, version=version)


def _may(by: Any) -> None:
    if not by.may(Right.ROUNDS):
        raise PermissionDenied("您的岗位不能开启或冻结月报，请联系同城化局。")


def frozen_problem(found: Round) -> str:
    """Do the kept figures still agree with the ledger read as at the closing? Empty if so."""
    counted = Figures.of(Book(found.close_of)).kept()
    now = {name: counted[name] for name in found.figures if name in counted}
    if now == found.figures:
        return ""
    kept = {tuple(line[:-1]): line[-1] for line in found.figures["entries"]}
    read = {tuple(line[:-1]): line[-1] for line in now["entries"]}
    differing = sorted(k for k in {*kept, *read} if kept.get(k) != read.get(k))
    if differing:
        ledger = Ledger(differing[0][0]).label
        return f"{found}冻结的数字与截至冻结时的台账不符（{ledger}），已被改动。"
    return f"{found}冻结的分类数字与截至冻结时的台账不符，已被改动。"


# --- how the units stand ------------------------------------------------------------------


@dataclass(frozen=True)
class UnitStanding:
    """One unit in one round; without `unit` all of them together."""

    unit: Organisation | None
    due: Tally
    states: tuple[Tally, ...]
    late: Tally
    doubts: Tally
    outstanding: int
    unaccepted: int
    reminded: Reminder | None = None


@dataclass(frozen=True)
class Standing:
    """The units of a round, those with most outstanding first, and the sum of them."""

    units: tuple[UnitStanding, ...]
    whole: UnitStanding

    @property
    def to_remind(self) -> dict[int, int]:
        """The units with something outstanding, and how much."""
        return {
            line.unit.pk: line.outstanding for line in self.units if line.unit and line.outstanding
        }


def standing(found: Round, day: dt.date, unit: Organisation | None = None) -> Standing:
    """How the reports of a round (or of one unit in it) stand on that day. Three queries."""
    counts = {state: Count("pk", filter=Q(state=state)) for state in ReportState.values}
    reports = found.reports.filter(unit=unit) if unit else found.reports
    grouped = (
        reports.order_by()
        .values("unit")
        .annotate(
            late=Count("pk", filter=late(found, day)),
            doubts=Count("pk", filter=Q(has_doubts=True) & ~Q(state=ReportState.WAIVED)),
            **counts,
        )
    )
    rows = {row.pop("unit"): row for row in grouped}
    units = Organisation.objects.in_bulk(list(rows))
    reminders: dict[int, Reminder] = {}
    for reminder in found.reminders.all():
        reminders.setdefault(reminder.unit_id, reminder)
    lines = [_line_of(found, rows[pk], units[pk], reminders.get(pk)) for pk in rows]
    whole: Counter[str] = Counter()
    for row in rows.values():
        whole.update(row)
    return Standing(
        tuple(sorted(lines, key=lambda line: (-line.outstanding, str(line.unit)))),
        _line_of(found, whole, unit, None),
    )


def _line_of(
    found: Round, row: Any, unit: Organisation | None, reminded: Reminder | None
) -> UnitStanding:
    scope = {"unit": str(unit.pk)} if unit else {}

    def counted(label: str, count: int, **asked: str) -> Tally:
        path = reverse("reports", args=[found.period])
        query = urlencode({**scope, **asked})
        return Tally(label, count, f"{path}?{query}" if query else path)

    return UnitStanding(
        unit=unit,
        due=counted("列入", sum(row[state] for state in ReportState.values)),
        states=tuple(
            counted(state.label, row[state.value], state=state.value) for state in ReportState
        ),
        late=counted("逾期", row["late"], late="1"),
        doubts=counted("有提示", row["doubts"], doubts="1"),
        outstanding=sum(row[state] for state in OUTSTANDING),
        unaccepted=row[ReportState.APPROVED] + sum(row[state] for state in OUTSTANDING),
        reminded=reminded,
    )


def take_all(
    name: str,
    reports: ReportQuerySet,
    seen: dict[int, int],
    *,
    by: Any,
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> int:
    """Take that step on each of the reports which is still as it was seen (key → version).

    In steps of `TOGETHER`, so that nobody waits long for the trail; one batch in the trail. Those
    on which this person may not take it, which lack something or make one ask are left for
    another look. Returns how many were taken.
    """
    act = Act(by=by, source=source, batch=uuid.uuid4().hex, at=at)
    wanted = reports.filter(state__in=BY_NAME[name].origins, pk__in=seen)
    keys = sorted(wanted.values_list("pk", flat=True))
    return sum(
        _take_some(name, wanted.filter(pk__in=keys[first : first + TOGETHER]), seen, act)
        for first in range(0, len(keys), TOGETHER)
    )


def _take_some(name: str, reports: ReportQuerySet, seen: dict[int, int], act: Act) -> int:
    step, taken = BY_NAME[name], 0
    with transaction.atomic():
        for report in reports.locked().for_rows():
            is_same = report.version == seen[report.pk] and step in report.steps_for(act.by)
            if is_same and not report.gaps() and (name == "sign" or not report.doubts()):
                report.take(name, act, version=report.version)
                taken += 1
    return taken


def remind(
    found: Round,
    units: dict[int, int],
    *,
    by: Any,
    note: str = "",
    source: Source = Source.WEB,
    at: dt.datetime | None = None,
) -> int:
    """Remind these units (key → how many are outstanding); how many were.

    Raises `PermissionDenied`, and `RoundRefused` when the month is frozen.
    """
    _may(by)
    return len(Reminder.send(found, units, Act(by=by, source=source, note=note, at=at)))

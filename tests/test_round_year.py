"""A year of reports, month after month, as twenty units bring it in and the bureau closes it.

The plan below says which units are late, what is returned and what needs no report; the year is
played once along the doors (`WAYS` says by which each month comes in), and every test asks the
ledger at its end for something that the plan already knows.
"""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from projects import rounds
from projects.choices import Action, MoneyKind, ReportState, Role, Source
from projects.models import (
    Act,
    LedgerEntry,
    Organisation,
    Reminder,
    Report,
    ReportRefused,
    Revision,
    Round,
    RoundRefused,
    Upload,
    User,
)
from projects.models.reports import CONTENT
from projects.periods import Month, start_of, today
from projects.reporting import STEPS
from projects.sheets import returned, units
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

MONTHS = [Month(dt.date(2025, number, 1)) for number in range(1, 13)]
BEGINNING = start_of(dt.date(2024, 12, 2))
UNITS, EACH = 20, 2
#: A unit that brings in nothing all year, and one that types and never submits.
SILENT, TYPING = 18, 19
#: Entries by their number, months by their place in the year.
WAIVED, WAIVED_FROM, WAIVED_TO = 21, 3, 5
DONE, DONE_IN = 8, 5
CHANGED_IN = 7
#: In that month: an entry handed on before its report was begun, one after, and a new one.
HANDED_ON, HANDED_ON_BEGUN = 10, 11
OLD_LEAD, NEW_LEAD = 5, 6
MAKERS = [factories.item, factories.industrial]
STATUSES = ["launched", "building"]


# --- the plan: month and entry (or unit) by number ----------------------------------------------


def comes_late(month: int, unit: int) -> bool:
    """Signed off after the due day."""
    return (month + unit) % 7 == 0 and unit < SILENT


def is_waived(month: int, number: int) -> bool:
    return number == WAIVED and WAIVED_FROM <= month <= WAIVED_TO


def is_sent_back(month: int, number: int) -> bool:
    """By the unit's own head, and brought in again."""
    return (month + number) % 8 == 3


def is_returned(month: int, number: int) -> bool:
    """By the bureau, and brought in again."""
    return (month + number) % 5 == 0


def stays_returned(month: int, number: int) -> bool:
    return (month + number) % 13 == 7


def stays_signed(month: int, number: int) -> bool:
    """The bureau does not get to it before the month is closed."""
    return (month + number) % 11 == 5


def words(month: int, number: int, again: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {
        "progress": f"{MONTHS[month].label}：第{number}条走到第{month + 1}步{again}。",
        "percent": 8 * (month + 1),
        "next_step": f"转入第{month + 2}步。",
    }
    if number % EACH:  # a project, which has money
        said |= {"invested_month": Decimal(100), "invested_total": Decimal(100 * (month + 1))}
    return said


# --- bringing in ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """One thing that somebody does to one report: fills it in (`words`), or takes a step."""

    at: dt.datetime
    entry: int
    by: User
    step: str = ""
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def note(self) -> str:
        needs = {step.name for step in STEPS if step.needs_note}
        return "说明" if self.step in needs else ""


def by_doors(found: Round, turns: list[Turn]) -> None:
    reports = {report.entry_id: report for report in found.reports.for_rows()}
    for turn in turns:
        report = reports[turn.entry]
        act = Act(by=turn.by, source=Source.WEB, at=turn.at, note=turn.note)
        if turn.step:
            report.take(turn.step, act, version=report.version)
        else:
            report.fill(turn.words, act, version=report.version)


def by_web(found: Round, turns: list[Turn]) -> None:
    """Through the pages, with the clock put to the moment of each turn."""
    clients: dict[tuple[str, dt.date], Client] = {}
    for turn in turns:
        with clock(turn.at):
            report = found.reports.for_rows().get(entry=turn.entry)
            key = (turn.by.username, turn.at.date())
            if key not in clients:
                clients[key] = Client()
                clients[key].force_login(turn.by)
            path, given = _posted(report, turn)
            answer = clients[key].post(path, given)
        assert answer["Location"].startswith("/rounds/"), answer.content.decode()


def _posted(report: Report, turn: Turn) -> tuple[str, dict[str, Any]]:
    path, version = report.get_absolute_url(), str(report.version)
    if turn.step and turn.step != "submit":
        return f"{path}step/", {"step": turn.step, "version": version, "note": turn.note}
    said = turn.words or {name: getattr(report, name) for name in CONTENT}
    blank = dict.fromkeys(CONTENT, "")
    given = blank | {name: value for name, value in said.items() if value is not None}
    act = {"act": "submit", "is_checked": "on"} if turn.step else {"act": "save"}
    return path, {**given, **act, "version": version}


@contextmanager
def clock(moment: dt.datetime) -> Iterator[None]:
    """What takes no moment of its own happens then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: moment)
        yield


def by_sheet(found: Round, turns: list[Turn]) -> None:
    """What is filled in comes in the unit's workbook, with no row but that; the rest by doors."""
    for turn in turns:
        if turn.words:
            with clock(turn.at):
                _brought_back(found, turn)
        else:
            by_doors(found, [turn])


def _brought_back(found: Round, turn: Turn) -> None:
    report = found.reports.for_rows().get(entry=turn.entry)
    files = [(f"{report.unit}.xlsx", _filled_in(found, report, turn.words))]
    upload = Upload.keep(turn.by, files, round=found)
    made = returned.plan(found, returned.read_files(files), turn.by)
    assert made.problems == []
    assert len(made.rows) == 1
    returned.apply(upload, made.digest, by=turn.by)


def _filled_in(found: Round, report: Report, words: dict[str, Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(units.workbook(found, report.unit)))
    page = book[units.PAGE]
    at = {page.cell(units.HEAD, n).value: n for n in range(1, page.max_column + 1)}
    for row in range(page.max_row, units.HEAD + 1, -1):
        if page.cell(row, 1).value != units.key_of(report):
            page.delete_rows(row)
    for column in units.OPEN:
        value = units.as_cell(column.name, words.get(column.name))
        page.cell(units.HEAD + 2, at[column.heading]).value = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


#: By which way each month comes in; one more way is a function of the same form.
WAYS: Sequence[Callable[[Round, list[Turn]], None]] = [
    *[by_doors] * 7,
    *[by_sheet, by_web, by_doors, by_sheet, by_web],
]


# --- the year ------------------------------------------------------------------------------------


class Year:
    """Plays the year, and keeps beside the ledger what it did."""

    def __init__(self) -> None:
        first = Act(at=BEGINNING)
        self.bureau = factories.user("jia", Role.BUREAU, act=first)
        self.units = [factories.unit(f"{n:02}号单位", act=first) for n in range(UNITS)]
        self.clerks = [
            factories.user(f"clerk{n}", Role.REPORTER, unit=unit, act=first)
            for n, unit in enumerate(self.units)
        ]
        self.heads = [
            factories.user(f"head{n}", Role.APPROVER, unit=unit, act=first)
            for n, unit in enumerate(self.units)
        ]
        self.second = factories.user("yi", Role.BUREAU, act=first)
        #: The keys of the entries, in the order of their numbers, and of those still running.
        self.entries = [self._entry(number, first) for number in range(UNITS * EACH)]
        self.running = set(self.entries)
        self.due: list[set[int]] = []
        self.joined: list[set[int]] = []
        self.late: list[set[int]] = []
        self.reminded: list[set[int]] = []
        self.said: list[dict[int, str]] = []
        self.states: list[dict[int, ReportState]] = []
        self.copies: list[list[dict[str, Any]]] = []
        self.standings: list[rounds.Standing] = []
        for month in range(len(MONTHS)):
            self._play(month)

    def _entry(self, number: int, act: Act, lead: int | None = None) -> int:
        kind = number % EACH
        unit = self.units[number // EACH if lead is None else lead]
        money = [{"kind": "total", "basis": "estimate", "amount": 100_000}]
        made = MAKERS[kind](
            status=STATUSES[kind],
            lead=unit,
            name=f"第{number}条",
            progress="年初情况。",
            figures=money if kind else [],
            act=act,
        )
        return made.pk

    def _play(self, month: int) -> None:
        period = MONTHS[month]
        if month == DONE_IN:
            self._finish(self.entries[DONE], start_of(period.first.replace(day=15)))
        opened = start_of(period.last) + dt.timedelta(hours=9)
        found = rounds.open_month(period, by=self.bureau, at=opened)
        self.due.append(set(self.running))
        self.joined.append(set())
        self.late.append(set())
        self.said.append({})
        self.states.append({})
        if month == CHANGED_IN:
            self._change(found)
        turns = sorted(self._planned(found, month), key=lambda turn: turn.at)
        evening = start_of(found.due_on) + dt.timedelta(days=1, hours=10)
        WAYS[month](found, [turn for turn in turns if turn.at < evening])
        self._remind(found, evening)
        WAYS[month](found, [turn for turn in turns if turn.at >= evening])
        self.said[month] |= {turn.entry: turn.words["progress"] for turn in turns if turn.words}
        closing = start_of(found.due_on) + dt.timedelta(days=6, hours=17)
        rounds.close_month(found, by=self.bureau, version=found.version, at=closing)
        self.copies.append(rows_of(found))
        self.standings.append(rounds.standing(found, timezone.localdate(closing)))

    def _finish(self, key: int, at: dt.datetime) -> None:
        """Done, so that from this month on nothing is due."""
        people = {"advancing": self.bureau, "closing": self.bureau, "closed": self.second}
        for target, by in people.items():
            entry = LedgerEntry.objects.get(pk=key).specific
            entry.move_to(target, by=by, at=at, on=timezone.localdate(at), note="任务完成")
        self.running.remove(key)

    def _change(self, found: Round) -> None:
        """After the opening: two entries are handed on, one has its report begun; one is new."""
        at = start_of(found.period.following.first) + dt.timedelta(hours=8)
        begun = Turn(at, self.entries[HANDED_ON_BEGUN], self.clerks[OLD_LEAD], words={"percent": 1})
        by_doors(found, [begun])
        for number in (HANDED_ON, HANDED_ON_BEGUN):
            entry = LedgerEntry.objects.get(pk=self.entries[number]).specific
            assert entry.lead == self.units[OLD_LEAD]
            entry.lead = self.units[NEW_LEAD]
            entry.save(act=Act(by=self.bureau, at=at))
        self.entries.append(self._entry(UNITS * EACH, Act(by=self.bureau, at=at), lead=NEW_LEAD))
        self.running.add(self.entries[-1])
        self.joined[-1].add(self.entries[-1])
        with clock(at):
            assert rounds.refresh(found, by=self.bureau) == (1, 1)

    def _remind(self, found: Round, at: dt.datetime) -> None:
        units = rounds.standing(found, timezone.localdate(at)).to_remind
        rounds.remind(found, units, by=self.bureau, note="请尽快报送。", at=at)
        self.reminded.append(set(units))

    def _planned(self, found: Round, month: int) -> Iterator[Turn]:
        """All that happens to the reports of a month, and what each comes to."""
        numbers = {key: number for number, key in enumerate(self.entries)}
        units = {unit.pk: number for number, unit in enumerate(self.units)}
        for report in found.reports.order_by("pk"):
            number, unit = numbers[report.entry_id], units[report.unit_id]
            state, steps = self._course(month, number, unit)
            self.states[month][report.entry_id] = state
            if self._is_late(state, month, unit):
                self.late[month].add(report.pk)
            yield from self._turns(found, report.entry_id, unit, steps, (month, number))

    def _is_late(self, state: ReportState, month: int, unit: int) -> bool:
        return state != ReportState.WAIVED and (comes_late(month, unit) or unit in (SILENT, TYPING))

    def _course(self, month: int, number: int, unit: int) -> tuple[ReportState, list[str]]:
        """The state that the month's report ends in, and the steps to it."""
        if is_waived(month, number):
            return ReportState.WAIVED, ["waive"]
        if unit == SILENT:
            return ReportState.DUE, []
        if unit == TYPING:
            return ReportState.DRAFT, ["fill"]
        signed = ["fill", "submit", "sign"]
        if is_sent_back(month, number):
            signed = ["fill", "submit", "send-back", *signed]
        if stays_returned(month, number):
            return ReportState.RETURNED, [*signed, "return"]
        if is_returned(month, number):
            signed = [*signed, "return", "fill", "submit", "sign"]
        if stays_signed(month, number):
            return ReportState.APPROVED, signed
        return ReportState.ACCEPTED, [*signed, "accept"]

    def _turns(
        self, found: Round, entry: int, unit: int, steps: list[str], about: tuple[int, int]
    ) -> Iterator[Turn]:
        """On the third of the following month, in half hours; late ones after the due day."""
        month, number = about
        at = start_of(found.period.following.first) + dt.timedelta(days=2, hours=9)
        if comes_late(month, unit):
            at = start_of(found.due_on) + dt.timedelta(days=2, hours=9)
        of_bureau = {"waive", "return", "accept"}
        of_head = {"sign", "send-back"}
        for turn, step in enumerate(steps):
            moment = at + dt.timedelta(minutes=30 * turn, seconds=number)
            by = self.bureau if step in of_bureau else self.clerks[unit]
            by = self.heads[unit] if step in of_head else by
            if step == "fill":
                again = "（已按意见补充）" if turn else ""
                yield Turn(moment, entry, by, words=words(month, number, again))
            else:
                yield Turn(moment, entry, by, step=step)

    def found(self, month: int) -> Round:
        return Round.objects.get(month=MONTHS[month].first)


def rows_of(found: Round) -> list[dict[str, Any]]:
    """Every column of every report of a month."""
    return list(found.reports.order_by("pk").values())


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any) -> Iterator[Year]:
    with factories.kept_for_module(django_db_blocker):
        yield Year()


# --- what the ledger says of it ------------------------------------------------------------------


def test_the_plan_has_something_of_everything(year: Year) -> None:
    """Or the tests below would show nothing."""
    assert len(WAYS) == len(MONTHS)
    assert MONTHS[-1].last < today()
    states = Counter(state for month in year.states for state in month.values())
    assert states.keys() == set(ReportState) - {ReportState.SUBMITTED}
    assert min(states.values()) >= WAIVED_TO - WAIVED_FROM + 1
    assert all(0 < len(late) < len(due) for late, due in zip(year.late, year.due, strict=True))
    actions = Revision.objects.filter(record_model="report").values_list("action", flat=True)
    assert {Action.RETURN, Action.SIGN, Action.WAIVE, Action.ACCEPT} < set(actions)


def test_the_trail_of_the_year_is_whole(year: Year) -> None:
    verdict = verify()
    assert verdict.is_intact, verdict.problem
    assert Revision.objects.filter(recorded_at__gt=start_of(dt.date(2026, 2, 1))).count() == 0


def test_there_is_one_report_for_each_entry_that_was_due_or_joined(year: Year) -> None:
    for month, (due, joined) in enumerate(zip(year.due, year.joined, strict=True)):
        found = year.found(month)
        assert {report.entry_id for report in found.reports.all()} == due | joined
        assert found.reports_due == len(due | joined)
    every = sum(map(len, year.due)) + sum(map(len, year.joined))
    assert Report.objects.count() == every
    pairs = Report.objects.order_by().values("round", "entry").annotate(n=Count("pk"))
    assert {pair["n"] for pair in pairs} == {1}


def test_what_is_done_is_due_no_more_and_what_joined_stays(year: Year) -> None:
    def months_of(key: int) -> list[Month]:
        reports = Report.objects.filter(entry=key).select_related("round").order_by("round__month")
        return [report.round.period for report in reports]

    assert months_of(year.entries[DONE]) == MONTHS[:DONE_IN]
    assert months_of(year.entries[-1]) == MONTHS[CHANGED_IN:]
    assert months_of(year.entries[0]) == MONTHS


@pytest.mark.parametrize(
    ("number", "handed_on"), [(HANDED_ON, CHANGED_IN), (HANDED_ON_BEGUN, CHANGED_IN + 1)]
)
def test_a_unit_reports_on_what_it_leads_and_on_what_it_has_begun(
    year: Year, number: int, handed_on: int
) -> None:
    reports = Report.objects.filter(entry=year.entries[number]).order_by("round__month")
    old, new = year.units[OLD_LEAD], year.units[NEW_LEAD]
    assert [report.unit for report in reports] == [old] * handed_on + [new] * (12 - handed_on)


def test_every_report_stands_where_the_year_left_it(year: Year) -> None:
    for month, states in enumerate(year.states):
        reports = year.found(month).reports.all()
        assert {report.entry_id: report.state for report in reports} == states, MONTHS[month]


def test_the_late_are_those_that_came_late_or_not_at_all(year: Year) -> None:
    for month, late in enumerate(year.late):
        found = year.found(month)
        for day in (timezone.localdate(found.closed_at), today()):
            assert {r.pk for r in Report.objects.late(found, day)} == late, MONTHS[month]
            assert {r.pk for r in found.reports.for_rows() if r.is_late(day)} == late


def test_late_units_are_named_by_the_standing_of_their_month(year: Year) -> None:
    for month, late in enumerate(year.late):
        found = year.found(month)
        lines = rounds.standing(found, today()).units
        of_late = Counter(Report.objects.filter(pk__in=late).values_list("unit", flat=True))
        assert {line.unit.pk: line.late.count for line in lines if line.late.count} == of_late


def test_who_had_something_outstanding_after_the_due_day_was_reminded(year: Year) -> None:
    for month, late in enumerate(year.late):
        found = year.found(month)
        reminded = set(Reminder.objects.filter(round=found).values_list("unit", flat=True))
        assert reminded == year.reminded[month]
        units = set(Report.objects.filter(pk__in=late).values_list("unit", flat=True))
        back = {key for key, state in year.states[month].items() if state == ReportState.RETURNED}
        unanswered = set(found.reports.filter(entry__in=back).values_list("unit", flat=True))
        assert reminded == units | unanswered


def test_a_report_that_was_returned_keeps_the_day_of_its_first_sign_off(year: Year) -> None:
    report = next(
        report
        for report in year.found(0).reports.for_rows().order_by("pk")
        if list(Revision.objects.of(report).values_list("action", flat=True)).count(Action.SIGN) > 1
    )
    told = list(Revision.objects.of(report).order_by("sequence"))
    assert [row.action for row in told][-7:] == [
        *(Action.SUBMIT, Action.SIGN, Action.RETURN),
        *(Action.CHANGE, Action.SUBMIT, Action.SIGN, Action.ACCEPT),
    ]
    signed = [row.recorded_at for row in told if row.action == Action.SIGN]
    assert report.first_signed_on == timezone.localdate(signed[0])
    assert report.signed_at == signed[1]
    assert report.progress.endswith("（已按意见补充）。")


# --- frozen --------------------------------------------------------------------------------------


def test_each_closed_month_still_has_its_own_figures(year: Year) -> None:
    every = [year.found(month) for month in range(len(MONTHS))]
    assert [rounds.frozen_problem(found) for found in every] == [""] * len(MONTHS)
    numbers = [sum(line[-1] for line in found.figures["entries"]) for found in every]
    assert numbers == [UNITS * EACH] * CHANGED_IN + [UNITS * EACH + 1] * (12 - CHANGED_IN)
    ended = [found.figures["entries"] for found in every]
    assert ended[DONE_IN - 1] != ended[DONE_IN]


def test_each_closed_month_still_has_its_own_reports(year: Year) -> None:
    for month, copy in enumerate(year.copies):
        found = year.found(month)
        assert rows_of(found) == copy, MONTHS[month]
        told = {report.entry_id: report.progress for report in found.reports.all()}
        assert {key: text for key, text in told.items() if text} == year.said[month]
        standing = rounds.standing(found, today())
        assert standing == year.standings[month], MONTHS[month]


@pytest.mark.parametrize("month", [0, 4, 10])
def test_the_pages_of_a_closed_month_say_what_was_said_then(
    year: Year, month: int, client: Client
) -> None:
    key = year.entries[0]
    told = [said[key] for said in year.said]
    client.force_login(factories.user("reader", Role.LEADER))
    report = Report.objects.for_rows().get(round=year.found(month), entry=key)
    html = unescape(client.get(report.get_absolute_url()).content.decode())
    assert told[month] in html
    assert not [text for text in told[month + 1 :] if text in html]
    entry = report.entry
    html = unescape(
        client.get(entry.get_absolute_url(), {"as_of": str(MONTHS[month])}).content.decode()
    )
    accepted = [m for m in range(month + 1) if year.states[m][key] == ReportState.ACCEPTED]
    assert told[accepted[-1]] in html
    assert not [text for text in told[month + 1 :] if text in html]


def test_the_entry_ends_with_the_last_words_that_were_accepted(year: Year) -> None:
    for number, key in enumerate(year.entries):
        entry = LedgerEntry.objects.get(pk=key)
        accepted = [
            month
            for month, states in enumerate(year.states)
            if states.get(key) == ReportState.ACCEPTED
        ]
        last = year.said[accepted[-1]][key] if accepted else "年初情况。"
        assert entry.progress == last, number
        done = entry.figures.filter(kind=MoneyKind.DONE).values_list("amount", flat=True)
        expected = [100 * (accepted[-1] + 1)] if accepted and number % EACH else []
        assert list(done) == expected, number


@pytest.mark.parametrize("month", range(12))
def test_a_closed_month_refuses_every_change(year: Year, month: int) -> None:
    found = year.found(month)
    before = rows_of(found)
    by = {"submit": 0, "recall": 0, "sign": 1, "send-back": 1}
    for state in set(year.states[month].values()):
        report = found.reports.filter(state=state).for_rows().first()
        unit = year.units.index(report.unit)
        people: list[User] = [year.clerks[unit], year.heads[unit], year.second]
        with pytest.raises(ReportRefused):
            report.fill({"progress": "冻结之后"}, Act(by=people[0]), version=report.version)
        for step in STEPS:
            fresh = Report.objects.for_rows().get(pk=report.pk)
            assert fresh.steps_for(people[by.get(step.name, 2)]) == []
            act = Act(by=people[by.get(step.name, 2)], note="说明")
            with pytest.raises(ReportRefused):
                fresh.take(step.name, act, version=fresh.version)
    with pytest.raises(RoundRefused, match="已经冻结"):
        rounds.refresh(found, by=year.bureau)
    with pytest.raises(RoundRefused, match="已经冻结"):
        rounds.remind(found, {year.units[0].pk: 1}, by=year.bureau)
    with pytest.raises(RoundRefused, match="已经冻结"):
        rounds.close_month(found, by=year.bureau, version=found.version)
    for write in ({"progress": "改"}, {"state": "accepted"}, {"version": 99}):
        with pytest.raises(DatabaseError), transaction.atomic():
            factories.bare(Report).filter(round=found).update(**write)
    assert rows_of(Round.objects.get(pk=found.pk)) == before


def test_no_month_of_the_year_is_opened_again(year: Year) -> None:
    for period in (MONTHS[0], MONTHS[-1]):
        with pytest.raises(ValidationError, match="已经开启"):
            rounds.open_month(period, by=year.bureau)
    assert Organisation.objects.count() == UNITS

"""Several people at one report, or at a month: one wins, the others are told, none waits for ever.

As in `test_races`, some races are also run with their protection off, to show that they would be
lost without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from time import sleep
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from projects import rounds
from projects.choices import Action, ReportState, Role, Source
from projects.models import (
    Act,
    CooperationItem,
    EntryVersion,
    LedgerEntry,
    Organisation,
    Report,
    ReportRefused,
    Revision,
    Round,
    Stale,
    User,
)
from projects.models.recorded import Recorded
from projects.models.reportrows import ReportQuerySet
from projects.periods import Month, today
from projects.verification import verify
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

PERIOD = Month.of(today()).before
TYPED = {"progress": "主体完工", "percent": 60, "next_step": "装修"}
BLANK = {"invested_month": "", "invested_total": "", "problems": ""}
BLANK |= {"coordination": "", "coordination_level": ""}
#: How often a race is run whose outcome hangs on who comes first.
TIMES = 5


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run these at the same moment, each on a connection of its own; answers or exceptions."""
    start = Barrier(len(acts), timeout=30)

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return act()
        except (Stale, ReportRefused, DatabaseError) as told:
            return told
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as racers:
        return list(racers.map(run, acts))


def kinds(answers: list[Any]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def web(user: User) -> Client:
    """Somebody at a browser of their own; an error of the server is an answer of 500."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def taken(name: str, by: User, report: Report) -> Callable[[], None]:
    """That step on the report as it stands now, to be taken later."""
    seen = Report.objects.for_rows().get(pk=report.pk)
    act = Act(by=by, source=Source.WEB, note="说明")
    return lambda: seen.take(name, act, version=seen.version)


def filled(by: User, report: Report, progress: str) -> Callable[[], bool]:
    seen = Report.objects.for_rows().get(pk=report.pk)
    act = Act(by=by, source=Source.WEB)
    return lambda: seen.fill({**TYPED, "progress": progress}, act, version=seen.version)


def reports() -> list[Report]:
    return list(Report.objects.for_rows().order_by("pk"))


def actions(report: Report) -> list[str]:
    """What the trail tells of it, the oldest first."""
    return [row.action for row in Revision.objects.of(report).order_by("sequence")]


@pytest.fixture
def entries() -> list[CooperationItem]:
    return [factories.item(status="launched") for _ in range(4)]


@pytest.fixture
def lead(entries: list[CooperationItem]) -> Organisation:
    return Organisation.objects.get()


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


@pytest.fixture
def clerks(lead: Organisation) -> list[User]:
    return [factories.user(f"clerk{n}", Role.REPORTER, unit=lead) for n in range(2)]


@pytest.fixture
def head(lead: Organisation) -> User:
    return factories.user("head", Role.APPROVER, unit=lead)


@pytest.fixture
def round_(entries: list[CooperationItem], bureau: User) -> Round:
    return rounds.open_month(PERIOD, by=bureau)


@pytest.fixture
def report(round_: Round) -> Report:
    return reports()[0]


@pytest.fixture
def submitted(report: Report, clerks: list[User]) -> Report:
    filled(clerks[0], report, "主体完工")()
    taken("submit", clerks[0], report)()
    return Report.objects.for_rows().get(pk=report.pk)


@pytest.fixture
def signed(round_: Round, clerks: list[User], head: User) -> list[Report]:
    """All of them, signed off."""
    for each in reports():
        filled(clerks[0], each, "主体完工")()
        taken("submit", clerks[0], each)()
        taken("sign", head, each)()
    return reports()


@pytest.fixture(autouse=True)
def trail_is_whole(transactional_db: None) -> Iterator[None]:
    """After every race, those without protection too: these break promises, not the chain."""
    yield
    assert Report.objects.exists()
    assert verify().problem == ""


# --- two who submit ------------------------------------------------------------------------------


def test_of_two_who_submit_one_report_exactly_one_does(report: Report, clerks: list[User]):
    filled(clerks[0], report, "主体完工")()
    answers = together([taken("submit", clerk, report) for clerk in clerks])
    assert kinds(answers) == {"NoneType": 1, "Stale": 1}
    assert actions(report) == [Action.CHANGE, Action.SUBMIT]
    stored = Report.objects.get(pk=report.pk)
    assert (stored.state, stored.version) == (ReportState.SUBMITTED, 2)


def test_of_two_who_submit_by_the_web_one_is_told(report: Report, clerks: list[User]):
    path = report.get_absolute_url()
    given = {**BLANK, **TYPED, "version": "0", "act": "submit"}
    acts = [
        partial(web(clerk).post, path, {**given, "progress": f"{clerk}写的"}) for clerk in clerks
    ]
    first, second = together(acts)
    assert sorted([first.status_code, second.status_code]) == [302, 409]
    assert actions(report).count(Action.SUBMIT) == 1
    assert Report.objects.filter(entry=report.entry_id).count() == 1


@pytest.fixture
def no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the doors would be without their protection: no version compared, no row locked."""

    def locked(self: Recorded, expect: int) -> Recorded:
        stored = type(self)._base_manager.get(pk=self.pk)
        self.version = stored.version
        return stored

    monkeypatch.setattr(Recorded, "locked", locked)


def test_without_the_comparison_both_who_submit_win(
    submitted: Report, clerks: list[User], no_comparison: None
):
    """One after the other, so that it does not hang on who comes first."""
    taken("recall", clerks[0], submitted)()
    first, second = (taken("submit", clerk, submitted) for clerk in clerks)
    assert [first(), second()] == [None, None]
    assert actions(submitted)[-2:] == [Action.SUBMIT, Action.SUBMIT]


# --- a sign-off against a change -----------------------------------------------------------------


def changed_meanwhile(report: Report, clerk: User) -> Callable[[], None]:
    """Recalled, changed and submitted again, step by step as the pages do it."""

    def change() -> None:
        for name in ("recall", "submit"):
            if name == "submit":
                filled(clerk, report, "换过的内容")()
            taken(name, clerk, report)()

    return change


@pytest.mark.parametrize("time", range(TIMES))
def test_what_the_head_did_not_see_is_never_signed(
    submitted: Report, clerks: list[User], head: User, time: int
):
    sign = taken("sign", head, submitted)
    answers = together([sign, changed_meanwhile(submitted, clerks[0])])
    assert kinds(answers)["NoneType"] == 1
    stored = Report.objects.get(pk=submitted.pk)
    told = (stored.state, stored.progress)
    assert told in [(ReportState.APPROVED, "主体完工"), (ReportState.SUBMITTED, "换过的内容")]
    assert (stored.signed_by == "head") == (stored.state == ReportState.APPROVED)


@pytest.mark.parametrize("time", range(TIMES))
def test_a_click_on_the_page_that_was_seen_signs_nothing_else(
    submitted: Report, clerks: list[User], head: User, time: int
):
    given = {"step": "sign", "version": str(submitted.version)}
    post = partial(web(head).post, f"{submitted.get_absolute_url()}step/", given)
    answer, other = together([post, changed_meanwhile(submitted, clerks[0])])
    stored = Report.objects.get(pk=submitted.pk)
    is_signed = stored.state == ReportState.APPROVED
    assert answer.status_code == (302 if is_signed else 409)
    assert (other is None) == (not is_signed)
    assert stored.progress == ("主体完工" if is_signed else "换过的内容")


def test_without_the_comparison_the_head_signs_what_was_not_seen(
    submitted: Report, clerks: list[User], head: User, no_comparison: None
):
    """The instance is read again, as a page is that does not send the version along."""
    changed_meanwhile(submitted, clerks[0])()
    fresh = Report.objects.for_rows().get(pk=submitted.pk)
    fresh.take("sign", Act(by=head), version=submitted.version)
    stored = Report.objects.get(pk=submitted.pk)
    assert (stored.state, stored.progress) == (ReportState.APPROVED, "换过的内容")


# --- accepting -----------------------------------------------------------------------------------


def test_of_two_clicks_that_accept_the_entry_is_changed_once(signed: list[Report], bureau: User):
    second = factories.bureau("bureau2")
    entry = LedgerEntry.objects.get(pk=signed[0].entry_id)
    answers = together([taken("accept", by, signed[0]) for by in (bureau, second)])
    assert kinds(answers) == {"NoneType": 1, "Stale": 1}
    now = LedgerEntry.objects.get(pk=entry.pk)
    assert (now.version, now.progress) == (entry.version + 1, "主体完工")
    assert actions(signed[0]).count(Action.ACCEPT) == 1
    assert EntryVersion.objects.filter(entry=entry.pk).count() == entry.version + 1


def seen(found: list[Report]) -> dict[str, str]:
    return {"seen": ",".join(f"{report.pk}:{report.version}" for report in found)}


def test_of_two_clicks_on_accept_all_each_entry_is_changed_once(signed: list[Report], bureau: User):
    path = f"/rounds/{PERIOD}/accept/"
    people = [bureau, factories.bureau("bureau2")]
    answers = together([partial(web(by).post, path, seen(signed)) for by in people])
    assert [answer.status_code for answer in answers] == [302, 302]
    for report in reports():
        assert report.state == ReportState.ACCEPTED
        assert actions(report).count(Action.ACCEPT) == 1
        assert Revision.objects.of(report.entry).count() == 2


@pytest.mark.parametrize("time", range(TIMES))
def test_accept_all_and_the_edit_of_an_entry_do_not_wait_for_each_other(
    signed: list[Report], bureau: User, time: int
):
    """The entries are edited from the last to the first, against the order of accept-all."""
    click = partial(web(bureau).post, f"/rounds/{PERIOD}/accept/", seen(signed))
    edits = [renaming(LedgerEntry.objects.get(pk=r.entry_id).specific) for r in signed[:1:-1]]
    answer, *others = together([click, *edits])
    assert answer.status_code == 302
    assert set(kinds(others)) <= {"str", "Stale"}
    assert {report.state for report in reports()} == {ReportState.ACCEPTED}
    for report, other in zip(signed[:1:-1], others, strict=True):
        entry = LedgerEntry.objects.get(pk=report.entry_id)
        assert entry.progress == "主体完工"
        assert (entry.name == "改过的名称") == isinstance(other, str)


def renaming(entry: LedgerEntry) -> Callable[[], str]:
    def rename() -> str:
        entry.name = "改过的名称"
        entry.save()
        return entry.name

    return rename


@pytest.mark.parametrize("time", range(TIMES))
def test_accept_all_and_a_return_of_one_of_them(signed: list[Report], bureau: User, time: int):
    click = partial(web(bureau).post, f"/rounds/{PERIOD}/accept/", seen(signed))
    back = taken("return", factories.bureau("bureau2"), signed[-1])
    answer, other = together([click, back])
    assert answer.status_code == 302
    last = reports()[-1]
    assert last.state == (ReportState.RETURNED if other is None else ReportState.ACCEPTED)
    entry = LedgerEntry.objects.get(pk=last.entry_id)
    assert entry.version == (1 if other is None else 2)


def test_without_the_comparison_both_clicks_accept(
    signed: list[Report], bureau: User, no_comparison: None
):
    second = factories.bureau("bureau2")
    clicks = [taken("accept", by, signed[0]) for by in (bureau, second)]
    assert [click() for click in clicks] == [None, None]
    assert actions(signed[0])[-2:] == [Action.ACCEPT, Action.ACCEPT]


def accept_all_beside_a_slow_edit(found: list[Report], bureau: User) -> list[Any]:
    """The last entry is locked and not yet written when accept-all begins."""
    last = LedgerEntry.objects.get(pk=found[-1].entry_id).specific
    is_edited = Event()

    def edit_slowly() -> str:
        with last.recording(Act()):
            is_edited.set()
            sleep(0.5)
            last.name = "改过的名称"
        return last.name

    def accept_all() -> int:
        is_edited.wait(timeout=30)
        seen_so = {report.pk: report.version for report in found}
        ready = Round.objects.get().reports.acceptable()
        return rounds.take_all("accept", ready, seen_so, by=bureau)

    return together([edit_slowly, accept_all])


def test_accept_all_waits_for_an_edit_and_then_accepts_all(signed: list[Report], bureau: User):
    assert accept_all_beside_a_slow_edit(signed, bureau) == ["改过的名称", len(signed)]
    last = LedgerEntry.objects.get(pk=signed[-1].entry_id)
    assert (last.name, last.progress, last.version) == ("改过的名称", "主体完工", 3)


if connection.vendor == "postgresql":  # SQLite has one writer at a time

    def test_without_its_locks_accept_all_and_an_edit_wait_for_each_other(
        signed: list[Report], bureau: User, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(ReportQuerySet, "locked", ReportQuerySet.all)
        answers = accept_all_beside_a_slow_edit(signed, bureau)
        assert kinds(answers)["OperationalError"] == 1


# --- the month ------------------------------------------------------------------------------------


@pytest.mark.parametrize("time", range(TIMES))
def test_a_report_against_the_closing_of_its_month_is_in_it_or_refused(
    submitted: Report, bureau: User, head: User, time: int
):
    """Never a page of an error, and never a change after the closing."""
    found = Round.objects.get()
    given = {"step": "sign", "version": str(submitted.version)}
    sign = partial(web(head).post, f"{submitted.get_absolute_url()}step/", given)
    closing = {"version": str(found.version), "is_checked": "on"}
    close = partial(web(bureau).post, f"/rounds/{PERIOD}/close/", closing)
    answer, closed = together([sign, close])
    assert closed.status_code == 302
    stored = Report.objects.for_rows().get(pk=submitted.pk)
    assert stored.round.is_frozen
    is_signed = stored.state == ReportState.APPROVED
    assert answer.status_code in ((302,) if is_signed else (400, 409))


@pytest.mark.parametrize("name", ["sign", "fill"])
def test_a_report_that_was_read_before_the_closing_is_refused_in_words(
    submitted: Report, bureau: User, head: User, clerks: list[User], name: str
):
    """What the database's guard would refuse without words, and the page answer with 500."""
    if name == "fill":
        taken("recall", clerks[0], submitted)()
    act = taken("sign", head, submitted) if name == "sign" else filled(clerks[0], submitted, "改")
    found = Round.objects.get()
    rounds.close_month(found, by=bureau, version=found.version)
    with pytest.raises(ReportRefused, match="已经冻结"):
        act()


@pytest.mark.parametrize("time", range(TIMES))
def test_accepting_and_closing_do_not_wait_for_each_other(
    signed: list[Report], bureau: User, time: int
):
    found = Round.objects.get()
    seen_so = {report.pk: report.version for report in signed}
    accept = partial(rounds.take_all, "accept", found.reports.all(), seen_so, by=bureau)
    second = factories.bureau("bureau2")
    close = partial(rounds.close_month, found, by=second, version=found.version)
    answer, closed = together([accept, close])
    assert closed is None
    states = {report.state for report in reports()}
    if isinstance(answer, int):
        # Those that come after the closing find nothing to accept any more.
        assert states == {ReportState.ACCEPTED if answer else ReportState.APPROVED}
    else:
        assert isinstance(answer, ReportRefused), answer
        assert states == {ReportState.APPROVED}
    assert rounds.frozen_problem(Round.objects.get()) == ""


def test_an_accepting_that_falls_into_the_counting_of_a_closing(
    signed: list[Report], bureau: User, monkeypatch: pytest.MonkeyPatch
):
    """Both are slowed down at their worst moments: counted and not closed, written and not done."""
    is_counting, is_written = Event(), Event()
    count, settle = rounds.Figures.of, Report.settle

    def counted_slowly(book: Any) -> rounds.Figures:
        figures = count(book)
        is_counting.set()
        is_written.wait(timeout=30)
        return figures

    def settled_slowly(self: Report, *args: Any) -> None:
        is_written.set()
        sleep(0.5)
        settle(self, *args)

    found, accept = Round.objects.get(), taken("accept", bureau, signed[0])
    monkeypatch.setattr(rounds.Figures, "of", counted_slowly)
    monkeypatch.setattr(Report, "settle", settled_slowly)

    def accept_then() -> None:
        is_counting.wait(timeout=30)
        accept()

    second = factories.bureau("bureau2")
    close = partial(rounds.close_month, found, by=second, version=found.version)
    answers = together([accept_then, close])
    assert answers[1] is None, answers
    assert answers[0] is None or isinstance(answers[0], ReportRefused), answers
    monkeypatch.undo()
    assert rounds.frozen_problem(Round.objects.get()) == ""


@pytest.mark.parametrize("time", range(TIMES))
def test_of_two_who_open_a_month_one_does(entries: list[CooperationItem], bureau: User, time: int):
    people = [bureau, factories.bureau("bureau2")]
    answers = together([partial(web(by).post, f"/rounds/{PERIOD}/open/") for by in people])
    assert sorted(answer.status_code for answer in answers) == [302, 400]
    assert Report.objects.count() == len(entries)


@pytest.mark.parametrize("time", range(TIMES))
def test_opening_a_month_and_the_edit_of_an_entry_do_not_wait_for_each_other(
    entries: list[CooperationItem], bureau: User, time: int
):
    open_ = partial(web(bureau).post, f"/rounds/{PERIOD}/open/")
    answer, *others = together([open_, *(renaming(entry) for entry in reversed(entries))])
    assert answer.status_code == 302
    assert kinds(others) == {"str": len(entries)}
    assert Report.objects.count() == len(entries)


def test_handing_reports_on_and_typing_into_one_of_them_do_not_wait_for_each_other(
    report: Report, entries: list[CooperationItem], bureau: User, clerks: list[User]
):
    """Bringing the list up to date changes all reports; the other is at the last of them."""
    other = factories.unit("资阳市水务局")
    for entry in entries:
        entry.lead = other
        entry.save()
    last = reports()[-1]
    is_typing = Event()

    def type_slowly() -> None:
        with last.recording(Act(by=clerks[0])):
            is_typing.set()
            sleep(0.5)
            last.progress = "正在打字"
            last.state = ReportState.DRAFT

    def refresh() -> tuple[int, int]:
        is_typing.wait(timeout=30)
        return rounds.refresh(Round.objects.get(), by=bureau)

    answers = together([type_slowly, refresh])
    assert answers == [None, (0, len(entries) - 1)]
    assert [each.unit == other for each in reports()] == [True] * 3 + [False]


@pytest.mark.parametrize("time", range(TIMES))
def test_reminding_and_closing_do_not_wait_for_each_other(report: Report, bureau: User, time: int):
    found = Round.objects.get()
    people = [web(bureau), web(factories.bureau("bureau2"))]
    closing = {"version": str(found.version), "is_checked": "on"}
    answers = together(
        [
            partial(people[0].post, f"/rounds/{PERIOD}/remind/", {"note": "请抓紧。"}),
            partial(people[1].post, f"/rounds/{PERIOD}/close/", closing),
        ]
    )
    assert [answer.status_code for answer in answers][1] == 302
    assert answers[0].status_code in (302, 400)

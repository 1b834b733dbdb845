"""Reports: laid out with the round, filled in, signed off, accepted; and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client

from projects import rounds
from projects.choices import OPEN_TO_TYPING, Action, MoneyKind, ReportState, Role, Source
from projects.models import (
    Act,
    CooperationItem,
    Draft,
    LedgerEntry,
    MoneyFigure,
    Report,
    ReportingRule,
    ReportRefused,
    Revision,
    Round,
    Stale,
    User,
)
from projects.models.reportrows import late
from projects.periods import Month, today
from projects.reporting import BY_NAME, STEPS, ReportStep
from projects.verification import verify
from projects.views import reports

from . import factories

pytestmark = pytest.mark.django_db

PERIOD = Month.of(today()).before
COUNT = re.compile(r'<a class="[^"]*" href="(/rounds/[^"]+)" data-count="([0-9]+)"')
TOTAL = re.compile(r'<main[^>]*data-total="([0-9]+)"')
TYPED = {"progress": "主体完工", "percent": 60, "next_step": "装修"}


@pytest.fixture
def entry() -> CooperationItem:
    return factories.item(status="launched", progress="基础完工", percent_complete=40)


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


@pytest.fixture
def reporter(entry: CooperationItem) -> User:
    return factories.user("clerk", Role.REPORTER, unit=entry.lead)


@pytest.fixture
def approver(entry: CooperationItem) -> User:
    return factories.user("head", Role.APPROVER, unit=entry.lead)


@pytest.fixture
def round_(entry: CooperationItem, bureau: User) -> Round:
    return rounds.open_month(PERIOD, by=bureau)


@pytest.fixture
def report(round_: Round) -> Report:
    return Report.objects.for_rows().get()


def fill(report: Report, by: User, **given: Any) -> Report:
    report.fill({**TYPED, **given}, Act(by=by, source=Source.WEB), version=report.version)
    return report


def take(name: str, report: Report, by: User, note: str = "") -> Report:
    report.take(name, Act(by=by, source=Source.WEB, note=note), version=report.version)
    return report


@pytest.fixture
def signed(report: Report, reporter: User, approver: User) -> Report:
    take("submit", fill(report, reporter), reporter)
    return take("sign", report, approver)


def html_of(response: Any) -> str:
    return unescape(response.content.decode())


# --- what is due ----------------------------------------------------------------------------


def test_a_report_is_due_on_each_entry_that_runs_and_has_a_lead(bureau: User) -> None:
    due = [factories.item(status="launched"), factories.agreement(status="in-force")]
    factories.item(status="closed", finished_on=today())
    factories.item(status="suspended")
    factories.item(status="launched", lead=None)
    factories.item(status="launched", delisted_on=today())
    opened = rounds.open_month(PERIOD, by=bureau)
    assert {r.entry_id for r in opened.reports.all()} == {entry.pk for entry in due}
    assert {r.state for r in opened.reports.all()} == {ReportState.DUE}
    assert opened.reports_due == 2
    assert verify().is_intact


def test_no_report_is_due_where_the_office_does_not_take_them_here(
    entry: CooperationItem, bureau: User
) -> None:
    ReportingRule(since=PERIOD.first, takes_reports=False).save()
    opened = rounds.open_month(PERIOD, by=bureau)
    assert (opened.reports_due, opened.reports.count()) == (0, 0)


def test_what_joins_the_ledger_later_joins_the_round_and_follows_its_lead(
    round_: Round, entry: CooperationItem, bureau: User
) -> None:
    other = factories.unit("资阳市水务局")
    late_comer = factories.item(status="launched", lead=other)
    entry.lead = other
    entry.save()
    assert rounds.refresh(round_, by=bureau) == (1, 1)
    assert {(r.entry_id, r.unit) for r in round_.reports.all()} == {
        (entry.pk, other),
        (late_comer.pk, other),
    }
    assert rounds.refresh(round_, by=bureau) == (0, 0)
    assert verify().is_intact, verify().problem


def test_a_report_that_was_begun_stays_with_its_unit(
    report: Report, reporter: User, bureau: User, round_: Round, entry: CooperationItem
) -> None:
    fill(report, reporter)
    entry.lead = factories.unit("资阳市水务局")
    entry.save()
    assert rounds.refresh(round_, by=bureau) == (0, 0)
    assert Report.objects.get().unit == reporter.unit


# --- the way of a report ----------------------------------------------------------------------


def test_a_report_goes_from_clerk_to_head_to_bureau_and_becomes_the_entry(
    signed: Report, bureau: User, entry: CooperationItem
) -> None:
    take("accept", signed, bureau)
    entry.refresh_from_db()
    assert (entry.progress, entry.percent_complete, entry.next_step) == ("主体完工", 60, "装修")
    assert entry.written("data") == str(PERIOD)
    told = Revision.objects.of(signed).order_by("sequence")
    assert [(row.action, row.actor_name) for row in told] == [
        (Action.CHANGE, "clerk"),
        (Action.SUBMIT, "clerk"),
        (Action.SIGN, "head"),
        (Action.ACCEPT, "bureau"),
    ]
    of_entry = Revision.objects.of(entry).first()
    assert of_entry is not None
    assert of_entry.note == f"采纳{PERIOD.label}月报。"
    assert of_entry.batch == f"report-{signed.pk}"
    verdict = verify()
    assert verdict.is_intact, verdict.problem
    assert verdict.reports == 1


def test_an_accepted_total_is_one_figure_of_the_entry_however_many_months(
    entry: CooperationItem, bureau: User, reporter: User, approver: User
) -> None:
    for month, total in ((PERIOD, 700), (PERIOD.following, 800)):
        rounds.open_month(month, by=bureau)
        report = Report.objects.for_rows().get(round__month=month.first)
        fill(report, reporter, invested_total=Decimal(total))
        take("submit", report, reporter)
        take("sign", report, approver)
        take("accept", report, bureau)
    figures = LedgerEntry.objects.get(pk=entry.pk).figures.all()
    assert [(f.kind, f.amount, f.dated_on) for f in figures] == [
        (MoneyKind.DONE, 800, PERIOD.following.last)
    ]


def test_a_report_begins_with_what_was_said_the_month_before(
    signed: Report, bureau: User, entry: CooperationItem
) -> None:
    assert signed.carried()["progress"] == "基础完工"  # the ledger's own words, the first time
    take("accept", signed, bureau)
    rounds.open_month(PERIOD.following, by=bureau)
    following = Report.objects.for_rows().get(round__month=PERIOD.following.first)
    assert following.carried()["progress"] == "主体完工"
    assert following.carried()["percent"] == 60
    assert "invested_month" not in following.carried()


ROLES = {
    "submit": {"clerk", "head", "bureau"},
    "recall": {"clerk", "head", "bureau"},
    "sign": {"head"},
    "send-back": {"head"},
    "accept": {"bureau"},
    "return": {"bureau"},
    "sign-paper": {"bureau"},
    "waive": {"bureau"},
    "require": {"bureau"},
}


def brought_to(state: ReportState, report: Report, people: dict[str, User]) -> None:
    """Along the doors to that state, submitted by the second clerk."""
    clerk = people["clerk2"]
    if state not in (ReportState.DUE, ReportState.WAIVED):
        fill(report, clerk)
    ways: dict[ReportState, list[tuple[str, str]]] = {
        ReportState.DUE: [],
        ReportState.DRAFT: [],
        ReportState.SUBMITTED: [("submit", "clerk2")],
        ReportState.APPROVED: [("submit", "clerk2"), ("sign", "head")],
        ReportState.ACCEPTED: [("submit", "clerk2"), ("sign", "head"), ("accept", "bureau")],
        ReportState.RETURNED: [("submit", "clerk2"), ("send-back", "head")],
        ReportState.WAIVED: [("waive", "bureau")],
    }
    for name, who in ways[state]:
        take(name, report, people[who], note="说明")
    assert report.state == state


@pytest.fixture
def people(reporter: User, approver: User, bureau: User) -> dict[str, User]:
    unit = reporter.unit
    found = {"clerk": reporter, "head": approver, "bureau": bureau}
    found["clerk2"] = factories.user("clerk2", Role.REPORTER, unit=unit)
    stranger = factories.unit("资阳市水务局")
    found["other"] = factories.user("other", Role.APPROVER, unit=stranger)
    for role in (Role.LEADER, Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN):
        found[role.name] = factories.user(role.name.lower(), role, unit=unit)
    return found


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_is_taken_just_by_those_it_is_for(
    step: ReportStep, report: Report, people: dict[str, User]
) -> None:
    origin = min(step.origins)
    brought_to(origin, report, people)
    if origin == ReportState.DUE:
        Report.objects.get(pk=report.pk)
    may = {name for name, user in people.items() if step in report.steps_for(user)}
    assert may - {"clerk2"} == ROLES[step.name]
    for name in people.keys() - may:
        with pytest.raises(PermissionDenied):
            take(step.name, report, people[name], "说明")
    assert Report.objects.get(pk=report.pk).state == origin


@pytest.mark.parametrize("state", ReportState)
def test_what_the_table_does_not_list_is_refused_and_changes_nothing(
    state: ReportState, report: Report, people: dict[str, User]
) -> None:
    brought_to(state, report, people)
    rows = Revision.objects.count()
    refused = set()
    for step in STEPS:
        if state in step.origins:
            continue
        by = people[min(ROLES[step.name] - {"clerk2"})]
        with pytest.raises(ReportRefused):
            take(step.name, Report.objects.for_rows().get(), by, "说明")
        refused.add(step.name)
    assert refused == {s.name for s in STEPS if state not in s.origins}
    assert Revision.objects.count() == rows
    stored = Report.objects.for_rows().get()
    if state not in OPEN_TO_TYPING:
        with pytest.raises(ReportRefused, match="不能再改"):
            fill(stored, people["clerk"], progress="另一种说法")


def test_who_submitted_does_not_sign_off(report: Report, approver: User) -> None:
    take("submit", fill(report, approver), approver)
    with pytest.raises(PermissionDenied, match="提交人以外"):
        take("sign", report, approver)


def test_who_submitted_for_a_unit_neither_signs_nor_accepts_it(
    report: Report, bureau: User
) -> None:
    second = factories.bureau("bureau2")
    take("submit", fill(report, bureau), bureau)
    with pytest.raises(PermissionDenied):
        take("sign-paper", report, bureau, "纸质件")
    take("sign-paper", report, second, "局长签字的纸质件已存档")
    with pytest.raises(PermissionDenied):
        take("accept", report, bureau)
    take("accept", report, second)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"progress": ""}, "形象进度"),
        ({"coordination": "请协调用地"}, "协调层级"),
        ({"coordination_level": "city"}, "需协调事项"),
    ],
)
def test_what_lacks_something_is_not_submitted(
    report: Report, reporter: User, given: dict[str, Any], word: str
) -> None:
    fill(report, reporter, **given)
    with pytest.raises(ReportRefused, match=word):
        take("submit", report, reporter)
    assert Report.objects.get().state == ReportState.DRAFT


@pytest.mark.parametrize("name", [step.name for step in STEPS if step.needs_note])
def test_a_note_is_not_left_out(name: str, report: Report, people: dict[str, User]) -> None:
    brought_to(min(BY_NAME[name].origins), report, people)
    with pytest.raises(ReportRefused, match="须写明说明"):
        take(name, report, people[min(ROLES[name])])


def test_a_state_is_not_set_past_the_doors(report: Report, reporter: User) -> None:
    fill(report, reporter)
    report.state = ReportState.ACCEPTED
    with pytest.raises(ReportRefused, match="不能直接修改"):
        report.save()
    with pytest.raises(Exception, match="不能删除"):
        report.delete()


# --- versions -----------------------------------------------------------------------------------


def test_a_sign_off_holds_for_the_version_that_was_seen(
    report: Report, reporter: User, approver: User
) -> None:
    take("submit", fill(report, reporter), reporter)
    seen = Report.objects.for_rows().get()
    take("recall", report, reporter)
    fill(report, reporter, progress="改过的内容")
    take("submit", report, reporter)
    with pytest.raises(Stale):
        seen.take("sign", Act(by=approver), version=seen.version)
    fresh = Report.objects.for_rows().get()
    with pytest.raises(Stale):
        fresh.take("sign", Act(by=approver), version=seen.version)
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_one_click_signs_what_was_seen_and_leaves_what_changed_since(
    bureau: User, reporter: User, approver: User, entry: CooperationItem
) -> None:
    factories.item(status="launched")
    opened = rounds.open_month(PERIOD, by=bureau)
    one, two = Report.objects.for_rows().order_by("pk")
    for each in (one, two):
        take("submit", fill(each, reporter), reporter)
    seen = {each.pk: each.version for each in (one, two)}
    take("recall", two, reporter)
    take("submit", fill(two, reporter, progress="改过"), reporter)
    assert rounds.take_all("sign", opened.reports.all(), seen, by=approver) == 1
    assert [r.state for r in Report.objects.order_by("pk")] == ["approved", "submitted"]
    batches = set(Revision.objects.filter(action=Action.SIGN).values_list("batch", flat=True))
    assert len(batches) == 1
    assert batches != {""}


# --- once the month is frozen -------------------------------------------------------------------


@pytest.fixture
def frozen(signed: Report, round_: Round, bureau: User) -> Report:
    rounds.close_month(round_, by=bureau, version=round_.version)
    return Report.objects.for_rows().get()


def test_a_frozen_month_takes_no_report_any_more(
    frozen: Report, bureau: User, round_: Round
) -> None:
    with pytest.raises(ReportRefused, match="已经冻结"):
        take("accept", frozen, bureau)
    with pytest.raises(Exception, match="已经冻结"):
        rounds.refresh(round_, by=bureau)
    with pytest.raises(Exception, match="已经冻结"):
        rounds.remind(round_, {frozen.unit_id: 1}, by=bureau)
    assert frozen.steps_for(bureau) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: rows.update(progress="改"),
        lambda rows: rows.update(version=9, progress="改"),
        lambda rows: rows.delete(),
    ],
    ids=["update", "version", "delete"],
)
def test_the_database_refuses_a_report_that_is_written_past_the_trail(
    signed: Report, write: Callable[[Any], Any]
) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        write(factories.bare(Report))
    assert Report.objects.get().progress == "主体完工"


def test_closing_says_how_much_was_not_accepted(
    client: Client, signed: Report, bureau: User
) -> None:
    client.force_login(bureau)
    assert "还有 1 条没有采纳" in html_of(client.get(f"/rounds/{PERIOD}/"))
    take("accept", signed, bureau)
    assert "没有采纳" not in html_of(client.get(f"/rounds/{PERIOD}/"))


# --- lateness and counts ------------------------------------------------------------------------


@pytest.mark.parametrize("state", ReportState)
@pytest.mark.parametrize("days", [-1, 0, 1])
@pytest.mark.parametrize("signed_after", [None, -1, 0, 1])
def test_late_says_the_same_of_one_and_of_many(
    state: ReportState, days: int, signed_after: int | None, report: Report
) -> None:
    due = report.round.due_on
    first = None if signed_after is None else due + dt.timedelta(days=signed_after)
    factories.lift_guards()
    factories.bare(Report).update(state=state, first_signed_on=first)
    day = due + dt.timedelta(days=days)
    found = Report.objects.for_rows().get()
    assert found.is_late(day) == Report.objects.filter(late(found.round, day)).exists()
    if state == ReportState.WAIVED:
        assert not found.is_late(day)
    if first is None and state == ReportState.DUE:
        assert found.is_late(day) == (days > 0)


def test_each_number_of_the_round_leads_to_as_many_reports(
    client: Client, signed: Report, bureau: User, reporter: User
) -> None:
    other = factories.unit("资阳市水务局")
    for _ in range(3):
        factories.item(status="launched", lead=other)
    rounds.refresh(Round.objects.get(), by=bureau)
    client.force_login(bureau)
    html = html_of(client.get(f"/rounds/{PERIOD}/"))
    links = dict(COUNT.findall(html))
    assert len(links) >= 30
    assert sum(int(count) > 0 for count in links.values()) > 5
    for href, count in links.items():
        found = TOTAL.search(html_of(client.get(href)))
        assert found is not None
        assert found[1] == count, href


@pytest.mark.parametrize(
    ("query", "word"),
    [("state=nonsense", "nonsense"), ("unti=1", "unti"), ("unit=999", "报送"), ("page=9", "9")],
)
def test_an_unknown_condition_lists_nothing(
    client: Client, report: Report, bureau: User, query: str, word: str
) -> None:
    client.force_login(bureau)
    html = html_of(client.get(f"/rounds/{PERIOD}/reports/?{query}"))
    assert TOTAL.search(html)[1] == "0"  # type: ignore[index]
    assert 'role="alert"' in html


# --- by the web ---------------------------------------------------------------------------------


def path_of(report: Report) -> str:
    return f"/rounds/{PERIOD}/reports/{report.entry.code}/"


def posted(report: Report, **given: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("invested_month", "invested_total", "problems"), "")
    blank |= {"coordination": "", "coordination_level": "", "version": str(report.version)}
    return {**blank, **TYPED, **given}


def test_the_form_begins_with_last_words_and_saves(
    client: Client, report: Report, reporter: User
) -> None:
    client.force_login(reporter)
    assert "基础完工" in html_of(client.get(path_of(report)))
    assert client.post(path_of(report), posted(report)).status_code == 302
    stored = Report.objects.get()
    assert (stored.progress, stored.percent, stored.state) == ("主体完工", 60, "draft")


def test_doubts_are_asked_once_and_do_not_refuse(
    client: Client, report: Report, reporter: User
) -> None:
    client.force_login(reporter)
    asked = client.post(path_of(report), posted(report, percent="100", act="submit"), follow=True)
    assert "提交前请核实" in html_of(asked)
    stored = Report.objects.get()
    assert (stored.state, stored.percent, stored.has_doubts) == ("draft", 100, True)
    given = posted(stored, percent="100", act="submit", is_checked="on")
    assert client.post(path_of(report), given).status_code == 302
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_the_second_of_two_who_submit_is_told_and_keeps_the_typing(
    client: Client, report: Report, reporter: User, approver: User
) -> None:
    given = posted(report, act="submit")
    client.force_login(approver)
    client.post(path_of(report), {**given, "progress": "先交的内容"})
    client.force_login(reporter)
    answer = client.post(path_of(report), given)
    assert answer.status_code == 409
    html = html_of(answer)
    assert "已被他人修改" in html
    assert "主体完工" in html  # what the second one typed
    assert Report.objects.get().progress == "先交的内容"


def test_what_others_saved_meanwhile_stands_beside_what_was_typed(
    client: Client, report: Report, reporter: User, approver: User
) -> None:
    given = posted(report, progress="我写的内容")
    client.force_login(approver)
    client.post(path_of(report), posted(report, progress="他写的内容"))
    client.force_login(reporter)
    html = html_of(client.post(path_of(report), given))
    assert "我写的内容" in html
    assert "他写的内容" in html


@pytest.mark.parametrize("who", ["other", "LEADER", "AUDITOR", "SYSADMIN"])
def test_nobody_else_fills_in_a_report(
    client: Client, report: Report, people: dict[str, User], who: str
) -> None:
    client.force_login(people[who])
    assert client.post(path_of(report), posted(report)).status_code == 403
    assert client.post(f"{path_of(report)}draft/", posted(report)).status_code == 403
    step = {"step": "recall", "version": "0"}
    assert client.post(f"{path_of(report)}step/", step).status_code == 403
    assert (Report.objects.get().version, Draft.objects.count()) == (0, 0)


def test_what_is_typed_is_kept_and_comes_back_to_the_one_who_typed(
    client: Client, report: Report, reporter: User, approver: User
) -> None:
    client.force_login(reporter)
    typed = posted(report, progress="只打了一半", percent="不是数")
    assert client.post(f"{path_of(report)}draft/", typed).status_code == 200
    assert Report.objects.get().version == 0
    html = html_of(client.get(path_of(report)))
    assert "只打了一半" in html
    assert "不是数" in html
    assert "已恢复您" in html
    client.force_login(approver)
    assert "只打了一半" not in html_of(client.get(path_of(report)))


def test_saving_ends_the_draft(client: Client, report: Report, reporter: User) -> None:
    client.force_login(reporter)
    client.post(f"{path_of(report)}draft/", posted(report))
    client.post(path_of(report), posted(report))
    assert not Draft.objects.exists()


def test_a_draft_on_an_older_version_is_shown_with_what_is_stored_now(
    client: Client, report: Report, reporter: User, approver: User
) -> None:
    client.force_login(reporter)
    client.post(f"{path_of(report)}draft/", posted(report, progress="旧稿"))
    fill(report, approver, progress="新存的内容")
    html = html_of(client.get(path_of(report)))
    assert "旧稿" in html
    assert "新存的内容" in html
    assert "在您填写期间已被他人修改" in html


@pytest.mark.parametrize(
    "given",
    [{"version": "x"}, {"version": ""}, {"version": "１"}, {"progress": "长" * 200_001}],
)
def test_a_draft_that_cannot_be_kept_says_so(
    client: Client, report: Report, reporter: User, given: dict[str, str]
) -> None:
    client.force_login(reporter)
    answer = client.post(f"{path_of(report)}draft/", posted(report, **given))
    assert answer.status_code == 400
    assert "未暂存" in answer.json()["sentence"]
    assert not Draft.objects.exists()


def test_no_draft_is_kept_of_what_is_submitted(
    client: Client, report: Report, reporter: User
) -> None:
    take("submit", fill(report, reporter), reporter)
    client.force_login(reporter)
    assert client.post(f"{path_of(report)}draft/", posted(report)).status_code == 409
    assert not Draft.objects.exists()


def test_the_bureau_reminds_whoever_has_something_outstanding(
    client: Client, report: Report, bureau: User, reporter: User
) -> None:
    client.force_login(bureau)
    assert client.post(f"/rounds/{PERIOD}/remind/", {"note": "请抓紧。"}).status_code == 302
    row = Revision.objects.get(action=Action.REMIND)
    assert (row.unit_name, row.note) == (str(report.unit), "请抓紧。")
    client.force_login(reporter)
    html = html_of(client.get(f"/rounds/{PERIOD}/units/{report.unit_id}/"))
    assert "催办：当时有 1 条未报送" in html
    unit = factories.unit()
    unit.name = "更名后的单位"
    unit.save()
    assert verify().is_intact


def test_one_click_accepts_all_that_have_no_doubt(
    client: Client, entry: CooperationItem, bureau: User, reporter: User, approver: User
) -> None:
    factories.item(status="launched")
    rounds.open_month(PERIOD, by=bureau)
    plain, doubtful = Report.objects.for_rows().order_by("pk")
    for each, percent in ((plain, 60), (doubtful, 100)):
        take("submit", fill(each, reporter, percent=percent), reporter)
        take("sign", each, approver)
    client.force_login(bureau)
    html = html_of(client.get(f"/rounds/{PERIOD}/"))
    assert "采纳全部已审定且无提示的（1条）" in html
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', html)
    client.post(f"/rounds/{PERIOD}/accept/", {"seen": seen})
    assert [r.state for r in Report.objects.order_by("pk")] == ["accepted", "approved"]


def test_a_unit_with_very_many_reports_reads_them_page_by_page(
    client: Client, bureau: User, reporter: User
) -> None:
    for _ in range(reports.OF_UNIT):
        factories.item(status="launched")
    rounds.open_month(PERIOD, by=bureau)
    for each in Report.objects.for_rows().order_by("entry__code")[reports.OF_UNIT - 1 :]:
        fill(each, reporter)
    client.force_login(reporter)
    path = f"/rounds/{PERIOD}/units/{reporter.unit_id}/"
    first, second = (html_of(client.get(f"{path}?page={number}")) for number in (1, 2))
    for html, rows in ((first, reports.OF_UNIT), (second, 1)):
        assert TOTAL.findall(html) == [str(reports.OF_UNIT + 1)]
        assert len(re.findall('<td class="code"', html)) == rows
        assert "提交本页已填且无提示的（1条）" in html
    for query in ("page=3", "page=0", "page=1&page=2", "unit=1"):
        assert client.get(f"{path}?{query}").status_code == 400, query


def test_a_unit_finds_its_own_page_from_the_navigation(
    client: Client, report: Report, reporter: User
) -> None:
    client.force_login(reporter)
    answer = client.get("/rounds/mine/")
    assert answer["Location"] == f"/rounds/{PERIOD}/units/{reporter.unit_id}/"
    assert "本单位填报" in html_of(client.get(answer["Location"]))


# --- found by an attack -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("percent", "101", "100"),
        ("percent", "99999999999999999999", "100"),
        ("percent", "abc", "整数"),
        ("invested_total", "-1", "0"),
        ("invested_month", "-5", "0"),
        ("invested_month", "1e30", "整数"),
        ("progress", "有\x01字符", "U+0001"),
        ("progress", "反\u202e向", "U+202E"),
        ("progress", "长" * 30_001, "30000"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_the_typing_stays(
    client: Client, report: Report, reporter: User, name: str, value: str, word: str
) -> None:
    client.force_login(reporter)
    answer = client.post(path_of(report), posted(report, **{"next_step": "打了很久", name: value}))
    assert answer.status_code == 400
    assert word in html_of(answer)
    assert Report.objects.get().version == 0
    if name != "progress":
        assert "打了很久" in html_of(client.get(path_of(report)))  # the tab may be closed now


def test_what_makes_one_ask_is_not_handed_in_by_the_dozen(
    client: Client, report: Report, reporter: User, bureau: User
) -> None:
    fill(report, reporter, percent=100)
    seen = f"{report.pk}:{report.version}"
    client.force_login(reporter)
    path = f"/rounds/{PERIOD}/units/{reporter.unit_id}/all/"
    client.post(path, {"step": "submit", "seen": seen})
    client.post(f"{path_of(report)}step/", {"step": "submit", "version": report.version})
    assert Report.objects.get().state == ReportState.DRAFT
    client.force_login(bureau)
    fill(report, bureau, percent=60)
    client.post(path, {"step": "submit", "seen": f"{report.pk}:{report.version}"})
    assert Report.objects.get().state == ReportState.SUBMITTED


def test_new_words_are_signed_by_nobody_yet(signed: Report, bureau: User, reporter: User) -> None:
    take("return", signed, bureau, "请补充")
    take("submit", fill(signed, reporter, progress="补充后的内容"), reporter)
    assert (signed.signed_by, signed.signed_at, signed.decided_by) == ("", None, "")
    assert signed.first_signed_on == today()


def test_an_older_month_does_not_overwrite_a_newer_one(
    signed: Report, bureau: User, reporter: User, approver: User, entry: CooperationItem
) -> None:
    rounds.open_month(PERIOD.following, by=bureau)
    later = Report.objects.for_rows().get(round__month=PERIOD.following.first)
    take("submit", fill(later, reporter, progress="后一个月的进展", percent=80), reporter)
    take("accept", take("sign", later, approver), bureau)
    take("accept", signed, bureau)
    entry.refresh_from_db()
    assert (entry.progress, entry.percent_complete) == ("后一个月的进展", 80)
    row = Revision.objects.of(signed).first()
    assert row is not None
    assert "本月数据未写入条目" in row.note


def test_who_signed_off_does_not_accept(signed: Report, bureau: User) -> None:
    both = factories.user("both", Role.APPROVER, Role.BUREAU, unit=signed.unit)
    take("return", signed, bureau, "请核实")
    take("submit", signed, bureau)
    take("sign", signed, both)
    with pytest.raises(PermissionDenied, match="审定人以外"):
        take("accept", signed, both)


def test_a_report_that_was_waived_says_nothing_to_the_next_month(
    report: Report, bureau: User
) -> None:
    take("waive", report, bureau, "本月停工")
    take("require", report, bureau, "已复工")
    rounds.open_month(PERIOD.following, by=bureau)
    following = Report.objects.for_rows().get(round__month=PERIOD.following.first)
    assert following.carried()["progress"] == "基础完工"


def test_what_is_required_again_is_a_draft_where_it_says_something(
    report: Report, bureau: User, reporter: User
) -> None:
    take("waive", fill(report, reporter), bureau, "本月停工")
    assert take("require", report, bureau, "已复工").state == ReportState.DRAFT
    row = Revision.objects.of(report).first()
    assert row is not None
    assert row.get_action_display() == "恢复应报"


def test_a_round_read_before_its_closing_reminds_nobody(
    round_: Round, report: Report, bureau: User
) -> None:
    read_before = Round.objects.get()
    rounds.close_month(round_, by=bureau, version=round_.version)
    with pytest.raises(Exception, match="已经冻结"):
        rounds.remind(read_before, {report.unit_id: 1}, by=bureau)
    assert not Revision.objects.filter(action=Action.REMIND).exists()


def test_a_refusal_is_a_sentence_and_no_list(client: Client, frozen: Report, bureau: User) -> None:
    client.force_login(bureau)
    html = html_of(client.post(f"/rounds/{PERIOD}/refresh/", follow=True))
    assert "已经冻结，应报清单不再变动。" in html
    assert "['" not in html


def test_a_frozen_report_is_not_judged_by_what_came_later(
    client: Client, frozen: Report, bureau: User
) -> None:
    entry = LedgerEntry.objects.get(pk=frozen.entry_id).specific
    with entry.recording(Act()):
        MoneyFigure(entry=entry, kind="year-plan", basis="budget", amount=1).save()
    client.force_login(bureau)
    assert "投资与时间进度" not in html_of(client.get(path_of(frozen)))


def test_the_page_of_a_unit_without_reports_links_to_empty_lists(
    client: Client, report: Report, bureau: User
) -> None:
    other = factories.unit("资阳市水务局")
    client.force_login(bureau)
    html = html_of(client.get(f"/rounds/{PERIOD}/units/{other.pk}/"))
    for href, count in COUNT.findall(html):
        listed = html_of(client.get(href))
        assert TOTAL.search(listed)[1] == count == "0"  # type: ignore[index]
        assert 'role="alert"' not in listed


# --- against tampering --------------------------------------------------------------------------


def tamper_blank(**values: Any) -> None:
    """Change a report that nobody has begun, past every door."""
    factories.item()
    rounds.refresh(Round.objects.get(), by=User.objects.get(username="bureau"))
    factories.lift_guards()
    factories.bare(Report).filter(version=0).update(**values)


TAMPERED: dict[str, tuple[Callable[[], Any], str]] = {
    "what was said": (lambda: factories.bare(Report).update(progress="改"), "“形象进度”"),
    "who signed": (lambda: factories.bare(Report).update(signed_by="他人"), "“审定人”"),
    "a report taken away": (lambda: factories.bare(Report).delete(), "应报清单"),
    "a report put in": (
        lambda: factories.bare(Report).bulk_create(
            [
                Report(
                    round=Round.objects.get(),
                    entry=factories.item(),
                    unit=factories.unit(),
                )
            ]
        ),
        "应报清单",
    ),
    "a blank one of another unit": (
        lambda: tamper_blank(unit=factories.unit("资阳市水务局")),
        "应报清单",
    ),
    "a blank one that was signed": (
        lambda: tamper_blank(first_signed_on="2099-01-01"),
        "未填报的月报已有内容",
    ),
    "its trail forgotten": (lambda: factories.bare(Report).update(version=0), "未填"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_is_changed_past_the_doors_is_found(name: str, signed: Report, bureau: User) -> None:
    tamper, word = TAMPERED[name]
    if not name.startswith("a blank"):
        factories.lift_guards()
    tamper()
    assert word in verify().problem

"""我的待办: who has what to do on a day, and nothing of anybody else's."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects import duties, rounds
from projects.choices import DutyKind, MatterState, Reason, ReportState, Role
from projects.models import (
    Act,
    CooperationItem,
    LightRule,
    Matter,
    Notice,
    Organisation,
    Report,
    Round,
    User,
)
from projects.periods import Month, today

from . import factories

pytestmark = pytest.mark.django_db

DAY = today()
PERIOD = Month.of(DAY).before
COUNT = re.compile(r'href="(/[^"]+)" data-count="([0-9]+)"')
TOTAL = re.compile(r'<main[^>]*data-total="([0-9]+)"')

Told = set[tuple[DutyKind, str]]


@pytest.fixture
def unit() -> Organisation:
    return factories.unit("资阳市交通运输局")


@pytest.fixture
def other() -> Organisation:
    return factories.unit("资阳市水务局")


@pytest.fixture
def reporter(unit: Organisation) -> User:
    return factories.user("reporter", Role.REPORTER, unit=unit)


@pytest.fixture
def approver(unit: Organisation) -> User:
    return factories.user("approver", Role.APPROVER, unit=unit)


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


def told(user: User, day: dt.date = DAY) -> Told:
    """Kind and code of all that waits for this person, read anew."""
    fresh = User.objects.get(pk=user.pk)
    return {(d.kind, d.code) for group in duties.waiting(fresh, day) for d in group.duties}


def items(lead: Organisation, count: int) -> list[CooperationItem]:
    return [factories.item(status="launched", lead=lead) for _ in range(count)]


def open_round(by: User) -> Round:
    return rounds.open_month(PERIOD, by=by)


def report_on(entry: CooperationItem) -> Report:
    return Report.objects.for_rows().get(entry=entry.pk)


def take(name: str, report: Report, by: User, note: str = "") -> Report:
    report.take(name, Act(by=by, note=note), version=report.version)
    return report


def submitted(entry: CooperationItem, by: User) -> Report:
    report = report_on(entry)
    report.fill({"progress": "主体完工"}, Act(by=by), version=report.version)
    return take("submit", report, by)


# --- reports --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "kind"),
    [(-8, None), (-7, DutyKind.REPORT_SOON), (0, DutyKind.REPORT_SOON), (1, DutyKind.REPORT_LATE)],
)
def test_a_report_waits_from_a_week_before_its_due_day_on(
    days: int, kind: DutyKind | None, unit: Organisation, reporter: User, bureau: User
) -> None:
    (entry,) = items(unit, 1)
    day = open_round(bureau).due_on + dt.timedelta(days=days)
    assert told(reporter, day) == ({(kind, entry.code)} if kind else set())


def test_how_many_days_before_is_the_rule_of_the_office(
    unit: Organisation, reporter: User, bureau: User
) -> None:
    (entry,) = items(unit, 1)
    LightRule(soon_days=30).save()
    day = open_round(bureau).due_on - dt.timedelta(days=30)
    assert told(reporter, day) == {(DutyKind.REPORT_SOON, entry.code)}


def test_each_state_of_a_report_waits_for_just_those_who_take_its_next_step(
    unit: Organisation, other: Organisation, reporter: User, approver: User, bureau: User
) -> None:
    blank, waiting, back, signed, accepted = items(unit, 5)
    (foreign,) = items(other, 1)
    day = open_round(bureau).due_on
    second = factories.bureau("bureau2")
    submitted(waiting, reporter)
    take("send-back", submitted(back, reporter), approver, "请补充。")
    take("sign", submitted(signed, reporter), approver)
    take("accept", take("sign", submitted(accepted, reporter), approver), bureau)
    own = {(DutyKind.REPORT_SOON, blank.code), (DutyKind.REPORT_RETURNED, back.code)}
    neighbour = factories.user("neighbour", Role.APPROVER, unit=other)
    stranger = factories.user("stranger", Role.REPORTER)
    assert told(reporter, day) == own
    assert told(approver, day) == own | {(DutyKind.SIGN_OFF, waiting.code)}
    assert told(neighbour, day) == {(DutyKind.REPORT_SOON, foreign.code)}
    assert told(stranger, day) == set()
    for person in (bureau, second):
        assert told(person, day) == {(DutyKind.ACCEPT, signed.code)}


def test_nobody_is_asked_to_sign_or_accept_what_they_submitted(
    unit: Organisation, approver: User, bureau: User
) -> None:
    mine, by_bureau = items(unit, 2)
    day = open_round(bureau).due_on
    submitted(mine, approver)
    take("sign", submitted(by_bureau, bureau), approver)
    assert told(approver, day) == set()
    assert told(bureau, day) == set()
    assert told(factories.bureau("bureau2"), day) == {(DutyKind.ACCEPT, by_bureau.code)}


def test_a_frozen_month_and_a_waived_report_wait_for_nobody(
    unit: Organisation, reporter: User, bureau: User
) -> None:
    waived, blank = items(unit, 2)
    found = open_round(bureau)
    take("waive", report_on(waived), bureau, "本月无进展。")
    assert told(reporter, found.due_on) == {(DutyKind.REPORT_SOON, blank.code)}
    found.refresh_from_db()
    rounds.close_month(found, by=bureau, version=found.version)
    assert told(reporter, found.due_on) == set()


# --- entries and their steps ----------------------------------------------------------------


def test_deadlines_are_told_to_the_unit_that_leads(
    unit: Organisation, other: Organisation, reporter: User, bureau: User
) -> None:
    def due(days: int, **fields: Any) -> CooperationItem:
        on = DAY + dt.timedelta(days=days)
        return factories.item(**{"status": "launched", "lead": unit, "due_on": on, **fields})

    late, today_, week = due(-1), due(0), due(7)
    due(8), due(-1, lead=other, partners=[unit]), due(-1, lead=None)
    due(-1, status="suspended"), due(-1, delisted_on=DAY)
    due(-1, status="closed", finished_on=DAY)
    assert told(reporter) == {
        (DutyKind.ENTRY_LATE, late.code),
        (DutyKind.ENTRY_SOON, today_.code),
        (DutyKind.ENTRY_SOON, week.code),
    }
    assert told(bureau) == set()


def test_a_step_for_two_waits_for_the_second_person(bureau: User) -> None:
    second = factories.bureau("bureau2")
    ended, closing = factories.item(status="launched"), factories.item(status="advancing")
    gone = factories.item(status="launched", delisted_on=DAY)
    assert gone.delisted_on
    ended.move_to("terminated", by=bureau, reason=Reason.POLICY, note="规划调整")
    closing.move_to("closing", by=second, note="佐证已附")
    assert told(bureau) == {(DutyKind.SECOND_PERSON, closing.code)}
    assert told(second) == {(DutyKind.SECOND_PERSON, ended.code)}


def test_who_filed_the_closing_is_not_asked_to_confirm_it_after_a_step_back(bureau: User) -> None:
    second, third = factories.bureau("bureau2"), factories.bureau("bureau3")
    entry = factories.item(status="advancing")
    entry.move_to("closing", by=bureau, note="佐证已附")
    entry.move_to("closed", by=second)
    entry.move_to("closing", by=second, reason=Reason.MISRECORDED, note="误点")
    for person in (bureau, second):
        assert entry.second_person_problem(entry.step_to("closed"), person)
        assert told(person) == set()
    assert told(third) == {(DutyKind.SECOND_PERSON, entry.code)}


# --- matters and conferences ----------------------------------------------------------------


def test_matters_wait_for_their_unit_and_what_is_overdue_also_for_the_bureau(
    unit: Organisation, other: Organisation, reporter: User, bureau: User
) -> None:
    late = factories.problem(unit=unit, due_on=factories.days_from_now(-1))
    soon = factories.slip(unit=unit, due_on=factories.days_from_now(7))
    foreign = factories.instruction(unit=other, due_on=factories.days_from_now(-1))
    factories.problem(unit=unit, due_on=factories.days_from_now(8))
    factories.problem(is_draft=True, unit=unit, due_on=factories.days_from_now(-1))
    assert told(reporter) == {
        (DutyKind.MATTER_LATE, late.code),
        (DutyKind.MATTER_SOON, soon.code),
    }
    overdue = {(DutyKind.MATTER_LATE, found.code) for found in (late, foreign)}
    assert told(bureau) == overdue
    both = factories.user("both", Role.BUREAU, Role.REPORTER, unit=unit)
    assert told(both) == overdue | {(DutyKind.MATTER_SOON, soon.code)}


def filed(by: User, **fields: Any) -> Matter:
    found = factories.problem(**fields)
    found.handle("已办理", Act(by=by))
    found.take("file", Act(by=by, note="已完成"), version=found.version)
    return found


def test_what_is_filed_waits_for_another_than_who_filed_it(
    unit: Organisation, reporter: User, bureau: User
) -> None:
    by_unit, by_bureau = filed(reporter, unit=unit), filed(bureau, unit=unit)
    assert told(bureau) == {(DutyKind.CONFIRM, by_unit.code)}
    both = {(DutyKind.CONFIRM, found.code) for found in (by_unit, by_bureau)}
    assert told(factories.bureau("bureau2")) == both
    assert told(reporter) == set()


def test_what_was_sent_back_waits_for_its_unit_until_it_is_filed_again(
    unit: Organisation, reporter: User, bureau: User
) -> None:
    found = filed(reporter, unit=unit)
    found.take("send-back", Act(by=bureau, note="佐证不足。"), version=found.version)
    assert told(reporter) == {(DutyKind.MATTER_BACK, found.code)}
    (group,) = duties.waiting(reporter, DAY)
    assert group.duties[0].told == "退回说明：佐证不足。"
    found.handle("补充了佐证", Act(by=reporter))
    found.take("file", Act(by=reporter, note="已补充"), version=found.version)
    assert found.state == MatterState.FILED
    assert told(reporter) == set()
    found.take("recall", Act(by=reporter), version=found.version)
    assert told(reporter) == set()


def test_a_conference_waits_for_the_bureau_once_its_day_is_over(
    bureau: User, reporter: User
) -> None:
    planned = factories.meeting(is_held=False, held_on=factories.days_from_now(-1))
    held = factories.meeting(held_on=factories.days_from_now(-10))
    factories.meeting(is_held=False, held_on=DAY)
    factories.meeting(is_held=False, held_on=None)
    gone = factories.meeting(is_held=False)
    gone.take("cancel", Act(by=bureau, note="合并召开"), version=gone.version)
    assert told(bureau) == {(DutyKind.MEETING, planned.code), (DutyKind.MEETING, held.code)}
    assert told(reporter) == set()


def test_a_conference_that_changed_after_its_close_waits_for_the_bureau(
    bureau: User, reporter: User
) -> None:
    held = factories.meeting()
    made = factories.decision(at=held, due_on=factories.days_from_now(300))
    held.take("conclude", Act(by=bureau), version=held.version)
    assert told(bureau) == set()
    made.take("drop", Act(by=bureau, note="撤"), version=made.version)
    assert told(bureau) == {(DutyKind.MEETING, held.code)}
    assert told(reporter) == set()
    (group,) = duties.waiting(bureau, DAY)
    assert "会议办结后情况有变" in group.duties[0].told


# --- who has none ---------------------------------------------------------------------------


def something_of_everything(unit: Organisation, bureau: User) -> None:
    """What would wait for a person of that unit, and for one of the bureau."""
    late = factories.days_from_now(-1)
    (entry, other) = items(unit, 2)
    entry.due_on, entry.due_precision = late, "day"
    entry.save(act=Act(reason=Reason.FUNDING, note="调整"))
    open_round(bureau)
    clerk = factories.user("the-clerk", Role.REPORTER, unit=unit)
    take("sign", submitted(other, clerk), factories.user("the-head", Role.APPROVER, unit=unit))
    factories.problem(unit=unit, due_on=late)
    filed(clerk, unit=unit)
    factories.meeting(is_held=False, held_on=late)
    entry.specific.move_to("terminated", by=clerk_of_bureau(), reason=Reason.POLICY, note="调整")


def clerk_of_bureau() -> User:
    return factories.bureau("another")


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN])
def test_other_roles_have_nothing_to_do(role: Role, unit: Organisation, bureau: User) -> None:
    something_of_everything(unit, bureau)
    assert told(factories.user("someone", role, unit=unit)) == set()
    assert {kind for kind, _ in told(bureau)} == {
        *(DutyKind.ACCEPT, DutyKind.MATTER_LATE, DutyKind.CONFIRM),
        *(DutyKind.MEETING, DutyKind.SECOND_PERSON),
    }


def test_an_account_that_is_switched_off_has_nothing_to_do(
    unit: Organisation, bureau: User
) -> None:
    something_of_everything(unit, bureau)
    gone = factories.user("gone", Role.REPORTER, unit=unit)
    assert told(gone)
    gone.is_active = False
    gone.save()
    assert told(gone) == set()


# --- what makes one new ---------------------------------------------------------------------


def occasions(user: User, due_on: dt.date, *days: int) -> list[str]:
    """The occasion of the one duty on each of these days after the due day."""
    found = []
    for days_after in days:
        (group,) = duties.waiting(user, due_on + dt.timedelta(days=days_after))
        (duty,) = group.duties
        found.append(duty.occasion)
    return found


def test_what_is_overdue_is_new_again_after_each_week(unit: Organisation, reporter: User) -> None:
    due_on = DAY
    factories.item(status="launched", lead=unit, due_on=due_on)
    assert occasions(reporter, due_on, -7, -1, 0) == [f"{due_on}"] * 3
    assert occasions(reporter, due_on, 1, 7) == [f"{due_on}+0"] * 2
    assert occasions(reporter, due_on, 8, 14, 15) == [f"{due_on}+1"] * 2 + [f"{due_on}+2"]


def test_a_report_that_is_returned_again_is_new_and_typing_into_it_is_not(
    unit: Organisation, reporter: User, approver: User, bureau: User
) -> None:
    (entry,) = items(unit, 1)
    day = open_round(bureau).due_on

    def occasion() -> str:
        (group,) = duties.waiting(reporter, day)
        assert group.kind == DutyKind.REPORT_RETURNED
        return group.duties[0].occasion

    report = take("send-back", submitted(entry, reporter), approver, "请补充。")
    first = occasion()
    report.fill({"progress": "主体完工，装修开始"}, Act(by=reporter), version=report.version)
    assert report_on(entry).state == ReportState.RETURNED
    assert occasion() == first
    take("submit", report, reporter)
    take("send-back", report, approver, "请补充。")
    assert occasion() != first


# --- the page -------------------------------------------------------------------------------


def html_of(client: Client, address: str) -> str:
    response: Any = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def test_numbers_on_the_page_lead_to_exactly_their_rows(
    client: Client, unit: Organisation, other: Organisation, reporter: User, approver: User
) -> None:
    entries, foreign = items(unit, 5), items(other, 2)
    clerk = factories.bureau("opener")
    open_round(clerk)
    neighbours = [
        factories.user(f"n{role}", role, unit=other) for role in (Role.REPORTER, Role.APPROVER)
    ]
    for entry in entries[:2]:
        submitted(entry, reporter)
    take("send-back", submitted(entries[2], reporter), approver, "请补充。")
    for entry in foreign:
        take("sign", submitted(entry, neighbours[0]), neighbours[1])
    expected = {approver: {"2", "1"}, clerk: {"2"}}
    for person, counts in expected.items():
        client.force_login(person)
        links = COUNT.findall(html_of(client, "/todo/"))
        assert {count for _, count in links} == counts
        for href, count in links:
            assert TOTAL.findall(html_of(client, href)) == [count], href


def test_a_list_that_holds_others_as_well_is_not_linked(
    client: Client, unit: Organisation, reporter: User, approver: User, bureau: User
) -> None:
    one, two = items(unit, 2)
    open_round(bureau)
    submitted(one, reporter)
    submitted(two, approver)
    client.force_login(approver)
    html = html_of(client, "/todo/")
    assert one.name in html
    assert two.name not in html
    assert COUNT.findall(html) == []


def test_numbers_of_matters_lead_to_exactly_their_rows_kind_by_kind(
    client: Client, unit: Organisation, other: Organisation, reporter: User, bureau: User
) -> None:
    days = factories.days_from_now
    makers = [factories.problem, factories.decision, factories.instruction, factories.slip]
    for number, make in enumerate(makers, 1):
        for day in (-1, 0, 7):  # overdue, and due soon on both its ends
            for _ in range(number):
                make(unit=unit, due_on=days(day))
        make(unit=unit, due_on=days(8))
        make(unit=other, due_on=days(-1))
    filed(reporter, unit=unit, due_on=days(-1))
    expected = {
        reporter: ["1", "2", "3", "4", "2", "4", "6", "8"],
        bureau: ["2", "3", "4", "5", "1"],
    }
    for person, counts in expected.items():
        client.force_login(person)
        links = COUNT.findall(html_of(client, "/todo/"))
        assert [count for _, count in links] == counts
        for href, count in links:
            assert TOTAL.findall(html_of(client, href)) == [count], href


def test_a_list_of_what_was_filed_is_linked_but_for_one_s_own(
    client: Client, unit: Organisation, reporter: User, bureau: User
) -> None:
    filed(reporter, unit=unit), filed(bureau, unit=unit)
    client.force_login(bureau)
    assert COUNT.findall(html_of(client, "/todo/")) == []
    client.force_login(factories.bureau("bureau2"))
    assert COUNT.findall(html_of(client, "/todo/")) == [("/problems/?state=filed&sort=due", "2")]


def test_entries_that_wait_for_a_second_person_are_linked_but_for_one_s_own(
    client: Client, bureau: User
) -> None:
    second, third = factories.bureau("bureau2"), factories.bureau("bureau3")
    for by in (bureau, second):
        factories.item(status="advancing").move_to("closing", by=by, note="佐证已附")
    factories.item().move_to("terminated", by=bureau, reason=Reason.POLICY, note="规划调整")
    for person, links in ((second, []), (third, [("/entries/?status=closing", "2")])):
        client.force_login(person)
        html = html_of(client, "/todo/")
        assert TOTAL.findall(html) == [str(len(told(person)))]
        assert COUNT.findall(html) == links
    assert TOTAL.findall(html_of(client, "/entries/?status=closing")) == ["2"]


def test_the_page_names_each_thing_with_its_day_and_the_way_to_it(
    client: Client, unit: Organisation, reporter: User
) -> None:
    found = factories.problem(unit=unit, title="用地未落实", due_on=factories.days_from_now(-3))
    client.force_login(reporter)
    html = html_of(client, "/todo/")
    assert TOTAL.findall(html) == ["1"]
    assert "<h2>问题逾期</h2>" in html
    assert f'<a href="{found.get_absolute_url()}">用地未落实</a>' in html
    assert "已逾期3天" in html
    assert str(found.due_on) in html


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER])
def test_who_has_nothing_to_do_is_told_so(client: Client, role: Role) -> None:
    client.force_login(factories.user("someone", role))
    html = html_of(client, "/todo/")
    assert TOTAL.findall(html) == ["0"]
    assert "目前没有待办" in html
    assert "尚未向您发过提醒" in html


def test_the_page_knows_no_parameter(client: Client, reporter: User) -> None:
    client.force_login(reporter)
    assert client.get("/todo/?user=1").status_code == 400


def test_the_page_shows_the_last_notices_to_oneself_alone(
    client: Client, reporter: User, approver: User
) -> None:
    at = timezone.now()
    for number in range(25):
        notice(reporter, f"第{number:02}件", at + dt.timedelta(minutes=number))
    notice(approver, "他人的提醒", at)
    client.force_login(reporter)
    shown = re.findall(r"第([0-9]{2})件", html_of(client, "/todo/"))
    assert shown == [f"{number:02}" for number in range(24, 4, -1)]
    assert "他人的提醒" not in html_of(client, "/todo/")


def notice(user: User, text: str, at: dt.datetime) -> Notice:
    return Notice.objects.create(
        user_id=user.pk,
        recipient=str(user),
        kind=DutyKind.MEETING,
        record="meeting:1",
        occasion=text,
        text=text,
        link="/todo/",
        day=DAY,
        made_at=at,
    )


def test_the_way_to_the_page_stands_on_pages_of_those_who_have_duties(client: Client) -> None:
    linked = set()
    for role in Role:
        client.force_login(factories.user(role.name.lower(), role))
        if 'href="/todo/"' in client.get("/", follow=True).content.decode():
            linked.add(role)
    assert linked == {Role.BUREAU, Role.REPORTER, Role.APPROVER}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_a_unit_the_same_for_one_row_and_for_three(
    client: Client, rows: int, unit: Organisation, reporter: User, bureau: User
) -> None:
    for _ in range(rows):
        factories.item(status="launched", lead=unit, due_on=factories.days_from_now(-1))
        factories.problem(unit=unit, due_on=factories.days_from_now(3))
        filed(reporter, unit=unit)
    open_round(bureau)
    client.force_login(reporter)
    with CaptureQueriesContext(connection) as captured:
        html_of(client, "/todo/")
    assert len(captured) == 10

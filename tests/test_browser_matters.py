"""A problem in a real browser: from a report to a conference, a decision, proof and two people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from projects import rounds
from projects.choices import MatterKind, MatterState, MeetingState, Role, Source
from projects.models import Act, Attachment, CooperationItem, Matter, Meeting, Report, User
from projects.periods import Month, today
from projects.verification import verify
from tests import factories
from tests.browser import OpenPage

pytestmark = pytest.mark.browser

PERIOD = Month.of(today()).before
REFUSED = "确认销号须由提请人以外的人员办理。"


@dataclass
class Case:
    """An entry whose unit reports what needs coordination, and the people."""

    entry: CooperationItem
    report: Report
    clerk: User
    first: User
    second: User


@pytest.fixture
def case(transactional_db: None) -> Case:
    entry = factories.item(name="两地公交一卡通", status="launched")
    first, second = factories.bureau("first"), factories.bureau("second")
    clerk = factories.user("clerk", Role.REPORTER, unit=entry.lead)
    rounds.open_month(PERIOD, by=first)
    report = Report.objects.for_rows().get()
    told = {
        "progress": "系统已联调。",
        "problems": "清分规则两市不一致。",
        "coordination": "请两市交通部门商定统一的清分规则。",
        "coordination_level": "city",
    }
    report.fill(told, Act(by=clerk, source=Source.WEB), version=report.version)
    return Case(entry, report, clerk, first, second)


def found(kind: MatterKind) -> Matter:
    return Matter.objects.get(kind=kind)


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        control: Any = page.locator(f"main form.fields [name='{name}']")
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(label=value)
        else:
            control.fill(value)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=name).first.click()


def in_days(days: int) -> str:
    return factories.days_from_now(days).isoformat()


def raise_problem(page: Page, case: Case) -> None:
    """From the page of the report, which fills in what it says."""
    page.goto(case.report.get_absolute_url())
    follow(page, "列入问题清单")
    expect(page.locator("[name='text']")).to_have_value(
        "清分规则两市不一致。\n请两市交通部门商定统一的清分规则。"
    )
    expect(page.locator("[name='entries']")).to_have_value(case.entry.code)
    fill(page, title="清分规则不一致", category="资源共享", due_on=in_days(20))
    press(page, "交办")
    expect(page.locator("h1")).to_have_text("清分规则不一致")


def confer(page: Page) -> None:
    """A conference is called, takes the problem, is held and decides."""
    page.goto("/meetings/new/")
    fill(
        page, kind="市级协调会", title="第三次协调会", held_on=today().isoformat(), chair="某市领导"
    )
    press(page, "登记")
    follow(page, "选列办理中的问题")
    page.locator("main").get_by_label("清分规则不一致").check()
    press(page, "将勾选的列入议题")
    press(page, "召开")
    expect(page.locator("main")).to_contain_text("没有议定措施")
    expect(page.locator("main").get_by_role("button", name="办结", exact=True)).to_have_count(0)
    follow(page, "登记议定事项")
    fill(page, title="统一清分规则", text="由市交通局会商拟定，月底前印发。", due_on=in_days(10))
    press(page, "登记")
    press(page, "办结")


def prove(page: Page) -> None:
    """The unit tells what was done, attaches proof and asks for the end."""
    page.goto(found(MatterKind.DECISION).get_absolute_url())
    fill(page, told="已与成都市交通局商定，规则已印发。")
    press(page, "登记办理情况")
    proof = {"name": "清分规则.pdf", "mimeType": "application/pdf", "buffer": factories.PDF}
    page.locator("summary", has_text="上传附件").click()
    page.locator("main input[type=file]").set_input_files(proof)
    press(page, "上传附件")
    page.locator("#note-file").fill("清分规则已统一并印发执行。")
    press(page, "提请销号")
    expect(page.locator("main")).to_contain_text("待另一人确认")


def test_a_problem_goes_from_report_to_its_end_by_two_people(
    case: Case, open_page: OpenPage
) -> None:
    office = open_page(case.first)
    raise_problem(office, case)
    problem = found(MatterKind.PROBLEM)
    office.goto(case.entry.get_absolute_url())
    expect(office.locator("main")).to_contain_text("清分规则不一致")
    confer(office)
    assert Meeting.objects.get().state == MeetingState.CLOSED
    decision = found(MatterKind.DECISION)
    assert (decision.unit, decision.origin, decision.state) == (
        case.entry.lead,
        problem,
        MatterState.OPEN,
    )
    assert list(decision.entries.all()) == [case.entry.ledgerentry_ptr]
    unit = open_page(case.clerk)
    prove(unit)
    assert Attachment.objects.get().matter == decision

    # The problem waits for its decision, which another person confirms.
    office.goto(problem.get_absolute_url())
    expect(office.locator("main")).to_contain_text(decision.code)
    expect(office.locator("#note-file")).to_have_count(0)
    office.goto(decision.get_absolute_url())
    press(office, "确认销号")

    # The same person who files the problem is refused, on the page and at the door.
    office.goto(problem.get_absolute_url())
    fill(office, told="议定事项已销号，问题解决。")
    press(office, "登记办理情况")
    office.locator("#note-file").fill("两市已执行统一的清分规则。")
    press(office, "提请销号")
    expect(office.locator("main")).to_contain_text(REFUSED)
    confirm = office.locator("main").get_by_role("button", name="确认销号", exact=True)
    expect(confirm).to_have_count(0)
    refused = forged(office, problem)
    assert (refused.status, REFUSED in refused.text()) == (403, True)
    problem.refresh_from_db()
    assert problem.state == MatterState.FILED

    other = open_page(case.second)
    other.goto(problem.get_absolute_url())
    press(other, "确认销号")
    expect(other.locator("main")).to_contain_text("确认销号")
    problem.refresh_from_db()
    assert (problem.state, problem.filed_by_id, problem.confirmed_by_id) == (
        MatterState.CLOSED,
        case.first.pk,
        case.second.pk,
    )
    assert verify().problem == ""


def forged(page: Page, matter: Matter) -> Any:
    """The step sent without its button, with the token of the page."""
    token = page.locator("[name='csrfmiddlewaretoken']").first.input_value()
    stored = Matter.objects.get(pk=matter.pk)
    return page.request.post(
        f"{matter.get_absolute_url()}step/",
        form={"step": "confirm", "version": str(stored.version), "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )

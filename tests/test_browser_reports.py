"""One report in a real browser: typed, left, found again, submitted, signed off and accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from projects import rounds
from projects.choices import ReportState, Role, Source
from projects.models import Act, CooperationItem, Draft, LedgerEntry, Report, User
from projects.periods import Month, today
from projects.verification import verify
from tests import factories
from tests.browser import OpenPage, accessibility_problems

pytestmark = pytest.mark.browser

PERIOD = Month.of(today()).before
TYPED = {
    "progress": "主体结构封顶，完成二次结构。",
    "percent": "65",
    "problems": "幕墙材料涨价。",
    "next_step": "下月进场装修。",
}


@dataclass
class Case:
    """One entry whose report is due, and the three who bring it in."""

    entry: CooperationItem
    clerk: User
    head: User
    bureau: User

    @property
    def report(self) -> Report:
        return Report.objects.for_rows().get()

    @property
    def path(self) -> str:
        return self.report.get_absolute_url()

    def submit(self, by: User, progress: str = "先交的内容") -> None:
        """As somebody else does it meanwhile."""
        report, act = self.report, Act(by=by, source=Source.WEB)
        report.fill({"progress": progress}, act, version=report.version)
        report.take("submit", act, version=report.version)


@pytest.fixture
def case(transactional_db: None) -> Case:
    entry = factories.item(
        name="两地公交一卡通", status="launched", progress="基础完工。", percent_complete=40
    )
    bureau = factories.bureau()
    rounds.open_month(PERIOD, by=bureau)
    return Case(
        entry,
        factories.user("clerk", Role.REPORTER, unit=entry.lead),
        factories.user("head", Role.APPROVER, unit=entry.lead),
        bureau,
    )


def opened(page: Page, case: Case) -> Page:
    page.goto(case.path)
    return page


def reopened(page: Page, case: Case) -> Page:
    """A new tab of the same browser."""
    return opened(page.context.new_page(), case)


def control(page: Page, name: str) -> Any:
    return page.locator(f"main [name='{name}']")


def types(page: Page, **values: str) -> None:
    for name, value in (values or TYPED).items():
        control(page, name).fill("")
        control(page, name).press_sequentially(value)


def reads(page: Page, *names: str) -> dict[str, str]:
    return {name: control(page, name).input_value() for name in (names or TYPED)}


def told(page: Page) -> Any:
    """Where the page says how the typing is kept."""
    return page.locator("#draft-told")


def press(page: Page, verb: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=verb, exact=True).click()


def kept_draft(**given: str) -> dict[str, str]:
    """These columns of the draft, as soon as they are as given (else as they are in the end)."""
    kept: dict[str, str] = {}
    for _ in range(50):
        draft = Draft.objects.first()
        kept = {name: draft.given.get(name, "") for name in given} if draft else {}
        if kept == given:
            break
        time.sleep(0.1)
    return kept


# --- the whole way -------------------------------------------------------------------------------


def test_a_report_is_typed_left_found_again_and_becomes_the_entry(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    assert reads(page, "progress", "percent") == {"progress": "基础完工。", "percent": "40"}
    types(page)
    expect(told(page)).to_contain_text("已暂存")
    page.close()
    assert (case.report.version, case.report.state) == (0, ReportState.DUE)

    page = reopened(page, case)
    expect(told(page)).to_contain_text("已恢复您")
    assert reads(page) == TYPED
    press(page, "提交审定")
    assert page.url.endswith(f"/rounds/{PERIOD}/units/{case.entry.lead_id}/")
    assert "已提交，待本单位审定。" in page.get_by_role("status").inner_text()
    assert (case.report.state, Draft.objects.count()) == (ReportState.SUBMITTED, 0)

    page = opened(page, case)
    assert page.locator("main").get_by_role("button", name="审定", exact=True).count() == 0

    page = opened(open_page(case.head), case)
    assert TYPED["progress"] in page.locator("main").inner_text()
    press(page, "审定")
    assert "已办理“审定”" in page.get_by_role("status").first.inner_text()

    page = opened(open_page(case.bureau), case)
    press(page, "采纳")
    page.goto(case.entry.get_absolute_url())
    shown = page.locator("main").inner_text()
    for line in (f"形象进度\n{TYPED['progress']}", "完成百分比\n65", TYPED["next_step"]):
        assert line in shown
    assert LedgerEntry.objects.get().percent_complete == 65
    assert verify().problem == ""


@pytest.mark.allows_console("status of 403")
@pytest.mark.parametrize("who", ["clerk", "head"])
def test_who_submitted_does_not_sign_off_though_the_button_is_forged(
    case: Case, open_page: OpenPage, who: str
):
    person = getattr(case, who)
    page = opened(open_page(person), case)
    types(page)
    press(page, "提交审定")
    opened(page, case)
    main = page.locator("main")
    assert main.get_by_role("button", name="审定", exact=True).count() == 0
    main.get_by_role("button", name="撤回修改").evaluate("button => { button.value = 'sign' }")
    with page.expect_navigation() as navigation:
        main.get_by_role("button", name="撤回修改").click()
    assert navigation.value.status == 403
    assert case.report.state == ReportState.SUBMITTED


def test_a_page_without_script_is_saved_submitted_and_signed_by_its_buttons(
    case: Case, open_page: OpenPage
):
    page = opened(open_page(case.clerk, java_script_enabled=False), case)
    for name, value in TYPED.items():
        control(page, name).fill(value)
    press(page, "保存")
    assert (case.report.state, case.report.progress) == (ReportState.DRAFT, TYPED["progress"])
    assert reads(page) == TYPED
    press(page, "提交审定")
    page = opened(open_page(case.head, java_script_enabled=False), case)
    press(page, "审定")
    page = opened(open_page(case.bureau, java_script_enabled=False), case)
    press(page, "采纳")
    assert LedgerEntry.objects.get().progress == TYPED["progress"]
    assert not Draft.objects.exists()


def test_the_keyboard_alone_fills_in_and_submits(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    for name, value in TYPED.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
    tab_to(page, "[name=coordination_level]", back=True)
    tab_to(page, "button[value=submit]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    report = case.report
    assert (report.state, report.percent) == (ReportState.SUBMITTED, 65)
    assert {name: str(getattr(report, name)) for name in TYPED} == TYPED


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until the focus is there; a person would give up after sixty."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_page_with_a_restored_draft_is_accessible(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    types(page)
    expect(told(page)).to_contain_text("已暂存")
    assert accessibility_problems(reopened(page, case)) == []


# --- nothing that was typed is lost --------------------------------------------------------------


@pytest.mark.parametrize("leave", ["close", "go elsewhere", "reload"])
def test_leaving_right_after_the_last_letter_loses_nothing(
    case: Case, open_page: OpenPage, leave: str
):
    """Long before the pause after which typing is kept."""
    page = opened(open_page(case.clerk), case)
    control(page, "progress").fill("刚打完就走的内容")
    ways: dict[str, Callable[[], Any]] = {
        "close": page.close,
        "reload": page.reload,
        "go elsewhere": lambda: page.goto("/"),
    }
    began = time.monotonic()
    ways[leave]()
    assert leave != "close" or time.monotonic() - began < 0.2
    assert kept_draft(progress="刚打完就走的内容") == {"progress": "刚打完就走的内容"}
    assert reads(reopened(page, case), "progress") == {"progress": "刚打完就走的内容"}


def test_a_tab_in_the_background_has_kept_its_typing(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    control(page, "progress").fill("切到别的标签页")
    page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { value: "hidden" });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    assert kept_draft(progress="切到别的标签页") == {"progress": "切到别的标签页"}


@pytest.mark.allows_console("status of 409")
def test_a_draft_that_is_refused_says_so_in_words(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    case.submit(case.head)
    types(page, progress="还在写的内容")
    expect(told(page)).to_have_text("这份月报已提交或已冻结，未暂存。")
    assert reads(page, "progress") == {"progress": "还在写的内容"}
    assert not Draft.objects.exists()


@pytest.mark.allows_console("ERR_INTERNET_DISCONNECTED")
def test_a_network_that_fails_is_told_and_tried_again(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    page.context.set_offline(True)
    types(page, progress="断网时写的内容")
    expect(told(page)).to_contain_text("暂存失败，请检查网络")
    page.context.set_offline(False)
    expect(told(page)).to_contain_text("已暂存", timeout=10_000)
    assert kept_draft(progress="断网时写的内容") == {"progress": "断网时写的内容"}


@pytest.mark.allows_console("status of 409")
def test_what_others_saved_meanwhile_stands_beside_what_was_typed(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    report = case.report
    report.fill({"progress": "他存的内容"}, Act(by=case.head), version=report.version)
    control(page, "progress").fill("我写的内容")
    press(page, "提交审定")
    assert reads(page, "progress") == {"progress": "我写的内容"}
    assert "他存的内容" in page.locator("main [role=alert]").last.inner_text()
    assert case.report.state == ReportState.DRAFT
    press(page, "提交审定")
    assert (case.report.state, case.report.progress) == (ReportState.SUBMITTED, "我写的内容")


@pytest.mark.allows_console("status of 409")
def test_what_the_second_typed_is_kept_when_the_first_has_submitted(
    case: Case, open_page: OpenPage
):
    page = opened(open_page(case.clerk), case)
    case.submit(case.head)
    control(page, "progress").fill("后交的人写了很久的内容")
    press(page, "提交审定")
    assert "后交的人写了很久的内容" in page.locator("main").inner_text()


def test_a_long_text_is_kept_as_well(case: Case, open_page: OpenPage):
    """A request that outlives its page may have 64 KiB; one Chinese letter takes nine bytes."""
    page = opened(open_page(case.clerk), case)
    control(page, "progress").fill("长" * 10_000)
    expect(told(page)).to_contain_text("已暂存")


@pytest.mark.allows_console("status of 400")
def test_what_oneself_has_saved_is_no_change_by_others(case: Case, open_page: OpenPage):
    """Submitting was refused for a gap, after the typing had been kept and saved."""
    page = opened(open_page(case.clerk), case)
    types(page, progress="写好了", coordination="请协调用地")
    expect(told(page)).to_contain_text("已暂存")
    press(page, "提交审定")
    assert "请选择“协调层级”" in page.locator("main").inner_text()
    page = reopened(page, case)
    assert reads(page, "coordination") == {"coordination": "请协调用地"}
    assert "已被他人修改" not in page.locator("main").inner_text()


def test_enter_in_a_field_of_figures_hands_nothing_in(case: Case, open_page: OpenPage):
    page = opened(open_page(case.clerk), case)
    control(page, "percent").fill("65")
    control(page, "percent").press("Enter")
    page.wait_for_timeout(500)
    assert case.report.state in (ReportState.DUE, ReportState.DRAFT)

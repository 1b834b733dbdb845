"""What each of the eight accounts of the demo sees and does, in a real browser."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page

from projects.choices import Reason
from projects.management.commands.demo_accounts import ACCOUNTS
from projects.models import LedgerEntry, Revision, User
from projects.verification import verify
from tests import demo, factories
from tests.browser import OpenPage, sign_in

pytestmark = pytest.mark.browser

LEDGERS = [
    *("总览", "分领域", "分地区", "合作协议", "合作事项", "产业项目", "基础设施", "全部"),
    "专项清单",
]
READING = [*LEDGERS, "月报", "通报", "问题与督办"]
WAITED = [*LEDGERS, "我的待办", "月报", "通报", "问题与督办"]
MET = ["会议与对接", "两日比较"]
OFFICE = [*WAITED, "导入台账", *MET, "变更记录", "导出回执", "后台"]
NAVIGATION = {
    "bureau": OFFICE,
    "bureau2": OFFICE,
    "reporter": [*WAITED, "本单位填报", *MET],
    "approver": [*WAITED, "本单位填报", *MET],
    "leader": [*READING, *MET],
    "auditor": [*READING, *MET, "变更记录", "导出回执", "登录与导出"],
    "sysadmin": ["后台"],
    "secadmin": ["登录与导出"],
}
REGISTERS = {
    "bureau": [
        *("合作协议", "合作事项", "产业合作项目", "重大基础设施合作项目"),
        *("单位", "专项组", "地区", "领域", "成效指标"),
        *("节假日安排", "报送规则", "亮灯规则"),
    ],
    "sysadmin": ["账号"],
}


@pytest.fixture
def accounts(transactional_db: None) -> dict[str, User]:
    return demo.accounts()


def navigation(page: Page) -> list[str]:
    return page.get_by_role("navigation", name="主导航").get_by_role("link").all_inner_texts()


def an_item(status: str = "launched", **facts: Any) -> LedgerEntry:
    return factories.item(status=status, **facts)


def step_to(page: Page, entry: LedgerEntry, verb: str, note: str = "", reason: str = "") -> None:
    """Take a step the way a person does: from the entry's page, over the step's own page."""
    page.goto(entry.get_absolute_url())
    page.locator("main").get_by_role("link", name=verb, exact=True).click()
    if reason:
        page.get_by_label("原因").select_option(label=reason)
    page.get_by_label("说明").fill(note)
    page.get_by_role("button", name=verb, exact=True).click()


def test_the_table_of_this_test_names_every_account_of_the_demo():
    assert NAVIGATION.keys() == {account.username for account in ACCOUNTS}


def test_each_account_signs_in_and_sees_what_it_may(accounts: dict[str, User], open_page: OpenPage):
    seen = {}
    for username in NAVIGATION:
        page = open_page()
        page.goto("/")
        sign_in(page, username, demo.PASSWORD)
        # Who has no ledgers to read begins in the admin.
        seen[username] = ["后台"] if page.url.endswith("/admin/") else navigation(page)
    assert seen == NAVIGATION


def test_the_admin_offers_each_account_its_own_registers_only(
    accounts: dict[str, User], open_page: OpenPage
):
    seen = {}
    for username in REGISTERS:
        page = open_page(accounts[username])
        page.goto("/admin/")
        seen[username] = page.locator("#content th a").all_inner_texts()
    assert seen == REGISTERS


@pytest.mark.allows_console("status of 403")
@pytest.mark.parametrize("username", ["leader", "reporter", "approver"])
def test_who_only_reads_finds_no_step_no_form_and_no_trail(
    accounts: dict[str, User], open_page: OpenPage, username: str
):
    entry = an_item()
    page = open_page(accounts[username])
    page.goto(entry.get_absolute_url())
    assert page.locator("main a[href*='/move/'], main a[href^='/admin/']").count() == 0
    assert page.locator("main form").count() == 0
    refused = ["/trail/", "/admin/", f"{entry.get_absolute_url()}move/?to=advancing"]
    answers = {address: page.goto(address) for address in refused}
    assert {a: answer and answer.status for a, answer in answers.items()} == dict.fromkeys(
        refused, 403
    )


def test_the_auditor_reads_the_trail_and_takes_no_step(
    accounts: dict[str, User], open_page: OpenPage
):
    entry = an_item()
    entry.move_to("advancing", by=accounts["bureau"], note="按计划推进")
    page = open_page(accounts["auditor"])
    page.goto(entry.get_absolute_url())
    assert page.locator("main a[href*='/move/']").count() == 0
    page.goto(f"/trail/?q={entry.code}&action=move")
    assert page.locator("main").get_attribute("data-total") == "1"
    assert "演示·同城化局甲" in page.locator("main tbody tr").inner_text()


def test_an_end_takes_one_person_to_ask_and_another_to_confirm(
    accounts: dict[str, User], open_page: OpenPage
):
    entry = an_item("advancing")
    first, second = open_page(accounts["bureau"]), open_page(accounts["bureau2"])

    step_to(first, entry, "提请终止", "规划调整，不再实施", "政策或规划调整")
    assert "待另一人确认" in first.get_by_role("status").inner_text()
    entry.refresh_from_db()
    assert (entry.status, entry.requested_status) == ("advancing", "terminated")

    first.goto(entry.get_absolute_url())
    assert first.locator("main").get_by_role("link", name="确认终止", exact=True).count() == 0
    assert "须由另一人确认" in first.locator("main").inner_text()

    second.goto(entry.get_absolute_url())
    assert "演示·同城化局甲" in second.locator(".callout-warn").inner_text()
    step_to(second, entry, "确认终止", "同意终止", "政策或规划调整")
    assert "已转为“终止”" in second.get_by_role("status").inner_text()
    entry.refresh_from_db()
    assert (entry.status, entry.requested_status) == ("terminated", "")
    assert entry.status_by_id == accounts["bureau2"].pk
    assert [row.action for row in Revision.objects.of(entry)[:2]] == ["stop", "request"]
    assert verify().problem == ""


def test_a_request_can_be_taken_back(accounts: dict[str, User], open_page: OpenPage):
    entry = an_item("advancing")
    page = open_page(accounts["bureau"])
    step_to(page, entry, "提请终止", "规划调整，不再实施", "政策或规划调整")
    page.get_by_label("撤回说明").fill("情况有变")
    page.get_by_role("button", name="撤回提请").click()
    assert "提请已撤回" in page.get_by_role("status").inner_text()
    entry.refresh_from_db()
    assert (entry.status, entry.requested_status) == ("advancing", "")


@pytest.mark.allows_console("status of 400")
def test_who_proposed_the_closing_cannot_confirm_it(accounts: dict[str, User], open_page: OpenPage):
    entry = an_item("advancing")
    page = open_page(accounts["bureau"])
    step_to(page, entry, "提请办结", "任务全部完成")
    page.goto(entry.get_absolute_url())
    main = page.locator("main")
    assert main.get_by_role("link", name="确认销号", exact=True).count() == 0
    assert "须由提请人以外的另一人办理" in main.inner_text()

    # The address of the step is no secret; the refusal does not hang on the missing button.
    page.goto(f"{entry.get_absolute_url()}move/?to=closed")
    page.get_by_label("说明").fill("自行销号")
    page.get_by_role("button", name="确认销号", exact=True).click()
    assert "提请、确认不能是同一人" in page.locator("[role=alert]").inner_text()
    assert page.get_by_label("说明").input_value() == "自行销号"
    entry.refresh_from_db()
    assert entry.status == "closing"

    step_to(open_page(accounts["bureau2"]), entry, "确认销号", "经核查属实")
    entry.refresh_from_db()
    assert (entry.status, entry.status_by_id) == ("closed", accounts["bureau2"].pk)


@pytest.mark.allows_console("status of 409")
def test_a_step_on_an_entry_that_has_moved_says_who_moved_it(
    accounts: dict[str, User], open_page: OpenPage
):
    entry = an_item()
    page = open_page(accounts["bureau"])
    page.goto(f"{entry.get_absolute_url()}move/?to=advancing")
    fresh = LedgerEntry.objects.get(pk=entry.pk)
    other = accounts["bureau2"]
    fresh.move_to("suspended", by=other, reason=Reason.FUNDING, note="资金未到位")
    fresh = LedgerEntry.objects.get(pk=entry.pk)
    fresh.move_to("launched", by=other, note="资金到位")
    page.get_by_label("说明").fill("按计划推进")
    page.get_by_role("button", name="进入推进", exact=True).click()
    told = page.locator("[role=alert]").inner_text()
    assert "演示·同城化局乙" in told
    assert "没有生效" in told
    entry.refresh_from_db()
    assert entry.status == "launched"


def select_and_run(page: Page, entries: list[LedgerEntry], action: str) -> None:
    page.goto("/admin/projects/cooperationitem/")
    for entry in entries:
        page.locator(f"input.action-select[value='{entry.pk}']").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="执行").click()


def test_a_bulk_step_moves_all_with_one_trail_row_each(
    accounts: dict[str, User], open_page: OpenPage
):
    entries = [an_item() for _ in range(3)]
    other = an_item()
    page = open_page(accounts["bureau"])
    select_and_run(page, entries, "办理状态推进…")
    page.get_by_label("办理").select_option(label="进入推进")
    page.get_by_label("说明").fill("按计划推进")
    page.locator("input[name=apply]").click()
    assert "3条" in page.locator(".messagelist").inner_text()
    statuses = LedgerEntry.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["advancing"] * 3 + [other.status]
    rows = Revision.objects.filter(action="move")
    assert sorted(row.record_code for row in rows) == sorted(entry.code for entry in entries)
    assert len({row.batch for row in rows}) == 1
    assert verify().problem == ""


def test_a_bulk_step_that_one_entry_cannot_take_moves_none(
    accounts: dict[str, User], open_page: OpenPage
):
    ready = [an_item("not-started", due_on=dt.date(2027, 12, 31)) for _ in range(2)]
    lacking = an_item("not-started", due_on=None, name="没有时限的事项")
    page = open_page(accounts["bureau"])
    select_and_run(page, [*ready, lacking], "办理状态推进…")
    page.get_by_label("办理").select_option(label="启动实施")
    page.get_by_label("说明").fill("统一启动")
    page.locator("input[name=apply]").click()
    told = page.locator(".errornote").inner_text()
    assert "没有时限的事项" in told
    assert "完成时限" in told
    assert ready[0].code not in told
    assert page.get_by_label("说明").input_value() == "统一启动"
    shown = page.locator(".bulk-form ol li").all_inner_texts()
    assert ["未启动" in line for line in shown] == [True, True, True]
    assert set(LedgerEntry.objects.values_list("status", flat=True)) == {"not-started"}
    assert not Revision.objects.filter(action="move").exists()


def test_a_bulk_step_over_an_entry_that_was_changed_meanwhile_moves_none(
    accounts: dict[str, User], open_page: OpenPage
):
    entries = [an_item() for _ in range(3)]
    page = open_page(accounts["bureau"])
    select_and_run(page, entries, "办理状态推进…")
    changed = entries[1].specific
    changed.remarks = "乙改的备注"
    changed.save()
    page.get_by_label("办理").select_option(label="进入推进")
    page.locator("input[name=apply]").click()
    told = page.locator(".errornote").inner_text()
    assert entries[1].code in told
    assert "已被他人修改" in told
    assert set(LedgerEntry.objects.values_list("status", flat=True)) == {"launched"}


def test_signing_out_ends_the_session(accounts: dict[str, User], open_page: OpenPage):
    page = open_page(accounts["leader"])
    page.goto("/items/")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login/")
    page.goto("/items/")
    assert page.url.endswith("/login/?next=/items/")

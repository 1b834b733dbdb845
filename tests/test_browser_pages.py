"""Every page in a real browser: accessible, within its screen, and of use without scripts.

Each test seeds the ledgers once and then walks through many pages, since seeding costs more than
they do. That no page breaks the content security policy is the fixture's doing (tests.browser).
"""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from playwright.sync_api import Page

from projects import seeding
from projects.choices import Ledger
from projects.models import LEDGER_MODELS, LedgerEntry, Organisation, User
from tests.browser import OpenPage, accessibility_problems

pytestmark = pytest.mark.browser

WIDE, NARROW = 1440, 390
PASSWORD = "Correct-horse-26"
LISTS = [*Ledger.values, "entries"]
ADMIN_MODELS = [model._meta.model_name for model in LEDGER_MODELS.values()]


@pytest.fixture
def accounts(transactional_db: None) -> dict[str, User]:
    """The demo: all four ledgers and the eight accounts by name."""
    seeding.seed()
    call_command("demo_accounts", password=PASSWORD, stdout=io.StringIO())
    return {user.username: user for user in User.objects.all()}


def faults(page: Page, *, may_scroll: bool = False) -> list[str]:
    """What is wrong with the page as it stands, unfolded, light and dark, wide and narrow."""
    found = []
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            found += [f"{width} {scheme}: {problem}" for problem in accessibility_problems(page)]
    if not may_scroll and (beyond := sideways(page)):
        found.append(f"{NARROW}: scrolls sideways by {beyond} px")
    return found


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def all_faults(page: Page, addresses: list[str], *, may_scroll: bool = False) -> dict[str, Any]:
    """Address → what is wrong there; pages without fault are left out."""
    found = {}
    for address in addresses:
        page.goto(address)
        if wrong := faults(page, may_scroll=may_scroll):
            found[address] = wrong
    return found


def an_entry(ledger: str, **facts: Any) -> LedgerEntry:
    """An entry of the ledger with milestones, so that its page shows all that a page can."""
    rows = LEDGER_MODELS[Ledger(ledger)].objects.filter(milestones__isnull=False, **facts)
    return rows.order_by("code").distinct()[0]


def test_boards_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    led = LedgerEntry.objects.exclude(lead=None).order_by("code")[0].lead
    assert led is not None
    addresses = [
        "/",
        "/sectors/",
        "/sectors/transport/",
        "/cities/",
        "/cities/512000/",
        "/cities/512021/",
        "/cities/ziyang-airport/",
        f"/units/{led.pk}/",
        f"/units/{Organisation.objects.filter(entries=None, partner_entries=None)[0].pk}/",
    ]
    assert all_faults(open_page(accounts["bureau"]), addresses) == {}


def test_lists_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    addresses = [
        *(f"/{name}/" for name in LISTS),
        "/items/?sector=transport&sector=health&phase=under-way&sort=-due&page_size=5&page=2",
        "/items/?due_before=31.02.2026",
        "/items/?q=这样的名称没有",
        "/items/?page=99",
    ]
    assert all_faults(open_page(accounts["bureau"]), addresses) == {}


def test_entries_and_their_steps_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    entries = [an_entry(ledger) for ledger in Ledger.values]
    item = an_entry("items", status="advancing")
    item.move_to("terminated", by=accounts["bureau2"], reason="policy", note="规划调整")
    waiting = item.get_absolute_url()
    addresses = [
        *(entry.get_absolute_url() for entry in entries),
        waiting,
        f"{waiting}move/?to=terminated",
        f"{waiting}move/?to=suspended",
        f"{waiting}move/?to=closed",
    ]
    assert all_faults(open_page(accounts["bureau"]), addresses) == {}


def test_the_trail_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    item = an_entry("items", status="launched")
    item.move_to("advancing", by=accounts["bureau"], note="按计划推进")
    addresses = ["/trail/", "/trail/?action=move", "/trail/?q=没有", "/trail/?after=garbage"]
    assert all_faults(open_page(accounts["bureau"]), addresses) == {}


@pytest.mark.allows_console("status of 400")
def test_a_refused_step_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    item = an_entry("items", status="launched")
    page = open_page(accounts["bureau"])
    page.goto(f"{item.get_absolute_url()}move/?to=advancing")
    page.locator("input[name=on]").fill("2999-01-01")
    page.get_by_role("button", name="确认进入推进").click()
    page.get_by_text("晚于今天").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("name", ["leader", "auditor", "reporter"])
def test_what_others_see_has_no_fault(
    accounts: dict[str, User], open_page: OpenPage, name: str
):
    addresses = ["/", "/items/", an_entry("items").get_absolute_url()]
    assert all_faults(open_page(accounts[name]), addresses) == {}


def test_signing_in_has_no_fault(accounts: dict[str, User], page: Page):
    page.goto("/login/?next=/items/")
    assert faults(page) == []
    sign_in(page, "bureau", "wrong")
    page.get_by_role("alert").wait_for()
    assert faults(page) == []


@pytest.mark.allows_console(r"status of (400|403|404|500)")
def test_pages_of_refusal_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    broken = render_to_string("errors/500.html")
    page = open_page(accounts["leader"])
    page.route("**/broken/", lambda route: route.fulfill(status=500, body=broken))
    addresses = {
        "/items.csv?due_before=31.02.2026": 400,
        "/trail/": 403,
        "/admin/": 403,
        "/items/SX-9999/": 404,
        "/no/such/page/": 404,
        "/broken/": 500,
    }
    answers = {address: page.goto(address) for address in addresses}
    assert {address: answer and answer.status for address, answer in answers.items()} == addresses
    assert all_faults(page, list(addresses)) == {}


# -- the admin: wide tables may scroll there ----------------------------------------------------


def test_the_lists_of_the_admin_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    addresses = [
        "/admin/",
        "/admin/projects/",
        *(f"/admin/projects/{name}/" for name in ADMIN_MODELS),
        "/admin/projects/cooperationitem/?status=advancing&light=red",
        "/admin/projects/cooperationitem/?q=zzzz",
        *(f"/admin/projects/{n}/" for n in ("region", "sector", "organisation", "indicator")),
    ]
    page = open_page(accounts["bureau"])
    assert all_faults(page, addresses, may_scroll=True) == {}


def test_the_forms_of_the_admin_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    entries = [an_entry(ledger) for ledger in Ledger.values]
    addresses = [
        *(f"/admin/projects/{e._meta.model_name}/{e.pk}/change/" for e in entries),
        "/admin/projects/cooperationitem/add/",
        f"/admin/projects/organisation/{Organisation.objects.all()[0].pk}/change/",
        "/admin/projects/region/add/",
        "/admin/password_change/",
    ]
    page = open_page(accounts["bureau"])
    assert all_faults(page, addresses, may_scroll=True) == {}


def test_a_form_with_errors_and_a_bulk_step_have_no_fault(
    accounts: dict[str, User], open_page: OpenPage
):
    page = open_page(accounts["bureau"])
    page.goto("/admin/projects/cooperationitem/add/")
    page.locator("input[name=due]").fill("31.02.2026")
    page.locator("input[name=_save]").click()
    page.locator(".errornote").wait_for()
    assert faults(page, may_scroll=True) == []
    page.goto("/admin/projects/cooperationitem/?status=advancing")
    for box in page.locator("#result_list input.action-select").all()[:3]:
        box.check()
    page.locator("select[name=action]").select_option("take_step")
    page.get_by_role("button", name="执行").click()
    page.locator("input[name=apply]").wait_for()
    assert faults(page, may_scroll=True) == []


def test_a_conflict_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    item = an_entry("items", status="advancing")
    address = f"/admin/projects/cooperationitem/{item.pk}/change/"
    first, second = open_page(accounts["bureau"]), open_page(accounts["bureau2"])
    for page, words in ((first, "甲的安排"), (second, "乙的安排")):
        page.goto(address)
        page.locator("textarea[name=next_step]").fill(words)
    first.locator("input[name=_save]").click()
    first.locator(".messagelist").wait_for()
    second.locator("input[name=_save]").click()
    second.locator(".conflict").wait_for()
    assert faults(second, may_scroll=True) == []


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        (
            "sysadmin",
            ["/admin/", "/admin/projects/user/", "/admin/projects/user/add/"],
        ),
        ("secadmin", ["/admin/", "/admin/projects/accessevent/"]),
    ],
)
def test_the_admin_of_accounts_has_no_fault(
    accounts: dict[str, User], open_page: OpenPage, name: str, addresses: list[str]
):
    page = open_page(accounts[name])
    assert all_faults(page, addresses, may_scroll=True) == {}
    page.goto(addresses[1])
    page.locator("#result_list tbody th a").first.click()
    page.locator("#content").wait_for()
    assert faults(page, may_scroll=True) == []


# -- without scripts -----------------------------------------------------------------------------


def test_the_ledgers_can_be_read_and_moved_without_scripts(
    accounts: dict[str, User], open_page: OpenPage
):
    item = an_entry("items", status="launched")
    page = open_page(java_script_enabled=False)
    page.goto("/items/")
    sign_in(page, "bureau", PASSWORD)
    page.wait_for_url("**/items/")

    page.locator("main input[name=q]").fill(item.name)
    page.locator("main").get_by_role("button", name="检索").click()
    assert page.locator("main").get_attribute("data-total") == "1"

    page.locator("main").get_by_role("link", name=item.name).click()
    page.locator("main").get_by_role("link", name="进入推进").click()
    page.get_by_label("说明").fill("按计划推进")
    page.get_by_role("button", name="确认进入推进").click()

    assert "已转为“推进中”" in page.get_by_role("status").inner_text()
    item.refresh_from_db()
    assert item.status == "advancing"


def test_lists_are_sorted_and_filtered_without_scripts(
    accounts: dict[str, User], open_page: OpenPage
):
    page = open_page(accounts["leader"], java_script_enabled=False)
    page.goto("/items/")
    page.locator("details.more summary").click()
    page.locator("main select[name=provenance]").select_option("article")
    page.get_by_role("button", name="按以上条件筛选").click()
    shown = page.locator("main tbody tr").count()
    expected = LEDGER_MODELS[Ledger.ITEMS].objects.filter(provenance="article").count()
    assert (shown, page.locator("main").get_attribute("data-total")) == (expected, str(expected))


def test_an_entry_is_edited_without_scripts(accounts: dict[str, User], open_page: OpenPage):
    item = an_entry("items", status="launched")
    page = open_page(accounts["bureau"], java_script_enabled=False)
    page.goto(f"/admin/projects/cooperationitem/{item.pk}/change/")
    page.locator("textarea[name=remarks]").fill("无脚本也能保存")
    page.locator("input[name=_save]").click()
    page.locator(".messagelist").wait_for()
    before = (list(item.regions.all()), list(item.partners.all()))
    item.refresh_from_db()
    assert item.remarks == "无脚本也能保存"
    assert (list(item.regions.all()), list(item.partners.all())) == before


def sign_in(page: Page, username: str, password: str) -> None:
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("main").get_by_role("button", name="登录").click()


def test_a_file_is_downloaded_from_the_list_as_it_is_filtered(
    accounts: dict[str, User], open_page: OpenPage, tmp_path: Path
):
    page = open_page(accounts["leader"])
    page.goto("/items/?provenance=article&sort=name")
    codes = page.locator("main tbody td.code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").click()
    kept = tmp_path / "list.csv"
    download.value.save_as(kept)
    rows = kept.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == codes

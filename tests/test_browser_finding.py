"""Finding in a browser: the box by keyboard, without script, and lists that change in place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from projects.choices import Role
from projects.models import Act, SavedView, User
from tests import factories
from tests.browser import OpenPage, accessibility_problems, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def leader(transactional_db: None) -> User:
    return factories.user("leader", Role.LEADER)


@pytest.fixture
def here(leader: User, open_page: OpenPage) -> Page:
    factories.infrastructure(name="成资S3线", aliases="轨道交通资阳线", lead=None)
    factories.infrastructure(name="成资渝高速", lead=None)
    return open_page(leader)


def test_an_entry_is_found_by_keyboard_alone(here: Page):
    here.goto("/sectors/")
    here.keyboard.press("/")
    box = here.get_by_role("combobox", name="检索")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")
    here.keyboard.type("czs3x")
    options = here.get_by_role("option")
    expect(options).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")
    here.keyboard.press("ArrowDown")
    chosen = here.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_contain_text("成资S3线")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert accessibility_problems(here) == []
    here.keyboard.press("Enter")
    here.wait_for_url("**/infrastructure/JC-0001/")


def test_the_arrows_go_round_by_way_of_the_box_and_escape_puts_the_list_away(here: Page):
    here.goto("/")
    here.keyboard.press("/")
    here.keyboard.type("成资")
    expect(here.get_by_role("option")).to_have_count(3)
    box = here.locator("#site-search")
    seen = []
    for _ in range(5):
        here.keyboard.press("ArrowDown")
        seen.append(box.get_attribute("aria-activedescendant"))
    assert seen == ["found-0", "found-1", "found-2", None, "found-0"]
    here.keyboard.press("ArrowUp")
    here.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == "found-2"
    here.keyboard.press("Escape")
    expect(here.get_by_role("option")).to_have_count(0)
    expect(box).to_have_value("成资")


def test_what_is_typed_next_replaces_what_was_found_and_nothing_is_said_of_nothing(here: Page):
    here.goto("/")
    box = here.locator("#site-search")
    box.press_sequentially("成资渝")
    expect(here.get_by_role("option").first).to_contain_text("成资渝高速")
    box.fill("没有这样的")
    expect(here.locator("#site-found")).to_have_text("没有找到与“没有这样的”相符的内容。")
    box.fill("")
    expect(here.locator("#site-found")).to_be_hidden()


def test_a_slash_that_is_typed_into_a_field_stays_there(here: Page):
    here.goto("/items/")
    field = here.locator("main input[name=q]")
    field.press_sequentially("a/b")
    expect(field).to_have_value("a/b")


def test_the_results_have_a_page_without_script(leader: User, open_page: OpenPage):
    factories.infrastructure(name="成资S3线", lead=None)
    page = open_page(java_script_enabled=False)
    page.goto("/")
    sign_in(page, "leader", factories.PASSWORD)
    box = page.get_by_label("检索", exact=True)
    box.fill("czs3x")
    box.press("Enter")
    page.wait_for_url("**/find/?q=czs3x")
    page.get_by_role("link", name="成资S3线", exact=True).click()
    page.wait_for_url("**/infrastructure/JC-0001/")


# --- lists that change in place ----------------------------------------------------------------


@pytest.fixture
def asked(here: Page) -> list[str]:
    """The kinds of what the page asks for: a whole document, or a part."""
    kinds: list[str] = []

    def on(request: Request) -> None:
        if request.resource_type in ("document", "xhr"):
            kinds.append(request.resource_type)

    factories.item(provenance="article", name="甲")
    factories.item(provenance="entered", name="乙")
    here.goto("/items/")
    here.on("request", on)
    return kinds


def total(page: Page, rows: int) -> None:
    expect(page.locator("main")).to_have_attribute("data-total", str(rows))


def test_a_list_is_narrowed_and_ordered_in_place_and_back_undoes_it(here: Page, asked: list[str]):
    here.locator("#provenance-article").click()
    total(here, 1)
    assert here.url.endswith("/items/?provenance=article")
    expect(here.locator("#provenance-article")).to_be_focused()
    here.locator("#sort-name").click()
    here.wait_for_url("**sort=name**")
    expect(here.locator("th[aria-sort]")).to_contain_text("名称")
    assert asked == ["xhr", "xhr"]
    expect(here.get_by_text(re.compile("^共1条。$"))).to_have_count(1)
    here.go_back()
    expect(here.locator("th[aria-sort]")).to_contain_text("编号")
    total(here, 1)
    here.go_back()
    total(here, 2)
    assert here.url.endswith("/items/")
    kept = here.evaluate("Object.keys(sessionStorage).concat(Object.keys(localStorage))")
    assert kept == ["htmx-current-path-for-history"]  # an address, and nothing of a page


def test_the_form_narrows_in_place_and_keeps_its_place(here: Page, asked: list[str]):
    here.locator("main input[name=q]").fill("甲")
    here.locator("main input[name=q]").press("Enter")
    total(here, 1)
    expect(here.locator("main input[name=q]")).to_be_focused()
    assert asked == ["xhr"]
    assert accessibility_problems(here) == []


def test_another_day_is_a_page_of_its_own(here: Page, asked: list[str]):
    here.locator("summary", has_text="更多条件").click()
    day = here.locator("main input[name=as_of]")
    day.fill(day.get_attribute("max") or "2026-01-01")
    here.get_by_role("button", name="按以上条件筛选").click()
    here.wait_for_url("**as_of=2**")
    assert "document" in asked
    assert "xhr" not in asked


def test_who_was_signed_out_is_led_to_sign_in(here: Page, asked: list[str]):
    here.context.clear_cookies()
    here.locator("#provenance-article").click()
    here.wait_for_url("**/login/?next=**")
    assert asked[-1] == "document"


@pytest.mark.allows_console("status of 500|Response Status")
def test_what_cannot_be_brought_in_place_is_asked_for_whole(here: Page, asked: list[str]):
    here.route(
        "**/items/?provenance=article",
        lambda route: (
            route.fulfill(status=500) if route.request.resource_type == "xhr" else route.continue_()
        ),
    )
    here.locator("#provenance-article").click()
    here.wait_for_url("**provenance=article")
    total(here, 1)
    assert asked == ["xhr", "document"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_finding_and_of_views_are_accessible(
    leader: User, open_page: OpenPage, scheme: str
):
    factories.small_ledgers()
    SavedView.keep(
        {"ledger": "items", "name": "文章载明", "query": "provenance=article"}, Act(by=leader)
    )
    page = open_page(leader, color_scheme=scheme, viewport={"width": 390, "height": 844})
    addresses = [
        "/find/",
        "/find/?q=公",
        "/find/?q=没有",
        "/find/?made=up",
        "/find/?q=2&group=units",
    ]
    found = {}
    for address in [*addresses, "/find/?q=2&group=units", "/views/", "/items/?provenance=article"]:
        page.goto(address)
        for summary in page.locator("main summary").all():
            if summary.is_visible() and not summary.evaluate("one => one.parentElement.open"):
                summary.click()
        wide = page.evaluate("document.documentElement.scrollWidth")
        found[address] = (accessibility_problems(page), wide)
    assert found == dict.fromkeys(found, ([], 390))

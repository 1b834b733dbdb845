"""Columns of one's own in a browser: chosen by keyboard alone, and what stays in sight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from projects.choices import LISTS, Role
from projects.filters import ledger_of
from projects.ledgercolumns import columns_of
from projects.models import SavedView, User
from tests import factories
from tests.browser import OpenPage, accessibility_problems

pytestmark = pytest.mark.browser

ALL = ",".join(column.name for column in columns_of(ledger_of("items")))


@pytest.fixture
def here(transactional_db: None, open_page: OpenPage) -> Page:
    unit = factories.unit("甲局")
    for number in range(30):
        factories.item(name=f"跨市公交线路衔接第{number}条", lead=unit, progress="主体完工")
    leader: User = factories.user("leader", Role.LEADER)
    return open_page(leader)


def press_until(page: Page, key: str, name: str) -> None:
    """Walk on until what has the focus is called so."""
    for _ in range(200):
        page.keyboard.press(key)
        if page.evaluate("(document.activeElement.innerText || '').trim()") == name:
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def headings(page: Page) -> list[str]:
    return [text.strip(" ▲▼\n") for text in page.locator("thead th").all_inner_texts()]


def test_columns_are_chosen_moved_applied_and_kept_by_keyboard_alone(here: Page):
    here.goto("/items/?sort=-due")
    press_until(here, "Tab", "选择列")
    here.keyboard.press("Enter")
    here.wait_for_url("**/items/columns/**")
    assert accessibility_problems(here) == []

    tick = here.locator('#column-progress input[type="checkbox"]')
    tick.focus()
    here.keyboard.press("Space")
    here.locator('#column-progress input[type="checkbox"]:checked').wait_for()
    here.get_by_role("button", name="应用到清单").first.focus()
    here.keyboard.press("Enter")
    here.wait_for_url("**/items/?**columns=**")
    assert headings(here)[-1] == "形象进度"

    press_until(here, "Tab", "选择列")
    here.keyboard.press("Enter")
    here.wait_for_url("**/items/columns/**")
    # The page opens again at the column that was moved: the next stop of Tab is beside it.
    here.get_by_role("button", name=re.compile("^最前.*形象进度")).focus()
    here.keyboard.press("Enter")
    here.wait_for_url("**#column-progress")
    here.keyboard.press("Tab")
    at = "document.activeElement.closest('li').id"
    assert here.evaluate(at) == "column-progress"
    press_until(here, "Shift+Tab", "应用到清单")
    here.keyboard.press("Enter")
    here.wait_for_url("**/items/?**columns=progress**")
    assert headings(here)[:2] == ["形象进度", "编号"]

    here.get_by_text("保存为视图").click()
    here.get_by_label("视图名称").fill("进度在前")
    here.get_by_role("button", name="保存", exact=True).click()
    expect(here.get_by_role("link", name="进度在前")).to_have_attribute("aria-current", "true")
    assert SavedView.objects.get().columns[:2] == ["progress", "code"]


def test_header_and_first_columns_stay_in_sight(here: Page):
    here.set_viewport_size({"width": 1280, "height": 800})
    here.goto(f"/items/?columns={ALL}&freeze=2&density=compact")
    region = here.get_by_role("region", name="合作事项清单")
    region.focus()
    places = """() => [...document.querySelectorAll('thead th')].slice(0, 3)
        .map((cell) => { const box = cell.getBoundingClientRect(); return [box.left, box.top]; })"""
    first, second, third = here.evaluate(places)
    for _ in range(10):
        here.keyboard.press("ArrowRight")
    here.keyboard.press("PageDown")
    for _ in range(50):
        left, top = region.evaluate("(region) => [region.scrollLeft, region.scrollTop]")
        if min(left, top) > 100:
            break
        here.wait_for_timeout(100)
    else:
        raise AssertionError(f"the list is scrolled by {left} and {top} only")
    head = here.evaluate("document.querySelector('.ledger-scroll').getBoundingClientRect().top")
    after = here.evaluate(places)
    assert [left for left, _ in after[:2]] == [first[0], second[0]]
    assert after[2][0] < third[0]
    assert abs(after[0][1] - head) <= 2
    assert accessibility_problems(here) == []
    assert here.evaluate("document.documentElement.scrollWidth") <= 1280


def test_what_has_the_focus_is_not_under_what_stays_in_sight(here: Page):
    here.set_viewport_size({"width": 1000, "height": 700})
    here.goto(f"/items/?columns={ALL}&freeze=3")
    # Into the last heading that sorts, and back to the first that is not held.
    here.locator("thead th a").last.focus()
    free = here.locator("thead th:not(.held) a").first
    free.focus()
    covered = """(link) => {
        const box = link.getBoundingClientRect();
        const top = document.elementFromPoint(box.left + 2, box.top + box.height / 2);
        return !link.contains(top);
    }"""
    assert free.evaluate(covered) is False


def test_the_density_changes_the_rows_in_place(here: Page):
    here.goto("/items/")
    row = here.locator("tbody tr").first

    def height() -> float:
        return float(row.evaluate("(row) => row.getBoundingClientRect().height"))

    usual = height()
    here.get_by_role("link", name="紧凑").click()
    here.wait_for_url("**density=compact")
    expect(here.get_by_role("link", name="紧凑")).to_have_attribute("aria-current", "true")
    compact = height()
    here.get_by_role("link", name="宽松").click()
    here.wait_for_url("**density=roomy")
    expect(here.get_by_role("link", name="宽松")).to_have_attribute("aria-current", "true")
    assert compact < usual < height()


@pytest.mark.parametrize("path", [path for path, _ in LISTS])
def test_a_list_of_all_its_columns_is_cards_on_a_telephone(here: Page, path: str):
    every = ",".join(column.name for column in columns_of(ledger_of(path)))
    here.set_viewport_size({"width": 390, "height": 844})
    here.goto(f"/{path}/?columns={every}")
    assert here.evaluate("document.documentElement.scrollWidth") <= 390
    here.goto(f"/{path}/columns/")
    assert here.evaluate("document.documentElement.scrollWidth") <= 390

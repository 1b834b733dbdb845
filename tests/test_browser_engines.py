"""What a script does where style sheets cannot, for browsers that know no ::details-content."""

import pytest
from playwright.sync_api import Page, expect

from projects.choices import Role
from tests import factories
from tests.browser import OpenPage

pytestmark = pytest.mark.browser

#: Chromium 86 and Firefox before 143 answer no.
OLD = """(() => {
  const knows = CSS.supports.bind(CSS);
  CSS.supports = (...asked) => !asked[0].includes("::details-content") && knows(...asked);
})();"""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def old(transactional_db: None, open_page: OpenPage) -> Page:
    factories.item()
    page = open_page(factories.user("leader", Role.LEADER))
    page.add_init_script(OLD)
    return page


def test_filters_stand_open_beside_a_list_and_stay_so_when_it_is_narrowed_in_place(old: Page):
    old.set_viewport_size(WIDE)
    old.goto("/items/")
    fold = old.locator(".filter-fold")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator("> summary")).to_be_hidden()
    old.evaluate("window.isSame = true")
    old.locator(".facet a").first.click()
    old.wait_for_url("**/items/?*")
    expect(fold).to_have_attribute("open", "")
    assert old.evaluate("window.isSame")


def test_filters_stay_folded_above_a_list_on_a_phone(old: Page):
    old.set_viewport_size(NARROW)
    old.goto("/items/")
    fold = old.locator(".filter-fold")
    assert fold.get_attribute("open") is None
    expect(fold.locator("> summary")).to_be_visible()


def test_filters_are_left_to_the_style_sheet_where_it_can(
    transactional_db: None, open_page: OpenPage
):
    factories.item()
    page = open_page(factories.user("leader", Role.LEADER))
    page.set_viewport_size(WIDE)
    page.goto("/items/")
    expect(page.locator(".filters")).to_be_visible()
    assert page.locator(".filter-fold").get_attribute("open") is None

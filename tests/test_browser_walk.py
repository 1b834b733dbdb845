"""From a board to list, filter, entry and back by keyboard alone, with script and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from projects.choices import Role
from tests import factories
from tests.browser import OpenPage

pytestmark = pytest.mark.browser

#: So many steps of the tabulator reach anything that these pages lead to.
FAR = 200


def tab_to(page: Page, words: str) -> None:
    """Walk on from where one stands until a link or button of these words has the focus."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.locator("a:focus, button:focus")
        if focused.count() and words in (focused.inner_text() or ""):
            return
    pytest.fail(f"no way by keyboard to {words}")


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_a_list_is_narrowed_an_entry_read_and_left_by_keyboard(
    transactional_db: None, open_page: OpenPage, has_script: bool
):
    for number in range(3):
        factories.item(code=f"SX-000{number + 1}", status="launched")
    factories.item(code="SX-0004", name="终点的事项")
    reader = factories.user("leader", Role.LEADER)
    page = open_page(reader, java_script_enabled=has_script)
    page.goto("/")
    tab_to(page, "合作事项")
    page.keyboard.press("Enter")
    main = page.locator("main")
    expect(main).to_have_attribute("data-total", "4")
    tab_to(page, "未启动")
    page.keyboard.press("Enter")
    expect(main).to_have_attribute("data-total", "1")
    tab_to(page, "终点的事项")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("终点的事项")
    page.go_back()
    expect(main).to_have_attribute("data-total", "1")
    page.go_back()
    expect(main).to_have_attribute("data-total", "4")


PAGES = ["/", "/sectors/", "/cities/", "/leaders/", "/items/", "/items/timeline/", "/matrix/"]
PAGES += ["/items/SX-0001/", "/find/?q=SX", "/views/", "/briefs/", "/rounds/", "/todo/", "/wall/"]


def test_every_page_says_what_it_has_without_script(transactional_db: None, open_page: OpenPage):
    factories.item(code="SX-0001", contact_leader="张某")
    reader = factories.user("leader", Role.LEADER)
    page = open_page(reader, java_script_enabled=False)
    silent = []
    for path in PAGES:
        answer = page.goto(path)
        assert answer is not None
        words = page.locator("main").inner_text()
        if answer.status != 200 or len(words) < 20:
            silent.append((path, answer.status, words))
    assert silent == []

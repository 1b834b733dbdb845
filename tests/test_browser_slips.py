"""A supervision slip is one page of A4, whatever is written on it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from projects.choices import SlipColour
from projects.forms.matters import SLIP_COLUMNS, SLIP_LINES
from projects.models import Act, Matter, User
from projects.text import fitting
from tests import demo, factories
from tests.browser import OpenPage

pytestmark = pytest.mark.browser

A4 = "[0 0 594.95996 841.91998]"


@pytest.fixture
def accounts(transactional_db: None) -> dict[str, User]:
    return demo.accounts()


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def printed(page: Page, slip: Matter) -> bytes:
    page.goto(f"/supervision/{slip.code}/print/")
    return page.pdf(prefer_css_page_size=True, print_background=True)


def left_over(page: Page) -> dict[str, Any]:
    """What of the slip lies outside its sheet, on a page as wide as the text of the paper."""
    page.set_viewport_size({"width": 627, "height": 983})  # 166 by 260 mm
    page.emulate_media(media="print")
    return dict(
        page.evaluate(
            """() => {
              const sheet = document.querySelector('.slip');
              const told = document.querySelector('.slip-told');
              const facts = document.querySelector('.slip-facts');
              return {
                below: sheet.scrollHeight - sheet.clientHeight,
                beside: sheet.scrollWidth - sheet.clientWidth,
                told: told.scrollHeight - told.clientHeight,
                facts: facts.scrollHeight - facts.clientHeight,
              };
            }"""
        )
    )


NOTHING = {"below": 0, "beside": 0, "told": 0, "facts": 0}
PROSE = "请贵单位会同有关产权单位明确迁改方案、责任分工和完成时限，按期书面回复办理情况。"


@pytest.mark.parametrize("colour", SlipColour)
def test_an_ordinary_slip_is_one_page(
    accounts: dict[str, User], open_page: OpenPage, colour: SlipColour
):
    slip = factories.slip(colour=colour, entries=[factories.item()])
    page = open_page(accounts["leader"])
    pdf = printed(page, slip)
    assert pages_of(pdf) == 1
    assert A4.split()[2].split(".", maxsplit=1)[0].encode() in pdf
    assert left_over(page) == NOTHING


@pytest.mark.parametrize("piece", ["字", PROSE, "成资 S3 line 2026-11-30，", "行\n", "W", "m"])
def test_a_slip_filled_to_its_limits_is_one_page(
    accounts: dict[str, User], open_page: OpenPage, piece: str
):
    text, _ = fitting(piece * 500, columns=SLIP_COLUMNS, lines=SLIP_LINES)
    lead = factories.unit("单" * 100)
    entries = [factories.item(name=f"{'名' * 60}{n}", lead=lead) for n in range(8)]
    slip = factories.slip(
        title=piece.replace("\n", "").replace(" ", "")[:1] * 120,
        text=text,
        unit=lead,
        responsible_person="人" * 40,
        entries=entries,
    )
    slip.handle(piece * 500, Act(by=accounts["bureau"]))
    page = open_page(accounts["leader"])
    assert pages_of(printed(page, slip)) == 1
    assert left_over(page) == NOTHING


@pytest.mark.parametrize("is_draft", [True, False])
def test_a_sheet_that_is_filled_has_room_for_its_mark(
    accounts: dict[str, User], open_page: OpenPage, is_draft: bool
):
    text, _ = fitting("字" * 5000, columns=SLIP_COLUMNS, lines=SLIP_LINES)
    slip = factories.slip(title="题" * 120, text=text, is_draft=is_draft)
    if not is_draft:
        slip.handle("复" * 5000, Act(by=accounts["bureau"]))
        slip.take("drop", Act(by=accounts["bureau"], note="重复"), version=slip.version)
    page = open_page(accounts["bureau"])
    assert pages_of(printed(page, slip)) == 1
    assert left_over(page) == NOTHING
    assert page.locator(".slip-mark").is_visible()


def test_the_lines_to_sign_on_stay_on_the_sheet_whatever_is_written(
    accounts: dict[str, User], open_page: OpenPage
):
    slip = factories.slip(title="\ufdfd" * 120, text="\ufdfd" * 800)  # wider than anyone counts
    page = open_page(accounts["leader"])
    assert pages_of(printed(page, slip)) == 1
    left_over(page)
    (first, last) = (line.bounding_box() for line in page.locator(".slip-sign").all())
    sheet = page.locator(".slip").bounding_box()
    assert first
    assert last
    assert sheet
    assert last["y"] + last["height"] <= sheet["y"] + sheet["height"] + 1


def test_the_other_pages_may_go_on(accounts: dict[str, User], open_page: OpenPage):
    """The count of pages is no constant."""
    slip = factories.slip(text="字\n" * 100)
    page = open_page(accounts["leader"])
    page.goto(slip.get_absolute_url())
    assert pages_of(page.pdf(prefer_css_page_size=True)) > 1

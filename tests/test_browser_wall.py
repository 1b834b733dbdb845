"""The wall turns by itself, says when it is old, and fits its screen; the matrix fits A3."""

import datetime as dt
import re
import shutil
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from projects import rounds
from projects.choices import Role
from projects.models import User
from projects.periods import Month, today
from projects.wall import LATE_ROWS
from tests import factories
from tests.browser import OpenPage, accessibility_problems

pytestmark = pytest.mark.browser

SECONDS = 1000
LONG = "示例：成都东部新区与乐至县共建轨道交通沿线产业园区基础设施和公共服务配套设施合作协议"


@pytest.fixture
def leader(transactional_db: None) -> User:
    """Who looks at a ledger with long names, in all sectors, overdue, with a month that is open."""
    unit = factories.unit("成都东部新区管理委员会公园城市建设和综合保障局")
    for code in ("510100", "512000", "510600", "511400"):
        factories.region(code)
    for slug in factories.SECTORS:
        factories.item(
            name=LONG,
            sector=factories.sector(slug),
            lead=unit,
            regions=[factories.region("512021"), factories.region("510112")],
            due_on=today() - dt.timedelta(days=400),
            milestones=[
                {"name": "开工", "planned_on": today(), "planned_precision": "day"},
            ],
        )
    rounds.open_month(Month.of(today()), by=factories.bureau("opener"))
    return factories.user("leader", Role.LEADER)


@pytest.fixture
def wall(leader: User, open_page: OpenPage) -> Page:
    """The wall on its first screen, its clock in the hand of the test."""
    page = open_page(leader, viewport={"width": 1920, "height": 1080})
    page.clock.install()
    page.goto("/wall/?every=10")
    expect(page.locator("h1")).to_have_text("四本台账")
    return page


def ahead(page: Page, seconds: int) -> None:
    page.clock.run_for(seconds * SECONDS)


def test_the_wall_turns_by_itself(wall: Page):
    for title in ("亮灯情况", "逾期未完成（1/3）", "逾期未完成（2/3）"):
        ahead(wall, 10)
        expect(wall.locator("h1")).to_have_text(title)
    assert wall.title().startswith("逾期未完成")
    expect(wall.locator("#wall-alarm")).to_be_hidden()
    expect(wall.locator("#wall-state")).to_have_text(re.compile(r"^数据更新于 \d\d:\d\d$"))


def test_keys_turn_pause_and_go_on(wall: Page):
    wall.keyboard.press("ArrowRight")
    expect(wall.locator("h1")).to_have_text("亮灯情况")
    wall.keyboard.press("ArrowLeft")
    expect(wall.locator("h1")).to_have_text("四本台账")
    wall.keyboard.press("PageUp")
    expect(wall.locator("h1")).to_contain_text("月报填报")
    wall.keyboard.press("Space")
    expect(wall.locator("#wall-state")).to_contain_text("已暂停换屏")
    read = str(wall.locator("main").get_attribute("data-now"))
    ahead(wall, 10)
    expect(wall.locator("main")).not_to_have_attribute("data-now", read)
    expect(wall.locator("h1")).to_contain_text("月报填报")
    wall.keyboard.press("Space")
    ahead(wall, 10)
    expect(wall.locator("h1")).to_have_text("四本台账")


@pytest.mark.allows_console("ERR_INTERNET_DISCONNECTED")
def test_without_the_server_the_last_picture_stays_and_says_so_until_it_is_back(wall: Page):
    wall.context.set_offline(True)
    ahead(wall, 10)
    alarm = wall.locator("#wall-alarm")
    expect(alarm).to_have_text(re.compile(r"^数据截至 \d\d:\d\d，连接中断，正在重试$"))
    expect(alarm).to_be_visible()
    expect(wall.locator("h1")).to_have_text("四本台账")
    ahead(wall, 30)
    expect(alarm).to_be_visible()
    wall.context.set_offline(False)
    ahead(wall, 10)
    expect(wall.locator("h1")).to_have_text("亮灯情况")
    expect(alarm).to_be_hidden()


@pytest.mark.allows_console("status of 503")
def test_a_server_in_trouble_is_as_good_as_none(wall: Page):
    wall.route("**/wall/*", lambda route: route.fulfill(status=503, body="away"))
    ahead(wall, 10)
    expect(wall.locator("#wall-alarm")).to_contain_text("连接中断")
    wall.unroute("**/wall/*")
    ahead(wall, 10)
    expect(wall.locator("#wall-alarm")).to_be_hidden()


def test_what_is_older_than_five_minutes_is_said_to_be_old(wall: Page):
    held: list[Route] = []

    def hold(route: Route) -> None:
        """Neither answered nor refused."""
        held.append(route)

    wall.route("**/wall/*", hold)
    wall.clock.fast_forward(301 * SECONDS)
    expect(wall.locator("#wall-alarm")).to_contain_text("已超过5分钟未更新")
    assert held
    ahead(wall, 20)
    expect(wall.locator("#wall-alarm")).to_contain_text("连接中断")


def test_who_is_signed_out_is_asked_to_sign_in_and_the_picture_stays(wall: Page):
    cookies = wall.context.cookies()
    wall.context.clear_cookies()
    ahead(wall, 10)
    expect(wall.locator("#wall-alarm")).to_contain_text("请重新登录")
    expect(wall.locator("h1")).to_have_text("四本台账")
    wall.context.add_cookies(cookies)
    ahead(wall, 10)
    expect(wall.locator("h1")).to_have_text("亮灯情况")
    expect(wall.locator("#wall-alarm")).to_be_hidden()


def test_without_script_the_browser_turns(leader: User, open_page: OpenPage):
    page = open_page(leader, java_script_enabled=False)
    page.goto("/wall/?every=10&slides=ledgers&slides=lights")
    page.wait_for_url("**/wall/?slide=2&*", timeout=20 * SECONDS)


# -- its measures --------------------------------------------------------------------------------

#: What lies outside its box or the screen, and the sizes of text, in the pixels of the screen.
MEASURE = """() => {
  const all = (chosen) => [...document.querySelectorAll(chosen)];
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  const words = (e) => e.textContent.trim().slice(0, 30);
  const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const texts = all('body *').filter((e) => hasText(e) && e.offsetParent);
  const foot = document.querySelector('.wall-foot').getBoundingClientRect().top + 1;
  const isWide = (e) => e.scrollWidth > e.clientWidth + 1;
  const isCut = (e) => isWide(e) || e.scrollHeight > e.clientHeight + 1;
  const isBelow = (e) => e.getBoundingClientRect().bottom > foot;
  const root = document.documentElement;
  return {
    scrolls: [root.scrollHeight - root.clientHeight, root.scrollWidth - root.clientWidth],
    cut: all('.wall-card, .wall-late li').filter(isCut).map(words),
    wide: all('.wall-table td, .wall-table th, .wall-table').filter(isWide).map(words),
    below: texts.filter((e) => e.closest('main') && isBelow(e)).map(words),
    smallest: Math.min(...texts.map(size)),
    figures: all('[data-count]').filter((e) => !e.closest('li')).map(size),
  };
}"""


def measured(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(MEASURE))


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
def test_every_screen_fits_the_wall_and_is_read_at_six_metres(
    leader: User, open_page: OpenPage, width: int, height: int
):
    assert len(factories.SECTORS) > LATE_ROWS
    page = open_page(leader, viewport={"width": width, "height": height})
    scale, number, total = width / 1920, 0, 1
    wrong: dict[int, Any] = {}
    while number < total:
        number += 1
        page.goto(f"/wall/?slide={number}&theme={'light' if number % 2 else 'dark'}")
        total = int(re.findall(r"/([0-9]+)", page.locator(".wall-turn").inner_text())[0])
        found = measured(page)
        is_readable = found["smallest"] >= 28 * scale and min(found["figures"]) >= 96 * scale
        outside = [*found["cut"], *found["wide"], *found["below"]]
        if any(found["scrolls"]) or outside or not is_readable:
            wrong[number] = found
        if width == 1920 and (problems := accessibility_problems(page)):
            wrong[number] = problems
    assert number >= 9
    assert wrong == {}


# -- the matrix on paper and under the hand ------------------------------------------------------


def test_the_matrix_is_printed_on_a3_with_nothing_cut_off(leader: User, open_page: OpenPage):
    for tool in ("pdfinfo", "pdftotext"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool} (poppler-utils)")
    page = open_page(leader)
    page.goto("/matrix/?by=sector")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert "(A3)" in read_by("pdfinfo", pdf, "-")
    text = read_by("pdftotext", pdf, "-layout", "-", "-")
    words = ["挂图作战：合作事项", f"截至 {today()}", "本系统为非涉密系统", "全期", "合计", "12月"]
    assert [word for word in words if word not in text] == []
    page.set_viewport_size({"width": 1496, "height": 1000})  # 396 mm, the text of the sheet
    page.emulate_media(media="print")
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(beyond) == 0
    cut = "[...document.querySelectorAll('.matrix td, .matrix th')]"
    assert page.evaluate(f"{cut}.filter(e => e.scrollWidth > e.clientWidth + 1).length") == 0


def read_by(tool: str, pdf: bytes, *options: str) -> str:
    """What a tool of poppler says of a PDF."""
    done = subprocess.run([tool, *options], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


BOX, HEAD, FIRST = (
    f"document.querySelector('{chosen}').getBoundingClientRect()"
    for chosen in (".matrix-scroll", ".matrix thead th:nth-child(9)", ".matrix tbody tr + tr th")
)


def test_the_header_and_first_column_of_the_matrix_stay_in_sight(leader: User, open_page: OpenPage):
    page = open_page(leader, viewport={"width": 390, "height": 844})
    page.goto("/matrix/?by=sector")
    page.locator(".matrix-scroll").evaluate("box => box.scrollTo(600, 300)")
    assert page.evaluate(
        f"[{HEAD}.top - {BOX}.top, {FIRST}.left - {BOX}.left].map(Math.round)"
    ) == [*(0, 0)]

"""Long work in a browser: begun, left, come back to, fetched; with script and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from projects import longwork, proof
from projects.choices import Role
from projects.models import LongTask, User
from tests import factories
from tests.browser import OpenPage, accessibility_problems, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def leader(transactional_db: None, settings: Any) -> Iterator[User]:
    settings.LONG_EXPORT_ROWS = 1
    factories.item(name="成资渝高速")
    factories.item(name="成资S3线")
    yield factories.user("leader", Role.LEADER)
    longwork.settle()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A brake, nothing else: the work waits after its first row until the test lets it go."""
    go, count = Event(), longwork.Hold.counting

    def counting(self: Any, records: Any) -> Any:
        for number, record in enumerate(count(self, records)):
            yield record
            if number == 0:
                go.wait(30)

    monkeypatch.setattr(longwork.Hold, "counting", counting)
    return go.set


def fetched(page: Page, folder: Path) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^下载")).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name.startswith("合作事项-")
    return path.read_bytes()


def test_a_task_is_watched_left_and_come_back_to(
    leader: User, open_page: OpenPage, slow: Callable[[], None], tmp_path: Path
) -> None:
    page = open_page(leader)
    page.goto("/items/?sort=-name")
    page.get_by_role("button", name="导出 Excel（后台）").click()
    page.wait_for_url("**/tasks/*/")
    bar = page.locator("#task progress")
    expect(bar).to_have_attribute("max", "2")
    expect(page.locator("#task")).to_have_attribute("data-state", "running")
    assert accessibility_problems(page) == []
    page.get_by_role("link", name="分领域").first.click()
    page.wait_for_url("**/sectors/")
    page.get_by_role("link", name="任务", exact=True).first.click()
    page.get_by_role("link", name="导出 Excel：合作事项").click()
    expect(page.locator("#task")).to_have_attribute("data-state", "running")
    page.evaluate("window.isTheSamePage = true")
    slow()
    expect(page.locator("#task")).to_have_attribute("data-state", "done")
    assert page.evaluate("window.isTheSamePage")
    expect(page).to_have_title(re.compile("^已完成"))
    assert accessibility_problems(page) == []
    finding = proof.examine("x.xlsx", fetched(page, tmp_path))
    assert (finding.verdict, finding.receipt) == (proof.GENUINE, LongTask.objects.get().receipt)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert asked == []  # it has stopped asking


def test_the_page_reloads_by_itself_without_script(
    leader: User, open_page: OpenPage, slow: Callable[[], None], tmp_path: Path
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/login/")
    sign_in(page, "leader", factories.PASSWORD)
    page.goto("/items/")
    page.get_by_role("button", name="导出 Excel（后台）").click()
    page.wait_for_url("**/tasks/*/")
    page.goto("/sectors/")
    page.get_by_role("link", name="任务", exact=True).first.click()
    page.get_by_role("link", name="导出 Excel：合作事项").click()
    expect(page.locator("#task")).to_contain_text("共 2 行")
    slow()
    expect(page.locator("#task")).to_have_attribute("data-state", "done", timeout=10_000)
    assert proof.examine("x.xlsx", fetched(page, tmp_path)).verdict == proof.GENUINE


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_runs_over_the_side(leader: User, open_page: OpenPage, width: int) -> None:
    page = open_page(leader, viewport={"width": width, "height": 900})
    page.goto("/items/?q=成资")
    page.get_by_role("button", name="导出 Excel（后台）").click()
    expect(page.locator("#task")).to_have_attribute("data-state", "done")
    for address in ("/items/", page.url, "/tasks/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if address == "/items/":
            continue
        small = page.locator("main .button:visible").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().height).filter(high => high < 44)"
        )
        assert small == []

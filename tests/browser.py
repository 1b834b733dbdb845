"""A real browser for the tests: Chromium, driven by Playwright, against the live server.

`page` is a page; `open_page(user)` opens one more, in a browser profile of its own and logged in as
`user`. A test fails on anything a page complains of: an error in its console, what the content
security policy refused, a request to another host. Where an error is the point of the test, say
which: ``@pytest.mark.allows_console("status of 404")``.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

OpenPage = Callable[..., Page]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """The path of a Chromium: $CHROMIUM, else one on PATH. Raises LookupError with the reason."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    if given := os.environ.get("CHROMIUM", ""):
        names = [given]
    for name in names:
        if path := shutil.which(name):
            return path
    raise LookupError(f"no Chromium found (looked for {', '.join(names)}; or set CHROMIUM)")


def accessibility_problems(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong with the page as it stands, one line for each kind of problem.

    By all of its rules, or by those named. It is kept from reading style sheets by itself, which
    our content security policy refuses and the test would be blamed for.
    """
    options: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    return [
        f"{found['id']}: {found['help']} ({found['nodes'][0]['target']}, {len(found['nodes'])}×)"
        for found in Axe().run(page, options=options).response["violations"]
    ]


def sign_in(page: Page, username: str, password: str) -> None:
    """By the sign-in page, which stands open; comes back when the next page is there."""
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="登录").click()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        path = find_chromium()
    except LookupError as reason:
        pytest.skip(str(reason))
    # Playwright keeps an event loop in this thread, and Django then refuses the database to it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, transactional_db: None, live_server: Any, chromium: Browser
) -> Iterator[OpenPage]:
    """open_page(user=None, **options of a browser context) -> Page"""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(user: Any = None, **options: Any) -> Page:
        options = {"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, **options}
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        _listen(context, live_server.url, complaints)
        if user is not None:
            _log_in(context, live_server.url, user)
        return context.new_page()

    yield open_page
    for context in contexts:  # before the database is cleared: no request may still be under way
        context.close()
    allowed = [mark.args[0] for mark in request.node.iter_markers("allows_console")]
    unexpected = [line for line in complaints if not any(re.search(a, line) for a in allowed)]
    if unexpected:
        pytest.fail("\n".join(unexpected), pytrace=False)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


def _listen(context: BrowserContext, home: str, complaints: list[str]) -> None:
    """Write down what pages complain of; refusals by the content security policy are among it."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location['url']})")

    def on_request(asked: Request) -> None:
        if not asked.url.startswith((f"{home}/", "data:", "blob:")):
            complaints.append(f"foreign request: {asked.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    context.on("request", on_request)


def _log_in(context: BrowserContext, home: str, user: Any) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": home}])

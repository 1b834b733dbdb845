"""`make screenshots`: docs/screenshots/ drawn anew from a demo that lives as long as this run.

Names on the command line draw those alone: `make screenshots ARGS="entry admin-form"`.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import ARGUMENTS, find_chromium

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = (1440, 390)
TALLEST = 1800
PAPER = 794  # A4 at 96 dots an inch


@dataclass(frozen=True)
class Shot:
    """A page at some widths; `options` are those of a browser context."""

    name: str
    path: str
    user: str = "bureau"
    widths: tuple[int, ...] = WIDTHS
    options: dict[str, Any] = field(default_factory=dict)
    media: str = "screen"


SHOTS = (
    Shot("login", "/login/", user=""),
    Shot("overview", "/"),
    Shot("sector", "/sectors/transport/"),
    Shot("city", "/cities/512000/"),
    Shot("list", "/items/?phase=under-way&sector=transport&sector=health"),
    Shot("entry", "/infrastructure/JC-0001/"),
    Shot("admin-list", "/admin/projects/cooperationitem/"),
    Shot("admin-form", "/admin/projects/cooperationitem/?q=SX-0001"),
    Shot("dark-overview", "/", widths=(1440,), options={"color_scheme": "dark"}),
    Shot("print-entry", "/infrastructure/JC-0001/", widths=(PAPER,), media="print"),
)


def main(wanted: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(12)
    with demo(password) as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                for width in shot.widths:
                    print(draw(browser, home, shot, width, password))
        browser.close()
    return 0


@contextmanager
def demo(password: str) -> Iterator[str]:
    """The address of a freshly seeded demo, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="ledger-shots-") as folder:
        ours = {"DATABASE_URL": f"sqlite:///{folder}/ledger.sqlite3", "DEMO_PASSWORD": password}
        environment = {**os.environ, **ours, "LEDGER_ENV": "demo", "ALLOWED_HOSTS": ""}
        for command in ("migrate", "seed", "demo_accounts"):
            arguments = [sys.executable, "manage.py", command]
            subprocess.run(
                arguments, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
            )
        with served(environment) as home:
            yield home


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tracker.wsgi", f"--bind=127.0.0.1:{port}"]
    command += ["--worker-class=gthread", "--threads=4", "--log-level=warning"]
    with subprocess.Popen([*command, "--no-control-socket"], cwd=ROOT, env=environment) as server:
        try:
            home = f"http://127.0.0.1:{port}"
            wait_for(f"{home}/healthz")
            yield home
        finally:
            server.terminate()


def wait_for(address: str) -> None:
    """Raises URLError when nothing answers within 20 s."""
    for attempt in range(100):
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            if attempt == 99:
                raise
            time.sleep(0.2)


def draw(browser: Browser, home: str, shot: Shot, width: int, password: str) -> str:
    """Write one picture; returns its name and size."""
    context = browser.new_context(
        base_url=home, locale="zh-CN", viewport={"width": width, "height": 900}, **shot.options
    )
    page = context.new_page()
    if shot.user:
        log_in(page, shot.user, password)
    page.goto(shot.path)
    if shot.name == "admin-form":
        page.locator("#result_list th.field-code a").click()
    page.emulate_media(media=shot.media)  # type: ignore[arg-type]
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    name = shot.name if shot.widths != WIDTHS else f"{shot.name}-{width}"
    target = FOLDER / f"{name}.png"
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=target, full_page=True, clip=clip)  # type: ignore[arg-type]
    context.close()
    return f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KB"


def log_in(page: Page, username: str, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

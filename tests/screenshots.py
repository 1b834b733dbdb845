"""`make screenshots`: docs/screenshots/ drawn anew from a demo that lives as long as this run.

Names choose among them: `make screenshots ARGS="entry admin-form"`.
"""

import base64
import io
import os
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import openpyxl
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import ARGUMENTS, find_chromium, sign_in

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = (1440, 390)
TALLEST = 1800
PAPER = 794  # A4 at 96 dots an inch
COLOURS, APART = 200, 250  # at most so many, no two closer than this (squared)


@dataclass(frozen=True)
class Shot:
    """A page at some widths; `options` are those of a browser context."""

    name: str
    path: str
    user: str = "bureau"
    widths: tuple[int, ...] = WIDTHS
    options: dict[str, Any] = field(default_factory=dict)
    media: Any = "screen"
    height: int = 900

    def file(self, width: int) -> Path:
        return FOLDER / (
            f"{self.name}-{width}.png" if self.widths == WIDTHS else f"{self.name}.png"
        )


PAST_DAY = (datetime.now(UTC) - timedelta(days=150)).date()
ENTRY, ITEM = "/infrastructure/JC-0017/", "/items/SX-0018/"
SHOTS = (
    Shot("login", "/login/", user=""),
    Shot("overview", "/"),
    Shot("sector", "/sectors/transport/"),
    Shot("city", "/cities/512000/"),
    Shot("cities", "/cities/"),
    Shot("find", "/find/?q=czs3x"),
    Shot("columns", "/items/columns/?light=red&columns=code,name,light,due,percent,next_step"),
    Shot(
        "own-columns",
        "/items/?light=red&columns=code,name,light,due,percent,lead,progress,next_step&density=compact",
    ),
    Shot("timeline", "/infrastructure/timeline/"),
    Shot("list", "/items/?phase=under-way&sector=transport&sector=health"),
    Shot("entry", ENTRY),
    Shot("past", f"/items/?phase=under-way&as_of={PAST_DAY}"),
    Shot("round", f"/rounds/{PAST_DAY:%Y-%m}/"),
    Shot("standing", f"/rounds/{datetime.now(UTC):%Y-%m}/"),
    Shot("unit", "/rounds/mine/", user="reporter"),
    Shot("report", "/rounds/mine/@report", user="reporter"),
    Shot("plan", "/rounds/mine/@plan", user="reporter"),
    Shot("problems", "/problems/"),
    Shot("problem", "/matters/WT-0001/"),
    Shot("meeting", "/meetings/HY-0001/"),
    Shot("todo", "/todo/"),
    Shot("field-lists", "/lists/"),
    Shot("matrix", "/matrix/?by=sector", user="leader"),
    Shot("matrix-a3", "/matrix/?by=sector", user="leader", widths=(PAPER,), media="pdf"),
    Shot("wall", "/wall/", user="leader", widths=(1920,), height=1080),
    Shot("light-rule", "/admin/projects/lightrule/1/change/@stricter", widths=(1440,)),
    Shot("slip", "/matters/DB-0001/@slip", widths=(PAPER,), media="pdf"),
    Shot("brief", f"/briefs/{PAST_DAY:%Y-%m}.docx@关于", widths=(PAPER,), media="docx"),
    Shot("brief-annex", f"/briefs/{PAST_DAY:%Y-%m}.docx@附件 1", widths=(PAPER,), media="docx"),
    Shot("receipts", "/receipts/", user="auditor"),
    Shot("admin-list", "/admin/projects/cooperationitem/"),
    Shot("admin-form", f"{ITEM}@edit"),
    Shot("dark-overview", "/", widths=(1440,), options={"color_scheme": "dark"}),
    Shot("print-entry", ENTRY, widths=(PAPER,), media="print"),
)


def main(wanted: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in SHOTS if not wanted or shot.name in wanted]
    password = secrets.token_urlsafe(12)
    with served_demo(password) as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)

        def opened(user: str, **options: Any) -> BrowserContext:
            context = browser.new_context(base_url=home, locale="zh-CN", **options)
            if user:
                page = context.new_page()
                page.goto("/login/")
                sign_in(page, user, password)
                page.close()
            return context

        work_a_little(opened("bureau"))
        take_out(opened("auditor"))
        for shot in shots:
            for width in shot.widths:
                viewport = {"width": width, "height": shot.height}
                context = opened(shot.user, viewport=viewport, **shot.options)
                draw(context.new_page(), shot, width)
                context.close()
                shrink(browser, shot.file(width))
                size = shot.file(width).stat().st_size // 1024
                print(f"{shot.file(width).relative_to(ROOT)}  {size} KB")
        browser.close()
    return 0


# -- a demo --------------------------------------------------------------------------------------


@contextmanager
def served_demo(password: str) -> Iterator[str]:
    """The address of a freshly seeded demo, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="ledger-shots-") as folder:
        ours = {"DATABASE_URL": f"sqlite:///{folder}/ledger.sqlite3", "DEMO_PASSWORD": password}
        environment = {**os.environ, **ours, "LEDGER_ENV": "demo", "ALLOWED_HOSTS": ""}
        for command in ("migrate", "demo_past", "seed", "demo_accounts"):
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


#: On synthetic entries only: nothing is made up about a real one.
STEPS = (
    ("/items/SX-0021/", "进入推进", "示例：工作专班已组建，按方案推进。"),
    (ENTRY, "登记竣工投用", "示例：交工验收通过，投入使用。"),
    (ITEM, "提请办结", "示例：任务已全部完成，成果清单附后。"),
)


def work_a_little(context: BrowserContext) -> None:
    """Take a few steps, so that there are changes to show."""
    page = context.new_page()
    for address, verb, note in STEPS:
        page.goto(address)
        page.locator("main").get_by_role("link", name=verb, exact=True).click()
        page.get_by_label("说明").fill(note)
        page.locator("main form").get_by_role("button", name=verb, exact=True).click()
        page.get_by_role("status").wait_for()
    context.close()


def take_out(context: BrowserContext) -> None:
    """Export something, so that there are receipts."""
    for path in ("/items.csv?phase=under-way", "/entries.xlsx", f"/items.csv?as_of={PAST_DAY}"):
        context.request.get(path)
    context.close()


# -- pictures ------------------------------------------------------------------------------------


def draw(page: Page, shot: Shot, width: int) -> None:
    """The page from its top, as tall as it is but no taller than TALLEST."""
    path, _, way = shot.path.partition("@")
    if shot.media == "docx":
        by_libreoffice(page.request.get(path).body(), way, shot.file(width))
        return
    page.goto(path)
    if way:
        with page.expect_navigation(wait_until="networkidle"):
            WAYS[way](page)
    if shot.media == "pdf":
        on_paper(page, shot.file(width))
        return
    page.emulate_media(media=shot.media)
    height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=shot.file(width))


def on_paper(page: Page, file: Path) -> None:
    """The first page of its PDF, by poppler's `pdftoppm`."""
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    command = ["pdftoppm", "-png", "-r", "110", "-f", "1", "-singlefile", "-", file.with_suffix("")]
    subprocess.run(command, input=pdf, check=True)


#: The fonts of the standard are for sale: what stands in for them here.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include>/etc/fonts/fonts.conf</include>
{aliases}</fontconfig>"""
ALIAS = (
    '<alias binding="same"><family>{}</family>'
    "<prefer><family>Noto {} CJK SC</family></prefer></alias>"
)
STAND_INS = {
    "仿宋_GB2312": "Serif",
    "楷体_GB2312": "Serif",
    "方正小标宋简体": "Serif",
    "黑体": "Sans",
}


def by_libreoffice(content: bytes, words: str, file: Path) -> None:
    """The first page of a Word document that begins with these words, by LibreOffice."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        aliases = "".join(ALIAS.format(*pair) for pair in STAND_INS.items())
        (folder / "fonts.conf").write_text(FONTS.format(aliases=aliases), encoding="utf-8")
        (folder / "a.docx").write_bytes(content)
        home = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", name]
        environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
        subprocess.run([*command, f"{name}/a.docx"], env=environment, check=True)
        read = ["pdftotext", folder / "a.pdf", "-"]
        told = subprocess.run(read, check=True, capture_output=True, text=True).stdout
        pages = [page.lstrip().startswith(words) for page in told.split("\f")]
        number = str(pages.index(True) + 1)
        command = ["pdftoppm", "-png", "-r", "110", "-f", number, "-singlefile"]
        subprocess.run([*command, f"{name}/a.pdf", str(file.with_suffix(""))], check=True)


def slip(page: Page) -> None:
    page.get_by_role("link", name="打印督办单").click()


def stricter(page: Page) -> None:
    """Other thresholds, not saved yet: what they would change."""
    page.locator("[name=lag_points]").fill("5")
    page.locator("[name=far_points]").fill("20")
    page.locator("[name=_save]").first.click()


def edit(page: Page) -> None:
    page.get_by_role("link", name="在后台编辑").click()


def first_report(page: Page) -> None:
    page.locator("tbody th.name a").first.click()


def plan(page: Page) -> None:
    """Bring back the unit's workbook with some cells filled in, one of them wrong."""
    got = page.request.get(str(page.get_by_role("link", name="下载填报表").get_attribute("href")))
    book = openpyxl.load_workbook(io.BytesIO(got.body()))
    sheet = book["填报"]
    for cell, value in {"I5": "示例进展：主体工程完工。", "J6": 135, "K7": "1.2亿元"}.items():
        sheet[cell] = value
    made = io.BytesIO()
    book.save(made)
    page.get_by_role("link", name="导入填报表").click()
    file: Any = {"name": "示例单位一.xlsx", "mimeType": "text/plain", "buffer": made.getvalue()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传并核对").click()


#: How to come from an address to the page that is drawn.
WAYS = {"edit": edit, "report": first_report, "plan": plan, "slip": slip, "stricter": stricter}

INDEXED = """async ([png, most, apart]) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(
    canvas.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const channels = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const distances = (palette, wanted) =>
    palette.map((colour) => colour.reduce((sum, part, i) => sum + (part - wanted[i]) ** 2, 0));
  const palette = [];
  for (const [pixel] of [...counts].sort((one, other) => other[1] - one[1])) {
    const colour = channels(pixel);
    if (palette.length < most && distances(palette, colour).every((far) => far > apart))
      palette.push(colour);
  }
  const nearest = new Map();
  for (const pixel of counts.keys()) {
    const far = distances(palette, channels(pixel));
    nearest.set(pixel, far.indexOf(Math.min(...far)));
  }
  let text = "";
  for (let at = 0; at < pixels.length; at += 8192)
    text += String.fromCharCode(...pixels.subarray(at, at + 8192).map((p) => nearest.get(p)));
  return [image.width, image.height, palette.flat(), btoa(text)];
}"""


def shrink(browser: Browser, file: Path) -> None:
    """Write the picture again with few colours, the commonest first: a third of the bytes."""
    page = browser.new_page()
    png = base64.b64encode(file.read_bytes()).decode()
    width, height, palette, text = page.evaluate(INDEXED, [png, COLOURS, APART])
    page.close()
    dots = base64.b64decode(text)
    lines = b"".join(b"\0" + dots[at : at + width] for at in range(0, len(dots), width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(palette)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    written = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + written)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

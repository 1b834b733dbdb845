"""`make bench-web`: how a phone meets the pages, by Lighthouse in Chromium, on a demo of its own.

Five runs of each page; medians are printed. Names choose among the pages:
`make bench-web ARGS="overview entry"`. `LIGHTHOUSE` is the program.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, find_chromium, sign_in
from tests.screenshots import ENTRY, served_demo

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
#: Lighthouse loses its browser now and then, and says so; a run is tried so often.
ATTEMPTS = 3
PAGES = {
    "overview": "/",
    "sector board": "/sectors/transport/",
    "ledger": "/items/",
    "entry": ENTRY,
    "round": f"/rounds/{datetime.now(UTC):%Y-%m}/",
    "cities": "/cities/",
    "matrix": "/matrix/",
}
HEADINGS = (
    *("page", "performance", "accessibility", "best practices"),
    *("LCP ms", "CLS", "requests", "KB"),
)
CATEGORIES = ("performance", "accessibility", "best-practices")


@dataclass(frozen=True)
class Run:
    """What one run found: scores of 100, LCP in ms, CLS, requests and bytes over the wire."""

    scores: tuple[float, ...]
    lcp: float
    cls: float
    requests: int
    transferred: int
    faults: tuple[str, ...]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Run:
        audits = told["audits"]
        asked = audits["network-requests"]["details"]["items"]
        requests = [item for item in asked if not item["url"].startswith("data:")]
        wanted = {
            reference["id"]
            for name in ("accessibility", "best-practices")
            for reference in told["categories"][name]["auditRefs"]
            if reference["weight"]
        }
        return cls(
            tuple(round(told["categories"][name]["score"] * 100) for name in CATEGORIES),
            audits["largest-contentful-paint"]["numericValue"],
            audits["cumulative-layout-shift"]["numericValue"],
            len(requests),
            sum(item.get("transferSize", 0) for item in requests),
            tuple(
                name
                for name in sorted(wanted)
                if (audits[name]["score"] or 0) < 1
                and audits[name]["scoreDisplayMode"] not in ("notApplicable", "manual")
            ),
        )


def main(wanted: list[str]) -> int:
    pages = {name: path for name, path in PAGES.items() if not wanted or name in wanted}
    password = secrets.token_urlsafe(12)
    faults: list[str] = []
    with served_demo(password) as home:
        cookie = signed_in(home, password)
        print(
            "| page | performance | accessibility | best practices | LCP ms | CLS | requests | KB |"
        )
        print("| --- | --: | --: | --: | --: | --: | --: | --: |")
        for name, path in pages.items():
            runs = [run(f"{home}{path}", cookie) for _ in range(RUNS)]
            print(line(name, runs), flush=True)
            faults += [f"{name}: {fault}" for fault in sorted({f for r in runs for f in r.faults})]
    print("\n".join(faults))
    return 0


def signed_in(home: str, password: str) -> str:
    """The cookie of a leader who has signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = browser.new_context(base_url=home)
        page = context.new_page()
        page.goto("/login/")
        sign_in(page, "leader", password)
        cookies: Iterable[Any] = context.cookies()
        found = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
        browser.close()
    return found


def run(address: str, cookie: str) -> Run:
    command = [
        os.environ["LIGHTHOUSE"],
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
        f"--chrome-flags={' '.join(['--headless=new', *ARGUMENTS])}",
    ]
    environment = {**os.environ, "CHROME_PATH": find_chromium()}
    for attempt in range(ATTEMPTS):
        told = subprocess.run(
            command, check=attempt == ATTEMPTS - 1, env=environment, stdout=subprocess.PIPE
        )
        if not told.returncode:
            break
    return Run.of(json.loads(told.stdout))


def line(name: str, runs: list[Run]) -> str:
    def median(values: Iterable[float]) -> float:
        return statistics.median(list(values))

    scores = [f"{median(r.scores[n] for r in runs):.0f}" for n in range(len(CATEGORIES))]
    cells = [
        name,
        *scores,
        f"{median(r.lcp for r in runs):.0f}",
        f"{median(r.cls for r in runs):.3f}",
        f"{median(r.requests for r in runs):.0f}",
        f"{median(r.transferred for r in runs) / 1024:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

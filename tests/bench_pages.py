"""`make bench-pages`: what every page asks of the database and sends, at 392 and 100,000 entries.

Prints a Markdown table. `BENCH_ENTRIES` is the larger number; names of addresses (as in
docs/addresses.md) choose among the pages: `make bench-pages ARGS="overview matrix"`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

SMALL, LARGE = 392, 100_000
RUNS = 3
#: A first view: no more than this.
REQUESTS, KB = 10, 100
#: A page that is so many times larger on the larger ledger, and larger than a full list, grows
#: with the entries. Plain bytes: the copies of an entry are alike, and so compress too well.
GROWTH, FULL_KB = 1.5, 200
#: So many ms of processor time are slow.
SLOW = 2000

#: Name of the address → pages of it. What stands in brackets comes from `bench_filled.fill`.
PAGES: dict[str, tuple[str, ...]] = {
    "overview": ("/",),
    "password": ("/password/",),
    "todo": ("/todo/",),
    "find": ("/find/?q=公交", "/find/?q=示例", "/find/?q=gj"),
    "views": ("/views/",),
    "sectors": ("/sectors/",),
    "sector": ("/sectors/transport/",),
    "cities": ("/cities/", "/cities/?measure=red"),
    "city": ("/cities/512000/", "/cities/512021/"),
    "unit": ("/units/{unit}/",),
    "matrix": (
        "/matrix/",
        "/matrix/?by=county&rows=all",
        "/matrix/?by=task_force",
        "/matrix/?by=sector",
    ),
    "wall": tuple(
        f"/wall/?slides={name}" for name in ("lights", "sectors", "overdue", "matters", "round")
    ),
    "leaders": ("/leaders/",),
    "leader": ("/leaders/某市领导1/",),
    "field-lists": ("/lists/",),
    "membership": ("/membership/?from=2020-01-01&to={today}",),
    "compare": ("/compare/", "/compare/?from={earlier}&to={today}&ledger=items"),
    "rounds": ("/rounds/",),
    "round": ("/rounds/{open}/", "/rounds/{frozen}/"),
    "reports": ("/rounds/{open}/reports/",),
    "report": ("/rounds/{open}/reports/{report}/",),
    "unit-reports": ("/rounds/{open}/units/{unit}/",),
    "sheets": ("/rounds/{open}/sheets/",),
    "briefs": ("/briefs/",),
    "brief-templates": ("/briefs/templates/",),
    "brief": ("/briefs/{frozen}/",),
    "brief-edit": ("/briefs/{frozen}/edit/",),
    "import": ("/import/",),
    "meetings": ("/meetings/",),
    "meeting-new": ("/meetings/new/",),
    "meeting": ("/meetings/{meeting}/",),
    "meeting-edit": ("/meetings/{meeting}/edit/",),
    "agenda": ("/meetings/{meeting}/agenda/",),
    "decide": ("/meetings/{meeting}/decide/",),
    "contacts": ("/contacts/",),
    "contact-new": ("/contacts/new/",),
    "contact": ("/contacts/{contact}/",),
    "contact-edit": ("/contacts/{contact}/edit/",),
    "task-forces": ("/task-forces/",),
    "task-force": ("/task-forces/某专项组1/",),
    "trail": ("/trail/",),
    "access": ("/access/",),
    "receipts": ("/receipts/",),
    "receipts-verify": ("/receipts/verify/",),
    "matters": ("/problems/", "/decisions/", "/instructions/", "/supervision/"),
    "matter-new": ("/problems/new/", "/instructions/new/", "/supervision/new/"),
    "slip": ("/supervision/{slip}/print/",),
    "matter": ("/matters/{problem}/",),
    "matter-edit": ("/matters/{problem}/edit/",),
    "list": (
        *("/agreements/", "/items/", "/industrial/", "/infrastructure/", "/entries/"),
        *("/entries/?page_size=200", "/entries/?q=gongjiao", "/entries/?light=red"),
        *("/entries/?sort=-due", "/items/?as_of={earlier}"),
    ),
    "columns": ("/items/columns/",),
    "tasks": ("/tasks/",),
    "timeline": ("/items/timeline/", "/entries/timeline/"),
    "entry": ("/items/SX-0001/", "/agreements/XY-0001/"),
    "move": ("/items/SX-0001/move/?to=launched",),
}
#: Who looks where the bureau has no business.
READERS = {"access": "auditor"}
#: Addresses that show no page by themselves, and those of one upload, whatever the ledger holds.
NO_PAGES: dict[str, set[str]] = {
    "answers a form": {
        *("logout", "view-save", "view-edit", "view-use", "view-remove", "list-default"),
        *(
            "round-open",
            "round-close",
            "round-refresh",
            "round-remind",
            "reports-accept",
            "unit-reports-all",
        ),
        *("unit-reports-all", "report-draft", "report-step", "report-attach", "brief-issue"),
        *(
            "brief-retract",
            "brief-template-switch",
            "attachment-withdraw",
            "meeting-step",
            "agenda-outcome",
        ),
        *("agenda-outcome", "agenda-off", "matter-step", "matter-handle", "matter-attach"),
        *("attach", "withdraw", "import-check", "task-again"),
    },
    "leads to another page": {"view", "my-reports"},
    "a file": {
        *("membership-export", "compare-export", "unit-sheet", "unit-sheets", "sheet-marked"),
        *("brief-template", "brief-export", "attachment", "import-marked", "trail-export"),
        *("matters-export", "export", "task-file"),
    },
    "before signing in": {"healthz", "login"},
    "one upload": {"sheet-plan", "import-columns", "import-plan"},
    "one change": {"undo"},
    "one work in the background": {"task"},
}


@dataclass(frozen=True)
class Cost:
    """Queries and CPU in ms of one page; bytes of its HTML, plain and as sent; and how many
    requests a first view takes, with all it loads, in bytes."""

    queries: int
    plain: int
    sent: int
    ms: float
    requests: int
    weight: int


def main(wanted: list[str]) -> int:
    if wanted[:1] == ["--measure"]:
        print(json.dumps(_measured(int(wanted[1]), wanted[2:])))
        return 0
    large = int(os.environ.get("BENCH_ENTRIES", LARGE))
    small, grown = (_in_a_process(entries, wanted) for entries in (SMALL, large))
    for line in table(small, grown, large):
        print(line)
    return 0


def _in_a_process(entries: int, wanted: list[str]) -> dict[str, Cost]:
    """Each ledger in a database, and so in a process, of its own."""
    command = [sys.executable, "-m", "tests.bench_pages", "--measure", str(entries), *wanted]
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ.get("BENCH_FOLDER", folder)
        database = f"sqlite:///{Path(kept) / f'{entries}.sqlite3'}"
        environment = {**os.environ, "DATABASE_URL": database}
        told = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    return {address: Cost(**cost) for address, cost in json.loads(told.stdout).items()}


def table(small: dict[str, Cost], large: dict[str, Cost], entries: int) -> Iterator[str]:
    yield (
        f"| page | queries {SMALL} | {entries} | KB sent {SMALL} | {entries} | ratio "
        f"| KB plain {SMALL} | {entries} | ms {SMALL} | {entries} | first view | |"
    )
    yield f"| --- |{' --: |' * 10} --- |"
    for address, few in small.items():
        many = large[address]
        cells = [
            f"`{address}`",
            *(str(few.queries), str(many.queries)),
            *(f"{few.sent / 1024:.1f}", f"{many.sent / 1024:.1f}", f"{many.sent / few.sent:.1f}"),
            *(f"{few.plain / 1024:.0f}", f"{many.plain / 1024:.0f}"),
            *(f"{few.ms:.0f}", f"{many.ms:.0f}"),
            f"{many.requests} / {many.weight / 1024:.0f} KB",
            ", ".join(_faults(few, many)),
        ]
        yield f"| {' | '.join(cells)} |"


def _faults(few: Cost, many: Cost) -> Iterator[str]:
    if many.queries > few.queries:
        yield "queries grow"
    if many.plain > max(few.plain * GROWTH, FULL_KB * 1024):
        yield "KB grow"
    if many.requests > REQUESTS or many.weight > KB * 1024:
        yield "heavy"
    if many.ms > SLOW:
        yield "slow"


def _measured(entries: int, wanted: list[str]) -> dict[str, Any]:
    """The cost of each page on a ledger of that size."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    keys = _keys(entries)
    found: dict[str, Any] = {}
    for name, addresses in PAGES.items():
        for address in addresses if not wanted or name in wanted else ():
            person = READERS.get(name, "bureau")
            found[address] = asdict(_cost(address.format(**keys), person))
    return found


def _keys(entries: int) -> dict[str, Any]:
    """Fill the database, once: what is in `BENCH_FOLDER` is taken as it is."""
    import datetime as dt

    from django.conf import settings

    from projects.periods import today
    from tests import bench_filled

    beside = Path(str(settings.DATABASES["default"]["NAME"])).with_suffix(".json")
    if not beside.exists():
        beside.write_text(json.dumps(bench_filled.fill(entries)))
    keys: dict[str, Any] = json.loads(beside.read_text())
    return keys | {"today": str(today()), "earlier": str(today() - dt.timedelta(days=60))}


def _cost(address: str, person: str) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    with override_settings(ALLOWED_HOSTS=["testserver"], DEBUG=False):
        client = _client(person)
        _got(client, address)  # what is read once, and a reader's first look, do not count
        with CaptureQueriesContext(connection) as captured:
            response = _got(client, address)
        queries = len(captured)  # the next request forgets them
        html = gzip.decompress(response.content)
        spent = [_spent(client, address)]
        if spent[0] < 1:
            spent += [_spent(client, address) for _ in range(RUNS - 1)]
        assets = [len(_bytes(client, path)) for path in _loaded(html.decode())]
    return Cost(
        queries,
        len(html),
        len(response.content),
        statistics.median(spent) * 1000,
        1 + len(assets),
        len(response.content) + sum(assets),
    )


def _client(person: str) -> Any:
    from django.test import Client

    from projects.models import User

    client = Client(headers={"accept-encoding": "gzip"})
    client.force_login(User.objects.get(username=person))
    return client


def _got(client: Any, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, f"{response.status_code} {unquote(address)}"
    return response


def _spent(client: Any, address: str) -> float:
    began = time.process_time()
    _got(client, address)
    return time.process_time() - began


def _loaded(html: str) -> set[str]:
    """Style sheets, scripts, icons and pictures of our own that the page names."""
    named = re.findall(r"<(?:link|script|img)\b[^>]*?\b(?:href|src)=\"(/static/[^\"]+)", html)
    return set(named)


def _bytes(client: Any, path: str) -> bytes:
    """A static file as production sends it: compressed where that makes it smaller."""
    response = client.get(path)
    content = b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, path
    return min(content, gzip.compress(content, 9), key=len)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

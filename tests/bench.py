"""`make bench`: ratios of things run side by side on one seeded database.

Absolute times say more about the machine than about the program; a ratio holds. Each pair
is run in turn, A B A B …, and the median of the pairwise ratios is printed, on processor
time.
"""

from __future__ import annotations

import csv
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROUNDS = 15


#: Of the long history; `BENCH_ENTRIES` and `BENCH_SECONDS` change it.
ENTRIES, VERSIONS, SECONDS = 100_000, 10, 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        import django

        django.setup()
        _prepare()
        _report(_pairs())
        _report_verification()
        _report_history()


def _prepare() -> None:
    from django.core.management import call_command

    from projects import seeding
    from projects.choices import Role
    from tests import factories

    call_command("migrate", verbosity=0)
    seeding.seed()
    factories.user("bench", Role.BUREAU)


def _pairs() -> list[tuple[str, Callable[[], Any], str, Callable[[], Any]]]:
    """What is measured, and what it is held against."""
    from django.db import connection

    from projects.models import LedgerEntry
    from projects.verification import verify

    page = _page()

    def raw(sql: str) -> Callable[[], Any]:
        def fetch() -> None:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                writer = csv.writer(io.StringIO())
                writer.writerows(cursor.fetchall())

        return fetch

    grouped = "SELECT ledger, status, COUNT(*) FROM projects_ledgerentry GROUP BY 1, 2"
    everything = "SELECT * FROM projects_ledgerentry"
    health = page("/healthz")
    return [
        ("list of 50 with all facets", page("/entries/"), "a bare page", health),
        ("list of 50, filtered", page("/entries/?sector=transport"), "a bare page", health),
        ("overview", page("/"), "a bare page", health),
        ("overview", page("/"), "its GROUP BY in raw SQL", raw(grouped)),
        ("CSV of all 392", page("/entries.csv"), "raw SQL rows to csv", raw(everything)),
        ("XLSX of all 392", page("/entries.xlsx"), "the CSV of the same", page("/entries.csv")),
        ("verify_trail", verify, "reading all entries", lambda: list(LedgerEntry.objects.all())),
    ]


def _report_verification() -> None:
    """How many rows of trail, versions, entries and records are proved in a second."""
    from projects.verification import verify

    began = time.process_time()
    verdict = verify()
    spent = time.process_time() - began
    rows = verdict.rows + verdict.versions + verdict.entries + verdict.records
    print(f"\nverify_trail: {rows} rows ({verdict.rows} of the trail), {rows / spent:.0f} a second")


def _report_history() -> None:
    """The ledger as at past days against the same ledger today, with a long history."""
    from tests import bench_history

    entries = int(os.environ.get("BENCH_ENTRIES", ENTRIES))
    print(f"\n{entries} entries with {VERSIONS} versions each: as at a day against today")
    days = bench_history.build(entries, VERSIONS)
    page = _page()
    filtered = "/items/?sector=transport&status=advancing&sort=-due"
    addresses = {
        "filtered list": filtered,
        "list of all": "/entries/",
        "list by city": "/items/?city=512000",
        "search": "/items/?q=gongjiao",
        "overview": "/",
        "by place": "/cities/",
    }
    pairs = []
    for name, address in addresses.items():
        mark = "&" if "?" in address else "?"
        for label, as_of in (("early", days[3]), ("middle", days[len(days) // 2])):
            past = f"{address}{mark}as_of={as_of.day}"
            pairs.append((f"{name}, {label}", page(past), "today", page(address)))
    since, until = (days[len(days) // 2 + n].day for n in (0, 1))
    compared = f"/compare/?from={since}&to={until}&ledger=items"
    for name, more in (("a sector", "&sector=transport"), ("a ledger", "")):
        both = page(f"{compared}{more}"), page(f"/items/?{more}")
        pairs.append((f"compare two days, {name}", both[0], "the same list today", both[1]))
    _report(pairs, rounds=3)
    _report_lights(page)
    _report_long_verification()


def _report_lights(page: Callable[[str], Callable[[], Any]]) -> None:
    """The filter by light, with a report due on every running entry, and how it is found."""
    from django.http import QueryDict

    from projects import rounds
    from projects.filters import EntryFilter
    from projects.models import User
    from projects.periods import Month, today
    from tests.bench_history import analyze

    bench = User.objects.get(username="bench")
    opened = rounds.open_month(Month.of(today()).before, by=bench)
    analyze()
    print(f"\nlights, with {opened.reports_due} reports due")
    other = page("/entries/?phase=under-way")
    lists = [(light, page(f"/entries/?light={light}")) for light in ("red", "yellow", "grey")]
    _report([(f"list by {name}", lit, "list by phase", other) for name, lit in lists], rounds=3)
    chosen = EntryFilter(QueryDict("light=red")).rows.order_by().values("pk")
    print(f"one query finds the {chosen.count()} red ones:\n{chosen.explain()}")


def _report_long_verification() -> None:
    """The checks of `verify_trail` on the long history, each for so many seconds."""
    from projects import verification
    from projects.models import Revision

    limit = float(os.environ.get("BENCH_SECONDS", SECONDS))
    print(f"\nverify_trail on the long history, each check for {limit:.0f} seconds")
    checks: dict[str, Iterator[str]] = {
        "trail": verification.chain_problems(Revision, "变更记录"),
        "versions": verification.version_problems(),
        "entries": verification.entry_problems(),
    }
    for name, problems in checks.items():
        began, rows = time.process_time(), 0
        for problem in problems:
            assert problem == "", problem
            rows += 1
            if (spent := time.process_time() - began) > limit:
                break
        print(f"{name:<28} {rows:>10} rows {rows / spent:>10.0f} a second")


def _page() -> Callable[[str], Callable[[], Any]]:
    """Makes the fetching of an address by a member of the bureau."""
    from django.test import Client
    from django.test.utils import override_settings

    from projects.models import User

    client = Client()
    client.force_login(User.objects.get(username="bench"))

    def page(address: str) -> Callable[[], Any]:
        def fetch() -> None:
            with override_settings(ALLOWED_HOSTS=["testserver"]):
                response: Any = client.get(address)
                assert response.status_code == 200, address
                if response.streaming:
                    b"".join(response.streaming_content)

        return fetch

    return page


def _cost(work: Callable[[], Any]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _report(
    pairs: list[tuple[str, Callable[[], Any], str, Callable[[], Any]]], rounds: int = ROUNDS
) -> None:
    print(f"{'this':<28} {'held against':<26} {'ms':>8} {'ms':>8} {'ratio':>8}")
    for name, work, other_name, other in pairs:
        work(), other()
        costs = [(_cost(work), _cost(other)) for _ in range(rounds)]
        ratio = statistics.median(a / b for a, b in costs if b)
        mine, theirs = (statistics.median(column) * 1000 for column in zip(*costs, strict=True))
        print(f"{name:<28} {other_name:<26} {mine:>8.1f} {theirs:>8.1f} {ratio:>8.1f}")


if __name__ == "__main__":
    main()

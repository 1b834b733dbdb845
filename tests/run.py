"""`make test`: the suite on SQLite, on PostgreSQL, and in a browser on both.

What this machine lacks is skipped with the reason; REQUIRE_ALL=1 makes that a failure. Arguments
are handed on to pytest. The last line sums up: "N passed, N failed, N skipped".
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import browser, postgres

NO_TESTS = 5  # pytest's exit code when nothing was selected
# Two processes took 13 s instead of 18 s on SQLite and 20 s instead of 38 s on PostgreSQL (557
# tests, 2 cores). Browsers fill the cores by themselves.
WORKERS = {"not browser": "2", "browser": "2"}


@dataclass
class Result:
    """One run of pytest. One that could not start counts as one skipped (or failed) test."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reason: str = ""

    def __str__(self) -> str:
        counts = f"{self.passed:>6} passed {self.failed:>4} failed {self.skipped:>4} skipped"
        return f"{self.name:<24}{counts}{self.reason and f'   {self.reason}'}"


def main(arguments: list[str]) -> int:
    with ExitStack() as stack:
        urls = {"SQLite": ("", "")}
        try:
            urls["PostgreSQL"] = (stack.enter_context(postgres.server()), "")
        except LookupError as absent:
            urls["PostgreSQL"] = ("", str(absent))
        results = [
            run(f"{name}{where}", url, marker, absent or lacking, arguments)
            for marker, where, lacking in (
                ("not browser", "", ""),
                ("browser", " in a browser", no_chromium()),
            )
            for name, (url, absent) in urls.items()
        ]
    return report(results)


def no_chromium() -> str:
    """Why there can be no browser tests, or nothing."""
    try:
        browser.find_chromium()
    except LookupError as absent:
        return str(absent)
    return ""


def run(name: str, url: str, marker: str, absent: str, arguments: list[str]) -> Result:
    """Run the tests with this marker on this database (none: SQLite), or say why not."""
    print(f"\n== {name} ==", flush=True)
    if absent:
        print(absent)
        required = os.environ.get("REQUIRE_ALL") == "1"
        return Result(name, failed=int(required), skipped=int(not required), reason=absent)
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    if url:
        environment["DATABASE_URL"] = url
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", marker, "-n", WORKERS[marker]]
        command += [f"--junitxml={record}", *arguments]
        code = subprocess.run(command, env=environment, check=False).returncode
        return counted(name, code, record)


def counted(name: str, code: int, record: Path) -> Result:
    """What pytest wrote down; a run that broke off, or failed without a count, is a failure."""
    if not record.exists():
        return Result(name, failed=1, reason=f"pytest broke off (exit code {code})")
    suite = ElementTree.parse(record).getroot()[0].attrib
    skipped = int(suite["skipped"])
    failed = int(suite["failures"]) + int(suite["errors"])
    passed = max(0, int(suite["tests"]) - failed - skipped)
    reason = "no such test" if code == NO_TESTS else ""
    if code not in (0, NO_TESTS) and not failed:
        failed, reason = 1, f"pytest's exit code was {code}"
    return Result(name, passed, failed, skipped, reason)


def report(results: list[Result]) -> int:
    print("\n== Summary ==", *results, sep="\n")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    skipped = sum(result.skipped for result in results)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    # `finally` also stops the PostgreSQL when this is ended by a signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))

"""A PostgreSQL for the tests: DATABASE_URL's, or one of our own from the system's binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Nothing here has to outlive a power cut.
OPTIONS = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """The folder of the newest `initdb` and `pg_ctl`, or None."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: int(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """The DATABASE_URL of a PostgreSQL that runs for as long as the block.

    Raises LookupError with the reason where there is none.
    """
    if given := os.environ.get("DATABASE_URL", ""):
        if not given.startswith(("postgres://", "postgresql://")):
            raise LookupError("DATABASE_URL is set, but not to a PostgreSQL")
        yield given
        return
    folder = binaries()
    if folder is None:
        raise LookupError("no PostgreSQL found (apt-get install postgresql, or set DATABASE_URL)")
    with tempfile.TemporaryDirectory(prefix="ledger-pg-") as home, _started(folder, Path(home)):
        yield f"postgresql://postgres@{home.replace('/', '%2F')}/ledger"


@contextmanager
def _started(binaries: Path, home: Path) -> Iterator[None]:
    run_as = _run_as(home)
    cluster = str(home / "data")

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "--pgdata", cluster, *arguments]
        done = subprocess.run(
            command,
            cwd=home,  # a folder that this user may be in
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **run_as,
        )
        if done.returncode:
            log = home / "log"
            raise RuntimeError(done.stdout + (log.read_text() if log.exists() else ""))

    run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
    options = f"-k {home} {OPTIONS}"
    # pg_ctl hands its output on to the server, which would hold our pipe open: hence the log.
    run("pg_ctl", "--wait", "--silent", f"--log={home / 'log'}", f"--options={options}", "start")
    try:
        yield
    finally:
        run("pg_ctl", "--mode=immediate", "--silent", "stop")


def _run_as(home: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there it is `nobody`, who then owns its folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

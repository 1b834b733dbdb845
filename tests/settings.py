"""tracker.settings, asked for as a test, whichever way pytest is started."""

import os
import tempfile

os.environ["LEDGER_ENV"] = "test"

from tracker.settings import *  # noqa: F403
from tracker.settings import DATABASES, SQLITE

if DATABASES["default"]["ENGINE"] == SQLITE:
    # A file of each process's own: a database in memory is shared by the threads of a live server
    # in one connection, which is neither what runs in earnest nor able to race.
    _folder = tempfile.TemporaryDirectory(prefix="ledger-test-")  # removed at exit
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/ledger.sqlite3"}

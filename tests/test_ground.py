"""What every other test stands on: the databases, the network guard, the lock files."""

import re
import socket
from datetime import datetime

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import formats, timezone

from projects.models import Revision, Sector, guards

LOCK_FILES = ["requirements.txt", "requirements-dev.txt"]


def asked(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_each_engine_runs_with_the_options_that_make_it_safe():
    if connection.vendor == "sqlite":
        expected = {
            "PRAGMA journal_mode": "wal",
            "PRAGMA synchronous": 2,  # FULL
            "PRAGMA secure_delete": 1,
            "PRAGMA foreign_keys": 1,
            "PRAGMA busy_timeout": 20_000,
        }
    else:
        expected = {
            "SHOW statement_timeout": "30s",
            "SHOW lock_timeout": "5s",
            "SHOW idle_in_transaction_session_timeout": "1min",
            "SHOW TimeZone": "UTC",
        }
    assert {sql: asked(sql) for sql in expected} == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_trail_that_a_test_committed_is_cleared_after_it_and_guarded_again(turn):
    assert not Revision.objects.exists()
    Sector(slug="water", name="水利能源", field="infrastructure").save()
    assert Revision.objects.count() == 1
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_revision")
    assert guards.missing(connection) == []


def test_a_test_cannot_reach_another_machine():
    with socket.socket() as outside, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


def test_a_test_can_reach_this_machine():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_dates_are_shown_as_in_the_ledgers():
    moment = timezone.make_aware(datetime(2026, 7, 31, 9, 5))  # noqa: DTZ001 (made aware here)
    assert formats.date_format(moment.date()) == "2026-07-31"
    assert formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT") == "2026-07-31 09:05"


@pytest.mark.parametrize("name", LOCK_FILES)
def test_lock_files_pin_and_hash_every_package_and_name_no_host(name):
    text = (settings.BASE_DIR / name).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())
    assert [block for block in packages if "==" not in block or "--hash=sha256:" not in block] == []
    assert re.findall(r"\S*://\S*|--\S*index\S*|--find-links\S*", text) == []


def test_the_development_lock_holds_the_same_versions_as_the_demo():
    demo, development = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (settings.BASE_DIR / name).read_text(), re.M))
        for name in LOCK_FILES
    )
    assert demo.items() <= development.items()

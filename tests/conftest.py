"""What every test stands on: no network, and a trail that can be cleared after a test."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import chromium, open_page, page  # noqa: F401 (fixtures)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Tests talk to this machine only: sockets to any other address are refused."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _refusing(getattr(socket.socket, name)))
        yield


def _refusing(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def guards_lifted_for_the_flush(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the clean-up after a test that commits clear the trail, which otherwise refuses it.

    The flush announces itself as a migration at its end, and that puts the guards back
    (projects.models.guards). Tests that do not commit are rolled back and need none of this.
    """
    if not _commits(request):
        yield
        return
    # Asked for here, so that it is torn down (flushed) after this.
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    from projects.models import guards

    guards.lift(connection)


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return (
        bool(marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)))
        or "transactional_db" in request.fixturenames
        or "live_server" in request.fixturenames
    )

"""Postfix with hardlink-milter in front of mailboxes of example.org. Wants, in
the environment:

HARDLINK_PREFIX  where `make install` put bin/hardlinkctl and
                 sbin/hardlink-milter

and for Dovecot what harness.py in tests/e2e says.
"""

import os
import shutil
import sys
import tempfile

import pytest

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../e2e"))

# pylint: disable=wrong-import-position
from hardlinks import Hardlinks  # noqa: E402
from harness import PRELOAD, modules  # noqa: E402,F401
from milter import Milter  # noqa: E402
from postfix import Postfix  # noqa: E402
from smtp import Smtp  # noqa: E402

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
USERS = [f"{name}@example.org" for name in (
    "alice", "bob", "old", "away", "percent", "strange", "long", "international",
    "postmaster", "info", '"john doe"', "jos\u00e9", "jose\u0301", "jos\u00ea",
    "jose")]
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
AWAY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n"


def pytest_configure():
    if os.geteuid() != 0:
        pytest.exit("these tests run a Postfix: start them as root", 1)
    if not PREFIX:
        pytest.exit("say in HARDLINK_PREFIX where `make install` went", 1)


class Edge:
    """A Postfix, its milter and hard-links: old@ is permanently and away@
    temporarily hard-linked."""

    def __init__(self, milter_settings=(), **postfix):
        self.directory = tempfile.mkdtemp(prefix="hardlink-edge.")
        os.chmod(self.directory, 0o755)
        self.milter = self.postfix = None
        self.clients = []
        try:
            self.hardlinks = Hardlinks(f"{self.directory}/hardlink", PREFIX)
            self.hardlinks.set_permanent("old@example.org", "new@example.com")
            self.hardlinks.set_temporary("away@example.org", "here@example.net")
            self.milter = Milter(self.directory, self.hardlinks, PREFIX)
            self.milter.configure(**dict(milter_settings))
            self.milter.start()
            self.postfix = Postfix(f"{self.directory}/postfix",
                                   f"unix:{self.milter.socket}", USERS,
                                   **postfix)
            self.postfix.start()
        except BaseException:
            self.remove()
            raise

    def smtp(self, **xclient):
        """A connection that has said EHLO."""
        client = Smtp(self.postfix.address)
        self.clients.append(client)
        client.ehlo()
        if xclient:
            client.xclient(**xclient)
        return client

    def ask(self, address, **xclient):
        """The reply to a RCPT on a connection of its own."""
        client = self.smtp(**xclient)
        with client:
            return client.ask(address)

    def remove(self):
        for client in self.clients:
            client.socket.close()
        if self.postfix is not None:
            self.postfix.stop()
        if self.milter is not None and self.milter.process is not None:
            self.milter.kill()
        shutil.rmtree(self.directory)


@pytest.fixture
def start():
    """Starts edges that end with the test."""
    edges = []

    def start_edge(**options):
        edges.append(Edge(**options))
        return edges[-1]

    yield start_edge
    for edge in edges:
        edge.remove()


@pytest.fixture(scope="module")
def edge():
    """One edge for all tests of a file that only ask it something."""
    shared = Edge()
    try:
        yield shared
        shared.milter.stop()
        assert "warning" not in shared.milter.log_text()
        assert "panic:" not in shared.postfix.log_text()
    finally:
        shared.remove()


@pytest.fixture
def smtp(edge):
    with edge.smtp() as client:
        yield client

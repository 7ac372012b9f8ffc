"""Exim with hardlink-query in front of mailboxes of example.org. Wants, in the
environment:

HARDLINK_PREFIX  where `make install` put bin/hardlinkctl and
                 sbin/hardlink-query
HARDLINK_EXIM    where Debian's packages exim4-daemon-light and exim4-base are
                 unpacked
"""

import os
import shutil
import sys
import tempfile

import pytest

for name in "../e2e", "../edge":
    sys.path.insert(1, os.path.join(os.path.dirname(__file__), name))

# pylint: disable=wrong-import-position
from exim import MISSING, ROOT, Exim  # noqa: E402
from hardlinks import Hardlinks  # noqa: E402
from query import Query  # noqa: E402
from sink import Sink  # noqa: E402
from smtp import Smtp  # noqa: E402

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
USERS = [f"{name}@example.org" for name in (
    "alice", "bob", "old", "away", "info", "target", "postmaster", "soon")]
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
AWAY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n"
TROUBLE = b"451 4.3.0 Temporary internal error\r\n"


def pytest_configure():
    if os.geteuid() != 0:
        pytest.exit("these tests run an Exim: start them as root", 1)
    if not PREFIX:
        pytest.exit("say in HARDLINK_PREFIX where `make install` went", 1)
    if not os.path.exists(f"{ROOT}/usr/sbin/exim4"):
        pytest.exit(MISSING, 1)


class Edge:
    """An Exim, hardlink-query and hard-links: old@ is permanently and away@
    temporarily hard-linked."""

    def __init__(self, users=(), **exim):
        self.directory = tempfile.mkdtemp(prefix="hardlink-exim.")
        os.chmod(self.directory, 0o755)
        self.query = self.exim = self.sink = None
        self.clients = []
        try:
            self.hardlinks = Hardlinks(f"{self.directory}/hardlink", PREFIX)
            self.hardlinks.set_permanent("old@example.org", "new@example.com")
            self.hardlinks.set_temporary("away@example.org", "here@example.net")
            self.query = Query(self.directory, self.hardlinks, PREFIX)
            self.query.start()
            self.sink = Sink(f"{self.directory}/sink")
            self.exim = Exim(f"{self.directory}/exim", self.query.query_socket,
                             [*USERS, *users], f"{self.directory}/sink", **exim)
            self.exim.start()
        except BaseException:
            self.remove()
            raise

    def smtp(self):
        """A connection that has said EHLO."""
        client = Smtp(self.exim.address)
        self.clients.append(client)
        client.ehlo()
        return client

    def ask(self, address):
        """The reply to a RCPT on a connection of its own."""
        with self.smtp() as client:
            return client.ask(address)

    def check_exim(self):
        """Exim has mixed up no descriptors, and not run into a bug."""
        text = self.exim.log_text()
        for trace in "descriptor", "fdopen", "\nrcpt/1 ", "signal", "421 ":
            assert trace not in text, text

    def remove(self):
        for client in self.clients:
            client.socket.close()
        if self.exim is not None:
            self.exim.stop()
        if self.query is not None and self.query.process is not None:
            self.query.kill()
        if self.sink is not None:
            self.sink.stop()
        shutil.rmtree(self.directory)


@pytest.fixture
def start():
    """Starts edges that end with the test."""
    edges = []

    def start_edge(**options):
        edges.append(Edge(**options))
        return edges[-1]

    yield start_edge
    try:
        for edge in edges:
            edge.check_exim()
    finally:
        for edge in edges:
            edge.remove()


@pytest.fixture(scope="module")
def edge():
    """One edge for all tests of a file that only ask it something."""
    shared = Edge()
    try:
        yield shared
        shared.query.stop()
        for word in "error", "warning":
            assert word not in shared.query.log_text()
        shared.check_exim()
    finally:
        shared.remove()


@pytest.fixture
def smtp(edge):
    with edge.smtp() as client:
        yield client

"""OpenSMTPD with hardlink-opensmtpd in front of mailboxes of example.org.
Wants, in the environment:

HARDLINK_PREFIX     where `make install` put bin/hardlinkctl and
                    libexec/opensmtpd/hardlink-opensmtpd
HARDLINK_OPENSMTPD  where Debian's package opensmtpd, and what it needs, are
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
from client import Client  # noqa: E402
from hardlinks import Hardlinks  # noqa: E402
from opensmtpd import ROOT, Opensmtpd, has_tls  # noqa: E402
from sink import Sink  # noqa: E402

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
PROGRAM = f"{PREFIX}/libexec/opensmtpd/hardlink-opensmtpd"
USERS = [f"{name}@example.org" for name in (
    "alice", "bob", "old", "away", "target", "soon")]
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
AWAY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n"
OK = b"250 2.1.5 Destination address valid: Recipient ok\r\n"
TROUBLE = b"451 4.3.0 Temporary internal error\r\n"


def pytest_configure(config):
    config.addinivalue_line("markers", "tls: wants an OpenSMTPD with TLS")
    if os.geteuid() != 0:
        pytest.exit("these tests run an OpenSMTPD: start them as root", 1)
    if not PREFIX:
        pytest.exit("say in HARDLINK_PREFIX where `make install` went", 1)
    if not os.path.exists(f"{ROOT}/usr/sbin/smtpd"):
        pytest.exit("say in HARDLINK_OPENSMTPD where opensmtpd is unpacked", 1)


def pytest_collection_modifyitems(config, items):
    if not has_tls():
        without = [item for item in items if item.get_closest_marker("tls")]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


class Edge:
    """An OpenSMTPD, its filter and hard-links: old@ is permanently and away@
    temporarily hard-linked."""

    def __init__(self, users=(), hardlinks=None, **smtpd):
        self.directory = tempfile.mkdtemp(prefix="hardlink-smtpd.")
        os.chmod(self.directory, 0o755)
        self.smtpd = self.sink = None
        self.clients = []
        try:
            self.hardlinks = Hardlinks(f"{self.directory}/hardlink", PREFIX)
            self.hardlinks.set_permanent("old@example.org", "new@example.com")
            self.hardlinks.set_temporary("away@example.org", "here@example.net")
            self.sink = Sink(f"{self.directory}/sink")
            self.smtpd = Opensmtpd(f"{self.directory}/smtpd", PROGRAM,
                                   self.hardlinks, [*USERS, *users],
                                   f"{self.directory}/sink", **smtpd)
            self.smtpd.configure(**(hardlinks or {}))
            self.smtpd.start()
        except BaseException:
            self.remove()
            raise

    def smtp(self, port=None, proxied_from=None):
        """A connection that has said EHLO."""
        client = Client(("127.0.0.1", port or self.smtpd.port), proxied_from)
        self.clients.append(client)
        client.ehlo()
        return client

    def ask(self, address, **options):
        """The reply to a RCPT on a connection of its own."""
        with self.smtp(**options) as client:
            return client.ask(address)

    def check_log(self):
        for word in ("hardlink: error", "hardlink: warning", "lost processor",
                     "Sanitizer", "runtime error"):
            assert word not in self.smtpd.log_text(), self.smtpd.log_text()

    def remove(self):
        for client in self.clients:
            client.socket.close()
        if self.smtpd is not None:
            self.smtpd.stop()
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
    for edge in edges:
        edge.remove()
        assert "Sanitizer" not in edge.smtpd.log_text()


@pytest.fixture(scope="module")
def edge():
    """One edge for all tests of a file that only ask it something."""
    shared = Edge()
    try:
        yield shared
        shared.smtpd.stop()
        shared.check_log()
    finally:
        shared.remove()


@pytest.fixture
def smtp(edge):
    with edge.smtp() as client:
        yield client

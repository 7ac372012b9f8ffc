"""Servers for the tests, and fixtures that start them. They want, in the
environment:

HARDLINK_PREFIX     where `make install` put bin/hardlinkctl
HARDLINK_MODULEDIR  where it put the modules (default: PREFIX/lib/dovecot/modules)
HARDLINK_PRELOAD    the runtime library of a sanitizer, if they are built so
"""

import contextlib
import os
import shutil
import tempfile
import time

import pytest

from dovecot import Dovecot, Modules
from hardlinks import Hardlinks
from lmtp import Lmtp

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
MODULEDIR = os.environ.get("HARDLINK_MODULEDIR") or f"{PREFIX}/lib/dovecot/modules"
PRELOAD = os.environ.get("HARDLINK_PRELOAD")


def pytest_configure():
    if os.geteuid() != 0:
        pytest.exit("these tests run a Dovecot: start them as root", 1)
    if not PREFIX:
        pytest.exit("say in HARDLINK_PREFIX where `make install` went", 1)


@pytest.fixture(scope="session")
def modules():
    merged = Modules(MODULEDIR)
    yield merged
    merged.remove()


CRASHES = "Panic:", "Fatal:", "killed with signal", "Sanitizer", "runtime error:"


class Server:
    """A Dovecot and its hard-links. Users: alice, bob, … @example.org."""

    users = {f"{name}@example.org": "" for name in
             ("alice", "bob", "carol", "dave", "old", "away", "postmaster")}

    def __init__(self, modules, users=None, hardlinks=(), config="",
                 **dovecot):
        """hardlinks: settings of hardlink.conf; dovecot: see Dovecot"""
        # Not pytest's own: other users than root have to get in.
        self.directory = tempfile.mkdtemp(prefix="hardlink-e2e.")
        os.chmod(self.directory, 0o755)
        self.dovecot = None
        self.clients = []
        # words of the lines about a crash that the test itself makes
        self.expected_crash = None
        try:
            self.hardlinks = Hardlinks(f"{self.directory}/hardlink", PREFIX)
            self.hardlinks.configure(**dict(hardlinks))
            self.dovecot = Dovecot(f"{self.directory}/dovecot", modules,
                                   self.hardlinks.config, preload=PRELOAD,
                                   config=self.more_config() + config,
                                   **dovecot)
            self.dovecot.set_users(self.users if users is None else users)
            self.prepare()
            self.dovecot.start()
        except BaseException:
            self.remove()
            raise

    def more_config(self):
        """More lines of dovecot.conf, for others than LMTP."""
        return ""

    def prepare(self):
        """What is to be done before it starts."""

    def lmtp(self):
        """A connection that has said LHLO."""
        client = Lmtp(self.dovecot.socket)
        self.clients.append(client)
        client.lhlo()
        return client

    def pid(self):
        """The process that serves the newest connection."""
        time.sleep(0.05)  # the log's delay
        return self.dovecot.log_lines("lmtp(", "Connect from")[-1].split(":")[0]

    def crashes(self):
        return [line for word in CRASHES
                for line in self.dovecot.log_lines(word)
                if not (self.expected_crash and self.expected_crash in line)]

    def remove(self):
        """Ends it; nothing in it may have crashed, not even in the end."""
        for client in self.clients:
            client.socket.close()
        try:
            if self.dovecot is not None:
                self.dovecot.stop()
                assert self.crashes() == []
        finally:
            shutil.rmtree(self.directory)


@pytest.fixture
def start(modules):
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = Server(modules, **options)
            stack.callback(started.remove)
            return started

        yield start_server


@pytest.fixture(scope="module")
def server(modules):
    """One server for all tests of a file that only ask it something. There
    old@ is permanently and away@ temporarily hard-linked."""
    shared = Server(modules)
    try:
        shared.hardlinks.set_permanent("old@example.org", "new@example.com")
        shared.hardlinks.set_temporary("away@example.org", "here@example.net")
        yield shared
    finally:
        shared.remove()


@pytest.fixture
def lmtp(server):
    client = server.lmtp()
    yield client
    client.socket.close()

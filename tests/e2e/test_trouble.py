"""A store that can't be trusted answers nothing."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from dovecot import MAIL_UID, one_lmtp_process
from hardlinks import Hardlinks

PERMANENT = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
TEMPFAIL = b"451 4.3.0 Temporary internal error\r\n"
OK = b"250 2.1.5 OK\r\n"


@contextlib.contextmanager
def missing(store):
    files = [name for name in os.listdir(os.path.dirname(store.store))
             if name.startswith(os.path.basename(store.store))
             and "mark" not in name]
    moved = store.path("moved")
    os.mkdir(moved)
    for name in files:
        os.rename(os.path.join(os.path.dirname(store.store), name),
                  os.path.join(moved, name))
    yield
    for name in files:
        os.rename(os.path.join(moved, name),
                  os.path.join(os.path.dirname(store.store), name))
    os.rmdir(moved)


@contextlib.contextmanager
def unreadable(store):
    """lmtp isn't root in this one."""
    mode = os.stat(store.store).st_mode
    os.chmod(store.store, 0o600)
    yield
    os.chmod(store.store, mode)


@contextlib.contextmanager
def replaced(store, damage):
    """The store's file is exchanged for a damaged copy, then for a good one."""
    good, bad = store.path("good"), store.path("bad")
    store.copy(good)
    shutil.copy2(good, bad)
    damage(bad)
    store.put_back(bad)
    yield
    store.put_back(good)


def corrupt(store):
    def damage(path):
        with open(path, "r+b") as file:
            size = os.path.getsize(path)
            file.seek(4096)
            file.write(os.urandom(size - 4096))
    return replaced(store, damage)


def truncated(store):
    return replaced(store, lambda path: os.truncate(path, 4096))


def no_database(store):
    def damage(path):
        with open(path, "wb") as file:
            file.write(b"This is a letter, not a database.\n" * 500)
    return replaced(store, damage)


@contextlib.contextmanager
def bad_signature(store):
    store.forge_signatures()
    yield
    store.forge_signatures()


@contextlib.contextmanager
def wrong_key(store):
    """The keyring of another site lies there."""
    other = Hardlinks(store.path("other"), os.path.dirname(
        os.path.dirname(store.hardlinkctl)))
    os.rename(store.keyring, store.keyring + ".own")
    shutil.copytree(other.keyring, store.keyring)
    yield
    shutil.rmtree(store.keyring)
    shutil.rmtree(other.directory)
    os.rename(store.keyring + ".own", store.keyring)


@contextlib.contextmanager
def no_key(store):
    os.rename(store.keyring, store.keyring + ".own")
    yield
    os.rename(store.keyring + ".own", store.keyring)


HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA locking_mode = EXCLUSIVE")
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def busy(store):
    with subprocess.Popen([sys.executable, "-c", HOLD, store.store],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


@contextlib.contextmanager
def below_the_mark(store):
    """An older copy is put back; the test's own hard-link stands in it."""
    older, newer = store.path("older"), store.path("newer")
    store.copy(older)
    store.set_permanent("later@example.org", "later@example.com", "--replace")
    store.copy(newer)
    store.put_back(older)
    yield
    store.put_back(newer)


@contextlib.contextmanager
def malformed_configuration(store):
    with open(store.config, "rb") as file:
        good = file.read()
    store.replace(store.config, good + b"colour = blue\n")
    yield
    store.replace(store.config, good)


@contextlib.contextmanager
def no_configuration(store):
    os.rename(store.config, store.config + ".off")
    yield
    os.rename(store.config + ".off", store.config)


def name(trouble):
    return trouble.__name__


def server_for(start, trouble=None, **hardlinks):
    as_mail = trouble is unreadable
    server = start(hardlinks=hardlinks, lmtp_user="mail" if as_mail else None,
                   config=one_lmtp_process())
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    if as_mail:
        server.hardlinks.open_to(MAIL_UID)
    return server


def expected(on_error):
    return OK if on_error == "deliver" else TEMPFAIL


class LogOfTrouble:
    """What the log says of hard-links from now on."""

    def __init__(self, server):
        self.dovecot = server.dovecot
        self.before = self._counts()

    def _words(self):
        return ("Error:", "hard-links"), ("Info:", "hard-links works again")

    def _counts(self):
        return [len(self.dovecot.log_lines(*words)) for words in self._words()]

    def assert_lines(self, errors, recoveries):
        """Returns the last error."""
        wanted = [self.before[0] + errors, self.before[1] + recoveries]
        found = [self.dovecot.logged(*words, count=count)
                 for words, count in zip(self._words(), wanted)]
        assert [len(lines) for lines in found] == wanted, self.dovecot.log()
        return found[0][-1]


def assert_trouble(server, lmtp, on_error, trouble):
    """… and its one line; three RCPTs, three times the same answer."""
    log = LogOfTrouble(server)
    with trouble(server.hardlinks):
        for _ in range(3):
            assert lmtp.ask("alice@example.org") == expected(on_error)
        line = log.assert_lines(1, 0)
        assert f"(on_error = {on_error})" in line
        if trouble not in (unreadable, busy):
            assert f"hardlinkctl -c {server.hardlinks.config} verify" in line
    time.sleep(1.1)
    for _ in range(2):
        assert lmtp.ask("alice@example.org") == PERMANENT
    log.assert_lines(1, 1)


@pytest.mark.parametrize("trouble", [
    missing, corrupt, truncated, no_database, bad_signature, wrong_key, no_key,
    below_the_mark], ids=name)
def test_while_running(start, trouble):
    server = server_for(start)
    for on_error in "tempfail", "deliver":
        server.hardlinks.configure(on_error=on_error)
        with server.lmtp() as lmtp:
            assert lmtp.ask("alice@example.org") == PERMANENT
            assert_trouble(server, lmtp, on_error, trouble)


@pytest.mark.parametrize("on_error", ["tempfail", "deliver"])
@pytest.mark.parametrize("trouble", [missing, unreadable, busy], ids=name)
def test_from_the_start(start, trouble, on_error):
    server = server_for(start, trouble, on_error=on_error)
    assert_trouble(server, server.lmtp(), on_error, trouble)


@pytest.mark.parametrize("trouble",
                         [malformed_configuration, no_configuration], ids=name)
def test_no_usable_configuration_defers(start, trouble):
    server = server_for(start, on_error="deliver")
    log = LogOfTrouble(server)
    with trouble(server.hardlinks):
        for _ in range(2):
            with server.lmtp() as lmtp:
                assert lmtp.ask("alice@example.org") == TEMPFAIL
                assert lmtp.ask("bob@example.org") == TEMPFAIL
        line = log.assert_lines(1, 0)
        assert server.hardlinks.config in line and "deferred" in line
        lmtp = server.lmtp()
        assert lmtp.ask("bob@example.org") == TEMPFAIL
    # on the same connection
    time.sleep(1.1)
    assert lmtp.ask("alice@example.org") == PERMANENT
    log.assert_lines(1, 1)


def test_an_erased_signature_never_redirects(start):
    """Nor does an older, validly signed entry."""
    server = start()
    store = server.hardlinks
    store.set_permanent("alice@example.org", "older@example.com")
    store.set_permanent("alice@example.org", "new@example.com", "--replace")
    table, column = store.signature_column()
    lmtp = server.lmtp()
    assert lmtp.ask("alice@example.org") == PERMANENT
    with contextlib.closing(sqlite3.connect(store.store)) as database:
        with database:
            database.execute(f"UPDATE {table} SET {column} = zeroblob(64) "
                             f"WHERE rowid = (SELECT max(rowid) FROM {table})")
    assert lmtp.ask("alice@example.org") == TEMPFAIL


def test_a_mail_isn_t_lost(start):
    server = start()
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    lmtp = server.lmtp()
    with missing(server.hardlinks):
        lmtp.mail()
        assert lmtp.rcpt("bob@example.org") == TEMPFAIL
        assert lmtp.rcpt("nobody") == start(plugins=()).lmtp().ask("nobody")
        assert lmtp.cmd("DATA") == b"503 5.5.0 No valid recipients\r\n"

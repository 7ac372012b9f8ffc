"""Nobody is taken for somebody else: not with forged names, made-up, replayed or
others' tokens, and not by reading past hardlinkd. The attacker runs as the
user that all mailboxes belong to, among Dovecot's processes."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from dovecot import MAIL_UID
from metadata import ImapServer

ALICE, BOB, NEW = "alice@example.org", "bob@example.org", "new@example.com"
SET = ["SET", "", "permanent", "evil@example.net", "", "replace"]
TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def server(modules):
    shared = AttackedServer(modules)
    try:
        yield shared
    finally:
        shared.remove()


class AttackedServer(ImapServer):
    """alice is logged in, and has a hard-link."""

    def __init__(self, modules):
        super().__init__(modules)
        self.script = os.path.join(self.directory, "attacker.py")
        shutil.copy(os.path.join(os.path.dirname(__file__), "attacker.py"),
                    self.script)
        os.chmod(self.script, 0o644)
        self.alice = self.login(ALICE)
        self.alice.set_ok(f"permanent {NEW}")

    def write_a_line_behind(self):
        """Whatever hardlinkd has logged before stands in the log then."""
        done = f"set {ALICE} by {ALICE}"
        before = len(self.dovecot.log_lines(done))
        self.alice.set_ok(f"permanent {NEW} replace")
        assert len(self.dovecot.logged(done, count=before + 1)) == before + 1

    def attack(self, *attempts):
        """The result of each. In the process namespace of Dovecot, so that
        pids mean the same."""
        master = self.dovecot._master_pid()  # pylint: disable=protected-access
        result = subprocess.run(
            ["nsenter", "--target", str(master), "--pid", "setpriv",
             f"--reuid={MAIL_UID}", f"--regid={MAIL_UID}", "--clear-groups",
             sys.executable, "-I", self.script],
            input=json.dumps(attempts), text=True, check=True,
            stdout=subprocess.PIPE)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def ask(self, *commands):
        """The attacker's replies."""
        return self.attack(["ask", self.socket_path(), *commands])[0]

    def token_line(self, client):
        """What the process of this login hands over, as an impostor of
        hardlinkd's hears it."""
        with self.impostor(("OK",)) as lines:
            client.get_raw("/private/vendor/vendor.hardlink/move")
        return next(line for line in lines if line[0] == "TOKEN")


def check_refused(server, line, *reasons):
    """This TOKEN or PEER is refused, whatever follows isn't done, and it's in
    the log once."""
    before = len(server.refusals())
    identified, changed = server.ask(line, SET)
    assert identified[:2] == ["FAIL", "permission"], identified
    assert changed[:2] == ["FAIL", "permission"], changed
    server.write_a_line_behind()
    logged = server.refusals()
    assert len(logged) == before + 1
    for reason in (f"uid {MAIL_UID}", *reasons):
        assert reason in logged[-1]
    assert server.alice.get() == f"permanent {NEW}"
    assert server.login(BOB).get() is None


def test_token_of_a_living_process(server):
    line = server.token_line(server.alice)
    assert line[1] == "imap" and line[3] == ALICE and len(line) == 6
    # replayed as it was
    check_refused(server, line, "another process", ALICE)
    # under one's own pid
    check_refused(server, [*line[:2], "OWN-PID", *line[3:]],
                  "doesn't know this token")
    # for somebody else
    check_refused(server, [*line[:3], BOB, *line[4:]], "another process", BOB)
    check_refused(server, [*line[:2], "OWN-PID", BOB, *line[4:]],
                  "doesn't know this token")
    # it's good where it belongs, still
    assert server.alice.read_state()["status"] == "in-force"


def test_token_of_a_dead_process(server):
    client = server.login(ALICE)
    line = server.token_line(client)
    client.logout()
    server.dovecot.logged(f"imap({ALICE})", "Logged out")
    check_refused(server, line, "another process")
    check_refused(server, [*line[:2], "OWN-PID", *line[3:]],
                  "doesn't know this token")


def test_token_of_anothers_process(server):
    """bob's process can't hand over what is alice's."""
    alice = server.token_line(server.alice)
    bob = server.token_line(server.login(BOB))
    assert alice[5] != bob[5] and alice[2] != bob[2]
    check_refused(server, [*alice[:4], bob[4], bob[5]], "another process")
    check_refused(server, [*alice[:2], "OWN-PID", ALICE, *bob[4:]],
                  "doesn't know this token")


@pytest.mark.parametrize("words, reason", [
    (["imap", "OWN-PID", ALICE, "session", TOKEN], "doesn't know this token"),
    (["imap", "OWN-PID", ALICE, "", ""], "doesn't know this token"),
    (["submission", "OWN-PID", ALICE, "session", TOKEN],
     "doesn't know this token"),
    (["lmtp", "OWN-PID", ALICE, "session", TOKEN], "another service"),
    (["", "OWN-PID", ALICE, "session", TOKEN], "another service"),
    (["imap", "0", ALICE, "session", TOKEN], "another process"),
    (["imap", "1", ALICE, "session", TOKEN], "another process"),
    (["imap", "-1", ALICE, "session", TOKEN], "another process"),
    (["imap", "x", f"{ALICE}\timap", "session", TOKEN], "another process"),
])
def test_made_up(server, words, reason):
    check_refused(server, ["TOKEN", *words], reason)


def test_peer_is_no_mailbox(server):
    """The mail user has an account, and no mailbox."""
    check_refused(server, ["PEER"], "userdb doesn't know")


def test_without_a_name(server):
    replies = server.ask(["SET", ALICE, *SET[2:]], ["GET", ALICE],
                         ["UNSET", ALICE], ["CONFIRM", ALICE, "1"],
                         ["HISTORY", ALICE, "10"], ["LOOKUP", ALICE])
    assert [reply[:2] for reply in replies] == [["FAIL", "permission"]] * 6
    assert server.alice.get() == f"permanent {NEW}"


def test_past_hardlinkd(server):
    """Neither the other sockets, nor the key, nor the database."""
    hardlinks = server.hardlinks
    key = hardlinks.path("private/signing.key")
    files = [key, hardlinks.store, hardlinks.store + "-wal"]
    sockets = [server.socket_path(f"hardlink-{name}")
               for name in ("admin", "lookup")]
    sockets += [server.socket_path(f"auth-hardlink-{name}")
                for name in ("userdb", "tokenlogin")]
    for path in files + sockets:
        assert os.path.exists(path), path
    results = server.attack(
        *[[how, path] for path in files for how in ("read", "write")],
        *[["ask", path, ["ADMIN", "root"]] for path in sockets],
        ["read", "/etc/passwd"])
    assert results[:-1] == ["PermissionError"] * (len(results) - 1)
    # the attacker does what it's told
    assert results[-1] > 0

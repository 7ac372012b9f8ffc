"""Owners are told, in the old mailbox, that a temporary move is about to end and
that it has: hardlinkctl, and the real hardlink-notice."""

import email
import email.policy
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from harness import PREFIX
from mailing import mail_system, mails, start  # noqa: F401

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../cli"))

# pylint: disable=wrong-import-position
from ctl import shifted  # noqa: E402

AT_ONCE = {"confirm_target": "no"}
CTL = os.path.join(PREFIX, "bin/hardlinkctl")
HOUR = 3600


@pytest.fixture
def server(start):  # noqa: F811
    started = start(settings=AT_ONCE)
    started.hardlinks.configure(
        admin_socket=started.socket_path("hardlink-admin"))
    return started


def ctl(server, command, offset="+0h", wait=True):
    process = subprocess.Popen(
        [CTL, "-c", server.hardlinks.config, *command.split()], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **shifted(offset, synchronised=True)})
    if not wait:
        return process
    output = process.communicate(timeout=120)
    return process.returncode, *output


def notify(server, offset):
    status, output, errors = ctl(server, "-f tab notify", offset)
    assert (status, errors) == (0, "")
    return [line.split("\t") for line in output.splitlines()[1:]]


def ask(server, hours=48):
    with server.owner() as owner:
        owner.ok("SET", "", "temporary", "new@example.org",
                 str(int(time.time()) + hours * HOUR))


def told(server, login="games"):
    return [email.message_from_string(text, policy=email.policy.default)
            for text in server.notices(login)]


def test_before_and_after(server):
    ask(server)
    asked, = told(server)
    assert notify(server, "+20h") == []
    (address, login, _, when, put), = notify(server, "+25h")
    assert (address, login, when, put) == ("old@example.org", "games",
                                           "before", "yes")
    assert notify(server, "+26h") == []
    _, before = told(server)
    status, output, _ = ctl(server, "expire", "+49h")
    assert status == 0 and "1 closed" in output
    assert notify(server, "+49h") == []
    _, _, after = told(server)

    for mail in before, after:
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["From"] == "postmaster@example.org"
        assert mail["To"] == "old@example.org"
        assert "old@example.org" in mail.get_content()
        assert "new@" not in mail.as_string()
    assert "about to end" in before["Subject"]
    assert "ends by itself at 20" in before.get_content()
    for words in "mailmove to", "--replace", "mailmove back", "taken again":
        assert words in before.get_content()
    assert "has ended" in after["Subject"]
    assert "It ended at 20" in after.get_content()
    assert "mailmove to" in after.get_content()
    assert len({mail["Message-ID"] for mail in (asked, before, after)}) == 3


def test_an_administrators(server):
    server.hardlinks.set_temporary("lp@example.org", "new@example.org", "48h")
    assert len(notify(server, "+25h")) == 1
    mail, = told(server, "lp")
    assert "administrator" in mail.get_content()
    assert "mailmove" not in mail.get_content()


def test_the_same_notice_has_the_same_name(server):
    """Should it come twice all the same, mail programs can tell."""
    ask(server)
    notify(server, "+25h")
    server.hardlinks.ctl("verify")
    first = told(server)[-1]["Message-ID"]
    run_sql(server, "DELETE FROM notice")
    notify(server, "+25h")
    assert [mail["Message-ID"] for mail in told(server)[1:]] == [first] * 2


def run_sql(server, sql):
    subprocess.run(["/usr/bin/python3", "-c", "import sqlite3, sys\n"
                    "with sqlite3.connect(sys.argv[1]) as c:\n"
                    "    c.execute(sys.argv[2])", server.hardlinks.store, sql],
                   check=True)


def test_no_longer_than_an_owner_may(server):
    """However often it's set anew."""
    ask(server, 24 * 364)
    with server.owner() as owner:
        code, text = owner.fail(
            "SET", "", "temporary", "new@example.org",
            str(int(time.time()) + 24 * 366 * HOUR), "replace")
    assert code == "data" and "longest" in text


def test_nobody_is_there(server):
    ask(server)
    server.dovecot.stop()
    status, _, errors = ctl(server, "notify", "+25h")
    assert status == os.EX_TEMPFAIL and errors.count("\n") == 1
    assert "hardlink-notice" in errors and "nobody was told" in errors
    assert ctl(server, "expire", "+25h")[0] == 0
    server.dovecot.start()
    server.wait_until_up()
    assert len(notify(server, "+25h")) == 1
    assert len(told(server)) == 2


def test_no_such_mailbox(server):
    server.hardlinks.set_temporary("nobody@example.org", "x@example.com", "48h")
    status, _, errors = ctl(server, "notify", "+25h")
    assert status == 0
    assert errors.startswith("hardlinkctl: warning: nobody@example.org: its "
                             "owner couldn't be told")
    assert notify(server, "+25h") == []


def test_killed(server):
    """Whenever it ends, nobody is told twice."""
    seed = int(os.environ.get("HARDLINK_SEED") or time.time_ns() % 1000000)
    print("HARDLINK_SEED =", seed)
    generator = random.Random(seed)
    logins = "games", "lp"
    addresses = "old@example.org", "lp@example.org"
    for address in addresses:
        server.hardlinks.set_temporary(address, "new@example.net", "48h")
    began = time.monotonic()
    assert ctl(server, "notify --dry-run", "+25h")[0] == 0
    longest = 0.3 + 3 * (time.monotonic() - began)
    for _ in range(15):
        process = ctl(server, "notify", "+25h", wait=False)
        time.sleep(generator.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    notify(server, "+25h")
    assert notify(server, "+25h") == []
    # one whose hardlinkctl was killed may still be on its way
    time.sleep(2)
    counts = [len(told(server, login)) for login in logins]
    assert all(count <= 1 for count in counts), counts
    server.hardlinks.ctl("verify")

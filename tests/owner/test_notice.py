"""What lies in the old mailbox, and in the senders'."""

import calendar
import contextlib
import email
import email.policy
import os
import re
import socket
import time

import pytest

from consent import SET
from mailing import mail_system, mails, start  # noqa: F401

AT_ONCE = {"confirm_target": "no"}


def parse(text):
    mail = email.message_from_string(text, policy=email.policy.default)
    return mail, mail.get_content()


def test_pending(start, mails):
    server = start(settings={"hold": "permanent 24h, temporary 0"})
    with server.owner() as owner:
        state = owner.ok(*SET)
        (text,) = server.notices()
    mail, body = parse(text)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"] == "postmaster@example.org"
    assert mail["To"] == "old@example.org"
    assert mail["Message-ID"].startswith("<hardlink.")
    assert mail["Hardlink-Consent"] is None
    assert "new@" not in text and mails.code()[0] not in text
    # the notice comes first
    said = re.search(r"has agreed to it, and not\nbefore (\S+)Z\.", body)
    said = calendar.timegm(time.strptime(said.group(1), "%Y-%m-%dT%H:%M:%S"))
    assert 0 <= int(state["next-effective"]) - said < 60
    for words in ("for good", "old@example.org", "with the program mailmove",
                  "mailmove back", "XHARDLINK UNSET", "NIL", "postmaster@"):
        assert words in body


def test_at_once(start):
    server = start(settings=AT_ONCE)
    with server.owner() as owner:
        state = owner.ok("SET", "", "temporary", "new@example.org",
                         str(int(time.time()) + 86400))
        assert state["kind"] == "temporary"
        assert owner.fail(*SET)[0] == "permission"
        assert owner.ok("UNSET", "")["ended-kind"] == "temporary"
    # what is refused, and what ends a move, is told to nobody
    (text,) = server.notices()
    _, body = parse(text)
    assert "It takes effect at once." in body and "moves, until 20" in body
    assert "new@" not in text


def test_held(start):
    server = start(settings={**AT_ONCE, "hold": "permanent 2h, temporary 0"})
    with server.owner() as owner:
        owner.ok(*SET)
    assert "It takes effect at 20" in server.notices()[0]


def test_no_notice_no_move(start):
    """Nobody moves a mailbox unnoticed."""
    server = start(settings=AT_ONCE)
    path = server.socket_path("hardlink-notice")
    os.rename(path, path + ".away")
    with server.owner() as owner:
        code, text = owner.fail(*SET)
        assert code == "temp" and "notice" in text
        assert server.lookup() == {} and server.history() == []
        os.rename(path + ".away", path)
        assert owner.ok(*SET)["kind"] == "permanent"
    assert len(server.dovecot.logged("A notice couldn't be put")) == 1


def test_a_mailbox_that_takes_none(start, mails):
    server = start()
    home = server.dovecot.path("mail/games")
    os.rmdir(home)
    with open(home, "w", encoding="ascii"):
        pass
    with server.owner() as owner:
        code, text = owner.fail(*SET)
        assert code == "temp" and "doveadm" in text
        assert "next-status" not in owner.ok("GET", "")
    # it was mailed already, and is good for nothing
    with server.owner() as owner:
        assert owner.fail("CONFIRM", "", mails.code()[0])[0] == "notfound"
    assert server.history() == []


def test_notices_switched_off(start):
    server = start(settings={**AT_ONCE, "notice": "no"})
    with server.owner() as owner:
        owner.ok(*SET)
    assert server.notices() == [] and server.history() == ["set"]


def ask_notice(server, line, uid=0):
    """What hardlink-notice says to a line."""
    os.seteuid(uid)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(server.socket_path("hardlink-notice"))
            client.settimeout(60)
            client.sendall(line)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(4096), b""))
    finally:
        os.seteuid(0)


GOOD = b"ASKED\tgames\told@example.org\tcli\tpermanent\t0\t1\t1\t\n"


BAD = [
    b"",
    b"\n",
    b"ASKED",
    GOOD.rstrip(b"\n"),
    GOOD.replace(b"games", b""),
    GOOD.replace(b"games", b"*"),
    GOOD.replace(b"games", b"g?mes"),
    GOOD.replace(b"games", b"games\001n"),
    GOOD.replace(b"games", b"games\xff"),
    GOOD.replace(b"games", b"g" * 5000),
    GOOD.replace(b"games", b"ga\0mes"),
    GOOD.replace(b"old@", b"old\001r\001nBcc: x@"),
    GOOD.replace(b"cli", b"admin"),
    GOOD.replace(b"cli", b"see www.example.net"),
    GOOD.replace(b"permanent", b"perma"),
    GOOD.replace(b"\t0\t", b"\t-1\t"),
    GOOD.replace(b"\t1\t\n", b"\t1\tx\n"),
    GOOD.replace(b"\t1\t\n", b"\t1\t\t\n"),
    GOOD.replace(b"ASKED", b"TOLD"),
    b"TOLD\tgames\told@example.org\tsee www.example.net\n",
]


def test_nothing_else_can_be_put(start):
    server = start()
    for line in BAD:
        with contextlib.suppress(ConnectionResetError):
            assert b"OK" not in ask_notice(server, line), line
    assert server.notices() == []


def test_notice_socket(start):
    server = start()
    assert ask_notice(server, GOOD) == b"OK\n"
    assert len(server.notices()) == 1
    with pytest.raises(PermissionError):
        ask_notice(server, GOOD, uid=5)
    assert b"FAIL" in ask_notice(server, GOOD.replace(b"games", b"nobody-here"))
    assert b"FAIL" in ask_notice(server, GOOD.replace(b"games", b"-A"))
    assert len(server.notices()) == 1


def test_told_once(start):
    server = start()
    with server.owner() as owner, server.owner("lp") as other, \
            server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        admin.ok("SET", "moved@example.org", "permanent", "there@example.com",
                 "")
        assert owner.ok("TOLD", "moved@example.org") == {"first": "yes"}
        assert owner.ok("TOLD", "Moved+x@EXAMPLE.org") == {"first": "no"}
        assert other.ok("TOLD", "moved@example.org") == {"first": "yes"}
        wait_for(lambda: len(server.notices()) == 1)
        wait_for(lambda: len(server.notices("lp")) == 1)
        admin.ok("SET", "moved@example.org", "permanent", "where@example.com",
                 "", "replace")
        assert owner.ok("TOLD", "moved@example.org") == {"first": "yes"}
        wait_for(lambda: len(server.notices()) == 2)
        admin.ok("SET", "away@example.org", "temporary", "x@example.com",
                 str(int(time.time()) + 3600))
        assert owner.fail("TOLD", "away@example.org")[0] == "notfound"
        assert owner.fail("TOLD", "bob@example.org")[0] == "notfound"
        assert owner.fail("TOLD", "nonsense")[0] == "data"
    mail, body = parse(server.notices("lp")[0])
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "moved@example.org" in body and "there@example.com" in body
    assert server.hardlinks.ctl("verify").returncode == 0
    with open(server.hardlinks.store, "rb") as file:
        assert b"gamesmoved" not in file.read()


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_second_time_after_a_restart(start):
    server = start()
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        admin.ok("SET", "moved@example.org", "permanent", "there@example.com",
                 "")
    with server.owner() as owner:
        assert owner.ok("TOLD", "moved@example.org") == {"first": "yes"}
    wait_for(lambda: len(server.notices()) == 1)
    server.dovecot.stop()
    server.dovecot.start()
    server.wait_until_up()
    with server.owner() as owner:
        assert owner.ok("TOLD", "moved@example.org") == {"first": "no"}
    assert len(server.notices()) == 1

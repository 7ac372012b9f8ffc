"""Codes that can't be mailed, and too many of them."""

import time

import pytest

from consent import SET
from mailing import mail_system, mails, start  # noqa: F401


def check_nothing(server):
    assert server.history() == [] and server.notices() == []
    with server.owner() as owner:
        assert "next-status" not in owner.ok("GET", "")


@pytest.mark.parametrize("settings", [
    {"sendmail": "/nonexistent/sendmail"},
    {"submission_host": "127.0.0.1:9"},
])
def test_no_mail_system(start, settings):
    server = start(settings=settings)
    with server.owner() as owner:
        code, text = owner.fail(*SET)
    assert code == "temp" and "didn't take the mail" in text
    check_nothing(server)
    assert len(server.dovecot.logged("Can't mail a code")) == 1


def test_a_sendmail_that_fails(start, mails):
    mails.sendmail.does = "fail"
    server = start()
    with server.owner() as owner:
        code, text = owner.fail(*SET)
    assert code == "temp" and "didn't take the mail" in text
    check_nothing(server)


def test_a_sendmail_that_hangs(start, mails):
    mails.sendmail.does = "hang"
    server = start()
    with server.owner() as owner, server.owner("lp") as other:
        owner.socket.settimeout(120)
        owner.send(*SET)
        # nobody else waits for it
        assert other.ok("GET", "") == {"address": "lp@example.org"}
        status, code, text = owner.read()
    assert (status, code) == ("FAIL", "temp") and "didn't take" in text
    check_nothing(server)


def test_five_codes_for_a_login(start, mails):
    server = start()
    with server.owner() as owner:
        for i in range(5):
            owner.ok("SET", "", "permanent", f"new+{i}@example.com", "")
        code, text = owner.fail("SET", "", "permanent", "x@example.net", "")
        assert code == "temp" and "try again after 20" in text
        # what was asked for last stands still
        assert owner.ok("GET", "")["next-new"] == "new+4@example.com"
    with server.owner("lp") as other:
        # the mailbox's limit: its details are one
        code, text = other.fail("SET", "", "permanent", "NEW+9@example.com", "")
        assert code == "temp" and "to the new address" in text
        other.ok("SET", "", "permanent", "x@example.net", "")
    assert len(mails.sendmail.calls) == 6


def test_no_code_to_what_cannot_be_written(start, mails):
    server = start()
    with server.owner() as owner:
        code, text = owner.fail("SET", "", "permanent", "neü@example.org", "")
        assert code == "data" and "ASCII" in text
    assert mails.sendmail.calls == []
    check_nothing(server)


@pytest.mark.parametrize("address", [
    "new@example.org\r\nBcc: <other@example.org>",
    '"new\r\nBcc: <other@example.org>"@example.org',
    "new@example.org other@example.org",
    "<new@example.org>",
    "new@example.org,other@example.org",
])
def test_what_is_no_address(start, mails, address):
    with start().owner() as owner:
        assert owner.fail("SET", "", "permanent", address, "")[0] == "data"
    assert mails.sendmail.calls == []


@pytest.mark.parametrize("address", [
    "-oprobe@example.org",
    '"|touch /tmp/x"@example.org',
    '"$(id)\'`id`"@example.org',
    '"other@example.org,"@example.org',
    '"a\\"b\\\\c"@example.org',
])
def test_odd_addresses(start, mails, address):
    """One recipient behind the --, whatever it looks like, and one To."""
    mails.sendmail.does = lambda arguments, mail: 0
    with start().owner("uucp") as owner:
        owner.ok("SET", "", "permanent", address, "")
    (arguments, mail), = mails.sendmail.calls
    assert arguments == ["-i", "-f", "<>", "--", address]
    head, body = mail.split("\n\n", 1)
    names = [line.split(":")[0] for line in head.split("\n")]
    assert names == ["Date", "From", "To", "Subject", "Message-ID",
                     "Auto-Submitted", "Hardlink-Consent", "MIME-Version",
                     "Content-Type", "Content-Transfer-Encoding"]
    assert f"\nTo: <{address}>\n" in head
    assert '"odd..name"@example.org' in body


def test_an_option_is_an_address(start, mails):
    with start().owner() as owner:
        owner.ok("SET", "", "permanent", "-oprobe@example.org", "")
        code, _ = mails.code(user="-oprobe@example.org")
        assert owner.ok("CONFIRM", "", code)["new"] == "-oprobe@example.org"


def test_time_of_the_limit(start):
    """It is said when there may be another one."""
    server = start()
    with server.owner() as owner:
        for _ in range(5):
            owner.ok(*SET)
        text = owner.fail(*SET)[1]
    until = time.strptime(text.split("after ")[1], "%Y-%m-%dT%H:%M:%SZ")
    wait = time.mktime(until) - time.timezone - time.time()
    assert 3000 < wait <= 3600

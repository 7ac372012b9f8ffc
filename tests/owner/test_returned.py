"""Codes mailed to a new address that forwards them to the old one."""

import contextlib
import email
import os
import socket

import pytest

from consent import SET, find_code
from mailing import mail_system, mails, start  # noqa: F401


@contextlib.contextmanager
def silent_socket(path):
    """Somebody else listens there, and never says a word."""
    os.rename(path, path + ".away")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        yield
    os.rename(path + ".away", path)


@pytest.mark.parametrize("mode", ["reply", "deliver"])
def test_codes_that_come_back(start, mails, mode):
    server = start(settings={"lmtp": mode})
    mails.deliver_to(server)
    with server.owner() as owner:
        # it may be back before or after this is in the log
        status, reply, _ = owner.ask("SET", "", "permanent",
                                     "forwards@example.org", "")
        assert status == "OK" or reply[0] == "data" and "back" in reply[1]
        mails.postfix.wait_for_empty_queue()
        refused = server.dovecot.logged("returned code of old@example.org")
        assert len(refused) == 1 and "refused" not in refused[0]
        assert "550 5.4.6" in mails.postfix.log_text()
        assert "next-status" not in owner.ok("GET", "")
        code = find_code(mails.sendmail.calls[0][1])
        assert owner.fail("CONFIRM", "", code)[0] == "notfound"
    # at most the notice
    assert not [mail for mail in server.notices() if code in mail]
    assert server.lookup() == {}


def test_a_code_that_is_back_at_once(start, mails):
    """While the mail system has it still."""
    server = start()

    def forward(_, text):
        name = email.message_from_string(text)["Hardlink-Consent"]
        replies.append(deliver(server, "old+x@example.org", name))
        return 0

    replies = []
    mails.sendmail.does = forward
    with server.owner() as owner:
        code, text = owner.fail(*SET)
        assert code == "data" and "back" in text
    assert replies[0].startswith(b"550 5.4.6 ")
    assert server.notices() == [] and server.history() == []


def test_a_code_that_is_back_later(start, mails):
    server = start()
    with server.owner() as owner:
        owner.ok(*SET)
        _, text = mails.code()
        name = email.message_from_string(text)["Hardlink-Consent"]
        assert deliver(server, "old+x@example.org", name).startswith(
            b"550 5.4.6 ")
        assert "next-status" not in owner.ok("GET", "")
    assert server.history()[0] == "set" and len(server.history()) == 2
    assert "came back" in server.hardlinks.ctl(
        "history", "old@example.org").stdout


def consent_mail(name):
    return (f"From: a@example.org\r\nHardlink-Consent: {name}\r\n\r\nx"
            ).encode()


def deliver(server, recipient, name):
    with server.lmtp() as lmtp:
        lmtp.mail("")
        assert lmtp.rcpt(recipient).startswith(b"250")
        return lmtp.data(consent_mail(name), 1)[0]


def test_who_else_gets_such_mails(start, mails):
    server = start()
    with server.owner() as owner:
        owner.ok(*SET)
        _, text = mails.code()
        name = email.message_from_string(text)["Hardlink-Consent"]
        assert deliver(server, "alice@example.org", name).startswith(b"250 ")
        # nothing came back, and the log doesn't say so
        assert server.dovecot.logged("saved mail")
        assert not server.dovecot.log_lines("returned code of")
        assert deliver(server, "old@example.org", "0" * 32).startswith(b"250 ")
        assert deliver(server, "old@example.org", "x\tADMIN").startswith(
            b"250 ")
        assert owner.ok("GET", "")["next-status"] == "pending"
        reply = deliver(server, "Old@EXAMPLE.org", name)
        assert reply.startswith(b"550 5.4.6 ") and b"@" not in reply
        assert "next-status" not in owner.ok("GET", "")
    assert len(server.dovecot.mails("alice@example.org")) == 1


def test_such_mails_wait_for_hardlinkd(start):
    server = start(settings={"on_error": "deliver"})
    with silent_socket(server.socket_path("hardlink-admin")):
        assert deliver(server, "old@example.org", "0" * 32).startswith(
            b"451 4.3.0 ")
        assert deliver(server, "alice@example.org", "none").startswith(b"250 ")
    assert server.dovecot.logged("a code that may have come back")
    assert deliver(server, "old@example.org", "0" * 32).startswith(b"250 ")


def test_such_mails_where_there_is_no_hardlinkd(start):
    server = start()
    os.unlink(server.socket_path("hardlink-admin"))
    assert deliver(server, "old@example.org", "0" * 32).startswith(b"250 ")

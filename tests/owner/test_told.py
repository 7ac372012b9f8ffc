"""Who writes to somebody that has moved for good is told so, once."""

import time

import pytest

from submission import SubmissionServer
from test_submission import FOLLOWED, SENDER, set_links


@pytest.fixture(scope="module")
def server(modules):
    started = SubmissionServer(modules, settings={"notice": "yes"})
    set_links(started, {
        "old@example.org": ("permanent", "new@example.com"),
        "carol@example.org": ("permanent", "other@example.com"),
        "dave@example.org": ("permanent", "nobody@example.com"),
        "away@example.org": ("temporary", "here@example.com")})
    yield started
    started.remove()


def told(server, count, user=SENDER):
    """The mails in the user's own mailbox, once there are as many."""
    deadline = time.monotonic() + 30
    while len(server.dovecot.mails(user)) < count:
        assert time.monotonic() < deadline, server.dovecot.log()[-20:]
        time.sleep(0.1)
    return [mail.decode() for mail in server.dovecot.mails(user)]


def send(server, *recipients, user=SENDER, end="data"):
    session = server.login(user)
    session.mail(user)
    for recipient in recipients:
        session.rcpt(recipient)
    if end == "data":
        session.data("hello")
    elif end == "rset":
        session.smtp.rset()
    session.smtp.quit()


def test_once(server):
    # not for a mail that wasn't sent, and not for a temporary move
    send(server, "old@example.org", end="rset")
    send(server, "old@example.org", end="quit")
    send(server, "away@example.org", "plain@example.com")
    # not for who was refused
    send(server, "dave@example.org", "plain@example.com")
    send(server, "old+tag@example.org", "plain@example.com")
    mail, = told(server, 1)
    assert "old+tag@example.org" in mail and "new@example.com" in mail
    send(server, "old@example.org", "away@example.org")
    # two in one mail; what came before is there by then
    send(server, "old@example.org", "carol@example.org")
    mails = told(server, 2)
    assert len(mails) == 2
    assert sum("carol@example.org" in mail for mail in mails) == 1
    # nobody else hears of it
    assert server.dovecot.mails("old@example.org") == []
    assert server.dovecot.mails("bob@example.org") == []


def test_each_sender(server):
    send(server, "carol@example.org", user="bob@example.org")
    mail, = told(server, 1, "bob@example.org")
    assert "carol@example.org" in mail


def test_a_client_that_leaves_at_once(server):
    session = server.login("old@example.org")
    session.mail("old@example.org")
    assert session.rcpt("old@example.org") == FOLLOWED
    session.smtp.send("DATA\r\n")
    assert session.reply().startswith("354 ")
    session.smtp.send("Subject: bye\r\n\r\n.\r\nQUIT\r\n")
    assert session.reply().startswith("250 ")
    session.socket.close()
    assert len(told(server, 1, "old@example.org")) == 1

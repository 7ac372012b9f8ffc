"""What local users submit to an address that is hard-linked here: it follows,
or it is refused with the reply of the draft."""

import os
import signal
import time

import pytest

from dovecot import is_23
from service import service_pids

SENDER = "alice@example.org"
ADMINS = {
    "old@example.org": ("permanent", "new@example.com"),
    "away@example.org": ("temporary", "here@example.com"),
    "lost@example.org": ("permanent", "nobody@example.com"),
    # three steps, and five
    "one@example.org": ("permanent", "two@example.org"),
    "two@example.org": ("temporary", "three@example.org"),
    "three@example.org": ("permanent", "three@example.com"),
    "far1@example.org": ("permanent", "far2@example.org"),
    "far2@example.org": ("permanent", "far3@example.org"),
    "far3@example.org": ("permanent", "far4@example.org"),
    "far4@example.org": ("permanent", "far5@example.org"),
    "far5@example.org": ("permanent", "five@example.com"),
}
FOLLOWED = ("250 2.1.5 mailbox has moved to <new@example.com>; "
            "the mail goes there")
TOO_OFTEN = "550 5.4.6 mailbox has moved too often, or in a circle"


def set_links(server, links):
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        for old, (kind, new) in links.items():
            admin.ok("SET", old, kind, new, "" if kind == "permanent"
                     else str(int(time.time()) + 3600))


@pytest.fixture(scope="module")
def server(start_submission):
    started = start_submission()
    set_links(started, ADMINS)
    return started


@pytest.fixture
def session(server):
    session = server.login()
    yield session
    session.socket.close()


def with_subject(server, recipient, subject, count=1):
    """The mails to a recipient with this subject, once all have arrived. Others
    from the same test are there before, if they are on their way."""
    deadline = time.monotonic() + 30
    while True:
        server.relay.wait_for_empty_queue()
        mails = [mail for mail in server.relay.mails(recipient)
                 if f"\nSubject: {subject}\n" in mail]
        if len(mails) >= count:
            return mails
        assert time.monotonic() < deadline, server.relay.log_text()[-3000:]
        time.sleep(0.1)


def test_one_moved_and_one_plain(server, session):
    session.mail()
    assert session.rcpt("old@example.org") == FOLLOWED
    assert session.rcpt("plain@example.com").startswith("250 2.1.5 ")
    session.data("both")
    assert len(with_subject(server, "new@example.com", "both")) == 1
    assert len(with_subject(server, "plain@example.com", "both")) == 1
    assert with_subject(server, "old@example.org", "both", 0) == []


def test_temporary(server, session):
    session.mail()
    assert session.rcpt("Away+tag@example.org") == (
        "250 2.1.5 mailbox has temporarily moved to <here@example.com>; the "
        "mail goes there")
    session.data("temporary")
    assert len(with_subject(server, "here@example.com", "temporary")) == 1


@pytest.mark.parametrize("parameters,orcpt", [
    (" ORCPT=rfc822;mine+2Bx@example.org", "mine+x@example.org"),
    ("", "old@example.org")])
def test_orcpt(server, session, parameters, orcpt):
    """The relay reports the delivery, and says who was meant."""
    subject = f"for {orcpt}"
    session.mail()
    assert session.rcpt("old@example.org", f" NOTIFY=SUCCESS{parameters}") == \
        FOLLOWED
    session.data(subject)
    report, = with_subject(server, SENDER, subject)
    assert f"Original-Recipient: rfc822;{orcpt}\n" in report
    assert "Final-Recipient: rfc822; new@example.com\n" in report


@pytest.mark.parametrize("recipients", [
    ("old@example.org", "new@example.com"),
    ("new@example.com", "old@example.org"),
    ("new@EXAMPLE.com", "old@example.org", "OLD@example.org"),
    ("old+a@example.org", "old+b@example.org")], ids=" ".join)
def test_once_at_the_new_address(server, session, recipients):
    subject = "once " + " ".join(recipients)
    session.mail()
    for recipient in recipients:
        assert session.rcpt(recipient).startswith("250 2.1.5 ")
    session.data(subject)
    session.mail()
    assert session.rcpt("new@example.com").startswith("250 2.1.5 ")
    session.data("next to " + subject)
    assert len(with_subject(server, "new@example.com", "next to " + subject)) \
        == 1
    assert len(with_subject(server, "new@example.com", subject)) == 1


def test_chain(server, session):
    session.mail()
    assert session.rcpt("one@example.org") == (
        "250 2.1.5 mailbox has moved to <three@example.com>; the mail goes "
        "there")
    session.data("chain")
    assert len(with_subject(server, "three@example.com", "chain")) == 1
    session.mail()
    assert session.rcpt("far1@example.org") == TOO_OFTEN
    assert session.rcpt("far2@example.org").startswith("250 2.1.5 ")
    session.smtp.rset()


def test_circle(start_submission):
    """The rules let nobody set one. This one is two hard-links that the setting
    recipient_delimiter, changed afterwards, joins."""
    server = start_submission()
    set_links(server, {"old@example.org": ("permanent", "away-x@example.org"),
                       "away@example.org": ("permanent", "old@example.org")})
    server.hardlinks.configure(recipient_delimiter="-")
    session = server.login()
    session.mail()
    assert session.rcpt("old@example.org") == TOO_OFTEN
    assert session.rcpt("away@example.org") == TOO_OFTEN
    assert session.rcpt("plain@example.com").startswith("250 ")


def test_what_the_relay_refuses(server, session):
    session.mail()
    reply = session.rcpt("lost@example.org")
    assert reply.startswith("550 5.1.1 <lost@example.org> ")
    assert "<nobody@example.com>: Recipient address rejected" in reply
    # in its place; also for whoever names the new address too
    assert session.rcpt("lost+x@example.org").startswith("550 5.1.1 ")
    assert session.rcpt("nobody@example.com").startswith("550 5.1.1 ")
    assert session.rcpt("old@example.org") == FOLLOWED
    session.data("refused")
    assert len(with_subject(server, "new@example.com", "refused")) == 1


def test_a_redirect_of_the_relays_is_not_mangled(start_submission):
    server = start_submission(relay_settings={
        "smtpd_recipient_restrictions": "check_recipient_access "
        "inline:{ {new@example.com=557 5.2.7 mailbox has moved to "
        "<newer@example.com>} }"})
    set_links(server, {"old@example.org": ("permanent", "new@example.com")})
    session = server.login()
    session.mail()
    first = session.rcpt("old@example.org")
    assert first.startswith("557 5.2.7 <old@example.org> ")
    assert first.endswith("mailbox has moved to <newer@example.com>")
    # the same, but nothing that could be taken for a redirect
    assert session.rcpt("old+x@example.org").startswith("550 5.1.1 ")


def pipelined_alone(server, *commands):
    """In a login of its own: Dovecot's relay client panics when another mail
    follows a pipelined RSET, whoever the recipients are."""
    session = server.login()
    replies = session.pipelined(*commands)
    session.socket.close()
    return [reply[:3] for reply in replies], replies


def test_pipelined_then_reset(server):
    codes, replies = pipelined_alone(
        server, f"MAIL FROM:<{SENDER}>", "RCPT TO:<old@example.org>",
        "RCPT TO:<new@example.com>", "RCPT TO:<old+x@example.org>", "RSET")
    assert codes == ["250"] * 5
    assert replies[1] == replies[3] == FOLLOWED
    codes, _ = pipelined_alone(
        server, f"MAIL FROM:<{SENDER}>", "RCPT TO:<lost@example.org>",
        "RCPT TO:<lost+x@example.org>", "RCPT TO:<old@example.org>", "RSET")
    assert codes == ["250", "550", "550", "250", "250"]


@pytest.mark.parametrize("count", range(5))
def test_pipelined_over_and_over(server, count):
    """Also where MAIL is missing, and with nothing behind."""
    recipients = ["RCPT TO:<old@example.org>", "RCPT TO:<new@example.com>",
                  "RCPT TO:<far1@example.org>", "RCPT TO:<old+y@example.org>"]
    codes = ["250", "250", "550", "250"]
    recipients, codes = recipients[:count], codes[:count]
    assert pipelined_alone(server, *recipients, "RSET", "NOOP")[0] == \
        ["503"] * count + ["250", "250"]
    assert pipelined_alone(server, f"MAIL FROM:<{SENDER}>", *recipients,
                           "RSET", "RCPT TO:<old@example.org>")[0] == \
        ["250", *codes, "250", "503"]
    assert pipelined_alone(server, f"MAIL FROM:<{SENDER}>", *recipients,
                           "NOOP")[0] == ["250", *codes, "250"]


def test_pipelined_data(server, session):
    replies = session.pipelined(
        f"MAIL FROM:<{SENDER}>", "RCPT TO:<old@example.org>",
        "RCPT TO:<new@example.com>", "RCPT TO:<lost@example.org>", "DATA")
    assert [reply[:3] for reply in replies] == \
        ["250", "250", "250", "550", "354"]
    session.smtp.send("Subject: pipelined\r\n\r\n.\r\n")
    assert session.reply().startswith("250 ")
    assert len(with_subject(server, "new@example.com", "pipelined")) == 1


def test_client_that_goes_away(server):
    for commands in ("RCPT TO:<old@example.org>",
                     "RCPT TO:<old@example.org>\r\nRCPT TO:<new@example.com>"
                     "\r\nRCPT TO:<old@example.org>"):
        session = server.login()
        session.smtp.send(f"MAIL FROM:<{SENDER}>\r\n{commands}\r\n")
        session.socket.close()
    assert server.login().state("GET")["address"] == SENDER


def test_bdat(server, session):
    text = "Subject: bdat\r\n\r\nhello\r\n"
    session.mail()
    assert session.rcpt("old@example.org") == FOLLOWED
    session.smtp.send(f"BDAT {len(text)}\r\n{text}BDAT 0 LAST\r\n")
    assert session.reply()[:3] == session.reply()[:3] == "250"
    assert len(with_subject(server, "new@example.com", "bdat")) == 1


def test_what_is_not_moved(server, session):
    session.mail()
    for address in "bob@example.org", "bob+old@example.org", "x@example.net":
        assert session.rcpt(address).startswith("250 2.1.5 Ok")
    assert session.rcpt("unknown@example.com").startswith("550 5.1.1 ")
    assert session.rcpt("postmaster").startswith(("250 ", "550 "))


def test_international(server, session):
    """A-labels are ASCII; a local part beyond ASCII wants SMTPUTF8."""
    set_links(server, {
        "carol@example.org": ("permanent", "x@xn--bcher-kva.example"),
        "dave@example.org": ("permanent", "jos\u00e9@elsewhere.example")})
    session.mail()
    assert "<x@xn--bcher-kva.example>" in session.rcpt("carol@example.org")
    assert session.rcpt("dave@example.org") == "550 5.1.6 mailbox has moved"
    session.smtp.rset()
    if is_23():
        return
    assert session.line(f"MAIL FROM:<{SENDER}> SMTPUTF8").startswith("250 ")
    assert session.rcpt("dave@example.org") == (
        "250 2.1.5 mailbox has moved to <jos\u00e9@elsewhere.example>; the "
        "mail goes there")
    session.data("international")
    server.relay.wait_for_empty_queue()
    assert "to=<jos\u00e9@elsewhere.example>" in server.relay.log_text()


def test_reply_mode(start_submission):
    server = start_submission(settings={"submission": "reply"})
    set_links(server, {"old@example.org": ("permanent", "new@example.com"),
                       "away@example.org": ("temporary", "old@example.org")})
    session = server.login()
    session.mail()
    assert session.rcpt("old+x@example.org") == \
        "557 5.2.7 mailbox has moved to <new@example.com>"
    assert session.rcpt("away@example.org") == \
        "558 5.2.8 mailbox has temporarily moved to <old@example.org>"
    assert session.rcpt("plain@example.com").startswith("250 2.1.5 ")
    session.data("reply mode")
    assert len(with_subject(server, "plain@example.com", "reply mode")) == 1


def test_service_that_is_not_there(start_submission):
    server = start_submission(without_service=True)
    session = server.login()
    session.mail()
    for address in "old@example.org", "plain@example.com":
        assert session.rcpt(address).startswith("451 4.3.0 ")
    assert len(server.dovecot.logged("Can't ask for hard-links")) == 1


def test_service_that_was_restarted(start_submission):
    """Its connections have ended; within a session nobody notices."""
    server = start_submission()
    set_links(server, {"old@example.org": ("permanent", "new@example.com")})
    session = server.login()
    session.mail()
    assert session.rcpt("old@example.org") == FOLLOWED
    pid, = service_pids(server)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while pid in service_pids(server):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert session.rcpt("old+x@example.org") == FOLLOWED
    assert session.state("GET")["address"] == SENDER


@pytest.mark.parametrize("on_error,reply", [("tempfail", "451 4.3.0 "),
                                            ("deliver", "250 2.1.5 ")])
def test_store_that_cannot_be_read(start_submission, on_error, reply):
    server = start_submission(settings={"on_error": on_error})
    set_links(server, {"old@example.org": ("permanent", "new@example.com")})
    session = server.login()
    server.hardlinks.checkpoint()
    server.hardlinks.forge_signatures()
    session.mail()
    assert session.rcpt("old@example.org").startswith(reply)

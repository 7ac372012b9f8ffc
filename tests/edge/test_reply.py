"""What a stranger's server hears at RCPT, byte for byte."""

import pytest

from conftest import AWAY, MOVED


def ok(reply):
    return reply.startswith(b"250 2.1.5 ")


def test_permanent_and_temporary(smtp):
    smtp.mail()
    assert smtp.rcpt("old@example.org") == MOVED
    assert smtp.rcpt("away@example.org") == AWAY


def test_other_recipients_are_unaffected(edge, smtp):
    replies, sent = smtp.deliver(
        ["alice@example.org", "old@example.org", "bob@example.org",
         "away@example.org"], "Subject: three\r\n\r\nthree")
    assert replies[1] == MOVED and replies[3] == AWAY
    assert ok(replies[0]) and ok(replies[2]) and sent.startswith(b"250 2.0.0 ")
    for user in "alice", "bob":
        mails = edge.postfix.wait_for_mails(f"{user}@example.org", 1)
        assert any("Subject: three" in mail for mail in mails)
    for user in "old", "away":
        assert not edge.postfix.mails(f"{user}@example.org")


def test_pipelined(smtp):
    smtp.send(b"MAIL FROM:<s@example.net>\r\nRCPT TO:<old@example.org>\r\n"
              b"RCPT TO:<alice@example.org>\r\nRCPT TO:<old@example.org>\r\n"
              b"RCPT TO:<away@example.org>\r\nRSET\r\n")
    replies = [smtp.reply() for _ in range(6)]
    assert [replies[i] for i in (1, 3, 4)] == [MOVED, MOVED, AWAY]
    assert ok(replies[2])


def test_null_sender(smtp):
    smtp.mail("")
    assert smtp.rcpt("old@example.org") == MOVED


def test_helo_only(edge):
    client = edge.smtp()
    assert client.cmd("HELO client.example.net").startswith(b"250 ")
    assert client.ask("old@example.org") == MOVED


@pytest.mark.parametrize("path", [
    "<OLD@Example.ORG>", "<old+detail@example.org>", '<"old"@example.org>',
    '<"o\\ld"@example.org>', "<@relay.example:old@example.org>",
    "old@example.org", "<old@example.org> NOTIFY=NEVER",
    "<old@example.org> ORCPT=rfc822;info@example.org"])
def test_same_mailbox(smtp, path):
    smtp.mail()
    assert smtp.cmd(f"RCPT TO:{path}") == MOVED


@pytest.mark.parametrize("address", [
    "alice@example.org", "postmaster@example.org", "postmaster"])
def test_accepted(smtp, address):
    assert ok(smtp.ask(address))


def test_quoted_recipient(edge, smtp):
    edge.hardlinks.set_permanent('"john doe"@example.org', "new@example.com")
    assert smtp.ask('"john doe"@example.org') == MOVED
    assert smtp.ask('"John\\ Doe"@example.org') == MOVED


@pytest.mark.parametrize("old, new", [
    ("percent", "100%25%s%%n%@example.com"),
    ("strange", "!#$&'*/=?^_`{|}~-x.y@example.com"),
    ("strange", '"a b\\"c\\\\d"@example.com'),
    ("strange", "x@xn--bcher-kva.example"),
    ("long", "x" * 64 + "@" + ".".join(["d" * 60] * 3) + ".exam"),
])
def test_target_verbatim(edge, smtp, old, new):
    edge.hardlinks.set_permanent(f"{old}@example.org", new, "--replace")
    assert smtp.ask(f"{old}@example.org") == \
        f"557 5.2.7 mailbox has moved to <{new}>\r\n".encode()


def test_unknown_and_foreign(edge, smtp):
    """Postfix's own refusals come first, and tell nothing."""
    for name in "nobody@example.org", "someone@elsewhere.example":
        edge.hardlinks.set_permanent(name, "new@example.com", "--replace")
        reply = smtp.ask(name)
        assert reply[:3] in (b"550", b"554") and b"new@" not in reply


def test_vrfy_tells_no_more(smtp):
    moved, stays = (smtp.cmd(f"VRFY {name}@example.org")
                    for name in ("old", "alice"))
    assert moved.startswith(b"252 ")
    assert moved == stays.replace(b"alice", b"old")
    assert smtp.cmd("VRFY nobody@example.org").startswith(b"550 5.1.1 ")
    assert smtp.cmd("EXPN old@example.org").startswith(b"50")


def test_change_shows_at_once(edge, smtp):
    assert ok(smtp.ask("info@example.org"))
    edge.hardlinks.set_permanent("info@example.org", "new@example.com")
    assert smtp.ask("info@example.org") == MOVED
    edge.hardlinks.ctl("unset", "info@example.org")
    assert ok(smtp.ask("info@example.org"))


def test_smtputf8_with_an_ascii_target(smtp):
    """A client with SMTPUTF8 hears the same as one without, as long as the
    target is ASCII; so does one that asks in another case."""
    for word in "SMTPUTF8", "smtputf8 BODY=8BITMIME":
        assert smtp.cmd(f"MAIL FROM:<s@example.net> {word}").startswith(b"250 ")
        assert smtp.rcpt("old@example.org") == MOVED
        assert smtp.rcpt("alice@example.org").startswith(b"250 ")
        assert smtp.cmd("RSET").startswith(b"250 ")
    assert smtp.cmd("MAIL FROM:<s@example.net> SMTPUTF8").startswith(b"250 ")
    assert smtp.rcpt("zo\u00e9@example.org").startswith(b"550 5.1.1 ")


def test_mail_that_is_not_smtp(start):
    """Even if someone lists the milter in non_smtpd_milters, mail of
    sendmail(1) doesn't stick."""
    edge = start()
    edge.postfix.set(non_smtpd_milters=f"unix:{edge.milter.socket}")
    edge.postfix.sendmail("alice@example.org", "old@example.org",
                          text="Subject: local\n\nlocal\n")
    mails = edge.postfix.wait_for_mails("old@example.org", 1)
    assert "Subject: local" in mails[0]
    edge.postfix.wait_for_empty_queue()

"""What a stranger's server hears at RCPT, byte for byte."""

import time

import pytest

from client import Client
from conftest import AWAY, MOVED, OK, Edge


def moved(new):
    return f"557 5.2.7 mailbox has moved to <{new}>\r\n".encode()


def test_permanent_and_temporary(smtp):
    smtp.mail()
    assert smtp.rcpt("old@example.org") == MOVED
    assert smtp.rcpt("away@example.org") == AWAY
    assert smtp.rcpt("alice@example.org") == OK


def test_other_recipients_are_unaffected(edge, smtp):
    replies, sent = smtp.deliver(
        ["alice@example.org", "old@example.org", "bob+x@example.org",
         "away@example.org"], "Subject: three\r\n\r\nthree")
    assert replies == [OK, MOVED, OK, AWAY]
    assert sent.startswith(b"250 ")
    assert "Subject: three" in edge.sink.wait("alice@example.org")[0]
    assert "Subject: three" in edge.sink.wait("bob+x@example.org")[0]
    assert not edge.sink.mails("old@example.org")


def test_null_sender(smtp):
    smtp.mail("")
    assert smtp.rcpt("old@example.org") == MOVED


def test_helo_only(edge):
    with Client(edge.smtpd.address) as client:
        assert client.cmd("HELO client.example.net").startswith(b"250 ")
        assert client.ask("old@example.org") == MOVED


@pytest.mark.parametrize("path", [
    "<OLD@Example.ORG>", "<old+detail@example.org>",
    "<@relay.example:old@example.org>", "<old@example.org> NOTIFY=NEVER",
    "<old@example.org> ORCPT=rfc822;info@example.org"])
def test_same_mailbox(smtp, path):
    smtp.mail()
    assert smtp.cmd(f"RCPT TO:{path}") == MOVED


@pytest.mark.parametrize("address", [
    "alice@example.org", "alice+old@example.org", "postmaster@example.org",
    "Postmaster", "postmaster@mx.example.org"])
def test_accepted(smtp, address):
    assert smtp.ask(address) == OK


def test_expired_and_withdrawn(edge, smtp):
    """In one connection: OpenSMTPD keeps no answer."""
    assert smtp.ask("soon@example.org") == OK
    edge.hardlinks.set_temporary("soon@example.org", "here@example.net", "2s")
    assert smtp.ask("soon@example.org") == AWAY
    time.sleep(2.5)
    assert smtp.ask("soon@example.org") == OK
    edge.hardlinks.set_permanent("soon@example.org", "new@example.com")
    assert smtp.ask("soon@example.org") == MOVED
    edge.hardlinks.ctl("unset", "soon@example.org")
    assert smtp.ask("soon@example.org") == OK


@pytest.mark.parametrize("new", [
    "100%25%s%%n%@example.com", "!#$&'*/=?^_`{|}~-x.y@example.com",
    "a|b|@example.com", '"| proceed"@example.com', '"a b\\"c\\\\d"@example.com',
    '"two  blanks "@example.com', '"a<b>@c.example"@example.com',
    "${primary}%{rcpt}@example.com", "x@xn--bcher-kva.example",
    "x" * 64 + "@" + ".".join(["d" * 60] * 3) + ".exam"])
def test_target_verbatim(edge, smtp, new):
    edge.hardlinks.set_permanent("target@example.org", new, "--replace")
    assert smtp.ask("target@example.org") == moved(new)


OWNERS = [
    "a%b%s@example.org", "a|b@example.org", "|a||@example.org",
    "$a${b}@example.org", "!#&'*=?^_`{}~-x.y@example.org", "a/b@example.org",
    "y" * 64 + "@example.org"]


@pytest.fixture(scope="module")
def strange():
    """Another OpenSMTPD in which the mailboxes have these names."""
    shared = Edge(users=OWNERS)
    yield shared
    shared.check_log()
    shared.remove()


@pytest.mark.parametrize("old", OWNERS)
def test_owner_verbatim(strange, old):
    with strange.smtp() as smtp:
        assert smtp.ask(old) == OK
        strange.hardlinks.set_permanent(old, "new@example.com")
        assert smtp.ask(old) == MOVED
        assert smtp.ask(old.upper()) == MOVED
        assert smtp.ask("alice@example.org") == OK


def test_quoted_local_parts(edge, smtp):
    """OpenSMTPD takes none, whoever it is."""
    edge.hardlinks.set_permanent('"a b"@example.org', "new@example.com")
    for address in '"a b"@example.org', '"old"@example.org', '"a>b"@example.org':
        assert smtp.ask(address).startswith(b"501 5.1.3 ")


def test_unknown_and_foreign(edge, smtp):
    assert smtp.ask("nobody@example.org") == \
        b"550 5.1.1 No such mailbox: <nobody@example.org>\r\n"
    assert smtp.ask("someone@elsewhere.example").startswith(b"550 ")
    # One of our domains for OpenSMTPD, but not for the filter.
    for name in "old@mx.example.org", "someone@elsewhere.example":
        edge.hardlinks.set_permanent(name, "new@example.com")
        reply = smtp.ask(name)
        assert reply.startswith(b"550 ") and b"new@" not in reply


def test_domains(start):
    """More than one; an internationalised one, in any case."""
    edge = start(domains=("EXAMPLE.org", "b\u00fccher.example"))
    for old in "a@xn--bcher-kva.example", "a@sub.example.org", "a@example.net":
        edge.hardlinks.set_permanent(old, "new@example.com")
    with edge.smtp() as client:
        assert client.ask("old@example.org") == MOVED
        assert client.ask("a@XN--bcher-kva.example") == MOVED
        for foreign in "a@sub.example.org", "a@example.net":
            assert client.ask(foreign).startswith(b"550 ")


def test_vrfy_and_expn_tell_no_more(smtp):
    for verb in "VRFY", "EXPN":
        for address in "old@example.org", "alice@example.org":
            reply = smtp.cmd(f"{verb} {address}")
            assert reply.startswith(b"500 ") and b"new@" not in reply


def test_alias(start):
    """Mail that comes through an alias is delivered, not bounced."""
    edge = start(aliases="info@example.org: old@example.org\n")
    with edge.smtp() as client:
        replies, sent = client.deliver(["info@example.org"],
                                       "Subject: list\r\n\r\nx")
    assert replies == [OK] and sent.startswith(b"250 ")
    assert "Subject: list" in edge.sink.wait("old@example.org")[0]


def test_order(start):
    """Filters that turn away clients come first, wherever they stand; at RCPT
    ours does."""
    edge = start(
        settings='filter greylist phase rcpt-to match !fcrdns '
                 'reject "451 4.7.1 come back"\n'
                 'filter list phase connect match src { "192.0.2.1" } '
                 'disconnect "554 5.7.1 listed"\n',
        behind=", greylist, list")
    with Client(("127.0.0.1", edge.smtpd.proxy), "192.0.2.1") as client:
        assert client.greeting == b"554 5.7.1 listed\r\n"
    with edge.smtp(port=edge.smtpd.proxy, proxied_from="192.0.2.2") as client:
        client.mail()
        assert client.rcpt("old@example.org") == MOVED
        assert client.rcpt("alice@example.org") == b"451 4.7.1 come back\r\n"


def test_a_thousand_recipients(smtp):
    smtp.mail()
    for _ in range(500):
        assert smtp.rcpt("old@example.org") == MOVED
        assert smtp.rcpt("alice@example.org") == OK


def test_parallel_clients(edge):
    clients = [edge.smtp() for _ in range(60)]
    for command, reply in (("MAIL FROM:<s@example.net>", None),
                           ("RCPT TO:<old@example.org>", MOVED),
                           ("RCPT TO:<alice@example.org>", OK),
                           ("RCPT TO:<away@example.org>", AWAY)) * 3:
        for client in clients:
            client.send(f"{command}\r\n".encode())
        for client in clients:
            assert client.reply() == reply or reply is None
        if reply == AWAY:
            for client in clients:
                client.cmd("RSET")

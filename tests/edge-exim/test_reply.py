"""What a stranger's server hears at RCPT, byte for byte."""

import base64

import pytest

from conftest import AWAY, MOVED
from unpacked import wait_until

OK = b"250 Accepted\r\n"


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


def test_pipelined(smtp):
    smtp.send(b"MAIL FROM:<s@example.net>\r\nRCPT TO:<old@example.org>\r\n"
              b"RCPT TO:<alice@example.org>\r\nRCPT TO:<old@example.org>\r\n"
              b"RCPT TO:<away@example.org>\r\nRSET\r\n")
    replies = [smtp.reply() for _ in range(6)]
    assert replies[1:5] == [MOVED, OK, MOVED, AWAY]


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
    "old@example.org"])
def test_same_mailbox(smtp, path):
    smtp.mail()
    assert smtp.cmd(f"RCPT TO:{path}") == MOVED


@pytest.mark.parametrize("address", [
    "alice@example.org", "alice+old@example.org", "postmaster@example.org"])
def test_accepted(smtp, address):
    assert smtp.ask(address) == OK


def test_bare_postmaster(start):
    edge = start(settings="qualify_domain = example.org\n")
    assert edge.ask("postmaster") == OK


def test_expired_and_withdrawn(edge, smtp):
    """In one connection: Exim keeps no answer."""
    assert smtp.ask("soon@example.org") == OK
    edge.hardlinks.set_temporary("soon@example.org", "here@example.net", "5s")
    smtp.mail()
    assert smtp.rcpt("soon@example.org") == AWAY
    replies = []
    wait_until(lambda: replies.append(smtp.rcpt("soon@example.org")) or
               replies[-1] != AWAY, lambda: replies)
    assert replies[-1] == OK
    edge.hardlinks.set_permanent("soon@example.org", "new@example.com")
    assert smtp.rcpt("soon@example.org") == MOVED
    edge.hardlinks.ctl("unset", "soon@example.org")
    assert smtp.rcpt("soon@example.org") == OK


LONG = "x" * 64 + "@" + ".".join(["d" * 60] * 3) + ".exam"
TARGETS = [
    "100%25%s%%n%@example.com",
    "!#$&'*/=?^_`{|}~-x.y@example.com",
    "${primary_hostname}@example.com",
    "${if@example.com",
    "$acl_m_hardlink@example.com",
    "}{@example.com",
    '"a b\\"c\\\\d"@example.com',
    '"${readsocket{/x:y}{z}}"@example.com',
    '"\\\\N^x\\\\n:,;"@example.com',
    '"two  blanks "@example.com',
    '"a<b>@c.example"@example.com',
    "x@xn--bcher-kva.example",
    LONG,
]


@pytest.mark.parametrize("new", TARGETS)
def test_target_verbatim(edge, smtp, new):
    edge.hardlinks.set_permanent("target@example.org", new, "--replace")
    assert smtp.ask("target@example.org") == moved(new)


def test_long_temporary(edge, smtp):
    """Exim folds a text of more than 75 bytes at a blank: the one in front of
    the address."""
    def ask(new):
        edge.hardlinks.set_temporary("target@example.org", new, "1h",
                                     "--replace")
        return smtp.ask("target@example.org")

    longest = "n" * 18 + "@example.com"
    assert ask(longest) == ("558 5.2.8 mailbox has temporarily moved to "
                            f"<{longest}>\r\n").encode()
    for new in "n" + longest, LONG:
        assert ask(new) == ("558-5.2.8 mailbox has temporarily moved to\r\n"
                            f"558 5.2.8 <{new}>\r\n").encode()


def with_blank(size, blank):
    quoted = "n" * (size - len('""@example.com'))
    return f'"{quoted[:blank]} {quoted[blank + 1:]}"@example.com'


@pytest.mark.parametrize("blank", [0, 5, 14, 27])
def test_target_with_blanks(edge, smtp, blank):
    """Where Exim would fold it within the address, it tells none."""
    def ask(set_it, size, *more):
        set_it("target@example.org", with_blank(size, blank), *more,
               "--replace")
        return smtp.ask("target@example.org")

    permanent, temporary = (edge.hardlinks.set_permanent,
                            edge.hardlinks.set_temporary)
    assert ask(permanent, 42) == moved(with_blank(42, blank))
    for size in 43, 76:
        assert ask(permanent, size) == b"550 5.1.6 mailbox has moved\r\n"
        assert ask(temporary, size, "1h") == \
            b"550 5.2.0 mailbox has moved\r\n"


OWNERS = [
    "a%b%s@example.org", "a$b@example.org", "${domain}@example.org",
    "{a}@example.org", "a}{b@example.org", "!#$&'*=?^_`{|}~-x.y@example.org",
    "a/b@example.org", '"a:b"@example.org', '"a,b;c"@example.org',
    '"a\\\\b"@example.org', '"a\\"b"@example.org', '"a b  c"@example.org',
    '" "@example.org', '"a@b"@example.org', '"<a>"@example.org',
    '"\\\\n${domain}\\\\N"@example.org', '"(x)"@example.org',
    '"a..b"@example.org', "y" * 64 + "@example.org"]


@pytest.fixture(scope="module")
def strange(edge):
    """Another Exim in which the mailboxes have these names."""
    from conftest import Edge  # pylint: disable=import-outside-toplevel
    shared = Edge(users=OWNERS)
    yield shared
    shared.remove()


@pytest.mark.parametrize("old", OWNERS)
def test_owner_verbatim(strange, old):
    with strange.smtp() as smtp:
        assert smtp.ask(old) == OK
        strange.hardlinks.set_permanent(old, "new@example.com")
        assert smtp.ask(old) == MOVED
        assert smtp.ask(old.upper()) == MOVED
        assert smtp.ask("alice@example.org") == OK


def test_unknown_and_foreign(edge, smtp):
    """Exim's own refusals come first, and tell nothing."""
    for name in "nobody@example.org", "someone@elsewhere.example":
        edge.hardlinks.set_permanent(name, "new@example.com")
        reply = smtp.ask(name)
        assert reply.startswith(b"550 ") and b"new@" not in reply


def test_our_own_clients(edge):
    """They may relay, and hear of our own mailboxes what everybody hears."""
    edge.hardlinks.set_permanent("else@relayed.example", "new@example.com")
    result = edge.exim.run("-bh", "127.0.0.2", user_input=(
        "EHLO x\r\nMAIL FROM:<s@example.org>\r\n"
        "RCPT TO:<else@relayed.example>\r\nRCPT TO:<old@example.org>\r\n"
        "QUIT\r\n"))
    assert "557 5.2.7 mailbox has moved" in result.stdout
    assert result.stdout.count("250 Accepted") == 1


def test_vrfy_and_expn_tell_no_more(smtp):
    for verb in "VRFY", "EXPN":
        for address in "old@example.org", "alice@example.org":
            reply = smtp.cmd(f"{verb} {address}")
            assert reply[:3] in (b"252", b"550") and b"new@" not in reply


def test_alias(start):
    """Mail that comes through an alias is delivered, not bounced."""
    edge = start(aliases="info@example.org: old@example.org\n")
    with edge.smtp() as client:
        replies, sent = client.deliver(["info@example.org"],
                                       "Subject: list\r\n\r\nx")
    assert replies == [OK] and sent.startswith(b"250 ")
    assert "Subject: list" in edge.sink.wait("old@example.org")[0]


def test_a_listed_client_hears_no_address(start):
    edge = start(lists="  deny hosts = 127.0.0.1\n"
                 "       message = listed\n\n")
    for name in "old@example.org", "alice@example.org", "nobody@example.org":
        assert edge.ask(name) == b"550 listed\r\n"


def test_greylisting_and_quotas_come_later(start):
    edge = start(acl="  defer message = 452 4.2.2 mailbox full\n\n")
    assert edge.ask("old@example.org") == MOVED
    assert edge.ask("alice@example.org") == b"452 4.2.2 mailbox full\r\n"


def test_authenticated(start):
    """The setting `authenticated`."""
    edge = start(login=True)
    login = base64.b64encode(b"\0alice\0secret").decode()
    with edge.smtp() as client:
        assert client.cmd(f"AUTH PLAIN {login}").startswith(b"235 ")
        assert client.ask("old@example.org") == MOVED
        edge.query.configure(authenticated="skip")
        edge.query.reload()
        assert client.ask("old@example.org") == OK
        assert client.ask("someone@elsewhere.example") == OK
    assert edge.ask("old@example.org") == MOVED


def test_target_is_not_logged(edge, smtp):
    assert smtp.ask("old@example.org") == MOVED
    assert "mailbox has moved" in edge.exim.log_text()
    assert "new@example.com" not in edge.exim.log_text()


def test_a_thousand_recipients(smtp):
    smtp.mail()
    for _ in range(20):
        smtp.send(b"RCPT TO:<old@example.org>\r\n"
                  b"RCPT TO:<alice@example.org>\r\n" * 25)
        assert [smtp.reply() for _ in range(50)] == [MOVED, OK] * 25


def test_parallel_clients(edge):
    clients = [edge.smtp() for _ in range(60)]
    for _ in range(3):
        for client in clients:
            client.send(b"MAIL FROM:<s@example.net>\r\n"
                        b"RCPT TO:<old@example.org>\r\n"
                        b"RCPT TO:<alice@example.org>\r\nRSET\r\n")
        for client in clients:
            assert [client.reply() for _ in range(4)][1:3] == [MOVED, OK]

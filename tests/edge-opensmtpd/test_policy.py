"""Settings: who gets a redirect, and how many; reload."""

import signal

import pytest

from conftest import AWAY, MOVED, OK
from opensmtpd import PASSWORD

TOO_MANY = b"451 4.7.1 too many redirects for your network, try later\r\n"
OLD = "old@example.org"


def logged_in(edge):
    client = edge.smtp(port=edge.smtpd.submission)
    client.starttls()
    assert client.auth("alice@example.org", PASSWORD).startswith(b"235 ")
    return client


@pytest.mark.tls
@pytest.mark.parametrize("mode", ["reply", "skip"])
def test_authenticated(start, mode):
    edge = start(hardlinks={"authenticated": mode})
    with logged_in(edge) as client:
        assert client.ask(OLD) == (OK if mode == "skip" else MOVED)
        # an address elsewhere is nobody's business
        edge.hardlinks.set_permanent("a@elsewhere.example", "new@example.com")
        assert client.ask("a@elsewhere.example") == OK
    # who hasn't, is a stranger, and so is the next one
    assert edge.ask(OLD) == MOVED
    with edge.smtp(port=edge.smtpd.submission) as client:
        client.starttls()
        assert client.auth("pass", "pass").startswith(b"535 ")
        assert client.cmd("MAIL FROM:<s@example.net>").startswith(b"530 ")


@pytest.mark.tls
def test_a_login_name_says_nothing(start):
    """OpenSMTPD before 7.8.0p1 passes on the name that a client chose as it
    stands, line feeds and all: such lines harm nobody else's session, nor the
    filter."""
    edge = start(hardlinks={"authenticated": "skip"})
    with edge.smtp() as other, logged_in(edge) as client:
        del client
        for name in (
                "pass", "|pass|", "x|pass", "\n", "x\ngarbage",
                "x\nconfig|protocol|9", "x\nconfig|ready",
                "x\nfilter|0.7|1.2|smtp-in|rcpt-to|1|2|old@example.org",
                "x\nreport|0.7|1.2|smtp-in|link-disconnect|1", "x" * 4000):
            with edge.smtp(port=edge.smtpd.submission) as guest:
                guest.starttls()
                assert guest.auth(name, "x")[:1] in (b"4", b"5")
        assert other.ask(OLD) == MOVED
    assert edge.ask(OLD) == MOVED


def test_rate_limit(start):
    edge = start(hardlinks={"redirect_rate": "3 1h"})
    proxy = edge.smtpd.proxy
    with edge.smtp(port=proxy, proxied_from="192.0.2.1") as client:
        assert [client.ask(OLD) for _ in range(3)] == [MOVED] * 3
        assert client.ask(OLD) == TOO_MANY
        assert client.ask("alice@example.org") == OK
    # the same network, another one, the same in IPv6, this machine
    for address, reply in (("192.0.2.77", TOO_MANY), ("192.0.3.1", AWAY),
                           ("2001:db8:0:10::1", AWAY),
                           ("2001:db8:0:11::1", AWAY),
                           ("2001:db8:0:12::1", AWAY),
                           ("2001:db8:0:1f::1", TOO_MANY),
                           ("2001:db8:0:100::1", AWAY)):
        assert edge.ask("away@example.org", port=proxy,
                        proxied_from=address) == reply, address
    with edge.smtp() as client:
        assert [client.ask(OLD) for _ in range(10)] == [MOVED] * 10


def test_reload_keeps_sessions(start):
    edge = start(hardlinks={"redirect_rate": "2 1h"})
    with edge.smtp(port=edge.smtpd.proxy, proxied_from="192.0.2.1") as client:
        client.mail()
        assert [client.rcpt(OLD) for _ in range(3)] == [MOVED] * 2 + [TOO_MANY]
        edge.smtpd.configure(redirect_rate="0")
        edge.smtpd.reload()
        assert client.rcpt(OLD) == MOVED
        edge.smtpd.configure(redirect_rate="perhaps")
        edge.smtpd.reload()
        assert "the former one stays in force" in edge.smtpd.log_text()
        assert client.rcpt(OLD) == MOVED
        edge.smtpd.configure(redirect_rate="2 1h")
        edge.smtpd.reload()
        assert client.rcpt(OLD) == TOO_MANY


def test_many_reloads(start):
    edge = start()
    with edge.smtp() as client:
        for _ in range(300):
            edge.smtpd.signal_filter(signal.SIGHUP)
            assert client.ask(OLD) == MOVED
        edge.smtpd.reload()
    assert edge.ask(OLD) == MOVED

"""Changes show at the next RCPT, on a connection that is already open."""

import time

import pytest

from dovecot import one_lmtp_process

OK = b"250 2.1.5 OK\r\n"


def permanent(new):
    return b"557 5.2.7 mailbox has moved to <%s>\r\n" % new


def temporary(new):
    return b"558 5.2.8 mailbox has temporarily moved to <%s>\r\n" % new


@pytest.fixture
def fresh(start):
    return start()


def test_set_replace_unset(fresh):
    lmtp, ctl = fresh.lmtp(), fresh.hardlinks
    assert lmtp.ask("alice@example.org") == OK
    ctl.set_permanent("alice@example.org", "new@example.com")
    assert lmtp.ask("alice@example.org") == permanent(b"new@example.com")
    ctl.set_permanent("alice@example.org", "newer@example.com", "--replace")
    assert lmtp.ask("alice@example.org") == permanent(b"newer@example.com")
    ctl.ctl("unset", "alice@example.org")
    assert lmtp.ask("alice@example.org") == OK
    ctl.set_temporary("alice@example.org", "tmp@example.com")
    assert lmtp.ask("alice@example.org") == temporary(b"tmp@example.com")
    assert len(fresh.dovecot.logged("lmtp(", "Connect from")) == 1, \
        "a single process has seen it all"


def test_within_a_transaction(fresh):
    lmtp = fresh.lmtp()
    lmtp.mail()
    assert lmtp.rcpt("bob@example.org") == OK
    assert lmtp.rcpt("alice@example.org") == OK
    fresh.hardlinks.set_permanent("alice@example.org", "new@example.com")
    assert lmtp.rcpt("alice@example.org") == permanent(b"new@example.com")
    # what was accepted is delivered
    assert len(lmtp.data(b"Subject: x\r\n\r\nx", 2)) == 2
    assert len(fresh.dovecot.mails("alice@example.org")) == 1


def test_expiry_and_extend(fresh):
    lmtp, ctl = fresh.lmtp(), fresh.hardlinks
    ctl.set_temporary("alice@example.org", "tmp@example.com", "3s")
    ctl.set_temporary("bob@example.org", "tmp@example.com", "3s")
    assert lmtp.ask("alice@example.org") == temporary(b"tmp@example.com")
    assert lmtp.ask("bob@example.org") == temporary(b"tmp@example.com")
    ctl.ctl("extend", "bob@example.org", "--for", "1h")
    time.sleep(4)
    assert lmtp.ask("alice@example.org") == OK
    assert lmtp.ask("bob@example.org") == temporary(b"tmp@example.com")
    ctl.ctl("expire", "bob@example.org")
    assert lmtp.ask("bob@example.org") == OK


def test_two_processes_see_the_same(fresh):
    first, second = fresh.lmtp(), fresh.lmtp()
    assert first.ask("alice@example.org") == second.ask("alice@example.org") == OK
    fresh.hardlinks.set_permanent("alice@example.org", "new@example.com")
    assert first.ask("alice@example.org") == permanent(b"new@example.com")
    assert second.ask("alice@example.org") == permanent(b"new@example.com")


def test_after_a_delivery_lookups_go_on(fresh):
    lmtp = fresh.lmtp()
    fresh.hardlinks.set_permanent("bob@example.org", "new@example.com")
    for _ in range(3):
        lmtp.mail()
        assert lmtp.rcpt("alice@example.org") == OK
        assert lmtp.rcpt("bob@example.org") == permanent(b"new@example.com")
        assert lmtp.data(b"Subject: x\r\n\r\nx", 1)[0].startswith(b"250 ")
    fresh.hardlinks.ctl("unset", "bob@example.org")
    assert lmtp.ask("bob@example.org") == OK


def test_changed_configuration(start):
    server = start(config=one_lmtp_process())
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    with open(server.hardlinks.config, "rb") as file:
        good = file.read()

    def ask():
        """over a connection of its own; also: which process answered"""
        with server.lmtp() as lmtp:
            return lmtp.ask("alice@example.org"), server.pid()

    answer, pid = ask()
    assert answer == permanent(b"new@example.com")
    # a typing error leaves the former configuration in force
    server.hardlinks.configure(lmtp="delivr")
    assert ask() == ask() == (permanent(b"new@example.com"), pid)
    lines = server.dovecot.logged("Error:", server.hardlinks.config)
    assert len(lines) == 1 and "the former one stays in force" in lines[0]
    time.sleep(1.1)
    server.hardlinks.replace(server.hardlinks.config, good)
    server.hardlinks.configure(lmtp="deliver")
    assert ask() == (OK, pid)
    assert len(server.dovecot.logged(
        "Info:", "The configuration of hard-links works again")) == 1

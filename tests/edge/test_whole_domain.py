"""A hard-link of a whole domain behind Postfix, which knows its recipients, or
says that it does."""

import pytest

from postfix import inline

SINGLE = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"


def moved(address):
    return f"557 5.2.7 mailbox has moved to <{address}>\r\n".encode()


@pytest.fixture(scope="module")
def edge(edge):  # pylint: disable=redefined-outer-name
    edge.hardlinks.set_permanent("@example.org", "@new.example")
    return edge


def test_known(smtp):
    assert smtp.ask("alice@example.org") == moved("alice@new.example")
    assert smtp.ask("Bob+Detail@EXAMPLE.org") == moved("Bob+Detail@new.example")
    assert smtp.ask('"john doe"@example.org') == moved('"john doe"@new.example')


def test_unknown_is_told_nothing(smtp):
    for address in "nobody@example.org", "nobody+x@example.org":
        reply = smtp.ask(address)
        assert reply.startswith(b"550 5.1.1 ") and b"new.example" not in reply


def test_single_wins(edge, smtp):
    assert smtp.ask("old+x@example.org") == SINGLE
    assert smtp.ask("away@example.org").startswith(b"558 5.2.8 ")
    edge.hardlinks.ctl("expire", "away@example.org")
    assert smtp.ask("away@example.org") == moved("away@new.example")


def test_protected(smtp):
    for address in "postmaster@example.org", "postmaster":
        assert smtp.ask(address).startswith(b"250 2.1.5 ")


def test_beyond_ascii(smtp):
    """Who can't be told the new address is told none."""
    assert smtp.cmd("MAIL FROM:<s@example.net> SMTPUTF8").startswith(b"250 ")
    assert smtp.rcpt("jos\u00e9@example.org") == moved("jos\u00e9@new.example")


def test_ended(edge, smtp):
    edge.hardlinks.ctl("set", "@example.org", "@new.example", "--for", "1h",
                       "--replace")
    assert smtp.ask("alice@example.org") == \
        b"558 5.2.8 mailbox has temporarily moved to <alice@new.example>\r\n"
    edge.hardlinks.ctl("unset", "@example.org")
    assert smtp.ask("alice@example.org").startswith(b"250 2.1.5 ")


def test_catch_all(start):
    """Postfix takes anybody: that is no reason to believe it."""
    edge = start(milter_settings={"whole_domains": "skip"},
                 virtual_mailbox_maps=inline({"@example.org": "catchall/"}))
    edge.hardlinks.set_permanent("@example.org", "@new.example")
    assert edge.ask("nobody@example.org").startswith(b"250 2.1.5 ")
    assert edge.ask("old@example.org") == SINGLE

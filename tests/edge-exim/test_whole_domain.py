"""A hard-link of a whole domain behind Exim, with the shipped ACL."""

from conftest import MOVED


def moved(address):
    return f"557 5.2.7 mailbox has moved to <{address}>\r\n".encode()


def test_whole_domain(edge, smtp):
    edge.hardlinks.set_permanent("@example.org", "@new.example")
    assert smtp.ask("alice@example.org") == moved("alice@new.example")
    # Exim has no other local parts in its ACLs than in lower case
    assert smtp.ask("Bob+Detail@EXAMPLE.org") == moved("bob+detail@new.example")
    assert smtp.ask("old+x@example.org") == MOVED
    for address in "postmaster@example.org", "nobody@elsewhere.example":
        assert b"new.example" not in smtp.ask(address)
    for address in "nobody@example.org", "nobody+x@example.org":
        reply = smtp.ask(address)
        assert reply.startswith(b"550 ") and b"new.example" not in reply
    edge.hardlinks.ctl("unset", "@example.org")
    assert smtp.ask("alice@example.org").startswith(b"250 ")


def test_skip(start):
    edge = start()
    edge.hardlinks.set_permanent("@example.org", "@new.example")
    edge.query.configure(whole_domains="skip")
    edge.query.reload()
    assert edge.ask("alice@example.org").startswith(b"250 ")
    assert edge.ask("old@example.org") == MOVED

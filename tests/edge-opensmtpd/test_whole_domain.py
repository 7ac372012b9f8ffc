"""OpenSMTPD asks its filters before it looks who the recipient is: a filter can't
know whether there is one, so that the hard-link of a whole domain is never told
here. What it is good for behind OpenSMTPD, Dovecot's LMTP says."""

from conftest import MOVED, OK


def test_never(start):
    edge = start(hardlinks={"whole_domains": "reply"})
    edge.hardlinks.set_permanent("@example.org", "@new.example")
    assert edge.ask("alice@example.org") == OK
    assert edge.ask("alice+x@example.org") == OK
    reply = edge.ask("nobody@example.org")
    assert reply.startswith(b"550 ") and b"new.example" not in reply
    # those of single addresses are
    assert edge.ask("old@example.org") == MOVED

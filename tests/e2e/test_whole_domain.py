"""A hard-link of a whole domain: only for recipients that Dovecot knows."""

import os

import pytest

from dovecot import LDA, MAIL_UID
from harness import Server
from ports import free_port

OK = b"250 2.1.5 OK\r\n"
SINGLE = b"557 5.2.7 mailbox has moved to <elsewhere@example.net>\r\n"
USERS = {f"{name}@old.example": "" for name in (
    "alice", "bob", "single", "abuse", "postmaster", "catchall")}


LISTENER = """
listen = 127.0.0.1
service lmtp {{
  inet_listener lmtp {{
    port = {port}
  }}
}}
"""


def moved(address):
    return f"557 5.2.7 mailbox has moved to <{address}>\r\n".encode()


@pytest.fixture(scope="module")
def server(modules):
    shared = Server(modules, users={**USERS, "alice@example.org": "",
                                    "system": ""})
    try:
        shared.hardlinks.set_permanent("@old.example", "@new.example")
        shared.hardlinks.set_permanent("single@old.example",
                                       "elsewhere@example.net")
        # dovecot-lda looks up as the mailbox's user
        shared.hardlinks.open_to(MAIL_UID)
        yield shared
    finally:
        shared.remove()


def test_existing(lmtp):
    assert lmtp.ask("alice@old.example") == moved("alice@new.example")
    assert lmtp.ask("Alice@OLD.example") == moved("Alice@new.example")
    assert lmtp.ask("alice+Detail@old.example") == \
        moved("alice+Detail@new.example")
    assert lmtp.ask('"alice"@old.example') == moved("alice@new.example")


def test_unknown_as_without_the_plugin(lmtp, start):
    plain = start(plugins=(), users=USERS).lmtp()
    for address in ("nobody@old.example", "nobody+x@old.example",
                    '"al ice"@old.example', "x" * 65 + "@old.example"):
        reply = lmtp.ask(address)
        assert reply == plain.ask(address), address
        assert not reply.startswith(b"557"), address
    assert lmtp.ask("nobody@old.example").startswith(b"550 5.1.1 ")


def test_single_wins(lmtp):
    assert lmtp.ask("single@old.example") == SINGLE
    assert lmtp.ask("single+x@old.example") == SINGLE


def test_protected(lmtp):
    assert lmtp.ask("abuse@old.example") == OK
    assert lmtp.ask("Abuse+x@old.example") == OK
    assert lmtp.ask("postmaster@old.example") == OK


def test_others_are_delivered(server, lmtp):
    lmtp.mail()
    assert lmtp.rcpt("alice@old.example") == moved("alice@new.example")
    assert lmtp.rcpt("nobody@old.example").startswith(b"550 5.1.1 ")
    assert lmtp.rcpt("alice@example.org") == OK
    assert lmtp.rcpt("bob@old.example") == moved("bob@new.example")
    assert lmtp.rcpt("abuse@old.example") == OK
    replies = lmtp.data(b"Subject: x\r\n\r\nx", 2)
    assert all(reply.startswith(b"250 2.0.0 ") for reply in replies)
    assert len(server.dovecot.mails("abuse@old.example")) == 1
    assert server.dovecot.mails("alice@old.example") == []


def test_temporary_and_changes(start):
    """What is set or ended counts at the next recipient."""
    server = start(users=USERS)
    lmtp = server.lmtp()
    assert lmtp.ask("alice@old.example") == OK
    server.hardlinks.set_temporary("@old.example", "@new.example", "1h")
    assert lmtp.ask("alice@old.example") == \
        b"558 5.2.8 mailbox has temporarily moved to <alice@new.example>\r\n"
    assert lmtp.ask("nobody@old.example").startswith(b"550 5.1.1 ")
    server.hardlinks.ctl("expire", "@old.example")
    assert lmtp.ask("alice@old.example") == OK


def test_userdb_down(start):
    """Nobody knows whether there is such a recipient: Dovecot says what it
    says without the plugin."""
    replies = []
    for plugins in (), ("lmtp_hardlink",):
        server = start(users=USERS, plugins=plugins)
        server.hardlinks.set_permanent("@old.example", "@new.example")
        server.hardlinks.set_permanent("single@old.example",
                                       "elsewhere@example.net")
        lmtp = server.lmtp()
        # a new one, which auth may not open
        os.unlink(server.dovecot.path("users"))
        with open(server.dovecot.path("users"), "w", encoding="ascii") as file:
            os.chmod(file.fileno(), 0)
        replies.append(lmtp.ask("alice@old.example"))
    assert replies[0].startswith(b"451 4.3.0 "), replies
    assert replies[1] == replies[0]
    # who needs nobody's word for it
    assert lmtp.ask("single@old.example") == SINGLE


def test_passed_on_to_another_server(start):
    """Who exists there isn't known here: the other server judges, and its reply
    stands, but for the old address that a proxy puts in front. A proxy's own
    users are asked for here."""
    port = free_port()
    backend = start(users=USERS, config=LISTENER.format(port=port))
    backend.hardlinks.set_permanent("@old.example", "@new.example")
    backend.dovecot.wait_for_port(port)
    fields = f"proxy=y host=127.0.0.1 port={port} nopassword=y protocol=lmtp"
    front = start(users={name + "@old.example": fields for name in (
        "alice", "abuse", "stranger", "single", "for-now")} |
                  {"bob@old.example": ""}, config="lmtp_proxy = yes\n")
    lmtp = front.lmtp()
    backend.hardlinks.set_permanent("single@old.example",
                                    "elsewhere@example.net")
    backend.hardlinks.set_temporary("for-now@old.example",
                                    "summer@example.net")
    temporary = b"558 5.2.8 mailbox has temporarily moved to " \
        b"<summer@example.net>\r\n"
    # with nothing to say in front, and with the whole domain
    for _ in range(2):
        assert lmtp.ask("alice+X@old.example") == moved("alice+X@new.example")
        assert lmtp.ask("single@old.example") == SINGLE
        assert lmtp.ask("Single+x@old.example") == SINGLE
        assert lmtp.ask("for-now@old.example") == temporary
        assert lmtp.ask("stranger@old.example").startswith(b"550 5.1.1 ")
        assert lmtp.ask("abuse@old.example").startswith(b"250 ")
        front.hardlinks.set_permanent("@old.example", "@front.example",
                                      "--replace")
    assert lmtp.ask("bob@old.example") == moved("bob@front.example")
    assert lmtp.ask("nobody@old.example").startswith(b"550 5.1.1 ")
    # one that knows of no hard-link takes the mail
    backend.hardlinks.ctl("unset", "@old.example")
    assert lmtp.ask("alice@old.example").startswith(b"250 ")


def deliver(server, *arguments):
    result = server.dovecot.run(LDA, "-e", "-c", server.dovecot.config,
                                *arguments, check=False,
                                user_input=b"Subject: x\n\nx\n")
    return result.returncode, result.stderr


def test_lda(server):
    def refused(address):
        return 77, moved(address).replace(b"\r", b"")

    assert deliver(server, "-d", "bob@old.example") == \
        refused("bob@new.example")
    assert deliver(server, "-d", "bob@old.example", "-r",
                   "Bob+x@old.example") == refused("Bob+x@new.example")
    assert deliver(server, "-d", "single@old.example")[1] == \
        SINGLE.replace(b"\r", b"")
    assert deliver(server, "-d", "nobody@old.example")[0] == 67
    assert deliver(server, "-d", "abuse@old.example") == (0, b"")
    # who is behind a catch-all has an address, the recipient may have none
    assert deliver(server, "-d", "catchall@old.example", "-r",
                   "anybody@old.example") == refused("catchall@new.example")
    assert deliver(server, "-d", "alice@example.org", "-r",
                   "anybody@old.example") == (0, b"")
    # a user's name without a domain
    assert deliver(server, "-d", "system", "-r", "system@old.example") == \
        refused("system@new.example")
    assert deliver(server, "-d", "system", "-r", "other@old.example") == \
        (0, b"")

"""Whole domains through hardlinkd: administrators set them, owners don't, and
they hold only for recipients that the userdb knows."""

import os
import signal
import time

import pytest

from test_submission import FOLLOWED, SENDER, set_links

# new@ and here@ are known to the relay at example.com, carol@ at example.org.
USERS = {f"{name}@example.org": "" for name in (
    "alice", "bob", "new", "here", "abuse")}
DOMAIN = {"@example.org": ("permanent", "@example.com")}


def test_administrators(start):
    server = start()
    server.hardlinks.configure(
        admin_socket=server.socket_path("hardlink-admin"))
    ctl = server.hardlinks.ctl
    assert ctl("set", "@Example.ORG", "@new.example", "--permanent").stdout == \
        "@example.org: permanent, to @new.example\n"
    assert server.dovecot.logged("set @example.org by root")
    with server.connect("hardlink-lookup") as lookup:
        assert lookup.ok("LOOKUP", "Nobody+x@example.org") == {
            "kind": "permanent", "new": "Nobody+x@new.example",
            "by": "domain"}
        assert lookup.ok("LOOKUP", "abuse@example.org") == {}
        assert lookup.ok("LOOKUP", "a@example.net") == {}
        assert lookup.fail("LOOKUP", "@example.org")[0] == "data"
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        assert admin.fail("SET", "@example.org", "permanent", "a@new.example",
                          "", "replace")[0] == "data"
        assert admin.fail("SET", "a@example.org", "permanent", "@new.example",
                          "")[0] == "data"
        assert admin.fail("SET", "@example.net", "permanent", "@example.org:x",
                          "")[0] == "data"
    assert ctl("unset", "@example.org").stdout == \
        "@example.org: no hard-link; ended: permanent, to @new.example\n"
    with server.lmtp() as lmtp:
        assert lmtp.ask("alice@example.org").startswith(b"250 ")
    ctl("verify")


def test_store_by_service(start):
    """The recipient must exist, whoever looked the hard-link up."""
    server = start()
    set_links(server, DOMAIN)
    config = server.hardlinks.path("service.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("store = service:"
                   f"{server.socket_path('hardlink-lookup')}\n")
    found = server.hardlinks.ctl("-c", config, "lookup", "Any+x@example.org")
    assert found.stdout == \
        "557 5.2.7 mailbox has moved to <Any+x@example.com>\n"
    assert "only if this recipient exists" in found.stderr


@pytest.fixture(scope="module")
def server(start_submission):
    started = start_submission(users=USERS)
    set_links(started, DOMAIN)
    return started


def test_owners_set_no_domain(server):
    session = server.login("bob@example.org")
    assert session.fail("SET <@example.net> PERMANENT").startswith("501 ")
    assert session.fail("SET @example.net PERMANENT").startswith("501 ")
    assert session.fail("SET <b@example.net> PERMANENT "
                        "ADDRESS=@example.org").startswith("5")
    assert session.fail("UNSET ADDRESS=@example.org").startswith("5")
    # the domain's isn't the owner's
    assert "kind" not in session.state("GET")
    assert server.hardlinks.ctl("show", "@example.org").returncode == 0


def test_an_owners_own_wins(server):
    with server.lmtp() as lmtp:
        assert lmtp.ask("bob@example.org") == \
            b"557 5.2.7 mailbox has moved to <bob@example.com>\r\n"
        session = server.login("bob@example.org")
        session.ok("SET <other@example.net> PERMANENT")
        assert lmtp.ask("bob+x@example.org") == \
            b"557 5.2.7 mailbox has moved to <other@example.net>\r\n"
        session.ok("UNSET")
        assert lmtp.ask("bob+x@example.org") == \
            b"557 5.2.7 mailbox has moved to <bob+x@example.com>\r\n"


def test_submission_follows(server):
    session = server.login()
    session.mail()
    assert session.rcpt("new@example.org") == FOLLOWED
    # known to the relay, and to nobody here
    assert session.rcpt("carol@example.org") == "250 2.1.5 Ok"
    assert session.rcpt("abuse@example.org").startswith("550 ")
    session.data("a whole domain")
    assert len(server.relayed("new@example.com")) == 1
    assert len(server.relayed("carol@example.org")) == 1


def told(server, count):
    """The mails in the sender's own mailbox, once there are as many."""
    deadline = time.monotonic() + 30
    while len(server.dovecot.mails(SENDER)) < count:
        assert time.monotonic() < deadline, server.dovecot.log()[-20:]
        time.sleep(0.1)
    return [mail.decode() for mail in server.dovecot.mails(SENDER)]


def test_told_once(start_submission):
    """Whatever the letter case and the detail."""
    server = start_submission(users=USERS, settings={"notice": "yes"})
    set_links(server, DOMAIN)
    set_links(server, {"bob@example.org": ("permanent", "other@example.com")})
    for recipient in "new", "New", "new+x", "bob":
        session = server.login()
        session.mail()
        assert session.rcpt(f"{recipient}@example.org").startswith("250 ")
        session.data("hello")
        session.smtp.quit()
    mails = told(server, 2)
    assert len(mails) == 2
    # in the mailbox they have no order
    for new in "new@example.com", "other@example.com":
        assert len([mail for mail in mails if new in mail]) == 1


def test_submission_replies(start_submission):
    server = start_submission(users=USERS, settings={"submission": "reply"})
    set_links(server, DOMAIN)
    session = server.login()
    session.mail()
    assert session.rcpt("New+x@example.org") == \
        "557 5.2.7 mailbox has moved to <New+x@example.com>"
    assert session.rcpt("carol@example.org") == "250 2.1.5 Ok"


def auth_pids(server):
    pids = []
    for pid in server.dovecot.processes():
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read() == "auth\n":
                pids.append(pid)
    return pids


def test_userdb_that_does_not_answer(start_submission):
    server = start_submission(users=USERS)
    set_links(server, {**DOMAIN,
                       "old@example.org": ("permanent", "other@example.com")})
    session = server.login()
    session.mail()
    assert session.rcpt("new@example.org") == FOLLOWED
    pids = auth_pids(server)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        # needs nobody's word for it
        assert session.rcpt("old@example.org").startswith("250 ")
        assert session.rcpt("here@example.org").startswith("451 4.3.0 ")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

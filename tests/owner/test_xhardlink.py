"""XHARDLINK: owners move themselves, through Dovecot's submission service."""

import re
import time

import pytest

from submission import Session

MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
ALICE = "alice@example.org"


@pytest.fixture(scope="module")
def server(start_submission):
    """For tests that leave nothing behind."""
    return start_submission()


@pytest.fixture
def alice(server):
    session = server.login()
    yield session
    session.xhardlink("UNSET")
    session.socket.close()


def lmtp(server, address):
    with server.lmtp() as client:
        return client.ask(address)


def test_keyword_after_auth_only(server):
    session = Session(server)
    assert not session.smtp.has_extn("XHARDLINK")
    code, _ = session.xhardlink("GET")
    assert code in (500, 530)
    session.smtp.login(ALICE, "secret")
    session.smtp.ehlo()
    assert session.smtp.esmtp_features["xhardlink"] == ""
    assert session.state("GET") == {"address": ALICE}
    session.socket.close()


def test_permanent_and_back(server, alice):
    assert lmtp(server, ALICE).startswith(b"250 ")
    assert alice.state("SET <new@example.com> PERMANENT") == {
        "address": ALICE, "kind": "permanent", "new": "new@example.com",
        "channel": "submission"}
    assert lmtp(server, ALICE) == MOVED
    assert alice.state("GET") == {
        "address": ALICE, "kind": "permanent", "new": "new@example.com",
        "channel": "submission"}
    assert alice.state("UNSET") == {
        "address": ALICE, "ended-kind": "permanent",
        "ended-new": "new@example.com", "channel": "submission"}
    assert lmtp(server, ALICE).startswith(b"250 ")
    assert alice.state("GET") == {"address": ALICE}
    assert alice.fail("UNSET") == "550 5.5.1"


def test_temporary(server, alice):
    state = alice.state("set <here@example.net> for=1d replace")
    assert state["kind"] == "temporary"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", state["expires"])
    assert lmtp(server, ALICE) == (
        b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n")
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * 3))
    state = alice.state(f"SET <here@example.net> UNTIL={soon} REPLACE")
    assert state["expires"] == f"{soon}T23:59:59Z"
    state = alice.state(
        f"SET <here@example.net> UNTIL={soon}T12:00:00+02:00 REPLACE")
    assert state["expires"] == f"{soon}T10:00:00Z"


def test_expires(server, alice):
    alice.ok("SET <here@example.net> FOR=2s")
    deadline = time.monotonic() + 30
    while not lmtp(server, ALICE).startswith(b"250 "):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert alice.state("GET") == {"address": ALICE}


def test_xtext(alice):
    state = alice.state('SET <"a b+c=d"@example.com> PERMANENT')
    assert state["new"] == '"a+20b+2Bc+3Dd"@example.com'


def test_replace_has_to_be_said(alice):
    alice.ok("SET <new@example.com> PERMANENT")
    code, lines = alice.xhardlink("SET <other@example.com> PERMANENT")
    assert code == 550 and lines[0].startswith("5.7.1 ")
    assert lines[0].endswith("; asking with `replace` ends that")
    state = alice.state("SET <other@example.com> PERMANENT REPLACE")
    assert state["new"] == "other@example.com"
    assert state["ended-new"] == "new@example.com"


def test_history(server):
    session = server.login("carol@example.org")
    session.ok("SET <new@example.com> PERMANENT")
    session.ok("UNSET")
    pairs = session.ok("HISTORY")
    starts = [place for place, pair in enumerate(pairs) if pair[0] == "seq"]
    newest, oldest = (dict(pairs[starts[0]:starts[1]]),
                      dict(pairs[starts[1]:]))
    assert len(starts) == 2 and starts[0] == 0
    assert (newest["action"], oldest["action"]) == ("withdraw", "set")
    assert oldest["new"] == "new@example.com"
    for entry in newest, oldest:
        assert entry["channel"] == "submission"
        assert entry["actor"] == "carol@example.org"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])
    assert server.login("dave@example.org").ok("HISTORY") == []
    history = server.hardlinks.ctl("history", "carol@example.org").stdout
    assert history.count("submission") == 2


def test_held(start_submission):
    server = start_submission(settings={"hold": "permanent 1h, temporary 0"})
    session = server.login()
    state = session.state("SET <new@example.com> PERMANENT")
    assert (state["next-kind"], state["next-new"], state["next-status"]) == (
        "permanent", "new@example.com", "confirmed")
    assert "next-effective" in state and "kind" not in state
    assert lmtp(server, ALICE).startswith(b"250 ")
    session.ok("UNSET")
    assert session.state("GET") == {"address": ALICE}


def test_confirm_without_anything_pending(alice):
    assert alice.fail("CONFIRM 7K3F-9QRX-M2WD") in ("550 5.5.1", "550 5.7.1")
    assert alice.fail("CONFIRM") == "501 5.5.4"


def test_further_addresses(start_submission):
    server = start_submission(users={
        ALICE: "userdb_hardlink_addresses=info@example.org",
        "info@example.org": ""})
    session = server.login()
    state = session.state(
        "SET <new@example.com> PERMANENT ADDRESS=<Info@example.org>")
    assert state["address"] == "info@example.org"
    assert lmtp(server, "info@example.org") == MOVED
    assert lmtp(server, ALICE).startswith(b"250 ")
    assert session.state("GET") == {"address": ALICE}
    assert session.state("GET ADDRESS=<info@example.org>")["kind"] == "permanent"
    session.ok("UNSET ADDRESS=<info@example.org>")


@pytest.mark.parametrize("command", [
    "SET <new@example.com> PERMANENT ADDRESS=<bob@example.org>",
    "GET ADDRESS=<bob@example.org>", "UNSET ADDRESS=<bob@example.org>",
    "HISTORY ADDRESS=<bob@example.org>",
    "CONFIRM 7K3F-9QRX-M2WD ADDRESS=<bob@example.org>",
    "GET ADDRESS=<bob+x@example.org>", "GET ADDRESS=<nobody@example.org>"],
    ids=lambda command: command[:50])
def test_nothing_for_somebody_else(server, alice, command):
    before = len(server.dovecot.log_lines("Warning", "isn't an address of"))
    assert alice.fail(command) == "550 5.7.1"
    lines = server.dovecot.logged("Warning", "isn't an address of",
                                  count=before + 1)
    assert len(lines) == before + 1 and ALICE in lines[-1]
    assert lmtp(server, "bob@example.org").startswith(b"250 ")


def test_an_administrators_hard_link(server, alice):
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        admin.ok("SET", ALICE, "permanent", "new@example.com", "")
        try:
            assert alice.fail("UNSET") == "550 5.7.1"
            assert alice.fail("SET <other@example.com> PERMANENT REPLACE") == \
                "550 5.7.1"
            assert alice.state("GET")["channel"] == "admin"
        finally:
            admin.ok("UNSET", ALICE)


def test_protected(server):
    session = server.login("postmaster@example.org")
    assert session.fail("SET <new@example.com> PERMANENT") == "550 5.7.1"


@pytest.mark.parametrize("arguments", [
    "", "GET  ADDRESS=<alice@example.org>", "GET <alice@example.org>", "SET", "SET new PERMANENT",
    "SET <new@example.com>", "SET <new@example.com> PERMANENT FOR=1d",
    "SET <new@example.com> UNTIL=tomorrow", "SET <> PERMANENT",
    "SET <new@example.com> PERMANENT ADDRESS=", "HISTORY 5",
    "LIST", "SET <%s@example.com> PERMANENT" % ("x" * 65),
    "SET <new@example.com> PERMANENT" + " REPLACE" * 100],
    ids=lambda arguments: arguments[:50])
def test_garbage(alice, arguments):
    assert alice.fail(arguments) == "501 5.5.4"
    assert alice.state("GET") == {"address": ALICE}


def test_what_cannot_be_done(alice):
    assert alice.fail("SET <new@example.com> UNTIL=2001-01-01") == "554 5.5.4"
    assert alice.fail("SET <new@example.com> FOR=4000d") == "554 5.5.4"
    assert alice.fail("SET <alice@example.org> PERMANENT") == "554 5.5.4"


def test_within_a_transaction_and_pipelined(server, alice):
    alice.smtp.send(f"MAIL FROM:<{ALICE}>\r\nXHARDLINK GET\r\n"
                    "RCPT TO:<plain@example.com>\r\nXHARDLINK NONSENSE\r\n"
                    "RSET\r\n")
    replies = [alice.reply() for _ in range(5)]
    assert [reply[:3] for reply in replies] == \
        ["250", "250", "250", "501", "250"]
    assert "address=alice@example.org" in replies[1]


def test_every_owner_of_one_uid(server):
    """The token says who it is, not the process."""
    sessions = {user: server.login(f"{user}@example.org")
                for user in ("alice", "bob", "carol")}
    for user, session in sessions.items():
        assert session.state("GET")["address"] == f"{user}@example.org"


def test_service_that_is_not_there(start_submission):
    server = start_submission(without_service=True)
    session = server.login()
    for command in "GET", "UNSET", "HISTORY", "SET <new@example.com> PERMANENT":
        assert session.fail(command) == "451 4.3.0"
    assert session.fail("GARBAGE") == "501 5.5.4"
    assert len(server.dovecot.logged("Can't ask for hard-links",
                                     "isn't running")) == 1

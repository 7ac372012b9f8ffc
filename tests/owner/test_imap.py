"""imap_hardlink: owners' hard-links as METADATA."""

import contextlib
import json
import time

import pytest

from metadata import MOVE, STATE, ImapServer, entry

NEW = "new@example.com"
COMMENT = "/private/vendor/vendor.other/comment"
USERS = {
    "alice@example.org":
        "userdb_hardlink_addresses=sales@example.org,info@example.org",
    "bob@example.org": "",
    "postmaster@example.org": "",
}


@pytest.fixture
def imap(modules):
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            server = ImapServer(modules, **options)
            stack.callback(server.remove)
            return server

        yield start_server


@pytest.fixture(scope="module")
def shared(modules):
    """For tests that leave nothing behind."""
    server = ImapServer(modules, metadata=True, users=USERS)
    try:
        yield server
    finally:
        server.remove()


def test_permanent(imap):
    server = imap()
    client = server.login()
    assert client.get() is None
    assert client.read_state() == {"status": "none", "address": "alice@example.org"}
    client.set_ok(f"permanent {NEW}")
    assert server.rcpt() == f"557 5.2.7 mailbox has moved to <{NEW}>"
    assert client.get() == f"permanent {NEW}"
    assert client.read_state() == {
        "status": "in-force", "address": "alice@example.org",
        "kind": "permanent", "new": NEW, "channel": "imap"}
    # somebody else's session sees it as the store has it, and not A's
    assert server.login("alice@example.org").get() == f"permanent {NEW}"
    assert server.login("bob@example.org").get() is None

    client.set_ok(None)
    assert server.rcpt().startswith("250 ")
    assert client.get() is None
    # what isn't there can be removed
    client.set_ok(None)
    rows = json.loads(server.hardlinks.ctl(
        "history", "-f", "json", "alice@example.org").stdout)
    assert [(row["action"], row["channel"], row["actor"]) for row in rows] == [
        (action, "imap", "alice@example.org") for action in ("withdraw", "set")]
    server.hardlinks.ctl("verify")


def test_temporary(imap):
    server = imap()
    client = server.login()
    client.set_ok(f"temporary 2027-01-31 {NEW}")
    assert server.rcpt() == (
        f"558 5.2.8 mailbox has temporarily moved to <{NEW}>")
    assert client.get() == f"temporary 2027-01-31T23:59:59Z {NEW}"
    # what was read can be written
    client.set_ok(client.get() + " replace")
    assert client.read_state()["expires"] == "2027-01-31T23:59:59Z"
    client.set_ok(f"temporary 2027-01-31T12:00:00+01:00 {NEW} replace")
    assert client.get() == f"temporary 2027-01-31T11:00:00Z {NEW}"
    client.set_ok(None)
    before = int(time.time())
    client.set_ok(f"temporary 30d {NEW}")
    with server.connect("hardlink-lookup") as lookup:
        expires = int(lookup.ok("LOOKUP", "alice@example.org")["expires"])
    assert before + 30 * 86400 <= expires <= time.time() + 30 * 86400


def test_held(imap):
    """Nothing is in force until its time."""
    server = imap(settings={"hold": "permanent 2h, temporary 0"})
    client = server.login()
    client.set_ok(f"permanent {NEW}")
    assert client.get() == f"permanent {NEW}"
    state = client.read_state()
    assert (state["status"], state["next-kind"], state["next-new"]) == (
        "confirmed", "permanent", NEW)
    assert "kind" not in state and state["next-effective"].endswith("Z")
    assert server.rcpt().startswith("250 ")
    client.set_ok(None)
    assert client.read_state()["status"] == "none"


@pytest.mark.parametrize("value, reason", [
    ("", "isn't understood"),
    ("elsewhere", "isn't understood"),
    ("permanent", "isn't understood"),
    (f"Permanent {NEW}", "isn't understood"),
    ("permanent nonsense", "nonsense"),
    (f"permanent  {NEW}", "address"),
    (f"permanent {NEW} please", "address"),
    (f"permanent <{NEW}>", "address"),
    (f"temporary {NEW}", "the new address is missing"),
    (f"temporary soon {NEW}", "duration"),
    (f"temporary 2027-02-30 {NEW}", "no such date"),
    (f"temporary 2001-01-01 {NEW}", "isn't in the future"),
    (f"permanent {'x' * 600}@example.com", "too long"),
    ("permanent alice@example.org", "itself"),
    ("confirm ", "isn't a code"),
    ("confirm 7K3F-9QRX-M2WD", "alice@example.org"),
])
def test_refused(shared, value, reason):
    client = shared.login()
    text = client.set_no(value)
    assert text.startswith("[CANNOT] ") and reason in text
    assert client.get() is None
    assert shared.rcpt().startswith("250 ")


def test_literals(shared):
    client = shared.login()
    value = f"permanent {NEW}".encode()
    for bad in value + b"\0", b"x" * 100000, b"":
        assert literal(client, bad).startswith(b"NO [CANNOT] ")
    assert client.get() is None
    assert literal(client, value).startswith(b"OK")
    assert client.get() == value.decode()
    client.set_ok(None)


def literal(client, value):
    tag = client._new_tag()  # pylint: disable=protected-access
    del client.tagged_commands[tag]
    client.send(tag + f' SETMETADATA "" ({MOVE} {{{len(value)}+}}\r\n'.encode()
                + value + b")\r\n")
    return client.readline().removeprefix(tag + b" ")


def test_replace(shared):
    client = shared.login()
    client.set_ok(f"permanent {NEW}")
    text = client.set_no("permanent other@example.com")
    assert text.startswith("[CANNOT] ") and "alice@example.org" in text
    assert client.get() == f"permanent {NEW}"
    client.set_ok("permanent other@example.com replace")
    assert client.get() == "permanent other@example.com"
    client.set_ok(None)


def test_state_is_read_only(shared):
    client = shared.login()
    for value in "status=in-force", None:
        assert client.set_no(value, STATE).startswith("[CANNOT] The state")
    assert client.read_state()["status"] == "none"


def test_protected(shared):
    client = shared.login("postmaster@example.org")
    text = client.set_no(f"permanent {NEW}")
    assert text.startswith("[CANNOT] ") and "can't be moved" in text
    assert shared.rcpt("postmaster@example.org").startswith("250 ")


def test_administrators_entry(imap):
    server = imap()
    client = server.login("bob@example.org")
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        admin.ok("SET", "bob@example.org", "permanent", NEW, "")
    for value in None, "permanent other@example.com replace":
        text = client.set_no(value)
        assert text.startswith("[CANNOT] ") and "administrator" in text
    assert client.get() == f"permanent {NEW}"
    assert client.read_state()["channel"] == "admin"
    assert server.rcpt("bob@example.org").startswith("557 ")


def test_several_addresses(shared):
    client = shared.login()
    sales = entry("Sales@example.org", "move")
    client.set_ok(f"permanent {NEW}", sales)
    assert client.get(sales) == f"permanent {NEW}"
    assert client.read_state(entry("sales@example.org", "state"))["address"] == (
        "sales@example.org")
    assert client.get() is None
    assert shared.rcpt("sales@example.org").startswith("557 ")
    assert shared.rcpt("alice@example.org").startswith("250 ")
    client.set_ok(None, sales)
    for name in entry("sales@example.org", "other"), entry("move", "x"):
        assert client.get(name) is None
        assert client.set_no(f"permanent {NEW}", name).startswith("[CANNOT] ")


def test_anothers_address(shared):
    """A can't see, set or withdraw for B, and each attempt is in the log."""
    bob = shared.login("bob@example.org")
    bob.set_ok(f"permanent {NEW}")
    alice = shared.login()
    attempts = (
        lambda: alice.get_no(entry("bob@example.org", "move")),
        lambda: alice.get_no(entry("bob@example.org", "state")),
        lambda: alice.set_no("permanent a@example.net",
                             entry("bob@example.org", "move")),
        lambda: alice.set_no(None, entry("bob@example.org", "move")),
        lambda: alice.set_no("confirm 7K3F-9QRX-M2WD",
                             entry("bob@example.org", "move")),
    )
    for attempt in attempts:
        before = len(shared.refusals())
        text = attempt()
        assert text.startswith("[CANNOT] ") and NEW not in text
        logged = shared.dovecot.logged("hardlink", "Refused: ",
                                       count=before + 1)
        assert len(logged) == before + 1
        assert "bob@example.org" in logged[-1]
    assert bob.get() == f"permanent {NEW}"
    bob.set_ok(None)


def test_others_entries(shared):
    client = shared.login()
    client.set_ok("mine", COMMENT)
    assert client.get(COMMENT) == "mine"
    # the mailbox's entry of that name is Dovecot's, and moves nobody
    assert client.set_raw(MOVE, f'"permanent {NEW}"', "INBOX")[0] == "OK"
    assert client.get() is None
    status, _, entries = client.get_raw("/private/vendor",
                                        options=("(DEPTH infinity)",))
    assert status == "OK" and entries[COMMENT] == "mine"
    assert entries[STATE].startswith("status=none\n")
    assert entries[entry("sales@example.org", "state")]
    assert MOVE not in entries


def test_list(shared):
    client = shared.login()
    before = len(shared.refusals())
    for name, expected in (
            (entry("sales@example.org", "move")[:-5],
             [entry("sales@example.org", "state")]),
            (entry("x", "x").removesuffix("/x/x"),
             [entry(f"{name}@example.org", "state")
              for name in ("alice", "info", "sales")]),
            (entry("sales", "")[:-1], []), (MOVE[:-1], [])):
        status, _, entries = client.get_raw(name,
                                            options=("(DEPTH infinity)",))
        assert status == "OK" and sorted(entries) == expected
    assert len(shared.refusals()) == before


def test_all_or_nothing(shared):
    """RFC 5464: where one entry fails, none changes."""
    client = shared.login()
    both = f'{COMMENT} "changed" {MOVE}'
    client.set_ok("before", COMMENT)
    status, text = client.set_raw(both, '"permanent alice@example.org"')
    assert (status, text[:9]) == ("NO", "[CANNOT] ")
    assert client.get(COMMENT) == "before"
    # refused by Dovecot, after ours
    status, _ = client.set_raw(f'{MOVE} "permanent {NEW}" {STATE}', '"x"')
    assert status == "NO" and client.get() is None
    status, text = client.set_raw(
        f'{MOVE} "permanent {NEW}" {entry("sales@example.org", "move")}',
        f'"permanent {NEW}"')
    assert status == "NO" and "one hard-link at a time" in text
    assert client.get() is None
    status, _ = client.set_raw(both, f'"permanent {NEW}"')
    assert status == "OK" and client.get(COMMENT) == "changed"
    assert client.get() == f"permanent {NEW}"
    client.set_ok(None)


def test_capability(imap, shared):
    capabilities = shared.login().capability()[1][0].split()
    assert b"METADATA" in capabilities
    assert b"METADATA-SERVER" not in capabilities
    # without imap_metadata: ours, and no others
    server = imap()
    client = server.login()
    capabilities = client.capability()[1][0].split()
    assert b"METADATA" not in capabilities
    assert b"METADATA-SERVER" in capabilities
    assert client.set_no("x", COMMENT).startswith("[CANNOT] ")


def test_service_is_down(imap):
    server = imap(metadata=True)
    client = server.login()
    client.set_ok(f"permanent {NEW}")
    client.set_ok("mine", COMMENT)
    server.hide_socket()
    for text in (client.set_no(None), client.get_no(), client.get_no(STATE),
                 client.set_no("permanent other@example.com replace")):
        assert text.startswith("[UNAVAILABLE] ") and "try again" in text
        assert server.directory not in text
    assert len(server.dovecot.logged("imap(", "isn't running", count=4)) == 4
    status, _, entries = client.get_raw("/private/vendor",
                                        options=("(DEPTH infinity)",))
    assert status == "OK" and entries == {COMMENT: "mine"}
    assert server.rcpt().startswith("557 ")
    server.show_socket()
    assert client.get() == f"permanent {NEW}"


def test_pending(imap):
    """What a client sees and says where the new address has to consent."""
    server = imap()
    client = server.login()
    state = ("address=alice@example.org", "next-kind=temporary",
             f"next-new={NEW}", "next-expires=1801440000",
             "next-effective=1800000000", "next-status=pending",
             "channel=imap")
    with server.impostor(("OK", *state)) as lines:
        client.set_ok(f"temporary 2027-02-01 {NEW} replace")
        assert client.get() == f"temporary 2027-02-01T00:00:00Z {NEW}"
        assert client.read_state() == {
            "status": "pending", "address": "alice@example.org",
            "next-kind": "temporary", "next-new": NEW, "channel": "imap",
            "next-expires": "2027-02-01T00:00:00Z",
            "next-effective": "2027-01-15T08:00:00Z"}
        client.set_ok("confirm 7k3f 9qrx m2wd")
        client.set_ok("confirm 1", entry("a/b@example.org", "move"))
    assert [line for line in lines if line[0] not in ("VERSION", "TOKEN")] == [
        ["SET", "", "temporary", NEW, "1801526399", "replace"],
        ["GET", ""], ["GET", ""], ["CONFIRM", "", "7k3f 9qrx m2wd"],
        ["CONFIRM", "a/b@example.org", "1"]]
    with server.impostor(("FAIL", "temp", "[192.0.2.1] can't be reached")):
        assert client.set_no(f"permanent {NEW}") == (
            "[UNAVAILABLE] Address [192.0.2.1] can't be reached")
    with server.impostor(("OK", "address=alice@example.org", "blocked=yes")):
        assert client.get() is None
        assert client.read_state() == {"status": "none", "blocked": "yes",
                                       "address": "alice@example.org"}
    with server.impostor(("OK", "kind=strange")):
        assert client.get_no().startswith("[UNAVAILABLE] ")
    with server.impostor(("garbage",)):
        assert client.get_no().startswith("[UNAVAILABLE] ")

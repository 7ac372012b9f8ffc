"""What the METADATA entries of imap_hardlink take, and whose they are."""

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


@pytest.fixture(scope="module")
def shared(modules):
    """For tests that leave nothing behind."""
    server = ImapServer(modules, metadata=True, users=USERS)
    try:
        yield server
    finally:
        server.remove()


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

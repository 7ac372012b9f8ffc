"""imap_hardlink: owners' hard-links as METADATA."""

import contextlib
import json
import time

import pytest

from metadata import STATE, ImapServer, entry

NEW = "new@example.com"
COMMENT = "/private/vendor/vendor.other/comment"


@pytest.fixture
def imap(modules):
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            server = ImapServer(modules, **options)
            stack.callback(server.remove)
            return server

        yield start_server


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


def test_capability(imap):
    server = imap(metadata=True)
    capabilities = server.login().capability()[1][0].split()
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

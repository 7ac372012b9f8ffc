"""The administrators' socket."""


def test_set_lookup_unset(start):
    server = start()
    with server.connect("hardlink-admin") as admin, \
            server.connect("hardlink-lookup") as lookup:
        assert admin.fail("SET", "old@example.org", "permanent",
                          "new@example.com", "")[0] == "permission"
        admin.ok("ADMIN", "root")
        state = admin.ok("SET", "Old@example.org", "permanent",
                         "New@example.com", "")
        assert state == {"address": "old@example.org", "kind": "permanent",
                         "new": "New@example.com", "channel": "admin"}
        assert lookup.ok("LOOKUP", "old+x@EXAMPLE.org") == {
            "kind": "permanent", "new": "New@example.com"}
        assert lookup.ok("LOOKUP", "alice@example.org") == {}
        with server.lmtp() as lmtp:
            assert lmtp.ask("old@example.org").startswith(b"557 5.2.7 ")
        state = admin.ok("UNSET", "old@example.org", "came back")
        assert state["ended-new"] == "New@example.com"
        assert lookup.ok("LOOKUP", "old@example.org") == {}
    history = server.hardlinks.ctl("history", "old@example.org").stdout
    assert "came back" in history and "root" in history
    server.hardlinks.ctl("verify")

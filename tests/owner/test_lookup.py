"""`store = service:/socket`: hardlinkd looks it up."""

import os

MOVED = "557 5.2.7 mailbox has moved to <new@example.com>\n"


def lookup(server, socket, address, check=True):
    config = server.hardlinks.path("service.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(f"store = service:{socket}\n")
    result = server.hardlinks.ctl("-c", config, "lookup", address, check=False)
    if check:
        assert result.returncode == 0, result.stderr
    return result


def test_lookup(start):
    server = start()
    socket = server.socket_path("hardlink-lookup")
    server.hardlinks.set_permanent("old@example.org", "new@example.com")
    assert lookup(server, socket, "OLD+x@example.org").stdout == MOVED
    missing = lookup(server, socket, "alice@example.org", check=False)
    assert missing.returncode == 68
    # nothing else is to be had there
    config = server.hardlinks.path("service.conf")
    for command in (["list"], ["set", "a@example.org", "b@example.org",
                               "--permanent"], ["verify"]):
        refused = server.hardlinks.ctl("-c", config, *command, check=False)
        assert refused.returncode == 78
        assert "only recipients can be looked up" in refused.stderr


def test_store_trouble(start):
    server = start()
    socket = server.socket_path("hardlink-lookup")
    server.hardlinks.set_permanent("old@example.org", "new@example.com")
    os.rename(server.hardlinks.store, server.hardlinks.store + ".away")
    result = lookup(server, socket, "old@example.org", check=False)
    assert result.returncode in (75, 78) and "557" not in result.stdout
    os.rename(server.hardlinks.store + ".away", server.hardlinks.store)
    assert lookup(server, socket, "old@example.org").stdout == MOVED


def test_not_running(start):
    server = start()
    result = lookup(server, "/nonexistent/socket", "old@example.org",
                    check=False)
    assert result.returncode == 75
    assert "the service isn't running" in result.stderr
    assert "557" not in result.stdout

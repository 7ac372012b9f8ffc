"""Shell users, known by their uid."""

import time

import pytest

from service import as_user

# Debian has these users everywhere.
GAMES, NEWS = 5, 9
USERS = {"alice@example.org": "", "old@example.org": "",
         "games": "userdb_hardlink_addresses=old@example.org,Other@example.org "
                  "userdb_uid=5 userdb_hardlink_owner_id=one",
         "news": "userdb_uid=5"}


@pytest.fixture
def server(start):
    return start(users=USERS)


def session(server, *commands, uid=GAMES, identify=("PEER",)):
    """The replies to all of them on one connection: (status, reply, lines)"""
    def run():
        with server.connect() as client:
            return [client.ask(*command)
                    for command in (identify, *commands) if command]

    return as_user(uid, run)


def test_set_get_unset(server):
    me, state, seen, history, gone, nothing = session(
        server, ("SET", "", "permanent", "new@example.com", ""),
        ("GET", "old@example.org"), ("HISTORY", "", "10"),
        ("UNSET", ""), ("GET", ""))
    assert me[0] == "OK" and me[1]["user"] == "games"
    assert state[1] == {"address": "old@example.org", "kind": "permanent",
                        "new": "new@example.com", "channel": "cli"}
    assert seen[1] == state[1]
    assert [line["action"] for line in history[2]] == ["set"]
    assert history[2][0]["actor"] == "games"
    assert gone[1]["ended-new"] == "new@example.com"
    assert nothing[1] == {"address": "old@example.org"}
    # and the administrator sees who it was
    text = server.hardlinks.ctl("history", "old@example.org").stdout
    assert "cli" in text and "games" in text
    server.hardlinks.ctl("verify")


def test_in_force_at_the_next_rcpt(server):
    with server.lmtp() as lmtp:
        assert lmtp.ask("old@example.org").startswith(b"250 ")
        session(server, ("SET", "", "permanent", "new@example.com", ""))
        assert lmtp.ask("old@example.org") == \
            b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
        session(server, ("UNSET", ""))
        assert lmtp.ask("old@example.org").startswith(b"250 ")


def test_second_address(server):
    replies = session(server, ("SET", "oTHER@EXAMPLE.org", "permanent",
                               "new@example.com", ""), ("ADDRESSES",))
    assert replies[1][1]["address"] == "other@example.org"
    assert [line["address"] for line in replies[2][2]] == [
        "old@example.org", "other@example.org"]


@pytest.mark.parametrize("command", [
    ("SET", "alice@example.org", "permanent", "new@example.com", ""),
    ("SET", "old+tag@example.org", "permanent", "new@example.com", ""),
    ("GET", "alice@example.org"), ("HISTORY", "alice@example.org", "1"),
    ("UNSET", "alice@example.org"), ("CONFIRM", "alice@example.org", "x")])
def test_of_others(server, command):
    reply = session(server, command)[1]
    assert reply[0] == "FAIL" and reply[1][0] == "permission"
    assert len(server.dovecot.logged("Refused:")) == 1
    assert server.hardlinks.ctl("list").stdout.count("@") == 0


def test_who_has_no_mailbox(server):
    """news: the userdb has another uid for that name; 8: it doesn't know
    the name; 4321: the system doesn't know the uid; and root."""
    for uid in NEWS, 8, 4321, 0:
        reply, after = session(server, ("GET", ""), uid=uid)
        assert reply[0] == "FAIL" and reply[1][0] == "permission"
        assert after[0] == "FAIL" and after[1][0] == "permission"
    assert len(server.dovecot.logged("Refused:", count=4)) == 4


def test_nobody(server):
    """Who doesn't say who it is."""
    for command in (("GET", ""), ("SET", "", "permanent", "a@b.example", ""),
                    ("LOOKUP", "old@example.org")):
        reply = session(server, command, identify=None)[0]
        assert reply[0] == "FAIL" and reply[1][0] == "permission"


@pytest.mark.parametrize("command", [
    ("SET", "", "eternal", "new@example.com", ""),
    ("SET", "", "permanent", "new@example.com", "123"),
    ("SET", "", "temporary", "new@example.com", ""),
    ("SET", "", "temporary", "new@example.com", "-5"),
    ("SET", "", "temporary", "new@example.com", "99999999999999999999"),
    ("SET", "", "temporary", "new@example.com", "17"),
    ("SET", "", "permanent", "new@example", "", "please"),
    ("SET", "", "permanent", "new", ""),
    ("SET", "", "permanent", "", ""),
    ("SET", "", "permanent", "old@example.org", ""),
    ("SET", "", "permanent", "a@b.example\r\nBcc: x@y.example", ""),
    ("SET", "no address", "permanent", "new@example.com", ""),
    ("HISTORY", "", "0"), ("HISTORY", "", "1001"), ("HISTORY", "", "x"),
    ("CONFIRM", "", "nonsense")])
def test_bad_arguments(server, command):
    reply = session(server, command)[1]
    assert reply[0] == "FAIL" and reply[1][0] == "data", reply
    assert server.hardlinks.ctl("list").stdout.count("@") == 0


def test_former_owner(server):
    """A login that was given to someone else."""
    session(server, ("SET", "", "permanent", "new@example.com", ""))
    with server.lmtp() as lmtp:
        assert lmtp.ask("old@example.org").startswith(b"557 ")
    server.dovecot.set_users({**USERS, "games": USERS["games"].replace(
        "owner_id=one", "owner_id=someone-else")})
    # Dovecot looks at the file once a second
    time.sleep(1.1)
    _, state, history, refused = session(
        server, ("GET", ""), ("HISTORY", "", "10"), ("UNSET", ""))
    assert state[1] == {"address": "old@example.org"}
    assert [line for line in history[2] if line.get("new")] == []
    assert refused[1][0] == "notfound"
    with server.lmtp() as lmtp:
        assert lmtp.ask("old@example.org").startswith(b"250 ")
    assert "another owner" in \
        server.hardlinks.ctl("history", "old@example.org").stdout


def test_administrators_come_first(server):
    server.hardlinks.set_permanent("old@example.org", "new@example.com")
    replies = session(server, ("UNSET", ""), (
        "SET", "", "permanent", "x@example.com", "", "replace"))
    assert [reply[1][0] for reply in replies[1:]] == ["permission"] * 2
    assert "administrator" in replies[1][1][1]

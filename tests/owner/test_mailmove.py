"""mailmove on the machine itself: the owner is known by the uid."""

import os
import time

import pytest

from mailmove import (DATA, NOPERM, NOT_FOUND, OK, TEMP, USAGE, CONFIG,
                      Mailmove, masked)

OLD, SECOND, NEW = "old@example.org", "second@example.org", "new@example.com"
USERS = {"alice@example.org": "", OLD: "", SECOND: "",
         "games": f"userdb_hardlink_addresses={OLD},{SECOND} userdb_uid=5"}
EXPLAINED = f"""\
From now on, mail to {OLD} is refused.
Senders are told that you have moved to {NEW}.
Most senders' servers today will show them that as a bounce, and mailing lists
may unsubscribe you.
Mail that you already have isn't moved.
A code may be mailed to {NEW} first, to be given back with `mailmove confirm`,
and it may be some time until this takes effect.
`mailmove back` undoes this.
"""


@pytest.fixture
def server(start):
    return start(users=USERS)


@pytest.fixture
def move(server):
    return Mailmove("--socket", server.socket_path())


def answer(server, address=OLD):
    with server.lmtp() as lmtp:
        return lmtp.ask(address).decode().rstrip()


def test_permanent_and_back(server, move):
    result = move.run("to", NEW, "--permanent", "--yes")
    assert (result.returncode, result.stdout, result.stderr) == (
        OK, f"{OLD}: permanent, to {NEW}\n", EXPLAINED)
    assert answer(server) == f"557 5.2.7 mailbox has moved to <{NEW}>"
    assert move("status") == f"{OLD}: permanent, to {NEW}\n"
    assert move("back") == \
        f"{OLD}: no hard-link; ended: permanent, to {NEW}\n"
    assert answer(server).startswith("250 ")
    assert move("status") == f"{OLD}: no hard-link\n"
    move.fails(NOT_FOUND, "back", says=f"{OLD} has no hard-link")
    assert "games" in server.hardlinks.ctl("history", OLD).stdout
    server.hardlinks.ctl("verify")


def test_temporary(server, move):
    before = int(time.time())
    state = move.json("to", NEW, "--for", "1h", "--yes")
    expires = state.pop("expires")
    seconds = time.strptime(expires, "%Y-%m-%dT%H:%M:%SZ")
    assert before + 3600 <= int(time.mktime(seconds)) - time.timezone <= \
        time.time() + 3600
    assert state == {
        "address": OLD, "kind": "temporary", "target": NEW, "next_kind": None,
        "next_target": None, "next_effective": None, "next_expires": None,
        "next_confirmed": False, "blocked": False, "channel": "cli",
        "before_kind": None, "before_target": None, "before_expires": None}
    assert answer(server).startswith("558 5.2.8 ")
    result = move.run("to", NEW, "--until", "2001-01-31", "--yes", "--replace")
    assert result.returncode == DATA
    assert "From now on until 2001-01-31T23:59:59Z, mail to" in result.stderr
    assert f"ends what holds now: temporary, to {NEW}, until {expires}." in \
        result.stderr
    assert move.json("status")["expires"] == expires


def test_a_date_is_the_end_of_that_day(server, move):
    year = time.gmtime().tm_year
    day = f"{year}-12-31" if time.gmtime().tm_mon < 12 else f"{year + 1}-01-31"
    assert move.json("to", NEW, "--until", day, "--yes")["expires"] == \
        f"{day}T23:59:59Z"
    # in the time zone of a configuration that can be read
    server.hardlinks.configure(timezone="America/New_York",
                               service_socket=server.socket_path())
    move = Mailmove("-c", server.hardlinks.config)
    expires = move.json("to", NEW, "--until", day, "--yes",
                        "--replace")["expires"]
    assert expires.endswith("-01T04:59:59Z")


def test_where_the_socket_is(server):
    path = server.socket_path()
    server.hardlinks.configure(service_socket=path)
    for move in (Mailmove("--socket", path),
                 Mailmove(env={"HARDLINK_SOCKET": path}),
                 Mailmove("-c", server.hardlinks.config),
                 Mailmove(env={"HARDLINK_CONFIG": server.hardlinks.config}),
                 Mailmove("--socket", path, env={"HARDLINK_SOCKET": "/no"})):
        assert move("status") == f"{OLD}: no hard-link\n"
    os.chmod(server.hardlinks.config, 0o600)
    Mailmove("-c", server.hardlinks.config).fails(
        NOPERM, "status", says=server.hardlinks.config)
    Mailmove().fails(TEMP, "status", says="/run/dovecot/hardlink): the service "
                     "isn't running")


def test_second_address(server, move):
    state = move.json("to", NEW, "--permanent", "--address",
                      SECOND.upper(), "--yes")
    assert state["address"] == SECOND
    assert answer(server, SECOND).startswith("557 ")
    assert answer(server).startswith("250 ")
    assert [line["address"] for line in [move.json("status", "--address",
                                                   SECOND)]] == [SECOND]
    assert len(move.json("history", "--address", SECOND)) == 1
    move("back", "--address", SECOND)
    assert answer(server, SECOND).startswith("250 ")


def test_history(server, move):
    move("to", NEW, "--permanent", "--yes")
    move("back")
    server.hardlinks.configure(hold="permanent 24h, temporary 0")
    move("to", NEW, "--permanent", "--yes")
    table = move("history").splitlines()
    assert table[0].split()[:4] == ["seq", "time", "action", "channel"]
    rows = move.json("history")
    assert [row["action"] for row in rows] == ["set", "withdraw", "set"]
    assert {row["channel"] for row in rows} == {"cli"}
    assert {row["actor"] for row in rows} == {"games"}
    assert [row["target"] for row in rows] == [None, None, NEW]
    assert masked(rows[0]["detail"]) == f"next: permanent, to {NEW}, from TIME"
    assert [row["seq"] for row in move.json("history", "--limit", "2")] == \
        [row["seq"] for row in rows[:2]]
    move.fails(USAGE, "history", "--limit", "0", says="--limit")


def test_hold(server, move):
    server.hardlinks.configure(hold="permanent 24h, temporary 0")
    assert masked(move("to", NEW, "--permanent", "--yes")) == (
        f"{OLD}: no hard-link\n"
        f"to come: permanent, to {NEW}, from TIME; until then nothing "
        "changes\n")
    state = move.json("status")
    assert state["next_confirmed"] is True and state["next_target"] == NEW
    assert state["kind"] is None and state["next_effective"]
    assert answer(server).startswith("250 ")
    assert move.json("back")["next_kind"] is None


def test_what_is_refused(server, move):
    move.fails(USAGE, "to", NEW, "--yes", says="--permanent")
    move.fails(USAGE, "to", NEW, "--yes", "--permanent", "--for", "1h",
               says="--permanent")
    move.fails(USAGE, "to", "--permanent", "--yes", says="argument is missing")
    move.fails(USAGE, "to", NEW, "--permanent", says="--yes")
    move.fails(USAGE, "to", NEW, "--permanent", "--yes", "--reason", "x")
    move.fails(USAGE, "status", "--netrc", says="--server")
    move.fails(DATA, "to", "nonsense", "--permanent", "--yes")
    move.fails(DATA, "to", NEW, "--until", "2027-02-30", "--yes")
    move.fails(DATA, "confirm", "what", says="code")
    move.fails(NOT_FOUND, "confirm", "7K3F-9QRX-M2WD")
    for command in (["to", NEW, "--permanent", "--yes"], ["back"], ["status"],
                    ["history"], ["confirm", "7K3F-9QRX-M2WD"]):
        result = move.run("-f", "json", *command, "--address",
                          "alice@example.org")
        assert result.returncode == NOPERM and result.stdout == ""
        assert "alice@example.org isn't an address of games" in result.stderr
    result = move.run("to", OLD, "--permanent", "--yes")
    assert result.returncode == DATA
    assert server.hardlinks.ctl("list").stdout.count("@") == 0
    move("to", NEW, "--permanent", "--yes")
    move.fails(NOPERM, "to", "other@example.net", "--permanent", "--yes",
               says=f"moved already (permanent, to {NEW}); say --replace")
    assert move.json("to", "other@example.net", "--permanent", "--yes",
                     "--replace")["before_target"] == NEW


def test_administrators_rule(server, move):
    server.hardlinks.set_permanent(OLD, "there@example.com")
    for command in ["back"], ["to", NEW, "--permanent", "--replace", "--yes"]:
        result = move.run("-f", "json", *command)
        assert result.returncode == NOPERM
        assert "administrator" in result.stderr
    assert answer(server).endswith("<there@example.com>")


def test_who_has_no_mailbox(server):
    for uid in 0, 8, 4321:
        Mailmove("--socket", server.socket_path(), uid=uid).fails(
            NOPERM, "status")


def test_the_service_is_down(server, move):
    server.dovecot.stop()
    for command in (["to", NEW, "--permanent", "--yes"], ["back"], ["status"],
                    ["history"], ["confirm", "7K3F-9QRX-M2WD"]):
        move.fails(TEMP, *command, says="the service isn't running")


def test_it_asks_on_a_terminal(server, move):
    for typed, code in ("n\n", NOPERM), ("\n", NOPERM), ("\4", NOPERM), \
            ("yess\n", NOPERM), ("Y\n", OK):
        terminal = move.on_terminal("to", NEW, "--permanent")
        assert terminal.read_until("Do it? (y/N) ") == \
            EXPLAINED + "Do it? (y/N) "
        assert answer(server).startswith("250 ")
        terminal.type(typed)
        assert terminal.end()[0] == code
    assert answer(server).startswith("557 ")


def test_version_and_help(move):
    assert move("--version").startswith("mailmove ")
    text = move("--help")
    for command in "to", "confirm", "status", "back", "history":
        assert f"\n  {command} " in text
        assert move(command, "--help").startswith(f"usage: mailmove {command}")
    # those of the other program
    move.fails(USAGE, "status", "--accept-clock", says="unknown")
    move.fails(CONFIG, "status", "-c", "/nowhere/hardlink.conf",
               says="/nowhere/hardlink.conf")

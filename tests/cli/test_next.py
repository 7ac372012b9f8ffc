"""What no command writes yet, but stores of later versions hold: changes to
come, erased entries."""

import time

import pytest

from ctl import DATA, NOT_FOUND, shifted
from writer import Writer

OLD, HERE, THERE = "old@example.com", "here@example.org", "there@example.net"
HOUR = 3600


@pytest.fixture
def pending(ctl):
    """Permanently here; in an hour, and for an hour, there."""
    now = int(time.time())
    Writer(ctl).state(OLD, current="permanent", current_new=HERE,
                      next="temporary", next_new=THERE,
                      next_effective=now + HOUR, next_expires=now + 2 * HOUR,
                      next_status="confirmed")
    ctl.is_verified()
    return ctl


def test_show(pending):
    said = pending.json("show", OLD)
    assert (said["kind"], said["target"], said["expires"]) == \
        ("permanent", HERE, None)
    assert (said["next_kind"], said["next_target"], said["next_confirmed"]) == \
        ("temporary", THERE, True)
    assert said["next_effective"] < said["next_expires"]
    assert (said["owner"], said["channel"]) == (OLD, "imap")
    said = pending.json("show", OLD, env=shifted("+90m"))
    assert (said["kind"], said["target"], said["next_kind"]) == \
        ("temporary", THERE, None)
    pending.fails(NOT_FOUND, "show", OLD, env=shifted("+150m"))


def rows(ctl, *arguments, **more):
    return [(row["target"], row["state"])
            for row in ctl.json("list", *arguments, **more)]


def test_list(pending):
    assert rows(pending) == [(HERE, "active"), (THERE, "pending")]
    assert rows(pending, "--state", "pending") == [(THERE, "pending")]
    assert rows(pending, "--state", "active") == [(HERE, "active")]
    assert rows(pending, "--kind", "temporary") == [(THERE, "pending")]
    assert rows(pending, env=shifted("+90m")) == [(THERE, "active")]
    assert rows(pending, env=shifted("+150m")) == [(THERE, "expired")]


def test_to_come_only(ctl):
    Writer(ctl).state(OLD, next="permanent", next_new=THERE,
                      next_effective=int(time.time()) + HOUR,
                      next_status="pending")
    assert ctl.json("show", OLD)["next_confirmed"] is False
    assert rows(ctl) == [(THERE, "pending")]
    # it isn't confirmed, however late it gets
    assert rows(ctl, env=shifted("+90m")) == [(THERE, "pending")]
    ctl.fails(NOT_FOUND, "lookup", OLD, env=shifted("+90m"))
    assert "to be confirmed" in ctl.json("history", OLD)[0]["detail"]
    assert ctl("unset", OLD).startswith(
        f"{OLD}: no hard-link; no longer to come: permanent, to {THERE}, from ")
    assert rows(ctl) == []


def test_replace_says_that_a_change_to_come_is_ended(pending):
    said = pending.json("set", OLD, THERE, "--permanent", "--replace")
    assert (said["before_target"], said["ended_next_target"]) == (HERE, THERE)
    assert said["ended_next_kind"] == "temporary"


def test_history_of_one_that_came_and_was_swept(pending):
    assert pending.json("history", OLD)[0]["detail"].startswith(
        f"next: temporary, to {THERE}, until ")
    pending("expire", env=shifted("+150m"))
    lines = [(row["seq"], row["action"], row["target"])
             for row in pending.json("history", OLD)]
    assert lines == [(3, "expired", THERE), (2, "set", HERE)]
    assert [row["action"] for row in pending.json("history")] == \
        ["sweep", "expired", "set", "key"]


def test_history_shows_what_was_erased(ctl):
    ctl("set", OLD, HERE, "--permanent")
    ctl("unset", OLD)
    ctl.sql("UPDATE entry SET payload = NULL WHERE seq = 2;"
            "DELETE FROM link WHERE seq = 2")
    ctl.fails(DATA, "history", says="entry 2")
    Writer(ctl).erase(2)
    ctl.is_verified()
    row = ctl.json("history")[2]
    assert (row["seq"], row["action"], row["actor"], row["address"],
            row["detail"]) == (2, "set", None, None, "erased")
    assert ctl.json("history")[0]["detail"] == "entries 2"
    assert [row["seq"] for row in ctl.json("history", OLD)] == [3]

"""notify: who is told what and when. hardlink-notice isn't the real one here;
tests/owner has that."""

import os
import signal
import sqlite3
import subprocess
import time

import pytest

from ctl import PROGRAM, TEMP, shifted
from notices import Notices
from writer import Writer

NEW = "new@example.org"
OLD = "old@example.com"
DAY = 86400
FORTNIGHT, LAST_DAY, AFTER = 14 * DAY, DAY, 0


@pytest.fixture
def notices(ctl):
    started = Notices(ctl)
    yield started
    started.remove()


def at(offset):
    return shifted(offset, synchronised=True)


def told(ctl, notices, offset, *options):
    """How long before its end OLD's owner is told what at that time."""
    ctl("notify", *options, env=at(offset))
    lines = notices.take()
    assert {line[:2] for line in lines} <= {(OLD, OLD)}
    return [line[2] for line in lines]


def recorded(ctl):
    with sqlite3.connect(ctl.database) as connection:
        return connection.execute("SELECT count(*) FROM notice").fetchone()[0]


def test_before_and_after(ctl, notices):
    ctl("set", OLD, NEW, "--for", "30d")
    ctl("set", "other@example.com", NEW, "--permanent")
    assert told(ctl, notices, "+0d") == []
    assert told(ctl, notices, "+15d") == []
    assert told(ctl, notices, "+17d") == [FORTNIGHT]
    assert told(ctl, notices, "+28d") == []
    assert told(ctl, notices, "+700h") == [LAST_DAY]
    assert told(ctl, notices, "+719h") == []
    assert told(ctl, notices, "+31d") == [AFTER]
    assert told(ctl, notices, "+32d") == []
    ctl.is_verified()


def test_a_whole_domain_has_nobody_to_be_told(ctl, notices):
    ctl("set", "@example.com", "@example.org", "--for", "30d")
    ctl("set", OLD, NEW, "--for", "30d")
    assert told(ctl, notices, "+17d") == [FORTNIGHT]
    assert told(ctl, notices, "+31d") == [AFTER]


def test_expire_tells_too(ctl, notices):
    ctl("set", OLD, NEW, "--for", "1h")
    assert "1 closed" in ctl("expire", env=at("+2h"))
    assert notices.take() == [(OLD, OLD, AFTER)]
    assert told(ctl, notices, "+2h") == []


def test_expire_does_without(ctl):
    """Who has no hardlink-notice closes all the same."""
    ctl("set", OLD, NEW, "--for", "1h")
    Notices(ctl).stop()
    assert "1 closed" in ctl("expire", env=at("+2h"))
    assert recorded(ctl) == 0


def test_only_the_latest_if_several_are_due(ctl, notices):
    ctl("set", OLD, NEW, "--for", "30d")
    assert told(ctl, notices, "+700h") == [LAST_DAY]
    assert told(ctl, notices, "+701h") == []
    ctl("set", OLD, NEW, "--for", "30d", "--replace", env=at("+702h"))
    assert told(ctl, notices, "+60d") == [AFTER]


def test_what_was_past_at_the_beginning(ctl, notices):
    ctl("set", OLD, NEW, "--for", "14d")
    assert told(ctl, notices, "+1h") == []
    assert told(ctl, notices, "+320h") == [LAST_DAY]
    ctl("set", OLD, NEW, "--for", "2h", "--replace", env=at("+320h"))
    assert told(ctl, notices, "+321h") == []
    assert told(ctl, notices, "+323h") == [AFTER]


def test_extended_is_told_anew(ctl, notices):
    ctl("set", OLD, NEW, "--for", "20d")
    assert told(ctl, notices, "+7d") == [FORTNIGHT]
    ctl("extend", OLD, "--for", "10d", env=at("+8d"))
    assert told(ctl, notices, "+9d") == []
    assert told(ctl, notices, "+17d") == [FORTNIGHT]
    # less than two weeks were left when it was extended
    ctl("extend", OLD, "--for", "1d", env=at("+18d"))
    assert told(ctl, notices, "+19d") == []


def test_restated_is_not(ctl, notices):
    ctl("set", OLD, NEW, "--for", "20d")
    assert told(ctl, notices, "+7d") == [FORTNIGHT]
    ctl("block", OLD, env=at("+8d"))
    assert told(ctl, notices, "+8d") == []
    ctl("unblock", OLD, env=at("+8d"))
    assert told(ctl, notices, "+475h") == [LAST_DAY]


def test_what_ended_otherwise(ctl, notices):
    ctl("set", OLD, NEW, "--for", "20d")
    ctl("unset", OLD, env=at("+7d"))
    assert told(ctl, notices, "+8d") == []
    assert told(ctl, notices, "+21d") == []


def test_long_ago(ctl, notices):
    ctl("set", OLD, NEW, "--for", "1h")
    assert told(ctl, notices, "+15d") == []
    assert told(ctl, notices, "+14d") == [AFTER]


def test_one_that_goes_on_otherwise(ctl, notices):
    """It doesn't run out: another one is to take its place."""
    Writer(ctl).state(
        OLD, current="temporary", current_new=NEW, current_expires=seconds(2),
        next="permanent", next_new=NEW, next_effective=seconds(1),
        next_status="confirmed")
    ctl.is_verified()
    assert told(ctl, notices, "+12h") == []
    assert told(ctl, notices, "+49h") == []


def seconds(days):
    return int(time.time()) + days * DAY


def test_whose_mailbox(ctl, notices):
    """Of whom asked for it; an administrator's change doesn't hide that."""
    ctl("set", "first@example.com", NEW, "--permanent")
    writer = Writer(ctl)
    writer.state(OLD, current="temporary", current_new=NEW,
                 current_expires=seconds(20))
    ctl("notify", env=at("+7d"))
    assert notices.take() == [("owner", OLD, FORTNIGHT)]
    ctl("extend", OLD, "--for", "10d", env=at("+8d"))
    ctl("notify", env=at("+17d"))
    line, = notices.lines
    # the administrator's now
    assert line[1:3] == ["owner", OLD] and line[5] == "admin"


def test_printed(ctl, notices):
    ctl("set", OLD, NEW, "--for", "2d")
    row, = ctl.json("notify", "--dry-run", env=at("+30h"))
    assert row == {"address": OLD, "login": OLD, "expires": row["expires"],
                   "told": "before", "put": False}
    assert notices.lines == [] and recorded(ctl) == 0
    assert ctl.json("notify", env=at("+30h")) == [{**row, "put": True}]
    assert ctl.json("notify", env=at("+30h")) == []


@pytest.mark.parametrize("setting", ["notice = no", "notice_before = none",
                                     "notice_before ="])
def test_switched_off(ctl, notices, setting):
    ctl("set", OLD, NEW, "--for", "2d")
    with open(ctl.config, "a", encoding="utf-8") as file:
        file.write(setting + "\n")
    assert told(ctl, notices, "+30h") == told(ctl, notices, "+50h") == []


def test_nobody_listens(ctl):
    """Nothing is lost by it."""
    ctl("set", OLD, NEW, "--for", "2d")
    ctl.fails(TEMP, "notify", env=at("+30h"), says="hardlinkd(8)")
    Notices(ctl).stop()
    ctl.fails(TEMP, "notify", env=at("+30h"), says="hardlinkd(8)")
    assert recorded(ctl) == 0
    os.unlink(ctl.path("hardlink-notice"))
    notices = Notices(ctl)
    assert told(ctl, notices, "+30h") == [LAST_DAY]
    notices.remove()


def test_refused(ctl, notices):
    """A mailbox that takes none is tried once; the others get theirs."""
    for name in "abc":
        ctl("set", f"{name}@example.com", NEW, "--for", "2d")
    notices.answer = b"FAIL\tno such user\n"
    result = ctl.run("notify", env=at("+30h"))
    assert result.returncode == 0 and len(notices.take()) == 3
    assert result.stderr.count("\n") == 3
    assert "a@example.com: its owner couldn't be told" in result.stderr
    assert "no such user" in result.stderr
    assert told(ctl, notices, "+30h") == []


def test_it_breaks_off(ctl, notices):
    """The one that was on its way may be lost, no other."""
    for name in "abc":
        ctl("set", f"{name}@example.com", NEW, "--for", "2d")
    notices.answer = None
    result = ctl.run("notify", env=at("+30h"))
    assert result.returncode == TEMP and len(notices.take()) == 1
    notices.answer = b"OK\n"
    ctl("notify", env=at("+30h"))
    assert [line[1][0] for line in notices.take()] == ["b", "c"]


def test_killed(ctl, notices):
    """Between noting and sending, and at once after it: never twice."""
    for number in range(12):
        ctl("set", f"u{number}@example.com", NEW, "--for", "2d")
    seen, kills = [], 0
    for _ in range(20):
        process = subprocess.Popen(
            [PROGRAM, "-c", ctl.config, "notify"], stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, env=ctl.environment(**at("+30h")))
        # with the third one it is over
        notices.asked = lambda: len(notices.lines) == 3 and \
            process.send_signal(signal.SIGKILL)
        status = process.wait()
        lines = notices.take()
        seen += [line[1] for line in lines]
        kills += status == -signal.SIGKILL
        if not lines:
            break
    assert status == 0 and kills >= 3
    assert len(set(seen)) == len(seen) == 12

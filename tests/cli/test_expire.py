"""`expire` without addresses: what it closes, and what it refuses."""

import collections
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from ctl import NOPERM, NOT_FOUND, PROGRAM, TEMP, json_lines, shifted

NEW = "new@example.org"
OLD = "old@example.com"


def fill(ctl, expired, in_force, seconds="1h"):
    """Of the temporary ones, those called e run out first."""
    ctl("set", "--from", "-", input=json_lines(
        *({"old": f"e{number}@example.com", "new": NEW, "for": seconds}
          for number in range(expired)),
        *({"old": f"f{number}@example.com", "new": NEW, "for": "20d"}
          for number in range(in_force))))


def closed(ctl):
    """Addresses, as often as history says that they were closed."""
    return collections.Counter(
        line["address"] for line in ctl.json("history", "--action", "expired"))


def configure(ctl, text):
    with open(ctl.config, "a", encoding="utf-8") as file:
        file.write(text)


def test_says_how_many_and_which(ctl):
    fill(ctl, 3, 2)
    lines = ctl("expire", "--dry-run", env=shifted("+2h")).splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == [
        f"e{number}@example.com" for number in range(3)]
    assert re.fullmatch(r"3 would be closed, up to 20\S+Z", lines[3])
    assert closed(ctl) == {}
    lines = ctl("expire", env=shifted("+2h")).splitlines()
    assert len(lines) == 4 and re.fullmatch(r"3 closed, up to 20\S+Z", lines[3])
    assert set(closed(ctl).values()) == {1}
    sweep, = ctl.json("history", "--action", "sweep")
    assert sweep["detail"].startswith("3 closed, up to ")
    ctl.is_verified()


def test_dry_run_needs_no_signing_key(ctl):
    fill(ctl, 1, 0)
    os.unlink(ctl.key)
    assert "1 would be closed" in ctl("expire", "--dry-run",
                                      env=shifted("+2h"))


def test_many(ctl):
    """More than are read in one go, and than stand in memory."""
    fill(ctl, 700, 700)
    rows = ctl.json("expire", env=shifted("+2h"))
    assert sorted(row["address"] for row in rows) == sorted(
        f"e{number}@example.com" for number in range(700))
    assert len(closed(ctl)) == 700
    assert ctl.json("expire", env=shifted("+2h")) == []


@pytest.mark.parametrize("expired,in_force,refused", [
    (100, 0, False), (101, 0, True), (101, 50, True), (102, 51, False),
    (101, 300, False)])
def test_implausible_share(ctl, expired, in_force, refused):
    fill(ctl, expired, in_force)
    later = shifted("+2h")
    if refused:
        ctl.fails(NOPERM, "expire", env=later,
                  says=f"{expired} of {expired + in_force} temporary")
        result = ctl.run("expire", "--dry-run", env=later)
        assert result.returncode == 0 and "--force" in result.stderr
        assert f"\n{expired} would be closed" in result.stdout
    ctl("expire", *["--force"] * refused, env=later)
    assert len(closed(ctl)) == expired


@pytest.mark.parametrize("offset,synchronised,refused", [
    ("+2h", False, False), ("+6d", False, False), ("+8d", False, True),
    ("+8d", True, False)])
def test_clock_that_nothing_vouches_for(ctl, offset, synchronised, refused):
    fill(ctl, 1, 1)
    later = shifted(offset, synchronised)
    if refused:
        ctl.fails(TEMP, "expire", env=later, says="synchronised")
        ctl.fails(TEMP, "notify", env=later, says="--force")
        result = ctl.run("expire", "--dry-run", env=later)
        assert result.returncode == 0 and "synchronised" in result.stderr
    ctl("expire", *["--force"] * refused, env=later)
    assert len(closed(ctl)) == 1


def test_grace(ctl):
    configure(ctl, "grace = 1d\n")
    ctl("set", OLD, NEW, "--for", "1h")
    assert ctl("expire", env=shifted("+24h")) == ""
    ctl.fails(NOT_FOUND, "lookup", OLD, env=shifted("+24h"))
    assert "1 closed" in ctl("expire", env=shifted("+26h"))
    assert closed(ctl) == {OLD: 1}
    # horizons never decrease
    configure(ctl, "# longer from now on\n")
    with open(ctl.config, encoding="utf-8") as file:
        text = file.read().replace("grace = 1d", "grace = 3d")
    with open(ctl.config, "w", encoding="utf-8") as file:
        file.write(text)
    ctl("set", OLD, NEW, "--for", "1h", env=shifted("+26h"))
    assert ctl("expire", env=shifted("+28h")) == ""
    assert "1 closed" in ctl("expire", env=shifted("+101h"))
    assert closed(ctl) == {OLD: 2}


def test_what_is_restated_was_closed_once(ctl):
    later = shifted("+2h")
    fill(ctl, 2, 0)
    ctl("expire", env=later)
    ctl("block", "e0@example.com", env=later)
    ctl("set", OLD, NEW, "--for", "1h", env=later)
    lines = ctl("expire", env=shifted("+4h")).splitlines()
    assert lines[0].startswith(f"{OLD}: ") and lines[1].startswith("1 closed")


def test_changes_meanwhile(ctl):
    """Whatever comes in between, the sweep's number, what is printed and what
    history derives agree."""
    later = shifted("+2h")
    fill(ctl, 1500, 1500)
    process = subprocess.Popen(
        [PROGRAM, "-c", ctl.config, "-f", "json", "expire"], text=True,
        stdout=subprocess.PIPE, env=ctl.environment(**later))
    count = 0
    while process.poll() is None and count < 1500:
        ctl("set", "--from", "-", env=later, input=json_lines(
            *({"old": f"e{number}@example.com", "new": NEW, "permanent": True}
              for number in range(count, count + 7))))
        count += 7
    printed = [row["address"] for row in json.load(process.stdout)]
    process.stdout.close()
    assert process.wait() == 0 and len(printed) < 1500
    assert closed(ctl) == dict.fromkeys(printed, 1)
    sweep, = ctl.json("history", "--action", "sweep")
    assert sweep["detail"].startswith(f"{len(printed)} closed,")
    ctl.is_verified()


def test_kill(ctl):
    """kill -9 at random moments, and again until it's done."""
    seed = int(os.environ.get("HARDLINK_SEED") or time.time_ns() % 1000000)
    print("HARDLINK_SEED =", seed)
    generator = random.Random(seed)
    later = shifted("+2h")
    everything = {}
    for number in range(6):
        fill_one(ctl, number, later if number else {})
        began = time.monotonic()
        ctl("expire", "--dry-run", env=shifted("+4h"))
        longest = time.monotonic() - began
        while not killed_or_done(ctl, generator.uniform(0, longest)):
            # on a machine that gets slower, too, it comes to an end
            longest *= 1.1
            ctl.is_verified()
            assert set(closed(ctl).values()) <= {1}
        later = shifted("+4h")
        everything.update(dict.fromkeys(
            (f"k{number}-{n}@example.com" for n in range(50)), 1))
        assert closed(ctl) == everything
    ctl.is_verified()


def fill_one(ctl, number, env):
    ctl("set", "--from", "-", env=env, input=json_lines(
        *({"old": f"k{number}-{n}@example.com", "new": NEW,
           "for": "2h" if number == 0 else "1s"} for n in range(50))))
    if env:
        time.sleep(1.1)


def killed_or_done(ctl, seconds):
    """Is there nothing left?"""
    process = subprocess.Popen(
        [PROGRAM, "-c", ctl.config, "expire"], stdout=subprocess.DEVNULL,
        env=ctl.environment(**shifted("+4h")))
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGKILL)
    if process.wait() == -signal.SIGKILL:
        return False
    assert process.returncode == 0
    return True

"""prune and forget: what they erase, what they leave, and that no file of the
store holds any more what they erased."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from ctl import (DATA, NOPERM, PROGRAM, TEMP, USAGE, Ctl, json_lines, shifted)
from test_key import checkpoint, is_verified, rotate
from writer import Writer

OLD, NEW = "Old@example.com", "New.Home@example.org"
SOON = ("--before", "2999-01-01")


def holding(ctl, *words):
    """The store's files in which one of these words stands, in any case."""
    found = set()
    for directory, _, names in os.walk(ctl.directory):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                data = file.read().lower()
            found.update(name for word in words
                         if word.lower().encode() in data)
    return found


def erased(ctl, *command, **options):
    """(entries, addresses)"""
    summary = ctl.json(*command, **options)[-1]
    return summary["entries"], summary["addresses"]


def seqs(ctl, *command, **options):
    """What a dry run would erase."""
    before = ctl.dump()
    rows = ctl.json(*command, "--dry-run", **options)
    assert ctl.dump() == before
    assert rows[-1]["type"] == "summary" and rows[-1]["dry_run"] is True
    assert rows[-1]["entries"] == len(rows) - 1
    return [row["seq"] for row in rows[:-1]]


@pytest.fixture
def moved(ctl):
    """2 set, 3 set again, 4 withdrawn"""
    ctl("set", OLD, NEW, "--permanent", "--reason", "as Eve@example.net asked")
    ctl("set", OLD, "second@example.org", "--permanent", "--replace")
    ctl("unset", OLD)
    return ctl


# --- what is erased

def test_prune_says_what_it_does(moved):
    times = [row["time"] for row in reversed(moved.json("history"))]
    assert moved("prune", *SOON, "--dry-run").splitlines() == [
        f"entry 2: {times[1]}, set, old@example.com",
        f"entry 3: {times[2]}, set, old@example.com",
        f"entry 4: {times[3]}, withdraw, old@example.com",
        "3 entries would be erased, over by 2999-01-01T23:59:59Z; addresses of "
        "which nothing is left: 1"]
    assert moved("prune", *SOON, "--reason", "as every year").splitlines() == [
        "3 entries erased, over by 2999-01-01T23:59:59Z; addresses of which "
        "nothing is left: 1"]
    entry, *before = moved.json("history")
    assert (entry["action"], entry["detail"], entry["reason"]) == \
        ("erase", "entries 2-4", "as every year")
    for row in before[:-1]:
        assert row["detail"] == "erased" and row["address"] is None
        assert row["actor"] is None and row["reason"] is None
    assert moved.json("history", OLD) == []
    assert holding(moved, OLD, NEW, "second@", "Eve@") == set()
    is_verified(moved)


def test_the_format_of_prune_and_forget(moved):
    head, *rows = moved("-f", "tab", "forget", OLD, "--dry-run").splitlines()
    assert head == ("type\tseq\ttime\taction\taddress\tentries\taddresses\t"
                    "before\tdry_run")
    assert rows[0].split("\t")[3:] == ["set", "old@example.com", "", "", "",
                                       "yes"]
    assert rows[-1] == "summary\t\t\t\t\t3\t1\t\tyes"
    assert moved.json("forget", OLD) == [
        {"type": "summary", "seq": None, "time": None, "action": None,
         "address": None, "entries": 3, "addresses": 1, "before": None,
         "dry_run": False}]


def test_what_holds_stays(ctl):
    ctl("set", "a@example.com", "first@example.org", "--permanent")   # 2
    ctl("set", "a@example.com", "kept@example.org", "--permanent",
        "--replace")                                                  # 3
    ctl("set", "b@example.com", "kept@example.org", "--for", "1h")    # 4
    ctl("block", "c@example.com")                                     # 5
    ctl("set", "d@example.com", "gone@example.org", "--permanent")    # 6
    ctl("block", "d@example.com")                                     # 7
    ctl("unset", "d@example.com")                                     # 8
    now = int(time.time())
    writer = Writer(ctl)
    writer.state("e@example.com", next="permanent",                   # 9
                 next_new="kept@example.org", next_effective=now + 3600,
                 next_status="confirmed")
    writer.state("f@example.com", next="permanent",                   # 10
                 next_new="kept@example.org", next_effective=now,
                 next_status="pending")
    # what it replaced is over, it is not
    writer.state("g@example.com", current="permanent",                # 11
                 current_new="before@example.org", next="permanent",
                 next_new="kept@example.org", next_effective=now - 1,
                 next_status="confirmed")
    ctl("lookup", "g@example.com")
    assert erased(ctl, "prune", *SOON) == (3, 0)
    assert ctl.json("history")[0]["detail"] == "entries 2,6-7"
    assert holding(ctl, "first@example", "gone@example") == set()
    assert ctl("lookup", "a@example.com").endswith("<kept@example.org>\n")
    assert ctl("lookup", "b@example.com").endswith("<kept@example.org>\n")
    assert ctl("lookup", "g@example.com").endswith("<kept@example.org>\n")
    for address in "c@example.com", "d@example.com":
        assert ctl.json("show", address)["blocked"] is True
    assert [row["address"] for row in ctl.json("list", "--state", "pending")] \
        == ["e@example.com", "f@example.com"]
    is_verified(ctl)
    assert erased(ctl, "prune", *SOON) == (0, 0)


def test_prune_goes_by_when_it_was_over(ctl):
    """Not by when it was said: what held until yesterday is young."""
    env = {day: shifted(f"+{day}d") for day in range(1, 9)}

    def at(day):
        return time.strftime("%Y-%m-%d", time.gmtime(time.time() + day * 86400))

    ctl("set", "a@example.com", "n1@example.org", "--permanent")       # 2
    ctl("set", "b@example.com", "n1@example.org", "--for", "2d")       # 3
    ctl("set", "a@example.com", "n2@example.org", "--permanent",
        "--replace", env=env[4])                                       # 4
    ctl("unset", "a@example.com", env=env[6])                          # 5
    # 3 ended by itself on day 2; nobody closed it
    assert seqs(ctl, "prune", "--before", at(1), env=env[8]) == []
    assert seqs(ctl, "prune", "--before", at(2), env=env[8]) == [3]
    assert seqs(ctl, "prune", "--before", at(4), env=env[8]) == [2, 3]
    assert seqs(ctl, "prune", "--before", at(5), env=env[8]) == [2, 3]
    assert seqs(ctl, "prune", "--before", at(6), env=env[8]) == [2, 3, 4, 5]
    assert erased(ctl, "prune", "--before", at(4), env=env[8]) == (2, 1)
    assert [row["seq"] for row in ctl.json("history", "a@example.com")] == \
        [5, 4]
    assert ctl.json("history", "b@example.com") == []
    assert erased(ctl, "prune", "--before", at(6), env=env[8]) == (2, 1)
    assert ctl.run("verify", env=env[8]).returncode == 0


def test_swept_ones_and_their_closing(ctl):
    later = shifted("+2h")
    ctl("set", OLD, NEW, "--for", "1h")
    ctl("expire", env=later)
    assert [row["action"] for row in ctl.json("history", env=later)] == \
        ["sweep", "expired", "set", "key"]
    assert erased(ctl, "prune", *SOON, env=later) == (1, 1)
    assert [row["action"] for row in ctl.json("history", env=later)] == \
        ["erase", "sweep", "set", "key"]
    ctl.fails(68, "lookup", OLD, env=later)
    assert holding(ctl, OLD, NEW) == set()


def test_consent_goes_with_it(ctl):
    """Its row has the address as key."""
    now = int(time.time())
    pending = {"next": "permanent", "next_new": NEW, "next_effective": now,
               "next_status": "pending"}
    writer = Writer(ctl)
    writer.state("lapsed@example.com", **pending)                     # 2
    writer.state("asked@example.com", **pending)                      # 3
    writer.state("ended@example.com", **pending)                      # 4
    for seq, name, expires in ((2, "lapsed", now - 60), (3, "asked", now + 60),
                               (4, "ended", now + 60)):
        ctl.sql("INSERT INTO consent VALUES ('%s@example.com', %d, 'mail', "
                "zeroblob(32), %d, 0)" % (name, seq, expires))
    ctl("unset", "ended@example.com")                                 # 5
    assert seqs(ctl, "prune", *SOON) == [2, 4, 5]
    assert erased(ctl, "prune", *SOON) == (3, 2)
    assert holding(ctl, "lapsed@", "ended@") == set()
    with contextlib.closing(sqlite3.connect(ctl.database)) as database:
        assert database.execute("SELECT key FROM consent").fetchall() == \
            [("asked@example.com",)]
    is_verified(ctl)


def test_forget_everywhere(ctl):
    """As old and new address, owner and actor, and within a reason."""
    gone = "Jane.Doe@example.com"
    ctl("set", gone, NEW, "--permanent")                               # 2
    ctl("unset", gone)                                                 # 3
    ctl("set", "b@example.com", gone, "--permanent")                   # 4
    ctl("set", "b@example.com", "kept@example.org", "--permanent",
        "--replace")                                                   # 5
    ctl("set", "c@example.com", "kept@example.org", "--permanent",
        "--reason", f"(asked by <{gone.upper()}>.)")                   # 6
    ctl("unset", "c@example.com")                                      # 7
    # these only look like it
    ctl("set", "d@example.com", "Xjane.doe@example.com", "--permanent",
        "--reason", "not of jane.doe@example.com.example.org")         # 8
    ctl("unset", "d@example.com")                                      # 9
    writer = Writer(ctl)
    writer.append("set", "e@example.com", [                            # 10
        ("scope", "address"), ("address", "e@example.com"), ("owner", "e"),
        ("actor", "jane.DOE@example.com"), ("reason", ""), ("blocked", ""),
        ("current", ""), ("current-new", ""), ("current-expires", ""),
        ("next", ""), ("next-new", ""), ("next-effective", ""),
        ("next-expires", ""), ("next-status", "")])
    assert seqs(ctl, "forget", gone) == [2, 3, 4, 6, 10]
    assert erased(ctl, "forget", gone) == (5, 2)
    assert {row["seq"] for row in ctl.json("history")
            if row["detail"] == "erased"} == {2, 3, 4, 6, 10}
    assert [row["seq"] for row in ctl.json("history", "d@example.com")] == \
        [9, 8]
    assert ctl("lookup", "b@example.com").endswith("<kept@example.org>\n")
    is_verified(ctl)
    assert erased(ctl, "forget", "xjane.doe@example.com") == (1, 0)
    assert erased(ctl, "forget",
                  "jane.doe@example.com.example.org") == (0, 0)
    assert holding(ctl, gone) == set()
    is_verified(ctl)


def test_the_newest_entry_takes_the_older_ones_along(ctl):
    """Nothing else would be left that keeps them from speaking again."""
    ctl("set", "b@example.com", "first@example.org", "--permanent")
    ctl("set", "b@example.com", NEW, "--for", "1h", "--replace")
    later = shifted("+2h")
    assert seqs(ctl, "forget", NEW, env=later) == [2, 3]
    assert erased(ctl, "forget", NEW, env=later) == (2, 1)
    ctl.fails(68, "lookup", "b@example.com", env=later)
    assert holding(ctl, "b@example.com", NEW, "first@") == set()


@pytest.mark.parametrize("arguments, first", [
    (("set", "b@example.com", OLD, "--permanent"), "unset b@example.com"),
    (("set", OLD, NEW, "--for", "1h"), "unset old@example.com"),
    (("set", "b@example.com", NEW, "--permanent", "--reason", f"by {OLD}"),
     "unset b@example.com"),
    (("block", OLD), "unblock old@example.com"),
])
def test_forget_refuses_what_holds(ctl, arguments, first):
    ctl(*arguments)
    for options in (), ("--dry-run",):
        ctl.fails(NOPERM, "forget", OLD, *options,
                  says=f"old@example.com can't be forgotten while entry 2, "
                  f"which names it, says what holds; `hardlinkctl {first}` "
                  "first")
    ctl(*first.split())
    erased(ctl, "forget", OLD)
    assert holding(ctl, OLD) == set()
    is_verified(ctl)


def test_forget_refuses_what_is_to_come(ctl):
    Writer(ctl).state("b@example.com", next="permanent", next_new=OLD,
                      next_effective=int(time.time()) + 60,
                      next_status="confirmed")
    ctl("block", "c@example.com", "--reason", OLD)
    ctl.fails(NOPERM, "forget", OLD, says="`hardlinkctl unset b@example.com` "
              "first (and 1 more)")
    ctl("unset", "b@example.com")
    ctl("unblock", "c@example.com")
    assert erased(ctl, "forget", OLD) == (2, 0)
    assert holding(ctl, OLD) == set()


def test_what_the_log_can_never_be_rid_of(moved):
    later = shifted("+2h")
    moved("set", "b@example.com", "c@example.org", "--for", "1h")
    moved("expire", "--reason", f"done with {OLD}", env=later)
    for options, say in ((("--dry-run",), "nothing was done"),
                         ((), "the rest is erased")):
        result = moved.run("forget", OLD, *options, env=later)
        assert result.returncode == NOPERM
        assert f"{say}, but entry 6 names the address" in result.stderr
    assert moved.json("history", OLD) == []
    # nor does the erasure itself name it
    moved.fails(DATA, "forget", OLD, "--reason", f"by {OLD.lower()}",
                says="--reason names the address")


def test_usage(moved):
    moved.fails(USAGE, "prune", says="--before is needed")
    moved.fails(USAGE, "forget", says="an argument is missing")
    moved.fails(DATA, "prune", "--before", "yesterday", says="--before: ")
    moved.fails(DATA, "forget", "nobody")
    moved.fails(USAGE, "forget", OLD, *SOON, says="takes no --before")


def test_a_tampered_index_erases_nothing(ctl):
    """It would make an erasure in order of what held."""
    ctl("set", "a@example.com", NEW, "--permanent")
    ctl("set", "b@example.com", NEW, "--permanent")
    ctl.sql("UPDATE link SET superseded_by = 3 WHERE key = 'a@example.com'")
    ctl.fails(DATA, "prune", *SOON, says="`hardlinkctl verify`")
    ctl.sql("UPDATE link SET superseded_by = NULL WHERE seq = 2;"
            "UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT),"
            "'current=permanent', 'current=temporary') AS BLOB)")
    ctl.fails(DATA, "prune", *SOON)


def test_more_than_one_entry_holds(ctl):
    for target in "first@example.org", "second@example.org":
        ctl("set", "--from", "-", "--replace", input=json_lines(*(
            {"old": f"u{number}@example.com", "new": target, "permanent": True}
            for number in range(2100))))
    assert erased(ctl, "prune", *SOON) == (2100, 0)
    assert [row["detail"] for row in ctl.json("history", "--limit", "2")] == \
        ["entries 2002-2101", "entries 2-2001"]
    assert holding(ctl, "first@example.org") == set()
    is_verified(ctl)


# --- no file holds it

def is_kept(address):
    """Most are permanent."""
    return address[3] > "2"


def scattered(ctl, count):
    """Addresses of many lengths, written in an order that splits the index's
    pages."""
    generator = random.Random(2)
    numbers = list(range(count))
    generator.shuffle(numbers)
    addresses = [f"{number:04}.{'x' * generator.randint(1, 50)}@example.com"
                 for number in numbers]
    for begin in range(0, count, 500):
        ctl("set", "--from", "-", input=json_lines(*(
            {"old": address, "new": f"moved.{address}",
             **({"permanent": True} if is_kept(address) else {"for": "1h"})}
            for address in addresses[begin:begin + 500])))
    return addresses


def test_no_page_keeps_a_copy(ctl):
    """Where pages were split, cells stay behind that SQLite's secure_delete
    doesn't reach."""
    addresses = scattered(ctl, 4000)
    assert erased(ctl, "prune", *SOON, env=shifted("+2h")) == (1200, 1200)
    with open(ctl.database, "rb") as file:
        data = file.read()
    # not even the beginning of one
    assert all((address[:6].encode() in data) == is_kept(address)
               for address in addresses)
    assert os.path.getsize(f"{ctl.database}-wal") == 0
    ctl("lookup", next(filter(is_kept, addresses)))


def test_long_payloads(ctl):
    """Those that overflow into pages of their own, too."""
    word = "Geheim"
    for number in range(20):
        ctl("set", "o@example.com", f"n{number}@example.org", "--permanent",
            "--replace", "--reason", (word + " x ") * 50)
    ctl("set", "o@example.com", "last@example.org", "--permanent", "--replace")
    assert erased(ctl, "prune", *SOON) == (20, 0)
    assert holding(ctl, word, "n1@example.org") == set()


@contextlib.contextmanager
def reader(ctl):
    """Someone who reads the state that is now."""
    with contextlib.closing(sqlite3.connect(
            f"file:{ctl.database}?mode=ro", uri=True)) as database:
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM entry").fetchone()
        yield


def test_a_reader_in_the_way(moved):
    with reader(moved):
        result = moved.run("forget", OLD)
        assert (result.returncode, result.stdout) == (TEMP, "")
        assert "repeat the command: " in result.stderr
        assert "hardlink.db-wal still holds it" in result.stderr
        assert moved.json("history", OLD) == []
    assert holding(moved, OLD) != set()
    # there is nothing left to erase, and something to do all the same
    assert erased(moved, "forget", OLD) == (0, 0)
    assert holding(moved, OLD, NEW, "Eve@") == set()
    is_verified(moved)


def test_former_stores_are_named(moved):
    moved("backup", moved.path("copy"))
    moved("set", "x@example.com", "y@example.org", "--permanent")
    moved("recover", "--from", moved.path("copy"), "--accept-loss")
    result = moved.run("forget", OLD)
    assert result.returncode == 0
    kept = sorted(name for name in os.listdir(moved.directory)
                  if ".lost-" in name)
    assert result.stderr == "".join(
        f"hardlinkctl: warning: {moved.path(name)} is a former store and may "
        "hold what was erased; remove it when it isn't needed any more\n"
        for name in kept)
    assert holding(moved, OLD) == {kept[0], "copy"}


def test_an_older_backup_brings_it_back(moved):
    """And what a new backup holds."""
    moved("backup", moved.path("before"))
    erased(moved, "forget", OLD)
    moved("backup", moved.path("after"))
    assert holding(moved, OLD) == {"before"}
    moved("recover", "--from", moved.path("before"), "--accept-loss")
    assert len(moved.json("history", OLD)) == 3
    assert moved.run("forget", OLD).returncode == 0
    for name in os.listdir(moved.directory):
        if name == "before" or ".lost-" in name:
            os.remove(moved.path(name))
    assert holding(moved, OLD) == set()
    is_verified(moved)


# --- interrupted

def test_killed_and_repeated(ctl):
    seed = int(os.environ.get("HARDLINK_SEED") or time.time_ns() % 1000000)
    print("HARDLINK_SEED =", seed)
    generator = random.Random(seed)
    addresses = scattered(ctl, 1000)
    for address in addresses[:25]:
        ctl("unset", address)
    began = time.monotonic()
    erased(ctl, "forget", addresses[0])
    longest = time.monotonic() - began
    for address in addresses[1:25]:
        process = subprocess.Popen(
            [PROGRAM, "-c", ctl.config, "forget", address],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(generator.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert ctl.run("verify").returncode == 0
        ctl("forget", address)
        assert holding(ctl, address) == set()
    is_verified(ctl)


# --- keys

def test_what_a_revoked_key_erased(moved):
    """The erase entry is said again; what was erased stays so."""
    moved("set", "a@example.com", "kept@example.org", "--permanent")   # 5
    assert erased(moved, "forget", OLD) == (3, 1)                      # 6
    kept = checkpoint(moved)
    former, _ = rotate(moved)                                          # 7
    moved("key", "revoke", former, "--trusted", kept)
    is_verified(moved)
    rows = {row["seq"]: row for row in moved.json("history")}
    assert rows[6]["detail"] == "entries 2-4; signed by a key that was revoked"
    again, = [row for row in rows.values()
              if row["action"] == "erase" and row["seq"] > 6]
    assert again["detail"] == "entries 2-4"
    assert rows[2]["detail"] == "erased"
    assert moved("lookup", "a@example.com").endswith("<kept@example.org>\n")


def test_what_a_revoked_key_signed_is_erased(moved):
    """Nothing of the disowned entries is needed any more."""
    moved("set", "a@example.com", "kept@example.org", "--permanent")   # 5
    kept = checkpoint(moved)
    former, _ = rotate(moved)
    moved("set", "b@example.com", "kept@example.org", "--permanent")
    moved("key", "revoke", former, "--trusted", kept)
    is_verified(moved)
    # 2, 3, 4 and its repetition; 5 is repeated, and that holds
    assert erased(moved, "forget", OLD) == (4, 1)
    assert erased(moved, "prune", *SOON) == (1, 0)
    assert holding(moved, OLD) == set()
    is_verified(moved)
    assert moved("lookup", "a@example.com").endswith("<kept@example.org>\n")
    # and once more, with an erasure of each of the keys
    kept = checkpoint(moved)
    former, _ = rotate(moved)
    moved("key", "revoke", former, "--trusted", kept)
    is_verified(moved)

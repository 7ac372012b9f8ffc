"""rebuild: the index and the frontier, from what the entries say."""

import contextlib
import sqlite3

import pytest

from ctl import DATA, NOT_FOUND
from writer import Writer

OLD, AWAY, GONE = "old@example.com", "away@example.com", "gone@example.com"
FIRST, SECOND = "first@example.org", "second@example.org"


@pytest.fixture(name="moved")
def fixture_moved(ctl):
    """Entries 2 and 3 of OLD, 4 of AWAY, 5 and 6 of GONE, which ended."""
    ctl("set", OLD, FIRST, "--permanent")
    ctl("set", OLD, SECOND, "--permanent", "--replace")
    ctl("set", AWAY, FIRST, "--for", "1h")
    ctl("set", GONE, FIRST, "--permanent")
    ctl("unset", GONE)
    return ctl


def target(ctl, address):
    return ctl.json("lookup", address)["target"]


def answers_rightly(ctl):
    assert target(ctl, OLD) == SECOND
    assert target(ctl, AWAY) == FIRST
    ctl.fails(NOT_FOUND, "lookup", GONE)


DAMAGES = {
    "the older row is open": (
        "UPDATE link SET superseded_by = NULL WHERE seq = 2", (0, 0, 1)),
    "superseded by another": (
        "UPDATE link SET superseded_by = 4 WHERE seq = 2", (0, 0, 1)),
    "the newest row is superseded": (
        "UPDATE link SET superseded_by = 5 WHERE seq = 3", (0, 0, 1)),
    "the older row is missing": ("DELETE FROM link WHERE seq = 2", (1, 0, 0)),
    "all rows of an address are missing": (
        f"DELETE FROM link WHERE key = '{OLD}'", (2, 0, 0)),
    "the newest is missing, and the older one open": (
        "DELETE FROM link WHERE seq = 3;"
        "UPDATE link SET superseded_by = NULL WHERE seq = 2", (1, 0, 1)),
    "an ended one revived": (
        "DELETE FROM link WHERE seq = 6;"
        "UPDATE link SET superseded_by = NULL WHERE seq = 5", (1, 0, 1)),
    "a row too many": (
        f"INSERT INTO link VALUES ('{AWAY}', 9, NULL)", (0, 1, 0)),
    "another address": (
        "INSERT INTO link VALUES ('nobody@example.com', 3, NULL)", (0, 1, 0)),
    "none at all": ("DELETE FROM link", (6, 0, 0)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_index(moved, damage):
    sql, changes = DAMAGES[damage]
    whole = moved.dump()
    moved.sql(sql)
    result = moved.run("verify")
    assert result.returncode == DATA and "index: " in result.stdout
    said = moved.json("rebuild")
    assert said == {
        "entries": 6, **dict(zip(("rows_missing", "rows_extra", "rows_wrong"),
                                 changes)),
        "unreadable": False, "frontier_wrong": False}
    assert moved.dump() == whole
    moved.is_verified()
    answers_rightly(moved)


@pytest.mark.parametrize("damage, address", [
    ("the older row is open", OLD), ("superseded by another", OLD),
    ("the newest row is superseded", OLD), ("a row too many", AWAY),
    ("another address", "nobody@example.com")])
def test_lookup_refuses_until_then(moved, damage, address):
    moved.sql(DAMAGES[damage][0])
    moved.fails(DATA, "lookup", address)
    moved("rebuild")
    answers_rightly(moved)
    moved.fails(NOT_FOUND, "lookup", "nobody@example.com")


def test_frontier(moved):
    whole = moved.dump()
    moved.sql("UPDATE head SET frontier = zeroblob(length(frontier))")
    moved.fails(DATA, "set", GONE, FIRST, "--permanent", says="frontier")
    assert moved("rebuild") == (
        "index of 6 entries: 0 rows were missing, 0 too many, 0 wrong; the "
        "tree's frontier was wrong\n")
    assert moved.dump() == whole
    moved("set", GONE, FIRST, "--permanent")
    moved.is_verified()


def test_what_is_right_stays(moved):
    whole = moved.dump()
    assert moved("rebuild") == (
        "index of 6 entries: 0 rows were missing, 0 too many, 0 wrong\n")
    assert moved.dump() == whole


@pytest.mark.parametrize("damage, says", [
    ("UPDATE entry SET signature = zeroblob(64) WHERE seq = 3",
     "entry 3: its signature is wrong"),
    ("UPDATE entry SET payload = NULL WHERE seq = 2", "entry 2: its payload"),
    ("DELETE FROM entry WHERE seq = 4", "entry 4: missing"),
    ("DELETE FROM entry WHERE seq = 6", "head: "),
    ("UPDATE head SET checkpoint = CAST(replace(checkpoint, 'time 1', "
     "'time 2') AS BLOB)", "signature is wrong"),
    ("CREATE TABLE more (x)", "database: more")])
def test_more_is_wrong(moved, damage, says):
    moved.sql(damage + ";DELETE FROM link WHERE seq = 2")
    moved.fails(DATA, "rebuild", says=says)


def test_older_than_the_mark(moved):
    """What was put back to an older state isn't made right."""
    with open(moved.path("hardlink.mark"), encoding="ascii") as file:
        mark = file.read()
    with open(moved.path("hardlink.mark"), "w", encoding="ascii") as file:
        file.write(mark.replace("size=6", "size=7"))
    moved.sql("DELETE FROM link WHERE seq = 2")
    moved.fails(DATA, "rebuild", says="older")


def test_erased_entries_have_no_row(moved):
    moved.sql("UPDATE entry SET payload = NULL WHERE seq = 2;"
              "DELETE FROM link WHERE seq = 2")
    Writer(moved).erase(2)
    moved.is_verified()
    whole = moved.dump()
    moved.sql(f"INSERT INTO link VALUES ('{OLD}', 2, 3);"
              "DELETE FROM link WHERE seq = 3")
    said = moved.json("rebuild")
    assert (said["rows_missing"], said["rows_extra"]) == (1, 1)
    assert moved.dump() == whole
    moved.is_verified()


def test_what_lies_beside_the_log_stays(moved):
    rows = ("(key, seq, mail, hash, expires, wrong) VALUES "
            f"('{AWAY}', 4, 'm', zeroblob(32), 9, 1)")
    moved.sql(f"INSERT INTO consent {rows};"
              "INSERT INTO notice (id, time) VALUES ('n', 7);"
              "DELETE FROM link WHERE seq = 3")
    moved("rebuild")
    with contextlib.closing(sqlite3.connect(moved.database)) as database:
        assert database.execute("SELECT key FROM consent").fetchall() == \
            [(AWAY,)]
        assert database.execute("SELECT id FROM notice").fetchall() == [("n",)]
    moved.is_verified()


def test_progress(moved):
    result = moved.run("rebuild", "--progress")
    assert result.returncode == 0
    assert result.stderr.startswith("100% 6/6 entries, ")

"""migrate, and what goes on with a store that isn't migrated yet."""

import contextlib
import os
import sqlite3

import pytest

from aging import SCHEMA, make_old, version
from ctl import DATA, NOPERM, TEMP

OLD, NEW = "old@example.com", "new@example.org"
SET = ["set", OLD, NEW, "--permanent"]
NOBODY = 65534


@pytest.fixture
def old(ctl):
    ctl(*SET)
    make_old(ctl.database)
    return ctl


def test_migrate(old):
    newest = len(SCHEMA)
    assert old.json("migrate") == {
        "store": f"sqlite:{old.database}", "old_version": 1,
        "new_version": newest}
    assert version(old.database) == newest
    old.is_verified()
    assert old("lookup", OLD).startswith("557 ")
    old("unset", OLD)
    assert old("migrate") == \
        f"sqlite:{old.database}: has schema version {newest}\n"


def test_read_before_it_is_migrated(old, tmp_path):
    before = old.dump()
    assert old("lookup", OLD).startswith("557 ")
    for command in ["show", OLD], ["list"], ["history"], ["checkpoint"]:
        assert old(*command)
    old.is_verified()
    old("backup", str(tmp_path / "copy"))
    assert version(tmp_path / "copy") == version(old.database) == 1
    assert old.dump() == before


def test_a_write_migrates(old):
    old("unset", OLD)
    assert version(old.database) == len(SCHEMA)
    old.is_verified()


def assert_usable(old):
    assert version(old.database) == 1
    assert old("lookup", OLD).startswith("557 ")
    old.is_verified()


def test_what_is_in_the_way_of_the_schema(old):
    """Found before anything is done, and the store is as it was."""
    old.sql("CREATE TABLE consent (x)")
    old.fails(DATA, "migrate", says="consent: is not part of this schema")
    assert version(old.database) == 1
    old.sql("DROP TABLE consent")
    assert_usable(old)
    old("migrate")


def test_damaged_store(old):
    old.sql("UPDATE head SET checkpoint = zeroblob(200)")
    old.fails(DATA, "migrate", says="checkpoint")
    assert version(old.database) == 1


def test_locked_store(old):
    with contextlib.closing(sqlite3.connect(old.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        old.fails(TEMP, "migrate", says="lock")
        assert_usable(old)
    assert old("migrate")


def test_without_the_right_to_write(old, tmp_path):
    for path in (old.directory, tmp_path):
        os.chmod(path, 0o755)
    assert old("lookup", OLD)
    for name in "hardlink.db", "hardlink.db-wal", "hardlink.db-shm", \
            "hardlink.mark":
        if os.path.exists(old.path(name)):
            os.chmod(old.path(name), 0o644)
    old.fails(NOPERM, "migrate", user=NOBODY)
    assert_usable(old)


def test_full_disk(old):
    result = old.shell("""
        cp -a "$DIR" "$DIR.full"
        mount -t tmpfs -o size=2m tmpfs "$DIR"
        cp -a "$DIR.full/." "$DIR"
        HARDLINK_CONFIG=$DIR/hardlink.conf "$CTL" lookup old@example.com
        cat /dev/zero >"$DIR/filler" 2>/dev/null
        "$CTL" migrate; echo "status $?"
        "$CTL" lookup old@example.com
        rm "$DIR/filler"
        "$CTL" -f tab migrate && "$CTL" verify
        """)
    lines = result.stdout.splitlines()
    assert [line[:6] for line in lines[:3]] == ["557 5.", "status", "557 5."]
    assert lines[1] == f"status {TEMP}"
    assert lines[-2].endswith(f"\t1\t{len(SCHEMA)}")
    assert lines[-1].endswith(": verified")
    assert "no space left" in result.stderr

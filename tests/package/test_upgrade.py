"""Packages of an earlier version with a store of the first schema."""

import contextlib
import sqlite3
import subprocess

import pytest

import packages
from administrator import OLD, REPLY, SET, dovecot, include, rcpt
from aging import SCHEMA, make_old, version

STORE = "/var/lib/hardlink/hardlink.db"


@pytest.fixture(scope="session")
def aged(grow, older):
    tree = grow(older)
    tree("hardlinkctl", "init")
    tree(*SET)
    make_old(str(tree.path(STORE)))
    include(tree, "lmtp")
    return tree.freeze()


@pytest.fixture
def old_site(start_tree, aged):
    return start_tree(aged)


def upgrade(tree):
    said = packages.install(tree, map(packages.built, packages.NAMES))
    states = tree("dpkg-query", "-W", "-f",
                  "${db:Status-Abbrev}${Version}\n", *packages.NAMES)
    assert states.split("\n")[:-1] == \
        [f"ii {packages.version()}"] * len(packages.NAMES)
    return said


def test_upgrade(old_site):
    owners = old_site("stat", "-c", "%n %U:%G %a", STORE, "/var/lib/hardlink",
                      "/etc/hardlink/private/signing.key")
    assert version(old_site.path(STORE)) == 1
    said = upgrade(old_site)
    # what restarts it, and so hardlinkd
    assert "triggers for dovecot-core" in said
    assert f"brought up to schema version {len(SCHEMA)}" in said
    assert version(old_site.path(STORE)) == len(SCHEMA)
    assert old_site("stat", "-c", "%n %U:%G %a", STORE, "/var/lib/hardlink",
                    "/etc/hardlink/private/signing.key") == owners
    assert old_site("hardlinkctl", "verify").endswith(": verified\n")
    with dovecot(old_site) as lmtp:
        assert rcpt(lmtp, OLD) == REPLY
    old_site("hardlinkctl", "unset", OLD, user="hardlinkd")


@contextlib.contextmanager
def locked(tree):
    with contextlib.closing(sqlite3.connect(tree.path(STORE))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextlib.contextmanager
def full(tree):
    directory = str(tree.path("/var/lib/hardlink"))
    kept = tree.path("/tmp/kept")
    subprocess.run(["cp", "-a", directory, kept], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory],
                   check=True)
    subprocess.run(["cp", "-a", f"{kept}/.", directory], check=True)
    # -wal and -shm are there, as in any store that is in use
    tree("hardlinkctl", "list")
    subprocess.run(f"cat /dev/zero >{directory}/filler", shell=True, check=False,
                   stderr=subprocess.DEVNULL)
    yield
    tree("rm", "/var/lib/hardlink/filler")


@contextlib.contextmanager
def spoiled(tree):
    with contextlib.closing(sqlite3.connect(tree.path(STORE))) as other:
        other.execute("CREATE TABLE consent (planted)")
    yield
    with contextlib.closing(sqlite3.connect(tree.path(STORE))) as other:
        other.execute("DROP TABLE consent")


@pytest.mark.parametrize("fault, word", [
    (locked, "lock"), (full, "no space left"), (spoiled, "consent")])
def test_failed_migration(old_site, fault, word):
    """The upgrade says so and goes on; senders are answered from the store as it
    was, by the new programs."""
    with fault(old_site):
        said = upgrade(old_site)
        assert word in said
        assert "the store stays as it was" in said
        assert version(old_site.path(STORE)) == 1
        with dovecot(old_site) as lmtp:
            assert rcpt(lmtp, OLD) == REPLY
    old_site("hardlinkctl", "migrate")
    old_site("hardlinkctl", "unset", OLD)
    assert old_site("hardlinkctl", "verify").endswith(": verified\n")

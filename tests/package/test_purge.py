"""What a purge leaves is what it says."""

import re

import packages
from administrator import OLD, REPLY, SET, dovecot, include, rcpt

USERS = {"etc/passwd", "etc/passwd-", "etc/group", "etc/group-", "etc/shadow",
         "etc/shadow-", "etc/gshadow", "etc/gshadow-", "etc/subuid",
         "etc/subuid-", "etc/subgid", "etc/subgid-"}


def changed(before, after):
    return {path for path in before.keys() | after.keys()
            if before.get(path) != after.get(path)} - USERS


def purge(tree):
    return tree("dpkg", "--purge", *packages.NAMES)


def test_purge_of_what_was_never_used(start_tree, ready):
    tree = start_tree(ready)
    before = tree.files()
    packages.install(tree, map(packages.built, packages.NAMES))
    assert "usr/bin/hardlinkctl" in changed(before, tree.files())
    said = purge(tree)
    assert changed(before, tree.files()) == set()
    assert "the users hardlink and hardlinkd are kept" in said
    assert "rm -r" not in said


def test_purge_of_a_site(start_tree, ready):
    tree = start_tree(ready)
    # systemd's, which isn't here
    tree("mkdir", "-p", "/var/lib/systemd/timers")
    before = tree.files()
    packages.install(tree, map(packages.built, packages.NAMES))
    tree("hardlinkctl", "init")
    tree(*SET)
    include(tree, "lmtp")
    with dovecot(tree) as lmtp:
        assert rcpt(lmtp, OLD) == REPLY
    tree("rm", "/etc/dovecot/local.conf")
    tree("install", "-d", "-o", "hardlink", "/run/hardlink")
    tree("touch", "/var/lib/systemd/timers/stamp-hardlink-expire.timer")
    said = purge(tree)
    assert not tree.path("/run/hardlink").exists()
    left = {path for path in changed(before, tree.files())
            if not path.startswith(("var/lib/dovecot", "etc/dovecot"))}
    key, = tree.path("/etc/hardlink/keys").iterdir()
    assert left == {
        "etc/hardlink", "etc/hardlink/keys", f"etc/hardlink/keys/{key.name}",
        "etc/hardlink/private", "etc/hardlink/private/signing.key",
        "var/lib/hardlink", "var/lib/hardlink/hardlink.db",
        "var/lib/hardlink/hardlink.db-shm", "var/lib/hardlink/hardlink.db-wal",
        "var/lib/hardlink/hardlink.mark"}
    # and what it says removes the rest
    command = re.search(r"^ *(rm -r /.*)$", said, re.M).group(1)
    tree(*command.split())
    assert {path for path in changed(before, tree.files())
            if not path.startswith(("var/lib/dovecot", "etc/dovecot"))} == set()


def test_what_is_left_is_taken_up_again(tree):
    tree("hardlinkctl", "init")
    tree(*SET)
    assert "an empty\n/etc/hardlink/hardlink.conf takes them up" in purge(tree)
    packages.install(tree, map(packages.built, packages.NAMES))
    tree("touch", "/etc/hardlink/hardlink.conf")
    assert tree("hardlinkctl", "lookup", OLD) == REPLY + "\n"
    tree("hardlinkctl", "unset", OLD, user="hardlinkd")

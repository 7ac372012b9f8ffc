"""Configuration, keys, store, time: each planted fault gives its own line."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time

import pytest

from aging import make_old
from ctl import shifted
from dovecot import MAIL_UID
from hardlinks import Hardlinks
from harness import PREFIX
from site_of_all import content_of, mode_of, owner_of


@pytest.fixture(autouse=True)
def mended(site):
    """Whatever a test planted, it must be gone afterwards."""
    yield
    site.is_green()


def key(site):
    return site.path("etc/private/signing.key")


def test_unknown_setting(site):
    with site.configured(stor="x"):
        site.finds("config", "hardlink.conf", "stor", mend="hardlink.conf(5)")


def test_configuration_of_another_user(site):
    with owner_of(site.hardlinks.config, MAIL_UID):
        site.finds("config", f"belongs to user {MAIL_UID}", mend="chown root")


def test_configuration_writable(site):
    with mode_of(site.hardlinks.config, 0o666):
        site.finds("config", "may write to it")


def test_no_configuration(site):
    with content_of(site.hardlinks.config, None):
        site.finds("config", "No such file", mend="hardlinkctl init")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_signing_key_readable(site, mode):
    with mode_of(key(site), mode):
        site.finds("signing-key", f"mode {mode:04o}", mend="chmod 600")


def test_signing_key_of_a_mail_user(site):
    with owner_of(key(site), MAIL_UID):
        site.finds("signing-key", f"belongs to user {MAIL_UID}")


def test_no_signing_key(site):
    with content_of(key(site), None):
        site.finds("signing-key", "No such file")


def test_foreign_signing_key(site):
    with tempfile.TemporaryDirectory() as directory:
        other = Hardlinks(directory + "/other", PREFIX)
        with open(other.path("private/signing.key"), "rb") as file:
            foreign = file.read()
    with content_of(key(site), foreign):
        site.finds("signing-key", "which the keyring doesn't have")


def test_retired_signing_key(site):
    """An older copy of the key came back."""
    with open(key(site), "rb") as file:
        former = file.read()
    site.hardlinks.ctl("key", "rotate")
    with content_of(key(site), former):
        site.finds("signing-key", "which the keyring calls retired",
                   mend="key rotate")


def test_no_keyring(site):
    keys = site.path("etc/keys")
    with content_of(keys, None):
        site.finds("keyring", "No such file")


def test_keyring_that_others_write_to(site):
    with mode_of(site.path("etc/keys"), 0o777):
        rows = site.rows()
    assert {(row["check"], row["result"]) for row in site.wrong(rows)} == \
        {("keyring", "error")}


def test_malformed_key(site):
    path = site.path("etc/keys/0123.pub")
    with open(path, "w", encoding="ascii") as file:
        file.write("nothing\n")
    try:
        site.finds("keyring", "0123.pub")
    finally:
        os.unlink(path)


def test_closed_keyring(site):
    with mode_of(site.path("etc/keys"), 0o700):
        site.finds("keyring", "can't be read by every user", result="warning",
                   mend="chmod 755")


def test_forgotten_key(site):
    site.hardlinks.ctl("key", "generate")
    path = key(site) + ".next"
    site.is_green()
    past = time.time() - 30 * 24 * 3600
    os.utime(path, (past, past))
    try:
        site.finds("next-key", "generated 30 days ago", result="warning",
                   mend="key rotate")
    finally:
        os.unlink(path)


def test_directory_that_others_write_to(site):
    with mode_of(site.directory, 0o777):
        rows = site.wrong(site.rows())
    assert {(row["check"], row["result"]) for row in rows} == \
        {("directories", "error")}
    assert site.directory in rows[0]["what"]


def test_no_store(site):
    store = site.hardlinks.store
    with content_of(store, None), content_of(store + "-wal", None), \
            content_of(store + "-shm", None):
        site.finds("store", "no such store", mend="hardlinkctl init")


@contextlib.contextmanager
def store_version(site, version):
    with contextlib.closing(sqlite3.connect(site.hardlinks.store)) as database:
        (before,) = database.execute("PRAGMA user_version").fetchone()
        database.execute(f"PRAGMA user_version = {before + version}")
        database.commit()
    try:
        yield
    finally:
        with contextlib.closing(sqlite3.connect(site.hardlinks.store)) \
                as database:
            database.execute(f"PRAGMA user_version = {before}")
            database.commit()


def test_older_store(site):
    make_old(site.hardlinks.store)
    try:
        site.finds("store", "has schema version 1", "this program makes",
                   mend="hardlinkctl migrate")
    finally:
        site.hardlinks.ctl("migrate")


def test_newer_store(site):
    with store_version(site, 1):
        site.finds("store", "upgrade this program")


@contextlib.contextmanager
def store_mode(site, mode):
    """SQLite makes -wal and -shm with the database's mode, if they have to be
    made just then."""
    with mode_of(site.hardlinks.store, mode):
        yield
    for suffix in "-wal", "-shm":
        with contextlib.suppress(FileNotFoundError):
            os.chmod(site.hardlinks.store + suffix, 0o640)


def test_store_readable_for_all(site):
    with store_mode(site, 0o644):
        site.finds("store-files", "hardlink.db has mode 0644",
                   mend="chmod o-rwx")


def test_store_writable_for_its_readers(site):
    with store_mode(site, 0o660):
        site.finds("store-files", "mode 0660", mend="chmod g-w")


@pytest.mark.parametrize("name", ["-wal", "-shm", ".mark"])
def test_file_of_another_owner(site, name):
    path = (site.hardlinks.store.removesuffix(".db") if name == ".mark"
            else site.hardlinks.store) + name
    with owner_of(path, MAIL_UID):
        site.finds("store-files", path, "another user or group")


def test_store_that_hardlinkd_cannot_write_to(site):
    with contextlib.ExitStack() as stack:
        for name in os.listdir(site.path("var")):
            stack.enter_context(owner_of(site.path(f"var/{name}"), 0))
        site.finds("store-files", "hardlinkd runs as backup",
                   mend="chown -R")


def mark_size(site):
    with open(site.path("var/hardlink.mark"), encoding="ascii") as file:
        return int(re.search(r"^size=([0-9]+)$", file.read(), re.M)[1])


def wait_for_mark(site):
    """hardlinkd raises it a moment later."""
    entries = json.loads(site.hardlinks.ctl("checkpoint", "-f", "json").stdout)
    deadline = time.monotonic() + 20
    while mark_size(site) < entries["entries"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def store_kept(site):
    """Store and mark come back afterwards."""
    wait_for_mark(site)
    store, mark = site.hardlinks.store, site.path("var/hardlink.mark")
    copy, status = site.path("before.db"), os.stat(store)
    site.hardlinks.copy(copy)
    os.chown(copy, status.st_uid, status.st_gid)
    shutil.copy2(mark, site.path("before.mark"))
    try:
        yield copy
    finally:
        site.hardlinks.put_back(copy)
        shutil.copy2(site.path("before.mark"), mark + ".new")
        os.chown(mark + ".new", status.st_uid, status.st_gid)
        os.rename(mark + ".new", mark)
        # -wal and -shm come with the first who opens it
        site.hardlinks.ctl("checkpoint", check=False)


@contextlib.contextmanager
def changed_store(site, *statements):
    with store_kept(site):
        with contextlib.closing(sqlite3.connect(site.hardlinks.store)) \
                as database:
            database.create_function(
                "flip", 1, lambda blob: blob[:-9] + bytes([blob[-9] ^ 1]) +
                blob[-8:])
            for statement in statements:
                database.execute(statement)
            database.commit()
        yield


def test_store_put_back(site):
    with store_kept(site) as copy:
        site.hardlinks.set_permanent("alice@example.org", "a@example.com")
        wait_for_mark(site)
        site.hardlinks.put_back(copy)
        site.finds("mark", "older than it was", mend="recover")


def test_no_mark(site):
    with content_of(site.path("var/hardlink.mark"), None):
        site.finds("mark", "hardlink.mark", "No such file",
                   mend="hardlinkctl verify")


def test_forged_head(site):
    with changed_store(site, "UPDATE head SET checkpoint = flip(checkpoint)"):
        site.finds("head", "checkpoint", mend="recover --from")


def test_lost_tail(site):
    table, _ = site.hardlinks.signature_column()
    with changed_store(site, f"DELETE FROM {table} WHERE seq = "
                       f"(SELECT max(seq) FROM {table})"):
        site.finds("head", "its head says")


def test_forged_entries(site):
    with store_kept(site):
        site.hardlinks.forge_signatures()
        site.finds("entries", "of what was looked at", "signature",
                   mend="hardlinkctl verify")


def test_clock(site):
    """The newest entry is of the day after tomorrow."""
    with store_kept(site):
        subprocess.run(
            [site.hardlinks.hardlinkctl, "-c", site.hardlinks.config,
             "--accept-clock", "set", "alice@example.org", "a@example.com",
             "--permanent"], check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, **shifted("+2d")})
        rows = site.rows()
    clock = [row for row in rows if row["check"] == "clock"]
    assert [row["result"] for row in clock] == ["error"]
    assert "nothing can be written" in clock[0]["what"]
    assert site.wrong(rows) == []


def test_no_timer(site):
    site.finds("timer", "nothing runs `hardlinkctl expire`", result="warning",
               mend="hardlink-expire.timer", cron=False)


def test_no_space(site):
    """The store on a file system of four megabytes."""
    script = ('cp -a "$1" "$1.copy"; mount -t tmpfs -o size=4m,mode=2750 '
              'tmpfs "$1"; chown --reference="$1.copy" "$1"; '
              'cp -a "$1.copy/." "$1"; rm -r "$1.copy"; shift; exec "$@"')
    command = ["sh", "-euc", script, "sh", site.path("var")]

    class Inside:
        """Mounts that, and then what the site's own do."""

        @staticmethod
        def wrap(rest):
            return site.modules.wrap([*command, *rest])

    rows = site.rows(modules=Inside)
    assert [row["check"] for row in site.wrong(rows)] == ["space"], rows
    assert ("file-system", "warning") in {(row["check"], row["result"])
                                          for row in rows}
    assert not os.path.exists(site.path("var.copy"))

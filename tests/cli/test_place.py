"""Configuration, keys, disks, clock: trouble with what lies around."""

import contextlib
import os
import sqlite3
import subprocess

import pytest

from ctl import (CONFIG, DATA, NOPERM, NOT_FOUND, OK, TEMP, USAGE, Ctl, PROGRAM,
                 shifted)

OLD, NEW = "old@example.com", "new@example.org"
SET = ["set", OLD, NEW, "--permanent"]
NOBODY = 65534
READERS = [["lookup", OLD], ["show", OLD], ["list"], ["history"],
           ["history", OLD], ["checkpoint"]]


def one_line(result, code, says):
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("hardlinkctl: ")
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


@pytest.mark.parametrize("line, says", [
    ("colour = red", "colour"), ("store", "no `=`"),
    ("on_error = maybe", "on_error"), ("store = pgsql:x", "pgsql"),
    ("timezone = Mars/Olympus", "Mars"), ("lmtp = reply # comment", "comment"),
    ("lmtp = reply\nlmtp = reply", "already"), ("lmtp = \0", "NUL"),
    ("x" * 5000, "4096"), ("hold = forever", "forever"),
    ("keyring = relative", "absolute")])
def test_malformed_configuration_names_file_and_line(ctl, line, says):
    with open(ctl.config, encoding="utf-8") as file:
        text = file.read()
    number = text.count("\n") + 1 + line.count("\n")
    if line.startswith(("store", "keyring")):
        name = line.split(" ")[0]
        text = "".join(kept for kept in text.splitlines(True)
                       if not kept.startswith(name))
        number -= 1
    with open(ctl.config, "w", encoding="utf-8") as file:
        file.write(text + line + "\n")
    for command in (SET, *READERS, ["verify"], ["expire"]):
        ctl.fails(CONFIG, *command, says=f"{ctl.config}:{number}: ")
        ctl.fails(CONFIG, *command, says=says)


def test_unreadable_configuration(ctl, tmp_path):
    ctl.fails(CONFIG, "-c", str(tmp_path / "none.conf"), "list", says="none.conf")
    ctl.fails(CONFIG, "-c", str(tmp_path), "list", says=str(tmp_path))
    ctl.fails(CONFIG, "-c", "", "list")
    os.chmod(ctl.config, 0o666)
    ctl.fails(CONFIG, "list", says="chmod")
    os.chmod(ctl.config, 0o600)
    open_to_all(ctl, tmp_path)
    ctl.fails(NOPERM, "list", user=NOBODY, says="Permission denied")


def open_to_all(ctl, tmp_path):
    """Lets others reach the store's directory; pytest's own are private."""
    for path in (ctl.directory, tmp_path, *list(tmp_path.parents)[:2]):
        os.chmod(path, 0o755)


def test_not_root(ctl, tmp_path):
    ctl(*SET)
    open_to_all(ctl, tmp_path)
    ctl.fails(NOPERM, *SET, "--replace", user=NOBODY)
    ctl.fails(NOPERM, "lookup", OLD, user=NOBODY)
    for suffix in "", "-wal", "-shm":
        os.chmod(ctl.database + suffix, 0o644)
    os.chmod(ctl.path("hardlink.mark"), 0o644)
    assert ctl("lookup", OLD, user=NOBODY).startswith("557 ")
    ctl.fails(NOPERM, "unset", OLD, user=NOBODY, says="signing key")
    with contextlib.closing(sqlite3.connect(ctl.database)) as reader:
        reader.execute("SELECT * FROM entry").fetchall()
        os.chmod(ctl.database + "-shm", 0o600)
        ctl.fails(TEMP, "lookup", OLD, user=NOBODY, says="Permission denied")
    # that reader was the last one, and took -wal and -shm away
    one_line(ctl.run("lookup", OLD, user=NOBODY), TEMP, "`hardlinkctl list`")
    ctl("list")
    assert ctl("lookup", OLD, user=NOBODY).startswith("557 ")


def test_missing_signing_key(ctl):
    os.unlink(ctl.key)
    ctl.fails(CONFIG, *SET, says=ctl.key)
    assert ctl("list")


def test_signing_key_of_hardlinkds_user(ctl):
    """Root works beside it."""
    os.chown(ctl.key, NOBODY, 0)
    ctl(*SET)
    ctl.is_verified()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_signing_key_that_others_can_read(ctl, mode):
    os.chmod(ctl.key, mode)
    ctl.fails(CONFIG, *SET, says=ctl.key)


def test_malformed_signing_key(ctl):
    with open(ctl.key, "a", encoding="utf-8") as file:
        file.write("\n")
    ctl.fails(CONFIG, *SET, says=ctl.key)


def test_signing_key_that_nobody_trusts(ctl, tmp_path):
    other = Ctl(tmp_path / "other").init()
    os.replace(other.key, ctl.key)
    ctl.fails(CONFIG, *SET, says="isn't in the keyring")


def test_keyring(ctl):
    name, = os.listdir(ctl.path("keys"))
    path = ctl.path(f"keys/{name}")
    ctl(*SET)
    os.chmod(path, 0o666)
    for command in (*READERS, ["verify"], SET):
        ctl.fails(CONFIG, *command, says=name)
    os.unlink(path)
    for command in (*READERS, ["verify"], SET):
        ctl.fails(CONFIG, *command, says="keyring")


def test_missing_or_foreign_store(ctl):
    for suffix in "", "-wal", "-shm":
        os.unlink(ctl.database + suffix)
    for command in (*READERS, ["verify"], SET):
        one_line(ctl.run(*command), CONFIG, "hardlinkctl init")
    with open(ctl.database, "wb") as file:
        file.write(b"no database " * 1000)
    for command in (*READERS, ["verify"], SET):
        ctl.fails(DATA, *command, says=ctl.database)
    os.unlink(ctl.database)
    ctl.sql("CREATE TABLE x (y)")
    ctl.fails(DATA, *SET, says="not a store")


def test_missing_mark(ctl):
    ctl(*SET)
    os.unlink(ctl.path("hardlink.mark"))
    for command in (*READERS, SET):
        ctl.fails(DATA, *command, says="mark")


def test_store_of_a_newer_version(ctl):
    ctl(*SET)
    ctl.sql("PRAGMA user_version = 99")
    for command in (*READERS, ["verify"], ["backup", ctl.path("b")],
                    ["unset", OLD], ["expire"]):
        ctl.fails(CONFIG, *command, says="99")


def test_forged_entry(ctl):
    ctl(*SET)
    ctl.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 2")
    for command in (READERS[:5] + [["unset", OLD]]):
        ctl.fails(DATA, *command, says="entry 2")


def test_clock_set_back(ctl):
    ctl(*SET)
    ctl.fails(TEMP, "unset", OLD, env=shifted("-1h"), says="clock")
    ctl.fails(TEMP, "unset", OLD, "--accept-clock", env=shifted("-1h"))
    assert ctl("lookup", OLD, env=shifted("-1h")).startswith("557 ")
    # that is a clock being set right
    ctl("unset", OLD, env=shifted("-2m"))
    ctl.is_verified()


def test_clock_far_ahead(ctl):
    ctl(*SET)
    ctl.fails(TEMP, "unset", OLD, env=shifted("+400d"), says="--accept-clock")
    ctl("unset", OLD, "--accept-clock", env=shifted("+400d"))


def test_clock_set_back_revives_nothing(ctl):
    ctl("set", OLD, NEW, "--for", "1h")
    ctl("expire", env=shifted("+2h"))
    ctl.fails(NOT_FOUND, "lookup", OLD)


def test_busy(ctl):
    """Another writer that doesn't end; readers go on."""
    ctl("set", OLD, NEW, "--permanent")
    writer = sqlite3.connect(ctl.database, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    result = ctl.run("unset", OLD)
    one_line(result, TEMP, "busy")
    assert ctl("lookup", OLD)
    writer.execute("ROLLBACK")
    writer.close()
    ctl("unset", OLD)


def test_read_only_disk(ctl):
    ctl(*SET)
    before = ctl.dump()
    readonly = 'mount --bind "$DIR" "$DIR" && ' \
        'mount -o remount,bind,ro "$DIR" && '
    for command in (f"unset {OLD}", f"extend {OLD} --for 1d",
                    f"set x@example.com {NEW} --permanent"):
        one_line(ctl.shell(f'{readonly} "$CTL" {command}'), TEMP, "read-only")
    result = ctl.shell(f'{readonly} "$CTL" lookup {OLD} && "$CTL" verify')
    assert result.returncode == 0, result.stderr
    one_line(ctl.shell(f'{readonly} "$CTL" init --dir "$DIR/new"'), TEMP,
             "Read-only")
    assert ctl.dump() == before


def test_full_disk(tmp_path):
    """The small tmpfs lives no longer than this shell."""
    ctl = Ctl(tmp_path / "hardlink")
    os.mkdir(ctl.directory)
    script = f'''
        exec 3>&1 1>&2
        mount -t tmpfs -o size=512k tmpfs "$DIR" && cd "$DIR" || exit 99
        "$CTL" init --dir "$DIR/s" >/dev/null || exit 98
        HARDLINK_CONFIG=$DIR/s/hardlink.conf
        "$CTL" set {OLD} {NEW} --permanent >/dev/null || exit 97
        "$CTL" history -f tab >before
        "$CTL" checkpoint >>before
        cat /dev/zero >fill 2>/dev/null
        "$CTL" set --from "$LINKS" >out
        echo "code $?" >&3
        [ ! -s out ] || exit 95
        "$CTL" init --dir "$DIR/s2" 2>/dev/null
        echo "code $?" >&3
        [ ! -e "$DIR/s2" ] || exit 94
        "$CTL" backup "$DIR/s3" 2>/dev/null
        echo "code $?" >&3
        [ ! -e "$DIR/s3" ] || exit 93
        rm fill
        ("$CTL" history -f tab; "$CTL" checkpoint) | cmp - before || exit 96
        "$CTL" verify >/dev/null || exit 92
        "$CTL" set x@example.com {NEW} --permanent >/dev/null || exit 91
    '''
    links = tmp_path / "links"
    links.write_text("".join(
        f'{{"old":"u{number}@example.com","new":"{NEW}","for":"1d"}}\n'
        for number in range(1000)))
    result = ctl.shell(script, LINKS=str(links))
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"code {TEMP}\n" * 3
    assert result.stderr.startswith("hardlinkctl: ")
    assert result.stderr.count("\n") == 1


def test_standard_output_that_takes_nothing(ctl):
    ctl(*SET)
    for command in READERS + [["verify"], ["--help"], ["--version"]]:
        with open("/dev/full", "w", encoding="utf-8") as full:
            ctl.fails(TEMP, *command, stdout=full, says="standard output")
    one_line(ctl.shell('"$CTL" list >&-'), TEMP, "standard output")
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = ctl.run("unset", OLD, stdout=full)
    assert result.returncode == TEMP
    assert "the change is made, but standard output" in result.stderr
    ctl.fails(NOT_FOUND, "show", OLD)


def test_a_reader_that_goes_away(ctl):
    ctl(*SET)
    for _ in range(20):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            ctl.fails(TEMP, "list", stdout=writing, says="standard output")
        finally:
            os.close(writing)


def test_closed_standard_files_do_not_reach_the_store(ctl):
    for closed in "<&-", ">&-", "2>&-", "<&- >&- 2>&-":
        ctl.shell(f'"$CTL" set {OLD} {NEW} --permanent --replace {closed}')
        ctl.shell(f'"$CTL" frobnicate {closed}')
        ctl.is_verified()


def test_environment_names_the_configuration(ctl):
    environment = ctl.environment(HARDLINK_CONFIG=ctl.config)
    assert subprocess.run([PROGRAM, "list"], env=environment,
                          stdout=subprocess.DEVNULL, check=False) \
        .returncode == OK
    assert ctl.run("-c", ctl.path("none"), "list").returncode == CONFIG
    ctl.fails(USAGE, "init", "-c", "x", "--dir", "y")


def test_a_place_too_long_for_sockets(tmp_path):
    """Nobody can listen there: hardlinkctl does all itself."""
    ctl = Ctl(tmp_path / ("x" * 120)).init()
    assert ctl("set", OLD, NEW, "--permanent") == \
        f"{OLD}: permanent, to {NEW}\n"
    assert ctl("unset", OLD).startswith(f"{OLD}: no hard-link")
    ctl.is_verified()

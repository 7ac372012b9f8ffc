"""init, verify, checkpoint, backup, recover."""

import json
import os
import shutil
import sqlite3
import stat

import pytest

from ctl import CONFIG, DATA, NOPERM, Ctl, dump, masked

OLD, NEW = "old@example.com", "new@example.org"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def tree(path):
    return sorted(os.path.join(directory, name) for directory, names, files
                  in os.walk(path) for name in names + files)


def test_init(tmp_path):
    ctl = Ctl(tmp_path / "hardlink")
    said = ctl.json("init", "--dir", ctl.directory)
    real = os.path.realpath(ctl.directory)
    assert said == {
        "configuration": f"{ctl.directory}/hardlink.conf",
        "store": f"sqlite:{real}/hardlink.db", "keyring": f"{real}/keys",
        "signing_key": f"{real}/private/signing.key",
        "mark": f"{real}/hardlink.mark", "key_id": said["key_id"]}
    assert os.listdir(ctl.path("keys")) == [said["key_id"] + ".pub"]
    assert mode(ctl.directory) == 0o750
    assert mode(ctl.config) == 0o644
    assert mode(ctl.path("private")) == 0o700
    assert mode(ctl.key) == 0o600
    assert mode(ctl.database) == 0o640
    ctl.is_verified()


def test_init_gives_what_root_makes_to_the_owner_of_the_directory(tmp_path):
    """So that hardlinkd's user writes where an administrator's package or
    script made the directories."""
    ctl = Ctl(tmp_path / "hardlink")
    os.makedirs(ctl.path("private"), 0o700)
    os.chown(ctl.path("private"), 4711, 4712)
    os.chown(ctl.directory, 4711, 4713)
    ctl.init()
    owners = {name: (os.stat(ctl.path(name)).st_uid,
                     os.stat(ctl.path(name)).st_gid)
              for name in ("private/signing.key", "hardlink.db",
                           "hardlink.db-wal", "hardlink.mark", "keys",
                           "hardlink.conf")}
    assert owners == {
        "private/signing.key": (4711, 4712), "hardlink.db": (4711, 4713),
        "hardlink.db-wal": (4711, 4713), "hardlink.mark": (4711, 4713),
        "keys": (0, 0), "hardlink.conf": (0, 0)}
    ctl.is_verified()


def test_init_formats(tmp_path):
    assert masked(Ctl(tmp_path / "a").run(
        "init", "--dir", str(tmp_path / "a")).stdout).splitlines()[-1] == \
        "key_id:        " + "#" * 32
    said = Ctl(tmp_path / "b")("init", "-f", "tab", "--dir", str(tmp_path / "b"))
    assert said.startswith("configuration\tstore\tkeyring\tsigning_key\tmark\t"
                           "key_id\n")


def test_init_writes_every_key_with_its_default(ctl, tmp_path):
    """A configuration of the defaults alone, taken out of comments, reads."""
    with open(ctl.config, encoding="utf-8") as file:
        lines = file.read().splitlines()
    keys = [line.lstrip("#").split(" = ")[0] for line in lines if " = " in line]
    assert keys == ["store", "keyring", "signing_key", "mark", "filter_dir",
                    "on_error",
                    "lmtp", "submission", "confirm_target", "hold", "timezone",
                    "recipient_delimiter", "max_temporary",
                    "protected_localparts", "grace", "notice",
                    "notice_before", "sendmail",
                    "submission_host", "mail_from", "service_socket",
                    "admin_socket", "milter_socket",
                    "milter_socket_mode", "query_socket", "query_socket_mode",
                    "status_socket", "authenticated", "whole_domains",
                    "redirect_rate"]
    plain = tmp_path / "plain.conf"
    plain.write_text("\n".join(line[1:] if line.startswith("#") and
                               not line.startswith("# ") else line
                               for line in lines))
    assert ctl("-c", str(plain), "list")


def test_init_overwrites_nothing(ctl, tmp_path):
    def content():
        return [(path, open(path, "rb").read() if os.path.isfile(path) else 0)
                for path in tree(ctl.directory)]

    before = content()
    ctl.fails(NOPERM, "init", "--dir", ctl.directory, says=ctl.config)
    ctl.fails(NOPERM, "init", "-c", ctl.config, says=ctl.key)
    assert content() == before
    for name in ("hardlink.conf", "hardlink.db", "hardlink.mark",
                 "keys/x.pub", "private/signing.key"):
        directory = tmp_path / name.replace("/", "-")
        path = directory / name
        path.parent.mkdir(parents=True)
        path.write_text("mine")
        one = Ctl(directory)
        found = tree(directory)
        result = one.run("init", "--dir", str(directory))
        assert (result.returncode, result.stdout) == (NOPERM, "")
        assert result.stderr.count("\n") == 1
        assert name.split("/")[-1] in result.stderr
        assert tree(directory) == found and path.read_text() == "mine"


def test_init_that_fails_leaves_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    ctl = Ctl(tmp_path / "new")
    before = tree(tmp_path)
    for directory in (blocked, blocked / "sub", "", tmp_path / "a\nb",
                      tmp_path / "a #b", "/proc/none"):
        result = ctl.run("init", "--dir", str(directory))
        assert result.returncode in (DATA, CONFIG, NOPERM), result.stderr
        assert (result.stdout, result.stderr.count("\n")) == ("", 1)
        assert tree(tmp_path) == before
    # deep ones are made, and removed again as far as they were
    result = ctl.run("init", "--dir", str(tmp_path / "a/b/c #d/e"))
    assert result.returncode == CONFIG
    assert tree(tmp_path) == before


def test_init_at_the_places_of_a_configuration(ctl, tmp_path):
    config = tmp_path / "own.conf"
    config.write_text(f"store = sqlite:{tmp_path}/own/store/x.db\n"
                      f"keyring = {tmp_path}/own/keys\n"
                      f"signing_key = {tmp_path}/own/private/key\n")
    assert str(tmp_path / "own/store/x.mark") in ctl("init", "-c", str(config))
    # so that -wal and -shm get the group that reads
    assert mode(tmp_path / "own/store") == 0o2750
    assert mode(tmp_path / "own/private") == 0o700
    ctl("-c", str(config), "set", OLD, NEW, "--permanent")
    assert len(ctl.dump()["entry"]) == 1
    assert len(dump(str(tmp_path / "own/store/x.db"))["entry"]) == 2


def test_init_with_a_relative_directory(tmp_path):
    ctl = Ctl(tmp_path / "x/y")
    ctl("init", "--dir", "x/y/", cwd=tmp_path)
    assert mode(ctl.directory) == 0o750
    ctl("set", OLD, NEW, "--permanent")


def test_verify(ctl):
    ctl("set", OLD, NEW, "--permanent")
    assert masked(ctl("verify")) == \
        f"2 entries, epoch 1, root {'#' * 64}: verified\n"
    summary, = ctl.json("verify")
    assert summary == {"type": "summary", "seq": None, "text": "verified",
                       "entries": 2, "epoch": 1, "root": summary["root"],
                       "problems": 0}
    assert masked(ctl("verify", "-f", "tab")) == (
        "type\tseq\ttext\tentries\tepoch\troot\tproblems\n"
        f"summary\t\tverified\t2\t1\t{'#' * 64}\t0\n")


def test_verify_finds(ctl):
    ctl("set", OLD, NEW, "--permanent")
    ctl.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 2")
    result = ctl.run("verify")
    lines = result.stdout.splitlines()
    assert result.returncode == DATA
    assert lines[0].startswith("entry 2: ")
    assert lines[-1].endswith(f": {len(lines) - 1} problem" +
                              ("s" if len(lines) > 2 else ""))
    assert result.stderr.startswith("hardlinkctl: the log doesn't verify")
    assert result.stderr.count("\n") == 1
    rows = json.loads(ctl.run("verify", "-f", "json").stdout)
    assert rows[0]["type"] == "problem"
    assert rows[0]["seq"] == 2 or rows[0]["text"].startswith("entry 2: ")
    assert rows[-1]["problems"] == len(rows) - 1


def test_verify_draws_no_bar_without_a_terminal(ctl):
    result = ctl.run("verify")
    assert result.stderr == ""


def test_verify_draws_a_bar_on_a_terminal(ctl):
    ctl("set", "--from", "-", input="".join(
        f'{{"old":"u{number}@example.com","new":"{NEW}","for":"1d"}}\n'
        for number in range(6000)))
    result = ctl.shell('script -qec "$CTL verify" /dev/null </dev/null')
    assert "[#" in result.stdout and "%" in result.stdout
    assert result.stdout.rstrip().endswith(": verified")


def test_verify_against_a_kept_checkpoint(ctl):
    kept, ahead = ctl.path("kept"), ctl.path("ahead")
    with open(kept, "w") as file:
        file.write(ctl("checkpoint"))
    ctl("set", "kept@example.com", NEW, "--permanent")
    assert ctl("verify", "--checkpoint", kept).endswith(": verified\n")
    # the store goes back together with its mark: nothing else tells
    saved = [(name, ctl.path(name + ".saved")) for name in
             ("hardlink.db", "hardlink.mark")]
    for name, copy in saved:
        shutil.copy(ctl.path(name), copy)
    ctl("set", "lost@example.com", NEW, "--permanent")
    with open(ahead, "w") as file:
        file.write(ctl("checkpoint"))
    for name, copy in saved:
        shutil.copy(copy, ctl.path(name))
    assert ctl("verify").endswith(": verified\n")
    assert ctl("verify", "--checkpoint", kept).endswith(": verified\n")
    result = ctl.run("verify", "--checkpoint", ahead)
    assert result.returncode == DATA
    assert "doesn't reach as far as the checkpoint" in result.stdout

    with open(ahead, "w") as file, open(kept) as original:
        file.write(original.read().replace("time 1", "time 2"))
    ctl.fails(DATA, "verify", "--checkpoint", ahead, says="signature is wrong")
    ctl.fails(DATA, "verify", "--checkpoint", ctl.path("none"),
              says="No such file")


def test_checkpoint(ctl):
    ctl("set", OLD, NEW, "--permanent")
    with sqlite3.connect(ctl.database) as database:
        stored, = database.execute("SELECT checkpoint FROM head").fetchone()
    assert ctl("checkpoint").encode() == bytes(stored)
    said = ctl.json("checkpoint")
    assert said["checkpoint"].encode() == bytes(stored)
    assert (said["entries"], said["epoch"]) == (2, 1)
    ctl("checkpoint", "-f", "tab")
    ctl.sql("UPDATE head SET checkpoint = "
            "CAST(replace(checkpoint, char(10) || 'time', ' time') AS BLOB)")
    ctl.fails(DATA, "checkpoint")


def test_backup(ctl):
    ctl("set", OLD, NEW, "--permanent")
    copy = ctl.path("copy.db")
    said = ctl.json("backup", copy)
    assert said["bytes"] == os.path.getsize(copy)
    assert (said["file"], said["epoch"], said["entries"]) == (copy, 1, 2)
    assert said["root"] == ctl.json("verify")[0]["root"]
    assert dump(copy) == ctl.dump() and mode(copy) == 0o600
    ctl.fails(NOPERM, "backup", copy, says=copy)
    ctl.fails(CONFIG, "backup", ctl.path("none/copy"), says="none/copy")
    assert masked(ctl("backup", ctl.path("copy2"))).splitlines()[0] == \
        "file:    " + ctl.path("copy2")
    assert sorted(name for name in os.listdir(ctl.directory)
                  if name.startswith("copy")) == ["copy.db", "copy2"]


@pytest.fixture
def rolled_back(ctl):
    """The store of before two entries, under a mark that knows better."""
    ctl("set", OLD, NEW, "--permanent")
    ctl("backup", ctl.path("copy"))
    ctl("set", "x@example.com", NEW, "--permanent")
    ctl("set", "y@example.com", NEW, "--permanent")
    for suffix in "-wal", "-shm":
        os.unlink(ctl.database + suffix)
    shutil.copy(ctl.path("copy"), ctl.database)
    return ctl


def test_an_older_store_is_noticed(rolled_back):
    for command in (["lookup", OLD], ["list"], ["history"], ["checkpoint"],
                    ["unset", OLD], ["backup", rolled_back.path("b")]):
        rolled_back.fails(DATA, *command, says="mark")
    assert rolled_back.run("verify").returncode == DATA


def test_recover_in_place(rolled_back):
    rolled_back.fails(NOPERM, "recover", says="--accept-loss")
    assert rolled_back("recover", "--accept-loss", "--reason", "disk died") == \
        "epoch 2 follows 1; declared lost: entries from 3 to 4\n"
    assert "note: " in rolled_back("verify")
    newest = rolled_back.json("history")[0]
    assert (newest["action"], newest["reason"], newest["detail"]) == \
        ("recover", "disk died", "of epoch 1 lost: 3 to 4")
    rolled_back.fails(DATA, "recover", "--accept-loss")


def test_recover_from_a_backup(ctl):
    ctl("set", OLD, NEW, "--permanent")
    ctl("backup", ctl.path("copy"))
    ctl("unset", OLD)
    said = ctl.json("recover", "--from", ctl.path("copy"), "--accept-loss")
    assert said == {"old_epoch": 1, "new_epoch": 2, "lost_first": 3,
                    "lost_last": 3, "former_store": said["former_store"]}
    assert len(dump(said["former_store"])["entry"]) == 3
    assert ctl("lookup", OLD).startswith("557 ")
    assert ctl("verify").endswith(": verified\n")
    ctl.fails(CONFIG, "recover", "--from", ctl.path("none"), "--accept-loss")
    ctl.fails(DATA, "recover", "--from", ctl.config, "--accept-loss")

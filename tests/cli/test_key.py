"""key list, generate, rotate, retire, revoke."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

from ctl import CONFIG, DATA, NOPERM, NOT_FOUND, USAGE, Ctl, shifted

OLD, LATER, NEW = "old@example.com", "later@example.com", "new@example.org"
MOVED = f"557 5.2.7 mailbox has moved to <{NEW}>\n"
CHECKER = os.path.join(os.path.dirname(__file__), "../../schema/hlcheck.py")


def keys(ctl):
    return ctl.json("key", "list")


def signer(ctl):
    return next(key["id"] for key in keys(ctl) if key["signs"])


def rotate(ctl, *options):
    """The ids of the former key and of the new one."""
    former = signer(ctl)
    ctl("key", "rotate", *options)
    return former, signer(ctl)


def checkpoint(ctl):
    path = ctl.path("kept")
    with open(path, "w", encoding="utf-8") as file:
        file.write(ctl("checkpoint"))
    return path


def is_verified(ctl):
    """By both checkers."""
    ctl.is_verified()
    result = subprocess.run(
        [sys.executable, CHECKER, "store", ctl.database, "--keyring",
         ctl.path("keys"), "--mark", ctl.path("hardlink.mark")],
        stdout=subprocess.PIPE, text=True, check=False)
    assert (result.returncode, result.stdout[-10:]) == (0, " verified\n"), \
        result.stdout


def test_list_in_every_format(ctl):
    ident = signer(ctl)
    assert ctl("key", "list") == (
        "id                                status  first  last  signs  comment\n"
        f"{ident}  active  1      -     yes    -\n")
    assert ctl("-f", "tab", "key", "list") == (
        "id\tstatus\tfirst\tlast\tsigns\tcomment\n"
        f"{ident}\tactive\t1\t\tyes\t\n")
    assert keys(ctl) == [{"id": ident, "status": "active", "first": 1,
                          "last": None, "signs": True, "comment": ""}]


def test_a_reader_sees_who_signed_last():
    """Who may not read the signing key."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        ctl = Ctl(os.path.join(directory, "hardlink")).init()
        for name in "", "keys", *os.listdir(ctl.directory):
            if name != "private":
                os.chmod(ctl.path(name), 0o755)
        assert ctl("-f", "tab", "key", "list", user=65534).endswith(
            f"{signer(ctl)}\tactive\t1\t\tyes\t\n")


def test_generate_is_trusted_by_nobody(ctl):
    before = os.stat(ctl.key)
    made = ctl.json("key", "generate")
    assert made["file"] == ctl.key + ".next"
    assert os.stat(made["file"]).st_mode == before.st_mode
    assert [key["status"] for key in keys(ctl)] == ["active", "generated"]
    assert keys(ctl)[1]["id"] == made["id"]
    assert len(os.listdir(ctl.path("keys"))) == 1
    ctl.fails(NOPERM, "key", "generate", says="was generated already")
    assert rotate(ctl)[1] == made["id"]
    assert not os.path.exists(made["file"])


def test_rotate(ctl):
    ctl("set", OLD, NEW, "--permanent")
    os.chown(ctl.key, 34, 34)
    former = signer(ctl)
    text = ctl("key", "rotate", "--comment", "of 2027", "--reason", "yearly")
    new = signer(ctl)
    assert text == (f"{new}: signs from entry 3 on\n"
                    f"{former}: retired, up to entry 2\n")
    assert keys(ctl) == [
        {"id": former, "status": "retired", "first": 1, "last": 2,
         "signs": False, "comment": ""},
        {"id": new, "status": "active", "first": 3, "last": None,
         "signs": True, "comment": "of 2027"}]
    state = os.stat(ctl.key)
    assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (34, 34, 0o600)
    assert os.listdir(ctl.path("private")) == ["signing.key"]
    assert ctl("lookup", OLD) == MOVED
    history = ctl.json("history", "--action", "key")
    assert [line["detail"] for line in history] == [
        f"retired {former}", f"trusted {new}", f"trusted {former}"]
    assert history[0]["reason"] == "yearly"
    ctl("set", LATER, NEW, "--permanent")
    is_verified(ctl)
    assert ctl.json("key", "rotate")["former_last"] == 5
    is_verified(ctl)


def test_retire(ctl):
    former, new = rotate(ctl)
    ctl.fails(NOPERM, "key", "retire", new, says="this key signs")
    ctl.fails(NOT_FOUND, "key", "retire", "0" * 32, says="isn't in the keyring")
    # as after a restore of the keyring's files
    path = ctl.path(f"keys/{former}.pub")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub("status=.*\nfirst=1\nlast=.*",
                          "status=active\nfirst=1\nlast=", text))
    assert keys(ctl)[0]["status"] == "active"
    for _ in range(2):
        assert ctl("key", "retire", former) == \
            f"{former}: retired, up to entry 1\n"
    assert keys(ctl)[0]["last"] == 1
    is_verified(ctl)


def test_revoke_what_is_proven_stays(ctl):
    ctl("set", OLD, NEW, "--permanent")
    ctl("block", "blocked@example.com")
    kept = checkpoint(ctl)
    ctl("set", LATER, NEW, "--permanent")
    former, _ = rotate(ctl)
    assert ctl("key", "revoke", former, "--trusted", kept) == (
        f"{LATER}: no hard-link any more\n"
        f"{former}: revoked; addresses restated: 2, hard-links lost: 1\n")
    assert keys(ctl)[0]["status"] == "revoked"
    assert ctl("lookup", OLD) == MOVED
    ctl.fails(NOT_FOUND, "lookup", LATER)
    assert ctl.json("show", "blocked@example.com")["blocked"] is True
    assert ctl.json("show", OLD)["reason"] == \
        f"restated: key {former} was revoked"
    history = ctl.json("history", OLD)
    assert history[1]["detail"] == "signed by a key that was revoked"
    is_verified(ctl)
    # goes on working, and revoking again does nothing
    ctl("set", LATER, NEW, "--permanent")
    before = ctl.dump()
    assert ctl.json("key", "revoke", former, "--trusted", kept) == [
        {"type": "summary", "id": former, "address": None, "restated": 0,
         "lost": 0}]
    assert ctl.dump() == before
    ctl.fails(DATA, "key", "retire", former, says="was revoked")


def test_revoke_without_proof(ctl):
    ctl("set", OLD, NEW, "--permanent")
    ctl("set", LATER, NEW, "--for", "2d")
    former, _ = rotate(ctl)
    ring = keys(ctl)
    ctl.fails(NOPERM, "key", "revoke", former,
              says="2 hard-links that only this key signed would stop")
    assert keys(ctl) == ring
    assert ctl("-f", "tab", "key", "revoke", former, "--accept-loss") == (
        "type\tid\taddress\trestated\tlost\n"
        f"lost\t{former}\t{LATER}\t\t\n"
        f"lost\t{former}\t{OLD}\t\t\n"
        f"summary\t{former}\t\t0\t2\n")
    for address in OLD, LATER:
        ctl.fails(NOT_FOUND, "lookup", address)
    assert ctl.json("list") == []
    is_verified(ctl)


def test_a_sweep_is_restated(ctl):
    ctl("set", OLD, NEW, "--for", "1h")
    former = signer(ctl)
    clock = shifted("+2h")
    ctl("expire", env=clock)
    kept = checkpoint(ctl)
    ctl("key", "rotate", env=clock)
    ctl("key", "revoke", former, "--trusted", kept, env=clock)
    assert ctl("expire", env=clock) == ""
    assert len(ctl.json("history", "--action", "sweep")) == 2
    is_verified(ctl)


def test_recover_what_was_before_the_rotation(ctl):
    ctl("set", OLD, NEW, "--permanent")
    copy = ctl.path("copy")
    ctl("backup", copy)
    ctl("set", LATER, NEW, "--permanent")
    _, new = rotate(ctl)
    ctl("recover", "--from", copy, "--accept-loss")
    assert ctl("lookup", OLD) == MOVED
    assert [key["first"] for key in keys(ctl) if key["id"] == new] == [3]
    ctl("set", LATER, NEW, "--permanent")
    is_verified(ctl)
    # the log has lost that the key is trusted, and is told again
    assert ctl.json("key", "rotate")["resumed"] is True
    assert rotate(ctl)[0] == new
    is_verified(ctl)


def test_the_signing_key_is_not_revoked(ctl):
    ctl.fails(NOPERM, "key", "revoke", signer(ctl), "--accept-loss",
              says="`key rotate` first")


def test_checkpoints_that_prove_nothing(ctl, tmp_path):
    ctl("set", OLD, NEW, "--permanent")
    shutil.copytree(ctl.directory, tmp_path / "copy")
    ctl("block", OLD)
    kept = checkpoint(ctl)
    former, _ = rotate(ctl)
    other = Ctl(tmp_path / "other").init()
    foreign = checkpoint(other)
    ctl.fails(DATA, "key", "revoke", former, "--trusted", foreign,
              says="key that the keyring doesn't hold")
    ctl.fails(DATA, "key", "revoke", former, "--trusted", "/nowhere",
              says="No such file")
    # another log by the same key
    copy = Ctl(tmp_path / "copy")
    for name in os.listdir(copy.directory):
        if name.endswith(".conf"):
            path = copy.path(name)
            with open(path, encoding="utf-8") as file:
                text = file.read().replace(ctl.directory, copy.directory)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    copy("set", LATER, NEW, "--permanent")
    ctl.fails(DATA, "key", "revoke", former, "--trusted", checkpoint(copy),
              says="aren't those that it was signed for")
    assert keys(ctl)[0]["status"] == "retired"
    ctl("key", "revoke", former, "--trusted", kept)


def test_edited_by_hand(ctl):
    """What the keyring says holds at once; revoking mends the rest."""
    ctl("set", OLD, NEW, "--permanent")
    kept = checkpoint(ctl)
    former, _ = rotate(ctl)
    path = ctl.path(f"keys/{former}.pub")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("status=retired", "status=revoked"))
    ctl.fails(DATA, "lookup", OLD, says="was revoked")
    result = ctl.run("verify")
    assert result.returncode == DATA
    assert "no later entry says so" in result.stdout
    assert "no later entry says what holds" in result.stdout
    ctl("key", "revoke", former, "--trusted", kept)
    assert ctl("lookup", OLD) == MOVED
    is_verified(ctl)


@pytest.mark.parametrize("code, arguments, says", [
    (USAGE, ["key"], "key: a command is missing; see `hardlinkctl key --help`"),
    (USAGE, ["key", "lose"], 'unknown command "key lose"'),
    (USAGE, ["key", "revoke"], "an argument is missing"),
    (USAGE, ["key", "rotate", "now"], "one argument too many"),
    (USAGE, ["key", "rotate", "--accept-loss"], "takes no --accept-loss"),
    (USAGE, ["list", "key"], "one argument too many"),
    (DATA, ["key", "revoke", "x" * 32], "is no key id"),
    (DATA, ["key", "retire", "ab"], "is no key id"),
    (NOT_FOUND, ["key", "revoke", "0" * 32], "isn't in the keyring"),
    (DATA, ["key", "rotate", "--comment", "x" * 256], "--comment"),
    (DATA, ["key", "rotate", "--comment", "a\nb"], "--comment"),
])
def test_refused(ctl, code, arguments, says):
    ctl.fails(code, *arguments, says=says)


def test_a_key_that_is_missing(ctl):
    os.unlink(ctl.key)
    for command in ["list"], ["rotate"], ["revoke", "0" * 32]:
        ctl.fails(CONFIG, "key", *command, says="signing key")


def test_help(ctl):
    text = ctl("key", "--help")
    assert re.findall("^  (key [a-z]+) ", text, re.M) == [
        "key list", "key generate", "key rotate", "key retire", "key revoke"]
    assert ctl("key", "revoke", "--help").startswith(
        "usage: hardlinkctl key revoke KEYID ")

"""proof: what it writes, and what it refuses. Whether it proves anything,
tests/schema sees."""

import os

import pytest

from ctl import DATA, NOPERM, NOT_FOUND, USAGE
from test_key import rotate

OLD, NEW = "old@example.com", "new@example.org"


@pytest.fixture
def moved(ctl):
    ctl("set", OLD, "first@example.org", "--permanent")              # 2
    ctl("set", OLD, NEW, "--permanent", "--replace")                 # 3
    ctl("set", "other@example.com", NEW, "--permanent")              # 4
    return ctl


def test_formats(moved):
    text = moved("proof", OLD)
    checkpoint = moved("checkpoint")
    assert text.startswith("hardlink-proof/1\nsignature=")
    assert text.endswith("\n\n" + checkpoint)
    assert "\nseq=3\n" in text and f"\ncurrent-new={NEW}\n" in text
    said = moved.json("proof", OLD)
    assert {**said, "root": ""} == {
        "address": OLD, "seq": 3, "epoch": 1, "entries": 4, "root": "",
        "file": None, "proof": text}
    head, row = moved("-f", "tab", "proof", OLD.upper()).splitlines()
    assert head == "address\tseq\tepoch\tentries\troot\tfile\tproof"
    assert row.split("\t")[:5] == [OLD, "3", "1", "4", said["root"]]


def test_file(moved):
    path = moved.path("proof")
    assert moved("proof", OLD, path, "--seq", "2") == \
        f"{path}: entry 2 of {OLD}, among 4 entries\n"
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text == moved("proof", OLD, "--seq", "2")
    assert "\ncurrent-new=first@example.org\n" in text
    moved.fails(NOPERM, "proof", OLD, path, says="File exists")
    said = moved.json("proof", OLD, moved.path("again"))
    assert (said["file"], said["proof"]) == (moved.path("again"), None)


def test_refused(moved):
    moved.fails(NOT_FOUND, "proof", "nobody@example.com",
                says="nobody@example.com has no entry")
    moved.fails(NOT_FOUND, "proof", OLD, "--seq", "4",
                says=f"{OLD} has no entry 4, or it was erased")
    moved.fails(NOT_FOUND, "proof", OLD, "--seq", "99")
    for seq in "0", "-1", "02", "x", "":
        moved.fails(USAGE, "proof", OLD, "--seq", seq, says="--seq: not")
    moved.fails(USAGE, "proof", OLD, "", says="not a file's name")
    moved.fails(USAGE, "proof", says="an argument is missing")
    moved("prune", "--before", "2999-01-01")
    moved.fails(NOT_FOUND, "proof", OLD, "--seq", "2", says="erased")
    assert "\nseq=3\n" in moved("proof", OLD)


def test_what_a_revoked_key_signed_isnt_proven(moved):
    with open(moved.path("kept"), "w", encoding="utf-8") as file:
        file.write(moved("checkpoint"))
    former, _ = rotate(moved)
    moved("key", "revoke", former, "--trusted", moved.path("kept"))
    moved.fails(DATA, "proof", OLD, "--seq", "3", says="revoked")
    assert "\naction=set\n" in moved("proof", OLD)


def test_a_tree_that_isnt_the_heads(moved):
    moved.sql("UPDATE entry SET statement = CAST(replace(CAST(statement AS "
              "TEXT), 'channel=admin', 'channel=cli') AS BLOB) WHERE seq = 2")
    moved.fails(DATA, "proof", OLD, says="the entries aren't those that the "
                "head was signed for; run `hardlinkctl verify`")
    moved.sql("DELETE FROM entry WHERE seq = 2")
    moved.fails(DATA, "proof", OLD, says="entry 2 is missing")

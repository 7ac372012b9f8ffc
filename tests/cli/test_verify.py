"""verify from a checkpoint on, against others, on several cores."""

import os
import re
import shutil

import pytest

from ctl import DATA, OK, USAGE, Ctl, json_lines

OLD, NEW = "old@example.com", "new@example.org"


@pytest.fixture(name="kept")
def fixture_kept(ctl):
    """A checkpoint of the first three entries of five."""
    ctl("set", OLD, NEW, "--permanent")
    ctl("unset", OLD)
    return keep(ctl, "kept", lambda: (
        ctl("set", OLD, NEW, "--permanent"), ctl("unset", OLD)))


def keep(ctl, name, then=None):
    with open(ctl.path(name), "w", encoding="utf-8") as file:
        file.write(ctl("checkpoint"))
    if then is not None:
        then()
    return ctl.path(name)


NOT_AGAIN = "note: the signatures of the entries up to 3 aren't verified again"


def verified(ctl, *options):
    """The lines, of which the last is the summary."""
    result = ctl.run("verify", *options)
    assert (result.returncode == OK) == result.stdout.endswith(": verified\n")
    return result.stdout.splitlines()


def test_verify_resumes(ctl, kept):
    assert verified(ctl, "--resume", kept)[:-1] == [NOT_AGAIN]
    # what isn't verified again, and what is
    ctl.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 3")
    assert verified(ctl, "--resume", kept)[:-1] == [NOT_AGAIN]
    assert verified(ctl)[0] == "entry 3: its signature is wrong"
    ctl.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 4")
    assert verified(ctl, "--resume", kept)[1:-1] == \
        ["entry 4: its signature is wrong"]


@pytest.mark.parametrize("damage, says", [
    ("UPDATE entry SET payload = CAST(replace(payload, 'new@', 'evil@') AS "
     "BLOB) WHERE seq = 2", "entry 2: its payload isn't the one"),
    ("UPDATE entry SET statement = CAST(replace(statement, 'channel=admin', "
     "'channel=imap') AS BLOB) WHERE seq = 2",
     "the entries up to 3 aren't those that the checkpoint to resume from saw"),
    ("DELETE FROM entry WHERE seq = 2", "entry 2: missing"),
    ("DELETE FROM link WHERE seq = 2", "index: "),
    ("UPDATE head SET frontier = zeroblob(length(frontier))", "frontier"),
    ("DELETE FROM entry WHERE seq > 2;DELETE FROM link WHERE seq > 2",
     "doesn't reach as far as the checkpoint to resume from")])
def test_verify_resumed_finds(ctl, kept, damage, says):
    ctl.sql(damage)
    assert says in "\n".join(verified(ctl, "--resume", kept)[:-1])


def test_verify_resumes_from_no_other_checkpoint(ctl, kept, tmp_path):
    ctl.fails(DATA, "verify", "--resume", ctl.path("none"), says="No such file")
    with open(kept, encoding="utf-8") as file:
        text = file.read()
    forged = ctl.path("forged")
    with open(forged, "w", encoding="utf-8") as file:
        file.write(text.replace("time 1", "time 2"))
    ctl.fails(DATA, "verify", "--resume", forged, says="signature is wrong")
    # another store's, under a key that this one trusts too
    other = Ctl(tmp_path / "other").init()
    key, = os.listdir(other.path("keys"))
    shutil.copy(other.path(f"keys/{key}"), ctl.path("keys"))
    foreign = keep(other, "kept")
    for option in "--resume", "--checkpoint":
        assert "belongs to another store" in verified(ctl, option, foreign)[0]
    os.remove(ctl.path(f"keys/{key}"))
    # a key that was revoked can have signed anything
    former = ctl.json("key", "rotate")["former_id"]
    ctl("key", "revoke", former, "--trusted", kept)
    ctl.fails(DATA, "verify", "--resume", kept, says="revoked")
    assert verified(ctl, "--checkpoint", kept)[-1].endswith(": verified")


def test_checkpoints_of_another_epoch(ctl):
    ctl("set", OLD, NEW, "--permanent")
    before = keep(ctl, "before")
    copy = ctl.path("copy.db")
    ctl("backup", copy)
    ctl("unset", OLD)
    lost = keep(ctl, "lost", lambda: None)
    with open(ctl.path("hardlink.mark"), encoding="ascii") as file:
        mark = file.read()
    ctl("set", OLD, NEW, "--permanent")
    beyond = keep(ctl, "beyond")
    # of the last entry, neither the store nor the mark knows any more
    os.remove(ctl.database)
    os.remove(ctl.database + "-wal")
    with open(ctl.path("hardlink.mark"), "w", encoding="ascii") as file:
        file.write(mark)
    ctl("recover", "--from", copy, "--accept-loss")
    ctl("set", "a@example.com", NEW, "--permanent")
    after = keep(ctl, "after")
    ctl("set", "b@example.com", NEW, "--permanent")
    for option in "--checkpoint", "--resume":
        for good in before, after:
            assert verified(ctl, option, good)[-1].endswith(": verified")
        lines = verified(ctl, option, lost)
        assert "lies in what was declared lost: entry 3 of epoch 1" in \
            "\n".join(lines) and lines[-1].endswith(": verified")
        assert "which the log neither has nor declares lost" in \
            "\n".join(verified(ctl, option, beyond)[:-1])
    # what isn't compared isn't trusted either
    assert not any("verified again" in line
                   for line in verified(ctl, "--resume", lost))


def test_verify_on_several_cores(ctl):
    ctl("set", "--from", "-", input=json_lines(*(
        {"old": f"u{number}@example.com", "new": NEW, "permanent": True}
        for number in range(3000))))
    for jobs in "1", "2", "64":
        assert verified(ctl, "--jobs", jobs)[-1].endswith(": verified")
    ctl.sql("UPDATE entry SET signature = zeroblob(64) "
            "WHERE seq IN (2, 1024, 1025, 1500, 3001)")
    found = verified(ctl, "--jobs", "1")
    assert [int(line.split()[1][:-1]) for line in found[:5]] == \
        [2, 1024, 1025, 1500, 3001]
    for jobs in "3", "64":
        assert verified(ctl, "--jobs", jobs) == found
    for jobs in "0", "65", "x":
        ctl.fails(USAGE, "verify", "--jobs", jobs, says="--jobs")


def test_verify_says_how_far_it_is(ctl):
    result = ctl.run("verify", "--progress")
    assert re.fullmatch(r"100% 1/1 entries, \d+/s\n", result.stderr)

"""set --from: many in one commit, or none."""

import json

import pytest

from ctl import DATA, NOPERM, USAGE, json_lines, masked, sanitizer

GOOD = {"old": "good@example.com", "new": "new@example.org", "permanent": True}
LIMIT = 65536


def link(**changes):
    members = {**GOOD, **changes}
    return {name: value for name, value in members.items()
            if value is not None}


def test_every_way_to_say_it(ctl, tmp_path):
    path = tmp_path / "links.json"
    path.write_text(json_lines(
        link(old="a@example.com"),
        link(old="b@example.com", permanent=None, until="2027-01-31"),
        link(old="c@example.com", permanent=None, **{"for": "3d"}),
        link(old="d@example.com", reason="own", replace=False)) + "\n\r\n" +
        json.dumps(link(old="e@example.com")))
    said = masked(ctl("set", "--from", str(path), "--reason", "common"))
    t = "YYYY-MM-DDThh:mm:ssZ"
    assert said == (
        "a@example.com: permanent, to new@example.org\n"
        f"b@example.com: temporary, to new@example.org, until {t}\n"
        f"c@example.com: temporary, to new@example.org, until {t}\n"
        "d@example.com: permanent, to new@example.org\n"
        "e@example.com: permanent, to new@example.org\n")
    rows = ctl.json("history")
    assert [(row["seq"], row["reason"]) for row in rows] == [
        (6, "common"), (5, "own"), (4, "common"), (3, "common"), (2, "common"),
        (1, None)]
    # one head for all
    assert ctl.json("checkpoint")["entries"] == 6
    ctl.is_verified()


def test_replace(ctl):
    ctl("set", "--from", "-", input=json_lines(GOOD))
    ctl.fails(NOPERM, "set", "--from", "-", input=json_lines(
        link(old="x@example.com"), GOOD), says="standard input:2: ")
    said = ctl.json("set", "--from", "-", input=json_lines(
        link(old="x@example.com"), link(replace=True, new="z@example.org")))
    assert [(row["address"], row["target"], row["before_target"])
            for row in said] == [
        ("x@example.com", "new@example.org", None),
        ("good@example.com", "z@example.org", "new@example.org")]
    ctl("set", "--replace", "--from", "-", input=json_lines(GOOD, GOOD))
    ctl.is_verified()


def test_nothing(ctl):
    before = ctl.dump()
    assert ctl("set", "--from", "-", input="") == ""
    assert ctl("set", "--from", "-", "-f", "json", input="\n\n") == "[]\n"
    assert ctl.dump() == before


BAD_LINES = [
    "x", "[]", "1", "null", '"a"', "{", "{}", "{}{}",
    json.dumps(GOOD) + json.dumps(GOOD),
    json.dumps(GOOD)[:-1] + ',"old":"a@example.com"}',
    json.dumps(link(old=None)), json.dumps(link(new=None)),
    json.dumps(link(permanent=None)), json.dumps(link(permanent=False)),
    json.dumps(link(permanent="yes")), json.dumps(link(permanent=1)),
    json.dumps(link(until="2027-01-31")), json.dumps(link(**{"for": "1d"})),
    json.dumps(link(permanent=None, until="2027-01-31", **{"for": "1d"})),
    json.dumps(link(permanent=None, until=1)),
    json.dumps(link(permanent=None, until="2027-02-30")),
    json.dumps(link(permanent=None, until="2001-01-01")),
    json.dumps(link(permanent=None, until="9999-01-01")),
    json.dumps(link(permanent=None, **{"for": "1"})),
    json.dumps(link(kind="permanent")), json.dumps(link(Old="a@example.com")),
    json.dumps(link(old=["a@example.com"])), json.dumps(link(replace="true")),
    json.dumps(link(reason=5)), json.dumps(link(reason="x" * 501)),
    json.dumps(link(reason="a\r\nb")), json.dumps(link(reason="a\0b")),
    json.dumps(link(old="a\0@example.com")),
    json.dumps(link(old="a@example.com\r\n")),
    json.dumps(link(new="new@example.org>")),
    json.dumps(link(old="new@example.org")),
    json.dumps(GOOD).replace("good", "g\xff").encode("latin-1"),
    json.dumps(GOOD).replace("good", "g\udcff"),
    json.dumps(GOOD).encode() + b"\0", b"\0", b"\xef\xbb\xbf" +
    json.dumps(GOOD).encode(),
    json.dumps(GOOD).replace("good", "go\nod"),
    json.dumps(GOOD) + " " * LIMIT, "[" * LIMIT, "x" * 10000000]


@pytest.mark.parametrize("bad", BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_stops_all(ctl, bad):
    first = json.dumps(link(old="first@example.com")).encode() + b"\n"
    last = b"\n" + json.dumps(link(old="last@example.com")).encode() + b"\n"
    if isinstance(bad, str):
        bad = bad.encode("utf-8", "surrogateescape")
    if b"\n" in bad:
        result = ctl.run("set", "--from", "-", input=first + bad + last)
        assert result.returncode == DATA and len(ctl.dump()["entry"]) == 1
        return
    ctl.fails(DATA, "set", "--from", "-", input=first + bad + last,
              says="hardlinkctl: standard input:2: ")


def test_the_longest_line(ctl):
    line = json.dumps(GOOD)
    ctl("set", "--from", "-", input=line + " " * (LIMIT - len(line)) + "\n")
    ctl.fails(DATA, "set", "--replace", "--from", "-", says=":1: ",
              input=line + " " * (LIMIT - len(line) + 1) + "\n")


def test_each_bad_line_is_reported_up_to_20(ctl, tmp_path):
    path = tmp_path / "links.json"
    for count in 2, 20, 21, 45:
        path.write_text(json_lines(GOOD) + "x\n" * count)
        result = ctl.run("set", "--from", str(path))
        assert (result.returncode, result.stdout) == (DATA, "")
        lines = result.stderr.splitlines()
        for number, line in enumerate(lines[:20], 2):
            assert line.startswith(f"hardlinkctl: {path}:{number}: ")
        assert len(lines) == min(count, 21)
        if count > 20:
            assert lines[20] == (f"hardlinkctl: {path}: and {count - 20} more "
                                 "bad lines; nothing was set")
    assert len(ctl.dump()["entry"]) == 1


def test_files_that_cannot_be_read(ctl, tmp_path):
    ctl.fails(DATA, "set", "--from", str(tmp_path / "none"), says="none")
    result = ctl.run("set", "--from", str(tmp_path))
    assert result.returncode in (DATA, 75)
    assert result.stderr.count("\n") == 1
    ctl.fails(USAGE, "set", "--from")
    result = ctl.shell('"$CTL" set --from - <&-')
    assert (result.returncode, result.stdout) == (75, "")


def test_a_cycle_within_the_batch(ctl):
    ctl.fails(DATA, "set", "--from", "-", says="standard input:2: ",
              input=json_lines(
                  link(old="a@example.com", new="b@example.com"),
                  link(old="b@example.com", new="a@example.com")))


def test_memory_stays_small(ctl):
    """50000 lines in an address space that their text alone would not fill
    five times over."""
    count = 50000
    text = "".join(json.dumps(link(old=f"user{number}@example.com")) + "\n"
                   for number in range(count))
    # a sanitizer reserves terabytes
    limit = "unlimited" if sanitizer() else 100000
    wrap = ["sh", "-c", f'ulimit -v {limit}; exec "$@"', "sh"]
    said = ctl("set", "--from", "-", input=text, wrap=wrap)
    assert said.count("\n") == count
    assert ctl.json("checkpoint")["entries"] == count + 1

"""import: JSON lines, CSV and relocated maps, in batches or all or nothing."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from ctl import DATA, PROGRAM, USAGE, json_lines, sanitizer

HEADER = "address,kind,target,expires\n"
LIMIT = 65536
BATCH = 500


def links(ctl):
    return [(row["address"], row["kind"], row["target"], row["expires"])
            for row in ctl.json("list")]


def permanent(old, new="new@example.net"):
    return (old, "permanent", new, None)


def refused(ctl, text, *arguments, code=DATA):
    """What standard error says of each refused line, and in the end."""
    result = ctl.run("import", "-", *arguments, input=text)
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert re.fullmatch(r"(hardlinkctl: [^\r\t\n\x00-\x1f]+\n)+", result.stderr)
    lines = [line.removeprefix("hardlinkctl: standard input")
             for line in result.stderr.splitlines()]
    return lines[:-1], lines[-1]


RELOCATED = """\
# who has moved
a@example.com  new@example.net

  # indented
B@Example.COM\tNew@example.net \t
c@example.com
   # a comment in between, and an empty line

\tnew@example.net
"john doe"@example.com "jane, doe"@example.net
d+x@bücher.example josé@example.net\r
"#e"@example.com new@example.net
f@example.com new@example.net"""


def test_relocated(ctl, tmp_path):
    path = tmp_path / "relocated"
    path.write_text(RELOCATED)
    said = ctl("import", str(path), "--format", "relocated", "--reason", "old")
    assert said == f"{path}: 7 set, 0 unchanged\n"
    assert links(ctl) == [
        permanent('"john doe"@example.com', '"jane, doe"@example.net'),
        permanent("#e@example.com"), permanent("a@example.com"),
        permanent("b@example.com", "New@example.net"),
        permanent("c@example.com"),
        permanent("d+x@xn--bcher-kva.example", "josé@example.net"),
        permanent("f@example.com")]
    assert {row["reason"] for row in ctl.json("history")
            if row["action"] == "set"} == {"old"}
    ctl.is_verified()


def test_relocated_for_some_time(ctl):
    text = "a@example.com new@example.net\n"
    ctl("import", "-", "--format", "relocated", "--until",
        "2030-01-31T12:00:00Z", input=text)
    assert links(ctl) == [("a@example.com", "temporary", "new@example.net",
                           "2030-01-31T12:00:00Z")]
    ctl("import", "-", "--format", "relocated", "--for", "3d", "--replace",
        input=text)
    assert links(ctl)[0][1] == "temporary"


ENTRY = "new@example.net"
BAD_RELOCATED = {
    " first@example.com " + ENTRY: "begins with a blank",
    "@example.com " + ENTRY: "a whole domain",
    "user " + ENTRY: "a key without a domain",
    "+1-555-0100 " + ENTRY: "a key without a domain",
    "a@example.com +1 555 0100": 'new: address "+1 555 0100": ',
    "a@example.com +1-555-0100": "no @ in it",
    "a@example.com moved to the coast": "new: ",
    "a@example.com User has moved to new@example.net": "new: ",
    "a@example.com new@example.net, other@example.net": "new: ",
    "a@example.com new@example.net other@example.net": "new: ",
    "a@example.com <new@example.net>": "new: ",
    "a@example.com @example.net": "a whole domain goes to",
    "a@example.com": "not a key, blanks and a value",
    "a@example.com  \t ": "not a key, blanks and a value",
    "a@example.com: " + ENTRY: "old: ",
    "john doe@example.com " + ENTRY: "a key without a domain",
    '"a@example.com ' + ENTRY: "double quotes",
    "a..b@example.com " + ENTRY: "old: ",
    "postmaster@example.com " + ENTRY: "postmaster",
    ENTRY + " " + ENTRY: "",
    "a\0@example.com " + ENTRY: "a NUL",
    "a@example.com new@example.net\0": "a NUL",
    "a\r@example.com " + ENTRY: "",
    "\ufeffa@example.com " + ENTRY: "old: ",
    b"\xff\xfe@example.com " + ENTRY.encode(): "old: ",
    b"a@example.com n\xe9w@example.net": "new: ",
    "a@example.com #" + "x" * 300: "new: ",
    "a@example.com " + "x" * LIMIT: "a line of more than 65536 bytes",
    "a@example.com\n" + " x" * LIMIT: "a line of more than 65536 bytes"}

CSV = "address,kind,target,expires"
BAD_CSV = {
    "a@example.com,permanent,new@example.net": "3 fields instead of 4",
    "a@example.com,permanent,new@example.net,,": "more than 4 fields",
    "a@example.com,,new@example.net,": "permanent or temporary",
    "a@example.com,Permanent,new@example.net,": "permanent or temporary",
    "a@example.com,permanent,new@example.net,2030-01-31": "has none",
    "a@example.com,temporary,new@example.net,": "has an expiry",
    "a@example.com,temporary,new@example.net,2030-02-31": "2030-02-31",
    "a@example.com,temporary,new@example.net,2001-01-31": "future",
    "a@example.com,temporary,new@example.net,30d": "",
    "a@example.com,permanent,+1 555 0100,": "new: ",
    ",permanent,new@example.net,": "old: ",
    " a@example.com,permanent,new@example.net,": "old: ",
    "@example.com,permanent,new@example.net,": "a whole domain goes to",
    "# a comment": "1 fields instead of 4",
    '"a b"@example.com,permanent,new@example.net,': "a double quote",
    'a"b"@example.com,permanent,new@example.net,': "a double quote",
    '"a@example.com"x,permanent,new@example.net,': "a double quote",
    '"a@example.com\n",permanent,new@example.net,': "a line end in double",
    "a@example.com,permanent,new@example.net\r,": "new: ",
    "a@example.com,permanent,new@example.net,\r\r": "",
    "a\0@example.com,permanent,new@example.net,": "old: ",
    "a@example.com,permanent\0,new@example.net,": "a NUL in the kind",
    "a@example.com,temporary,new@example.net,2030-01-31\0": "a NUL in the",
    "\ufeffa@example.com,permanent,new@example.net,": "old: ",
    b"\xff@example.com,permanent,new@example.net,": "old: ",
    '"' + "a" * LIMIT + '",permanent,new@example.net,': "more than 65536"}

BAD_JSON = {
    "x": "not JSON", "# a comment": "not JSON", "[]": "not a JSON object",
    '{"old":"a@example.com","new":"b@example.com"}': "exactly one of",
    '{"old":"a@example.com","permanent":true}': '"new" is missing',
    "x" * 2 * LIMIT: "a line of more than 65536 bytes"}

SURROUNDINGS = {
    "relocated": ("first@example.com " + ENTRY, "last@example.com " + ENTRY),
    "csv": (HEADER + f"first@example.com,permanent,{ENTRY},",
            f"last@example.com,permanent,{ENTRY},"),
    "json": tuple(json_lines({"old": name + "@example.com", "new": ENTRY,
                              "permanent": True})[:-1]
                  for name in ("first", "last"))}
BAD = [(name, bad, says)
       for name, lines in (("relocated", BAD_RELOCATED), ("csv", BAD_CSV),
                           ("json", BAD_JSON))
       for bad, says in lines.items()]


@pytest.mark.parametrize("name, bad, says", BAD, ids=range(len(BAD)))
def test_a_bad_line_is_refused_and_the_others_done(ctl, name, bad, says):
    first, last = (text.encode() for text in SURROUNDINGS[name])
    if isinstance(bad, str):
        bad = bad.encode()
    # what begins with a blank would continue the first
    is_first = name == "relocated" and bad[:1] == b" "
    text = [bad, first] if is_first else [first, bad]
    before = 0 if is_first else first.count(b"\n") + 1
    text = b"\n".join([*text, last]) + b"\n"
    lines, end = refused(ctl, text, "--format", name, "--atomic")
    assert links(ctl) == []
    assert end == ": 1 refused, nothing set, 0 unchanged"
    lines, end = refused(ctl, text, "--format", name)
    assert len(lines) == 1 and lines[0].startswith(f":{before + 1}: ")
    assert says in lines[0]
    assert end == ": 1 refused, 2 set, 0 unchanged"
    assert links(ctl) == [permanent("first@example.com"),
                          permanent("last@example.com")]
    ctl.is_verified()


def test_a_hash_within_double_quotes_is_no_comment(ctl):
    ctl("import", "-", "--format", "relocated",
        input='"a #b"@example.com new@example.net\n')
    assert links(ctl) == [permanent('"a #b"@example.com')]


def test_csv(ctl):
    text = ("\ufeff" + HEADER + 'a@example.com,permanent,new@example.net,\n'
            '"b@example.com","permanent","new@example.net",""\n\n\n'
            '"""john, doe""@example.com",permanent,new@example.net,\n'
            'c@example.com,temporary,new@example.net,2030-01-31\n'
            'd@example.com,temporary,new@example.net,2030-01-31T12:00:00Z')
    text = text.replace("\n", "\r\n")
    assert ctl.json("import", "-", "--format", "csv", input=text) == {
        "file": "standard input", "set": 5, "unchanged": 0, "dry_run": False}
    assert links(ctl) == [
        permanent('"john, doe"@example.com'), permanent("a@example.com"),
        permanent("b@example.com"),
        ("c@example.com", "temporary", ENTRY, "2030-01-31T23:59:59Z"),
        ("d@example.com", "temporary", ENTRY, "2030-01-31T12:00:00Z")]


def test_csv_needs_its_header(ctl):
    for header in ("", "address,kind,target", "address,target,kind,expires",
                   "ADDRESS,KIND,TARGET,EXPIRES", HEADER[:-1] + ",actor",
                   HEADER[:-1] + "\0", "x" * 2 * LIMIT):
        lines, end = refused(ctl, header + "\na@example.com,permanent,"
                             "new@example.net,\n", "--format", "csv")
        assert len(lines) == 1
        assert lines[0].startswith(f":1: the first line isn't {HEADER[:-1]};")
        assert end == ": 1 refused, 0 set, 0 unchanged"
    assert links(ctl) == []


def test_quotes_that_never_close(ctl):
    """What stands in quotes is never taken for a line."""
    text = HEADER + "a@example.com,permanent,new@example.net,\n" + '"'
    for rest, says in (2, "a line end in double quotes; all up to line 5"), (
            5000, "a line of more than 65536 bytes"):
        lines, _ = refused(
            ctl, text + "b@example.com,permanent,new@example.net,\n" * rest +
            '"\nc@example.com,permanent,other@example.net,\n',
            "--format", "csv", "--replace")
        assert len(lines) == 1 and lines[0].startswith(f":3: {says}")
        assert [row[0] for row in links(ctl)] == ["a@example.com",
                                                  "c@example.com"]
    lines, _ = refused(ctl, text + "d@example.com,permanent,new@example.net,\n"
                       * 2, "--format", "csv")
    assert len(lines) == 1 and len(links(ctl)) == 2


def test_dry_run(ctl):
    text = "a@example.com new@example.net\na@example.com x@example.net\n"
    before = ctl.dump()
    lines, end = refused(ctl, text, "--format", "relocated", "--dry-run")
    assert len(lines) == 1 and lines[0].startswith(":2: a@example.com is hard")
    assert end == ": 1 refused, 1 would be set, 0 unchanged"
    said = ctl("import", "-", "--format", "relocated", "--dry-run",
               input=text[:30])
    assert said == "standard input: 1 would be set, 0 unchanged\n"
    assert ctl.dump() == before


def test_again_changes_nothing(ctl):
    text = (HEADER + "a@example.com,permanent,new@example.net,\n"
            "b@example.com,temporary,new@example.net,2030-01-31\n")
    ctl("import", "-", "--format", "csv", input=text)
    before = ctl.dump()
    for more in [], ["--replace"], ["--atomic"]:
        said = ctl("import", "-", "--format", "csv", *more, input=text)
        assert said == "standard input: 0 set, 2 unchanged\n"
    assert ctl.dump() == before
    for changed in (text.replace("new", "other"), text.replace("-31", "-30")):
        lines, end = refused(ctl, changed, "--format", "csv")
        assert all("already" in line for line in lines)
    ctl("import", "-", "--format", "csv", "--replace", input=changed)
    assert links(ctl)[1][3] == "2030-01-30T23:59:59Z"


def test_atomic_takes_all_in_one(ctl):
    count = 2 * BATCH + 1
    text = "".join(f"u{number}@example.com new@example.net\n"
                   for number in range(count))
    bad = text + "u0@example.com other@example.net\n"
    before = ctl.dump()
    lines, _ = refused(ctl, bad, "--format", "relocated", "--atomic")
    assert lines[0].startswith(f":{count + 1}: ")
    assert ctl.dump() == before
    ctl("import", "-", "--format", "relocated", "--atomic", input=text)
    assert len(links(ctl)) == count
    ctl.is_verified()


def test_all_refused_lines_are_told(ctl):
    text = "x y\n" * 3 * BATCH
    lines, end = refused(ctl, text, "--format", "relocated")
    assert [line.split(": ")[0] for line in lines] == [
        f":{number}" for number in range(1, 3 * BATCH + 1)]
    assert end == f": {3 * BATCH} refused, 0 set, 0 unchanged"


def test_nothing(ctl, tmp_path):
    before = ctl.dump()
    for name in "relocated", "csv", "json":
        for text in "", "\n\n" if name != "csv" else HEADER:
            assert ctl("import", "-", "--format", name, input=text) == (
                "standard input: 0 set, 0 unchanged\n")
    assert ctl("import", "-", "--format", "relocated", input="# a\n \n#") == (
        "standard input: 0 set, 0 unchanged\n")
    ctl.fails(DATA, "import", str(tmp_path / "none"), "--format", "csv",
              says="No such file")
    ctl.fails(75, "import", str(tmp_path), "--format", "csv", says="directory")
    assert ctl.dump() == before


def test_usage(ctl):
    for arguments in (["import", "-"], ["import", "--format", "csv"],
                      ["import", "-", "--format", "xml"],
                      ["import", "-", "--format", "postfix-recipients"],
                      ["import", "-", "--format", "csv", "--for", "3d"],
                      ["import", "-", "--format", "json", "--until",
                       "2030-01-31"],
                      ["import", "-", "--format", "relocated", "--for", "3d",
                       "--until", "2030-01-31"]):
        ctl.fails(USAGE, *arguments)


def test_memory_stays_small(ctl):
    """More than the address space has room for."""
    count = 3000
    # a sanitizer reserves terabytes
    limit = "unlimited" if sanitizer() else 60000
    wrap = ["sh", "-c", f'ulimit -v {limit}; exec "$@"', "sh"]
    text = "".join(f"user{number}@example.com {' ' * 30000}new@example.net\n"
                   for number in range(count))
    for more in ["--dry-run"], []:
        said = ctl("import", "-", "--format", "relocated", *more, input=text,
                   wrap=wrap)
        assert said.startswith(f"standard input: {count} ")


def start(ctl, stderr):
    return subprocess.Popen(
        [PROGRAM, "-c", ctl.config, "import", "-", "--format", "relocated"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)


def read_until(terminal, pattern, end):
    """What a terminal shows, until the pattern is there."""
    text = ""
    while not re.search(pattern, text) and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                text += os.read(terminal, 65536).decode()
            except OSError:
                break
    return text


def lines_of(count):
    return b"".join(b"u%d@example.com new@example.net\n" % number
                    for number in range(count))


def test_killed(ctl):
    """What a terminal was told is set is there, once, and the rest comes with
    another import."""
    end = time.monotonic() + 60
    terminal, other = pty.openpty()
    process = start(ctl, other)
    os.close(other)
    text = lines_of(4 * BATCH)
    part = text.index(b"u%d@" % (2 * BATCH + 10))
    process.stdin.write(text[:part])
    process.stdin.flush()
    shown = read_until(terminal, f"{2 * BATCH} set", end)
    assert f"standard input: {BATCH} set, 0 unchanged, 0 refused" in shown
    assert f"{2 * BATCH} set" in shown
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    os.close(terminal)
    ctl.is_verified()
    assert len(links(ctl)) == 2 * BATCH
    said = ctl("import", "-", "--format", "relocated", input=text)
    assert said == (f"standard input: {2 * BATCH} set, {2 * BATCH} "
                    "unchanged\n")
    assert ctl.json("checkpoint")["entries"] == 4 * BATCH + 1
    ctl.is_verified()


def test_a_store_that_fails_on_the_way(ctl):
    """What was committed stays, and the message says how much that is."""
    terminal, other = pty.openpty()
    process = start(ctl, other)
    os.close(other)
    process.stdin.write(lines_of(BATCH + 10))
    process.stdin.flush()
    end = time.monotonic() + 60
    assert f"{BATCH} set" in read_until(terminal, f"{BATCH} set", end)
    ctl.sql("DROP TABLE head")
    out, _ = process.communicate(lines_of(BATCH))
    shown = read_until(terminal, "again", end)
    os.close(terminal)
    assert (process.returncode, out) == (DATA, b"")
    assert re.search(rf"hardlinkctl: .*; {BATCH} set before that stay, import "
                     r"it again\r\n$", shown)


def test_killed_anywhere(ctl):
    text = lines_of(10 * BATCH)
    for number in range(1, 8):
        process = start(ctl, subprocess.DEVNULL)
        try:
            process.stdin.write(text)
            process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            process.wait(number * 0.03)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        ctl.is_verified()
        assert len(links(ctl)) % BATCH == 0
    ctl("import", "-", "--format", "relocated", input=text)
    assert len(links(ctl)) == 10 * BATCH
    assert ctl.json("checkpoint")["entries"] == 10 * BATCH + 1


def test_terminal_shows_progress_and_refusals_apart(ctl):
    terminal, other = pty.openpty()
    process = start(ctl, other)
    os.close(other)
    out, _ = process.communicate(lines_of(BATCH) + b"x y\n")
    shown = read_until(terminal, "1 refused, 500 set", time.monotonic() + 60)
    os.close(terminal)
    assert (process.returncode, out) == (DATA, b"")
    assert f"{BATCH} set, 0 unchanged, 0 refused\r\033[Khardlinkctl: " in shown
    assert shown.endswith("hardlinkctl: standard input: 1 refused, "
                          f"{BATCH} set, 0 unchanged\r\n")

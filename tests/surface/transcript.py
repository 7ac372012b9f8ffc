"""Transcripts: what is typed, and what is to be seen. A file in golden/ has

	# a comment
	@ 2026-12-01T12:00:00Z	the clock from here on
	$ hardlinkctl list	a command of the shell
	> more of it		further lines, as of a here-document
	$* hardlinkctl list	the same in every format, from the same state
	-- json			... of which this is one
	    standard output
	  ! standard error
	  = 65			the exit code, if it isn't 0

It runs in a directory with an empty store, whose configuration is the default
one. Hexadecimal ids, signatures and long numbers are masked, letter for letter;
the directory is /DIR."""

import collections
import datetime
import os
import re
import subprocess
import tempfile

from ctl import clock_library, sanitizer
from programs import PREFIX, formats

# no disk has to be waited for
TEMPORARY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
CLOCK = "2026-12-01T12:00:00Z"
INPUT = re.compile(r"(#|@ |\$\*? |> )|$")

# typed: lines; every: in every format?
Step = collections.namedtuple("Step", "typed every clock")
# of one run of a step; format: None if it has none
Shown = collections.namedtuple("Shown", "step format output errors code")

PROLOGUE = """
exec </dev/null
umask 022
# the clock, for these alone: a sanitizer finds leaks in the shell
hardlinkctl() { run hardlinkctl "$@"; }
mailmove() { run mailmove "$@"; }
run() { LD_PRELOAD=$PRELOAD command "$1" ${FORMAT:+-f $FORMAT} "${@:2}"; }
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
sql() { /usr/bin/python3 -c 'import sqlite3, sys
db = sqlite3.connect("hardlink.db")
db.executescript(sys.argv[1])' "$1"; }
configure() { printf '%s\\n' "$@" >>hardlink.conf; }
new() { find . -mindepth 1 -delete; hardlinkctl init --dir . >/dev/null; }
save() { rm -rf "$OUT/state" && cp -a . "$OUT/state"; }
restore() { find . -mindepth 1 -delete && cp -a "$OUT/state/." .; }
"""


def parse(text):
    """(lines that stay, steps): a line that is a number stands for a step."""
    kept, steps, clock = [], [], CLOCK
    for line in text.splitlines():
        if not INPUT.match(line):
            continue
        if line.startswith("@ "):
            clock = line[2:]
        if line.startswith("$"):
            every = line.startswith("$* ")
            kept.append(len(steps))
            steps.append(Step([line[3 if every else 2:]], every, clock))
        elif line.startswith("> "):
            steps[-1].typed.append(line[2:])
        else:
            kept.append(line)
    return kept, steps


def seconds(time):
    return int(datetime.datetime.fromisoformat(
        time.replace("Z", "+00:00")).timestamp())


def script(start, steps, keeps_state):
    """Runs all steps; what each shows goes to files NUMBER.FORMAT.*"""
    lines = [PROLOGUE, f"export CLOCK_AT={seconds(CLOCK)}", start]
    for number, step in enumerate(steps):
        lines.append(f"export CLOCK_AT={seconds(step.clock)}")
        if step.every and keeps_state:
            lines.append("save")
        for name in formats() if step.every else [""]:
            if step.every and keeps_state:
                lines.append("restore")
            place = f"\"$OUT\"/{number}.{name}"
            lines += [f"FORMAT={name}", "{", *step.typed,
                      f"}} >{place}.out 2>{place}.err; echo $? >{place}.code",
                      "FORMAT="]
    return "\n".join(lines) + "\n"


def masked(text, directories):
    for directory in directories:
        text = text.replace(directory, "/DIR")
    text = re.sub(r"(?<![0-9a-f])[0-9a-f]{32,}(?![0-9a-f])",
                  lambda match: "#" * len(match[0]), text)
    # base64, maybe behind the line end of a string in JSON
    text = re.sub(r"(?:(?<=\\[nt])|(?<![\w+/=\\]))(?=[A-Za-z0-9+/]*[A-Z+/])"
                  r"[A-Za-z0-9+/]{40,}=*(?![\w+/=])",
                  lambda match: "#" * len(match[0]), text)
    return re.sub(r"(?<![\w-])[0-9]{5,}\b", lambda match: "#" * len(match[0]),
                  text)


def read(directory, name):
    with open(os.path.join(directory, name), encoding="utf-8",
              errors="backslashreplace", newline="") as file:
        return file.read()


def environment(directory, output, more):
    libraries = [library for library in (sanitizer(), clock_library())
                 if library]
    return {"PATH": f"{PREFIX}/bin:{PREFIX}/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HARDLINK_CONFIG": f"{directory}/hardlink.conf",
            "PRELOAD": " ".join(libraries), "CLOCK_SYNC": "yes",
            "OUT": output, "TZ": "UTC",
            "LC_ALL": "C.UTF-8", "HOME": directory, **more}


def run(text, start="hardlinkctl init --dir . >/dev/null", keeps_state=True,
        hidden=(), **more):
    """All that a transcript's steps show. start: the shell's first commands;
    keeps_state: does each format begin from the same state? hidden: names of
    directories; more: of the environment."""
    _, steps = parse(text)
    with tempfile.TemporaryDirectory(prefix="hardlink-golden.",
                                     dir=TEMPORARY) as directory, \
            tempfile.TemporaryDirectory(dir=TEMPORARY) as output:
        done = subprocess.run(
            ["bash", "-c", script(start, steps, keeps_state)], cwd=directory,
            check=False,
            env=environment(directory, output, more), timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert (done.returncode, done.stdout) == (0, "")
        return [
            Shown(step, name or None,
                  *(masked(read(output, f"{number}.{name}.{kind}"),
                           [directory, *hidden])
                    for kind in ("out", "err")),
                  int(read(output, f"{number}.{name}.code")))
            for number, step in enumerate(steps)
            for name in (formats() if step.every else [""])]


def block(shown):
    lines = [] if shown.format is None else [f"-- {shown.format}"]
    for mark, text in ("    ", shown.output), ("  ! ", shown.errors):
        lines += [mark + line.replace("\r", "\\r").replace("\f", "\\f")
                  for line in text.removesuffix("\n").split("\n") if text]
        if text and not text.endswith("\n"):
            lines.append("  % without a line end")
    return lines + [f"  = {shown.code}"] * (shown.code != 0)


def render(text, shown):
    """The transcript with what was shown."""
    kept, steps = parse(text)
    shown = iter(shown)
    lines = []
    for line in kept:
        if isinstance(line, str):
            lines.append(line)
            continue
        step = steps[line]
        lines.append(f"{'$*' if step.every else '$'} {step.typed[0]}")
        lines += [f"> {more}" for more in step.typed[1:]]
        for _ in formats() if step.every else [""]:
            lines += block(next(shown))
    return "\n".join(lines) + "\n"

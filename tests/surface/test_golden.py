"""What every command shows, in every format, and every error, word for word.
HARDLINK_GOLDEN=renew writes what is shown now into the transcripts."""

import difflib
import functools
import glob
import os
import re

import pytest

import transcript
import with_service
from programs import HERE, TABLED, commands

GOLDEN = sorted(path for path in glob.glob(os.path.join(HERE, "golden/*.txt"))
                if not path.endswith("/unreached.txt"))
# Commands without -f, and why.
WITHOUT_FORMATS = {
    ("hardlinkctl", "export"): "--format says in which form it writes",
}
# Commands without a transcript, and why.
ELSEWHERE = {
    ("hardlinkctl", "doctor"): "it tells of the whole machine: tests/doctor",
}


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def shown(path):
    """What the transcript in this file shows today."""
    text = text_of(path)
    if text.startswith("# Owners and hardlinkd"):
        return with_service.run(text)
    return transcript.run(text)


@pytest.mark.parametrize("path", GOLDEN, ids=[
    os.path.basename(path).removesuffix(".txt") for path in GOLDEN])
def test_golden(path):
    expected = text_of(path)
    found = transcript.render(expected, shown(path))
    if os.environ.get("HARDLINK_GOLDEN") == "renew":
        with open(path, "w", encoding="utf-8") as file:
            file.write(found)
        return
    assert found == expected, "\n" + "\n".join(difflib.unified_diff(
        expected.splitlines(), found.splitlines(), "golden", "shown", n=3,
        lineterm=""))


def command_of(line):
    """(program, command) of a typed line."""
    for program in TABLED:
        for name in sorted((command.name for command in commands(program)),
                           key=len, reverse=True):
            if re.search(rf"\b{program}(?: -\S+(?: \S+)?)*? {name}\b", line):
                return program, name
    return None


def steps():
    return [step for path in GOLDEN
            for step in transcript.parse(text_of(path))[1]]


def test_every_command_in_every_format():
    every = {command_of(step.typed[0]) for step in steps() if step.every}
    some = {command_of(step.typed[0]) for step in steps()}
    missing = [
        (program, command.name) for program in TABLED
        for command in commands(program)
        if (program, command.name) not in ELSEWHERE and
        (program, command.name) not in (
            some if (program, command.name) in WITHOUT_FORMATS else every)]
    assert not missing, f"put `$* COMMAND` into {HERE}/golden: {missing}"


def test_every_option():
    """Of those that all commands of a program take, once."""
    typed = "\n".join("\n".join(step.typed) for step in steps())
    missing = []
    for program in TABLED:
        for command in commands(program):
            if (program, command.name) in ELSEWHERE:
                continue
            for option in command.options:
                name = command.name
                if all(option in other.options for other in commands(program)):
                    name = ""
                if not re.search(rf"\b{program}\b.* {name}\b.* {option.name}\b",
                                 typed):
                    missing.append((program, command.name, option.name))
    assert not missing, f"in no transcript of {HERE}/golden: {missing}"

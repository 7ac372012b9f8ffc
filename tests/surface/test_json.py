"""hardlinkctl-json(7) against what the commands print: every member, its type,
and whether it may be null."""

import json
import re

import pytest

import mdoc
from programs import TABLED, commands, path, say
from test_golden import (ELSEWHERE, GOLDEN, WITHOUT_FORMATS, command_of,
                         text_of)

PAGE = mdoc.pages()["hardlinkctl-json.7"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|YYYY-MM-DDThh:mm:ssZ")
TYPES = {
    "string": lambda value: isinstance(value, str) and not TIME.fullmatch(value),
    "time": lambda value: isinstance(value, str) and TIME.fullmatch(value),
    # 5 and more digits are masked
    "integer": lambda value: type(value) is int,  # pylint: disable=C0123
    "boolean": lambda value: isinstance(value, bool),
}


def chapters():
    """{(program, command): (what it is, {member: type})}"""
    found = {}
    for heading, lines in mdoc.sections(PAGE).items():
        program, _, names = heading.partition(" ")
        if program not in TABLED:
            continue
        members = {}
        for number, line in enumerate(lines):
            if line.startswith(".It Va "):
                for name in re.findall(r"\w+", line.removeprefix(".It Va ")):
                    members[name] = lines[number + 1].split(";")[0].rstrip(".")
        for name in names.split(", "):
            found[program, name] = lines[0], members
    return found


def shown_json():
    """(program, command, value) of all transcripts."""
    found = []
    for file in GOLDEN:
        for block in re.split(r"^(?=\$)", text_of(file), flags=re.M):
            command = command_of(block.split("\n")[0])
            for text in re.findall(r"^-- json\n((?:    .*\n)+)(?!  [!=])",
                                   block, re.M):
                text = re.sub(r":#+([,}])", r":0\1", text)
                if command:
                    found.append((*command, json.loads(text)))
    return found


SHOWN = shown_json()
CHAPTERS = chapters()


@pytest.mark.parametrize("program", TABLED)
def test_every_command_has_its_chapter(program):
    missing = {command.name for command in commands(program)
               if (program, command.name) not in WITHOUT_FORMATS} - {
                   name for owner, name in CHAPTERS if owner == program}
    assert not missing, f"describe their JSON in hardlinkctl-json(7): {missing}"


@pytest.mark.parametrize("key", sorted(CHAPTERS), ids=" ".join)
def test_members(key, store):
    kind, members = CHAPTERS[key]
    values = [value for *command, value in SHOWN if tuple(command) == key]
    if key in ELSEWHERE:
        values = [json.loads(store.run("-f", "json", *key[1].split()).stdout)]
    assert values
    for value in values:
        assert ("rray" if isinstance(value, list) else "bject") in kind
        for row in value if isinstance(value, list) else [value]:
            assert list(row) == list(members), key
            for name, found in row.items():
                documented, _, null = members[name].partition(" or ")
                assert null in ("", "null")
                assert (found is None and null) or TYPES[documented](found), \
                    (name, members[name], found)


def test_the_version():
    for program in TABLED:
        code, said = say(path(program), "-f", "json", "--version")
        version = say(path(program), "--version")[1].split()[1]
        assert code == 0
        assert json.loads(said) == {"program": program, "version": version,
                                    "json": 1}
    assert "version 1" in mdoc.text(PAGE.splitlines())


def test_what_fails_says_nothing_in_json():
    code, said = say(path("hardlinkctl"), "-f", "json", "show", "nobody")
    assert (code, said) == (65, "")

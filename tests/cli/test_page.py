"""history and list, page by page: to a pager, to another program, to a file."""

import os
import stat
import subprocess

import pytest

from ctl import DATA, OK, PROGRAM, USAGE, json_lines
from terminal import Terminal

COUNT = 300
HEAD = b"seq  time"


@pytest.fixture(name="many")
def fixture_many(ctl):
    ctl("set", "--from", "-", input=json_lines(*(
        {"old": f"user{number:03}@example.com", "new": "new@example.org",
         "permanent": True} for number in range(COUNT))))
    return ctl


@pytest.fixture(name="on_terminal")
def fixture_on_terminal(many):
    def run(*arguments, **env):
        return Terminal([PROGRAM, *arguments], {
            **many.environment(TERM="xterm", HARDLINK_CONFIG=many.config),
            **env})
    os.environ.pop("PAGER", None)
    os.environ.pop("LESS", None)
    os.environ.pop("SUDO_UID", None)
    return run


def script(ctl, text):
    path = ctl.path("pager")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, stat.S_IRWXU)
    return path


@pytest.mark.parametrize("command", ["history", "list"])
@pytest.mark.parametrize("form", ["table", "json", "tab"])
def test_all_goes_through_the_pager(many, on_terminal, command, form):
    pager = script(many, 'cat >"$0.out"; echo "LESS=$LESS; read all"\n')
    terminal = on_terminal(command, "-f", form, PAGER=pager)
    assert terminal.end() == OK
    assert terminal.output == b"LESS=FRX; read all\r\n"
    with open(pager + ".out", encoding="utf-8") as file:
        assert file.read() == many(command, "-f", form)


def test_a_pager_with_arguments(many, on_terminal):
    pager = script(many, 'echo "$#:$1:$LESS"; cat >/dev/null\n')
    terminal = on_terminal("history", PAGER=f"{pager} -x", LESS="S")
    assert terminal.end() == OK
    assert terminal.output == b"1:-x:S\r\n"


def test_less_shows_the_first_page_and_is_left(on_terminal):
    terminal = on_terminal("history")
    terminal.wait_for(HEAD)
    terminal.wait_for(b":")
    assert b"user299@" in terminal.output
    terminal.type(b"q")
    assert terminal.end() == OK
    assert b"user000@" not in terminal.output


def test_less_to_the_end(on_terminal):
    terminal = on_terminal("list")
    terminal.wait_for(b"user000@")
    terminal.type(b"G")
    terminal.wait_for(b"user299@")
    terminal.type(b"q")
    assert terminal.end() == OK


def test_less_quits_by_itself_if_it_fits(on_terminal):
    terminal = on_terminal("history", "--limit", "3")
    assert terminal.end() == OK
    assert terminal.output.count(b"user") == 3


def test_a_pager_that_is_left_at_once(many, on_terminal):
    pager = script(many, "exit 3\n")
    for command in "history", "list":
        terminal = on_terminal(command, PAGER=pager)
        assert terminal.end() == OK
        assert terminal.output == b""


@pytest.mark.parametrize("env", [
    {"PAGER": "/nonexistent/pager"}, {"PAGER": ""}, {"PAGER": "cat"},
    {"TERM": "dumb", "PAGER": "false"}, {"PATH": "/nonexistent"}])
def test_without_a_pager(on_terminal, env):
    terminal = on_terminal("list", **env)
    assert terminal.end() == OK
    assert terminal.output.count(b"user") == COUNT


def test_no_pager(many, on_terminal):
    for command in "history", "list":
        terminal = on_terminal(command, "--no-pager", PAGER="false")
        assert terminal.end() == OK
        assert terminal.output.count(b"user") == COUNT
    assert many("list", env={"PAGER": "false", "TERM": "xterm"}) \
        .count("user") == COUNT


def test_other_commands_have_none(many, on_terminal):
    terminal = on_terminal("show", "user000@example.com", PAGER="false")
    assert terminal.end() == OK
    assert b"user000@" in terminal.output
    many.fails(USAGE, "show", "user000@example.com", "--no-pager",
               says="takes no")


def test_another_users_pager_is_not_run(on_terminal):
    terminal = on_terminal("list", PAGER="echo mine; cat", SUDO_UID="1000",
                           LESSOPEN="")
    terminal.wait_for(b"user000@")
    terminal.type(b"!echo shell$((1+1))\n")
    terminal.type(b"q")
    terminal.type(b"q")
    assert terminal.end() == OK
    assert b"mine" not in terminal.output
    assert b"shell2" not in terminal.output


def test_an_error_comes_below_what_was_shown(many, on_terminal):
    many.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 200")
    pager = script(many, 'cat >"$0.out"; echo seen\n')
    terminal = on_terminal("history", PAGER=pager)
    assert terminal.end() == DATA
    assert terminal.output == \
        b"seen\r\nhardlinkctl: entry 200: its signature is wrong\r\n"
    with open(pager + ".out", encoding="utf-8") as file:
        assert file.read().count("user") == COUNT + 1 - 200


def first_lines(ctl, arguments, count):
    """What a reader gets who reads so many lines, and what the program says."""
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8",
                          env=ctl.environment(HARDLINK_CONFIG=ctl.config)) \
            as process:
        lines = [process.stdout.readline() for _ in range(count)]
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == OK
    return lines


def test_a_reader_who_has_had_enough(many):
    assert len(first_lines(many, ["history"], 20)) == 20
    assert len(first_lines(many, ["list", "-f", "json"], 20)) == 20
    assert first_lines(many, ["list", "-f", "tab"], 1)[0].startswith("address")


def test_an_early_failure_leaves_standard_output_empty(many):
    many.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 280")
    many.fails(DATA, "history", says="entry 280")
    many.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 3")
    many.fails(DATA, "list", says="entry 3")


def test_what_is_behind_the_first_page_is_not_read_for_it(many):
    many.sql("UPDATE entry SET signature = zeroblob(64) WHERE seq = 2")
    result = many.run("history")
    assert result.returncode == DATA
    assert result.stdout.count("user") == COUNT - 1
    assert len(first_lines(many, ["history"], 3)) == 3


def test_a_file_has_patience(many):
    """Columns fit all that there is."""
    many("set", "a@example.com", "new@example.org", "--permanent", "--reason",
         "x" * 100)
    with open(many.path("out"), "w+", encoding="utf-8") as file:
        many("history", stdout=file)
        file.seek(0)
        lines = file.read().splitlines()
    assert len({line.rindex("  ") for line in lines[:-1]}) == 1


def test_wider_cells_widen_the_columns(ctl):
    ctl("set", "a" * 40 + "@example.com", "new@example.org", "--permanent")
    ctl("set", "--from", "-", input=json_lines(*(
        {"old": f"u{number:02}@example.com", "new": "new@example.org",
         "permanent": True} for number in range(50))))
    lines = ctl("history").splitlines()
    assert lines[51].index("permanent") > lines[50].index("permanent")
    assert lines[51].index("aaaa") == lines[50].index("u00")


def test_list_limit(many):
    for limit in 1, 3, COUNT - 1, COUNT, COUNT + 1:
        assert [row["address"] for row in
                many.json("list", "--limit", str(limit))] == \
            [f"user{number:03}@example.com"
             for number in range(min(limit, COUNT))]
    assert many.json("list", "--limit", "5", "--kind", "temporary") == []
    for limit in "0", "x", "-1", "":
        many.fails(USAGE, "list", "--limit", limit, says="--limit")


def test_memory_does_not_grow(many):
    """More entries than fit into what is allowed."""
    many("set", "--from", "-", input=json_lines(*(
        {"old": f"more{number}@example.com", "new": "new@example.org",
         "permanent": True, "reason": "x" * 450} for number in range(20000))))

    def peak(*arguments):
        with open(os.devnull, "w", encoding="ascii") as null:
            process = subprocess.Popen(
                [PROGRAM, *arguments], stdout=null,
                env=many.environment(
                    HARDLINK_CONFIG=many.config,
                    # what is freed is free
                    ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
                    ":quarantine_size_mb=1"))
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == OK
        return usage.ru_maxrss

    for command in (["history"], ["list"], ["history", "-f", "json"],
                    ["verify"]):
        # what is held back, SQLite's cache, and no more; a sanitizer's is more
        assert peak(*command) < peak("list", "--limit", "1") + 8192
    assert os.path.getsize(many.database) > 16 * 1024 * 1024

"""Completion, in real shells; and of everything that --help shows."""

import re

import pytest

from ctl import json_lines
from programs import TABLED, choices, commands, program_options
from shells import SHELLS, ask

ADDRESSES = ["alice@example.com", "alina@example.com", "bob@example.net",
             "d'or@example.com"]


@pytest.fixture(scope="module", name="filled")
def filled_store(store):
    for address in ADDRESSES:
        store("set", address, "new@example.org", "--permanent")
    store("set", "--from", "-", input=json_lines(*[
        {"old": f"many{number}@example.com", "new": "new@example.org",
         "permanent": True} for number in range(300)]))
    return store


@pytest.fixture(scope="module", params=SHELLS)
def shell(request, filled, tmp_path_factory):
    directory = tmp_path_factory.mktemp("files")
    (directory / "links.json").touch()
    (directory / "a@b:c").touch()
    (directory / "deep").mkdir()
    started = SHELLS[request.param](HARDLINK_CONFIG=filled.config)
    started.run(f"cd {directory}")
    yield started
    started.close()


def names(program):
    return sorted({command.name.split()[0] for command in commands(program)})


@pytest.mark.parametrize("program", TABLED)
def test_commands(shell, program):
    assert sorted(shell.offers(f"{program} ")) == names(program)


def test_words_of_a_group(shell):
    assert sorted(shell.offers("hardlinkctl key ")) == sorted(
        command.name.split()[1] for command in commands("hardlinkctl")
        if command.name.startswith("key "))
    assert shell.complete("hardlinkctl key gen") == "hardlinkctl key generate"


def test_a_command_is_completed(shell):
    assert shell.complete("hardlinkctl sho") == "hardlinkctl show"
    assert shell.complete("hardlinkctl -f json sho") == \
        "hardlinkctl -f json show"
    assert shell.complete("mailmove conf") == "mailmove confirm"


def test_options(shell):
    assert shell.complete("hardlinkctl list --expiring") == \
        "hardlinkctl list --expiring-within"
    assert shell.offers("hardlinkctl set a b --perm") == ["--permanent"]
    # not twice
    assert "--permanent" not in shell.offers("hardlinkctl set --permanent --")
    assert shell.complete("mailmove back --y") == "mailmove back --yes"


def test_values(shell):
    assert shell.offers("hardlinkctl list --kind ") == \
        ["permanent", "temporary"]
    assert shell.complete("hardlinkctl list --kind=perm") == \
        "hardlinkctl list --kind=permanent"
    assert shell.complete("hardlinkctl -f js") == "hardlinkctl -f json"


def test_addresses(shell):
    assert shell.offers("hardlinkctl show al") == ADDRESSES[:2]
    assert shell.complete("hardlinkctl show bob") == \
        "hardlinkctl show bob@example.net"
    # bash cuts the line here
    assert shell.complete("hardlinkctl unset alice@ex") == \
        "hardlinkctl unset alice@example.com"
    assert shell.complete("hardlinkctl expire bob@example.net ali") == \
        "hardlinkctl expire bob@example.net ali"
    assert shell.complete("hardlinkctl set bob@example.net ali") == \
        "hardlinkctl set bob@example.net ali"


def test_too_many_addresses_are_none(shell):
    assert shell.complete("hardlinkctl show man") == "hardlinkctl show man"
    assert shell.complete("hardlinkctl show many29").startswith(
        "hardlinkctl show many29")
    assert len(shell.offers("hardlinkctl show many29")) == 11


def test_files(shell):
    assert shell.complete("hardlinkctl import li") == \
        "hardlinkctl import links.json"
    assert shell.complete("hardlinkctl set --from li") == \
        "hardlinkctl set --from links.json"
    assert shell.complete("hardlinkctl set --from=li") == \
        "hardlinkctl set --from=links.json"
    assert shell.complete("hardlinkctl init --dir ").removesuffix("/") == \
        "hardlinkctl init --dir deep"


def test_no_store_no_word():
    """Nor an error."""
    nowhere = {"HARDLINK_CONFIG": "/nonexistent/hardlink.conf"}
    assert ask("hardlinkctl", "show", "", **nowhere) == ([], [":value OLD"])
    assert ask("hardlinkctl", "key", "retire", "", **nowhere) == \
        ([], [":value KEYID"])
    assert ask("hardlinkctl", **nowhere) == ([], [])
    assert ask("hardlinkctl", "what", "", **nowhere) == ([], [])


def test_keys(filled):
    identity = filled.json("key", "list")[0]["id"]
    assert ask("hardlinkctl", "-c", filled.config, "key", "revoke",
               identity[:3], HARDLINK_CONFIG="")[0] == [identity]


@pytest.mark.parametrize("program", TABLED)
def test_everything_of_help_is_offered(program):
    nowhere = {"HARDLINK_CONFIG": "/nonexistent/hardlink.conf"}
    for command in commands(program):
        words = command.name.split()
        assert words[-1] in ask(program, *words[:-1], "", **nowhere)[0]
        offered, _ = ask(program, *words, "-", **nowhere)
        assert sorted(offered) == sorted(
            option.name for option in
            [*program_options(program), *command.options]), command.name


def closed_sets():
    """Options whose help lists what they take: "a, b or c"."""
    found = []
    for program in TABLED:
        for command in commands(program):
            for option in [*program_options(program), *command.options]:
                if option.value and re.fullmatch(
                        r"(?:[a-z-]+(?: \([a-z ]+\))?, )*[a-z-]+ or [a-z-]+",
                        option.help):
                    found.append((program, command.name, option))
    return found


def test_closed_sets_are_offered():
    found = closed_sets()
    assert {"-f", "--kind", "--state"} <= {option.name for *_, option in found}
    for program, command, option in found:
        offered, _ = ask(program, *command.split(), option.name, "")
        assert sorted(offered) == sorted(choices(option.help)), option


def test_what_is_offered_is_taken(filled):
    """Of the values that --help doesn't list."""
    for action in ask("hardlinkctl", "history", "--action", "")[0]:
        filled("history", "--action", action, "--limit", "1")
    for command in "import", "export":
        offered = ask("hardlinkctl", command, "--format", "")[0]
        assert "csv" in offered
        for name in offered:
            filled.run(command, "--format", name,
                       *["-"] * (command == "import")).check_returncode()

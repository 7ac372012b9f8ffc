"""Manual pages: one for whatever there is, and what they say is so."""

import os
import re
import subprocess

import pytest

import mdoc
from messages import EXIT_CODES
from programs import (PREFIX, SOURCES, TABLED, commands, installed, options,
                      path, program_options, say)

PAGES = mdoc.pages()
# Options of others that a page speaks of, besides those of programs here.
FOREIGN = {
    "hardlinkctl.1": {"--sysconfdir"},
    "hardlink.conf.5": {"--sysconfdir", "--localstatedir"},
}
# hardlinkd and hardlink-notice have Dovecot's way with options.
DOVECOT = {"hardlinkd", "hardlink-notice"}


def page_of(program):
    name, = [page for page in PAGES
             if re.fullmatch(re.escape(program) + r"\.[18]", page)]
    return name, PAGES[name]


def source(name):
    with open(os.path.join(SOURCES, name), encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("page", sorted(PAGES))
def test_mandoc_finds_nothing(page):
    if PAGES[page].startswith(".so "):
        assert PAGES[page].strip().split("/")[1] in PAGES
        return
    said = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "style",
         os.path.join(SOURCES, "man", page)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False).stdout
    # what other pages this machine has isn't the page's concern
    assert [line for line in said.splitlines() if not re.search(
        "lacks|referenced manual not found|Mdocdate|longer than 80", line)] == []


def test_all_pages_are_installed():
    found = {name for _, _, names in os.walk(os.path.join(PREFIX, "share/man"))
             for name in names}
    assert set(PAGES) == found


def test_references_lead_somewhere():
    for page, text in PAGES.items():
        for name, section in re.findall(
                r"^\.Xr ((?:hardlink|mailmove|doveadm-hardlink)\S*) (\d)", text,
                re.M):
            assert f"{name}.{section}" in PAGES, page


@pytest.mark.parametrize("program", sorted(installed()))
def test_every_program_has_a_page(program):
    page_of(program)


def test_every_plugin_has_a_page():
    """One that says its name in the field's way."""
    names = {match[1] for _, _, files in
             os.walk(os.path.join(PREFIX, "lib/dovecot/modules"))
             for name in files
             if (match := re.match(r"lib\d+_(\w+)_plugin\.so", name))}
    assert {"lmtp_hardlink", "lda_hardlink"} <= names
    for name in names:
        assert any(re.search(rf"^\.(Cm|Nm) {name}\b", text, re.M)
                   for page, text in PAGES.items() if page != "hardlinkd.8"), name


@pytest.mark.parametrize("program", TABLED)
def test_commands_and_their_usage(program):
    """Word for word, and no command that isn't there."""
    page, text = page_of(program)
    shown = [mdoc.tokens(usage) for usage, _ in mdoc.items(text, "Cm")]
    names = [command.name.split() for command in commands(program)]
    for command in commands(program):
        for form in command.usage:
            words = [*command.name.split(), *mdoc.tokens(form)]
            assert words in shown, \
                f"{page} lacks `.It Cm` with: {' '.join(words)}"
    for usage in shown:
        # other lists have single words
        assert len(usage) == 1 or any(
            usage[:len(name)] == name for name in names) or \
            usage[0] not in {name[0] for name in names}, usage


@pytest.mark.parametrize("program", TABLED)
def test_options_of_tabled_programs(program):
    """Each has its place; those of a usage are held by it."""
    _, text = page_of(program)
    listed = {usage for usage, _ in mdoc.items(text, "Fl")}
    for command in commands(program):
        usage = " ".join(command.usage)
        for option in [*program_options(program), *command.options]:
            shown = f"{option.name} {option.value}" if option.value \
                else option.name
            assert shown in listed or re.search(rf"{option.name}\b", usage), \
                (command.name, shown)
    for option in program_options(program):
        assert (f"{option.name} {option.value}" if option.value
                else option.name) in listed, option


def known_options(program):
    if program in TABLED:
        return {option.name for command in commands(program)
                for option in [*program_options(program), *command.options]}
    if program in DOVECOT:
        letters, = re.findall(r'master_service_init\([^)]*"([A-Za-z:]+)"\)',
                              source("plugin/service/start.c"))
        return {f"-{letter}" for letter in letters.replace(":", "")}
    return {option.name for option in options(say(path(program), "-h")[1])}


@pytest.mark.parametrize("program", sorted(installed()))
def test_no_option_that_isnt_there(program):
    """All that the page names is known, and of programs without a table all
    that is known is named."""
    page, text = page_of(program)
    if text.startswith(".so "):
        page, text = text.strip().split("/")[1], PAGES[
            text.strip().split("/")[1]]
    named = {"-" + name for name in re.findall(r"\bFl (-?[A-Za-z][a-z0-9-]*)",
                                               text)}
    known = known_options(program)
    assert named - known - FOREIGN.get(page, set()) == set()
    if program not in TABLED:
        assert known <= named


@pytest.mark.parametrize("program", sorted(set(installed()) - set(TABLED) -
                                           DOVECOT))
def test_values_of_options(program):
    _, text = page_of(program)
    listed = {usage for usage, _ in mdoc.items(text, "Fl")}
    for option in options(say(path(program), "-h")[1]):
        assert (f"{option.name} {option.value}" if option.value
                else option.name) in listed


@pytest.mark.parametrize("program", TABLED)
def test_exit_codes(program):
    _, text = page_of(program)
    lines = mdoc.sections(text)["EXIT STATUS"]
    assert {int(line[4:]) for line in lines if line.startswith(".It ")} == \
        {0, *EXIT_CODES.values()}


MACROS = {
    "HL_LOCALSTATEDIR": "/var", "HL_SYSCONFDIR": "/etc",
    "HL_CONFIG_SERVICE_SOCKET": "/run/dovecot/hardlink",
}


def configuration():
    """{key: default, or None if it follows from another}; the reserved ones
    aren't in it."""
    table = source("lib/hl-config-keys.c").split("hl_config_keys[] = {")[1] \
        .split("{NULL")[0]
    table = re.sub(r"/\*.*?\*/", "", table, flags=re.S)
    found = {}
    for name, default, function in re.findall(
            r'\{"(\w+)",\s*(.*?),\s*(\w+)\}', table, re.S):
        for macro, value in MACROS.items():
            default = default.replace(macro, f'"{value}"')
        if function != "refuse_reserved":
            found[name] = None if default == "NULL" else \
                re.sub(r'"\s*"', "", default)[1:-1]
    return found


def test_keys_of_the_configuration_and_their_defaults():
    page = PAGES["hardlink.conf.5"]
    described = {name: mdoc.text(lines)
                 for name, lines in mdoc.items(page, "Cm")}
    keys = configuration()
    assert set(described) == set(keys)
    for name, default in keys.items():
        shown = described[name]
        if default is None:
            assert "Default: " in shown
        elif default == "":
            assert "Default: empty" in shown
        else:
            assert f"Default: {default}" in shown or \
                f"{default} (the default)" in shown or \
                re.search(rf"\b{default}\b \([^()]*the default\)", shown), \
                (name, default)


def test_init_writes_every_key_with_its_default(store):
    with open(store.config, encoding="utf-8") as file:
        lines = dict(re.findall(r"^#?(\w+) = ?(.*)$", file.read(), re.M))
    keys = configuration()
    assert set(lines) == set(keys)
    for name, default in keys.items():
        assert lines[name] == default or store.directory in lines[name]


def test_reserved_keys_are_said_to_be(store):
    for name in re.findall(r'"(\w+)", NULL, refuse_reserved',
                           source("lib/hl-config-keys.c")):
        assert re.search(rf"^\.Cm {name}\b", PAGES["hardlink.conf.5"], re.M)

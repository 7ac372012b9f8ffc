"""export: what import reads back, and what real Postfix tools look up."""

import json
import subprocess
import time

import pytest

from ctl import DATA, TEMP, USAGE, Ctl, json_lines, shifted
from writer import Writer

UNTIL = "2030-01-31T12:00:00Z"
SPECIALS = {
    "a@example.com": ("new@example.net", None),
    "b@example.com": ("New@example.net", UNTIL),
    '"john doe"@example.com': ('"jane, doe"@example.net', None),
    '"a\\"b\\\\c"@example.com': ('"\\"\\""@example.net', UNTIL),
    '"a,b"@example.com': ("new@example.net", None),
    '".dots."@example.com': ("new@example.net", None),
    '"x@y"@example.com': ("new@example.net", None),
    "user+detail@example.com": ("new+detail@example.net", None),
    "!$%&'*/=?^_`{|}~-@example.com": ("new@example.net", None),
    "josé@example.com": ("josé@example.net", None),
    "u@xn--bcher-kva.example": ("用户@xn--bcher-kva.example", None),
    '"a #b"@example.org': ("#c@example.net", None)}
HASH = "#hash@example.com"


@pytest.fixture
def filled(ctl):
    ctl("set", "--from", "-", input=json_lines(*(
        {"old": old, "new": new, **({"until": until} if until else
                                    {"permanent": True})}
        for old, (new, until) in SPECIALS.items())))
    return ctl


def links(ctl):
    return {row["address"]: (row["target"], row["expires"])
            for row in ctl.json("list")}


def exported(ctl, name, *arguments):
    path = ctl.path("exported")
    with open(path, "wb") as file:
        result = ctl.run("export", "--format", name, *arguments, stdout=file)
    assert result.returncode == 0, result.stderr
    with open(path, "rb") as file:
        return file.read().decode(), result.stderr


def rows(text):
    return [line for line in text.splitlines() if line[:1] != "#"]


GOLDEN = {
    "json": '{"old":"\\"a b\\"@example.com","new":"n@example.net",'
            '"permanent":true}\n'
            '{"old":"x@example.org","new":"é@example.net",'
            f'"until":"{UNTIL}"}}\n',
    "csv": "address,kind,target,expires\r\n"
           '"""a b""@example.com",permanent,n@example.net,\r\n'
           f"x@example.org,temporary,é@example.net,{UNTIL}\r\n",
    "relocated":
        "# For relocated_maps, made by `hardlinkctl export --format relocated`."
        "\n# What Postfix answers from this loses:\n"
        "# - the reply: 550 5.1.6, not 557 5.2.7 with the new address alone;\n"
        "# - 558: temporary ones look permanent;\n"
        "# - expiry: a row stays until the table is made anew;\n"
        "# - that there is exactly one new address: the value is free text.\n"
        '"a b"@example.com\tn@example.net\nx@example.org\té@example.net\n',
    "postfix-recipients":
        "# Recipients that Postfix must go on to accept, so that\n"
        "# hardlink-milter can answer for them; made by `hardlinkctl export\n"
        "# --format postfix-recipients`.\n"
        '"a b"@example.com\thard-linked\nx@example.org\thard-linked\n'}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(ctl, name):
    empty, _ = exported(ctl, name)
    assert rows(empty) == rows(GOLDEN[name])[:1 if name == "csv" else 0]
    ctl("set", "x@example.org", "é@example.net", "--until", UNTIL)
    ctl("set", '"a b"@example.com', "n@example.net", "--permanent")
    assert exported(ctl, name) == (GOLDEN[name], "")


@pytest.mark.parametrize("name", ["json", "csv"])
def test_round_trip(filled, name, tmp_path):
    filled("set", HASH, "new@example.net", "--permanent")
    text, _ = exported(filled, name)
    other = Ctl(tmp_path / "other").init()
    other("import", filled.path("exported"), "--format", name)
    assert links(other) == links(filled)
    assert links(other) == {**SPECIALS, HASH: ("new@example.net", None)}
    assert exported(other, name)[0] == text
    # and once more nothing is new
    said = other("import", filled.path("exported"), "--format", name)
    assert said.endswith(f": 0 set, {len(SPECIALS) + 1} unchanged\n")


def test_relocated_comes_back_but_for_what_it_loses(filled, tmp_path):
    exported(filled, "relocated")
    other = Ctl(tmp_path / "other").init()
    other("import", filled.path("exported"), "--format", "relocated")
    assert links(other) == {old: (new, None)
                            for old, (new, _) in SPECIALS.items()}


def test_filters(filled):
    text, _ = exported(filled, "json", "--domain", "BÜCHER.example")
    assert [json.loads(line)["old"] for line in rows(text)] == [
        "u@xn--bcher-kva.example"]
    text, _ = exported(filled, "relocated", "--kind", "temporary")
    assert rows(text) == ['"a\\"b\\\\c"@example.com\t"\\"\\""@example.net',
                          "b@example.com\tNew@example.net"]
    text, _ = exported(filled, "json", "--kind", "permanent")
    assert len(rows(text)) == len(SPECIALS) - 2
    text, _ = exported(filled, "json", "--domain", "none.example")
    assert text == ""


def test_order_is_by_address(filled):
    text, _ = exported(filled, "json")
    assert [json.loads(line)["old"] for line in rows(text)] == sorted(
        SPECIALS, key=str.encode)


def test_expired_ones_are_left_out(ctl):
    ctl("set", "a@example.com", "new@example.net", "--for", "2h")
    ctl("set", "b@example.com", "new@example.net", "--permanent")
    text, said = exported(ctl, "csv", "--kind", "temporary")
    assert text.count("\n") == 2 and said == ""
    result = ctl.run("export", "--format", "csv", env=shifted("+3h"))
    assert "b@example.com" in result.stdout
    assert "a@example.com" not in result.stdout
    assert result.stderr == ""


def test_what_a_table_cannot_hold_is_said(filled):
    filled("set", HASH, "new@example.net", "--permanent")
    for name in "relocated", "postfix-recipients":
        text, said = exported(filled, name)
        assert len(rows(text)) == len(SPECIALS)
        assert said == ("hardlinkctl: warning: 1 left out: an address that "
                        "begins with #, which Postfix's tables take for a "
                        "comment\n")


def postmap(directory, text):
    """Real Postfix tools, on a table in this directory."""
    (directory / "main.cf").write_text("compatibility_level = 3.6\n")
    (directory / "table").write_text(text)
    kind = subprocess.run(
        ["postconf", "-c", directory, "-h", "default_database_type"],
        stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    table = f"{kind}:{directory}/table"

    def run(*arguments, fails=False):
        result = subprocess.run(
            ["postmap", "-c", directory, *arguments, table], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert (result.returncode != 0, result.stderr) == (fails, "")
        return result.stdout

    run()
    return run


@pytest.mark.parametrize("name", ["relocated", "postfix-recipients"])
def test_postfix_finds_every_key(filled, name, tmp_path):
    text, _ = exported(filled, name)
    directory = tmp_path / "postfix"
    directory.mkdir()
    run = postmap(directory, text)
    for old, (new, _) in SPECIALS.items():
        value = new if name == "relocated" else "hard-linked"
        # as Postfix asks: quoted as it must be written
        assert run("-q", old) == value + "\n"
    assert run("-s").count("\n") == len(SPECIALS)
    run("-q", "other@example.com", fails=True)
    run("-q", "example.com", fails=True)


def test_to_come_is_left_out_and_said(ctl):
    """Here now; there in an hour, and for an hour."""
    now = int(time.time())
    Writer(ctl).state("a@example.com", current="permanent",
                      current_new="here@example.net", next="temporary",
                      next_new="there@example.net", next_effective=now + 3600,
                      next_expires=now + 7200, next_status="confirmed")
    said = "hardlinkctl: warning: 1 left out: to come, not in force yet\n"
    text, warning = exported(ctl, "relocated")
    assert rows(text) == ["a@example.com\there@example.net"]
    assert warning == said
    assert exported(ctl, "json", "--kind", "temporary") == ("", said)
    assert exported(ctl, "json", "--domain", "example.org") == ("", "")
    result = ctl.run("export", "--format", "relocated", env=shifted("+90m"))
    assert rows(result.stdout) == ["a@example.com\tthere@example.net"]
    assert result.stderr == ""


def test_full_output(filled):
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = filled.run("export", "--format", "json", stdout=full)
    assert result.returncode == TEMP
    assert result.stderr.startswith("hardlinkctl: standard output: ")


def test_usage(ctl):
    for arguments in ([], ["--format", "xml"], ["--format"],
                      ["--format", "json", "-f", "json"],
                      ["--format", "json", "--kind", "x"],
                      ["--format", "json", "a@example.com"]):
        ctl.fails(USAGE, "export", *arguments)
    ctl.fails(DATA, "export", "--format", "json", "--domain", "a b")

"""Whole domains on the command line: `set @old.example @new.example`."""

import subprocess

import pytest

from ctl import (DATA, NOPERM, NOT_FOUND, OK, USAGE, Ctl, json_lines, masked,
                 shifted)

OLD, NEW = "@old.example", "@new.example"
ALICE = "alice@old.example"
IF_EXISTS = ("hardlinkctl: warning: only if this recipient exists: it is the "
             "hard-link of @old.example\n")
UNTIL = "2030-01-31T12:00:00Z"


@pytest.fixture
def moved(ctl):
    assert ctl("set", "@Old.Example", NEW, "--permanent") == \
        "@old.example: permanent, to @new.example\n"
    return ctl


def looked_up(ctl, address, **options):
    """(output, whether that holds only if the recipient exists)"""
    result = ctl.run("lookup", address, **options)
    assert result.returncode == OK, result.stderr
    assert result.stderr in ("", IF_EXISTS)
    return result.stdout, result.stderr != ""


def is_not_moved(ctl, address, **options):
    return ctl.run("lookup", address, **options).returncode == NOT_FOUND


def test_lookup(moved):
    assert looked_up(moved, "Alice+X@OLD.example") == (
        "557 5.2.7 mailbox has moved to <Alice+X@new.example>\n", True)
    for address in ("abuse@old.example", "Postmaster+x@old.example",
                    "a@sub.old.example", "a@new.example"):
        assert is_not_moved(moved, address)
    moved.fails(DATA, "lookup", OLD, says="the local part is empty")
    moved("set", ALICE, "alice@example.net", "--permanent")
    assert looked_up(moved, "ALICE+x@old.example") == (
        "557 5.2.7 mailbox has moved to <alice@example.net>\n", False)
    moved("unset", ALICE)
    assert looked_up(moved, ALICE) == (
        "557 5.2.7 mailbox has moved to <alice@new.example>\n", True)


def test_lookup_says_so_in_json(moved):
    result = moved.run("-f", "json", "lookup", "a@old.example")
    assert '"if_exists":true' in result.stdout and result.stderr == IF_EXISTS
    moved("set", ALICE, "alice@example.net", "--permanent")
    assert moved.json("lookup", ALICE)["if_exists"] is False


def test_protected_localparts_are_the_sites(moved):
    with open(moved.config, "a", encoding="ascii") as file:
        file.write("protected_localparts = sales\n")
    assert looked_up(moved, "abuse@old.example")[1]
    assert is_not_moved(moved, "Sales+x@old.example")
    assert is_not_moved(moved, "postmaster@old.example")


def test_refused(moved):
    for old, new, code, says in (
            (OLD, "@other.example", NOPERM, "--replace ends that"),
            ("@a.example", "@a.example", DATA, "itself"),
            (NEW, OLD, DATA, "leads back"),
            ("@a.example", "b@b.example", DATA, "a whole domain goes to"),
            ("a@a.example", "@b.example", DATA, "a whole domain goes to"),
            ("@", "@b.example", DATA, "domain"),
            ("@a.example", "@@b.example", DATA, "domain"),
            ("@[192.0.2.1]", "@b.example", DATA, "address literal"),
            ("@a.example", "@*.b.example", DATA, "domain"),
            ("a.example", "@b.example", DATA, "no @"),
            ("alice@new.example", ALICE, DATA, "leads back")):
        moved.fails(code, "set", old, new, "--permanent", says=says)
    moved.fails(DATA, "block", OLD, says="a whole domain")
    moved.fails(NOT_FOUND, "unset", NEW)
    moved.fails(NOT_FOUND, "show", "@old.example.org")
    moved.fails(USAGE, "set", OLD, NEW)


def test_a_circle_through_a_single_address(ctl):
    ctl("set", "alice@new.example", ALICE, "--permanent")
    ctl("set", "bob@new.example", "carol@old.example", "--permanent")
    ctl.fails(DATA, "set", OLD, NEW, "--permanent",
              says="@old.example: alice@old.example can't be hard-linked to "
                   "alice@new.example: that leads back")
    ctl("unset", "alice@new.example")
    ctl("set", OLD, NEW, "--permanent")


def test_its_life(ctl):
    ctl("set", OLD, NEW, "--until", UNTIL, "--reason", "sold")
    assert ctl("extend", OLD, "--until", "2030-02-01T00:00:00Z").startswith(
        "@old.example: temporary, to @new.example, until 2030-02-01")
    assert ctl.json("show", OLD)["target"] == NEW
    assert looked_up(ctl, "a@old.example") == (
        "558 5.2.8 mailbox has temporarily moved to <a@new.example>\n", True)
    later = shifted("+350d", synchronised=True)
    ctl("set", OLD, NEW, "--for", "30d", "--replace")
    assert is_not_moved(ctl, "a@old.example", env=later)
    assert "@old.example" in ctl("expire", "--dry-run", "--force", env=later)
    ctl("expire", OLD)
    assert is_not_moved(ctl, "a@old.example")
    ctl("set", OLD, NEW, "--permanent")
    ctl("unset", OLD)
    actions = [(row["action"], row["address"], row["target"])
               for row in ctl.json("history", OLD)]
    assert actions == [
        ("withdraw", OLD, None), ("set", OLD, NEW), ("withdraw", OLD, None),
        ("set", OLD, NEW), ("extend", OLD, NEW), ("set", OLD, NEW)]
    ctl.is_verified()


def test_list(moved):
    moved("set", ALICE, "alice@example.net", "--permanent")
    moved("set", "@example.org", "@example.net", "--for", "1d")
    rows = moved.json("list")
    assert [row["address"] for row in rows] == [
        "@example.org", OLD, ALICE]
    assert [row["address"] for row in moved.json(
        "list", "--domain", "OLD.example")] == [OLD, ALICE]
    assert [row["address"] for row in moved.json(
        "list", "--kind", "temporary")] == ["@example.org"]
    assert masked(moved("list", "--domain", "example.org")) == (
        "address       kind       target        expires               state   "
        "set_at                actor\n"
        "@example.org  temporary  @example.net  YYYY-MM-DDThh:mm:ssZ  active  "
        "YYYY-MM-DDThh:mm:ssZ  root\n")


@pytest.mark.parametrize("name", ["json", "csv"])
def test_export_and_import(moved, tmp_path, name):
    moved("set", ALICE, "alice@example.net", "--permanent")
    moved("set", "@b\u00fccher.example", NEW, "--until", UNTIL)
    text = moved("export", "--format", name)
    other = Ctl(tmp_path / "other").init()
    assert other.json("import", "-", "--format", name, input=text)["set"] == 3
    assert [(row["address"], row["target"], row["expires"])
            for row in other.json("list")] == [
        (OLD, NEW, None), ("@xn--bcher-kva.example", NEW, UNTIL),
        (ALICE, "alice@example.net", None)]
    again = other.json("import", "-", "--format", name, input=text)
    assert (again["set"], again["unchanged"]) == (0, 3)
    other.is_verified()


def test_import_refuses_line_by_line(ctl):
    result = ctl.run("import", "-", "--format", "json", input=json_lines(
        {"old": OLD, "new": NEW, "permanent": True},
        {"old": NEW, "new": OLD, "permanent": True},
        {"old": OLD, "new": "a@new.example", "permanent": True}))
    assert result.returncode == DATA
    assert ":2: @new.example can't be hard-linked" in result.stderr
    assert ":3: @old.example can't be hard-linked" in result.stderr
    assert [row["address"] for row in ctl.json("list")] == [OLD]


def test_set_from(ctl):
    ctl("set", "--from", "-", input=json_lines(
        {"old": OLD, "new": NEW, "permanent": True},
        {"old": ALICE, "new": "alice@example.net", "for": "1d"}))
    assert len(ctl.json("list")) == 2


@pytest.mark.parametrize("name", ["relocated", "postfix-recipients"])
def test_postfix_cannot_say_it(moved, name):
    """A key @domain stands for any address in a table: it's only mentioned."""
    moved("set", ALICE, "alice@example.net", "--permanent")
    result = moved.run("export", "--format", name)
    assert result.returncode == OK
    assert "1 left out: a whole domain" in result.stderr
    lines = result.stdout.splitlines()
    assert "# A whole domain, not in this table: @old.example, to " \
        "@new.example." in lines
    assert [line.split("\t")[0] for line in lines if line[0] != "#"] == [ALICE]
    path = moved.path("map")
    with open(path, "w", encoding="utf-8") as file:
        file.write(result.stdout)
    asked = subprocess.run(["postmap", "-q", "@old.example", f"texthash:{path}"],
                           stdout=subprocess.PIPE, check=False)
    assert asked.stdout == b""


def test_relocated_maps_mean_something_else(ctl):
    result = ctl.run("import", "-", "--format", "relocated",
                     input="@old.example new@example.net\n")
    assert result.returncode == DATA
    assert "a whole domain, which relocated maps send to one address" in \
        result.stderr


def test_what_is_an_entry_as_any_other(moved):
    moved("set", ALICE, "alice@example.net", "--permanent")
    assert moved("proof", OLD).count("\ndomain=old.example\n") == 1
    moved.sql("DELETE FROM link WHERE key = '@old.example'")
    moved("rebuild")
    assert looked_up(moved, "bob@old.example")[1]
    moved.is_verified()
    moved("unset", OLD)
    moved("forget", OLD)
    assert not moved.json("history", OLD)
    moved.is_verified()

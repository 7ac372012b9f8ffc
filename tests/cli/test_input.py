"""Bad input: one clear line, the documented exit code, an unchanged store."""

import pytest

from ctl import DATA, NOPERM, USAGE

OLD, NEW = "old@example.com", "new@example.org"

BAD_ADDRESSES = [
    "", "@", "user", "user@", "@@example.org", "a b@example.org",
    "a..b@example.org", ".a@example.org", "a.@example.org", "a@b@example.org",
    "a@-example.org", "a@example..org", "a@example.org.", "a@exa_mple.org",
    "a@1.2.3.4", "a@[192.0.2.1]", "@relay.example:a@example.org",
    "<a@example.org>", '"a@example.org', '"a"b@example.org',
    '"a\\"@example.org', '""@example.org', "a@example.org\r\n",
    "a\r\nRCPT TO:<b@example.org>@example.org", "a\t@example.org",
    "a\x01@example.org", "a\x7f@example.org", '"a\nb"@example.org',
    "a@exam\rple.org", "b\x85cher@example.org", "a@xn--a-ecp.example",
    "x" * 65 + "@example.org", "a@" + "x" * 64 + ".org",
    "a@" + ".".join(["x" * 63] * 4), "x" * 60 + "@" + ".".join(
        ["y" * 60] * 4),
    "a" * 100000 + "@example.org", "a@" + "b" * 100000]


@pytest.mark.parametrize("address", BAD_ADDRESSES,
                         ids=range(len(BAD_ADDRESSES)))
def test_addresses(ctl, address):
    ctl("set", OLD, NEW, "--permanent")
    for arguments in (["set", address, NEW, "--permanent"],
                      ["set", NEW, address, "--permanent"],
                      ["unset", address], ["extend", address, "--for", "1d"],
                      ["show", address], ["lookup", address],
                      ["expire", address], ["history", address]):
        ctl.fails(DATA, *arguments)


def test_bytes_that_are_not_utf8(ctl):
    ctl.fails(DATA, "set", b"a\xff@example.org", NEW, "--permanent")
    ctl.fails(DATA, "set", OLD, NEW, "--permanent", "--reason", b"\xc3\x28")


@pytest.mark.parametrize("reason", [
    "a\rb", "a\nb", "a\x1b[31mb", "a\tb", "a\x7fb", "\x85", "x" * 501,
    "ü" * 251, "x" * 100000])
def test_reasons(ctl, reason):
    ctl("set", OLD, NEW, "--for", "1d")
    for arguments in (["set", OLD, NEW, "--permanent", "--replace"],
                      ["unset", OLD], ["extend", OLD, "--for", "1d"],
                      ["expire", OLD]):
        ctl.fails(DATA, *arguments, "--reason", reason, says="reason")


@pytest.mark.parametrize("when", [
    "2001-01-01", "2001-01-01T00:00:00Z", "1970-01-01", "9999-12-31",
    "2999-01-01T00:00:00Z", "2027-02-30", "2027-13-01", "2027-00-01",
    "2027-01-00", "2027-01-31T24:00:00Z", "2027-01-31T23:60:00Z",
    "2027-01-31T00:00:00", "2027-01-31T00:00:00+25:00", "2027-1-31",
    "2027-01-31 00:00:00Z", "2027-01-31T00:00:00Zx", "20270131", "tomorrow",
    "", "99999999999999999999-01-01", "2027-01-31\n"])
def test_until(ctl, when):
    ctl.fails(DATA, "set", OLD, NEW, "--until", when)
    ctl("set", OLD, NEW, "--for", "1d")
    ctl.fails(DATA, "extend", OLD, "--until", when)


@pytest.mark.parametrize("duration", [
    "0s", "0", "-1d", "1", "d", "1y", "1.5d", "1d ", " 1d", "1 d", "01x", "",
    "99999999999999999999d", "101w1", "11000d", "9223372036854775807s"])
def test_for(ctl, duration):
    ctl.fails(DATA, "set", OLD, NEW, f"--for={duration}")
    # more than ten years: only an expiry may not be so far off
    if duration != "11000d":
        ctl.fails(DATA, "list", f"--expiring-within={duration}")


@pytest.mark.parametrize("arguments, says", [
    ([], "no command"),
    (["sett"], "sett"),
    (["set"], "OLD and NEW"),
    (["set", OLD], "OLD and NEW"),
    (["set", OLD, NEW], "say one of"),
    (["set", OLD, NEW, "--permanent", "--for", "1d"], "more than one"),
    (["set", OLD, NEW, "--until", "2027-01-01", "--for", "1d"],
     "more than one"),
    (["set", OLD, NEW, "x@example.org", "--permanent"], "one argument too"),
    (["set", OLD, NEW, "--permanent", "--permanent"], "twice"),
    (["set", OLD, NEW, "--permanent=yes"], "no value"),
    (["set", OLD, NEW, "--until"], "needs a value"),
    (["set", OLD, NEW, "--re"], "--re"),
    (["set", OLD, NEW, "--force"], "--force"),
    (["set", OLD, NEW, "--permanent", "-x"], "-x"),
    (["set", "--from", "-", OLD, NEW], "--from"),
    (["set", "--from", "-", "--permanent"], "--from"),
    (["unset"], "missing"),
    (["unset", OLD, NEW], "too many"),
    (["unset", OLD, "--permanent"], "--permanent"),
    (["extend", OLD], "say one of"),
    (["extend", OLD, "--permanent"], "--permanent"),
    (["show"], "missing"),
    (["lookup"], "missing"),
    (["list", OLD], "too many"),
    (["list", "--kind", "both"], "both"),
    (["list", "--state", "dead"], "dead"),
    (["history", OLD, NEW], "too many"),
    (["verify", "--checkpoint"], "--checkpoint needs"),
    (["verify", "x"], "too many"),
    (["checkpoint", "x"], "too many"),
    (["backup"], "missing"),
    (["recover", "x", "--accept-loss"], "too many"),
    (["list", "-f", "xml"], "xml"),
    (["list", "-f"], "-f needs"),
    (["list", "-f", "tab", "-f", "json"], "twice"),
])
def test_usage(ctl, arguments, says):
    error = ctl.fails(USAGE, *arguments, says=says)
    assert "see `hardlinkctl " in error and "--help`" in error


def test_help_and_version(ctl):
    overview = ctl("--help")
    for command in ("init", "set", "unset", "extend", "show", "lookup", "list",
                    "expire", "history", "verify", "checkpoint", "backup",
                    "recover"):
        assert f"\n  {command} " in overview
        assert ctl(command, "--help").startswith(f"usage: hardlinkctl {command}")
    assert "--replace" in ctl("set", "--help")
    assert ctl("--version").startswith("hardlinkctl ")


def test_cycles_and_postmaster(ctl):
    ctl("set", "a@example.com", "b@example.com", "--permanent")
    ctl("set", "b@example.com", "c@example.com", "--permanent")
    ctl.fails(DATA, "set", "c@example.com", "a@example.com", "--permanent")
    ctl.fails(DATA, "set", "c@example.com", "C@Example.com", "--permanent")
    ctl.fails(DATA, "set", "c@example.com", "a+x@example.com", "--permanent")
    ctl.fails(NOPERM, "set", "postmaster@example.com", NEW, "--permanent")
    ctl.fails(NOPERM, "set", "Postmaster+x@example.com", NEW, "--permanent")

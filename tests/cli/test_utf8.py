"""Addresses beyond ASCII: what is written, found and said."""

import os
import subprocess
import sys
import time

import pytest

from ctl import DATA, NOT_FOUND, json_lines

OLD, NEW = "jos\u00e9@example.com", "Ren\u00e9e@example.org"
# the same in other spellings
DECOMPOSED = "JOSE\u0301@B\u00fccher.example", "Rene\u0301e@example.org"
INVISIBLE = ["a\u202eb", "a\u200db", "\ufeffa", "a\u00adb", "a\u00a0b",
             "a\ue000b", "a\ufffeb", "a\U0010ffffb", "a\u0378b", '"a \u2028"']
HLCHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "..", "..", "schema", "hlcheck.py")


def told(ctl, address):
    """What a sender with SMTPUTF8 hears; the checker that was written from
    FORMAT.md alone says the same."""
    said = ctl("lookup", "--smtputf8", address).removesuffix("\n")
    local_part, _, domain = address.rpartition("@")
    checked = subprocess.run(
        [sys.executable, HLCHECK, "answer", ctl.database, "--keyring",
         ctl.path("keys"), "--mark", ctl.path("hardlink.mark"),
         f"{local_part}@{domain.encode('idna').decode()}",
         str(int(time.time()))],
        stdout=subprocess.PIPE, encoding="utf-8", env=ctl.environment(),
        check=True)
    assert checked.stdout == said + "\n"
    return said


def test_target(ctl):
    assert ctl("set", "old@example.com", NEW, "--permanent") == \
        f"old@example.com: permanent, to {NEW}\n"
    assert told(ctl, "old@example.com") == \
        f"557 5.2.7 mailbox has moved to <{NEW}>"
    # who didn't ask for SMTPUTF8 can't be told where to
    assert ctl("lookup", "old@example.com") == "550 5.1.6 mailbox has moved\n"
    ctl("set", "away@example.com", '"Ren\u00e9e x"@b\u00fccher.example',
        "--for", "1h")
    assert told(ctl, "away@example.com") == (
        "558 5.2.8 mailbox has temporarily moved to "
        '<"Ren\u00e9e x"@xn--bcher-kva.example>')
    assert ctl("lookup", "away@example.com") == "550 5.2.0 mailbox has moved\n"
    assert ctl.json("lookup", "away@example.com")["target"] == \
        '"Ren\u00e9e x"@xn--bcher-kva.example'
    ctl.is_verified()


def test_old(ctl):
    """ASCII letters are folded, others aren't; `+detail` is left off; either
    form of the domain."""
    ctl("set", "Jos\u00e9@B\u00fccher.example", "new@example.org", "--permanent")
    reply = "557 5.2.7 mailbox has moved to <new@example.org>"
    for address in ("jos\u00e9@b\u00fccher.example",
                    "JOS\u00e9+x@xn--bcher-kva.example",
                    "jose\u0301+\u00fc@B\u00dcCHER.example",
                    '"jos\u00e9"@bu\u0308cher.example'):
        assert told(ctl, address) == reply
        assert ctl("lookup", address) == reply + "\n"
    for address in ("jos\u00c9@b\u00fccher.example", "jose@b\u00fccher.example",
                    "jos@b\u00fccher.example"):
        ctl.fails(NOT_FOUND, "lookup", address)
    assert ctl.json("list", "--domain", "b\u00fccher.example")[0]["address"] == \
        "jos\u00e9@xn--bcher-kva.example"


def test_writers_normalise(ctl):
    """Every way in, and every spelling is the same mailbox."""
    old, new = DECOMPOSED
    kept, target = "jos\u00c9@xn--bcher-kva.example", NEW
    assert ctl("set", old, new, "--for", "1h").startswith(
        f"{kept}: temporary, to {target}, ")
    ctl("set", "--replace", "--from", "-", input=json_lines(
        {"old": old, "new": new, "for": "1h"}))
    ctl("extend", old, "--for", "1h")
    assert ctl.json("show", old)["address"] == kept
    assert [row["address"] for row in ctl.json("history", old)] == [kept] * 3
    assert [row["target"] for row in ctl.json("list")] == [target]
    assert told(ctl, old) == \
        f"558 5.2.8 mailbox has temporarily moved to <{target}>"
    ctl.fails(DATA, "set", "rene\u0301e@example.org", NEW, "--permanent",
              says="to itself")
    ctl("unset", kept)
    ctl.is_verified()


def test_folding_composes(ctl):
    """J and a caron are two characters, j and a caron are one."""
    ctl("set", "J\u030cohn@example.com", "new@example.org", "--permanent")
    assert ctl.json("list")[0]["address"] == "\u01f0ohn@example.com"
    for address in "J\u030cohn", "j\u030cohn", "\u01f0ohn":
        assert told(ctl, f"{address}@example.com").startswith("557 ")
    ctl.is_verified()


@pytest.mark.parametrize("local_part", INVISIBLE, ids=range(len(INVISIBLE)))
def test_what_nobody_sees_is_not_written(ctl, local_part):
    address = f"{local_part}@example.net"
    for arguments in [address, NEW], [OLD, address]:
        error = ctl.fails(DATA, "set", *arguments, "--permanent",
                          says=" in the local part at example.net: ")
        assert error.startswith("hardlinkctl: U+") and error.isascii()
    error = ctl.fails(DATA, "set", "--from", "-", input=json_lines(
        {"old": OLD, "new": address, "permanent": True}), says=":1: new: U+")
    # nor is it shown by any other error
    assert ctl.fails(NOT_FOUND, "unset", address).isascii()


@pytest.mark.parametrize("address", [
    # 64 bytes at most, as given and in NFC; NFC may be longer
    "\u00e9" * 33, "\u0958" * 11, "e\u0301" * 22])
def test_lengths(ctl, address):
    for arguments in ([f"{address}@example.com", NEW],
                      [OLD, f"{address}@example.com"]):
        ctl.fails(DATA, "set", *arguments, "--permanent",
                  says="longer than 64")


def test_longest(ctl):
    for address in "\u00e9" * 32, "\U0001f4eb" * 16:
        ctl("set", f"{address}@example.com", f"{address}@example.org",
            "--permanent")
        assert told(ctl, f"{address}@example.com") == \
            f"557 5.2.7 mailbox has moved to <{address}@example.org>"
    ctl.is_verified()

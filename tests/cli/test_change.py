"""set, unset, extend, expire: what they do and print."""

import json
import time

import pytest

from ctl import DATA, NOPERM, NOT_FOUND, masked, shifted

OLD, NEW, OTHER = "old@example.com", "new@example.org", "other@example.net"
COLUMNS = ("address\tkind\ttarget\texpires\tbefore_kind\tbefore_target\t"
           "before_expires\tended_next_kind\tended_next_target\t"
           "ended_next_effective\n")


def row(address, kind=None, target=None, expires=None, before_kind=None,
        before_target=None, before_expires=None):
    return {"address": address, "kind": kind, "target": target,
            "expires": expires, "before_kind": before_kind,
            "before_target": before_target, "before_expires": before_expires,
            "ended_next_kind": None, "ended_next_target": None,
            "ended_next_effective": None}


def test_set_permanent(ctl):
    assert ctl("set", OLD, NEW, "--permanent") == \
        "old@example.com: permanent, to new@example.org\n"
    assert ctl("lookup", OLD) == \
        "557 5.2.7 mailbox has moved to <new@example.org>\n"
    ctl.is_verified()


def test_set_until_a_date_means_its_end_in_the_time_zone(ctl):
    with open(ctl.config, "a", encoding="utf-8") as file:
        file.write("timezone = America/New_York\n")
    year = time.gmtime().tm_year + 1
    assert ctl("set", "--until", f"{year}-01-31", OLD, NEW) == \
        f"{OLD}: temporary, to {NEW}, until {year}-02-01T04:59:59Z\n"


def test_set_for(ctl):
    before = int(time.time())
    said = ctl.json("set", "--for", "90s", OLD, NEW)
    expires = time.strptime(said["expires"], "%Y-%m-%dT%H:%M:%SZ")
    assert before + 90 <= int(time.mktime(expires)) - time.timezone <= \
        time.time() + 90
    assert said == row(OLD, "temporary", NEW, said["expires"])


def test_set_replace_says_what_it_ended(ctl):
    ctl("set", OLD, NEW, "--permanent")
    assert ctl.fails(NOPERM, "set", OLD, OTHER, "--permanent",
                     says="--replace")
    assert ctl("set", "--replace", OLD, OTHER, "--permanent") == \
        f"{OLD}: permanent, to {OTHER}; ended: permanent, to {NEW}\n"
    assert masked(ctl("-f", "tab", "set", "--replace", OLD, NEW, "--for",
                      "1d")) == COLUMNS + \
        f"{OLD}\ttemporary\t{NEW}\tYYYY-MM-DDThh:mm:ssZ\tpermanent\t{OTHER}" \
        "\t\t\t\t\n"
    ctl.is_verified()


def test_unset(ctl):
    ctl("set", OLD, NEW, "--permanent")
    assert ctl("unset", OLD, "--reason", "came back") == \
        f"{OLD}: no hard-link; ended: permanent, to {NEW}\n"
    ctl.fails(NOT_FOUND, "unset", OLD, says=OLD)
    ctl.fails(NOT_FOUND, "lookup", OLD, says=OLD)
    assert ctl.json("history", OLD)[0]["reason"] == "came back"
    ctl("set", OLD, NEW, "--permanent")
    assert ctl.json("unset", OLD) == row(OLD, before_kind="permanent",
                                         before_target=NEW)


def test_extend(ctl):
    first = ctl.json("set", OLD, NEW, "--for", "1d")["expires"]
    said = ctl.json("extend", OLD, "--for", "1d")
    assert said == row(OLD, "temporary", NEW, said["expires"], "temporary",
                       NEW, first)
    assert said["expires"][:10] > first[:10]
    assert masked(ctl("extend", "--for", "1w", OLD)) == \
        f"{OLD}: temporary, to {NEW}, until YYYY-MM-DDThh:mm:ssZ; before: " \
        f"temporary, to {NEW}, until YYYY-MM-DDThh:mm:ssZ\n"
    ctl.fails(DATA, "extend", OLD, "--until", first, says="already")
    ctl.fails(NOT_FOUND, "extend", OTHER, "--for", "1d")
    ctl("set", OTHER, NEW, "--permanent")
    ctl.fails(DATA, "extend", OTHER, "--for", "1d", says="permanent")


def test_expire_closes_what_ran_out(ctl):
    ctl("set", OLD, NEW, "--for", "1h")
    ctl("set", OTHER, NEW, "--for", "3d")
    assert ctl("expire") == ""
    assert ctl.json("expire") == []
    later = shifted("+2h")
    before = ctl.dump()
    line = f"{OLD}: no hard-link; ended: temporary, to {NEW}, until "
    assert ctl("expire", "--dry-run", env=later).startswith(line)
    assert ctl.dump() == before
    closed, = ctl.json("expire", env=later)
    assert closed == row(OLD, before_kind="temporary", before_target=NEW,
                         before_expires=closed["before_expires"])
    assert ctl("expire", env=later) == ""
    assert len(ctl.dump()["entry"]) == len(before["entry"]) + 1
    ctl.is_verified()


def test_expire_named_ones_ends_them_now_or_none(ctl):
    ctl("set", OLD, NEW, "--for", "1h")
    ctl("set", OTHER, NEW, "--permanent")
    ctl.fails(DATA, "expire", OLD, OTHER, says="unset")
    ctl.fails(NOT_FOUND, "expire", OLD, "nobody@example.com")
    assert ctl("expire", "--dry-run", OLD) and ctl("lookup", OLD)
    assert ctl("expire", OLD).startswith(f"{OLD}: no hard-link; ended: ")
    ctl.fails(NOT_FOUND, "lookup", OLD)


def test_nothing_is_said_before_the_commit(ctl):
    """However much it is: more than output holds back elsewhere."""
    addresses = [f"user{number}@example.com" for number in range(12000)]
    ctl("set", "--from", "-", input="".join(
        f'{{"old":"{address}","new":"{NEW}","for":"1d"}}\n'
        for address in addresses))
    assert len(ctl("expire", "--dry-run", *addresses)) > 1024 * 1024
    ctl.fails(NOT_FOUND, "expire", *addresses, "nobody@example.com")


def test_options_stand_anywhere(ctl):
    ctl("--permanent", "set", "--reason", "x", OLD, "--replace", NEW)
    ctl("set", "-f", "tab", "--permanent", "--", "-dash@example.com", NEW)
    rows = json.loads(ctl("list", "-f", "json"))
    assert rows[0]["address"] == "-dash@example.com"


def test_an_address_has_one_form(ctl):
    ctl("set", "OLD@BÜCHER.example", "New@Bücher.Example", "--permanent")
    said = ctl.json("show", '"old"@xn--bcher-kva.EXAMPLE')
    assert (said["address"], said["target"]) == \
        ("old@xn--bcher-kva.example", "New@xn--bcher-kva.example")


def test_quoted_local_parts(ctl):
    ctl("set", '"John Doe"@example.com', '"a\\"b"@example.org', "--permanent")
    assert ctl("lookup", '"john doe"@example.com') == \
        '557 5.2.7 mailbox has moved to <"a\\"b"@example.org>\n'


def test_a_warning_leaves_the_exit_code(ctl):
    """The commit stands when only the mark can't be raised."""
    result = ctl.shell('mkdir "$DIR/mark"; mount -t tmpfs none "$DIR/mark"; '
                       'mv "$DIR/hardlink.mark" "$DIR/mark/m"; '
                       'echo "mark = $DIR/mark/m" >>"$DIR/more.conf"; '
                       'grep -v ^mark "$DIR/hardlink.conf" >>"$DIR/more.conf"; '
                       'mount -o remount,ro "$DIR/mark"; '
                       f'"$CTL" -c "$DIR/more.conf" set {OLD} {NEW} --permanent')
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{OLD}: permanent, to {NEW}\n"
    assert result.stderr.startswith("hardlinkctl: warning: the change is made")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["set", "unset", "extend", "expire"])
def test_reason_and_actor_are_kept(ctl, command):
    ctl("set", OLD, NEW, "--for", "1d", "--reason", "first")
    arguments = {"set": [NEW, "--permanent", "--replace"],
                 "extend": ["--for", "1d"]}.get(command, [])
    ctl(command, OLD, *arguments, "--reason", "Grund: Umzug \N{SNOWMAN}")
    newest = ctl.json("history", OLD)[0]
    assert (newest["reason"], newest["actor"], newest["channel"]) == \
        ("Grund: Umzug \N{SNOWMAN}", "root", "admin")

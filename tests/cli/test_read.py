"""show, lookup, list, history, in every format."""

import json

import pytest

from ctl import DATA, NOT_FOUND, USAGE, json_lines, masked, shifted
from writer import Writer

MOVED = ("old@example.com", "new@example.org")
AWAY = ("away@example.com", "here@example.net")
T = "YYYY-MM-DDThh:mm:ssZ"


@pytest.fixture
def filled(ctl):
    ctl("set", *MOVED, "--permanent", "--reason", "Umzug nach Köln")
    ctl("set", *AWAY, "--for", "1h")
    return ctl


def test_show_table(filled):
    assert masked(filled("show", "old@example.com")) == f"""\
address:        old@example.com
kind:           permanent
target:         new@example.org
expires:        -
next_kind:      -
next_target:    -
next_effective: -
next_expires:   -
next_confirmed: -
blocked:        -
owner:          -
set_at:         {T}
actor:          root
channel:        admin
action:         set
reason:         Umzug nach Köln
seq:            2
"""


def test_show_tab(filled):
    head, row = masked(filled("show", "-f", "tab", "away@example.com")) \
        .splitlines()
    assert head.split("\t") == [
        "address", "kind", "target", "expires", "next_kind", "next_target",
        "next_effective", "next_expires", "next_confirmed", "blocked", "owner",
        "set_at", "actor", "channel", "action", "reason", "seq"]
    assert row.split("\t") == [*AWAY[:1], "temporary", AWAY[1], T, *[""] * 7, T,
                               "root", "admin", "set", "", "3"]


def test_show_json(filled):
    said = json.loads(masked(filled("show", "-f", "json", "OLD@example.com")))
    assert said == {
        "address": "old@example.com", "kind": "permanent",
        "target": "new@example.org", "expires": None, "next_kind": None,
        "next_target": None, "next_effective": None, "next_expires": None,
        "next_confirmed": False, "blocked": False, "owner": None, "set_at": T,
        "actor": "root", "channel": "admin", "action": "set",
        "reason": "Umzug nach Köln", "seq": 2}


def test_show_nothing(filled):
    filled.fails(NOT_FOUND, "show", "nobody@example.com", says="nobody@")
    filled.fails(NOT_FOUND, "show", "away@example.com", env=shifted("+2h"))


def test_lookup(filled):
    assert filled("lookup", "old+shop@EXAMPLE.com") == \
        "557 5.2.7 mailbox has moved to <new@example.org>\n"
    assert filled("lookup", "away@example.com") == \
        "558 5.2.8 mailbox has temporarily moved to <here@example.net>\n"
    assert filled("lookup", "-f", "tab", "old@example.com") == (
        "address\tkind\ttarget\texpires\treply\tif_exists\n"
        "old@example.com\tpermanent\tnew@example.org\t\t"
        "557 5.2.7 mailbox has moved to <new@example.org>\t\n")
    for form in "flow", "pager":
        # rows, not the line that the command says as table
        assert "target" in filled("lookup", "-f", form, "old@example.com")
    assert filled.json("lookup", "old@example.com") == {
        "address": "old@example.com", "kind": "permanent",
        "target": "new@example.org", "expires": None,
        "reply": "557 5.2.7 mailbox has moved to <new@example.org>",
        "if_exists": False}
    filled.fails(NOT_FOUND, "lookup", "nobody@example.com")
    filled.fails(NOT_FOUND, "lookup", "postmaster@example.com")
    filled.fails(NOT_FOUND, "lookup", "away@example.com", env=shifted("+2h"))


def test_list_table(filled):
    assert masked(filled("list")) == f"""\
address           kind       target            expires               state   set_at                actor
away@example.com  temporary  here@example.net  {T}  active  {T}  root
old@example.com   permanent  new@example.org   -                     active  {T}  root
"""


def test_list_tab(filled):
    assert masked(filled("list", "-f", "tab")) == (
        "address\tkind\ttarget\texpires\tstate\tset_at\tactor\n"
        f"away@example.com\ttemporary\there@example.net\t{T}\tactive\t{T}\troot\n"
        f"old@example.com\tpermanent\tnew@example.org\t\tactive\t{T}\troot\n")


def test_list_json(filled):
    assert json.loads(masked(filled("list", "-f", "json"))) == [
        {"address": "away@example.com", "kind": "temporary",
         "target": "here@example.net", "expires": T, "state": "active",
         "set_at": T, "actor": "root"},
        {"address": "old@example.com", "kind": "permanent",
         "target": "new@example.org", "expires": None, "state": "active",
         "set_at": T, "actor": "root"}]


def test_list_flow(filled):
    assert masked(filled("list", "-f", "flow")) == (
        "address=away@example.com kind=temporary target=here@example.net "
        f"expires={T} state=active set_at={T} actor=root\n"
        "address=old@example.com kind=permanent target=new@example.org "
        f"expires= state=active set_at={T} actor=root\n")


def test_list_pager(filled):
    assert masked(filled("list", "-f", "pager")) == (
        "address: away@example.com\nkind: temporary\n"
        f"target: here@example.net\nexpires: {T}\nstate: active\n"
        f"set_at: {T}\nactor: root\n"
        "\f\n"
        "address: old@example.com\nkind: permanent\n"
        "target: new@example.org\nexpires: \nstate: active\n"
        f"set_at: {T}\nactor: root\n")


def test_list_nothing(ctl):
    for form in "flow", "pager":
        assert ctl("list", "-f", form) == ""
    assert ctl("list") == \
        "address  kind  target  expires  state  set_at  actor\n"
    assert ctl("list", "-f", "tab").count("\n") == 1
    assert ctl.json("list") == []


def listed(ctl, *options, **more):
    return [(row["address"], row["state"])
            for row in ctl.json("list", *options, **more)]


def test_list_filters(filled):
    away, old = ("away@example.com", "active"), ("old@example.com", "active")
    filled("set", "x@example.org", "y@example.net", "--permanent")
    filled("unset", "x@example.org")
    filled("set", "z@bücher.example", "y@example.net", "--for", "30d")
    other = ("z@xn--bcher-kva.example", "active")
    assert listed(filled) == [away, old, other]
    assert listed(filled, "--kind", "permanent") == [old]
    assert listed(filled, "--kind", "temporary") == [away, other]
    assert listed(filled, "--domain", "BÜCHER.example") == [other]
    assert listed(filled, "--domain", "example.org") == []
    assert listed(filled, "--expiring-within", "2h") == [away]
    assert listed(filled, "--state", "expired") == []
    assert listed(filled, "--state", "pending") == []
    expired = ("away@example.com", "expired")
    later = shifted("+2h")
    assert listed(filled, env=later) == [expired, old, other]
    assert listed(filled, "--state", "expired", env=later) == [expired]
    assert listed(filled, "--expiring-within", "1w", env=later) == []
    filled("expire", env=later)
    assert listed(filled, env=later) == [old, other]


def test_history_table(filled):
    key_id = filled.json("history")[-1]["detail"].split()[1]
    assert masked(filled("history")) == masked(f"""\
seq  time                  action  channel  actor  address           kind       target            expires               reason           detail
3    {T}  set     admin    root   away@example.com  temporary  here@example.net  {T}  -                -
2    {T}  set     admin    root   old@example.com   permanent  new@example.org   -                     Umzug nach Köln  -
1    {T}  key     admin    root   -                 -          -                 -                     -                trusted {key_id}
""")


def test_history_tab(filled):
    assert masked(filled("history", "-f", "tab", "old@example.com")) == (
        "seq\ttime\taction\tchannel\tactor\taddress\tkind\ttarget\texpires\t"
        "reason\tdetail\n"
        f"2\t{T}\tset\tadmin\troot\told@example.com\tpermanent\t"
        "new@example.org\t\tUmzug nach Köln\t\n")


def test_history_json(filled):
    assert json.loads(masked(filled("history", "-f", "json", "--limit", "1"))) \
        == [{"seq": 3, "time": T, "action": "set", "channel": "admin",
             "actor": "root", "address": "away@example.com",
             "kind": "temporary", "target": "here@example.net", "expires": T,
             "reason": None, "detail": None}]


def lines(ctl, *arguments, **more):
    return [(row["seq"], row["action"], row["address"])
            for row in ctl.json("history", *arguments, **more)]


def test_history_derives_what_a_sweep_closed(filled):
    later = shifted("+2h")
    filled("set", "x@example.com", "y@example.net", "--for", "1h")
    filled("expire", env=later)
    away, x = "away@example.com", "x@example.com"
    assert lines(filled) == [
        (5, "sweep", None), (5, "expired", x), (5, "expired", away),
        (4, "set", x), (3, "set", away), (2, "set", "old@example.com"),
        (1, "key", None)]
    assert lines(filled, away) == [(5, "expired", away), (3, "set", away)]
    assert lines(filled, "--action", "expired") == [
        (5, "expired", x), (5, "expired", away)]
    assert lines(filled, "--action", "sweep") == [(5, "sweep", None)]
    # what was set again, or ended before it ran out, wasn't closed twice
    filled("set", *AWAY, "--for", "1h", env=later)
    filled("unset", away, env=later)
    filled("set", "x@example.com", "y@example.net", "--for", "1h", env=later)
    filled("expire", env=shifted("+4h"))
    assert lines(filled, away) == [
        (7, "withdraw", away), (6, "set", away), (5, "expired", away),
        (3, "set", away)]
    assert lines(filled, x) == [(9, "expired", x), (8, "set", x),
                                (5, "expired", x), (4, "set", x)]
    assert [line for line in lines(filled) if line[1] == "expired"] == [
        (9, "expired", x), (5, "expired", x), (5, "expired", away)]
    assert len(lines(filled, "--limit", "2")) == 2


def test_history_filters(filled):
    assert lines(filled, "--action", "key") == [(1, "key", None)]
    assert lines(filled, "--actor", "nobody") == []
    assert len(lines(filled, "--actor", "root")) == 3
    assert lines(filled, "nobody@example.com") == []
    filled("unset", MOVED[0], env=shifted("+48h"))
    newest = filled.json("history")[0]["time"]
    assert len(lines(filled, "--since", newest)) == 1
    # a bare date is the beginning of that day
    assert len(lines(filled, "--since", newest[:10])) == 1
    assert len(lines(filled, "--since", "1970-01-01")) == 4
    assert len(lines(filled, "--until", newest)) == 4
    assert [row[0] for row in lines(filled, "--until", "1970-01-01")] == []
    # and of an end, the end of that day
    assert len(lines(filled, "--until", newest[:10])) == 4
    assert len(lines(filled, "--since", newest, "--until", newest)) == 1
    filled.fails(USAGE, "history", "--since", newest, "--until", "1970-01-01",
                 says="--since is after --until")
    filled.fails(DATA, "history", "--until", "tomorrow", says="--until")
    filled.fails(USAGE, "history", "--channel", "smoke", says="smoke")
    for actor in "", "x" * 256, "a\tb", b"\xff":
        filled.fails(USAGE, "history", "--actor", actor, says="--actor")
    filled.fails(DATA, "history", "nobody", says="nobody")
    filled.fails(USAGE, "history", "--action", "eat", says="eat")
    filled.fails(USAGE, "history", "--limit", "0", says="--limit")
    filled.fails(DATA, "history", "--since", "yesterday", says="yesterday")


def test_history_until_an_entry(filled):
    """The last entries that aren't younger are found without a walk."""
    times = []
    for hour in range(1, 9):
        filled("set", f"a{hour}@example.com", "b@example.org", "--permanent",
               env=shifted(f"+{hour}h"))
        times.append(filled.json("history", "--limit", "1")[0]["time"])
    for hour, time in enumerate(times, 4):
        assert [row[0] for row in lines(filled, "--until", time)] == \
            list(range(hour, 0, -1))
        assert [row[0] for row in lines(filled, "--since", time, "--until",
                                        times[-1])] == \
            list(range(11, hour - 1, -1))
        address = f"a{hour - 3}@example.com"
        assert len(lines(filled, address, "--until", time)) == 1
        assert len(lines(filled, "a8@example.com", "--until", time)) == \
            (time == times[-1])


def test_history_by_channel(filled):
    assert [row[0] for row in lines(filled, "--channel", "admin")] == [3, 2, 1]
    assert lines(filled, "--channel", "imap") == []
    Writer(filled).append("erase", "!erase", [
        ("scope", "log"), ("actor", "x"), ("reason", ""), ("erased", "2")])
    filled.sql("UPDATE entry SET payload = NULL WHERE seq = 2;"
               "DELETE FROM link WHERE seq = 2")
    assert [row[0] for row in lines(filled, "--channel", "imap")] == [4]
    assert [row[0] for row in lines(filled, "--channel", "imap", "--actor",
                                    "x")] == [4]
    assert lines(filled, "--channel", "imap", "--actor", "root") == []


def test_sweeps_whose_closings_are_far_apart(ctl):
    """Each closes some old and some new entries, among many that it doesn't."""
    said = {}
    for day in range(1, 6):
        env = shifted(f"+{day}d")
        ctl("set", "--from", "-", env=env, input=json_lines(
            *({"old": f"d{day}n{number}@example.com", "new": "b@example.org",
               "for": f"{2 + 24 * (number % 4)}h"} for number in range(8)),
            *({"old": f"d{day}p{number}@example.com", "new": "b@example.org",
               "permanent": True} for number in range(8))))
        env = shifted(f"+{day * 24 + 12}h")
        closed = json.loads(ctl("-f", "json", "expire", env=env))
        said[ctl.json("history", "--limit", "1")[0]["seq"]] = {
            row["address"] for row in closed}
    rows = ctl.json("history", env=shifted("+9d"))
    for seq, addresses in said.items():
        below = [row["seq"] for row in rows].index(seq) + 1
        shown = rows[below:below + len(addresses)]
        assert {row["address"] for row in shown} == addresses
        assert {(row["action"], row["seq"]) for row in shown} == \
            {("expired", seq)}
        assert rows[below + len(addresses)]["seq"] == seq - 1
    assert len(rows) == 1 + 5 * 17 + sum(map(len, said.values()))
    assert sum(map(len, said.values())) == (5 + 4 + 3 + 2) * 2


@pytest.mark.long
def test_more_closings_than_are_remembered(ctl):
    """While what the second sweep closed is looked for, what the first one did
    is found, and is too much."""
    count = 70000
    ctl("set", "first@example.com", "b@example.org", "--for", "10h")
    for name, number, time in ("n", count, "1h"), ("long", 40000, "300d"):
        ctl("set", "--from", "-", input=json_lines(*(
            {"old": f"{name}{i}@example.com", "new": "b@example.org",
             "for": time} for i in range(number))))
    ctl("expire", env=shifted("+2h"))
    ctl("expire", env=shifted("+11h"))
    rows = [line.split("\t") for line in
            ctl("history", "-f", "tab").splitlines()[1:]]
    first, second = str(count + 40003), str(count + 40004)
    assert [(row[0], row[2], row[5]) for row in rows[:3]] == [
        (second, "sweep", ""), (second, "expired", "first@example.com"),
        (first, "sweep", "")]
    assert [(row[0], row[2], row[5]) for row in rows[3:count + 3]] == [
        (first, "expired", f"n{i}@example.com")
        for i in reversed(range(count))]
    assert len(rows) == 3 + count + count + 40002


def test_wide_characters_align(ctl):
    ctl("set", *MOVED, "--permanent", "--reason", "日本語語")
    ctl("set", *AWAY, "--permanent", "--reason", "abcdefgh")
    rows = ctl("history").splitlines()[1:3]
    assert rows[1][rows[1].index("日本語語"):].split("  ") == ["日本語語", "-"]
    assert rows[0][rows[0].index("abcdefgh"):].split("  ") == ["abcdefgh", "-"]
    rows = ctl("history", env={"LC_ALL": "C"}).splitlines()[1:3]
    assert rows[0][rows[0].index("abcdefgh"):].split() == ["abcdefgh", "-"]


def test_much_output_streams(ctl):
    """More than is held back; columns are those of the first megabyte."""
    ctl("set", "--from", "-", input="".join(
        f'{{"old":"user{number}@example.com","new":"new@example.org",'
        f'"permanent":true,"reason":"{"x" * 300}"}}\n'
        for number in range(4000)))
    assert len(ctl.json("history")) == 4001
    assert len(ctl("history").splitlines()) == 4002
    assert len(ctl("history", "-f", "tab").splitlines()) == 4002

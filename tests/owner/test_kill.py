"""hardlinkd killed with -9 among many sets: what was acknowledged is there,
once."""

import contextlib
import itertools
import json
import os
import signal
import sqlite3
import threading
import time

from service import service_pids

CLIENTS = 50
# of each
SETS = 10000 // CLIENTS
KILLS = 5


class Setter(threading.Thread):
    """An administrator's connection that sets one after the other, and begins
    anew when it breaks."""

    def __init__(self, server, number, enough):
        """enough: an event; before it, this one doesn't end"""
        super().__init__()
        self.server = server
        self.number = number
        self.enough = enough
        self.acknowledged = {}
        self.unsure = set()
        self.error = None

    def run(self):
        try:
            numbers = itertools.count()
            while not self.is_done():
                with contextlib.suppress(EOFError, OSError):
                    self.session(numbers)
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error

    def is_done(self):
        return self.enough.is_set() and \
            len(self.acknowledged) + len(self.unsure) >= SETS

    def session(self, numbers):
        with self.server.connect("hardlink-admin") as client:
            client.ok("ADMIN", f"setter{self.number}")
            while not self.is_done():
                number = next(numbers)
                old = f"u{self.number}-{number}@example.org"
                new = f"n{self.number}-{number}@example.com"
                self.unsure.add(old)
                client.ok("SET", old, "permanent", new, "")
                self.unsure.discard(old)
                self.acknowledged[old] = new


def kill_now_and_then(server, setters, lmtp):
    kills = 0
    total = CLIENTS * SETS
    deadline = time.monotonic() + 120
    while kills < KILLS and time.monotonic() < deadline:
        done = sum(len(setter.acknowledged) for setter in setters)
        if done > (kills + 1) * total // (KILLS + 2):
            pids = service_pids(server)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            kills += bool(pids)
            # LMTP needs no hardlinkd
            assert lmtp.ask("alice@example.org").startswith(b"250 ")
        time.sleep(0.01)
    return kills


def entries(server):
    """{address: how many entries}"""
    with contextlib.closing(sqlite3.connect(server.hardlinks.store)) as store:
        return dict(store.execute(
            "SELECT key, count(*) FROM link WHERE key LIKE '%@%' GROUP BY key"))


def test_kill_among_sets(start):
    server = start()
    server.expected_crash = "service(hardlink)"
    enough = threading.Event()
    setters = [Setter(server, number, enough) for number in range(CLIENTS)]
    with server.lmtp() as lmtp:
        for setter in setters:
            setter.start()
        try:
            kills = kill_now_and_then(server, setters, lmtp)
        finally:
            enough.set()
            for setter in setters:
                setter.join()
    assert [setter.error for setter in setters if setter.error] == []
    assert kills == KILLS

    listed = {row["address"]: row["target"] for row in json.loads(
        server.hardlinks.ctl("-f", "json", "list").stdout)}
    acknowledged, unsure = {}, set()
    for setter in setters:
        acknowledged.update(setter.acknowledged)
        unsure |= setter.unsure
    assert len(acknowledged) >= CLIENTS * SETS - KILLS * CLIENTS
    assert {old: listed.get(old) for old in acknowledged} == acknowledged
    assert listed.keys() - acknowledged.keys() <= unsure
    counts = entries(server)
    assert set(counts.values()) == {1}
    assert counts.keys() == listed.keys()
    server.hardlinks.ctl("verify")

"""What the milter costs: RCPT/s of a real Postfix with no check of moved
recipients, with relocated_maps in lmdb and in SQLite, with a milter that does
nothing, and with hardlink-milter, over 1 and 4 connections.

HARDLINK_PREFIX (the installation) and HARDLINK_BUILD (the build directory,
for rcpt-bench and null-milter) say what is measured. --quick shows that it
works. Prints Markdown. Timings decide nothing: it fails only when an answer is
wrong."""

import collections
import contextlib
import ctypes
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

for folder in "e2e", "edge":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                    "..", folder))
# pylint: disable=wrong-import-position
from milter import Milter  # noqa: E402
from postfix import Postfix  # noqa: E402
from store import (BATCH, Client, cycle, full_store,  # noqa: E402
                   median_and_quartiles, moved, new, options)

CONNECTIONS = 1, 4
# More addresses than smtpd remembers the answers of trivial-rewrite for.
REPEATED = 200
UNMOVED = "unmoved", "unmoved, repeated"
MANY = "1000000"
CONFIG = {
    "virtual_mailbox_domains": "example.com",
    # Every recipient exists, and costs the same everywhere.
    "virtual_mailbox_maps": "static:inbox/",
    # No refusal and no reset of a transaction slows the client down, and
    # nothing has to be started in the middle.
    "smtpd_soft_error_limit": MANY,
    "smtpd_hard_error_limit": MANY,
    "smtpd_junk_command_limit": MANY,
    "max_use": MANY,
    "max_idle": "1h",
    "smtpd_client_event_limit_exceptions": "static:all",
}
SQLITE_MAP = """dbpath = {database}
query = SELECT new FROM relocated WHERE old = '%s'
"""
NO_CHECK, NULL, OURS = "no check", "do-nothing milter", "hardlink-milter"
LMDB, SQLITE = "relocated_maps, lmdb", "relocated_maps, sqlite"

Sizes = collections.namedtuple("Sizes", "rounds links recipients")
FULL = Sizes(rounds=40, links=1000000, recipients=2000)
QUICK = Sizes(rounds=2, links=2000, recipients=320)

Result = collections.namedtuple("Result", "rate cpu")


class Cpu:
    """CPU time of a process, with that of threads that have ended."""

    def __init__(self, pid):
        clock = ctypes.c_int()
        assert ctypes.CDLL(None).clock_getcpuclockid(
            pid, ctypes.byref(clock)) == 0
        self.clock = clock.value

    def seconds(self):
        return time.clock_gettime(self.clock)


class Server:
    """A Postfix, and what answers for it."""

    def __init__(self, directory, moved_code, milter="", cpu=None, **settings):
        self.moved_code, self.cpu = moved_code, cpu
        os.mkdir(directory)
        self.postfix = Postfix(directory, milter, [], **CONFIG, **settings)

    def measure(self, client, recipients, code, connections):
        before = self.cpu.seconds() if self.cpu else 0
        rate = client.rate("{}:{}".format(*self.postfix.address), code,
                           recipients, connections)
        after = self.cpu.seconds() if self.cpu else 0
        return Result(rate, (after - before) / len(recipients) * 1e6)


def make_lmdb(directory, links):
    """The map's name."""
    path = f"{directory}/relocated"
    with open(path, "w", encoding="ascii") as file:
        file.writelines(f"{moved(i)} {new(i)}\n" for i in range(links))
    os.mkdir(f"{directory}/config")
    for name in "main.cf", "master.cf":
        with open(f"{directory}/config/{name}", "w", encoding="ascii"):
            pass
    subprocess.run(["postmap", "-c", f"{directory}/config", f"lmdb:{path}"],
                   check=True)
    return f"lmdb:{path}"


def make_sqlite(directory, links):
    database = f"{directory}/relocated.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        with connection:
            connection.execute("CREATE TABLE relocated (old TEXT PRIMARY KEY, "
                               "new TEXT) WITHOUT ROWID")
            connection.executemany("INSERT INTO relocated VALUES (?, ?)",
                                   ((moved(i), new(i)) for i in range(links)))
    with open(f"{directory}/relocated.cf", "w", encoding="ascii") as file:
        file.write(SQLITE_MAP.format(database=database))
    return f"sqlite:{directory}/relocated.cf"


class Bench:
    """All servers, and the cases that are run against them."""

    def __init__(self, sizes, prefix, directory):
        self.sizes, self.prefix, self.directory = sizes, prefix, directory
        self.client = Client()
        self.results = collections.defaultdict(list)
        self.servers = {}
        self.milter = self.null = None
        # The same run every time.
        self.random = random.Random(557)
        self.first = self.random.sample(range(sizes.links), min(
            sizes.links, sizes.rounds * len(CONNECTIONS) * sizes.recipients))

    def _start_null(self):
        path = f"{self.directory}/null.sock"
        self.null = subprocess.Popen(
            [os.path.join(os.environ["HARDLINK_BUILD"],
                          "tests/bench/null-milter"), f"unix:{path}"])
        deadline = time.monotonic() + 10
        while not os.path.exists(path):
            assert self.null.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        # Postfix asks as its own user.
        os.chmod(path, 0o666)
        return f"unix:{path}"

    def _start_ours(self, store):
        self.milter = Milter(self.directory, store, self.prefix)
        self.milter.start()
        return f"unix:{self.milter.socket}"

    def start(self, store_directory):
        store = full_store(store_directory, self.prefix, self.sizes.links)
        place, links = self.directory, self.sizes.links
        null, ours = self._start_null(), self._start_ours(store)
        self.servers = {
            NO_CHECK: Server(f"{place}/none", "250"),
            LMDB: Server(f"{place}/lmdb", "550",
                         relocated_maps=make_lmdb(place, links)),
            SQLITE: Server(f"{place}/sqlite", "550",
                           relocated_maps=make_sqlite(place, links)),
            NULL: Server(f"{place}/do-nothing", "250", null,
                         Cpu(self.null.pid)),
            OURS: Server(f"{place}/hardlink", "557", ours,
                         Cpu(self.milter.process.pid)),
        }
        for server in self.servers.values():
            server.postfix.start()

    def _run_case(self, case, recipients, connections):
        names = list(self.servers)
        # Nobody always goes first.
        self.random.shuffle(names)
        for name in names:
            server = self.servers[name]
            code = "250" if case in UNMOVED else server.moved_code
            self.results[case, connections, name].append(server.measure(
                self.client, recipients, code, connections))

    def _run_round(self):
        count = self.sizes.recipients
        for connections in CONNECTIONS:
            first = [moved(self.first.pop()) for _ in range(count)]
            # Among the moved ones in every order of a database.
            unmoved = [moved(f"{self.random.randrange(self.sizes.links)}x")
                       for _ in range(count)]
            self._run_case("unmoved", unmoved, connections)
            self._run_case("unmoved, repeated",
                           cycle(unmoved[:REPEATED], count), connections)
            self._run_case("moved, first hit", first, connections)
            self._run_case("moved, repeated hit",
                           cycle(first[:REPEATED], count), connections)

    def run(self):
        # once for what is set up at the first connections
        for server in self.servers.values():
            server.measure(self.client, [moved("x")] * BATCH * 8, "250",
                           max(CONNECTIONS))
        for number in range(self.sizes.rounds):
            print(f"\rround {number + 1} of {self.sizes.rounds}", end="",
                  file=sys.stderr, flush=True)
            self._run_round()
        print(file=sys.stderr)

    def stop(self):
        for server in self.servers.values():
            server.postfix.stop()
        if self.milter is not None and self.milter.process is not None:
            self.milter.stop()
        if self.null is not None:
            self.null.kill()
            self.null.wait()


def rates(results):
    print("| recipients | connections | server | RCPT/s | quartiles | "
          "CPU of the milter, us per RCPT | quartiles |\n"
          "|---|---:|---|---:|---|---:|---|")
    for (case, connections, server), runs in results.items():
        rate = median_and_quartiles([run.rate for run in runs], ".0f")
        cpu = " | "
        if server in (NULL, OURS):
            cpu = median_and_quartiles([run.cpu for run in runs], ".1f")
        print(f"| {case} | {connections} | {server} | {rate} | {cpu} |")


def ratio(results, case, connections, server, base):
    pairs = zip(results[case, connections, server],
                results[case, connections, base])
    return median_and_quartiles([run.rate / other.rate
                                 for run, other in pairs], ".2f")


def ratios(results):
    print("| recipients | connections | of | to no check | quartiles | "
          "to the do-nothing milter | quartiles |\n"
          "|---|---:|---|---:|---|---:|---|")
    for case, connections, server in results:
        if server != NO_CHECK:
            print(f"| {case} | {connections} | {server} | "
                  f"{ratio(results, case, connections, server, NO_CHECK)} | "
                  f"{ratio(results, case, connections, server, NULL)} |")


def main():
    arguments = options(__doc__)
    sizes = QUICK if arguments.quick else FULL
    directory = tempfile.mkdtemp(prefix="hardlink-bench.")
    os.chmod(directory, 0o755)
    bench = Bench(sizes, os.environ["HARDLINK_PREFIX"], directory)
    try:
        bench.start(arguments.store or f"{directory}/full")
        bench.run()
    finally:
        bench.stop()
        shutil.rmtree(directory)
    version = subprocess.run(["postconf", "-dh", "mail_version"], check=True,
                             text=True, stdout=subprocess.PIPE).stdout.strip()
    print(f"Postfix {version}, {sizes.links} moved addresses, {sizes.rounds} "
          f"rounds of {sizes.recipients} recipients.\n")
    # in the order of the cases, not of the first round
    order = [NO_CHECK, LMDB, SQLITE, NULL, OURS]
    results = dict(sorted(bench.results.items(), key=lambda item: (
        item[0][0] not in UNMOVED, *item[0][:2], order.index(item[0][2]))))
    rates(results)
    print()
    ratios(results)


if __name__ == "__main__":
    main()

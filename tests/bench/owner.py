"""What hardlinkd costs: sets and lookups per second, against the machine's own
rate of durable SQLite commits.

HARDLINK_PREFIX (the installation) and HARDLINK_BUILD (the build directory, for
service-bench) say what is measured. --quick shows that it works. Prints
Markdown. Timings decide nothing: it fails only when an answer is wrong."""

import argparse
import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for name in "e2e", "owner":
    sys.path.insert(0, os.path.join(HERE, "..", name))

# pylint: disable=wrong-import-position
from harness import MODULEDIR, Modules  # noqa: E402
from service import OwnerServer  # noqa: E402

PROGRAM = os.path.join(os.environ.get("HARDLINK_BUILD", ""),
                       "tests/bench/service-bench")
CLIENTS = 64


def rate(*arguments):
    output = subprocess.run([PROGRAM, *map(str, arguments)], check=True,
                            text=True, stdout=subprocess.PIPE).stdout
    count, seconds = output.split()
    return int(count) / float(seconds)


def commit_rate(directory, count):
    """Durable commits of one row each, on the file system of the store."""
    path = f"{directory}/commits.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value BLOB)")
        value = os.urandom(1000)
        start = time.monotonic()
        for _ in range(count):
            db.execute("INSERT INTO t (value) VALUES (?)", (value,))
        seconds = time.monotonic() - start
    for suffix in "", "-wal", "-shm":
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)
    return count / seconds


def visible_after(server, lmtp, number):
    """Milliseconds from sending a SET to reading the 557 to a RCPT that was sent
    when the SET was acknowledged."""
    old = f"visible{number}@example.org"
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "bench")
        start = time.monotonic()
        admin.ok("SET", old, "permanent", "new@example.com", "")
        reply = lmtp.ask(old)
        seconds = time.monotonic() - start
    if not reply.startswith(b"557 "):
        raise SystemExit(f"wrong answer: {reply!r}")
    return seconds * 1000


def service_config(server):
    path = server.hardlinks.path("service.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"store = service:{server.socket_path('hardlink-lookup')}\n")
    return path


def measure_round(server, lmtp, number, count):
    """All of it once, one after the other: {name: value}"""
    socket = server.socket_path("hardlink-admin")
    config = service_config(server)
    lookups = count * 20
    return {
        "durable SQLite commits/s": commit_rate(server.directory, count),
        "sets/s, one client": rate("set", socket, 1, count, f"a{number}-"),
        f"sets/s, {CLIENTS} clients": rate("set", socket, CLIENTS, count * 8,
                                           f"b{number}-"),
        "set until visible in LMTP, ms": statistics.median(
            visible_after(server, lmtp, f"{number}-{n}") for n in range(20)),
        "lookups/s, SQLite": rate("lookup", server.hardlinks.config,
                                  "alice@example.org", lookups),
        "lookups/s, service:": rate("lookup", config, "alice@example.org",
                                    lookups),
    }


def print_table(rounds):
    base = "durable SQLite commits/s"
    direct = "lookups/s, SQLite"
    print("| | median | lowest | highest | ratio |\n|---|---|---|---|---|")
    for name in rounds[0]:
        values = [values[name] for values in rounds]
        reference = {"set": base, "loo": direct}.get(name[:3])
        ratio = ""
        if reference is not None and "ms" not in name:
            ratio = "{:.2f}".format(statistics.median(
                one[name] / one[reference] for one in rounds))
        print(f"| {name} | {statistics.median(values):.6g} "
              f"| {min(values):.6g} | {max(values):.6g} | {ratio} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    modules = Modules(MODULEDIR)
    try:
        server = OwnerServer(modules)
        try:
            with server.lmtp() as lmtp:
                print_table([measure_round(server, lmtp, number,
                                           50 if quick else 1000)
                             for number in range(2 if quick else 11)])
        finally:
            server.remove()
    finally:
        modules.remove()


if __name__ == "__main__":
    main()

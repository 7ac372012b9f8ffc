"""Does `hardlinkctl expire` keep anybody waiting? Half of the temporary
hard-links of a store run out, and are closed while owners set theirs through
hardlinkd and a sender asks LMTP; it is killed on the way, and begun again.

HARDLINK_PREFIX (the installation) says what is measured. --quick shows that it
works. Prints Markdown. Timings decide nothing: it fails when an answer is wrong,
when history doesn't show each closed once, or when expire needs memory for each
of them."""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for name in "e2e", "owner":
    sys.path.insert(0, os.path.join(HERE, "..", name))

# pylint: disable=wrong-import-position
from consent import ConsentServer  # noqa: E402
from harness import MODULEDIR, Modules  # noqa: E402
from lmtp import Lmtp  # noqa: E402

# Between one and the next of each client.
LOOKUP_PAUSE, SET_PAUSE = 0.002, 0.01
BASE_SECS = {True: 3, False: 30}
KILLED_AFTER = {True: 0.5, False: 20}
# More than what SQLite and the program themselves take.
MEMORY_MAX = 32 * 1024 * 1024


def lookups(stop, half, place, results):
    """A sender's RCPTs, one after the other; (when, seconds) of each."""
    generator, times = random.Random(1), []
    with Lmtp(place) as client:
        client.lhlo()
        while not stop.is_set():
            number = generator.randrange(half)
            # not yet over, or over and nobody's
            case, code = generator.choice((("f", b"558 "), ("e", b"550 ")))
            client.mail()
            start = time.monotonic()
            reply = client.rcpt(f"{case}{number}@example.org")
            times.append((start, time.monotonic() - start))
            if not reply.startswith(code):
                raise SystemExit(f"{case}{number}: {reply!r}")
            client.cmd("RSET")
            time.sleep(LOOKUP_PAUSE)
    results.put(("lookup", times))


def sets(stop, server, results):
    """An owner's, who can't decide."""
    times, number = [], 0
    with server.owner() as owner:
        while not stop.is_set():
            number += 1
            start = time.monotonic()
            owner.ok("SET", "", "temporary", f"new{number}@example.com",
                     str(int(time.time()) + 86400 * 30), "replace")
            times.append((start, time.monotonic() - start))
            time.sleep(SET_PAUSE)
    results.put(("set", times))


@contextlib.contextmanager
def load(server, half):
    """Runs both clients; the list that it gives is filled in the end."""
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    clients = [multiprocessing.Process(target=target, args=arguments)
               for target, arguments in (
                   (lookups, (stop, half, server.dovecot.socket, results)),
                   (sets, (stop, server, results)))]
    for client in clients:
        client.start()
    measured = {}
    try:
        time.sleep(1)
        yield measured
    finally:
        stop.set()
        for _ in clients:
            measured.update([results.get(timeout=60)])
        for client in clients:
            client.join()
            if client.exitcode != 0:
                raise SystemExit("a client got a wrong answer")


class Watch(threading.Thread):
    """The largest sizes that the -wal had and the process, in bytes."""

    def __init__(self, path, pid):
        super().__init__()
        self.path, self.status = path, f"/proc/{pid}/status"
        self.wal = self.memory = 0
        self.end = threading.Event()
        self.start()

    def run(self):
        while not self.end.wait(0.1):
            self.wal = max(self.wal, os.stat(self.path).st_size)
            with contextlib.suppress(OSError), \
                    open(self.status, encoding="ascii") as file:
                found = re.search(r"VmHWM:\s*(\d+) kB", file.read())
                self.memory = int(found[1]) * 1024 if found else self.memory

    def stop(self):
        self.end.set()
        self.join()


def expire(server, kill_after=None):
    """(lines of output, seconds, Watch); no lines if it is killed."""
    process = subprocess.Popen(
        [server.hardlinks.hardlinkctl, "-c", server.hardlinks.config, "expire"],
        stdout=subprocess.PIPE, text=True)
    watch = Watch(server.hardlinks.store + "-wal", process.pid)
    lines, start = [], time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    else:
        lines = process.stdout.read().splitlines()
    process.stdout.close()
    status = process.wait()
    watch.stop()
    if status != (0 if kill_after is None else -signal.SIGKILL):
        raise SystemExit(f"expire ended with {status}")
    return lines, time.monotonic() - start, watch


def fill(server, half):
    server.hardlinks.ctl("set", "--from", "-", text="".join(
        json.dumps({"old": f"{case}{number}@example.org",
                    "new": "new@example.com", "for": duration}) + "\n"
        for case, duration in (("e", "3s"), ("f", "365d"))
        for number in range(half)))
    server.give_to_service()
    time.sleep(4)


def check(server, half, lines):
    """Each was closed once, and what is said is what history says."""
    if len(lines) != half + 1 or not re.match(rf"{half} closed, ", lines[-1]):
        raise SystemExit(f"{len(lines) - 1} lines, and \"{lines[-1]}\"")
    sweep, = json.loads(server.hardlinks.ctl(
        "-f", "json", "history", "--action", "sweep").stdout)
    if not sweep["detail"].startswith(f"{half} closed, "):
        raise SystemExit(sweep["detail"])
    closed = server.hardlinks.ctl("-f", "tab", "history", "--action", "expired")
    addresses = [line.split("\t")[5] for line in
                 closed.stdout.splitlines()[1:]]
    if sorted(addresses) != sorted(f"e{number}@example.org"
                                   for number in range(half)):
        raise SystemExit("history doesn't show each closed once")


def print_row(what, times):
    ordered = sorted(seconds * 1000 for _, seconds in times)
    if not ordered:
        raise SystemExit(f"{what}: nothing was measured")
    cells = [ordered[min(len(ordered) - 1, int(len(ordered) * share))]
             for share in (0.5, 0.99, 0.999)]
    print(f"| {what} | {len(ordered)} | "
          + " | ".join(f"{cell:.1f}" for cell in (*cells, ordered[-1])) + " |")


def measure(server, half, quick):
    with load(server, half) as before:
        time.sleep(BASE_SECS[quick])
    with load(server, half) as meanwhile:
        begin = time.monotonic()
        expire(server, KILLED_AFTER[quick])
        lines, seconds, watch = expire(server)
        end = time.monotonic()
    check(server, half, lines)
    print(f"{2 * half} temporary hard-links, {half} run out: expire took "
          f"{seconds:.1f} s and {watch.memory / 1048576:.1f} MB; the -wal had "
          f"{watch.wal / 1048576:.1f} MB at most.\n")
    print("| ms | count | median | p99 | p99.9 | longest |\n"
          "|---|---:|---:|---:|---:|---:|")
    for kind in "lookup", "set":
        print_row(f"{kind}, without", before[kind])
        print_row(f"{kind}, meanwhile", [
            one for one in meanwhile[kind] if begin <= one[0] <= end])
    if not 0 < watch.memory < MEMORY_MAX:
        raise SystemExit("expire takes memory for each hard-link")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    half = 10000 if quick else 500000
    modules = Modules(MODULEDIR)
    try:
        server = ConsentServer(modules, settings={"confirm_target": "no",
                                                  "notice": "no"})
        try:
            fill(server, half)
            measure(server, half, quick)
        finally:
            server.remove()
    finally:
        modules.remove()


if __name__ == "__main__":
    main()

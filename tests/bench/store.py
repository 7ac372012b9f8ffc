"""What both benches share: the full store, the client, the numbers."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "e2e"))
from hardlinks import Hardlinks  # noqa: E402 pylint: disable=wrong-import-position

# 32 replies of up to 100 bytes stay under 4 KB.
BATCH = 32
EXPIRY_SECS = 20
EXPIRED = [f"expired{i}@example.com" for i in range(2000)]


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--store", metavar="DIR",
                        help="where the full store is, or shall be made and "
                        "kept (default: one for this run)")
    return parser.parse_args()


def moved(number):
    return f"moved{number}@example.com"


def new(number):
    return f"new{number}@example.org"


class Store(Hardlinks):
    def fill(self, links):
        """links: JSON-able objects, one hard-link each"""
        self.ctl("set", "--from", "-", text="".join(
            json.dumps(link) + "\n" for link in links))

    def holds(self, links):
        """Are these moved(0) to moved(links - 1)?"""
        return [self.ctl("lookup", moved(i), check=False).returncode
                for i in (0, links - 1, links)] == [0, 0, os.EX_NOHOST]


def full_store(directory, prefix, links):
    """links hard-links from moved() to new(), and those of EXPIRED."""
    if os.path.exists(directory):
        store = Store(directory, prefix, make=False)
        if not store.holds(links):
            sys.exit(f"{directory} holds another number of hard-links than "
                     f"{links}: remove it, or say another directory")
        return store
    store = Store(directory, prefix)
    store.fill({"old": moved(i), "new": new(i), "permanent": True}
               for i in range(links))
    store.fill({"old": old, "new": "new@example.org", "for": f"{EXPIRY_SECS}s"}
               for old in EXPIRED)
    time.sleep(EXPIRY_SECS + 1)
    return store


class Client:
    """rcpt-bench."""

    def __init__(self):
        self.program = os.path.join(os.environ["HARDLINK_BUILD"],
                                    "tests/bench/rcpt-bench")

    def rate(self, place, code, recipients, connections=1):
        """RCPT/s; fails if one is answered by another code."""
        output = subprocess.run(
            [self.program, place, code, str(BATCH), str(connections)],
            input="".join(f"{recipient}\n" for recipient in recipients),
            check=True, text=True, stdout=subprocess.PIPE).stdout
        count, seconds = output.split()
        assert int(count) == len(recipients)
        return int(count) / float(seconds)


def cycle(items, count):
    return [items[i % len(items)] for i in range(count)]


def median_and_quartiles(values, form):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (f"{format(middle, form)} | "
            f"{format(low, form)} to {format(high, form)}")

"""What the plugin costs: RCPT/s and CPU time of a real Dovecot's lmtp.

HARDLINK_PREFIX (the installation) and HARDLINK_BUILD (the build directory,
for lmtp-bench) say what is measured. --quick shows that it works. Prints
Markdown. Timings decide nothing: it fails only when an answer is wrong."""

import argparse
import collections
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "e2e"))
from dovecot import MAIL_UID, Dovecot, Modules, is_23, version  # noqa: E402

# 32 replies of up to 100 bytes stay under 4 KB.
BATCH = 32
EXPIRY_SECS = 20
# All of a measurement in one lmtp process, and no limit in its way.
CONFIG = """
service lmtp {
  process_limit = 1
  process_min_avail = 1
}
"""
# 2.4 answers 451 to a user's 11th RCPT in a transaction, and has a new lmtp
# process for each connection, if it isn't told otherwise.
CONFIG_24 = """
lmtp_user_concurrency_limit = unlimited
service lmtp {
  restart_request_count = unlimited
}
"""

# Instead of a passwd-file, which the auth process holds in memory: what a hoster
# has.
SQL_23 = """userdb {{
  driver = sql
  args = {directory}/sql.conf
}}
"""
SQL_23_FILE = """driver = sqlite
connect = {directory}/users.db
user_query = SELECT home, uid, gid FROM users WHERE userid = '%u'
"""
SQL_24 = """sql_driver = sqlite
sqlite_path = {directory}/users.db
userdb sql {{
  query = SELECT home, uid, gid FROM users WHERE userid = '%{{user}}'
}}
"""

Sizes = collections.namedtuple("Sizes", "rounds links slow fast first")
FULL = Sizes(rounds=20, links=1000000, slow=4000, fast=20000, first=10000)
QUICK = Sizes(rounds=2, links=2000, slow=320, fast=320, first=320)

Result = collections.namedtuple("Result", "rate cpu")


class Store:
    """A store of hard-links under directory."""

    def __init__(self, prefix, directory):
        self.environment = {**os.environ, "PATH": os.pathsep.join(
            [f"{prefix}/bin", os.environ["PATH"]])}
        self.config = f"{directory}/hardlink.conf"
        self.hardlinkctl("init", "--dir", directory)

    def hardlinkctl(self, *arguments, text=None):
        subprocess.run(["hardlinkctl", *arguments], check=True, input=text,
                       text=True, env=self.environment,
                       stdout=subprocess.DEVNULL)

    def fill(self, links):
        """links: JSON-able objects, one hard-link each"""
        self.hardlinkctl("-c", self.config, "set", "--from", "-", text="".join(
            json.dumps(link) + "\n" for link in links))


class Server:
    """A Dovecot of which lmtp is measured."""

    def __init__(self, directory, modules, users, store=None, sql=False):
        self.dovecot = Dovecot(
            directory, modules,
            config=CONFIG if is_23() else CONFIG + CONFIG_24,
            hardlink_config=store.config if store else None,
            plugins=("lmtp_hardlink",) if store else ())
        self.dovecot.set_users({user: "" for user in users})
        if sql:
            self._use_sql(users)
        self.dovecot.start()
        self.lmtp = self._find("lmtp")

    def _use_sql(self, users):
        directory = self.dovecot.directory
        with sqlite3.connect(f"{directory}/users.db") as database:
            database.execute("CREATE TABLE users (userid TEXT PRIMARY KEY, "
                             "home TEXT, uid INTEGER, gid INTEGER)")
            database.executemany(
                "INSERT INTO users VALUES (?, ?, ?, ?)",
                ((user, f"{directory}/mail/{user}", MAIL_UID, MAIL_UID)
                 for user in users))
        with open(f"{directory}/sql.conf", "w", encoding="ascii") as file:
            file.write(SQL_23_FILE.format(directory=directory))
        block = (SQL_23 if is_23() else SQL_24).format(directory=directory)
        with open(self.dovecot.config, encoding="ascii") as file:
            text = re.sub(r"^userdb .*?^}\n", lambda _: block, file.read(),
                          flags=re.DOTALL | re.MULTILINE)
        with open(self.dovecot.config, "w", encoding="ascii") as file:
            file.write(text)

    def _find(self, name):
        """The process id of the master's child of that name."""
        # pylint: disable=protected-access
        master = self.dovecot._master_pid()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with open(f"/proc/{master}/task/{master}/children",
                      encoding="ascii") as file:
                for pid in file.read().split():
                    with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                        if comm.read().strip() == name:
                            return pid
            time.sleep(0.02)
        raise RuntimeError(f"no process {name}")

    def cpu(self):
        """utime + stime of lmtp in seconds; stat has it in ticks only."""
        with open(f"/proc/{self.lmtp}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9

    def measure(self, client, recipients, code):
        before = self.cpu()
        output = subprocess.run(
            [client, self.dovecot.socket, code, str(BATCH)], check=True,
            input="".join(f"{recipient}\n" for recipient in recipients),
            text=True, stdout=subprocess.PIPE).stdout
        count, seconds = output.split()
        return Result(int(count) / float(seconds),
                      (self.cpu() - before) / int(count) * 1e6)


def cycle(items, count):
    return [items[i % len(items)] for i in range(count)]


class Bench:
    """All servers, and the cases that are run against them."""

    def __init__(self, sizes, prefix, client, directory):
        self.sizes, self.client = sizes, client
        self.prefix, self.directory = prefix, directory
        self.modules = Modules(f"{prefix}/lib/dovecot/modules")
        self.stayed = [f"stayed{i}@example.com" for i in range(2000)]
        self.expired = [f"expired{i}@example.com" for i in range(2000)]
        self.results = collections.defaultdict(list)
        self.servers = {}

    def start(self):
        stores = {"absent": None}
        for name in "empty", "full":
            stores[name] = Store(self.prefix, f"{self.directory}/{name}")
        self.fill(stores["full"])
        for name, store in stores.items():
            self.servers[name] = Server(f"{self.directory}/dovecot-{name}",
                                        self.modules,
                                        self.stayed + self.expired, store)
        self.servers["full, SQL"] = Server(
            f"{self.directory}/dovecot-sql", self.modules, self.stayed,
            stores["full"], sql=True)

    def fill(self, store):
        store.fill({"old": f"moved{i}@example.com", "new": f"new{i}@example.org",
                    "permanent": True} for i in range(self.sizes.links))
        store.fill({"old": old, "new": "new@example.org",
                    "for": f"{EXPIRY_SECS}s"} for old in self.expired)
        time.sleep(EXPIRY_SECS + 1)

    def run_case(self, case, recipients, code, servers):
        for name in servers:
            self.results[case, name].append(
                self.servers[name].measure(self.client, recipients, code))

    def run_round(self, number):
        # Nobody always goes first.
        names = list(self.servers)
        names = names[number % 4:] + names[:number % 4]
        files = [name for name in names if not name.endswith("SQL")]
        stores = [name for name in names if name.startswith("full")]
        sizes = self.sizes
        first = [f"moved{i % sizes.links}@example.com" for i in
                 range(number * sizes.first, (number + 1) * sizes.first)]
        self.run_case("unmoved", cycle(self.stayed, sizes.slow), "250", names)
        self.run_case("unknown", [f"unknown{i}@example.com" for i in
                                  range(sizes.slow)], "550", files)
        self.run_case("expired", cycle(self.expired, sizes.slow), "250", files)
        self.run_case("moved, first hit", first, "557", stores)
        self.run_case("moved, repeated hit", first[:1] * sizes.fast, "557",
                      stores)

    def run(self):
        # once for what is set up at the first connection
        for name, server in self.servers.items():
            server.measure(self.client, self.stayed[:BATCH], "250")
        for number in range(self.sizes.rounds):
            print(f"\rround {number + 1} of {self.sizes.rounds}", end="",
                  file=sys.stderr, flush=True)
            self.run_round(number)
        print(file=sys.stderr)

    def stop(self):
        for server in self.servers.values():
            server.dovecot.stop()
        self.modules.remove()


def median_and_quartiles(values, form):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (f"{format(middle, form)} | "
            f"{format(low, form)} to {format(high, form)}")


def rates(results):
    print("| recipients | plugin, store | RCPT/s | quartiles | "
          "CPU of lmtp, us per RCPT | quartiles |\n"
          "|---|---|---:|---|---:|---|")
    for (case, server), runs in results.items():
        rate = median_and_quartiles([run.rate for run in runs], ".0f")
        cpu = median_and_quartiles([run.cpu for run in runs], ".1f")
        print(f"| {case} | {server} | {rate} | {cpu} |")


def comparison(results, case, server, base_case, base_server):
    pairs = list(zip(results[case, server], results[base_case, base_server]))
    ratio = median_and_quartiles([run.rate / base.rate
                                  for run, base in pairs], ".2f")
    cpu = median_and_quartiles([run.cpu - base.cpu for run, base in pairs],
                               "+.1f")
    print(f"| {case}, {server} | {base_case}, {base_server} | {ratio} | "
          f"{cpu} |")


def comparisons(results):
    print("| of | to | ratio of RCPT/s | quartiles | "
          "difference in CPU, us per RCPT | quartiles |\n"
          "|---|---|---:|---|---:|---|")
    for case in "unmoved", "unknown", "expired":
        for server in "empty", "full":
            comparison(results, case, server, case, "absent")
    for case in "moved, first hit", "moved, repeated hit":
        for server in "full", "full, SQL":
            comparison(results, case, server, "unmoved", server)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    sizes = QUICK if parser.parse_args().quick else FULL
    prefix = os.environ["HARDLINK_PREFIX"]
    client = os.path.join(os.environ["HARDLINK_BUILD"],
                          "tests/bench/lmtp-bench")
    directory = tempfile.mkdtemp(prefix="hardlink-bench.")
    os.chmod(directory, 0o755)
    bench = Bench(sizes, prefix, client, directory)
    try:
        bench.start()
        bench.run()
    finally:
        bench.stop()
        shutil.rmtree(directory)
    print(f"Dovecot {'.'.join(map(str, version()))}, {sizes.links} hard-links "
          f"in the full store, {sizes.rounds} rounds.\n")
    rates(bench.results)
    print()
    comparisons(bench.results)


if __name__ == "__main__":
    main()

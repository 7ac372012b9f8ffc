"""What the plugin costs: RCPT/s and CPU time of a real Dovecot's lmtp.

HARDLINK_PREFIX (the installation) and HARDLINK_BUILD (the build directory,
for rcpt-bench) say what is measured. --quick shows that it works. Prints
Markdown. Timings decide nothing: it fails only when an answer is wrong."""

import collections
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "e2e"))
# pylint: disable=wrong-import-position
from dovecot import MAIL_UID, Dovecot, Modules, is_23, version  # noqa: E402
from store import (EXPIRED, Client, Store, cycle, full_store,  # noqa: E402
                   median_and_quartiles, moved, options)

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
        rate = client.rate(self.dovecot.socket, code, recipients)
        return Result(rate, (self.cpu() - before) / len(recipients) * 1e6)


class Bench:
    """All servers, and the cases that are run against them."""

    def __init__(self, sizes, prefix, directory):
        self.sizes, self.client = sizes, Client()
        self.prefix, self.directory = prefix, directory
        self.modules = Modules(f"{prefix}/lib/dovecot/modules")
        self.stayed = [f"stayed{i}@example.com" for i in range(2000)]
        self.results = collections.defaultdict(list)
        self.servers = {}

    def start(self, full_directory):
        stores = {"absent": None,
                  "empty": Store(f"{self.directory}/empty", self.prefix),
                  "full": full_store(full_directory, self.prefix,
                                     self.sizes.links)}
        for name, store in stores.items():
            self.servers[name] = Server(f"{self.directory}/dovecot-{name}",
                                        self.modules,
                                        self.stayed + EXPIRED, store)
        self.servers["full, SQL"] = Server(
            f"{self.directory}/dovecot-sql", self.modules, self.stayed,
            stores["full"], sql=True)

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
        first = [moved(i % sizes.links) for i in
                 range(number * sizes.first, (number + 1) * sizes.first)]
        self.run_case("unmoved", cycle(self.stayed, sizes.slow), "250", names)
        self.run_case("unknown", [f"unknown{i}@example.com" for i in
                                  range(sizes.slow)], "550", files)
        self.run_case("expired", cycle(EXPIRED, sizes.slow), "250", files)
        self.run_case("moved, first hit", first, "557", stores)
        self.run_case("moved, repeated hit", first[:1] * sizes.fast, "557",
                      stores)

    def run(self):
        # once for what is set up at the first connection
        for name, server in self.servers.items():
            server.measure(self.client, self.stayed[:100], "250")
        for number in range(self.sizes.rounds):
            print(f"\rround {number + 1} of {self.sizes.rounds}", end="",
                  file=sys.stderr, flush=True)
            self.run_round(number)
        print(file=sys.stderr)

    def stop(self):
        for server in self.servers.values():
            server.dovecot.stop()
        self.modules.remove()


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
    arguments = options(__doc__)
    sizes = QUICK if arguments.quick else FULL
    prefix = os.environ["HARDLINK_PREFIX"]
    directory = tempfile.mkdtemp(prefix="hardlink-bench.")
    os.chmod(directory, 0o755)
    bench = Bench(sizes, prefix, directory)
    try:
        bench.start(arguments.store or f"{directory}/full")
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

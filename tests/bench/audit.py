"""What the first page of history and list costs, against bare SQL, and how fast
verify is, against libsodium's own verification of signatures.

HARDLINK_PREFIX (the installation) and HARDLINK_BUILD (the build directory, for
verify-bench) say what is measured. --quick shows that it works, --store DIR
keeps the store. Prints Markdown. Timings decide nothing."""

import contextlib
import os
import pty
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

import store

Size = namedtuple("Size", "links rounds verify")
FULL, QUICK = Size(1000000, 41, 3), Size(9000, 2, 1)
ROWS = 20

HISTORY_SQL = f"""
SELECT seq, statement, signature, payload FROM entry
WHERE seq BETWEEN 1 AND 9223372036854775807 ORDER BY seq DESC LIMIT {ROWS}"""
LIST_SQL = f"""
SELECT key, seq, statement, signature, payload FROM link JOIN entry USING (seq)
WHERE superseded_by IS NULL AND instr(key, '@') > 0
ORDER BY key, seq LIMIT {ROWS}"""


def cpu(usage):
    return (usage.ru_utime + usage.ru_stime) * 1000


def end(process):
    """Milliseconds of CPU time of this process and those it has waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return cpu(usage)


def whole(arguments, env):
    with open(os.devnull, "w", encoding="ascii") as null:
        return end(subprocess.Popen(arguments, stdout=null, env=env))


def to_head(arguments, env):
    """As `| head -20`."""
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=env) as process:
        with subprocess.Popen(["head", f"-{ROWS}"], stdin=process.stdout,
                              stdout=subprocess.DEVNULL):
            process.stdout.close()
        return end(process)


def to_pager(arguments, env):
    """Until less, which isn't counted, shows a screen."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [shutil.which("setsid"), "-c", *arguments], stdin=slave, stdout=slave,
        stderr=slave, env={**env, "TERM": "xterm", "PAGER": "less"})
    os.close(slave)
    seen = b""
    while b":" not in seen.rpartition(b"\n")[2]:
        seen += os.read(master, 65536)
    time.sleep(0.1)
    with open(f"/proc/{process.pid}/schedstat", encoding="ascii") as file:
        used = int(file.read().split()[0]) / 1e6
    os.write(master, b"q")
    with contextlib.suppress(OSError):
        while os.read(master, 65536):
            pass
    end(process)
    os.close(master)
    return used


def in_process(database, sql, rounds):
    """Of SQLite alone, prepared, in a process that has it open."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(sql).fetchall()
        start = time.process_time()
        for _ in range(rounds):
            assert len(connection.execute(sql).fetchall()) == ROWS
        return (time.process_time() - start) * 1000 / rounds


def cases(full):
    sqlite3_program = shutil.which("sqlite3")
    for name, sql in ("history", HISTORY_SQL), ("list", LIST_SQL):
        command = [full.hardlinkctl, name]
        yield name, "sqlite3", whole, [sqlite3_program, "-readonly",
                                       full.store, sql]
        yield name, f"--limit {ROWS}", whole, [*command, "--limit", str(ROWS)]
        yield name, f"to head -{ROWS}", to_head, command
        yield name, "to less", to_pager, command


def first_pages(full, rounds):
    print(f"| command | {ROWS} rows | CPU, ms | quartiles | to sqlite3 |\n"
          "|---|---|---:|---|---:|")
    env = {**os.environ, "HARDLINK_CONFIG": full.config}
    measured = {}
    for _ in range(rounds):
        for name, how, run, arguments in cases(full):
            measured.setdefault((name, how), []).append(run(arguments, env))
    for (name, how), values in measured.items():
        ratio = statistics.median(
            value / bare for value, bare
            in zip(values, measured[name, "sqlite3"]))
        print(f"| {name} | {how} | "
              f"{store.median_and_quartiles(values, '.2f')} | {ratio:.2f} |")
    for name, sql in ("history", HISTORY_SQL), ("list", LIST_SQL):
        alone = in_process(full.store, sql, 10 * rounds)
        print(f"| {name} | SQLite within a process | {alone:.3f} | | |")


def verification(full, rounds):
    program = os.path.join(os.environ["HARDLINK_BUILD"],
                           "tests/bench/verify-bench")
    results = [list(map(float, subprocess.run(
        [program, full.config], check=True, text=True,
        stdout=subprocess.PIPE).stdout.split())) for _ in range(rounds)]
    ours, bare, ratio, on_the_way, before, after = (
        statistics.median(column) for column in zip(*results))
    print("\n| verify | |\n|---|---:|\n"
          f"| us of CPU per entry | {ours:.1f} |\n"
          f"| us of CPU per signature, libsodium alone | {bare:.1f} |\n"
          f"| ratio of the rates | {ratio:.2f} |\n"
          f"| without index and structure | {on_the_way:.2f} |\n"
          f"| resident set before, KB | {before:.0f} |\n"
          f"| resident set after, KB | {after:.0f} |")


def main():
    options = store.options(__doc__)
    size = QUICK if options.quick else FULL
    directory = options.store or tempfile.mkdtemp() + "/store"
    full = store.full_store(directory, os.environ["HARDLINK_PREFIX"],
                            size.links)
    try:
        first_pages(full, size.rounds)
        verification(full, size.verify)
    finally:
        if not options.store:
            shutil.rmtree(os.path.dirname(directory))


if __name__ == "__main__":
    sys.exit(main())

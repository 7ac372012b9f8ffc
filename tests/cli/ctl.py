"""Running the real hardlinkctl."""

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile

PROGRAM = os.environ.get("HARDLINKCTL") or (
    os.environ.get("HARDLINK_PREFIX") and
    os.path.join(os.environ["HARDLINK_PREFIX"], "bin/hardlinkctl"))

OK, USAGE, DATA, NOT_FOUND, TEMP, NOPERM, CONFIG = 0, 64, 65, 68, 75, 77, 78

TABLES = {"meta": "name", "entry": "seq", "link": "key, seq", "head": "id"}


def dump(database):
    """All that a store says, whatever its pages look like. Of a copy: merely to
    open and close the store itself would take its -wal away."""
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "copy")
        for suffix in "", "-wal":
            if os.path.exists(database + suffix):
                shutil.copy(database + suffix, copy + suffix)
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            return {table: connection.execute(
                f"SELECT * FROM {table} ORDER BY {order}").fetchall()
                for table, order in TABLES.items()}


def masked(text):
    """Times and hashes replaced by as many signs."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDThh:mm:ssZ",
                  text)
    return re.sub(r"\b[0-9a-f]{32,}\b", lambda match: "#" * len(match[0]), text)


class Ctl:
    def __init__(self, directory):
        self.directory = str(directory)
        self.config = self.path("hardlink.conf")
        self.database = self.path("hardlink.db")
        self.key = self.path("private/signing.key")

    def path(self, name):
        return os.path.join(self.directory, name)

    def init(self):
        self("init", "--dir", self.directory)
        return self

    @staticmethod
    def environment(**changes):
        return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **changes}

    def run(self, *arguments, input=None, env=(), wrap=(), **options):
        """Text in and out; bytes that aren't UTF-8 pass through."""
        options.setdefault("stdout", subprocess.PIPE)
        if "user" in options:
            options.update(group=options["user"], extra_groups=[])
        if isinstance(input, bytes):
            input = input.decode("utf-8", "surrogateescape")
        return subprocess.run(
            [*wrap, PROGRAM, *arguments], input=input if input else "",
            stderr=subprocess.PIPE, encoding="utf-8", errors="surrogateescape",
            env=self.environment(HARDLINK_CONFIG=self.config, **dict(env)),
            check=False, timeout=120, **options)

    def __call__(self, *arguments, **options):
        """What must succeed, without a word on standard error."""
        result = self.run(*arguments, **options)
        assert (result.returncode, result.stderr) == (OK, ""), arguments
        return result.stdout

    def json(self, *arguments, **options):
        return json.loads(self("-f", "json", *arguments, **options))

    def fails(self, code, *arguments, says="", **options):
        """What must fail: this exit code, one line, an unchanged store."""
        before = self.dump()
        result = self.run(*arguments, **options)
        assert result.returncode == code, result.stderr
        assert result.stdout in ("", None)
        assert re.fullmatch(r"hardlinkctl: [^\n\r\t\x00-\x1f]+\n", result.stderr)
        assert says in result.stderr
        assert self.dump() == before
        return result.stderr

    def dump(self):
        if not os.path.exists(self.database):
            return None
        try:
            return dump(self.database)
        except sqlite3.Error as error:
            return str(error)

    def is_verified(self):
        assert self("verify").endswith(": verified\n")

    def sql(self, script):
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.executescript(script)

    def shell(self, script, **variables):
        """A script as root of a mount namespace of its own; $CTL is the
        program."""
        return subprocess.run(
            ["unshare", "-m", "sh", "-c", script], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False, timeout=120,
            env=self.environment(CTL=PROGRAM, HARDLINK_CONFIG=self.config,
                                 DIR=self.directory, **variables))


def sanitizer():
    """The runtime library of the sanitizer that the program is built with."""
    needed = subprocess.run(["ldd", PROGRAM], stdout=subprocess.PIPE, text=True,
                            check=True).stdout
    found = re.search(r"lib\S*asan\S* => (\S+)", needed)
    return found[1] if found else None


@functools.lru_cache(maxsize=None)
def clock_library():
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory)
    library = os.path.join(directory, "clock.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")
    subprocess.run([os.environ.get("CC") or "cc", "-D_GNU_SOURCE", "-shared",
                    "-fPIC", "-o", library, source], check=True)
    return library


def shifted(offset, synchronised=None):
    """Environment in which the clock is off by "+2h", "-1d" and the like, and
    the kernel calls it synchronised or not."""
    seconds = int(offset[:-1]) * {"m": 60, "h": 3600, "d": 86400}[offset[-1]]
    # a sanitizer wants to be the first
    libraries = [library for library in (sanitizer(), clock_library())
                 if library]
    environment = {"LD_PRELOAD": " ".join(libraries),
                   "CLOCK_OFFSET": str(seconds)}
    if synchronised is not None:
        environment["CLOCK_SYNC"] = "yes" if synchronised else "no"
    return environment


def json_lines(*links):
    return "".join(json.dumps(link) + "\n" for link in links)


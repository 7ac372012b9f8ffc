"""A store of hard-links of its own, and what can happen to one."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess


class Hardlinks:
    def __init__(self, directory, prefix, make=True):
        """make: or they are there already"""
        self.directory = str(directory)
        self.hardlinkctl = os.path.join(prefix, "bin/hardlinkctl")
        self.config = self.path("hardlink.conf")
        if make:
            self.ctl("init", "--dir", self.directory)
        self.store = self._value("store", "sqlite:" + self.path("hardlink.db"))
        self.store = self.store.removeprefix("sqlite:")
        self.keyring = self._value("keyring", self.path("keys"))

    def path(self, name):
        return os.path.join(self.directory, name)

    def _read_config(self):
        with open(self.config, encoding="utf-8") as file:
            return file.read()

    def _value(self, key, default):
        match = re.search(rf"^{key} *= *(.*)$", self._read_config(), re.M)
        return match.group(1) if match else default

    def configure(self, **settings):
        """Changes settings; the file is replaced, as an editor does it."""
        text = self._read_config()
        for key, value in settings.items():
            text = re.sub(rf"^{key} *=.*\n", "", text, flags=re.M)
            text += f"{key} = {value}\n"
        self.replace(self.config, text.encode())

    @staticmethod
    def replace(path, content):
        with open(path + ".new", "wb") as file:
            file.write(content)
        shutil.copymode(path, path + ".new")
        os.replace(path + ".new", path)

    def open_to(self, gid):
        """Lets a group read all but the signing key, as an administrator does
        for an lmtp or dovecot-lda that isn't root."""
        for directory, _, files in os.walk(self.directory):
            if os.path.basename(directory) == "private":
                continue
            os.chown(directory, -1, gid)
            os.chmod(directory, 0o750)
            for name in files:
                os.chown(os.path.join(directory, name), -1, gid)
                os.chmod(os.path.join(directory, name), 0o640)

    def ctl(self, *arguments, text="", check=True):
        """text: its standard input"""
        environment = dict(os.environ, HARDLINK_CONFIG=self.config)
        result = subprocess.run([self.hardlinkctl, *arguments], text=True,
                                env=environment, input=text,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                check=False)
        if check:
            assert result.returncode == 0, (arguments, result.stderr)
        return result

    def set_permanent(self, old, new, *options):
        self.ctl("set", old, new, "--permanent", *options)

    def set_temporary(self, old, new, duration="1h", *options):
        self.ctl("set", old, new, "--for", duration, *options)

    def checkpoint(self):
        """All of the store in one file, none of it in the -wal."""
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, path):
        self.checkpoint()
        shutil.copy2(self.store, path)

    def put_back(self, path):
        """The store is that copy from now on."""
        for suffix in "-wal", "-shm":
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.store + suffix)
        status = os.stat(path)
        shutil.copy2(path, self.store + ".new")
        os.chown(self.store + ".new", status.st_uid, status.st_gid)
        os.replace(self.store + ".new", self.store)

    def signature_column(self):
        """(table, column) of the entries' signatures."""
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            for (table,) in database.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table'"):
                for row in database.execute(f"PRAGMA table_info({table})"):
                    if row[1] == "signature":
                        return table, row[1]
        raise LookupError("no signatures in this store")

    def forge_signatures(self):
        """Flips a bit in each."""
        table, column = self.signature_column()
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            database.create_function(
                "flip", 1, lambda blob: bytes([blob[0] ^ 1]) + blob[1:])
            with database:
                database.execute(
                    f"UPDATE {table} SET {column} = flip({column})")

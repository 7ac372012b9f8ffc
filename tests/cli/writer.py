"""Writes entries that no command writes yet, with the store's own key."""

import base64
import contextlib
import hashlib
import os
import sqlite3
import sys
import time

from nacl.signing import SigningKey

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "schema"))
import hlcheck  # noqa: E402


def document(magic, fields):
    lines = "".join(f"{name}={value}\n" for name, value in fields)
    return f"{magic}\n{lines}".encode()


class Writer:
    def __init__(self, ctl):
        self.database = ctl.database
        with open(ctl.key, encoding="ascii") as file:
            self.key = SigningKey(bytes.fromhex(
                file.read().split("seed=")[1].strip()))
        self.public = bytes(self.key.verify_key)

    def sign(self, data):
        return self.key.sign(data).signature

    def head(self, origin, statements, now):
        frontier = hlcheck.frontier_of(statements)
        name = f"hardlink/{origin}/1"
        root = base64.b64encode(hlcheck.root_of(frontier)).decode()
        text = f"{name}\n{len(statements)}\n{root}\ntime {now}\n"
        hint = hashlib.sha256(name.encode() + b"\n\1" + self.public).digest()
        line = base64.b64encode(hint[:4] + self.sign(text.encode())).decode()
        return (f"{text}\n\N{EM DASH} {name} {line}\n".encode(),
                b"".join(node for _, node in frontier))

    def append(self, action, key, payload):
        """payload: the fields behind the salt"""
        now = int(time.time())
        payload = document("hardlink-payload/1",
                           [("salt", os.urandom(16).hex()), *payload])
        with contextlib.closing(sqlite3.connect(self.database)) as database, \
                database:
            origin, = database.execute(
                "SELECT value FROM meta WHERE name = 'origin'").fetchone()
            statements = [bytes(row[0]) for row in database.execute(
                "SELECT statement FROM entry ORDER BY seq")]
            seq = len(statements) + 1
            statement = document("hardlink-entry/1", [
                ("origin", origin), ("epoch", 1), ("seq", seq), ("time", now),
                ("action", action), ("channel", "imap"),
                ("key", hlcheck.key_id(self.public)),
                ("payload", hashlib.sha256(payload).hexdigest())])
            signature = self.sign(b"hardlink-entry-v1\0" + statement)
            database.execute("INSERT INTO entry VALUES (?, ?, ?, ?)",
                             (seq, statement, signature, payload))
            database.execute("UPDATE link SET superseded_by = ? WHERE key = ? "
                             "AND superseded_by IS NULL", (seq, key))
            database.execute("INSERT INTO link VALUES (?, ?, NULL)", (key, seq))
            database.execute("UPDATE head SET checkpoint = ?, frontier = ?",
                             self.head(origin, [*statements, statement], now))

    def state(self, address, **fields):
        """An owner's entry; fields: current_new, next_status, …"""
        names = ("blocked current current-new current-expires next next-new "
                 "next-effective next-expires next-status").split()
        self.append("set", address, [
            ("scope", "address"), ("address", address), ("owner", address),
            ("actor", "owner"), ("reason", ""),
            *((name, fields.get(name.replace("-", "_"), ""))
              for name in names)])

    def erase(self, seq):
        self.append("erase", "!erase", [("scope", "log"), ("actor", "root"),
                                        ("reason", ""), ("erased", seq)])

"""Stores of older programs."""

import contextlib
import os
import pathlib
import sqlite3

SCHEMA = sorted((pathlib.Path(__file__).resolve().parents[2] /
                 "schema/sqlite").glob("*.sql"))


def make_old(database):
    """What the first program made: the same rows, in its tables."""
    aged = database + ".aged"
    with contextlib.closing(sqlite3.connect(aged)) as new:
        new.executescript(SCHEMA[0].read_text(encoding="utf-8"))
        new.execute("ATTACH ? AS store", (database,))
        for table, columns in (
                ("meta", "name, value"),
                ("entry", "seq, statement, signature, payload"),
                ("link", "key, seq, superseded_by"),
                ("head", "id, checkpoint, frontier")):
            new.execute(f"INSERT INTO main.{table} "
                        f"SELECT {columns} FROM store.{table}")
        new.commit()
        application, = new.execute("PRAGMA store.application_id").fetchone()
        new.execute(f"PRAGMA application_id = {application}")
        new.execute("PRAGMA user_version = 1")
        new.execute("DETACH store")
        new.execute("PRAGMA journal_mode = wal")
    before = os.stat(database)
    os.chown(aged, before.st_uid, before.st_gid)
    os.chmod(aged, before.st_mode & 0o7777)
    for suffix in "-wal", "-shm":
        pathlib.Path(database + suffix).unlink(missing_ok=True)
    os.replace(aged, database)


def version(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]

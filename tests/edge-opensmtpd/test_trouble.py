"""The filter down, the store broken: nothing is lost, nobody is sent astray,
and what is mended works without a restart."""

import os
import signal
import sqlite3

import pytest

from conftest import MOVED, OK, TROUBLE
from opensmtpd import HARDLINK
from unpacked import wait_until

OLD = "old@example.org"


def damage(hardlinks, way):
    """Does it, and returns what undoes it."""
    store = hardlinks.store
    if way == "removed":
        os.rename(store, store + ".away")
        return lambda: os.rename(store + ".away", store)
    if way == "corrupt":
        hardlinks.checkpoint()
        with open(store, "r+b") as file:
            good = file.read()
            file.seek(0)
            file.write(good[:100] + bytes(len(good) - 100))

        def repair():
            with open(store, "r+b") as file:
                file.write(good)
        return repair
    assert way == "forged"
    hardlinks.copy(store + ".good")
    os.chown(store + ".good", -1, HARDLINK)
    hardlinks.forge_signatures()
    return lambda: hardlinks.put_back(store + ".good")


@pytest.mark.parametrize("way, reason", [
    ("removed", "no such store"), ("corrupt", "damaged"),
    ("forged", "signature")])
def test_store(start, way, reason):
    edge = start()
    with edge.smtp() as client:
        assert client.ask(OLD) == MOVED
        mend = damage(edge.hardlinks, way)
        for _ in range(20):
            assert client.ask(OLD) == TROUBLE
        edge.smtpd.wait_for_log(reason)
        # what isn't ours needs no store
        assert client.ask("a@elsewhere.example").startswith(b"550 ")
        # by policy: as if nobody had moved
        edge.smtpd.configure(on_error="deliver")
        edge.smtpd.reload()
        assert client.ask(OLD) == OK
        edge.smtpd.configure(on_error="tempfail")
        edge.smtpd.reload()
        assert client.ask(OLD) == TROUBLE
        # not a line for each
        assert edge.smtpd.log_text().count("Can't look up hard-links") <= 4
        mend()
        # as whoever writes to it does: the filter may not make the -shm
        writer = sqlite3.connect(edge.hardlinks.store)
        writer.execute("SELECT count(*) FROM sqlite_schema")
        wait_until(lambda: client.ask(OLD) == MOVED, edge.smtpd.log_text)
        wait_until(lambda: client.ask(OLD) == MOVED and "The store of "
                   "hard-links works again" in edge.smtpd.log_text(),
                   edge.smtpd.log_text)
        writer.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_filter_killed(start, number):
    """smtpd ends: senders try again, and what was acknowledged is in the
    queue."""
    edge = start()
    with edge.smtp() as client:
        assert client.ask(OLD) == MOVED
        edge.smtpd.signal_filter(number)
        with pytest.raises(ConnectionError):
            while client.ask("alice@example.org") == OK:
                pass
    edge.smtpd.namespace.process.wait(20)
    assert "lost processor: hardlink" in edge.smtpd.log_text()
    edge.smtpd.start()
    assert edge.ask(OLD) == MOVED


def test_end_of_smtpd_ends_the_filter(start):
    edge = start()
    assert edge.ask(OLD) == MOVED
    edge.smtpd.namespace.signal(signal.SIGTERM)
    edge.smtpd.namespace.process.wait(20)
    assert "lost processor" not in edge.smtpd.log_text()
    edge.check_log()


def test_filter_that_can_not_start(start):
    """smtpd doesn't, either, and its log says why."""
    edge = start()
    edge.smtpd.stop()
    edge.smtpd.configure(on_error="sideways")
    edge.smtpd.spawn()
    edge.smtpd.namespace.process.wait(20)
    assert f"{edge.hardlinks.config}:" in edge.smtpd.log_text()
    assert "lost processor: hardlink" in edge.smtpd.log_text()

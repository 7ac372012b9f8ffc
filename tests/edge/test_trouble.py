"""Milter down, store broken: nothing is lost, nobody is sent astray, and what
is mended works without a restart."""

import os
import sqlite3
import subprocess
import time

import pytest

from conftest import MOVED, PREFIX
from hardlinks import Hardlinks

OLD = "old@example.org"
WRITERS = []
TROUBLE = b"451 4.3.0 Temporary internal error\r\n"


def accepted(reply):
    return reply.startswith(b"250 2.1.5 ")


def copy(edge, suffix):
    path = edge.hardlinks.store + suffix
    edge.hardlinks.copy(path)
    os.chown(path, -1, edge.milter.gid)


def put_back(edge, suffix):
    """And opens it, as whoever writes to it does: the milter may not make the
    -shm that a reader needs."""
    store = edge.hardlinks.store
    edge.hardlinks.put_back(store + suffix)
    writer = sqlite3.connect(store)
    writer.execute("SELECT count(*) FROM sqlite_schema")
    WRITERS.append(writer)


def damage(edge, way):
    """Does it, and returns what undoes it."""
    store = edge.hardlinks.store
    if way == "removed":
        os.rename(store, store + ".away")
        return lambda: os.rename(store + ".away", store)
    if way == "unreadable":
        os.chmod(store, 0)
        # An open descriptor stays good, so the file is another one, too.
        with open(store, "rb") as file:
            content = file.read()
        os.rename(store, store + ".away")
        with open(store, "wb") as file:
            file.write(content)
        os.chmod(store, 0)

        def restore():
            os.rename(store + ".away", store)
            os.chmod(store, 0o640)
        return restore
    if way == "corrupt":
        edge.hardlinks.checkpoint()
        with open(store, "r+b") as file:
            good = file.read()
            file.seek(0)
            file.write(good[:100] + bytes(len(good) - 100))

        def repair():
            with open(store, "r+b") as file:
                file.write(good)
        return repair
    if way == "forged":
        copy(edge, ".good")
        edge.hardlinks.forge_signatures()
        return lambda: put_back(edge, ".good")
    if way == "another":
        copy(edge, ".good")
        # of another installation, with a key that nobody here trusts
        stranger = Hardlinks(f"{edge.directory}/another", PREFIX)
        stranger.set_permanent(OLD, "evil@example.com")
        stranger.copy(edge.hardlinks.store + ".another")
        os.chown(edge.hardlinks.store + ".another", -1, edge.milter.gid)
        os.chmod(edge.hardlinks.store + ".another", 0o640)
        put_back(edge, ".another")
        return lambda: put_back(edge, ".good")
    if way == "empty":
        copy(edge, ".good")
        os.truncate(store, 0)
        return lambda: put_back(edge, ".good")
    if way == "keyless":
        os.rename(edge.hardlinks.keyring, edge.hardlinks.keyring + ".away")
        return lambda: os.rename(edge.hardlinks.keyring + ".away",
                                 edge.hardlinks.keyring)
    if way == "markless":
        mark = store.removesuffix(".db") + ".mark"
        os.rename(mark, mark + ".away")
        return lambda: os.rename(mark + ".away", mark)
    assert way == "older"
    copy(edge, ".older")
    edge.hardlinks.set_permanent("bob@example.org", "new@example.com")
    copy(edge, ".newest")
    put_back(edge, ".older")
    return lambda: put_back(edge, ".newest")


@pytest.mark.parametrize("way, reason", [
    ("removed", "no such store"), ("unreadable", "not permitted"),
    ("corrupt", "damaged"), ("forged", "signature"), ("older", "mark"),
    ("another", "keyring doesn't hold"), ("empty", "not a store"),
    ("keyless", "keys"), ("markless", "mark")])
def test_store(start, way, reason):
    edge = start()
    with edge.smtp() as client:
        assert client.ask(OLD) == MOVED
        mend = damage(edge, way)
        assert client.ask(OLD) == TROUBLE
        assert edge.ask(OLD) == TROUBLE
        assert reason in edge.milter.log_text(), edge.milter.log_text()
        # by policy: as if nobody had moved
        edge.milter.configure(on_error="deliver")
        edge.milter.reload()
        assert accepted(client.ask(OLD))
        edge.milter.configure(on_error="tempfail")
        edge.milter.reload()
        for _ in range(20):
            assert client.ask(OLD) == TROUBLE
        # not a line for each
        assert edge.milter.log_text().count("Can't look up hard-links") <= 4
        mend()
        time.sleep(1.1)
        assert client.ask(OLD) == MOVED
        edge.milter.wait_for_log("The store of hard-links works again")
    assert edge.milter.status()['hardlink_lookups_total{result="error"}'] >= 22
    while WRITERS:
        WRITERS.pop().close()


def test_milter_down_accept(start):
    """The shipped default: mail flows."""
    edge = start()
    edge.milter.kill()
    with edge.smtp() as client:
        replies, sent = client.deliver([OLD, "alice@example.org"])
    assert all(accepted(reply) for reply in replies)
    assert sent.startswith(b"250 ")
    edge.postfix.wait_for_mails(OLD, 1)
    # and it's back at the same place, over what the killed one left
    edge.milter.start()
    assert edge.ask(OLD) == MOVED


def test_milter_down_tempfail(start):
    edge = start(milter_default_action="tempfail")
    with edge.smtp() as client:
        edge.milter.kill()
        client.send(b"MAIL FROM:<sender@example.net>\r\n")
        assert client.reply().startswith(b"451 4.7.1 ")
    edge.milter.start()
    assert edge.ask(OLD) == MOVED


def test_second_start_is_refused(start):
    edge = start()
    second = edge.milter.spawn()
    assert second.wait(10) == 75
    assert "another program answers there already" in edge.milter.log_text()
    assert edge.ask(OLD) == MOVED


def test_restart_wins_the_race(start):
    """A successor that starts while its predecessor still ends keeps its
    socket."""
    edge = start()
    first = edge.milter.process
    first.terminate()
    deadline = time.monotonic() + 10
    while os.path.exists(edge.milter.socket):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    edge.milter.configure(status_socket="")
    edge.milter.start()
    assert first.wait(20) == 0
    assert edge.ask(OLD) == MOVED
    edge.milter.stop()
    assert not os.path.exists(edge.milter.socket)


def test_bad_start(start, tmp_path):
    """One line that says what is wrong, and the code for it."""
    edge = start()
    config = tmp_path / "bad.conf"
    config.write_text("milter_socket = sideways\n")
    program = edge.milter.program
    for arguments, code, text in (
            (["-c", str(config)], 78, f"{config}:1: milter_socket: \"sideways\""),
            (["-c", "/nonexistent"], 78, "/nonexistent: No such file"),
            (["-x"], 64, "usage:"), (["extra"], 64, "usage:")):
        result = subprocess.run([program, "-f", *arguments], text=True,
                                stderr=subprocess.PIPE, check=False)
        assert result.returncode == code and text in result.stderr
        if code == 78:
            assert result.stderr.count("\n") == 1


def test_kill_loses_no_mail(start):
    """kill -9 again and again while mail comes in: what was acknowledged is
    delivered, and nothing that was refused."""
    edge = start(milter_default_action="tempfail")
    acknowledged = 0
    for round_ in range(8):
        with edge.smtp() as client:
            for number in range(6):
                if number == 3:
                    edge.milter.kill()
                client.send(b"MAIL FROM:<sender@example.net>\r\n"
                            b"RCPT TO:<alice@example.org>\r\n"
                            b"RCPT TO:<old@example.org>\r\n")
                replies = [client.reply() for _ in range(3)]
                assert replies[2][:3] in (b"557", b"451", b"503")
                if replies[1].startswith(b"250 "):
                    sent = client.data(f"Subject: {round_}.{number}\r\n\r\nx"
                                       .encode(), 1)[0]
                    acknowledged += sent.startswith(b"250 ")
                client.cmd("RSET")
        edge.milter.start()
    assert acknowledged >= 8 * 3
    edge.postfix.wait_for_empty_queue()
    assert len(edge.postfix.mails("alice@example.org")) == acknowledged
    assert not edge.postfix.mails(OLD)

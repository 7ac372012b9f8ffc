"""Many at once."""

import collections
import selectors
import socket
import time

from conftest import MOVED

SESSIONS = 1000
OLD = "old@example.org"


def exchange(sockets, command, deadline):
    """Sends the command on each; what each answers, one reply line."""
    with selectors.DefaultSelector() as selector:
        for number, client in enumerate(sockets):
            if command:
                client.sendall(command)
            selector.register(client, selectors.EVENT_READ, number)
        replies = [b""] * len(sockets)
        left = len(sockets)
        while left:
            assert time.monotonic() < deadline, f"{left} without an answer"
            for key, _ in selector.select(1):
                data = key.fileobj.recv(4096)
                assert data, replies[key.data]
                replies[key.data] += data
                if replies[key.data].endswith(b"\n"):
                    selector.unregister(key.fileobj)
                    left -= 1
    return replies


def open_sessions(edge, count, deadline):
    sockets = []
    for _ in range(count):
        client = socket.create_connection(edge.postfix.address, timeout=60)
        sockets.append(client)
    assert all(reply.startswith(b"220 ")
               for reply in exchange(sockets, b"", deadline))
    assert all(reply.startswith(b"250 ") for reply in
               exchange(sockets, b"HELO client.example.net\r\n", deadline))
    return sockets


def test_thousand_sessions(start):
    """All of them open at once, each with redirects and others; the memory
    doesn't grow from round to round."""
    edge = start(processes=SESSIONS + 20)
    deadline = time.monotonic() + 120
    sockets = open_sessions(edge, SESSIONS, deadline)
    memory = []
    try:
        for _ in range(6):
            for command, wanted in (
                    (b"MAIL FROM:<s@example.net>\r\n", b"250 2.1.0 Ok\r\n"),
                    (b"RCPT TO:<old@example.org>\r\n", MOVED),
                    (b"RCPT TO:<alice@example.org>\r\n", b"250 2.1.5 Ok\r\n"),
                    (b"RSET\r\n", b"250 2.0.0 Ok\r\n")):
                replies = collections.Counter(
                    exchange(sockets, command, deadline))
                assert replies == {wanted: SESSIONS}
            memory.append(edge.milter.memory())
    finally:
        for client in sockets:
            client.close()
    # Threads have caches of their own, which fill by and by. A sanitizer keeps
    # what was freed; it tells at the end what leaked.
    if not edge.milter.is_sanitized():
        assert memory[-1] <= memory[1] + 16 * 1024, memory
    assert edge.milter.status()[
        'hardlink_redirects_total{kind="permanent"}'] == 6 * SESSIONS
    assert "Can't look up" not in edge.milter.log_text()
    edge.milter.stop()


def test_kill_among_many_sessions(start):
    """The milter is killed under 100 sessions: what they got acknowledged is
    delivered, once."""
    edge = start(processes=120, milter_default_action="tempfail")
    deadline = time.monotonic() + 60
    sockets = open_sessions(edge, 100, deadline)
    try:
        exchange(sockets, b"MAIL FROM:<s@example.net>\r\n", deadline)
        exchange(sockets, b"RCPT TO:<alice@example.org>\r\n", deadline)
        edge.milter.kill()
        going = [client for client, reply in
                 zip(sockets, exchange(sockets, b"DATA\r\n", deadline))
                 if reply.startswith(b"354 ")]
        replies = exchange(going, b"Subject: x\r\n\r\nx\r\n.\r\n", deadline)
        sent = sum(reply.startswith(b"250 ") for reply in replies)
    finally:
        for client in sockets:
            client.close()
    edge.postfix.wait_for_empty_queue()
    assert len(edge.postfix.mails("alice@example.org")) == sent
    edge.milter.start()
    assert edge.ask(OLD) == MOVED


def test_spam_run_makes_no_bounce(start):
    """1,000 mails with forged senders to a moved user: nothing enters the
    queue, so nobody who sent nothing hears of it."""
    edge = start()
    with edge.smtp() as client:
        for number in range(1000):
            # DATA must be the last of a pipelined group (RFC 2920).
            client.send(b"MAIL FROM:<victim%d@example.net>\r\n"
                        b"RCPT TO:<old@example.org>\r\nDATA\r\n" % number)
            replies = [client.reply() for _ in range(3)]
            assert replies[1] == MOVED
            assert replies[2].startswith(b"554 5.5.1 ")
            assert client.cmd("RSET").startswith(b"250 ")
    assert "queue is empty" in edge.postfix.queued()
    log = edge.postfix.log_text()
    assert "postfix/bounce" not in log and "postfix/cleanup" not in log
    assert log.count("milter-reject") == 1000

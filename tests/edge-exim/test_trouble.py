"""The daemon down, odd or slow, the store broken: nothing is lost, nobody is
sent astray, and what is mended works without a restart."""

import base64
import grp
import os
import pwd
import signal
import socketserver
import threading
import time

import pytest

from conftest import MOVED, TROUBLE
from test_reply import OK

OLD = "old@example.org"
QUOTED = r'"a\"\\"@example.org'


def test_daemon_down(start):
    edge = start()
    with edge.smtp() as client:
        edge.query.stop()
        assert client.ask(OLD) == TROUBLE
        assert client.ask("alice@example.org") == TROUBLE
        # again: an Exim that couldn't connect doesn't always know it
        assert client.ask(OLD) == TROUBLE
        # what isn't ours needs no daemon
        assert client.ask("a@elsewhere.example").startswith(b"550 ")
        assert client.ask("nobody@example.org").startswith(b"550 ")
        edge.query.start()
        assert client.ask(OLD) == MOVED
        edge.query.kill()
        assert client.ask(OLD) == TROUBLE
        # over what the killed one left
        edge.query.start()
        assert client.ask(OLD) == MOVED
        assert client.ask("alice@example.org") == OK


def test_daemon_down_accept(start):
    """By choice: mail flows."""
    edge = start(settings="HARDLINK_DOWN = 250 -\n")
    edge.query.kill()
    with edge.smtp() as client:
        replies, sent = client.deliver([OLD], "Subject: down\r\n\r\nx")
    assert replies == [OK] and sent.startswith(b"250 ")
    assert "Subject: down" in edge.sink.wait(OLD)[0]
    edge.query.start()
    assert edge.ask(OLD) == MOVED


def test_no_permission(start):
    """Exim's user isn't in the group yet."""
    edge = start()
    os.chmod(edge.query.query_socket, 0o600)
    assert edge.ask(OLD) == TROUBLE
    os.chmod(edge.query.query_socket, 0o666)
    assert edge.ask(OLD) == MOVED


def test_permission_by_group(start):
    """As the manual says; nobody else gets in."""
    edge = start(groups=(grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name,))
    os.chmod(edge.query.query_socket, 0o660)
    assert edge.ask(OLD) == MOVED


def test_daemon_stalls(start):
    edge = start()
    with edge.smtp() as client:
        edge.query.process.send_signal(signal.SIGSTOP)
        before = time.monotonic()
        assert client.ask(OLD) == TROUBLE
        assert time.monotonic() - before > 4
        edge.query.process.send_signal(signal.SIGCONT)
        assert client.ask(OLD) == MOVED


def test_store(start):
    edge = start()
    store = edge.hardlinks.store
    with edge.smtp() as client:
        assert client.ask(OLD) == MOVED
        os.rename(store, store + ".away")
        assert client.ask(OLD) == TROUBLE
        assert client.ask("alice@example.org") == TROUBLE
        edge.query.configure(on_error="deliver")
        edge.query.reload()
        assert client.ask(OLD) == OK
        edge.query.configure(on_error="tempfail")
        edge.query.reload()
        assert client.ask(OLD) == TROUBLE
        os.rename(store + ".away", store)
        assert client.ask(OLD) == MOVED
    edge.query.stop()


def test_bad_configuration_keeps_the_former(start):
    edge = start()
    edge.query.configure(on_error="sideways")
    edge.query.reload()
    assert "the former one stays in force" in edge.query.log_text()
    assert edge.ask(OLD) == MOVED


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.lines.append(self.rfile.readline())
        self.wfile.write(self.server.answer)


class FakeServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.fixture
def fake(start):
    """An edge, and a server of ours in the daemon's place."""
    edge = start(login=True, users=[QUOTED])
    edge.query.stop()
    server = FakeServer(edge.query.query_socket, Handler)
    os.chmod(edge.query.query_socket, 0o666)
    server.lines = []
    server.answer = b"250 2.1.5 not hard-linked\n"
    threading.Thread(target=server.serve_forever, args=(0.05,),
                     daemon=True).start()
    yield edge, server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("answer", [
    b"", b"\n", b"250", b"557 5.2.7 mailbox has moved to <new@exam",
    b"557 5.2.7", b"garbage\n", b"\xff\x00\n", b"354 go\n", b"999 5.2.7 x\n",
    b"421 4.3.0 x\n", b"251 2.1.5 x\n", b"5577 5.2.7 x\n", b" 557 5.2.7 x\n",
    b"x" * 100000], ids=range(14))
def test_odd_answers(fake, answer):
    """None of them refuses a recipient, or lets one pass."""
    edge, server = fake
    server.answer = answer
    assert edge.ask(OLD) == TROUBLE
    assert len(server.lines) == 1


@pytest.mark.parametrize("answer", [
    b"557 5.2.7 mailbox has moved to <new@example.com>\n",
    b"558 5.2.8 mailbox has temporarily moved to <new@example.com>\n",
    b"550 5.1.6 mailbox has moved\n", b"451 4.3.0 x y\n", b"451 4.7.1 z\n"],
    ids=range(5))
def test_answers(fake, answer):
    edge, server = fake
    server.answer = answer
    assert edge.ask(OLD) == answer.replace(b"\n", b"\r\n")


def test_questions(fake):
    edge, server = fake
    with edge.smtp() as client:
        client.ask("Old+X@example.org")
        assert client.cmd("MAIL FROM:<s@example.net> SMTPUTF8") \
            .startswith(b"250 ")
        client.rcpt(OLD)
        client.cmd("RSET")
        client.ask(QUOTED)
        client.ask("a@elsewhere.example")
        login = base64.b64encode(b"\0alice\0secret").decode()
        assert client.cmd(f"AUTH PLAIN {login}").startswith(b"235 ")
        client.ask(OLD)
    assert server.lines == [
        b"rcpt/1 client=127.0.0.1 <old+x@example.org>\n",
        b"rcpt/1 smtputf8 client=127.0.0.1 <old@example.org>\n",
        b"rcpt/1 client=127.0.0.1 <" + QUOTED.encode() + b">\n",
        b"rcpt/1 authenticated client=127.0.0.1 <old@example.org>\n"]

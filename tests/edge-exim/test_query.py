"""hardlink-query itself, and clients that stall, flood or send garbage."""

import contextlib
import os
import re
import socket
import subprocess
import tempfile
import time

import pytest

from conftest import PREFIX
from hardlinks import Hardlinks
from query import Query

OLD = b"rcpt/1 <old@example.org>\n"
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\n"
NONE = b"250 2.1.5 not hard-linked\n"
BAD = b"451 4.3.5 Temporary internal error\n"
# of mta/query-server.c
CLIENTS_MAX = 512


@pytest.fixture
def query():
    with tempfile.TemporaryDirectory(prefix="hardlink-query.") as directory:
        os.chmod(directory, 0o755)
        hardlinks = Hardlinks(f"{directory}/hardlink", PREFIX)
        hardlinks.set_permanent("old@example.org", "new@example.com")
        daemon = Query(directory, hardlinks, PREFIX)
        daemon.start()
        try:
            yield daemon
            daemon.stop()
            assert not os.path.exists(daemon.query_socket)
        finally:
            daemon.kill()


def test_lines(query):
    """In their order, with words in any order."""
    query.hardlinks.set_permanent('"a b> c"@example.org', "x@example.com")
    assert query.ask(
        OLD + b"rcpt/1 smtputf8 client=192.0.2.1 authenticated "
        b"<OLD+x@Example.ORG>\n"
        b"rcpt/1 authenticated client=2001:db8::1 smtputf8 "
        b'<"a b> c"@example.org>\n'
        b"rcpt/1 <alice@example.org>\nrcpt/1 <not an address>\nrcpt/1 <>\n"
        b"rcpt/1 <postmaster>\nrcpt/1 <\xff@example.org>\n" + OLD) == \
        MOVED * 2 + b"557 5.2.7 mailbox has moved to <x@example.com>\n" + \
        NONE * 5 + MOVED


@pytest.mark.parametrize("line", [
    b"\n", b"old@example.org\n", b"rcpt/1\n", b"rcpt/1 \n",
    b"rcpt/2 <old@example.org>\n", b"RCPT/1 <old@example.org>\n",
    b" rcpt/1 <old@example.org>\n", b"rcpt/1  <old@example.org>\n",
    b"rcpt/1 old@example.org\n", b"rcpt/1 <old@example.org\n", b"rcpt/1 <\n",
    b"rcpt/1 <old@example.org> \n", b"rcpt/1 <old@example.org>\r\n",
    b"rcpt/1 <old@example.org> smtputf8\n", b"rcpt/1 SMTPUTF8 <a@b>\n",
    b"rcpt/1 smtputf8 smtputf8 <a@b>\n", b"rcpt/1 smtputf8<a@b>\n",
    b"rcpt/1 authenticated authenticated <a@b>\n", b"rcpt/1 client= <a@b>\n",
    b"rcpt/1 client=x <a@b>\n", b"rcpt/1 client=1.2.3 <a@b>\n",
    b"rcpt/1 client=192.0.2.1 client=192.0.2.1 <a@b>\n",
    b"rcpt/1 client=IPv6:2001:db8::1 <a@b>\n",
    b"rcpt/1 client=" + b"1" * 500 + b" <a@b>\n", b"rcpt/1 foo <a@b>\n",
    b"rcpt/1 <a\x00@b>\n", b"rcpt/1 <a\x7f@b>\n", b"rcpt/1 <a\t@b>\n",
    b"rcpt/1 <" + b"x" * 1015 + b">\n"], ids=range(29))
def test_garbage(query, line):
    """Such a recipient is deferred; the next client is served."""
    assert query.ask(line + OLD) == BAD
    assert "A query wasn't understood" in query.log_text()
    assert query.ask(OLD) == MOVED


def test_longest_line(query):
    line = b"rcpt/1 <" + b"x" * 1014 + b">\n"
    assert len(line) == 1024
    assert query.ask(line) == NONE


def test_garbage_without_end(query):
    with query.connect() as client, contextlib.suppress(OSError):
        for _ in range(1000):
            client.sendall(os.urandom(65536).replace(b"\n", b" "))
        pytest.fail("it reads for ever")
    for _ in range(200):
        with query.connect() as client, contextlib.suppress(OSError):
            client.sendall(os.urandom(3000))
    assert query.ask(OLD) == MOVED
    assert query.log_text().count("A query wasn't understood") < 20


def test_half_a_line(query):
    assert query.ask(b"rcpt/1 <old@exam") == b""
    assert query.ask(OLD + b"rcpt/1 <old@example.org>") == MOVED


def test_byte_by_byte(query):
    with query.connect() as client:
        for byte in OLD:
            client.sendall(bytes([byte]))
            time.sleep(0.005)
        assert client.recv(4096) == MOVED


def test_client_that_does_not_read(query):
    with query.connect() as client:
        client.settimeout(1)
        with contextlib.suppress(OSError):
            while True:
                client.sendall(OLD * 1000)
        assert query.ask(OLD) == MOVED


def test_client_that_hangs_up(query):
    for _ in range(300):
        with query.connect() as client:
            client.sendall(OLD * 20)
    assert query.ask(OLD) == MOVED


def test_stalled_clients_make_way(query):
    """More of them than there's room for, with half a line each; some send a
    byte now and then."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(query.connect())
                   for _ in range(CLIENTS_MAX + 100)]
        for client in clients[:CLIENTS_MAX]:
            client.sendall(b"rcpt/1 <o")
        before = time.monotonic()
        good = stack.enter_context(query.connect())
        good.sendall(OLD)
        while True:
            for client in clients[::50]:
                with contextlib.suppress(OSError):
                    client.sendall(b"x")
            good.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                assert good.recv(4096) == MOVED
                break
            # long before they'd go for being idle
            assert time.monotonic() - before < 8


def test_idle_client_is_sent_away(query):
    with query.connect() as client:
        client.sendall(OLD)
        assert client.recv(4096) == MOVED
        before = time.monotonic()
        assert client.recv(4096) == b""
        assert time.monotonic() - before > 8


def test_many_clients_at_once(query):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(query.connect()) for _ in range(400)]
        for _ in range(5):
            for client in clients:
                client.sendall(OLD + b"rcpt/1 <alice@example.org>\n")
            for client in clients:
                answer = b""
                while len(answer) < len(MOVED + NONE):
                    answer += client.recv(4096)
                assert answer == MOVED + NONE


def test_memory_is_stable(query):
    lines = OLD * 500
    query.ask(lines)
    before = query.memory()
    for _ in range(40):
        assert query.ask(lines) == MOVED * 500
    assert query.memory() - before < 2048


def test_it_sleeps_when_idle(query):
    def used():
        with open(f"/proc/{query.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    with query.connect() as idle, query.connect() as half:
        half.sendall(b"rcpt")
        half.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        before = used()
        time.sleep(1)
        assert used() - before <= 2
        assert idle.fileno() >= 0


def test_rate(query):
    query.configure(redirect_rate="3 1h")
    query.reload()
    stranger = b"rcpt/1 client=192.0.2.1 <old@example.org>\n"
    neighbour = b"rcpt/1 client=192.0.2.77 <old@example.org>\n"
    answers = query.ask(stranger * 2 + neighbour * 2).splitlines(True)
    assert answers[:3] == [MOVED] * 3
    assert answers[3].startswith(b"451 4.7.1 ")
    assert query.ask(OLD) == MOVED
    assert query.ask(b"rcpt/1 client=198.51.100.1 <old@example.org>\n") == MOVED


def test_reload_while_clients_are_there(query):
    with query.connect() as client:
        client.sendall(OLD)
        assert client.recv(4096) == MOVED
        query.configure(query_socket=query.query_socket + "2")
        query.reload()
        query.wait_for_log("query_socket has changed")
        client.sendall(OLD)
        assert client.recv(4096) == MOVED


def test_end_answers_what_was_asked(query):
    clients = [query.connect() for _ in range(50)]
    for client in clients:
        client.sendall(OLD)
        client.shutdown(socket.SHUT_WR)
    query.process.terminate()
    for client in clients:
        assert client.recv(4096) in (MOVED, b"")
        client.close()
    assert query.process.wait(5) == 0
    assert not os.path.exists(query.query_socket)
    assert "Stopping" in query.log_text()


def test_second_start_is_refused(query):
    second = query.spawn()
    assert second.wait(10) == 75
    assert "another program answers there already" in query.log_text()
    assert query.ask(OLD) == MOVED


def test_socket_mode(query):
    assert os.stat(query.query_socket).st_mode & 0o777 == 0o666
    query.configure(query_socket_mode="0660")
    query.stop()
    query.start()
    assert os.stat(query.query_socket).st_mode & 0o777 == 0o660


def test_bad_start(query, tmp_path):
    """One line that says what is wrong, and the code for it."""
    config = tmp_path / "bad.conf"
    config.write_text("query_socket = sideways\n")
    for arguments, code, text in (
            (["-c", str(config)], 78, f"{config}:1: query_socket: \"sideways\""),
            (["-c", "/nonexistent"], 78, "/nonexistent: No such file"),
            (["-x"], 64, "usage:"), (["extra"], 64, "usage:")):
        result = subprocess.run([query.program, "-f", *arguments], text=True,
                                stderr=subprocess.PIPE, check=False)
        assert result.returncode == code and text in result.stderr
        if code == 78:
            assert result.stderr.count("\n") == 1


UNIT = f"{PREFIX}/lib/systemd/system/hardlink-query.service"


def analyze(*arguments):
    result = subprocess.run(["systemd-analyze", *arguments, UNIT], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_unit():
    text = analyze("security", "--offline=true")
    exposure = re.search(r"Overall exposure level.*: ([0-9.]+)", text)
    assert float(exposure.group(1)) <= 1.5, text
    assert "Unknown" not in analyze("verify", "--man=no")

"""The benches work; what they measure decides nothing here."""

import os
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading

import pytest

import edge
import store

PREFIX = os.environ["HARDLINK_PREFIX"]
DIRECTORY = os.path.dirname(os.path.abspath(__file__))


def run(name, *options):
    return subprocess.run([sys.executable, f"{DIRECTORY}/{name}", "--quick",
                           *options], check=True, text=True, timeout=600,
                          stdout=subprocess.PIPE).stdout


def rows(text):
    """The cells of the tables' rows, without the heads."""
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines()
            if line.startswith("|") and not line.startswith(
                ("|-", "| recipients", "| of"))]


@pytest.fixture(name="full", scope="module")
def fixture_full():
    """Where both benches keep their store: the second uses the first's."""
    directory = tempfile.mkdtemp(prefix="hardlink-bench.")
    # The milter isn't root.
    os.chmod(directory, 0o755)
    yield f"{directory}/full"
    shutil.rmtree(directory)


def test_lmtp(full):
    cases = [row[:2] for row in rows(run("bench.py", "--store", full))]
    for server in "absent", "empty", "full", "full, SQL":
        assert ["unmoved", server] in cases
    assert ["moved, first hit", "full"] in cases
    assert ["unmoved, full", "unmoved, absent"] in cases


def test_edge(full):
    cells = rows(run("edge.py", "--store", full))
    wanted = [[case, connections, server]
              for case in ("unmoved", "unmoved, repeated", "moved, first hit",
                           "moved, repeated hit")
              for connections in "14"
              for server in (edge.NO_CHECK, edge.LMDB, edge.SQLITE, edge.NULL,
                             edge.OURS)]
    measured, compared = cells[:len(wanted)], cells[len(wanted):]
    assert [row[:3] for row in measured] == wanted
    assert [row[:3] for row in compared] == [
        key for key in wanted if key[2] != edge.NO_CHECK]
    for row in measured:
        assert float(row[3]) > 0
        if row[2] in (edge.NULL, edge.OURS):
            assert float(row[5]) > 0
        else:
            assert row[5] == ""
    for row in compared:
        assert float(row[3]) > 0 and float(row[5]) > 0
    with pytest.raises(SystemExit, match="another number"):
        store.full_store(full, PREFIX, edge.QUICK.links + 1)


def test_owner():
    cells = rows(run("owner.py"))
    assert [row[0] for row in cells] == [
        "", "durable SQLite commits/s", "sets/s, one client",
        "sets/s, 64 clients", "set until visible in LMTP, ms",
        "lookups/s, SQLite", "lookups/s, service:"]
    assert all(float(row[1]) > 0 for row in cells[1:])
    assert [bool(row[4]) for row in cells[1:]] == [
        False, True, True, False, True, True]


def test_expire():
    """With its load: nobody is answered wrongly, and each is closed once."""
    text = run("expire.py")
    assert "20000 temporary hard-links, 10000 run out" in text
    assert [row[0] for row in rows(text)] == [
        "ms", "lookup, without", "lookup, meanwhile", "set, without",
        "set, meanwhile"]
    assert all(int(row[1]) > 0 for row in rows(text)[1:])


def test_audit():
    cells = rows(run("audit.py"))
    assert [row[:2] for row in cells[1:11]] == [
        *([name, how] for name in ("history", "list")
          for how in ("sqlite3", "--limit 20", "to head -20", "to less")),
        *([name, "SQLite within a process"] for name in ("history", "list"))]
    assert all(float(row[2]) > 0 for row in cells[1:11])
    assert [row[0] for row in cells[12:]] == [
        "us of CPU per entry", "us of CPU per signature, libsodium alone",
        "ratio of the rates", "without index and structure",
        "resident set before, KB", "resident set after, KB"]


class Smtp(socketserver.StreamRequestHandler):
    """Answers 557 to RCPT, and 250 to one for `here`."""

    def handle(self):
        recipients = []
        self.server.sessions.append(recipients)
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            reply = b"250 ok"
            if line.startswith(b"RCPT"):
                recipients.append(line)
                if b"here" not in line:
                    reply = b"557-5.2.7 mailbox has\r\n557 5.2.7 moved"
            elif line.startswith(b"QUIT"):
                reply = b"221 bye"
            self.wfile.write(reply + b"\r\n")


@pytest.fixture(name="smtp")
def fixture_smtp():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.sessions = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_client_asks_for_each(smtp):
    recipients = [f"a{i}@example.com" for i in range(199)]
    rate = store.Client().rate(f"127.0.0.1:{smtp.server_address[1]}", "557",
                               recipients, 4)
    assert rate > 0
    assert sorted(map(len, smtp.sessions)) == [49, 50, 50, 50]
    assert sorted(sum(smtp.sessions, [])) == sorted(
        f"RCPT TO:<{recipient}>\r\n".encode() for recipient in recipients)


@pytest.mark.parametrize("connections", [1, 3])
def test_client_takes_no_wrong_answer(smtp, connections):
    recipients = [f"a{i}@example.com" for i in range(99)] + ["here@example.com"]
    with pytest.raises(subprocess.CalledProcessError):
        store.Client().rate(f"127.0.0.1:{smtp.server_address[1]}", "557",
                            recipients, connections)

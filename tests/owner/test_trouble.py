"""hardlinkd that is stopped, left alone, or asked by clients that want too
much."""

import contextlib
import os
import signal
import time

import pytest

from dovecot import is_23
from service import service_pids

GAMES = 5
SHELL_USERS = "first_valid_uid = 1\nfirst_valid_gid = 1\n"
LINE_MAX = 8192


@pytest.fixture(name="start_shell")
def start_with_shell_user(start):
    """addresses: of games"""
    def start_server(addresses="games@example.org", config="", **options):
        server = start(config=SHELL_USERS + config, **options)
        with open(server.dovecot.path("users"), "a", encoding="utf-8") as file:
            file.write(f"games::{GAMES}:60::/tmp::"
                       f"userdb_hardlink_addresses={addresses}\n")
        return server

    return start_server


def shell_user(server):
    os.seteuid(GAMES)
    try:
        return server.connect()
    finally:
        os.seteuid(0)


def owner(server):
    client = shell_user(server)
    client.ok("PEER")
    return client


def pid_of(server):
    pid, = service_pids(server)
    return pid


def wait_for_end(pid):
    """A zombie has none of its files open any more."""
    deadline = time.monotonic() + 30
    while os.path.exists(f"/proc/{pid}") and os.listdir(f"/proc/{pid}/fd"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("command", [
    ("TOLD", "old@example.org"),
    ("SET", "", "permanent", "new@example.com", ""),
    ("UNSET", ""),
    ("CONFIRM", "", "AAAA-BBBB-CCCC"),
    ("HISTORY", "", "1"),
])
def test_stopped_with_a_command(start_shell, command):
    """Both are there when it looks: it ends in good order, which the server's
    end checks."""
    server = start_shell(settings={"notice": "yes"})
    server.hardlinks.ctl("set", "old@example.org", "new@example.com",
                         "--permanent")
    client = owner(server)
    pid = pid_of(server)
    os.kill(pid, signal.SIGSTOP)
    client.send(*command)
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)
    wait_for_end(pid)
    with owner(server) as again:
        again.ok("GET", "")
    if command[0] in ("TOLD", "SET"):
        # it was asked already, and is to be done before the server ends
        assert server.dovecot.logged("hardlink-notice: ")


def test_stays(start):
    """Dovecot doesn't end it, since its limits would begin anew."""
    name = "idle_kill" if is_23() else "idle_kill_interval"
    server = start(config=f"service hardlink {{\n  {name} = 1s\n}}\n")
    with server.connect("hardlink-lookup") as client:
        client.ok("PING")
        client.file.close()
    pid = pid_of(server)
    time.sleep(6)
    assert pid_of(server) == pid


def test_longest_history(start_shell):
    """All of it is there before the first line is read."""
    server = start_shell()
    new = f"{'n' * 64}@{'.'.join(['d' * 58] * 3)}.example"
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "a" * 255)
        for _ in range(1000):
            admin.ok("SET", "games@example.org", "permanent", new, "",
                     "replace", "r" * 500)
    with owner(server) as client:
        client.send("HISTORY", "", "1000")
        with server.connect("hardlink-lookup") as other:
            other.ok("PING")
        for _ in range(1000):
            assert client.read()[0] == "*"
        assert client.read() == ["OK"]


def test_many_addresses(start_shell):
    """The reply to PEER is a line as any other; ADDRESSES has all."""
    addresses = [f"{'a' * 60}{number}@{'d' * 60}.example"
                 for number in range(100)]
    server = start_shell(addresses=",".join(addresses))
    with shell_user(server) as client:
        client.send("PEER")
        line = client.file.readline()
        assert line.startswith(b"OK\t") and len(line) <= LINE_MAX
        assert f"address={addresses[0]}\t".encode() in line
        assert b"\tsubmission=follow\t" in line
        _, _, lines = client.ask("ADDRESSES")
        assert [fields["address"] for fields in lines] == addresses
        client.ok("GET", addresses[99])


def status(pid):
    """Its name, and its parent's pid."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    return name, int(rest.split()[1])


def auth_pids(server):
    _, master = status(pid_of(server))
    pids = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if status(pid) == ("auth", master):
                pids.append(int(pid))
    return pids


def test_takes_its_time(start_shell):
    """Who is refused when the time is over, doesn't get more of it."""
    server = start_shell()
    owner(server).socket.close()
    for pid in auth_pids(server):
        os.kill(pid, signal.SIGSTOP)
    try:
        with shell_user(server) as client:
            # the time is over while it waits for auth
            time.sleep(4)
            client.send("PEER")
            assert client.read()[:2] == ["FAIL", "temp"]
            with pytest.raises((EOFError, OSError)):
                client.ask("PING")
    finally:
        for pid in auth_pids(server):
            os.kill(pid, signal.SIGCONT)

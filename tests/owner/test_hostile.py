"""Clients that flood, stall, send garbage or half a line: the others are
served."""

import socket

import pytest

SET = ("SET", "old@example.org", "permanent", "new@example.com", "", "replace")


@pytest.fixture
def server(start):
    return start()


def raw(server, name="hardlink"):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(30)
    client.connect(server.socket_path(name))
    return client


def rest(client):
    """What comes until it hangs up."""
    data = b""
    try:
        while True:
            chunk = client.recv(65536)
            if not chunk:
                return data
            data += chunk
    except ConnectionResetError:
        return data


def assert_serves(server):
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        admin.ok(*SET)


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n\r\n", b"\n", b"\0\n", b"\xff\xfe\n",
    b"VERSION\thardlink\t2\t0\n", b"VERSION\tauth\t1\t0\n",
    b"VERSION\thardlink\t1\n", b"VERSION\thardlink\tx\ty\n",
    b"VERSION\thardlink\t1\t0\n\n",
    b"VERSION\thardlink\t1\t0\nNONSENSE\n",
    b"VERSION\thardlink\t1\t0\nset\ta\tb\tc\td\n",
    b"VERSION\thardlink\t1\t0\nPEER\textra\n",
    b"VERSION\thardlink\t1\t0\nADMIN\troot\n",
    b"VERSION\thardlink\t1\t0\nTOKEN\timap\n",
    b"VERSION\thardlink\t1\t0\n" + b"x" * 20000])
def test_garbage(server, data):
    """It hangs up, and says nothing but its version."""
    with raw(server) as client:
        client.sendall(data)
        assert rest(client) in (b"", b"VERSION\thardlink\t1\t0\n")
    assert_serves(server)


def test_half_a_line(server):
    with raw(server, "hardlink-admin") as client:
        client.sendall(b"VERSION\thardlink\t1\t0\nADMIN\troot\nSET\told@exam")
        assert_serves(server)
        client.shutdown(socket.SHUT_WR)
        assert b"FAIL" not in rest(client)


def test_stalled(server):
    """Hundreds that say nothing, and some that never read."""
    stalled = [raw(server) for _ in range(300)]
    deaf = [raw(server, "hardlink-admin") for _ in range(5)]
    for client in deaf:
        client.setblocking(False)
        try:
            client.sendall(b"VERSION\thardlink\t1\t0\n" + b"PING\n" * 200000)
        except BlockingIOError:
            pass
    assert_serves(server)
    for client in stalled + deaf:
        client.close()
    assert_serves(server)


def test_pipelined(server):
    """Many commands at once are answered in their order."""
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        for _ in range(50):
            admin.send(*SET)
            admin.send("LOOKUP", "old@example.org")
            admin.send("UNSET", "old@example.org")
            admin.send("LOOKUP", "old@example.org")
        for _ in range(50):
            assert admin.read()[0] == "OK"
            assert "new=new@example.com" in admin.read()
            assert admin.read()[0] == "OK"
            assert admin.read() == ["OK"]
    server.hardlinks.ctl("verify")


def test_gone_before_the_reply(server):
    for _ in range(20):
        with server.connect("hardlink-admin") as admin:
            admin.ok("ADMIN", "root")
            for _ in range(5):
                admin.send(*SET)
    assert_serves(server)
    server.hardlinks.ctl("verify")


def test_escapes(server):
    """What a reason holds comes back as it went in."""
    with server.connect("hardlink-admin") as admin:
        admin.ok("ADMIN", "root")
        assert admin.fail(*SET, "a\tb")[0] == "data"
        assert admin.fail(*SET, "a\nb")[0] == "data"
        assert admin.fail(*SET, "x" * 501)[0] == "data"
        admin.ok(*SET, "f\u00fcr \"Alice\" = 100%")
    text = server.hardlinks.ctl("history", "old@example.org").stdout
    assert "f\u00fcr \"Alice\" = 100%" in text


def test_deaf(server):
    """One that sends on and on and never reads is hung up on."""
    with raw(server, "hardlink-admin") as client:
        client.sendall(b"VERSION\thardlink\t1\t0\nADMIN\troot\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(2000):
                client.sendall(b"LOOKUP\told@example.org\n" * 1000)
    assert len(server.dovecot.logged("doesn't read its replies")) == 1
    assert_serves(server)

"""Keys are rotated and revoked while hardlinkd and lmtp serve."""

import threading

import pytest

from service import service_pids

OLD, NEW = "old@example.org", "new@example.com"
LATE = "alice@example.org"
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
OK = b"250 2.1.5 OK\r\n"


@pytest.fixture
def server(start):
    started = start()
    started.hardlinks.configure(admin_socket=started.socket_path(
        "hardlink-admin"))
    started.hardlinks.set_permanent(OLD, NEW)
    return started


class Asker(threading.Thread):
    """Asks all the time, on a connection of its own."""

    def __init__(self, lmtp):
        super().__init__()
        self.lmtp = lmtp
        self.replies = []
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            self.replies.append(self.lmtp.ask(OLD))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()


def test_no_answer_fails(server):
    ctl = server.hardlinks.ctl
    pids = service_pids(server)
    with server.lmtp() as lmtp, Asker(lmtp) as asker:
        for number in range(8):
            ctl("key", "rotate")
            server.hardlinks.set_permanent(f"user{number}@example.org", NEW)
    assert len(asker.replies) > 8 and set(asker.replies) == {MOVED}
    assert len(ctl("-f", "tab", "key", "list").stdout.splitlines()) == 1 + 9
    # all by the one that runs since before
    assert service_pids(server) == pids and len(pids) == 1
    assert len(server.dovecot.logged("set user")) == 8
    ctl("verify")


def test_a_revocation_is_seen_at_the_next_recipient(server, tmp_path):
    hardlinks = server.hardlinks
    former = hardlinks.ctl("-f", "tab", "key",
                           "list").stdout.splitlines()[1].split("\t")[0]
    kept = tmp_path / "kept"
    kept.write_text(hardlinks.ctl("checkpoint").stdout, encoding="utf-8")
    hardlinks.set_permanent(LATE, NEW)
    with server.lmtp() as lmtp:
        assert [lmtp.ask(OLD), lmtp.ask(LATE)] == [MOVED, MOVED]
        hardlinks.ctl("key", "rotate")
        assert [lmtp.ask(OLD), lmtp.ask(LATE)] == [MOVED, MOVED]
        # the keyring alone decides: nothing is restated here
        path = f"{hardlinks.keyring}/{former}.pub"
        with open(path, encoding="utf-8") as file:
            retired = file.read()
        hardlinks.replace(path, retired.replace(
            "status=retired", "status=revoked").encode())
        assert lmtp.ask(OLD).startswith(b"451 4.3.0 ")
        assert server.dovecot.logged(f"key {former} was revoked")
        hardlinks.replace(path, retired.encode())
        assert lmtp.ask(OLD) == MOVED
        hardlinks.ctl("key", "revoke", former, "--trusted", str(kept))
        assert [lmtp.ask(OLD), lmtp.ask(LATE)] == [MOVED, OK]
    hardlinks.ctl("verify")

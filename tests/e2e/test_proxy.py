"""What another server says of a recipient that LMTP passes on to it, where that
server isn't one of ours, as far as a reply can be strange."""

import contextlib
import socketserver
import threading

import pytest
from ports import free_port

# local part: what the other server answers, and what is told
TOLD = {
    "plain": (b"557 5.2.7 mailbox has moved to <new@example.net>",
              b"557 5.2.7 mailbox has moved to <new@example.net>"),
    "words": (b"558 5.2.8 gone to <new@example.net> for now (X.2.8)",
              b"558 5.2.8 mailbox has temporarily moved to <new@example.net>"),
    "lines": (b"557-5.2.7 no longer here, but\r\n557 5.2.7 <new@example.net>",
              b"557 5.2.7 mailbox has moved to <new@example.net>"),
    # no such reply: what was said goes on as a proxy passes on
    "nowhere": (b"557 5.2.7 mailbox has moved",
                b"557 5.2.7 <nowhere@old.example> mailbox has moved"),
    "two": (b"557 5.2.7 moved to <a@example.net> or <b@example.net>",
            b"557 5.2.7 <two@old.example> "
            b"moved to <a@example.net> or <b@example.net>"),
    "other": (b"557 5.1.1 moved to <a@example.net>",
              b"557 5.1.1 <other@old.example> moved to <a@example.net>"),
    "bare": (b"558 5.2.8 moved to a@example.net",
             b"558 5.2.8 <bare@old.example> moved to a@example.net"),
    "status": (b"551 5.1.6 moved to <a@example.net>",
               b"551 5.1.6 <status@old.example> moved to <a@example.net>"),
}


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 stranger\r\n")
        for line in self.rfile:
            if line[:4].upper() == b"RCPT":
                name = line.partition(b"<")[2].partition(b"@")[0].decode()
                self.wfile.write(TOLD[name][0] + b"\r\n")
            elif line[:4].upper() == b"LHLO":
                self.wfile.write(b"250-stranger\r\n"
                                 b"250 ENHANCEDSTATUSCODES\r\n")
            else:
                self.wfile.write(b"250 2.0.0 ok\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def stranger():
    port = free_port()
    with Server(("127.0.0.1", port), Session) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield port
        server.shutdown()


@pytest.mark.parametrize("whole_domain", [False, True])
def test_strange_replies(start, whole_domain):
    """Never an address that the other server didn't name alone."""
    with stranger() as port:
        fields = f"proxy=y host=127.0.0.1 port={port} nopassword=y protocol=lmtp"
        front = start(users={f"{name}@old.example": fields for name in TOLD},
                      config="lmtp_proxy = yes\n")
        if whole_domain:
            front.hardlinks.set_permanent("@old.example", "@front.example")
        lmtp = front.lmtp()
        told = {name: lmtp.ask(f"{name}@old.example") for name in TOLD}
    assert told == {name: reply + b"\r\n" for name, (_, reply) in TOLD.items()}

"""lmtp = deliver, lmtp_proxy, events."""

import socket
import threading

PERMANENT = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
OK = b"250 2.1.5 OK\r\n"


def test_deliver(start):
    server = start(hardlinks={"lmtp": "deliver"})
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    lmtp = server.lmtp()
    lmtp.mail()
    assert lmtp.rcpt("alice@example.org") == OK
    assert lmtp.data(b"Subject: x\r\n\r\nx", 1)[0].startswith(b"250 ")
    assert len(server.dovecot.mails("alice@example.org")) == 1
    # a store that nobody asks can't be in the way
    server.hardlinks.forge_signatures()
    assert lmtp.ask("alice@example.org") == OK
    assert server.dovecot.log_lines("Error:") == []


class Backend:
    """An LMTP server that accepts everything and remembers it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.commands = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,),
                             daemon=True).start()

    def _serve(self, connection):
        recipients = 0
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 backend\r\n")
            while line := stream.readline():
                verb = line.split(b":")[0].split()[0].upper()
                self.commands.append(line.rstrip())
                if verb == b"DATA":
                    stream.write(b"354 go on\r\n")
                    while stream.readline() != b".\r\n":
                        pass
                    stream.write(b"250 2.0.0 saved\r\n" * recipients)
                    recipients = 0
                elif verb == b"LHLO":
                    stream.write(b"250-backend\r\n250-ENHANCEDSTATUSCODES\r\n"
                                 b"250 PIPELINING\r\n")
                elif verb == b"QUIT":
                    stream.write(b"221 2.0.0 bye\r\n")
                    return
                else:
                    recipients += verb == b"RCPT"
                    stream.write(b"250 2.1.5 fine\r\n")


def test_in_front_of_a_proxy(start):
    backend = Backend()
    fields = (f"proxy=y host=127.0.0.1 port={backend.port} nopassword=y "
              "protocol=lmtp")
    server = start(users={name + "@example.org": fields for name in
                          ("alice", "bob", "carol")},
                   config="lmtp_proxy = yes\n")
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    lmtp = server.lmtp()
    lmtp.send(b"MAIL FROM:<sender@example.net>\r\n"
              b"RCPT TO:<bob@example.org>\r\n"
              b"RCPT TO:<alice@example.org>\r\n"
              b"RCPT TO:<carol@example.org>\r\n"
              b"DATA\r\n")
    assert lmtp.reply().startswith(b"250 ")
    assert lmtp.reply().startswith(b"250 ")
    assert lmtp.reply() == PERMANENT
    assert lmtp.reply().startswith(b"250 ")
    assert lmtp.reply().startswith(b"354 ")
    lmtp.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
    assert lmtp.reply().startswith(b"250 2.0.0 ")
    assert lmtp.reply().startswith(b"250 2.0.0 ")
    rcpts = [line for line in backend.commands if line.startswith(b"RCPT")]
    assert [line.split(b">")[0] for line in rcpts] == \
        [b"RCPT TO:<bob@example.org", b"RCPT TO:<carol@example.org"]
    backend.listener.close()


METRICS = "".join(f"""
metric {name} {{
  filter = {filter}
}}
""" for name, filter in {
    "redirected": "event=hardlink_redirected",
    "permanent": "event=hardlink_redirected AND kind=permanent",
    "temporary": "event=hardlink_redirected AND kind=temporary",
    "failed": 'event=hardlink_failed AND error="*"',
}.items())


def test_events(start):
    server = start(config=METRICS)
    server.hardlinks.set_permanent("old@example.org", "new@example.com")
    server.hardlinks.set_temporary("away@example.org", "new@example.com")
    lmtp = server.lmtp()
    for address in ("old", "old", "old", "away", "away", "alice", "nobody"):
        lmtp.ask(f"{address}@example.org")
    server.hardlinks.forge_signatures()
    for address in ("old", "away"):
        assert lmtp.ask(f"{address}@example.org").startswith(b"451 ")
    lmtp.cmd("QUIT")
    stats = server.dovecot.stats()
    assert {name: count for name, (count, _) in stats.items()
            if name in METRICS} == \
        {"redirected": 5, "permanent": 3, "temporary": 2, "failed": 2}
    assert 0 < stats["redirected"][1] < 1000000

"""A raw LMTP client: what it gets is what was on the wire, CRLF and all."""

import socket


class Lmtp:
    def __init__(self, address, timeout=30):
        """address: the path of a unix socket, or (host, port)."""
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.buffer = b""
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed after {self.buffer!r}")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def reply(self):
        """One reply, all of its lines."""
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"".join(lines)

    def cmd(self, command):
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def lhlo(self):
        reply = self.cmd("LHLO client.example.net")
        assert reply.startswith(b"250"), reply
        return reply

    def mail(self, sender="sender@example.net"):
        reply = self.cmd(f"MAIL FROM:<{sender}>")
        assert reply.startswith(b"250 "), reply
        return reply

    def rcpt(self, address):
        return self.cmd(f"RCPT TO:<{address}>")

    def ask(self, address):
        """The reply to a RCPT in a transaction of its own."""
        self.mail()
        reply = self.rcpt(address)
        assert self.cmd("RSET").startswith(b"250 ")
        return reply

    def data(self, message, recipients):
        """Sends the message; the replies, one for each accepted recipient."""
        reply = self.cmd("DATA")
        assert reply.startswith(b"354 "), reply
        self.send(message + b"\r\n.\r\n")
        return [self.reply() for _ in range(recipients)]

"""A connection to the server under test: raw replies, bytes as they came."""

import base64
import socket
import ssl


class WireError(Exception):
    """The connection can't be used any more."""


def parse_server(text):
    """(protocol, address) of lmtp:unix:/path, lmtp:host:port, smtp:host:port"""
    protocol, _, rest = text.partition(":")
    if protocol not in ("lmtp", "smtp") or not rest:
        raise ValueError(f"{text!r} isn't lmtp:unix:PATH, lmtp:HOST:PORT or "
                         "smtp:HOST:PORT")
    if rest.startswith("unix:"):
        return protocol, rest.removeprefix("unix:")
    host, _, port = rest.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"no HOST:PORT in {text!r}")
    return protocol, (host.strip("[]"), int(port))


class Wire:
    """options: protocol, address, timeout, helo, tls_context, tls_name, user,
    password"""

    def __init__(self, options):
        self.options = options
        self.buffer = b""
        self.replies = []
        self.offered = {}
        try:
            self.socket = self._connect()
        except OSError as error:
            raise WireError(f"can't connect: {error}") from None
        greeting = self.reply()
        if greeting[:3] != b"220":
            raise WireError(f"greeted by {greeting!r}")

    def _connect(self):
        if isinstance(self.options.address, tuple):
            return socket.create_connection(self.options.address,
                                            self.options.timeout)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.options.timeout)
        connection.connect(self.options.address)
        return connection

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise WireError(f"can't send: {error}") from None

    def _line(self):
        while b"\n" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except OSError as error:
                raise WireError(f"no reply: {error}") from None
            if not data:
                raise WireError("closed by the server" + (
                    f" after {self.buffer!r}" if self.buffer else ""))
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def reply(self):
        """One reply, all of its lines."""
        lines = [self._line()]
        while lines[-1][3:4] == b"-":
            lines.append(self._line())
        self.replies.append(b"".join(lines))
        return self.replies[-1]

    def command(self, text, *statuses):
        self.send(text.encode() + b"\r\n")
        reply = self.reply()
        if reply[:3] not in statuses:
            raise WireError(f"{text.split()[0]} is answered {reply!r}")
        return reply

    def hello(self, *other_statuses):
        """EHLO or LHLO; fills offered. After another of these statuses, what
        was offered before stays."""
        verb = "LHLO" if self.options.protocol == "lmtp" else "EHLO"
        reply = self.command(f"{verb} {self.options.helo}", b"250",
                             *other_statuses)
        if reply[:3] != b"250":
            return
        words = [line[4:].decode("ascii", "replace").split()
                 for line in reply.splitlines()[1:]]
        self.offered = {word[0].upper(): word[1:] for word in words if word}

    def start_tls(self):
        self.command("STARTTLS", b"220")
        if self.buffer:
            raise WireError("text behind the reply to STARTTLS")
        try:
            self.socket = self.options.tls_context.wrap_socket(
                self.socket, server_hostname=self.options.tls_name)
        except (OSError, ssl.CertificateError) as error:
            raise WireError(f"TLS: {error}") from None
        self.hello()

    def is_private(self):
        return isinstance(self.socket, ssl.SSLSocket) or \
            not isinstance(self.options.address, tuple) or \
            self.socket.getpeername()[0] in ("127.0.0.1", "::1")

    def log_in(self):
        if not self.is_private():
            raise WireError("won't send a password without TLS")
        secret = f"\0{self.options.user}\0{self.options.password}".encode()
        self.command("AUTH PLAIN " + base64.b64encode(secret).decode(), b"235")
        # A submission server has more to offer now; some servers want no second
        # greeting.
        self.hello(b"503")

    def quit(self):
        """An orderly end, with nothing in front of it that nobody asked for."""
        self.command("QUIT", b"221")
        try:
            surplus = self.buffer or self.socket.recv(1)
        except OSError:
            surplus = b""
        if surplus:
            raise WireError("text behind the reply to QUIT")

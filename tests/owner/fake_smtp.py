"""A submission server that says what a test wants; it takes any login."""

import socket
import ssl
import threading


class FakeSmtp:
    """certificate: (certificate, key), or None: it has no TLS; replies: to
    XHARDLINK commands, one after the other. It serves one connection at a
    time."""

    def __init__(self, certificate, replies=(), greeting="220 fake ESMTP"):
        self.context = None
        if certificate is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.replies = list(replies)
        self.greeting = greeting
        # (over TLS?, command)
        self.commands = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def stop(self):
        # SHUT_RDWR wakes accept()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            try:
                self._talk(connection)
            except OSError:
                pass  # it went away, as the tests may want
            connection.close()

    def _talk(self, connection):
        def say(text):
            connection.sendall(text.encode().replace(b"\n", b"\r\n") + b"\r\n")

        def read():
            line = b""
            while not line.endswith(b"\n"):
                byte = connection.recv(1)
                if byte == b"":
                    return None
                line += byte
            return line.decode().rstrip()

        tls = False
        say(self.greeting)
        while (line := read()) is not None:
            self.commands.append((tls, line))
            word = line.split(" ")[0].upper()
            if word == "EHLO":
                say("250-fake\n" + (
                    "250-STARTTLS\n" if self.context and not tls else
                    "250-AUTH PLAIN\n") + "250 8BITMIME")
            elif word == "STARTTLS":
                say("220 go ahead")
                connection = self.context.wrap_socket(connection,
                                                      server_side=True)
                connection.settimeout(30)
                tls = True
            elif word == "AUTH":
                if len(line.split(" ")) == 2:
                    say("334 ")
                    self.commands.append((tls, read()))
                say("235 welcome")
            elif word == "XHARDLINK":
                say(self.replies.pop(0))
            elif word == "QUIT":
                say("221 bye")
                break
            else:
                say("500 what?")
        connection.close()

"""A raw SMTP client that can come from elsewhere, use TLS and log in."""

import base64
import ipaddress
import socket
import ssl
import struct

from smtp import Smtp


def proxy_header(address):
    """PROXY version 2: connected from there."""
    address = ipaddress.ip_address(address)
    here = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    body = address.packed + here.packed + struct.pack(">HH", 4711, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(
        ">BBH", 0x21, 0x11 if address.version == 4 else 0x21, len(body)) + body


class Client(Smtp):
    def __init__(self, address, proxied_from=None):
        # Lmtp.__init__ reads a greeting, which comes behind the header only.
        # pylint: disable=super-init-not-called
        self.socket = socket.create_connection(address, 30)
        self.buffer = b""
        if proxied_from is not None:
            self.send(proxy_header(proxied_from))
        self.greeting = self.reply()

    def starttls(self):
        assert self.cmd("STARTTLS").startswith(b"220 ")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.ehlo()

    def auth(self, user, password):
        words = f"\0{user}\0{password}".encode()
        return self.cmd("AUTH PLAIN " + base64.b64encode(words).decode())

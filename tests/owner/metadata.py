"""IMAP with STARTTLS in front of hardlinkd, and a client of METADATA."""

import contextlib
import imaplib
import os
import re
import socket
import ssl
import subprocess
import threading
import time

from dovecot import is_23
from ports import free_port
from service import OwnerServer

MOVE = "/private/vendor/vendor.hardlink/move"
STATE = "/private/vendor/vendor.hardlink/state"
PASSWORD = "secret"

CONFIG = """
listen = 127.0.0.1
protocols = lmtp imap
ssl = required
mail_max_userip_connections = 1000
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""

TLS_23 = "ssl_cert = <{certificate}\nssl_key = <{key}\n"
TLS_24 = "ssl_server_cert_file = {certificate}\nssl_server_key_file = {key}\n"

# Any entries, not only those of hard-links.
METADATA_23 = """
mail_attribute_dict = file:%h/attributes
protocol imap {
  imap_metadata = yes
}
"""
METADATA_24 = """
mail_attribute {
  dict file {
    path = %{home}/attributes
  }
}
protocol imap {
  imap_metadata = yes
}
"""


def entry(address, name):
    return f"/private/vendor/vendor.hardlink/address/{address}/{name}"


class ImapServer(OwnerServer):
    """metadata: with Dovecot's own METADATA, too"""

    def __init__(self, modules, metadata=False, **options):
        self.port = free_port()
        self.metadata = metadata
        super().__init__(modules, plugins=("lmtp_hardlink", "imap_hardlink"),
                         **options)

    @property
    def certificate(self):
        return os.path.join(self.directory, "tls.pem")

    def more_config(self):
        key = os.path.join(self.directory, "tls.key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", key, "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL)
        text = super().more_config() + CONFIG.format(port=self.port)
        text += (TLS_23 if is_23() else TLS_24).format(
            certificate=self.certificate, key=key)
        if self.metadata:
            text += METADATA_23 if is_23() else METADATA_24
        return text

    def wait_until_up(self):
        super().wait_until_up()
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.dovecot.log()
                time.sleep(0.02)

    def hide_socket(self):
        """Nobody finds hardlinkd any more; it doesn't notice."""
        os.rename(self.socket_path(), self.socket_path() + ".hidden")

    def show_socket(self):
        os.rename(self.socket_path() + ".hidden", self.socket_path())

    @contextlib.contextmanager
    def impostor(self, reply):
        """Answers in the place of hardlinkd; gives the lines it's asked."""
        self.hide_socket()
        try:
            impostor = Impostor(self.socket_path(), reply)
            try:
                yield impostor.lines
            finally:
                impostor.stop()
        finally:
            self.show_socket()

    def login(self, user="alice@example.org"):
        client = Metadata("localhost", self.port, timeout=60)
        self.clients.append(client)
        client.starttls(ssl.create_default_context(cafile=self.certificate))
        client.login(user, PASSWORD)
        return client

    def rcpt(self, address="alice@example.org"):
        with self.lmtp() as lmtp:
            return lmtp.ask(address).decode().rstrip("\r\n")

    def refusals(self):
        return self.dovecot.log_lines("hardlink", "Refused: ")


class Impostor:
    """Listens where hardlinkd should. reply: the fields of its one answer."""

    def __init__(self, path, reply):
        self.reply = reply
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.socket.listen()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as file:
                self._send(file, "VERSION", "hardlink", "1", "0")
                for line in file:
                    self._answer(file, line.decode().rstrip("\n").split("\t"))

    def _answer(self, file, words):
        self.lines.append(words)
        if words[0] == "TOKEN":
            self._send(file, "OK", f"user={words[3]}", f"address={words[3]}")
        elif words[0] != "VERSION":
            self._send(file, *self.reply)

    @staticmethod
    def _send(file, *words):
        file.write("\t".join(words).encode() + b"\n")
        file.flush()


class Metadata(imaplib.IMAP4):
    @property
    def socket(self):
        return self.sock

    def set_raw(self, name, value, mailbox='""'):
        """(OK or NO, text)"""
        status, data = self.xatom("SETMETADATA", mailbox, f"({name} {value})")
        return status, without_timing(data[0])

    def set(self, value, name=MOVE):
        return self.set_raw(name, "NIL" if value is None else quote(value))

    def set_ok(self, value, name=MOVE):
        status, text = self.set(value, name)
        assert status == "OK", text

    def set_no(self, value, name=MOVE):
        """The text."""
        status, text = self.set(value, name)
        assert status == "NO", text
        return text

    def get_raw(self, *names, options=()):
        """OK or NO, the text, {entry: value or None}"""
        self.untagged_responses.pop("METADATA", None)
        status, text = self.xatom("GETMETADATA", *options, '""',
                                  f"({' '.join(map(quote, names))})")
        return status, without_timing(text[0]), read_entries(
            self.untagged_responses.pop("METADATA", []))

    def get(self, name=MOVE):
        status, text, entries = self.get_raw(name)
        assert status == "OK", text
        return entries[name.lower()]

    def get_no(self, name=MOVE):
        status, text, entries = self.get_raw(name)
        assert status == "NO", entries
        return text

    def read_state(self, name=STATE):
        return dict(line.split("=", 1) for line in self.get(name).split("\n"))


def without_timing(text):
    """What Dovecot puts behind the text of a command that took some time."""
    return re.sub(r" \([0-9.]+ \+ .* secs\)\.$", "", text.decode())


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_entries(response):
    """What imaplib makes of `* METADATA "" (NAME VALUE …)`: literals are the
    second of a pair."""
    entries = {}
    for part in response:
        text, literal = (part if isinstance(part, tuple) else (part, None))
        words = re.findall(r'[^\s()"]+|"[^"]*"', text.decode())
        words = [word.strip('"') for word in words if word != '""']
        if literal is not None:
            entries[words[-2]] = literal.decode()
            words = words[:-2]
        entries.update((name, None) for name, value in
                       zip(words[::2], words[1::2]) if value == "NIL")
    return entries

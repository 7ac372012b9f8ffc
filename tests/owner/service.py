"""A Dovecot with hardlinkd, and a client of its sockets."""

import contextlib
import json
import os
import socket
import time
import traceback

from dovecot import is_23
from harness import PREFIX, Server

# Whom hardlinkd runs as here; Debian has this user everywhere.
SERVICE_USER = "backup"
SERVICE_UID = 34

CONFIG = """
service hardlink {{
  executable = {program} -C {hardlink_config}
  user = {user}
  process_min_avail = 1
  process_limit = 1
  client_limit = {clients}
  unix_listener hardlink {{
    mode = 0666
  }}
  unix_listener hardlink-lookup {{
    mode = 0600
  }}
  unix_listener hardlink-admin {{
    mode = 0600
  }}
}}
service hardlink-notice {{
  executable = {notice} -C {hardlink_config}
  user = root
  client_limit = 1
  process_limit = 10
  unix_listener hardlink-notice {{
    mode = 0600
    user = {user}
  }}
}}
service auth {{
  unix_listener auth-hardlink-userdb {{
    mode = 0600
    user = {user}
    {userdb_type}
  }}
  unix_listener auth-hardlink-tokenlogin {{
    mode = 0600
    user = {user}
    {token_type}
  }}
}}
"""


def service_config(hardlink_config, clients=2000):
    """Lines of dovecot.conf."""
    return CONFIG.format(
        program=os.path.join(PREFIX, "libexec/hardlink/hardlinkd"),
        notice=os.path.join(PREFIX, "libexec/hardlink/hardlink-notice"),
        hardlink_config=hardlink_config, user=SERVICE_USER, clients=clients,
        userdb_type="" if is_23() else "type = userdb",
        token_type="" if is_23() else "type = token-login")


class OwnerServer(Server):
    """settings: of hardlink.conf"""

    def __init__(self, modules, settings=(), **options):
        super().__init__(modules, hardlinks={
            "confirm_target": "no", "hold": "permanent 0, temporary 0",
            "notice": "no",
            **dict(settings)}, **options)
        self.wait_until_up()

    def wait_until_up(self):
        """Dovecot makes its sockets one after the other."""
        deadline = time.monotonic() + 20
        for name in "hardlink", "hardlink-lookup", "hardlink-admin":
            while True:
                try:
                    self.connect(name).socket.close()
                    break
                except (FileNotFoundError, ConnectionRefusedError):
                    assert time.monotonic() < deadline, self.dovecot.log()
                    time.sleep(0.02)

    def more_config(self):
        return service_config(self.hardlinks.config)

    def prepare(self):
        self.give_to_service()

    def give_to_service(self):
        """What hardlinkd writes, and the signing key, as hardlinkd(8) says; the
        keyring and the configuration stay root's."""
        directory = self.hardlinks.directory
        os.chmod(directory, 0o755)
        private = self.hardlinks.path("private")
        store = os.path.basename(self.hardlinks.store)
        for path in (directory, private, os.path.join(private, "signing.key"),
                     *[os.path.join(directory, name)
                       for name in os.listdir(directory)
                       if name.startswith(store.removesuffix("db"))]):
            if not path.endswith(".conf"):
                os.chown(path, SERVICE_UID, SERVICE_UID)

    def socket_path(self, name="hardlink"):
        return self.dovecot.path(f"run/{name}")

    def connect(self, name="hardlink"):
        return Client(self.socket_path(name))


def escape(word):
    for byte, letter in ("\001", "1"), ("\t", "t"), ("\n", "n"), ("\r", "r"):
        word = word.replace(byte, "\001" + letter)
    return word


class Client:
    """Speaks the protocol of plugin/service/PROTOCOL.md."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.file = self.socket.makefile("rwb")
        self.send("VERSION", "hardlink", "1", "0")
        assert self.read()[:3] == ["VERSION", "hardlink", "1"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *words):
        self.file.write("\t".join(map(escape, words)).encode() + b"\n")
        self.file.flush()

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise EOFError(line)
        return line.decode().rstrip("\n").split("\t")

    def ask(self, *words):
        """(OK or FAIL, fields or [code, text], lines before)"""
        self.send(*words)
        before = []
        while True:
            line = self.read()
            if line[0] != "*":
                break
            before.append(fields(line[1:]))
        if line[0] == "OK":
            return "OK", fields(line[1:]), before
        return line[0], line[1:], before

    def ok(self, *words):
        status, reply, _ = self.ask(*words)
        assert status == "OK", reply
        return reply

    def fail(self, *words):
        """(code, text)"""
        status, reply, _ = self.ask(*words)
        assert status == "FAIL", reply
        return tuple(reply)


def fields(words):
    return dict(word.split("=", 1) for word in words)


def as_user(uid, function):
    """What function returns in a process of this user."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            with os.fdopen(writer, "w", encoding="utf-8") as file:
                json.dump(function(), file)
            status = 0
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        text = file.read()
    assert os.waitpid(child, 0)[1] == 0
    return json.loads(text)


def service_pids(server):
    """hardlinkd's processes in this Dovecot. Not by their arguments, which a
    process title hides now and then."""
    pids = []
    for pid in server.dovecot.processes():
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                name, state = file.read().split("(")[1].split(")")
            # not one that has ended
            if name == "hardlinkd" and state.split()[0] != "Z":
                pids.append(pid)
    return pids

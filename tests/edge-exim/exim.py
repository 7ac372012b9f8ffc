"""A throw-away Exim with the shipped configuration; loopback only."""

import os
import re
import shutil
import socket

from ports import free_port
from unpacked import Unpacked, wait_until

ROOT = os.environ.get("HARDLINK_EXIM", "")
SNIPPETS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../mta/exim")
MISSING = ("say in HARDLINK_EXIM where exim4-daemon-light and exim4-base are "
           "unpacked")
USER = "Debian-exim"
UID = 64990

# In front of the shipped configuration.
SETTINGS = """\
HARDLINK_SOCKET = {socket}
exim_path = {exim}
keep_environment =
spool_directory = {directory}/spool
log_file_path = {directory}/log-%s
pid_file_path = {directory}/pid
primary_hostname = mx.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 200
smtp_accept_max_per_connection = 10000
recipients_max = 2000
smtp_enforce_sync = false
"""

TLS = """\
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
"""

# Behind the shipped configuration: anybody with this password.
AUTHENTICATOR = """
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{secret}}
"""


def lookup_key(address):
    """An address as Exim looks it up: without its quotes; and then in those of
    a file for lsearch."""
    local_part, domain = address.rsplit("@", 1)
    if local_part.startswith('"'):
        local_part = re.sub(r"\\(.)", r"\1", local_part[1:-1])
    key = f"{local_part}@{domain}".replace("\\", "\\\\").replace('"', '\\"')
    return f'"{key}"'


class Exim:
    """Serves domains with the shipped files; delivers to `sink`, an LMTP
    server's socket. users: their addresses; settings: more lines; tls:
    certificate and key; login: offer it; lists, acl: lines that stand where
    the shipped file says that lists of bad senders do, and greylisting;
    groups: that Exim's user is also in."""

    def __init__(self, directory, query_socket, users, sink="/nonexistent",
                 domains=("example.org",), settings="", tls=(), login=False,
                 aliases="", lists="", acl="", groups=()):
        self.directory = directory
        self.program = f"{ROOT}/usr/sbin/exim4"
        assert os.path.exists(self.program), MISSING
        os.makedirs(f"{directory}/spool")
        os.chmod(directory, 0o755)
        os.chown(directory, UID, UID)
        os.chown(f"{directory}/spool", UID, UID)
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        self._write("mailboxes", "".join(
            f"{lookup_key(user)}: x\n" for user in users))
        self._write("aliases", aliases)
        for name in "hardlink-main.conf", "hardlink-acl.conf":
            shutil.copyfile(f"{SNIPPETS}/{name}", f"{directory}/{name}")
        with open(f"{SNIPPETS}/exim.conf", encoding="utf-8") as file:
            text = file.read()
        text = text.replace("/etc/exim4/", f"{directory}/")
        text = text.replace("/run/dovecot/lmtp", sink)
        for lines, place in (lists, "  # Lists of"), (acl, "  # Greylisting"):
            assert text.count(place) == 1
            text = text.replace(place, lines + place)
        # 127.0.0.1 is a stranger here, 127.0.0.2 isn't
        text = text.replace("<; 127.0.0.1 ;", "<; 127.0.0.2 ;")
        text = text.replace("local_domains = example.org",
                            "local_domains = " + " : ".join(domains))
        settings += (TLS.format(certificate=tls[0], key=tls[1]) if tls else
                     "tls_advertise_hosts =\n")
        if login:
            settings += "auth_advertise_hosts = *\n"
            text += AUTHENTICATOR
        self.config = f"{directory}/exim.conf"
        self._write("exim.conf", SETTINGS.format(
            socket=query_socket, exim=self.program, directory=directory,
            port=self.port) + settings + text)
        self.namespace = Unpacked(ROOT, directory, {USER: (UID, groups)})

    def _write(self, name, text):
        with open(f"{self.directory}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.namespace.start(self.program, "-C", self.config, "-bdf", "-q1m",
                             log=f"{self.directory}/output")
        wait_until(self._is_up, self.log_text)

    def _is_up(self):
        assert self.namespace.is_running(), self.log_text()
        try:
            socket.create_connection(self.address).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self):
        self.namespace.stop()

    def run(self, *arguments, user_input=None):
        return self.namespace.run(self.program, "-C", self.config, *arguments,
                                  user_input=user_input)

    def log_text(self):
        text = ""
        for name in "output", "log-main", "log-reject", "log-panic":
            try:
                with open(f"{self.directory}/{name}", encoding="utf-8",
                          errors="replace") as file:
                    text += file.read()
            except FileNotFoundError:
                pass
        return text

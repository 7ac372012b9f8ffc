"""A throw-away OpenSMTPD with the shipped configuration; loopback only."""

import os
import re
import shutil
import signal
import socket
import subprocess

from ports import free_port
from unpacked import Unpacked, libraries, wait_until

ROOT = os.environ.get("HARDLINK_OPENSMTPD", "")
SNIPPETS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../mta/opensmtpd")
USERS = {"opensmtpd": (64991, ()), "opensmtpq": (64992, ()),
         "hardlink": (64993, ()), "vmail": (64994, ())}
HARDLINK = USERS["hardlink"][0]
PASSWORD = "secret"

# It looks for its programs there, and for its empty directory.
PREPARE = f"""
mkdir /var/spool/smtpd
chmod 711 /var/spool/smtpd
mkdir -p /var/lib/opensmtpd/empty
mount --bind {ROOT}/usr/libexec /usr/libexec
"""


def has_tls():
    """6.8 with OpenSSL 3, as in Debian 12, offers STARTTLS and then fails
    (OpenSMTPD's issue 1171)."""
    if not os.path.exists(f"{ROOT}/usr/sbin/smtpd"):
        raise RuntimeError("say in HARDLINK_OPENSMTPD where opensmtpd is "
                           "unpacked")
    text = subprocess.run(
        [f"{ROOT}/usr/sbin/smtpd", "-h"], text=True, check=False,
        env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries(ROOT))},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return int(re.search(r"OpenSMTPD (\d+)\.", text).group(1)) >= 7


def without_tls(text):
    """No submission service either: it can't be had without."""
    text = re.sub(r"^listen on .* port \d+ .*tls-require.*\\\n.*\n", "", text,
                  flags=re.M)
    return text.replace(" tls pki mx.example.org", "")


def key(address):
    """An address as it stands in a table: ':' would end it."""
    assert not set(address) & set(': \t"'), address
    return address


class Opensmtpd:
    """Serves domains with the shipped files; delivers to `sink`, an LMTP
    server's socket. settings, listeners: more lines; behind: filters that
    stand behind ours, with their lines in settings; certificate: the paths of
    it and its key."""

    def __init__(self, directory, program, hardlinks, users,
                 sink="/nonexistent", domains=("example.org",), aliases="",
                 settings="", behind="", listeners="", certificate=None):
        self.directory = directory
        self.hardlinks = hardlinks
        self.log = f"{directory}/log"
        os.makedirs(directory)
        os.chmod(directory, 0o755)
        self.port, self.submission, self.proxy = (free_port()
                                                  for _ in range(3))
        self.address = ("127.0.0.1", self.port)
        certificate, key_file = certificate or self._certificate()
        # wants it for nobody else's eyes
        shutil.copyfile(key_file, f"{directory}/private")
        os.chmod(f"{directory}/private", 0o600)
        with open(f"{SNIPPETS}/recipients", encoding="utf-8") as file:
            self._write("recipients", aliases + "".join(
                f"{key(user)}: vmail\n" for user in users) + re.sub(
                    r"^[a-z]+@.*\n", "", file.read().replace(
                        "postmaster: alice@example.org",
                        f"postmaster: {users[0]}"), flags=re.M))
        self._write("passwords", f"alice@example.org: {self._encrypted()}\n")
        with open(f"{SNIPPETS}/smtpd.conf", encoding="utf-8") as file:
            text = file.read()
        for old, new in (
                ("/etc/smtpd/certificate.pem", certificate),
                ("/etc/smtpd/key.pem", f"{directory}/private"),
                ("/etc/smtpd/", f"{directory}/"),
                ("/run/dovecot/lmtp", sink),
                ("hardlink-opensmtpd example.org",
                 f"{program} -c {hardlinks.config} " + " ".join(domains)),
                ('{ "example.org", ', "{ " + "".join(
                    f'"{domain}", ' for domain in domains)),
                ("chain { hardlink }", f"chain {{ hardlink {behind} }}"),
                ("listen on 0.0.0.0 hostname",
                 f"listen on 127.0.0.1 port {self.proxy} proxy-v2 filter edge\n"
                 f"listen on 127.0.0.1 port {self.port} hostname"),
                ("listen on 0.0.0.0 port submission",
                 f"listen on 127.0.0.1 port {self.submission}"),
                # 127.0.0.1 is a stranger here
                ('match from local for any action "elsewhere"', "")):
            assert text.count(old) >= 1, old
            text = text.replace(old, new)
        text = text.replace("\nfilter edge", f"\n{settings}filter edge") + listeners
        self._write("smtpd.conf", text if has_tls() else without_tls(text))
        self.namespace = Unpacked(ROOT, directory, USERS, PREPARE)
        hardlinks.open_to(HARDLINK)
        self.configure()

    def _write(self, name, text):
        path = f"{self.directory}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600 if name == "passwords" else 0o644)

    def _certificate(self):
        paths = f"{self.directory}/certificate.pem", f"{self.directory}/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=mx.example.org", "-keyout", paths[1], "-out", paths[0]], check=True, stderr=subprocess.DEVNULL)
        return paths

    @staticmethod
    def _encrypted():
        return subprocess.run(
            ["openssl", "passwd", "-6", "-salt", "salt", PASSWORD], text=True,
            check=True, stdout=subprocess.PIPE).stdout.strip()

    def configure(self, **settings):
        self.hardlinks.configure(**{"redirect_rate": "0", **settings})
        os.chown(self.hardlinks.config, -1, HARDLINK)
        os.chmod(self.hardlinks.config, 0o640)

    def spawn(self):
        self.namespace.start(f"{ROOT}/usr/sbin/smtpd", "-d", "-f",
                             f"{self.directory}/smtpd.conf", log=self.log)

    def start(self):
        self.restarts = 0
        self.spawn()
        wait_until(self._is_up, self.log_text, 120)

    def _gave_up_on_itself(self):
        """7.6 ends when its own processes don't meet within some seconds, on a
        busy machine, before it has started any filter."""
        return (not self.namespace.is_running() and
                self.restarts < 5 and
                self.log_text().count("smtpd: imsg_wait: Connection timed out")
                > self.restarts)

    def _is_up(self):
        if self._gave_up_on_itself():
            self.restarts += 1
            self.spawn()
        assert self.namespace.is_running(), self.log_text()
        try:
            # It takes connections before its filters are ready, and greets
            # them afterwards.
            with socket.create_connection(self.address, 20) as client:
                return client.recv(100).startswith(b"220 ")
        except (ConnectionRefusedError, ConnectionResetError):
            return False

    def signal_filter(self, number):
        pids = self.namespace.processes("hardlink-opensm")
        assert len(pids) == 1, self.log_text()
        os.kill(pids[0], number)

    def reload(self):
        """The filter, after a change of the configuration."""
        lines = ("read again", "Can't use the configuration")
        seen = sum(self.log_text().count(line) for line in lines)
        self.signal_filter(signal.SIGHUP)
        wait_until(lambda: sum(self.log_text().count(line)
                               for line in lines) > seen, self.log_text)

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_for_log(self, text):
        wait_until(lambda: text in self.log_text(), self.log_text)

    def stop(self):
        self.namespace.stop()

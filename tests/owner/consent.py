"""What consent needs: owners with shell accounts, a mail system for the codes.
"""

import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading

from service import OwnerServer

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../edge"))

# pylint: disable=wrong-import-position
from postfix import Postfix  # noqa: E402

# Accounts that every Debian has, as owners: {login: (uid, gid, addresses)}
ACCOUNTS = {
    "games": (5, 60, "old@example.org"),
    "lp": (7, 7, "lp@example.org"),
    "uucp": (10, 10, '"odd..name"@example.org'),
}
CODE = re.compile(r"\b(?:[2-9A-HJ-NP-Z]{4}-){2}[2-9A-HJ-NP-Z]{4}\b")
SET = "SET", "", "permanent", "new@example.org", ""
WRONG = "AAAA-BBBB-CCCC"
FIELDS = {"confirm_target": "yes", "notice": "yes",
          "hold": "permanent 0, temporary 0"}


def find_code(mail):
    return CODE.search(mail).group(0)


class ConsentServer(OwnerServer):
    """sendmail: what the codes are mailed with, or None"""

    users = {name: "" for name in ("alice@example.org", "bob@example.org")}

    def __init__(self, modules, sendmail=None, settings=(), **options):
        super().__init__(modules, settings={
            **FIELDS, **({"sendmail": sendmail} if sendmail else {}),
            **dict(settings)},
            config="first_valid_uid = 1\nfirst_valid_gid = 1\n", **options)

    def prepare(self):
        super().prepare()
        with open(self.dovecot.path("users"), "a", encoding="utf-8") as file:
            for login, (uid, gid, address) in ACCOUNTS.items():
                self._add_account(file, login, uid, gid, address)

    def _add_account(self, file, login, uid, gid, address):
        """The login, and the address for LMTP, have one mailbox."""
        home = self.dovecot.path(f"mail/{login}")
        os.mkdir(home)
        os.chown(home, uid, gid)
        name = address if '"' not in address else "odd@example.org"
        file.write(
            f"{login}:{{PLAIN}}secret:{uid}:{gid}::{home}::"
            f"userdb_hardlink_addresses={address}\n"
            f"{name}:{{PLAIN}}secret:{uid}:{gid}::{home}::\n")

    def owner(self, login="games"):
        """A connection of this shell user's. The kernel notes the effective
        uid of whoever connects."""
        os.seteuid(ACCOUNTS[login][0])
        try:
            client = self.connect()
        finally:
            os.seteuid(0)
        client.ok("PEER")
        return client

    def lookup(self, address="old@example.org"):
        with self.connect("hardlink-lookup") as client:
            return client.ok("LOOKUP", address)

    def notices(self, login="games"):
        return [mail.decode() for mail in self.dovecot.mails(login)]

    def history(self, address="old@example.org"):
        """The actions, the newest last."""
        result = self.hardlinks.ctl("-f", "json", "history", address,
                                    check=False)
        return [entry["action"]
                for entry in reversed(json.loads(result.stdout or "[]"))]


WRAPPER = """\
#!{python}
import json, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect({socket!r})
file = connection.makefile("rw")
file.write(json.dumps([sys.argv[1:], sys.stdin.read()]) + "\\n")
file.flush()
sys.exit(int(file.readline()))
"""


class Sendmail:
    """Stands for sendmail, and runs the real one: as root, since Postfix lets
    nobody else use a configuration of his own. Notes how it was called."""

    def __init__(self, config=None):
        self.config = config
        # "deliver", "fail", "hang", or a function of arguments and mail
        self.does = "deliver"
        self.calls = []
        self.directory = tempfile.mkdtemp(prefix="hardlink-sendmail.")
        os.chmod(self.directory, 0o755)
        self.path = f"{self.directory}/sendmail"
        self.end = threading.Event()
        self._write()
        self.server = self._serve()

    def _write(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write(WRAPPER.format(python="/usr/bin/python3",
                                      socket=f"{self.directory}/socket"))
        os.chmod(self.path, 0o755)

    def _serve(self):
        sendmail = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                status = sendmail.run(*json.loads(self.rfile.readline()))
                self.wfile.write(b"%d\n" % status)

        server = socketserver.ThreadingUnixStreamServer(
            f"{self.directory}/socket", Handler)
        server.daemon_threads = True
        os.chmod(f"{self.directory}/socket", 0o666)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def run(self, arguments, mail):
        self.calls.append((arguments, mail))
        if callable(self.does):
            return self.does(arguments, mail)
        if self.does == "hang":
            self.end.wait()
        if self.does != "deliver":
            return 75
        if self.config is None:
            return 0
        return subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.config, *arguments], input=mail,
            text=True, check=False).returncode

    def remove(self):
        self.end.set()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.directory)


class MailSystem:
    """A Postfix that delivers new@ and others to mailboxes, and old@ to the
    LMTP socket at a place that is chosen later; forwards@ is an alias of
    old@."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="hardlink-mail.")
        os.chmod(self.directory, 0o755)
        self.lmtp = f"{self.directory}/lmtp"
        self.postfix = Postfix(
            f"{self.directory}/postfix", "",
            ["new@example.org", "other@example.org", "-oprobe@example.org",
             "old@example.org"],
            allow_min_user="yes",
            transport_maps="inline:{ {old@example.org=lmtp:unix:%s} }"
            % self.lmtp,
            virtual_alias_maps="inline:{ {forwards@example.org="
            "old@example.org} }")
        self.postfix.start()
        self.sendmail = Sendmail(f"{self.directory}/postfix/config")

    def deliver_to(self, server):
        if os.path.lexists(self.lmtp):
            os.unlink(self.lmtp)
        os.symlink(server.dovecot.socket, self.lmtp)

    def code(self, count=1, user="new@example.org"):
        """From the newest of so many mails there."""
        mails = self.postfix.wait_for_mails(user, count)
        return find_code(mails[-1]), mails[-1]

    def empty(self):
        """Takes the mails out of the mailboxes."""
        self.postfix.wait_for_empty_queue()
        shutil.rmtree(f"{self.directory}/postfix/mail")
        os.mkdir(f"{self.directory}/postfix/mail")
        shutil.chown(f"{self.directory}/postfix/mail", "mail", "mail")

    def remove(self):
        self.postfix.stop()
        self.sendmail.remove()
        shutil.rmtree(self.directory)

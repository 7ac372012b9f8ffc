"""An installation as the manual pages have it, in one directory: etc/, var/,
run/, Dovecot with hardlinkd, hardlink-milter, and Postfix's configuration."""

import contextlib
import json
import os
import pwd
import shutil
import subprocess
import tempfile

from dovecot import Dovecot, Modules
from hardlinks import Hardlinks
from harness import CRASHES, MODULEDIR, PREFIX, PRELOAD
from milter import Milter
from postfix import Instance
from service import SERVICE_UID, SERVICE_USER, service_config

# What a test can't help: nothing may set the machine's clock, and its /tmp may
# be a tmpfs.
HOST = {"clock", "file-system"}

OLD, AWAY = "old@example.org", "away@example.org"
USERS = [OLD, AWAY, "alice@example.org"]

# doctor sees /etc/crontab and /etc/cron.d as they'd be with our line
CRON = """
mount -t tmpfs tmpfs /etc/cron.d
echo '17 3 * * * root hardlinkctl expire' >/etc/cron.d/hardlink
exec "$@"
"""


def warned(row):
    return row["result"] in ("warning", "error")


class Site:
    def __init__(self, modules):
        # Not pytest's own: other users have to get in.
        self.directory = tempfile.mkdtemp(prefix="hardlink-doctor.")
        os.chmod(self.directory, 0o755)
        self.modules = modules
        self.dovecot = self.milter = None
        os.makedirs("/etc/cron.d", exist_ok=True)
        try:
            self._make_hardlinks()
            self.dovecot = Dovecot(
                self.path("dovecot"), modules, self.hardlinks.config,
                plugins=("lmtp_hardlink",), preload=PRELOAD,
                config=service_config(self.hardlinks.config))
            self.dovecot.set_users({user: "" for user in USERS})
            self.milter = Milter(self.directory, self.hardlinks, PREFIX)
            self._open_store()
            self._configure()
            self.dovecot.start()
            self.milter.start()
            self._make_postfix()
        except BaseException:
            self.remove()
            raise

    def path(self, name):
        return os.path.join(self.directory, name)

    def _make_hardlinks(self):
        os.mkdir(self.path("etc"))
        with open(self.path("etc/hardlink.conf"), "w", encoding="ascii") as file:
            file.write(f"store = sqlite:{self.path('var/hardlink.db')}\n"
                       f"keyring = {self.path('etc/keys')}\n"
                       f"signing_key = {self.path('etc/private/signing.key')}\n")
        self.hardlinks = Hardlinks(self.path("etc"), PREFIX, make=False)
        self.hardlinks.ctl("init")
        self.hardlinks.set_permanent(OLD, "new@example.com")
        self.hardlinks.set_temporary(AWAY, "here@example.net")

    def _open_store(self):
        """As hardlinkd(8) says; the milter's group reads the store."""
        group = pwd.getpwnam("nobody").pw_gid
        for directory, uid, gid, mode in (
                ("var", SERVICE_UID, group, 0o2750),
                ("etc/private", SERVICE_UID, 0, 0o700)):
            os.chown(self.path(directory), uid, gid)
            os.chmod(self.path(directory), mode)
            for name in os.listdir(self.path(directory)):
                os.chown(self.path(f"{directory}/{name}"), uid, gid)
        for directory in "etc", "etc/keys":
            os.chmod(self.path(directory), 0o755)
            for name in os.listdir(self.path(directory)):
                if not os.path.isdir(self.path(f"{directory}/{name}")):
                    os.chmod(self.path(f"{directory}/{name}"), 0o644)

    def _configure(self):
        self.hardlinks.configure(
            service_socket=self.dovecot.path("run/hardlink"),
            admin_socket=self.dovecot.path("run/hardlink-admin"),
            sendmail="/bin/true -t")
        os.chmod(self.hardlinks.config, 0o644)

    def _make_postfix(self):
        """Two: one that has nothing to do with Dovecot, one in front of it.
        Neither is started."""
        self.aliases = self.path("aliases")
        self.set_aliases("info@example.org alice@example.org\n")
        self.apart = Instance(self.path("apart"), [])
        self.front = Instance(
            self.path("front"), [], virtual_mailbox_domains="example.org",
            virtual_transport=f"lmtp:unix:{self.dovecot.socket}",
            smtpd_milters=f"unix:{self.milter.socket}",
            milter_default_action="accept",
            virtual_alias_maps=f"hash:{self.aliases}")

    def set_aliases(self, text):
        with open(self.aliases, "w", encoding="ascii") as file:
            file.write(text)
        subprocess.run(["postmap", f"hash:{self.aliases}"], check=True)

    @contextlib.contextmanager
    def behind_postfix(self, **settings):
        """With lmtp = deliver; gives what doctor() wants."""
        before = dict(self.front.main)
        self.front.main.update(settings)
        self.front._write_main()
        try:
            with self.configured(lmtp="deliver"):
                yield {"postfix": self.front}
        finally:
            self.front.main = before
            self.front._write_main()

    @contextlib.contextmanager
    def configured(self, **settings):
        """Settings of hardlink.conf, for a while."""
        with open(self.hardlinks.config, "rb") as file:
            before = file.read()
        self.hardlinks.configure(**settings)
        try:
            yield
        finally:
            Hardlinks.replace(self.hardlinks.config, before)

    @contextlib.contextmanager
    def dovecot_config(self, *changes, more=""):
        """A changed copy of dovecot.conf, which Dovecot itself doesn't see;
        changes: pairs of text and what stands there instead."""
        with open(self.dovecot.config, encoding="ascii") as file:
            text = file.read()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = self.path("changed.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(text + more)
        try:
            yield {"dovecot": path}
        finally:
            os.unlink(path)

    def doctor(self, *options, postfix=None, dovecot=None, modules=None,
               cron=True, user=None, environment=()):
        """What it says: a finished process."""
        command = [self.hardlinks.hardlinkctl, "-c", self.hardlinks.config,
                   "doctor", "--dovecot-config",
                   dovecot or self.dovecot.config, "--postfix-config",
                   (postfix or self.apart).directory + "/config", *options]
        if user is not None:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}",
                       "--clear-groups", *command]
        if cron:
            command = ["sh", "-euc", CRON, "sh", *command]
        return subprocess.run(
            (modules or self.modules).wrap(command), check=False, text=True,
            env={**os.environ, **dict(environment)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)

    def rows(self, **options):
        result = self.doctor("-f", "json", **options)
        rows = json.loads(result.stdout)
        assert "Sanitizer" not in result.stderr, result.stderr
        if any(row["result"] == "error" for row in rows):
            assert result.returncode == 78, result.stderr
            assert result.stderr.startswith("hardlinkctl: something is wrong")
        else:
            assert (result.returncode, result.stderr) == (0, "")
        for row in rows:
            assert bool(row["mend"]) == warned(row), row
        return rows

    @staticmethod
    def wrong(rows):
        """What isn't in order, but for what the machine can't help."""
        return [row for row in rows if warned(row) and row["check"] not in HOST]

    def finds(self, check, *words, result="error", count=1, mend="", **options):
        """Exactly this is wrong, and nothing else; the row has these words."""
        rows = self.wrong(self.rows(**options))
        assert [(row["check"], row["result"]) for row in rows] == \
            [(check, result)] * count, rows
        for word in words:
            assert word in rows[0]["what"], rows
        assert mend in rows[0]["mend"], rows
        return rows

    def is_green(self, **options):
        rows = self.wrong(self.rows(**options))
        assert rows == [], rows

    def remove(self):
        try:
            if self.milter is not None and self.milter.process is not None:
                self.milter.kill()
            if self.dovecot is not None:
                self.dovecot.stop()
                assert [line for word in CRASHES
                        for line in self.dovecot.log_lines(word)] == []
        finally:
            shutil.rmtree(self.directory)


@contextlib.contextmanager
def mode_of(path, mode):
    before = os.stat(path).st_mode & 0o7777
    os.chmod(path, mode)
    try:
        yield
    finally:
        os.chmod(path, before)


@contextlib.contextmanager
def owner_of(path, uid, gid=-1):
    before = os.stat(path)
    os.chown(path, uid, gid)
    try:
        yield
    finally:
        os.chown(path, before.st_uid, before.st_gid)


@contextlib.contextmanager
def content_of(path, content):
    """content: bytes, or None: there is no such file"""
    status = os.stat(path)
    os.rename(path, path + ".away")
    if content is not None:
        with open(path, "wb") as file:
            file.write(content)
        os.chown(path, status.st_uid, status.st_gid)
        os.chmod(path, status.st_mode & 0o7777)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        os.rename(path + ".away", path)


@contextlib.contextmanager
def other_modules(change):
    """Modules of which change(directory) changes some."""
    directory = tempfile.mkdtemp(prefix="hardlink-modules.")
    copy = os.path.join(directory, "ours")
    shutil.copytree(MODULEDIR, copy)
    change(copy)
    changed = Modules(copy)
    try:
        yield {"modules": changed}
    finally:
        changed.remove()
        shutil.rmtree(directory)

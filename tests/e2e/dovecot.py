"""A throw-away Dovecot, 2.3 or 2.4, that has the freshly built modules.

Nothing is installed in the system: in a mount namespace of its own a copy of
Dovecot's module directory, with our modules added, lies over the original. A
process namespace of its own sees to it that nothing survives."""

import contextlib
import fcntl
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import termios
import time

SYSTEM_MODULES = "/usr/lib/dovecot/modules"
LDA = "/usr/lib/dovecot/dovecot-lda"
# Whose mailboxes they are; Debian has this user everywhere.
MAIL_USER = "mail"
MAIL_UID = 8


@functools.lru_cache(maxsize=None)
def version():
    """(2, 3, 19), and so on"""
    text = subprocess.run(["dovecot", "--version"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return tuple(int(number) for number in
                 re.match(r"(\d+)\.(\d+)\.(\d+)", text).groups())


def is_23():
    return version() < (2, 4)


@functools.lru_cache(maxsize=None)
def mount_namespace():
    """unshare's options for mounts that nobody else sees."""
    if subprocess.run(["unshare", "--mount", "true"],
                      stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return ["--mount"]
    # In a chroot unshare can't make the root private. That of tools/tree is.
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        if " shared:" in file.read():
            raise RuntimeError("mounts in this chroot would show outside; "
                               "enter it with tools/tree")
    return ["--mount", "--propagation", "unchanged"]


class Modules:
    """Dovecot's modules and those of directory ours, together."""

    def __init__(self, ours):
        self.directory = tempfile.mkdtemp(prefix="hardlink-modules.")
        os.chmod(self.directory, 0o755)
        merged = os.path.join(self.directory, "modules")
        shutil.copytree(SYSTEM_MODULES, merged, symlinks=True)
        shutil.copytree(ours, merged, dirs_exist_ok=True)
        self.merged = merged

    def wrap(self, command, own_processes=False):
        """The command that runs command with these modules."""
        namespaces = mount_namespace()
        if own_processes:
            namespaces = [*namespaces, "--pid", "--fork", "--kill-child"]
        return ["unshare", *namespaces, "sh", "-c",
                'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh",
                self.merged, SYSTEM_MODULES, *command]

    def leave_out(self, name):
        os.remove(os.path.join(self.merged, name))

    def remove(self):
        shutil.rmtree(self.directory)


CONFIG_23 = """
protocols = lmtp
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = passwd-file
  args = {directory}/users
}}
"""

CONFIG_24 = """
dovecot_config_version = {version}
dovecot_storage_version = {version}
protocols = lmtp
mail_driver = maildir
mail_path = ~/Maildir
passdb passwd-file {{
  passwd_file_path = {directory}/users
}}
userdb passwd-file {{
  passwd_file_path = {directory}/users
}}
"""

CONFIG = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
log_timestamp =
ssl = no
first_valid_uid = {uid}
first_valid_gid = {uid}
"""


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def arrival(name):
    """Seconds and microseconds, by the name of a file of a Maildir."""
    return tuple(map(int, re.match(r"(\d+)\.M(\d+)P", name).groups()))


def has_read_all(pid):
    """Are the pipes of this process empty, and does it sleep?"""
    try:
        waiting = b"".join(unread(f"/proc/{pid}/fd/{number}")
                           for number in os.listdir(f"/proc/{pid}/fd"))
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        # it has just closed one
        return False
    return not any(waiting) and state == "S"


def unread(path):
    """How many bytes are in this pipe, as an int's bytes; b"" if it's none."""
    if not os.readlink(path).startswith("pipe:"):
        return b""
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return fcntl.ioctl(reader, termios.FIONREAD, bytes(4))
    finally:
        os.close(reader)


def one_lmtp_process():
    """Lines of dovecot.conf: one process serves all connections in turn. By
    itself 2.4 has one for each."""
    count = "service_count" if is_23() else "restart_request_count"
    return ("service lmtp {\n  process_limit = 1\n  client_limit = 1\n"
            f"  {count} = 1000\n}}\n")


class Dovecot:
    """config: more lines of dovecot.conf; lmtp_user: whom lmtp runs as."""

    def __init__(self, directory, modules, hardlink_config=None,
                 plugins=("lmtp_hardlink", "lda_hardlink"), lda_plugins=(),
                 config="", lmtp_user=None, preload=None):
        self.directory = str(directory)
        self.modules = modules
        self.preload = preload
        self.process = None
        os.makedirs(self.directory, exist_ok=True)
        os.chmod(self.directory, 0o755)
        for name in "run", "state", "mail":
            os.makedirs(self.path(name), exist_ok=True)
        os.chown(self.path("mail"), MAIL_UID, MAIL_UID)
        if not os.path.exists(self.path("users")):
            self.set_users({})
        self.config = self.path("dovecot.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(self._config(hardlink_config, plugins, lda_plugins,
                                    lmtp_user) + config)
        self.socket = self.path("run/lmtp")

    def path(self, name):
        return os.path.join(self.directory, name)

    def _config(self, hardlink_config, plugins, lda_plugins, lmtp_user):
        text = (CONFIG_23 if is_23() else CONFIG_24) + CONFIG
        text = text.format(directory=self.directory, uid=MAIL_UID,
                           version=".".join(map(str, version())))
        if lmtp_user:
            text += f"service lmtp {{\n  user = {lmtp_user}\n}}\n"
        if self.preload:
            text += self._preload_config()
        text += self._plugins("lmtp", [name for name in plugins
                                       if name.startswith("lmtp_")])
        text += self._plugins("lda", [*lda_plugins,
                                      *[name for name in plugins
                                        if name.startswith("lda_")]])
        text += self._plugins("imap", [name for name in plugins
                                       if name.startswith("imap_")])
        if hardlink_config and plugins:
            line = f"hardlink_config = {hardlink_config}\n"
            text += f"plugin {{\n  {line}}}\n" if is_23() else line
        return text

    def _preload_config(self):
        environment = {name: self.environment()[name]
                       for name in ("LD_PRELOAD", "ASAN_OPTIONS")}
        # The sanitizer reserves more address space than Dovecot allows.
        if is_23():
            return ("default_vsz_limit = 0\n"
                    "import_environment = $import_environment " +
                    " ".join(f"{name}={value}"
                             for name, value in environment.items()) + "\n")
        return ("default_vsz_limit = unlimited\nimport_environment {\n" +
                "".join(f"  {name} = {value}\n"
                        for name, value in environment.items()) + "}\n")

    @staticmethod
    def _plugins(protocol, names):
        if not names:
            return ""
        if is_23():
            line = f"mail_plugins = $mail_plugins {' '.join(names)}"
        else:
            line = "mail_plugins {\n%s}" % "".join(
                f"    {name} = yes\n" for name in names)
        return f"protocol {protocol} {{\n  {line}\n}}\n"

    def environment(self):
        environment = dict(os.environ)
        if self.preload:
            # Dovecot isn't built with the sanitizers: its own leaks are no
            # concern here.
            environment.update(LD_PRELOAD=self.preload,
                               ASAN_OPTIONS="detect_leaks=0")
        return environment

    def set_users(self, users):
        """{address: extra fields of the passdb, separated by blanks}"""
        lines = []
        for address, fields in users.items():
            home = self.path(f"mail/{address}")
            lines.append(f"{address}:{{PLAIN}}secret:{MAIL_UID}:{MAIL_UID}::"
                         f"{home}::{fields}\n")
        with open(self.path("users"), "w", encoding="ascii") as file:
            file.write("".join(lines))

    def mails(self, address):
        """The mails in a user's INBOX, as they came."""
        new = self.path(f"mail/{address}/Maildir/new")
        if not os.path.isdir(new):
            return []
        mails = []
        for name in sorted(os.listdir(new), key=arrival):
            with open(os.path.join(new, name), "rb") as file:
                mails.append(file.read())
        return mails

    def log(self):
        if not os.path.exists(self.path("log")):
            return []
        with open(self.path("log"), encoding="utf-8",
                  errors="replace") as file:
            return file.read().splitlines()

    def log_lines(self, *words):
        return [line for line in self.log()
                if all(word in line for word in words)]

    def logged(self, *words, count=1):
        """The same, once there are as many: the log is a process of its own,
        and some milliseconds late."""
        deadline = time.monotonic() + 5
        while True:
            lines = self.log_lines(*words)
            if len(lines) >= count or time.monotonic() > deadline:
                return lines
            time.sleep(0.01)

    def run(self, *command, user_input=None, check=True):
        """A program of Dovecot's, with its module directory as it is here."""
        return subprocess.run(self.modules.wrap(command), check=check,
                              input=user_input, env=self.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def stats(self):
        """{metric: (count, smallest duration in microseconds)}"""
        text = self.run("doveadm", "-c", self.config, "-f", "tab", "stats",
                        "dump").stdout.decode()
        lines = [line.split("\t") for line in text.splitlines()]
        rows = [dict(zip(lines[0], line)) for line in lines[1:]]
        return {row["metric_name"]: (int(row["count"]), float(row["min"]))
                for row in rows if row["field"] == "duration"}

    def start(self):
        self.process = subprocess.Popen(
            self.modules.wrap(["dovecot", "-F", "-c", self.config],
                              own_processes=True),
            env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while not self._is_up():
            if self.process.poll() is not None:
                raise RuntimeError("dovecot didn't start: " +
                                   self.process.stderr.read().decode())
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("dovecot doesn't listen")
            time.sleep(0.02)
        return self

    def _is_up(self):
        """Looks without connecting: an lmtp process that has served someone
        knows the configuration already."""
        with open("/proc/net/unix", encoding="utf-8") as file:
            sockets = [line.split() for line in file]
        # flags 10000: __SO_ACCEPTCON, it listens
        return any(fields[3] == "00010000" and fields[-1] == self.socket
                   for fields in sockets)

    @staticmethod
    def wait_for_port(port):
        """Until something listens on this port of 127.0.0.1."""
        wanted = f"0100007F:{port:04X}"
        deadline = time.monotonic() + 20
        while True:
            with open("/proc/net/tcp", encoding="ascii") as file:
                sockets = [line.split() for line in file]
            # 0A: it listens
            if any(fields[1] == wanted and fields[3] == "0A"
                   for fields in sockets):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port}")
            time.sleep(0.02)

    def _master_pid(self):
        """The one child of unshare: dovecot, process 1 of its namespace."""
        return children(self.process.pid)[0]

    def processes(self):
        """The ids, outside, of the services'."""
        return children(self._master_pid())

    def stop(self):
        """All processes but the log's end by themselves. For that one, which
        has nothing to do any more, dovecot waits a second: not here."""
        if self.process is None or self.process.poll() is not None:
            return
        deadline = time.monotonic() + 10
        with contextlib.suppress(IndexError, OSError):
            master = self._master_pid()
            os.kill(master, signal.SIGTERM)
            while self.process.poll() is None and time.monotonic() < deadline:
                left = children(master)
                if len(left) == 1 and has_read_all(left[0]):
                    break
                time.sleep(0.01)
            # The namespace ends with it, and then unshare.
            os.kill(master, signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()

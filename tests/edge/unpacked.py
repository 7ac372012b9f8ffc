"""Mail servers that can't be installed beside each other: their packages are
only unpacked. A namespace has the users that they want; it ends with all
processes in it."""

import os
import signal
import subprocess
import time

from dovecot import mount_namespace

SCRIPT = """
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
mount --bind "$1/ld.so.cache" /etc/ld.so.cache
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /var/lib
shift
eval "$1"
shift
exec "$@"
"""


def libraries(root):
    """Directories of shared libraries that came with the packages."""
    found = [directory for directory, _, files in os.walk(root)
             if "/lib/" in directory and
             any(".so" in name for name in files)]
    return sorted(found)


class Unpacked:
    def __init__(self, root, directory, users, prepare=""):
        """root: where the packages are; directory: for files of this one;
        users: {name: (uid, groups it's also in)}; prepare: shell commands in
        the namespace."""
        self.directory = f"{directory}/accounts"
        self.prepare = prepare
        self.process = None
        os.makedirs(self.directory)
        # Not LD_LIBRARY_PATH: Exim starts itself anew without it.
        subprocess.run(["ldconfig", "-X", "-C", f"{self.directory}/ld.so.cache",
                        *libraries(root)], check=True)
        self._write_accounts(users)

    def _write_accounts(self, users):
        with open("/etc/passwd", encoding="utf-8") as file:
            accounts = [line for line in file
                        if line.split(":")[0] not in users]
        with open("/etc/group", encoding="utf-8") as file:
            groups = [line.rstrip("\n").split(":") for line in file
                      if line.split(":")[0] not in users]
        for name, (uid, member_of) in users.items():
            accounts.append(f"{name}:x:{uid}:{uid}::/nonexistent:"
                            "/usr/sbin/nologin\n")
            groups.append([name, "x", str(uid), ""])
            for group in groups:
                if group[0] in member_of:
                    group[3] = ",".join(filter(None, [group[3], name]))
        with open(f"{self.directory}/passwd", "w", encoding="utf-8") as file:
            file.write("".join(accounts))
        with open(f"{self.directory}/group", "w", encoding="utf-8") as file:
            file.write("".join(":".join(group) + "\n" for group in groups))

    def start(self, *command, log):
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                ["unshare", *mount_namespace(), "--pid", "--fork",
                 "--kill-child", "sh", "-euc", SCRIPT, "sh", self.directory,
                 self.prepare, *command],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def _child(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as file:
            return int(file.read().split()[0])

    def run(self, *command, user_input=None):
        """In the namespaces, and the root, of the one that was started."""
        return subprocess.run(
            ["nsenter", "-t", str(self._child()), "--root", "--wd", "--mount",
             "--pid", *command],
            input=user_input, text=True, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def processes(self, name):
        """The ids, outside, of its processes of that name."""
        result = subprocess.run(
            ["pgrep", "-x", "--ns", str(self._child()), "--nslist", "pid", name],
            text=True, check=False, stdout=subprocess.PIPE)
        return [int(pid) for pid in result.stdout.split()]

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self._child(), number)

    def stop(self):
        if not self.is_running():
            return
        try:
            self.signal(signal.SIGTERM)
            self.process.wait(5)
        except (subprocess.TimeoutExpired, IndexError):
            # --kill-child: the namespace ends with it
            self.process.kill()
            self.process.wait()


def wait_until(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)

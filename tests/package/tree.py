"""Debian systems to install packages in: overlays on a bare tree, so that the
tree stays bare and what was installed once serves several tests."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

# Where chroot's programs look for programs.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive"}


def call(*arguments):
    subprocess.run(arguments, check=True, stdout=subprocess.PIPE)


class Tree:
    """lowers: directories, the uppermost first."""

    def __init__(self, directory, lowers):
        self.directory = pathlib.Path(directory)
        self.lowers = [str(lower) for lower in lowers]
        for name in "upper", "work", "root":
            (self.directory / name).mkdir(parents=True)
        self.root = self.directory / "root"
        upper, work = self.directory / "upper", self.directory / "work"
        call("mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={':'.join(self.lowers)},upperdir={upper},workdir={work}",
             str(self.root))
        call("mount", "-t", "proc", "proc", str(self.root / "proc"))
        call("mount", "--rbind", "/dev", str(self.root / "dev"))
        for name in "tmp", "run":
            call("mount", "-t", "tmpfs", "tmpfs", str(self.root / name))

    def freeze(self):
        """Ends it; the lowers for others that go on from it."""
        if os.path.ismount(self.root):
            call("umount", "-R", "-l", str(self.root))
        return [self.directory / "upper", *self.lowers]

    def remove(self):
        self.freeze()
        shutil.rmtree(self.directory)

    def path(self, name):
        return self.root / name.lstrip("/")

    def run(self, *arguments, user=None, **options):
        """What may fail. Standard error comes with the rest."""
        if user is not None:
            arguments = ("setpriv", "--reuid", user, "--regid", user,
                         "--init-groups", *arguments)
        return subprocess.run(
            ["chroot", str(self.root), *arguments], text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=ENVIRONMENT,
            **{"timeout": 300, **options})

    def __call__(self, *arguments, **options):
        result = self.run(*arguments, **options)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def start(self, *arguments, user=None):
        """In the foreground, with no network; log in /tmp/log."""
        if user is not None:
            arguments = ("setpriv", "--reuid", user, "--regid", user,
                         "--init-groups", *arguments)
        with open(self.path("/tmp/log"), "ab") as log:
            return subprocess.Popen(
                ["unshare", "--net", "chroot", str(self.root), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=ENVIRONMENT)

    def wait_for(self, name, process):
        """The path of its socket, once it answers there; or it has said why not.
        """
        path = str(self.path(name))
        for _ in range(600):
            with socket.socket(socket.AF_UNIX) as client:
                if client.connect_ex(path) == 0:
                    return path
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(self.path("/tmp/log").read_text(encoding="utf-8"))

    def files(self):
        """Everything, with what it is and whose, but what any use of the
        system changes."""
        skipped = {"proc", "dev", "run", "tmp", "var/log", "var/cache",
                   "var/lib/dpkg", "var/lib/apt", "etc/ld.so.cache"}
        found = {}
        for directory, names, files in os.walk(self.root):
            where = os.path.relpath(directory, self.root)
            names[:] = [name for name in names
                        if os.path.normpath(f"{where}/{name}") not in skipped]
            for name in names + files:
                path = os.path.normpath(f"{where}/{name}")
                if path in skipped:
                    continue
                st = os.lstat(self.root / path)
                found[path] = (oct(st.st_mode), st.st_uid, st.st_gid,
                               None if name in names else st.st_size)
        return found

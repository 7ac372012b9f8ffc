"""hardlink-milter as its own unprivileged user."""

import os
import pwd
import signal
import socket
import subprocess
import time

USER = "nobody"


class Milter:
    def __init__(self, directory, hardlinks, prefix):
        """directory: where its sockets and log go"""
        self.program = os.path.join(prefix, "sbin/hardlink-milter")
        self.hardlinks = hardlinks
        self.log = f"{directory}/milter.log"
        self.run = f"{directory}/run"
        self.socket = f"{self.run}/milter.sock"
        self.status_socket = f"{self.run}/status.sock"
        os.mkdir(self.run)
        account = pwd.getpwnam(USER)
        self.gid = account.pw_gid
        os.chown(self.run, account.pw_uid, self.gid)
        self.process = None
        self.configure()
        self.hardlinks.open_to(self.gid)

    def configure(self, **settings):
        # 0666: who may connect is what the directory's mode says
        self.hardlinks.configure(**{
            "milter_socket": f"unix:{self.socket}",
            "milter_socket_mode": "0666",
            "status_socket": self.status_socket,
            "redirect_rate": "0",
            **settings})
        os.chown(self.hardlinks.config, -1, self.gid)
        os.chmod(self.hardlinks.config, 0o640)

    def spawn(self):
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [self.program, "-f", "-c", self.hardlinks.config],
                user=USER, group=self.gid, extra_groups=[],
                # What was freed, and is kept to be watched, isn't a leak.
                env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1:"
                     "thread_local_quarantine_size_kb=2"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def is_sanitized(self):
        with open(self.program, "rb") as file:
            return b"__asan_init" in file.read()

    def start(self):
        seen = self.log_text().count("Started")
        self.process = self.spawn()
        self.wait_for_log("Started", seen + 1)

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_for_log(self, text, count=1, seconds=20):
        deadline = time.monotonic() + seconds
        while self.log_text().count(text) < count:
            assert time.monotonic() < deadline, self.log_text()[-3000:]
            assert self.process.poll() is None, self.log_text()[-3000:]
            time.sleep(0.02)

    def reload(self):
        """After a change of the configuration."""
        lines = ("read again", "Can't use the configuration")
        seen = sum(self.log_text().count(line) for line in lines)
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while sum(self.log_text().count(line) for line in lines) == seen:
            assert time.monotonic() < deadline, self.log_text()[-3000:]
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """An orderly end; nothing that a sanitizer found."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log_text()[-3000:]
        self.check_log()

    def check_log(self):
        for word in "Sanitizer", "runtime error":
            assert word not in self.log_text(), self.log_text()[-5000:]

    def status(self):
        """{metric with labels: value}"""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.status_socket)
            text = b"".join(iter(lambda: client.recv(4096), b"")).decode()
        assert text.endswith("\n# EOF\n")
        pairs = (line.rsplit(" ", 1) for line in text.splitlines()
                 if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def memory(self):
        """Resident kilobytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise LookupError("VmRSS")

"""Running mailmove, as somebody who isn't root, with and without a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from harness import PREFIX

PROGRAM = os.path.join(PREFIX, "bin/mailmove")
OK, USAGE, DATA, NOT_FOUND, TEMP, NOPERM, CONFIG = 0, 64, 65, 68, 75, 77, 78
# Debian has this user everywhere.
GAMES = 5


def masked(text):
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)


class Mailmove:
    """options: of every run; env: more environment"""

    def __init__(self, *options, uid=GAMES, env=()):
        self.options = options
        self.uid = uid
        # "system" is this zone, and there is no configuration
        self.environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8",
                            "HOME": "/nonexistent", **dict(env)}
        for name in "HARDLINK_CONFIG", "HARDLINK_SOCKET":
            if name not in dict(env):
                self.environment.pop(name, None)

    def _identity(self):
        return {"user": self.uid, "group": self.uid, "extra_groups": []}

    def run(self, *arguments, user_input="", pass_fds=()):
        return subprocess.run(
            [PROGRAM, *arguments, *self.options], input=user_input, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            env=self.environment, timeout=120, pass_fds=pass_fds,
            **self._identity())

    def __call__(self, *arguments, **options):
        result = self.run(*arguments, **options)
        assert result.returncode == OK, result.stderr
        return result.stdout

    def json(self, *arguments, **options):
        """Without a word on standard error."""
        result = self.run("-f", "json", *arguments, **options)
        assert (result.returncode, result.stderr) == (OK, "")
        return json.loads(result.stdout)

    def fails(self, code, *arguments, says="", **options):
        """One line, nothing on standard output."""
        result = self.run(*arguments, **options)
        assert result.returncode == code, result.stderr
        assert result.stdout == ""
        assert re.fullmatch(r"mailmove: [^\n]+\n", result.stderr), result.stderr
        assert says in result.stderr
        return result.stderr

    def on_terminal(self, *arguments):
        return Terminal([PROGRAM, *arguments, *self.options],
                        self.environment, self.uid)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, environment, uid):
        self.output = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                # a shell's background job has it ignored
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                # its user may open /dev/tty, whosever the terminal is
                os.setresuid(uid, uid, uid)
                os.execve(command[0], command, environment)
            finally:
                os._exit(99)

    def read_until(self, text):
        """What is shown up to this; "": up to the end."""
        deadline = time.monotonic() + 60
        while text == "" or text not in self.output:
            if not select.select([self.fd], [], [], 1)[0]:
                if time.monotonic() > deadline:
                    os.kill(self.pid, signal.SIGKILL)
                    raise TimeoutError(self.output)
                continue
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b""  # EIO: nobody has it open any more
            if data == b"":
                assert text == "", self.output
                break
            self.output += data.decode()
        shown, self.output = self.output, ""
        return shown.replace("\r\n", "\n")

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """(exit code, what it showed after all)"""
        shown = self.read_until("")
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), shown

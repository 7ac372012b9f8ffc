"""A program on a terminal of its own."""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios
import time

# Bounds a test that fails; decides nothing else.
PATIENCE = 60


class Terminal:
    def __init__(self, arguments, env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 200, 0, 0))
        self.output = b""
        self.process = subprocess.Popen(
            [shutil.which("setsid"), "-c", "-w", *arguments], stdin=slave, stdout=slave,
            stderr=slave, env=env)
        os.close(slave)

    def read(self):
        """Some more, or False at the end."""
        ready, _, _ = select.select([self.master], [], [], PATIENCE)
        assert ready, self.output
        # the end of a terminal whose other side is closed
        with contextlib.suppress(OSError):
            data = os.read(self.master, 65536)
            self.output += data
            return bool(data)
        return False

    def wait_for(self, text):
        while text not in self.output:
            assert self.read(), self.output

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        """The exit code, once it has ended by itself."""
        limit = time.monotonic() + PATIENCE
        while self.read():
            assert time.monotonic() < limit, self.output
        os.close(self.master)
        return self.process.wait(PATIENCE)

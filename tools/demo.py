"""demo.py PREFIX DIRECTORY: hard-links at work in a throw-away Dovecot.

PREFIX is where the project is installed; everything else happens in
DIRECTORY. Exits 0 only if every line that matters was seen. See tools/demo."""

import os
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "tests", "e2e"))
sys.dont_write_bytecode = True
from dovecot import Dovecot, Modules  # noqa: E402
from lmtp import Lmtp  # noqa: E402

MESSAGE = b"""From: sender@example.net
To: %s
Subject: %s

Hello!""".replace(b"\n", b"\r\n")


class SpokenLmtp(Lmtp):
    """Prints what goes over the wire."""

    def send(self, data):
        for line in data.decode().splitlines():
            print("C:", line)
        super().send(data)

    def line(self):
        line = super().line()
        print("S:", line.decode().rstrip("\r\n"))
        return line


def heading(text):
    print(f"\n# {text}")


def expect(is_right, seen, wanted):
    if not is_right:
        sys.exit(f"demo: FAILED: expected {wanted!r}, got {seen!r}")


def expect_part(seen, wanted):
    expect(wanted in seen, seen, wanted)


def expect_start(seen, wanted):
    expect(seen.startswith(wanted), seen, wanted)


def expect_all(seen, wanted):
    expect(seen == wanted, seen, wanted)


class Demo:
    def __init__(self, prefix, directory):
        self.store = f"{directory}/hardlink"
        self.config = f"{self.store}/hardlink.conf"
        self.environment = {
            **os.environ, "HARDLINK_CONFIG": self.config,
            "PATH": os.pathsep.join([f"{prefix}/bin", os.environ["PATH"]])}
        self.modules = Modules(f"{prefix}/lib/dovecot/modules")
        self.dovecot = Dovecot(f"{directory}/dovecot", self.modules,
                               hardlink_config=self.config)
        self.dovecot.set_users({f"{name}@example.com": "" for name in
                                ("gopher", "alice", "bob", "carol")})

    def hardlinkctl(self, *arguments):
        command = ["hardlinkctl", *arguments]
        print("$", shlex.join(command))
        result = subprocess.run(command, env=self.environment, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        print(result.stdout, end="")
        if result.returncode != 0:
            sys.exit(f"demo: FAILED: hardlinkctl exited {result.returncode}")
        return result.stdout

    def set_up(self):
        heading("A store of hard-links, and three of them")
        self.hardlinkctl("init", "--dir", self.store)
        print("$ export HARDLINK_CONFIG=" + self.config)
        self.hardlinkctl("set", "gopher@example.com", "mccahill@example.org",
                         "--permanent")
        self.hardlinkctl("set", "alice@example.com", "alice@example.net",
                         "--for", "30d", "--reason", "sabbatical")
        self.hardlinkctl("set", "bob@example.com", "bob@example.net",
                         "--for", "2s")
        self.bob_returns = time.monotonic() + 2

    def deliver(self, session, address, subject):
        expect_start(session.rcpt(address), b"250 2.1.5 ")
        message = MESSAGE % (address.encode(), subject.encode())
        for reply in session.data(message, 1):
            expect_start(reply, b"250 2.0.0 ")

    def show_mailbox(self, address, subject):
        command = ["doveadm", "-c", self.dovecot.config, "fetch", "-u", address,
                   "mailbox hdr.subject", "all"]
        print("$", shlex.join(command))
        output = self.dovecot.run(*command).stdout.decode()
        print(output, end="")
        expect_part(output, f"hdr.subject: {subject}\n")

    def moved_and_not(self):
        heading("gopher has moved, alice for a time, carol not at all")
        with SpokenLmtp(self.dovecot.socket) as session:
            session.lhlo()
            session.mail()
            expect_all(session.rcpt("gopher@example.com"),
                       b"557 5.2.7 mailbox has moved to "
                       b"<mccahill@example.org>\r\n")
            expect_all(session.rcpt("alice@example.com"),
                       b"558 5.2.8 mailbox has temporarily moved to "
                       b"<alice@example.net>\r\n")
            self.deliver(session, "carol@example.com", "To one who stayed")
            session.cmd("QUIT")
        self.show_mailbox("carol@example.com", "To one who stayed")

    def expired(self):
        heading("bob's two seconds are over: he gets his mail as before")
        # The expiry is a whole second.
        time.sleep(max(0, self.bob_returns - time.monotonic()) + 1)
        with SpokenLmtp(self.dovecot.socket) as session:
            session.lhlo()
            session.mail()
            self.deliver(session, "bob@example.com", "Welcome back")
            session.cmd("QUIT")
        self.show_mailbox("bob@example.com", "Welcome back")

    def afterwards(self):
        heading("What was done, and whether the log is whole")
        history = self.hardlinkctl("history")
        for address in "gopher", "alice", "bob":
            expect_part(history, f"{address}@example.com")
        self.hardlinkctl("verify")

    def run(self):
        try:
            self.set_up()
            self.dovecot.start()
            self.moved_and_not()
            self.expired()
            self.afterwards()
        finally:
            self.dovecot.stop()
            self.modules.remove()
        print("\ndemo: all replies were as expected")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    Demo(*sys.argv[1:]).run()


if __name__ == "__main__":
    main()

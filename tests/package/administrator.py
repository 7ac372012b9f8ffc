"""What an administrator does, and what others then see."""

import contextlib
import os
import signal

from lmtp import Lmtp

OLD, NEW = "old@example.com", "new@example.org"
SET = ["hardlinkctl", "set", OLD, NEW, "--permanent"]
REPLY = f"557 5.2.7 mailbox has moved to <{NEW}>"


def include(tree, *names):
    """The lines in Dovecot's configuration."""
    with open(tree.path("/etc/dovecot/local.conf"), "a", encoding="utf-8") as file:
        for name in names:
            file.write(f"!include_try /usr/share/hardlink/dovecot/{name}.conf\n")


@contextlib.contextmanager
def running(tree, *arguments, socket, user=None):
    """A program, and the path of its socket from outside."""
    process = tree.start(*arguments, user=user)
    try:
        yield tree.wait_for(socket, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        process.wait(60)


def dovecot(tree):
    return running(tree, "dovecot", "-F", socket="/run/dovecot/lmtp")


def rcpt(socket, address):
    with Lmtp(socket) as lmtp:
        lmtp.lhlo()
        return lmtp.ask(address).decode().rstrip()

"""What is forgotten while hardlinkd and lmtp have the store open is in no file
of it any more, and both go on."""

import os

from consent import SET
from mailing import mail_system, mails, start  # noqa: F401
from service import service_pids

OLD, NEW = "old@example.org", "new@example.org"


def holding(server, *words):
    """The files beside the store in which one of these stands."""
    directory = server.hardlinks.directory
    found = set()
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            found.update(name for word in words if word.encode() in data)
    return found


def test_forgotten_while_others_have_it_open(start, mails):
    server = start()
    ctl = server.hardlinks.ctl
    with server.owner() as owner, server.lmtp() as lmtp:
        owner.ok(*SET)
        owner.ok("CONFIRM", "", mails.code()[0])
        assert lmtp.ask(OLD).startswith(b"557 ")
        # what waits for a code has a row of its own
        owner.ok("SET", "", "permanent", "third@example.org", "", "replace")
        assert ctl("forget", OLD, check=False).returncode == 77
        ctl("unset", OLD)
        assert lmtp.ask(OLD).startswith(b"250 ")
        assert holding(server, OLD, NEW, "third@example.org") != set()
        pids = service_pids(server)
        ctl("forget", OLD)
        assert holding(server, OLD, NEW, "third@example.org") == set()
        ctl("verify")
        assert service_pids(server) == pids
        assert lmtp.ask(OLD).startswith(b"250 ")
        mails.empty()
        owner.ok(*SET)
        owner.ok("CONFIRM", "", mails.code()[0])
        assert lmtp.ask(OLD).startswith(b"557 ")
    ctl("verify")

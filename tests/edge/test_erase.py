"""What is forgotten while the milter has the store open is in no file of it any
more, and the milter goes on."""

import os

from conftest import AWAY, MOVED

GONE, TARGET = "bob@example.org", "forgotten@example.net"


def holding(directory, *words):
    found = set()
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            found.update(name for word in words if word.encode() in data)
    return found


def test_forgotten_while_the_milter_has_it_open(edge, smtp):
    hardlinks = edge.hardlinks
    directory = os.path.dirname(hardlinks.store)
    hardlinks.set_permanent(GONE, TARGET)
    smtp.mail()
    assert TARGET.encode() in smtp.rcpt(GONE)
    hardlinks.ctl("unset", GONE)
    assert holding(directory, GONE, TARGET) != set()
    hardlinks.ctl("forget", GONE)
    assert holding(directory, GONE, TARGET) == set()
    assert smtp.rcpt(GONE).startswith(b"250 "), edge.milter.log_text()
    assert smtp.rcpt("old@example.org") == MOVED
    assert smtp.rcpt("away@example.org") == AWAY
    hardlinks.ctl("verify")

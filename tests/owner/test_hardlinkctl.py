"""hardlinkctl lets hardlinkd write, where it runs."""

import re
import shutil

import pytest

from hardlinks import Hardlinks
from harness import PREFIX

OLD, NEW, OTHER = "old@example.org", "new@example.com", "other@example.net"


def masked(text):
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)


@pytest.fixture
def server(start):
    started = start()
    started.hardlinks.configure(admin_socket=started.socket_path(
        "hardlink-admin"))
    return started


def without_a_key(server):
    """Environment with a configuration that can't sign."""
    path = server.hardlinks.path("keyless.conf")
    shutil.copy(server.hardlinks.config, path)
    with open(path, encoding="utf-8") as file:
        text = re.sub("^signing_key = .*", "signing_key = /nowhere/key",
                      file.read(), flags=re.M)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_it_went_through_the_service(server):
    config = without_a_key(server)
    ctl = server.hardlinks.ctl
    assert ctl("-c", config, "set", OLD, NEW, "--permanent").stdout == \
        f"{OLD}: permanent, to {NEW}\n"
    with server.lmtp() as lmtp:
        assert lmtp.ask(OLD).startswith(b"557 5.2.7 ")
    assert ctl("-c", config, "unset", OLD, "--reason", "is back").stdout == \
        f"{OLD}: no hard-link; ended: permanent, to {NEW}\n"
    assert server.dovecot.logged(f"set {OLD} by root")
    assert server.dovecot.logged(f"unset {OLD} by root")
    history = ctl("-f", "tab", "history", OLD).stdout.splitlines()
    assert "\tadmin\troot\t" in history[1] and "is back" in history[1]
    ctl("verify")


COMMANDS = (
    ["set", OLD, NEW, "--permanent", "--reason", "moved\u00e9"],
    ["set", OLD, OTHER, "--permanent"],
    ["set", OLD, OTHER, "--for", "30d", "--replace"],
    # the same again
    ["set", "alice@example.org", NEW, "--permanent"],
    ["set", "Alice@EXAMPLE.org", NEW, "--permanent", "--replace"],
    ["set", NEW, OLD, "--permanent"],
    ["set", OLD, OLD, "--permanent", "--replace"],
    ["set", "bob@example.org", NEW, "--until", "2001-01-31"],
    ["set", "bob@example.org", NEW, "--until", "2001-01-31T10:00:00Z"],
    ["set", "postmaster@example.org", NEW, "--permanent"],
    ["set", "not an address", NEW, "--permanent"],
    ["unset", OLD],
    ["unset", OLD],
    ["unset", "bob@example.org", "--reason", "x" * 5000],
)


@pytest.mark.parametrize("form", ["table", "tab", "json"])
def test_says_the_same_either_way(server, tmp_path, form):
    alone = Hardlinks(tmp_path / "alone", PREFIX)
    for command in COMMANDS:
        direct = alone.ctl("-f", form, *command, check=False)
        served = server.hardlinks.ctl("-f", form, *command, check=False)
        assert served.returncode == direct.returncode, command
        assert masked(served.stdout) == masked(direct.stdout), command
        assert served.stderr == direct.stderr, command
    assert len(server.dovecot.logged("set ", " by root", count=6)) >= 6


def test_another_store_is_written_directly(server, tmp_path):
    alone = Hardlinks(tmp_path / "alone", PREFIX)
    alone.configure(admin_socket=server.socket_path("hardlink-admin"))
    alone.set_permanent(OLD, NEW)
    assert NEW in alone.ctl("lookup", OLD).stdout
    assert server.hardlinks.ctl("lookup", OLD, check=False).returncode == 68


def test_nobody_listens(server):
    server.dovecot.stop()
    server.hardlinks.set_permanent(OLD, NEW)
    assert NEW in server.hardlinks.ctl("lookup", OLD).stdout

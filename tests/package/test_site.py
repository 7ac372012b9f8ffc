"""A new site: install, `hardlinkctl init`, a line in Dovecot's configuration."""

import configparser
import json
import os
import re
import socket
import stat

import pytest

import packages
from administrator import NEW, OLD, REPLY, SET, dovecot, include, rcpt, running


def test_dependency_on_dovecots_abi(start_tree, ready):
    tree = start_tree(ready)
    provided = tree("dpkg-query", "-W", "-f", "${Provides}", "dovecot-core")
    wanted = [relation for relation in packages.relations("dovecot-hardlink")
              if relation.startswith("dovecot-abi-")]
    assert wanted == re.findall(r"dovecot-abi-[^ ,]+", provided)


def doctor(tree):
    said = tree.run("sh", "-c", "hardlinkctl -f json doctor 2>/dev/null").stdout
    return {row["check"]: row["result"] for row in json.loads(said)}


def test_dovecot(tree):
    assert REPLY not in tree("hardlinkctl", "init")
    include(tree, "lmtp")
    with dovecot(tree) as lmtp:
        assert rcpt(lmtp, OLD).startswith("550 ")
        tree(*SET)
        assert rcpt(lmtp, OLD) == REPLY
        assert rcpt(lmtp, "alice").startswith("250 ")
        checks = doctor(tree)
        assert "error" not in checks.values()
        assert checks["lmtp"] == checks["modules"] == "ok"
        tree("hardlinkctl", "unset", OLD)
        assert rcpt(lmtp, OLD).startswith("550 ")
    assert tree("hardlinkctl", "verify").endswith(": verified\n")


def test_doveadm(tree):
    """The module is found where doveadm looks."""
    tree("hardlinkctl", "init")
    tree("doveadm", "hardlink", "set", OLD, NEW, "--permanent")
    assert tree("hardlinkctl", "lookup", OLD) == REPLY + "\n"


def test_nothing_is_active_without_the_line(tree):
    with dovecot(tree) as lmtp:
        assert rcpt(lmtp, "alice").startswith("250 ")
    tree("hardlinkctl", "init")
    tree(*SET)
    with dovecot(tree) as lmtp:
        assert rcpt(lmtp, OLD).startswith("550 ")


def test_dovecot_goes_on_without_the_package(tree):
    tree("hardlinkctl", "init")
    include(tree, "lmtp", "hardlinkd")
    said = tree("dpkg", "--remove", "dovecot-hardlink")
    assert "triggers for dovecot-core" in said
    with dovecot(tree) as lmtp:
        assert rcpt(lmtp, "alice").startswith("250 ")


def owner(tree, name):
    path = tree.path(name)
    users = {line.split(":")[2]: line.split(":")[0] for line in
             tree.path("/etc/passwd").read_text(encoding="utf-8").splitlines()}
    groups = {line.split(":")[2]: line.split(":")[0] for line in
              tree.path("/etc/group").read_text(encoding="utf-8").splitlines()}
    st = os.lstat(path)
    return (users[str(st.st_uid)], groups[str(st.st_gid)],
            stat.S_IMODE(st.st_mode))


def test_owners(tree):
    tree("hardlinkctl", "init")
    tree(*SET)
    for name, wanted in {
            "/etc/hardlink": ("root", "root", 0o755),
            "/etc/hardlink/hardlink.conf": ("root", "root", 0o644),
            "/etc/hardlink/keys": ("root", "root", 0o755),
            "/etc/hardlink/private": ("hardlinkd", "hardlinkd", 0o700),
            "/etc/hardlink/private/signing.key":
                ("hardlinkd", "hardlinkd", 0o600),
            "/var/lib/hardlink": ("hardlinkd", "hardlink", 0o2750),
            "/var/lib/hardlink/hardlink.db": ("hardlinkd", "hardlink", 0o640),
            "/var/lib/hardlink/hardlink.db-wal":
                ("hardlinkd", "hardlink", 0o640),
            "/var/lib/hardlink/hardlink.mark":
                ("hardlinkd", "hardlink", 0o640)}.items():
        assert owner(tree, name) == wanted, name


def test_one_signs_the_other_reads(tree):
    tree("hardlinkctl", "init")
    tree(*SET, user="hardlinkd")
    assert tree("hardlinkctl", "lookup", OLD, user="hardlink") == REPLY + "\n"
    for user, command in ("hardlink", ["unset", OLD]), ("alice", ["list"]):
        assert tree.run("hardlinkctl", *command, user=user).returncode == 77


def test_what_an_administrator_chose_stays(tree):
    tree("groupadd", "vmail")
    tree("chgrp", "vmail", "/var/lib/hardlink")
    tree("dpkg-reconfigure", "hardlinkctl")
    assert owner(tree, "/var/lib/hardlink") == ("hardlinkd", "vmail", 0o2750)


def test_hardlinkd(tree):
    """It runs, may read user database and key, and tells alice that she has no
    address."""
    tree("hardlinkctl", "init")
    include(tree, "lmtp", "hardlinkd")
    with dovecot(tree):
        result = tree.run("mailmove", "status", user="alice")
        assert "alice" in result.stdout and "address" in result.stdout
        assert result.returncode == 77
        checks = doctor(tree)
    # mails need an MTA, which isn't here
    assert {check for check, result in checks.items() if result == "error"} <= \
        {"mail"}
    assert {checks[check] for check in ("service", "sockets", "hardlinkd",
                                        "notice")} == {"ok"}


def test_timer(tree):
    """On, and it waits for a configuration too."""
    assert tree.path("/etc/systemd/system/timers.target.wants/"
                     "hardlink-expire.timer").is_symlink()
    assert unit(tree, "hardlink-expire")["Unit"]["ConditionPathExists"] == \
        "/etc/hardlink/hardlink.conf"
    assert not tree.path("/etc/systemd/system/multi-user.target.wants/"
                         "hardlink-expire.service").is_symlink()


def unit(tree, name):
    for where in "/usr/lib/systemd/system", "/lib/systemd/system":
        path = tree.path(f"{where}/{name}.service")
        if path.exists():
            parser = configparser.RawConfigParser(strict=False)
            parser.optionxform = str
            parser.read_string(path.read_text(encoding="utf-8"))
            return parser
    raise AssertionError(f"no unit {name}")


@pytest.mark.parametrize("name, listens", [
    ("hardlink-milter", "milter-status.sock"), ("hardlink-query", "query.sock")])
def test_edge(tree, name, listens):
    """As its unit says, which waits until there is a configuration."""
    description = unit(tree, name)
    assert description["Unit"]["ConditionPathExists"] == \
        "/etc/hardlink/hardlink.conf"
    wanted = f"/etc/systemd/system/multi-user.target.wants/{name}.service"
    assert tree.path(wanted).is_symlink()
    tree("hardlinkctl", "init")
    tree(*SET)
    service = description["Service"]
    tree("install", "-d", "-o", service["User"], "-g", service["Group"],
         f"/run/{service['RuntimeDirectory']}")
    with running(tree, *service["ExecStart"].split(), "-f",
                 user=service["User"], socket=f"/run/hardlink/{listens}") as path:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(path)
            if name == "hardlink-query":
                client.sendall(f"rcpt/1 <{OLD}>\n".encode())
                assert client.recv(1000).decode().strip() == REPLY
            else:
                assert client.recv(1000)


def test_every_manual_page_and_program_is_in_a_package(tree):
    for page in ("doveadm-hardlink.1", "hardlinkctl.1", "mailmove.1",
                 "hardlink.conf.5", "hardlink-lmtp.7", "hardlink-notice.8",
                 "hardlink-store.5", "hardlinkctl-json.7",
                 "hardlink-exim.7", "hardlink-imap.7", "hardlink-postfix.7",
                 "hardlink-submission.7", "hardlink-milter.8",
                 "hardlink-opensmtpd.8", "hardlink-query.8", "hardlinkd.8"):
        name, section = page.rsplit(".", 1)
        pages = tree("dpkg", "-S", f"/usr/share/man/man{section}/{name}."
                     f"{section}.gz")
        assert pages.count("\n") == 1
    assert tree("/usr/libexec/opensmtpd/hardlink-opensmtpd", "-V")
    assert NEW not in tree("mailmove", "--version")

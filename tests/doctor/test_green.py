"""A whole installation in order, and what doctor prints."""

import hashlib
import os
import time

from site_of_all import AWAY, OLD

ALL = ["config", "dovecot", "service", "keyring", "signing-key", "next-key",
       "directories", "store-files", "store", "file-system", "space", "head",
       "mark", "entries", "clock", "timer", "running", "lmtp-plugin",
       "global-plugins", "modules", "config-path", "reader", "sockets",
       "hardlinkd", "lookup", "notice", "login-plugins", "mail", "lmtp",
       "postfix", "milter", "milter-answers", "non-smtpd-milters", "aliases",
       "exim", "opensmtpd", "lmtp-mode"]


def test_green(site):
    rows = site.rows()
    assert site.wrong(rows) == []
    assert [row["check"] for row in rows] == ALL
    not_looked_at = {row["check"] for row in rows if row["result"] == "skipped"}
    assert not_looked_at - {"clock"} == {"lookup", "milter", "milter-answers",
                                         "exim", "opensmtpd"}


def test_self_test_asks_the_real_server(site):
    seen = len(site.dovecot.log_lines("Connect from local"))
    lmtp = [row for row in site.rows() if row["check"] == "lmtp"]
    assert [row["what"] for row in lmtp] == [
        f"LMTP answers RCPT of {AWAY} with 558 5.2.8 mailbox has temporarily "
        "moved to <here@example.net>"]
    assert len(site.dovecot.logged("Connect from local",
                                   count=seen + 1)) == seen + 1
    assert site.dovecot.mails(AWAY) == site.dovecot.mails(OLD) == []


def test_green_behind_postfix(site):
    with site.behind_postfix() as options:
        rows = site.rows(**options)
        assert site.wrong(rows) == []
        result = {row["check"]: row["result"] for row in rows}
        for check in ("lmtp", "milter", "milter-answers", "aliases",
                      "lmtp-mode"):
            assert result[check] == "ok", rows
        assert site.milter.process.poll() is None
        # a name below the queue's directory, as a chrooted smtpd has it
        os.makedirs(site.front.queue + "/hardlink", exist_ok=True)
        os.symlink(site.milter.socket, site.front.queue + "/hardlink/m")
        for milters in ("unix:hardlink/m", "inet:127.0.0.1:1, "
                        f"{{ unix:{site.milter.socket}, command_timeout=1s }}"):
            site.front.main["smtpd_milters"] = milters
            site.front._write_main()
            site.is_green(**options)


def digests(site):
    """Of all files that are somebody's to write."""
    found = {}
    for folder in "etc", "var":
        for directory, _, files in os.walk(site.path(folder)):
            for name in files:
                path = os.path.join(directory, name)
                # readers register themselves in -shm
                if not name.endswith("-shm"):
                    with open(path, "rb") as file:
                        found[path] = (hashlib.sha256(file.read()).digest(),
                                       os.stat(path).st_mtime_ns)
                else:
                    found[path] = os.stat(path).st_uid
    return found


def test_changes_nothing(site):
    before = digests(site)
    # a file's time says something only if it could have changed
    time.sleep(0.02)
    site.rows()
    assert digests(site) == before


def test_table(site):
    result = site.doctor()
    lines = result.stdout.splitlines()
    assert lines[0] == f"ok       config             {site.hardlinks.config} " \
        "can be read"
    assert lines[-1].startswith("0 errors, ")
    assert len(lines) == len(ALL) + 1
    assert (result.returncode, result.stderr) == (0, "")


def test_tab(site):
    lines = site.doctor("-f", "tab").stdout.splitlines()
    assert lines[0] == "check\tresult\twhat\tmend"
    assert lines[1] == f"config\tok\t{site.hardlinks.config} can be read\t"
    assert len(lines) == len(ALL) + 1


def test_not_as_root(site):
    """It says what it couldn't look at, and calls none of it wrong."""
    result = {}
    for row in site.rows(user=65534, cron=False):
        result.setdefault(row["check"], row)
    assert not [row for row in result.values()
                if row["result"] == "error"], result
    for check in "signing-key", "next-key", "running":
        assert result[check]["result"] == "skipped", result[check]
        assert "only root can" in result[check]["what"]
    assert result["config"]["result"] == "ok"
    assert result["lmtp-plugin"]["result"] == "ok"


def test_no_hardlink_in_force(site):
    """Nothing to ask LMTP for isn't wrong."""
    for old in OLD, AWAY:
        site.hardlinks.ctl("unset", old)
    rows = site.rows(cron=False)
    assert site.wrong(rows) == []
    assert [row["result"] for row in rows if row["check"] == "lmtp"] == \
        ["skipped"]
    site.hardlinks.set_permanent(OLD, "new@example.com")
    site.hardlinks.set_temporary(AWAY, "here@example.net")
    site.is_green()


def test_by_doveadm(site):
    result = site.dovecot.run(
        "doveadm", "-c", site.dovecot.config, "-f", "tab", "hardlink", "doctor",
        "--dovecot-config", site.dovecot.config, "--postfix-config",
        site.apart.directory + "/config", check=False)
    rows = [line.split("\t")
            for line in result.stdout.decode().splitlines()]
    assert [row[0] for row in rows] == ["check", *ALL]
    assert not [row for row in rows if row[1] == "error"], rows
    assert (result.returncode, result.stderr) == (0, b"")

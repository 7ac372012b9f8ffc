"""Dovecot, its plugins and hardlinkd: each planted fault gives its own line."""

import contextlib
import os

import pytest

from dovecot import Dovecot, is_23
from harness import PRELOAD
from site_of_all import AWAY, USERS, mode_of, other_modules, owner_of

LMTP = ("mail_plugins = $mail_plugins lmtp_hardlink" if is_23()
        else "lmtp_hardlink = yes")
NO_LMTP = "" if is_23() else "lmtp_hardlink = no"


@pytest.fixture(autouse=True)
def mended(site):
    yield
    site.is_green()


def test_broken_configuration(site):
    with site.dovecot_config(more="no_such_setting = 1\n") as options:
        site.finds("dovecot", "no_such_setting", **options)


def test_no_plugin(site):
    with site.dovecot_config((LMTP, NO_LMTP)) as options:
        site.finds("lmtp-plugin", "doesn't load lmtp_hardlink",
                   mend="protocol lmtp", **options)


LDA = "protocol lda {\n  %s\n}\n" % (
    "mail_plugins = $mail_plugins lda_hardlink" if is_23()
    else "mail_plugins {\n    lda_hardlink = yes\n  }")


def test_lda(site):
    """Without LMTP, it will do."""
    with site.dovecot_config((LMTP, NO_LMTP), more=LDA) as options:
        site.finds("lmtp-plugin", "what comes by lmtp is delivered",
                   result="warning", **options)
    with site.dovecot_config((LMTP, NO_LMTP), ("protocols = lmtp", "protocols ="),
                             more=LDA) as options:
        site.is_green(**options)


def test_no_lmtp(site):
    with site.dovecot_config(("protocols = lmtp", "protocols =")) as options:
        site.finds("lmtp-plugin", "serves no lmtp", mend="`protocols`",
                   **options)


def test_plugin_for_all(site):
    more = ("mail_plugins = imap_hardlink\n" if is_23()
            else "mail_plugins {\n  imap_hardlink = yes\n}\n")
    with site.dovecot_config(more=more) as options:
        rows = site.wrong(site.rows(**options))
    assert [(row["check"], row["result"]) for row in rows] == \
        [("global-plugins", "error")], rows
    assert "imap_hardlink" in rows[0]["what"]


def without(name):
    return lambda directory: os.unlink(os.path.join(directory, name))


def test_no_module(site):
    with other_modules(without("lib20_lmtp_hardlink_plugin.so")) as options:
        site.finds("modules", "lib20_lmtp_hardlink_plugin.so",
                   "No such file", **options)


def test_no_module_of_a_second_kind(site):
    """In 2.4 doveconf itself knows no hardlink_config without that one."""
    if not is_23():
        name = "settings/lib20_hardlink_settings.so"
        with other_modules(without(name)) as options:
            site.finds("dovecot", "hardlink_config", **options)
        return
    name = "lib20_imap_hardlink_plugin.so"
    more = ("protocol imap {\n  mail_plugins = $mail_plugins imap_hardlink\n"
            "}\n")
    with other_modules(without(name)) as ours, \
            site.dovecot_config(more=more) as options:
        site.finds("modules", name, **ours, **options)


LMTP_MODULE = "lib20_lmtp_hardlink_plugin.so"
DOVEADM_MODULE = "doveadm/lib10_doveadm_hardlink_plugin.so"


def patched(old, new, module=LMTP_MODULE):
    def change(directory):
        path = os.path.join(directory, module)
        with open(path, "rb") as file:
            content = file.read()
        assert old in content
        with open(path, "wb") as file:
            file.write(content.replace(old, new))
    return change


@pytest.mark.parametrize("module", [LMTP_MODULE, DOVEADM_MODULE],
                         ids=["lmtp", "doveadm"])
def test_module_for_another_dovecot(site, module):
    abi = b"2.3.ABIv" if is_23() else b"2.4.ABIv"
    with other_modules(patched(abi, b"2.2.ABIv", module)) as options:
        site.finds("modules", "was built for Dovecot's ABI 2.2.ABIv",
                   mend="built for this Dovecot", **options)


@pytest.mark.parametrize("module", [LMTP_MODULE, DOVEADM_MODULE],
                         ids=["lmtp", "doveadm"])
def test_module_of_another_version(site, module):
    mark = b"hardlink-module-version "
    with other_modules(patched(mark + b"0", mark + b"9", module)) as options:
        site.finds("modules", "is of version 9", "hardlinkctl of",
                   mend="one version", **options)


def test_other_configuration(site):
    with site.dovecot_config((f"hardlink_config = {site.hardlinks.config}",
                              "hardlink_config = /etc/passwd")) as options:
        site.finds("config-path", "read /etc/passwd", mend="hardlink_config",
                   **options)


def test_lmtp_that_cannot_read(site):
    with site.dovecot_config(more="service lmtp {\n  user = mail\n}\n") \
            as options:
        site.finds("reader", "runs as mail", "hardlink.db",
                   mend="extra_groups", **options)


def test_lmtp_in_the_right_group(site):
    with site.dovecot_config(
            more="service lmtp {\n  user = mail\n  extra_groups = nogroup\n}\n"
    ) as options:
        site.is_green(**options)


@pytest.mark.parametrize("name, mode", [
    ("hardlink-admin", 0o666), ("hardlink-admin", 0o660), ("hardlink", 0o600),
    ("hardlink-notice", 0o666), ("auth-hardlink-userdb", 0o666)])
def test_mode_of_a_socket(site, name, mode):
    path = site.dovecot.path(f"run/{name}")
    with mode_of(path, mode):
        site.finds("sockets", path, f"has mode {mode:04o}",
                   mend=f"unix_listener {name} of")


def test_owner_of_a_socket(site):
    with owner_of(site.dovecot.path("run/hardlink-notice"), 0):
        site.finds("sockets", "belongs to root", mend="user = backup")


def test_hardlinkd_elsewhere(site):
    with site.configured(service_socket=site.path("nowhere")):
        site.finds("hardlinkd", site.path("nowhere"), "isn't running",
                   mend="service_socket")


def test_hardlinkd_that_hangs(site):
    """Its socket is there, and behind it one that isn't hardlinkd."""
    with site.configured(service_socket=site.dovecot.path("run/lmtp")):
        site.finds("hardlinkd", "run/lmtp", "isn't hardlinkd")


def test_no_program(site):
    with site.dovecot_config(("hardlink/hardlinkd", "hardlink/hardlinkx")) \
            as options:
        site.finds("service", "hardlinkx\" can't be run", mend="executable",
                   **options)


def test_many_hardlinkds(site):
    with site.dovecot_config(("  process_limit = 1\n  client",
                              "  process_limit = 9\n  client")) as options:
        site.finds("service", "several processes", mend="process_limit = 1",
                   **options)


def test_no_user(site):
    with site.dovecot_config(("hardlink.conf\n  user = backup",
                              "hardlink.conf\n  user = nosuchuser")) as options:
        rows = site.wrong(site.rows(**options))
    assert rows[0]["check"] == "service" and \
        "there is no such user" in rows[0]["what"], rows


def test_hardlinkd_as_root(site):
    with site.dovecot_config(("hardlink.conf\n  user = backup",
                              "hardlink.conf\n  user = root")) as options:
        rows = site.wrong(site.rows(**options))
    assert ("service", "warning") in [(row["check"], row["result"])
                                      for row in rows], rows


def test_no_notice_service(site):
    with open(site.dovecot.config, encoding="ascii") as file:
        text = file.read()
    start = text.index("service hardlink-notice")
    part = text[start:text.index("\nservice", start)]
    with site.dovecot_config((part, "")) as options:
        site.finds("notice", "hardlink-notice isn't a service",
                   mend="service hardlink-notice", **options)


def test_no_sendmail(site):
    with site.configured(sendmail="/nowhere/sendmail -t"):
        site.finds("mail", "/nowhere/sendmail", mend="submission_host")


def test_no_submission_host(site):
    with site.configured(submission_host="127.0.0.1:1"):
        site.finds("mail", "127.0.0.1:1", "Connection refused",
                   mend="submission_host")


def test_imap_without_plugin(site):
    with site.dovecot_config(("protocols = lmtp", "protocols = lmtp imap")) \
            as options:
        site.finds("login-plugins", "protocol imap doesn't load imap_hardlink",
                   result="warning", **options)


def test_not_reloaded(site):
    """What listens is a Dovecot that knows nothing of the plugin yet: only the
    self-test sees that."""
    stale = Dovecot(site.path("stale"), site.modules, plugins=(),
                    preload=PRELOAD)
    stale.set_users({user: "" for user in USERS})
    stale.start()
    more = (f"service lmtp {{\n  unix_listener {stale.socket} {{\n"
            "    mode = 0666\n  }\n  unix_listener lmtp {\n"
            "    mode = 0\n  }\n}\n")
    try:
        with site.dovecot_config(more=more) as options:
            site.finds("lmtp", f"RCPT of {AWAY} with \"250 2.1.5 OK\"",
                       "\"558 5.2.8 mailbox", mend="doveadm reload", **options)
    finally:
        stale.stop()
    assert stale.mails(AWAY) == []


def test_stopped(site):
    """The last one: it ends Dovecot."""
    site.dovecot.stop()
    try:
        # 2.3 was killed before it could
        with contextlib.suppress(FileNotFoundError):
            os.unlink(site.dovecot.path("run/master.pid"))
        site.finds("running", "Dovecot doesn't run", mend="start Dovecot")
    finally:
        site.dovecot.start()

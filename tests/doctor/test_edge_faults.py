"""A Postfix in front: each planted fault gives its own line."""

import os
import socket

import pytest

from site_of_all import OLD


@pytest.fixture(autouse=True)
def mended(site):
    yield
    with site.behind_postfix() as options:
        site.is_green(**options)


def test_no_milter(site):
    with site.behind_postfix(smtpd_milters="inet:127.0.0.1:1") as options:
        site.finds("milter", "doesn't ask hardlink-milter",
                   mend="smtpd_milters", **options)


def test_refusing_without_milter(site):
    with site.behind_postfix(milter_default_action="reject") as options:
        site.finds("milter", "milter_default_action = reject",
                   mend="accept or tempfail", **options)


def test_milter_down(site):
    with site.behind_postfix() as options:
        site.milter.stop()
        site.finds("milter-answers", site.milter.socket,
                   mend="restart hardlink-milter", **options)
        site.milter.start()


def test_local_mail_through_the_milter(site):
    milters = {"non_smtpd_milters": f"unix:{site.milter.socket}"}
    with site.behind_postfix(**milters) as options:
        site.finds("non-smtpd-milters", "stick in the queue", **options)


def test_reply_behind_the_queue(site):
    with site.behind_postfix() as options, site.configured(lmtp="reply"):
        site.finds("lmtp-mode", "`lmtp = reply`", mend="lmtp = deliver",
                   **options)


def test_deliver_without_an_edge(site):
    with site.configured(lmtp="deliver"):
        site.finds("lmtp-mode", "nothing on this machine", result="warning",
                   mend="lmtp = reply")


def test_broken_main_cf(site):
    with site.behind_postfix() as options:
        with open(site.front.directory + "/config/main.cf", "a",
                  encoding="ascii") as file:
            file.write("this is no setting\n")
        site.finds("postfix", "main.cf", result="error", **options)


class Mta:
    """A configuration of another MTA in /usr/local/etc, for a while, and what
    doctor() wants for it."""

    def __init__(self, site, path, text):
        self.site = site
        self.command = [
            "sh", "-euc", "mount -t tmpfs tmpfs /usr/local/etc && "
            'mkdir -p "/usr/local/etc/$(dirname "$1")" && '
            'printf "%s\\n" "$2" >"/usr/local/etc/$1" && '
            'shift 2 && exec "$@"', "sh", path, text]

    def wrap(self, rest):
        return self.site.modules.wrap([*self.command, *rest])


def test_exim(site):
    exim = Mta(site, "exim/configure", "hardlink_socket = /run/x")
    query = site.path("query.sock")
    with site.configured(lmtp="deliver", query_socket=query):
        site.finds("exim", query, "No such file", mend="hardlink-query",
                   modules=exim)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(query)
            listener.listen(8)
            site.is_green(modules=exim)
            with site.configured(lmtp="reply"):
                site.finds("lmtp-mode", "`lmtp = reply`", modules=exim)
        os.unlink(query)


def test_exim_without_us(site, tmp_path):
    program = tmp_path / "exim4"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    site.finds("exim", "doesn't ask hardlink-query", result="warning",
               mend="hardlink-exim(7)",
               modules=Mta(site, "exim/configure", "# hardlink is wanted"),
               environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})


def test_opensmtpd(site, tmp_path):
    ours = Mta(site, "smtpd.conf",
               "filter moved proc-exec 'hardlink-opensmtpd'")
    site.finds("lmtp-mode", "`lmtp = reply`", modules=ours)
    with site.configured(lmtp="deliver"):
        site.is_green(modules=ours)
    program = tmp_path / "smtpctl"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    site.finds("opensmtpd", "doesn't have the filter", result="warning",
               modules=Mta(site, "smtpd.conf", "listen on lo"),
               environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})


@pytest.mark.parametrize("count", [1, 5, 7])
def test_aliases(site, count):
    before = "info@example.org alice@example.org\n"
    site.set_aliases(before + "".join(
        f"a{i}@example.org alice@example.org, {OLD}\n" for i in range(count)))
    with site.behind_postfix() as options:
        rows = site.finds("aliases", f"leads to {OLD}", result="warning",
                          count=min(count, 6), mend="new address", **options)
    if count > 5:
        assert "2 more aliases" in rows[-1]["what"]
    site.set_aliases(before)

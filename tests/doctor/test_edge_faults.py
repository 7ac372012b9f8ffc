"""A Postfix in front: each planted fault gives its own line."""

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

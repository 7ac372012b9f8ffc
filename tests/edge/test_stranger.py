"""A stranger's Postfix sends to ours, which has the milter and in front of whose
queue nothing is lost; behind it a real Dovecot that delivers (lmtp = deliver)."""

import os
import sqlite3
import sys
import time
from types import SimpleNamespace

import pytest

from conftest import AWAY, MOVED, PRELOAD, USERS, Edge
from dovecot import Dovecot
from postfix import Stranger, inline
from smtp import Smtp

sys.path.append(os.path.join(os.path.dirname(__file__), "../cli"))
from writer import Writer  # noqa: E402  pylint: disable=wrong-import-position

ANNA = "anna@example.net"
ALICE, OLD, GONE = (f"{name}@example.org" for name in ("alice", "old", "away"))
MAILBOXES = [user for user in USERS if user.isascii() and '"' not in user]
MAIL = "Subject: {0}\nX-Anna: {0}\n\nDear you,\n{0} it is.\n"


class Site(Edge):
    """Stranger, Postfix with the milter, Dovecot."""

    def __init__(self, modules, stranger=(), **options):
        self.dovecot = self.stranger = None
        super().__init__(milter_settings={"lmtp": "deliver"}, **options)
        try:
            self.dovecot = Dovecot(f"{self.directory}/dovecot", modules,
                                   self.hardlinks.config, preload=PRELOAD)
            self.dovecot.set_users(dict.fromkeys(MAILBOXES, ""))
            self.dovecot.start()
            self.postfix.set(virtual_transport=f"lmtp:unix:{self.dovecot.socket}")
            self.stranger = Stranger(f"{self.directory}/stranger", [ANNA],
                                     self.postfix.port, **dict(stranger))
            self.stranger.start()
        except BaseException:
            self.remove()
            raise

    def remove(self):
        if self.stranger is not None:
            self.stranger.stop()
        if self.dovecot is not None:
            self.dovecot.stop()
        super().remove()

    def send(self, subject, *recipients):
        self.stranger.sendmail(ANNA, *recipients, text=MAIL.format(subject))

    def copies(self, user, subject):
        """How often a user of ours has that mail."""
        return sum(b"\nX-Anna: %s\n" % subject.encode() in mail.replace(b"\r", b"")
                   for mail in self.dovecot.mails(user))

    def bounces(self, subject):
        """Those that answer that mail."""
        return [bounce for bounce in self.stranger.bounces(ANNA)
                if bounce.get_payload(2).get_payload(0)["Subject"] == subject]

    def wait_until_done(self, subject, delivered=(), bounced=0):
        """Of that mail nothing is under way any more, on either side. Those have
        it, once, and no other; there are as many bounces."""
        deadline = time.monotonic() + 30
        while not (all(self.copies(user, subject) for user in delivered) and
                   len(self.bounces(subject)) >= bounced):
            assert time.monotonic() < deadline, \
                self.stranger.log_text()[-3000:] + self.postfix.log_text()[-3000:]
            time.sleep(0.05)
        self.stranger.wait_for_empty_queue()
        self.postfix.wait_for_empty_queue()
        self.stranger.wait_for_empty_queue()
        assert {user: self.copies(user, subject) for user in MAILBOXES
                if self.copies(user, subject)} == dict.fromkeys(delivered, 1)
        bounces = self.bounces(subject)
        assert len(bounces) == bounced
        return bounces[0] if bounces else None


@pytest.fixture(scope="module")
def site(modules):
    shared = Site(modules, virtual_alias_maps=inline(
        {"info@example.org": OLD, "team@example.org": f"{ALICE} {OLD}",
         "@example.org": ALICE, **{user: user for user in (
             ALICE, OLD, GONE, "bob@example.org", "postmaster@example.org")}}))
    try:
        yield shared
        assert "bounced" not in shared.postfix.log_text()
        shared.milter.stop()
    finally:
        shared.remove()


@pytest.fixture
def start_site(modules):
    sites = []

    def start(**options):
        sites.append(Site(modules, **options))
        return sites[-1]

    yield start
    for started in sites:
        started.remove()


def check_bounce(bounce, subject, recipient, status, reply):
    """What the human reads, what a program reads, and the mail itself."""
    assert bounce["To"] == ANNA
    human, report, original = bounce.get_payload()
    words = " ".join(human.get_payload().split())
    assert f"<{recipient}>: host " in words
    assert f" said: {reply} (in reply to RCPT TO command)" in words
    _, *recipients = report.get_payload()
    assert len(recipients) == 1
    fields = {name: " ".join(value.split())
              for name, value in recipients[0].items()}
    assert fields["Final-Recipient"] == f"rfc822; {recipient}"
    assert fields["Action"] == "failed" and fields["Status"] == status
    assert fields["Diagnostic-Code"] == f"smtp; {reply}"
    assert original.get_content_type() == "message/rfc822"
    mail = original.get_payload(0)
    assert mail["X-Anna"] == subject
    assert mail.get_payload() == f"Dear you,\n{subject} it is.\n"


@pytest.mark.parametrize("recipient, status, reply", [
    (OLD, "5.2.7", MOVED), (GONE, "5.2.8", AWAY)])
def test_bounce(site, recipient, status, reply):
    """The stranger's own server makes it; ours takes nothing."""
    site.send(status, recipient)
    check_bounce(site.wait_until_done(status, bounced=1), status, recipient,
                 status, reply.decode().rstrip())


def test_long_target(site):
    """Nothing of the address is lost in a bounce's folded lines."""
    new = "n" * 64 + "@" + ".".join(["d" * 60] * 3) + ".exam"
    site.hardlinks.set_permanent("long@example.org", new)
    site.send("long", "long@example.org")
    check_bounce(site.wait_until_done("long", bounced=1), "long",
                 "long@example.org", "5.2.7",
                 f"557 5.2.7 mailbox has moved to <{new}>")


def test_moved_and_plain(site):
    """In one mail: one is delivered, the other one bounces, once."""
    site.send("mixed", ALICE, OLD)
    check_bounce(site.wait_until_done("mixed", [ALICE], bounced=1), "mixed", OLD,
                 "5.2.7", MOVED.decode().rstrip())


@pytest.mark.parametrize("alias, users", [
    ("info", [OLD]), ("team", [ALICE, OLD]), ("whatever", [ALICE])])
def test_alias(site, alias, users):
    """Who wrote to an alias never wrote to the one who has moved: delivered."""
    site.send(alias, f"{alias}@example.org")
    site.wait_until_done(alias, users)
    assert site.ask(OLD) == MOVED


def test_postmaster(site):
    """Never a redirect (RFC 5321 section 4.5.1), not even if the log has one."""
    writer = Writer(SimpleNamespace(
        database=site.hardlinks.store,
        key=site.hardlinks.path("private/signing.key")))
    # who writes keeps it open, as the milter can't make the -shm
    database = sqlite3.connect(site.hardlinks.store)
    database.execute("SELECT count(*) FROM sqlite_schema")
    for address in "postmaster@example.org", "bob@example.org":
        writer.state(address, current="permanent", current_new="new@example.com")
    assert site.ask("bob@example.org") == MOVED
    for address in ("postmaster", "Postmaster", "postmaster@example.org",
                    "PostMaster+x@example.org", '"postmaster"@EXAMPLE.org'):
        assert site.ask(address).startswith(b"250 2.1.5 "), address
    site.send("postmaster", "Postmaster@example.org")
    site.wait_until_done("postmaster", ["postmaster@example.org"])
    database.close()


def test_callout(site):
    """A server that verifies recipients or senders by asking ours hears what it
    would hear at RCPT, and leaves nothing behind."""
    delivered = len(site.dovecot.mails(ALICE))
    site.stranger.set(smtpd_recipient_restrictions="reject_unverified_recipient",
                      smtpd_sender_restrictions="reject_unverified_sender",
                      # the first one waits for the result
                      address_verify_poll_count="20",
                      address_verify_poll_delay="1s")
    with Smtp(site.stranger.address) as client:
        client.ehlo()
        for sender, recipient, moved in (
                (ANNA, OLD, True), (ANNA, ALICE, False), (OLD, ALICE, True),
                (ALICE, ALICE, False)):
            client.mail(sender)
            reply = client.rcpt(recipient)
            # 450 is unverified_recipient_reject_code's default
            assert reply.startswith(b"450 " if moved else b"250 "), reply
            assert (b" said: " + MOVED.rstrip() + b" (in reply to RCPT TO"
                    in reply) == moved
            client.cmd("RSET")
    site.stranger.wait_for_empty_queue()
    site.postfix.wait_for_empty_queue()
    assert len(site.dovecot.mails(ALICE)) == delivered
    # it was a probe that was refused, not a mail
    assert f"from=<double-bounce@mail.example.net> to=<{OLD}>" in \
        site.postfix.log_text()


def stop_milter(site):
    site.milter.kill()
    return site.milter.start


def remove_store(site):
    store = site.hardlinks.store
    os.rename(store, store + ".away")
    return lambda: os.rename(store + ".away", store)


@pytest.mark.parametrize("trouble", [stop_milter, remove_store])
def test_trouble_loses_nothing(start_site, trouble):
    """Deferred, mail waits at the stranger's, and goes its way afterwards."""
    site = start_site(milter_default_action="tempfail")
    mend = trouble(site)
    site.send("waiting", ALICE, OLD)
    deadline = time.monotonic() + 30
    while "status=deferred" not in site.stranger.log_text():
        assert time.monotonic() < deadline, site.stranger.log_text()[-3000:]
        time.sleep(0.1)
    assert not site.dovecot.mails(ALICE) and not site.stranger.mails(ANNA)
    mend()
    while "queue is empty" not in site.stranger.queued():
        assert time.monotonic() < deadline, site.stranger.log_text()[-3000:]
        site.stranger.flush()
        time.sleep(1)
    check_bounce(site.wait_until_done("waiting", [ALICE], bounced=1), "waiting",
                 OLD, "5.2.7", MOVED.decode().rstrip())


def test_milter_down_accept(start_site):
    """By the shipped default, mail flows, to the old mailbox."""
    site = start_site()
    site.milter.kill()
    site.send("flowing", ALICE, OLD)
    site.wait_until_done("flowing", [ALICE, OLD])
    assert not site.stranger.mails(ANNA)

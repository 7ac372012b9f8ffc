"""dovecot-lda with lda_hardlink."""

import os

import pytest

from dovecot import LDA, MAIL_UID, is_23
from harness import Server
from test_trouble import missing, no_configuration

MESSAGE = b"From: sender@example.net\nSubject: test\n\nhello\n"


@pytest.fixture(scope="module")
def server(modules):
    # sendmail_path: a mail of its own would leave a trace here
    config = "sendmail_path = /bin/false\n"
    if not is_23():
        config += ("sieve_script personal {\n  path = ~/sieve\n"
                   "  active_path = ~/.dovecot.sieve\n}\n")
    with_lda = Server(modules, lda_plugins=["sieve"], config=config)
    try:
        with_lda.hardlinks.set_permanent("old@example.org", "new@example.com")
        with_lda.hardlinks.set_temporary("away@example.org", "here@example.net")
        # dovecot-lda looks up as the mailbox's user
        with_lda.hardlinks.open_to(MAIL_UID)
        yield with_lda
    finally:
        with_lda.remove()


def deliver(server, *arguments):
    return server.dovecot.run(LDA, "-c", server.dovecot.config, *arguments,
                              user_input=MESSAGE, check=False)


PERMANENT = b"557 5.2.7 mailbox has moved to <new@example.com>\n"
TEMPORARY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\n"


@pytest.mark.parametrize("options", [(), ("-e",)], ids=["", "-e"])
@pytest.mark.parametrize("address, line", [
    ("old@example.org", PERMANENT), ("away@example.org", TEMPORARY)])
def test_refused(server, options, address, line):
    result = deliver(server, "-d", address, *options)
    assert (result.returncode, result.stderr) == (77, line)
    assert server.dovecot.mails(address) == []
    assert server.dovecot.log_lines("sendmail") == []


def test_target_beyond_ascii(server):
    """Nobody can ask dovecot-lda for SMTPUTF8."""
    server.hardlinks.set_permanent("dave@example.org", "Ren\u00e9e@example.com")
    server.hardlinks.open_to(MAIL_UID)
    result = deliver(server, "-d", "dave@example.org")
    assert (result.returncode, result.stderr) == \
        (77, b"550 5.1.6 mailbox has moved\n")


def test_final_recipient(server):
    result = deliver(server, "-d", "alice@example.org", "-r",
                     "old+x@example.org")
    assert (result.returncode, result.stderr) == (77, PERMANENT)


def test_user_behind_an_alias(server):
    result = deliver(server, "-d", "old@example.org", "-a",
                     "info@example.org")
    assert (result.returncode, result.stderr) == (77, PERMANENT)


def test_before_sieve(server):
    """A script can't keep what is refused."""
    home = server.dovecot.path("mail/old@example.org")
    os.makedirs(home, exist_ok=True)
    with open(f"{home}/.dovecot.sieve", "w", encoding="ascii") as file:
        file.write('require "fileinto"; fileinto "INBOX";\n')
    for path in home, f"{home}/.dovecot.sieve":
        os.chown(path, MAIL_UID, MAIL_UID)
    result = deliver(server, "-d", "old@example.org")
    assert (result.returncode, result.stderr) == (77, PERMANENT)
    assert server.dovecot.mails("old@example.org") == []


def test_others_are_delivered(server):
    before = len(server.dovecot.mails("alice@example.org"))
    result = deliver(server, "-d", "alice@example.org")
    assert (result.returncode, result.stderr) == (0, b"")
    assert len(server.dovecot.mails("alice@example.org")) == before + 1
    assert deliver(server, "-d", "nobody@example.org").returncode == 67


def test_target_is_not_logged(server):
    deliver(server, "-d", "old@example.org")
    assert server.dovecot.logged("rejected: hard-linked (557 5.2.7)")
    assert server.dovecot.log_lines("new@example.com") == []


@pytest.mark.parametrize("trouble", [missing, no_configuration],
                         ids=["store", "configuration"])
def test_trouble_defers(server, trouble):
    with trouble(server.hardlinks):
        result = deliver(server, "-d", "bob@example.org", "-e")
        assert (result.returncode, result.stderr) == \
            (75, b"Temporary internal error\n")
    assert server.dovecot.mails("bob@example.org") == []
    assert server.dovecot.logged("lda(", "Error: Can't")


def test_trouble_delivers_if_told_so(server):
    server.hardlinks.configure(on_error="deliver")
    server.hardlinks.open_to(MAIL_UID)
    with missing(server.hardlinks):
        assert deliver(server, "-d", "carol@example.org").returncode == 0
    assert len(server.dovecot.mails("carol@example.org")) == 1
    server.hardlinks.configure(on_error="tempfail")

"""Internationalised addresses."""

import pytest

from conftest import MOVED

UTF8 = "SMTPUTF8"
TARGET = "557 5.2.7 mailbox has moved to <Ren\u00e9e@example.com>\r\n".encode()
UNTOLD = b"550 5.1.6 mailbox has moved\r\n"


def ask(smtp, address, *parameters):
    reply = smtp.cmd(" ".join(["MAIL FROM:<s@example.net>", *parameters]))
    assert reply.startswith(b"250 "), reply
    reply = smtp.rcpt(address)
    assert smtp.cmd("RSET").startswith(b"250 ")
    return reply


@pytest.fixture(scope="module")
def moved(edge):
    edge.hardlinks.set_permanent("international@example.org",
                                 "Ren\u00e9e@example.com")
    return "international@example.org"


def test_target(smtp, moved):
    """Told to who asked for SMTPUTF8 in this very transaction."""
    for parameters, reply in (
            ([UTF8], TARGET), ([], UNTOLD), (["BODY=8BITMIME"], UNTOLD),
            (["BODY=8BITMIME", "smtputf8"], TARGET), ([], UNTOLD)):
        assert ask(smtp, moved, *parameters) == reply
    smtp.cmd("HELO client.example.net")
    assert ask(smtp, moved) == UNTOLD


def test_temporary_target(edge, smtp):
    edge.hardlinks.set_temporary("strange@example.org",
                                 "\u7528\u6237@example.com")
    assert ask(smtp, "strange@example.org") == b"550 5.2.0 mailbox has moved\r\n"
    assert ask(smtp, "strange@example.org", UTF8) == (
        "558 5.2.8 mailbox has temporarily moved to "
        "<\u7528\u6237@example.com>\r\n").encode()


def test_others_are_unaffected(smtp, moved):
    smtp.mail()
    assert smtp.rcpt(moved) == UNTOLD
    assert smtp.rcpt("alice@example.org").startswith(b"250 2.1.5 ")
    assert smtp.rcpt("old@example.org") == MOVED


def test_what_lookup_says(edge, smtp, moved):
    for parameters, options in ([], []), ([UTF8], ["--smtputf8"]):
        said = edge.hardlinks.ctl("lookup", *options, moved).stdout
        assert ask(smtp, moved, *parameters) == \
            said.replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def jose(edge):
    edge.hardlinks.set_permanent("jos\u00e9@example.org", "new@example.com")


# Postfix folds other letters than ours do; it takes each for a recipient.
@pytest.mark.parametrize("local_part", [
    "jos\u00e9", "JOS\u00e9", "jose\u0301", "jos\u00e9+x", '"jos\u00e9"'])
def test_old(smtp, jose, local_part):
    """In any normalisation, however it is spelt."""
    assert ask(smtp, f"{local_part}@example.org", UTF8) == MOVED


@pytest.mark.parametrize("local_part", ["jos\u00c9", "jos\u00ea", "jose"])
def test_not_old(smtp, jose, local_part):
    assert ask(smtp, f"{local_part}@example.org", UTF8).startswith(b"250 2.1.5 ")


def test_bytes_that_are_no_utf8(smtp, jose):
    """Whatever Postfix says to them, nobody's new address."""
    smtp.cmd(f"MAIL FROM:<s@example.net> {UTF8}")
    smtp.send(b"RCPT TO:<jos\xe9@example.org>\r\n")
    assert b"new@" not in smtp.reply()

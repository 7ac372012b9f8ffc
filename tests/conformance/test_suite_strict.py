"""The conformance suite finds what is wrong with a server."""

import contextlib
import os
import socket
import sys
import threading

import pytest

import servers

sys.path.insert(0, os.path.dirname(servers.PROGRAM))

# pylint: disable=wrong-import-position
from hlconform import strict  # noqa: E402
from hlconform.cases import CASES  # noqa: E402
from hlconform.links import LINKS  # noqa: E402

MOVED = b"557 5.2.7 mailbox has moved to <Permanent.New@example.com>\r\n"


class Scripted:
    """An LMTP server that answers RCPT and VRFY with these very bytes."""

    def __init__(self, rcpt, vrfy=b"252 2.5.2 perhaps\r\n"):
        self.replies = {b"LHLO": b"250-scripted\r\n250 PIPELINING\r\n",
                        b"MAIL": b"250 2.1.0 fine\r\n", b"RCPT": rcpt,
                        b"VRFY": vrfy, b"QUIT": b"221 2.0.0 bye\r\n"}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"lmtp:127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        """Twice: the suite looks first whether somebody is there."""
        for _ in range(2):
            with contextlib.suppress(OSError):
                self._serve_one(self.listener.accept()[0])

    def _serve_one(self, connection):
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 scripted\r\n")
            for line in stream:
                stream.write(self.replies[line[:4].upper()])

    def run(self, case):
        with self.listener:
            return servers.suite(self.address, "--domain", "example.org",
                                 "--timeout", "1", case)


def test_right_replies_pass():
    result = Scripted(MOVED).run("permanent")
    assert (result.returncode, result.stdout.splitlines()[0],
            result.stdout.splitlines()[-1]) == \
        (0, "pass   permanent", "1 passed, 0 failed")


@pytest.mark.parametrize("reply", [
    b"557 5.2.7 <hlc-permanent@example.org> mailbox has moved to "
    b"<Permanent.New@example.com>\r\n",
    MOVED.replace(b"\r\n", b" or <other@example.com>\r\n"),
    MOVED.replace(b"Permanent.New", b"permanent.new"),
    MOVED.replace(b"5.2.7 ", b""), MOVED.replace(b"5.2.7", b"5.2.8"),
    MOVED.replace(b"557", b"551"), MOVED.replace(b"557", b"557-"),
    MOVED.replace(b"\r\n", b"\n"), MOVED.replace(b"\r\n", b" \r\n"),
    MOVED.replace(b"<", b"").replace(b">", b""),
    b"557 mailbox has moved to <Permanent.New@example.com> (X.2.7)\r\n",
    b"557-5.2.7 mailbox\r\n557 5.2.7 has moved to "
    b"<Permanent.New@example.com>\r\n",
    b"558 5.2.8 mailbox has temporarily moved to "
    b"<Permanent.New@example.com>\r\n",
    b"451 4.3.0 Temporary internal error\r\n", b"250 2.1.5 OK\r\n",
    MOVED + MOVED])
def test_wrong_replies_fail(reply):
    result = Scripted(reply).run("permanent")
    assert result.returncode == 1, result.stdout
    assert result.stdout.startswith("FAIL   permanent: ")
    assert result.stdout.endswith("\n0 passed, 1 failed\n")


@pytest.mark.parametrize("case, rcpt, vrfy", [
    ("unknown", b"550 5.1.1 try permanent.new@example.com\r\n", b""),
    ("unknown", b"550 5.1.1 says boss@example.net\r\n", b""),
    ("unknown", b"550 5.2.7 somewhere\r\n", b""),
    ("unknown", b"550-5.1.1 no\r\n551 5.1.1 no\r\n", b""),
    ("vrfy-tells-no-more", b"", b"251 User not local\r\n"),
    ("vrfy-tells-no-more", b"", b"252 <Permanent.New@example.com>\r\n")])
def test_what_gives_away_fails(case, rcpt, vrfy):
    result = Scripted(rcpt, vrfy).run(case)
    assert result.returncode == 1 and "FAIL" in result.stdout, result.stdout


def test_nobody_there_fails():
    result = servers.suite("lmtp:unix:/nowhere/lmtp", "--domain", "example.org",
                           "permanent")
    assert (result.returncode, result.stdout) == (1, "")
    assert "can't connect" in result.stderr


@pytest.mark.parametrize("arguments", [
    [], ["lmtp:/path", "--domain", "example.org"], ["smtp:host:25"],
    ["smtp:host:25", "--domain", "example.org", "no-such-case"],
    ["smtp:host:25", "--domain", "example.org", "--user", "x"],
    ["smtp:host:25", "--domain", "EXAMPLE.org"],
    ["smtp:host:25", "--domain", "example.org", "--long-domain", "short"]])
def test_wrong_usage(arguments):
    result = servers.suite(*arguments)
    assert result.returncode == 64 and result.stdout == "" and result.stderr


@pytest.mark.parametrize("mailbox", [
    b"a@b.example", b'"a b"@example.com', b'"\\"\\\\"@example.com',
    b"x" * 64 + b"@example.com", "jos\u00e9@example.com".encode(),
    b"!#$%&'*+-/=?^_`{|}~@example.com"])
def test_mailboxes(mailbox):
    reply = b"557 5.2.7 mailbox has moved to <%s>\r\n" % mailbox
    assert strict.parse_redirect(reply) == mailbox.decode()


@pytest.mark.parametrize("mailbox", [
    b"", b"a", b"@example.com", b"a@", b"a b@example.com", b"a..b@example.com",
    b".a@example.com", b'"a@example.com', b'"a"@example.com', b'""@example.com',
    b'"a\\b c"@example.com', b"a@Example.com", b"a@-b.example", b"a@b..example",
    b"a@[192.0.2.1]", b"a@example.com,b@example.com", b"a@b@example.com",
    b"@relay.example:a@example.com", b"a@b\xc3\xbc.example", b"\xff@example.com",
    b"a\t@example.com", b"x" * 65 + b"@example.com",
    b"x" * 60 + b"@" + b"y." * 95 + b"comm"])
def test_what_is_no_mailbox(mailbox):
    with pytest.raises(strict.Malformed):
        strict.parse_redirect(
            b"557 5.2.7 mailbox has moved to <%s>\r\n" % mailbox)


def test_folded():
    """At a blank, and never within the address."""
    start, end = b"558-5.2.8 mailbox has temporarily moved to\r\n558 5.2.8 ", \
        b"<first.middle.last@department.site.example.com>\r\n"
    for reply, status in ((start + end, 0), (start + b"to " + end, 1),
                          (start.replace(b"558 5.2.8", b"558 5.2.7") + end, 1),
                          (start + end.replace(b".site", b".\r\n558 5.2.8 "), 1)):
        result = Scripted(reply).run("middling-target-temporary")
        assert result.returncode == status, result.stdout


def test_the_table():
    """No name twice, no line that isn't the notation's, and each hard-link is
    asked for."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 60
    groups = [group for case in CASES for protocol in ("lmtp", "smtp")
              for group in case.groups(protocol, {})]
    assert all(group.replies for group in groups)
    text = "".join(case.text for case in CASES)
    assert [link.old for link in LINKS
            if f"<{link.old}>" not in text] == []

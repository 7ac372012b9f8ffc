"""A Dovecot whose submission service has submission_hardlink, with a real
Postfix as its relay, and a client that logs in there."""

import os
import smtplib
import ssl
import sys

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../edge"))

# pylint: disable=wrong-import-position
from certificate import NAME, Certificate  # noqa: E402
from dovecot import is_23  # noqa: E402
from ports import free_port  # noqa: E402
from postfix import Postfix  # noqa: E402
from service import OwnerServer  # noqa: E402

# Whose mailboxes the relay has.
RECIPIENTS = [f"{name}@example.com" for name in (
    "new", "here", "plain", "other", "two", "three", "four", "five")] + [
        f"{name}@example.org" for name in ("alice", "bob", "carol", "old")]

CONFIG = """
protocols = lmtp submission
listen = 127.0.0.1
hostname = mx.example.org
service submission-login {{
  inet_listener submission {{
    port = {port}
  }}
  inet_listener submissions {{
    port = 0
  }}
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
protocol submission {{
  {plugins}
}}
"""


def submission_config(port, relay, plugin=True):
    """Lines of dovecot.conf."""
    name = "submission_hardlink"
    plugins = (f"mail_plugins = $mail_plugins {name}" if is_23() else
               f"mail_plugins {{\n    {name} = yes\n  }}")
    return CONFIG.format(port=port, relay=relay,
                         plugins=plugins if plugin else "")


class SubmissionServer(OwnerServer):
    """without_service: hardlinkd isn't configured; prepare_hardlinks: called
    before the store is hardlinkd's"""

    def __init__(self, modules, relay_settings=(), without_service=False,
                 prepare_hardlinks=None, **options):
        self.port = free_port()
        self.without_service = without_service
        self.prepare_hardlinks = prepare_hardlinks
        self.relay = self.certificate = None
        self.relay_settings = dict(relay_settings)
        super().__init__(modules, **options)

    def more_config(self):
        """At this point its directory is there, and nothing else."""
        self.certificate = Certificate(self.directory)
        self.relay = Postfix(
            f"{self.directory}/relay", "", RECIPIENTS, **{
                "virtual_mailbox_domains": "example.org example.com",
                "mynetworks": "127.0.0.0/8", **self.relay_settings})
        self.relay.start()
        return (("" if self.without_service else super().more_config()) +
                self.certificate.dovecot_config() +
                submission_config(self.port, self.relay.port))

    def prepare(self):
        if self.prepare_hardlinks is not None:
            self.prepare_hardlinks(self.hardlinks)
        super().prepare()

    def wait_until_up(self):
        if not self.without_service:
            super().wait_until_up()
        self.dovecot.wait_for_port(self.port)

    def login(self, user="alice@example.org"):
        session = Session(self, user)
        self.clients.append(session)
        return session

    def relayed(self, recipient, count=1):
        """The mails in the relay's mailbox, once nothing is on its way."""
        self.relay.wait_for_mails(recipient, count)
        self.relay.wait_for_empty_queue()
        return self.relay.mails(recipient)

    def remove(self):
        # first: it's told by its configuration, which goes with the directory
        if self.relay is not None:
            self.relay.stop()
        super().remove()


class Session:
    """One login."""

    def __init__(self, server, user=None):
        context = ssl.create_default_context(cafile=server.certificate.path)
        self.smtp = smtplib.SMTP("127.0.0.1", server.port, timeout=60,
                                 local_hostname="client.example.net")
        # who is asked for in TLS, and has to be in the certificate
        self.smtp._host = NAME  # pylint: disable=protected-access
        self.smtp.starttls(context=context)
        self.smtp.ehlo()
        if user is not None:
            self.smtp.login(user, "secret")
            self.smtp.ehlo()

    @property
    def socket(self):
        """What is closed; a socket alone stays open with its file."""
        return self.smtp

    def ask(self, command):
        """(code, [line without code, …])"""
        code, text = self.smtp.docmd(command)
        return code, text.decode().split("\n")

    def xhardlink(self, arguments):
        return self.ask(f"XHARDLINK {arguments}")

    def ok(self, arguments):
        """The pairs of a reply, as a list."""
        code, lines = self.xhardlink(arguments)
        assert code == 250, lines
        assert all(line.startswith("2.0.0 ") for line in lines), lines
        return [tuple(line.removeprefix("2.0.0 ").split("=", 1))
                for line in lines[:-1]]

    def state(self, arguments):
        return dict(self.ok(arguments))

    def fail(self, arguments):
        """"550 5.7.1", of the one line that there is"""
        code, lines = self.xhardlink(arguments)
        assert code >= 400 and len(lines) == 1, lines
        return f"{code} {lines[0].split(' ')[0]}"

    def line(self, command):
        """A reply of one line, all of it."""
        code, lines = self.ask(command)
        assert len(lines) == 1, lines
        return f"{code} {lines[0]}"

    def mail(self, sender="alice@example.org"):
        assert self.line(f"MAIL FROM:<{sender}>").startswith("250 ")

    def rcpt(self, address, parameters=""):
        return self.line(f"RCPT TO:<{address}>{parameters}")

    def data(self, subject):
        code, text = self.smtp.data(
            f"Subject: {subject}\r\n\r\nhello\r\n".encode())
        assert code == 250, text

    def pipelined(self, *commands):
        """The replies of one line each."""
        self.smtp.send("".join(f"{command}\r\n" for command in commands))
        return [self.reply() for _ in commands]

    def reply(self):
        code, text = self.smtp.getreply()
        return f"{code} {text.decode('ascii')}"

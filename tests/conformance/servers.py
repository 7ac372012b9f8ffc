"""The servers that the conformance suite is run against, with what it wants
prepared in each. They are made of the starters in tests/e2e and tests/edge."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from certificate import Certificate
from dovecot import is_23
from exim_server import exim_query
from harness import PREFIX, Server
from hardlinks import Hardlinks
from milter import Milter
from opensmtpd_server import opensmtpd_filter
from ports import free_port
from postfix import Postfix
from sasl import Sasl
from submission_server import submission_reply

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "suite/hardlink-conformance")
DOMAIN = "example.org"
IDN_DOMAIN = "xn--bcher-kva.example.org"
IDN_DOMAIN_UTF8 = "b\u00fccher.example.org"
LONG_DOMAIN = ".".join(["l" * 63, "l" * 63, "l" * 49, DOMAIN])
USER = "alice@example.org"


def suite(*arguments):
    """Runs the program; its result."""
    return subprocess.run([sys.executable, PROGRAM, *arguments], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


@dataclass
class Site:
    """A directory for everything, a certificate, and what the suite wants."""
    directory: str
    domains: tuple = (DOMAIN, IDN_DOMAIN, IDN_DOMAIN_UTF8, LONG_DOMAIN)
    user: str = USER
    prepared: list = field(default_factory=lambda: [
        "--domain", DOMAIN, "--idn-domain", IDN_DOMAIN,
        "--long-domain", LONG_DOMAIN, "--utf8"])

    def __post_init__(self):
        certificate = Certificate(self.directory)
        self.certificate = certificate.path
        self.key = certificate.key
        self.dovecot_tls = certificate.dovecot_config()
        self.password = f"{self.directory}/password"
        with open(self.password, "w", encoding="ascii") as file:
            file.write("secret\n")

    def wanted(self, what):
        result = suite(*self.prepared, "--list", what)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    def prepare(self, hardlinks):
        path = hardlinks.path("links.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.wanted("links")))
        hardlinks.ctl("set", "--from", path)
        for address in self.wanted("withdrawn"):
            hardlinks.ctl("unset", address)
        # the shortest of them have to end
        time.sleep(2)

    def run(self, server, *options):
        """The suite's result; its record is in DIRECTORY/record."""
        return suite(server, *self.prepared, "--ca", self.certificate,
                     "--tls-name", "mx.example.org", "--record",
                     f"{self.directory}/record", *options)


@contextlib.contextmanager
def site():
    with tempfile.TemporaryDirectory(prefix="hardlink-suite.") as directory:
        os.chmod(directory, 0o755)
        yield Site(directory)


def dovecot_config(place):
    """TLS and, where there is that, SMTPUTF8."""
    return place.dovecot_tls + ("" if is_23() else
                                "mail_utf8_extensions = yes\n")


@contextlib.contextmanager
def dovecot(place, modules, **options):
    server = Server(modules, **options)
    try:
        place.prepare(server.hardlinks)
        yield server
    finally:
        server.remove()


@contextlib.contextmanager
def lmtp_direct(place, modules):
    users = {address: "" for address in place.wanted("mailboxes")}
    with dovecot(place, modules, users=users,
                 config=dovecot_config(place)) as server:
        yield f"lmtp:unix:{server.dovecot.socket}", []


@contextlib.contextmanager
def lmtp_proxy(place, modules):
    """In front of a Dovecot that knows nothing of hard-links."""
    mailboxes = place.wanted("mailboxes")
    port = free_port()
    listener = (f"listen = 127.0.0.1\nservice lmtp {{\n  inet_listener backend "
                f"{{\n    port = {port}\n  }}\n}}\n")
    fields = f"proxy=y host=127.0.0.1 port={port} nopassword=y protocol=lmtp"
    with dovecot(place, modules, plugins=(), config=listener,
                 users={address: "" for address in mailboxes}), \
            dovecot(place, modules, users=dict.fromkeys(mailboxes, fields),
                    config="lmtp_proxy = yes\n" +
                    dovecot_config(place)) as proxy:
        yield f"lmtp:unix:{proxy.dovecot.socket}", []


def regexp_map(path, addresses):
    """A map of Postfix's in which these are, with any detail; a special
    character in one means just itself."""
    with open(path, "w", encoding="utf-8") as file:
        for number, address in enumerate(addresses):
            local_part, domain = (re.escape(part).replace("/", r"\/")
                                  for part in address.rsplit("@", 1))
            file.write(f"/^{local_part}(\\+.*)?@{domain}$/ box{number}/\n")
    return f"regexp:{path}"


@contextlib.contextmanager
def postfix_milter(place, _modules):
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="hardlink-suite."))
        os.chmod(directory, 0o755)
        hardlinks = Hardlinks(f"{directory}/hardlink", PREFIX)
        place.prepare(hardlinks)
        milter = Milter(directory, hardlinks, PREFIX)
        milter.start()
        stack.callback(milter.stop)
        sasl = Sasl(f"{directory}/auth")
        stack.callback(sasl.stop)
        postfix = Postfix(
            f"{directory}/postfix", f"unix:{milter.socket}", [],
            virtual_mailbox_domains=" ".join(place.domains),
            virtual_mailbox_maps=regexp_map(f"{directory}/recipients",
                                            place.wanted("recipients")),
            smtpd_tls_security_level="may",
            smtpd_tls_cert_file=place.certificate,
            smtpd_tls_key_file=place.key,
            smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
            smtpd_sasl_path=f"{directory}/auth",
            # as it is by default
            smtpd_error_sleep_time="0", smtpd_soft_error_limit="10",
            smtpd_hard_error_limit="20")
        stack.callback(postfix.stop)
        postfix.start()
        yield (f"smtp:127.0.0.1:{postfix.port}",
               ["--user", place.user, "--password-file", place.password])


def submission(place, modules):
    return submission_reply(place, modules, regexp_map)


SERVERS = {"lmtp-direct": lmtp_direct, "lmtp-proxy": lmtp_proxy,
           "postfix-milter": postfix_milter, "exim-query": exim_query,
           "opensmtpd-filter": opensmtpd_filter,
           "submission-reply": submission}

"""OpenSMTPD with hardlink-opensmtpd, for servers.py."""

import contextlib
import os
import sys
import tempfile

from hardlinks import Hardlinks
from harness import PREFIX
from sink import Sink

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../edge-opensmtpd"))

# pylint: disable=wrong-import-position
from opensmtpd import Opensmtpd, has_tls, without_tls  # noqa: E402,F401
from ports import free_port  # noqa: E402


def domains_of(prepared):
    return [prepared[place + 1] for place, word in enumerate(prepared)
            if word.endswith("domain")]


@contextlib.contextmanager
def opensmtpd_filter(place, _modules):
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="hardlink-suite."))
        os.chmod(directory, 0o755)
        hardlinks = Hardlinks(f"{directory}/hardlink", PREFIX)
        place.prepare(hardlinks)
        sink = Sink(f"{directory}/sink")
        stack.callback(sink.stop)
        port = free_port()
        listener = (f"listen on 127.0.0.1 port {port} hostname mx.example.org "
                    "tls pki mx.example.org auth-optional <passwords> "
                    "filter edge\n")
        if not has_tls():
            listener = without_tls(listener).replace(
                " auth-optional <passwords>", "")
        smtpd = Opensmtpd(
            f"{directory}/smtpd",
            f"{PREFIX}/libexec/opensmtpd/hardlink-opensmtpd", hardlinks,
            # it takes no others
            [address for address in place.wanted("recipients")
             if address.isascii() and not address.startswith('"')],
            sink=f"{directory}/sink", domains=domains_of(place.prepared),
            listeners=listener, certificate=(place.certificate, place.key))
        stack.callback(smtpd.stop)
        smtpd.start()
        yield (f"smtp:127.0.0.1:{port}",
               ["--user", "alice@example.org", "--password-file",
                place.password] if has_tls() else ["--no-tls"])

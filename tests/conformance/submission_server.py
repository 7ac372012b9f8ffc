"""Dovecot's submission service with `submission = reply`, in front of a Postfix
that has the mailboxes."""

import contextlib
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../owner"))

# pylint: disable=wrong-import-position
from submission import SubmissionServer  # noqa: E402

# What Dovecot's relay client (2.3.19, 2.4.1) can't do, with or without the
# plugin, whoever the recipients are: it panics, or sends MAIL twice.
FAULTS = {"hello-twice", "pipelined-two-transactions",
          "pipelined-behind-the-message"}


@contextlib.contextmanager
def submission_reply(place, modules, recipients_map):
    """recipients_map: makes a map of Postfix's from a path and addresses"""
    settings = {
        "virtual_mailbox_domains": " ".join(place.domains),
        "virtual_mailbox_maps": recipients_map(
            f"{place.directory}/submission-recipients",
            place.wanted("mailboxes")),
    }
    server = SubmissionServer(modules, relay_settings=settings,
                              settings={"submission": "reply"},
                              prepare_hardlinks=place.prepare,
                              users={place.user: ""})
    try:
        yield (f"smtp:127.0.0.1:{server.port}",
               ["--user", place.user, "--password-file", place.password,
                "--ca", server.certificate.path, "--login-always",
                *[case for case in place.wanted("cases")
                  if case not in FAULTS]])
    finally:
        server.remove()

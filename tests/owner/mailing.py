"""Fixtures of the tests that mail codes."""

import contextlib

import pytest

from consent import ConsentServer, MailSystem


@pytest.fixture(scope="module")
def mail_system():
    system = MailSystem()
    yield system
    system.remove()


@pytest.fixture
def mails(mail_system):
    """The same, empty."""
    mail_system.sendmail.does = "deliver"
    mail_system.sendmail.calls.clear()
    mail_system.empty()
    return mail_system


@pytest.fixture
def start(modules, mails):
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = ConsentServer(modules, mails.sendmail.path, **options)
            stack.callback(started.remove)
            return started

        yield start_server

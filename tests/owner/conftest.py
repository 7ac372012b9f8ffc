"""Owners' self-service: hardlinkd in a real Dovecot. Wants what tests/e2e
wants."""

import contextlib
import os
import sys

import pytest

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../e2e"))

# pylint: disable=wrong-import-position,unused-import
from harness import modules, pytest_configure  # noqa: E402,F401
from service import OwnerServer  # noqa: E402
from submission import SubmissionServer  # noqa: E402


@pytest.fixture
def start(modules):  # noqa: F811
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = OwnerServer(modules, **options)
            stack.callback(started.remove)
            return started

        yield start_server


@pytest.fixture(scope="module")
def start_submission(modules):  # noqa: F811
    """The same with submission_hardlink; they end with the tests of a file."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = SubmissionServer(modules, **options)
            stack.callback(started.remove)
            return started

        yield start_server

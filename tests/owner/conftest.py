"""Owners' self-service: hardlinkd in a real Dovecot. Wants what tests/e2e
wants."""

import contextlib
import os
import sys

import pytest

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../e2e"))

# pylint: disable=wrong-import-position,unused-import
from dovecot import Modules  # noqa: E402
from harness import MODULEDIR, PRELOAD, pytest_configure  # noqa: E402,F401
from service import OwnerServer  # noqa: E402
from submission import SubmissionServer  # noqa: E402


@pytest.fixture(scope="session")
def modules():
    merged = Modules(MODULEDIR)
    if PRELOAD:
        # hardlink-notice runs doveadm with no environment, and so without the
        # sanitizer's runtime
        merged.leave_out("doveadm/lib10_doveadm_hardlink_plugin.so")
    yield merged
    merged.remove()


@pytest.fixture
def start(modules):
    """Starts servers that end with the test."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = OwnerServer(modules, **options)
            stack.callback(started.remove)
            return started

        yield start_server


@pytest.fixture(scope="module")
def start_submission(modules):
    """The same with submission_hardlink; they end with the tests of a file."""
    with contextlib.ExitStack() as stack:
        def start_server(**options):
            started = SubmissionServer(modules, **options)
            stack.callback(started.remove)
            return started

        yield start_server

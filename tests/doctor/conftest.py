"""hardlinkctl doctor in a whole installation: Dovecot with hardlinkd, a milter,
Postfix's configuration. Wants what tests/e2e and tests/edge want."""

import os
import sys

import pytest

for folder in "e2e", "owner", "edge", "cli":
    sys.path.insert(1, os.path.join(os.path.dirname(__file__), "..", folder))

# pylint: disable=wrong-import-position,unused-import
from harness import modules, pytest_configure  # noqa: E402,F401
from site_of_all import Site  # noqa: E402


@pytest.fixture(scope="module")
def site(modules):  # noqa: F811
    """One for all tests of a file; each mends what it breaks."""
    whole = Site(modules)
    yield whole
    whole.remove()

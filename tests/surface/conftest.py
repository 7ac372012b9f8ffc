"""What the programs show: manual pages, completion, output in every format,
errors. Wants `make install` and, beside it, tests/cli."""

import os
import pathlib
import sys
import tempfile

import pytest

sys.path.insert(1, os.path.join(os.path.dirname(__file__), "../cli"))

# pylint: disable=wrong-import-position
from ctl import Ctl  # noqa: E402
from programs import PREFIX  # noqa: E402


def pytest_configure():
    if not PREFIX:
        pytest.exit("say in HARDLINK_PREFIX where `make install` went", 1)


@pytest.fixture(scope="module")
def store():
    """One for a file's tests that don't change it."""
    with tempfile.TemporaryDirectory(prefix="hardlink-surface.") as directory:
        yield Ctl(pathlib.Path(directory) / "hardlink").init()

import pathlib
import tempfile

import pytest

from ctl import PROGRAM, Ctl


def pytest_configure():
    if not PROGRAM:
        pytest.exit("say in HARDLINKCTL where hardlinkctl is, or in "
                    "HARDLINK_PREFIX where `make install` went", 1)


@pytest.fixture
def tmp_path():
    """Not pytest's own, whose paths are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="hardlink-cli.") as directory:
        yield pathlib.Path(directory)


@pytest.fixture
def ctl(tmp_path):
    """An empty store of its own."""
    return Ctl(tmp_path / "hardlink").init()

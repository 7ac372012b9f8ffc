import os
import pathlib
import tempfile

import pytest

from ctl import PROGRAM, Ctl


def pytest_configure(config):
    config.addinivalue_line("markers", "long: with HARDLINK_FULL=1 only")
    if not PROGRAM:
        pytest.exit("say in HARDLINKCTL where hardlinkctl is, or in "
                    "HARDLINK_PREFIX where `make install` went", 1)


def pytest_collection_modifyitems(config, items):
    if not os.environ.get("HARDLINK_FULL"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture
def tmp_path():
    """Not pytest's own, whose paths are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="hardlink-cli.") as directory:
        yield pathlib.Path(directory)


@pytest.fixture
def ctl(tmp_path):
    """An empty store of its own."""
    return Ctl(tmp_path / "hardlink").init()

import pytest

from ctl import PROGRAM, Ctl


def pytest_configure():
    if not PROGRAM:
        pytest.exit("say in HARDLINKCTL where hardlinkctl is, or in "
                    "HARDLINK_PREFIX where `make install` went", 1)


@pytest.fixture
def ctl(tmp_path):
    """An empty store of its own."""
    return Ctl(tmp_path / "hardlink").init()

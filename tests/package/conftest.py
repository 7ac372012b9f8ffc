"""The packages, installed on a bare Debian. Mounts: start it in a mount
namespace of its own, as root."""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

for folder in "../cli", "../e2e":
    sys.path.insert(1, os.path.join(os.path.dirname(__file__), folder))

# pylint: disable=wrong-import-position
import packages  # noqa: E402
from tree import Tree  # noqa: E402

BARE = os.environ.get("HARDLINK_BARE_TREE")
collect_ignore = [] if os.environ.get("HARDLINK_FULL") else ["test_readme.py"]


def pytest_configure():
    if not BARE or not packages.DIRECTORY.name:
        pytest.exit("say in HARDLINK_BARE_TREE and HARDLINK_PACKAGES where a "
                    "bare Debian and the packages are", 1)


@pytest.fixture(scope="session")
def grow():
    """Makes trees that end with the tests."""
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="hl."))
        stack.callback(shutil.rmtree, directory)

        def grow_on(lowers):
            tree = Tree(tempfile.mkdtemp(dir=directory), lowers)
            stack.callback(tree.freeze)
            return tree

        yield grow_on


@pytest.fixture(scope="session")
def bare():
    return BARE


@pytest.fixture(scope="session")
def ready(grow):
    """A bare Debian with Dovecot and what the packages depend on, and a user.
    """
    tree = grow([BARE])
    # none of it has to survive a loss of power
    tree.path("/etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n",
                                                           encoding="utf-8")
    shutil.copy("/etc/resolv.conf", tree.path("/etc/resolv.conf"))
    tree("apt-get", "-q", "update")
    tree("apt-get", "-qy", "--no-install-recommends", "satisfy",
         ", ".join([*packages.foreign_relations(), "dovecot-lmtpd"]))
    tree("apt-get", "clean")
    tree("useradd", "--create-home", "alice")
    return tree.freeze()


@pytest.fixture(scope="session")
def installed(grow, ready):
    tree = grow(ready)
    packages.install(tree, map(packages.built, packages.NAMES))
    return tree.freeze()


@pytest.fixture(scope="session")
def older(grow, ready):
    """With packages of an earlier version, in use."""
    tree = grow(ready)
    with tempfile.TemporaryDirectory() as directory:
        packages.make_older(directory)
        packages.install(tree, pathlib.Path(directory).iterdir())
    return tree.freeze()


@pytest.fixture
def start_tree(grow):
    with contextlib.ExitStack() as stack:
        def start(lowers):
            tree = grow(lowers)
            stack.callback(tree.remove)
            return tree

        yield start


@pytest.fixture
def tree(start_tree, installed):
    return start_tree(installed)

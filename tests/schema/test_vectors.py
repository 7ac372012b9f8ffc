"""The second implementation against the vectors, and against real stores.

With HARDLINKCTL (the program's path) or HARDLINK_PREFIX (where it is installed)
in the environment, stores that it makes must verify, and be answered from, as
it says itself.
"""
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schema"
VECTORS = SCHEMA / "vectors"
sys.path.insert(0, str(SCHEMA))

import hlcheck  # noqa: E402

HARDLINKCTL = os.environ.get("HARDLINKCTL") or shutil.which(
    "hardlinkctl", path=os.pathsep.join(
        os.path.join(os.environ.get("HARDLINK_PREFIX", "/nonexistent"), part)
        for part in ("bin", "sbin")))
needs_hardlinkctl = pytest.mark.skipif(
    not HARDLINKCTL, reason="no hardlinkctl")


def run(*args, code=0):
    done = subprocess.run([str(arg) for arg in args], capture_output=True,
                          text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def check(*args, code=0):
    return run(sys.executable, SCHEMA / "hlcheck.py", *args, code=code)


def test_vectors_are_decided_as_they_say():
    assert check("vectors", VECTORS).endswith(" vectors: as expected\n")


def test_every_element_has_good_and_bad_vectors():
    files = {path.stem for path in VECTORS.glob("*.json")}
    assert files == set(hlcheck.CHECKS)
    for name in files - {"merkle", "state"}:
        vectors = json.loads((VECTORS / (name + ".json")).read_text())["vectors"]
        assert {vector["accept"] for vector in vectors} == {True, False}, name


def test_a_wrong_vector_is_noticed(tmp_path):
    text = (VECTORS / "mark-order.json").read_text()
    for place, (old, new) in enumerate([('"accept": true', '"accept": false'),
                                        ('"accept": false', '"accept": true')]):
        path = tmp_path / str(place)
        path.mkdir()
        (path / "mark-order.json").write_text(text.replace(old, new, 1))
        assert "mark-order.json: head: " in check("vectors", path, code=65)


def test_generator_writes_the_same_bytes(tmp_path):
    run(sys.executable, SCHEMA / "make-vectors.py", tmp_path)
    names = sorted(path.name for path in VECTORS.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    _, differing, errors = filecmp.cmpfiles(VECTORS, tmp_path, names,
                                            shallow=False)
    assert not differing + errors


def test_usage_and_missing_store(tmp_path):
    check(code=64)
    check("store", tmp_path / "none.db", "--keyring", tmp_path, code=65)


class Store:
    """What `hardlinkctl init --dir` made."""

    def __init__(self, path):
        self.path = path
        self.ctl("init", "--dir", path, config=False)
        settings = dict(
            [part.strip() for part in line.split("=", 1)]
            for line in (path / "hardlink.conf").read_text().splitlines()
            if "=" in line and not line.startswith("#"))
        self.db = settings["store"].split(":", 1)[1]
        self.keyring = settings["keyring"]
        self.mark = settings.get("mark") or self.only("*mark*")

    def only(self, pattern):
        found = list(self.path.rglob(pattern))
        assert len(found) == 1, found
        return found[0]

    def ctl(self, *args, code=0, config=True):
        where = ["-c", self.path / "hardlink.conf"] if config else []
        return run(HARDLINKCTL, *where, *args, code=code)

    def checked(self, code=0):
        return check("store", self.db, "--keyring", self.keyring, "--mark",
                     self.mark, code=code)

    def answer(self, address):
        return check("answer", self.db, "--keyring", self.keyring, "--mark",
                     self.mark, address, int(time.time())).strip()

    def assert_same_answer(self, address, expected):
        """expected: the reply's beginning, or `none`."""
        assert self.answer(address).startswith(expected)
        if expected == "none":
            assert "55" not in self.ctl("lookup", address, code=68)
        else:
            assert self.ctl("lookup", address).strip() == self.answer(address)


@pytest.fixture(name="store")
def make_store(tmp_path):
    return Store(tmp_path / "try")


@needs_hardlinkctl
def test_real_store_verifies_and_answers(store):
    assert store.checked() == "1 entries: verified\n"
    store.ctl("set", "a@example.org", "b@example.net", "--permanent")
    store.ctl("set", "C.d@Example.org", "New@example.net", "--for", "30d",
              "--reason", "Üben macht frei von Fehlern")
    store.ctl("set", '"john doe"@example.org', '"j d"@example.net',
              "--permanent")
    store.ctl("set", "u@bücher.example", "!x@example.net", "--permanent")
    store.ctl("set", "!key@example.org", "x@example.net", "--permanent")
    store.ctl("extend", "c.d@example.org", "--for", "10d")
    store.ctl("set", "a@example.org", "c@example.net", "--permanent",
              "--replace")
    store.ctl("set", "gone@example.org", "x@example.net", "--permanent")
    store.ctl("unset", "gone@example.org")
    assert store.checked() == "10 entries: verified\n"
    store.ctl("verify")
    store.assert_same_answer("A+tag@EXAMPLE.org",
                             "557 5.2.7 mailbox has moved to <c@example.net>")
    store.assert_same_answer("c.D@example.org", "558 5.2.8 mailbox has "
                             "temporarily moved to <New@example.net>")
    store.assert_same_answer('"john doe"@example.org', "557 ")
    store.assert_same_answer("u@xn--bcher-kva.example", "557 ")
    store.assert_same_answer("!key@example.org", "557 ")
    store.assert_same_answer("gone@example.org", "none")
    store.assert_same_answer("nobody@example.org", "none")


@needs_hardlinkctl
def test_real_store_after_expiry_and_sweep(store):
    store.ctl("set", "a@example.org", "b@example.net", "--for", "5s")
    store.assert_same_answer("a@example.org", "558 ")
    time.sleep(6)
    store.assert_same_answer("a@example.org", "none")
    store.ctl("expire")
    assert store.checked() == "3 entries: verified\n"
    store.assert_same_answer("a@example.org", "none")


@needs_hardlinkctl
def test_real_store_after_recover(store, tmp_path):
    store.ctl("set", "a@example.org", "b@example.net", "--permanent")
    store.ctl("backup", tmp_path / "copy.db")
    store.ctl("set", "a@example.org", "c@example.net", "--permanent",
              "--replace")
    store.ctl("recover", "--from", tmp_path / "copy.db", "--accept-loss")
    assert store.checked() == "3 entries: verified\n"
    store.assert_same_answer("a@example.org",
                             "557 5.2.7 mailbox has moved to <b@example.net>")


@needs_hardlinkctl
def test_real_store_of_a_batch(store, tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("".join(
        '{"old": "u%d@example.org", "new": "v%d@example.net",'
        ' "permanent": true}\n' % (i, i) for i in range(300)))
    store.ctl("set", "--from", lines)
    assert store.checked() == "301 entries: verified\n"
    store.assert_same_answer("u299@example.org", "557 ")

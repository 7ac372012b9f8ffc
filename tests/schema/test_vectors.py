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

    def origin(self):
        return hlcheck.read_store(self.db).origin

    def actor(self):
        return json.loads(self.ctl("-f", "json", "history"))[-1]["actor"]

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


def proof(store, *args, code=0):
    return check("proof", *args, "--keyring", store.keyring, code=code)


@needs_hardlinkctl
def test_real_proofs_are_accepted(store, tmp_path):
    """Of every entry in trees of many sizes; from the command to the checker."""
    path = tmp_path / "proof"
    for size in range(2, 20):
        store.ctl("set", "u%d@example.org" % size, "New@example.net",
                  "--permanent")
        for seq in range(2, size + 1):
            if size < 10 or seq in (2, size // 2, size - 1, size):
                path.write_text(store.ctl("proof", "u%d@example.org" % seq),
                                encoding="utf-8")
                assert proof(store, path).startswith(
                    "proven: log %s held this as entry %d when it had %d "
                    "entries\n" % (store.origin(), seq, size))
    key, = pathlib.Path(store.keyring).iterdir()
    assert check("proof", path, "--key", key).splitlines()[3:] == [
        "  address: u19@example.org", "  held then: permanent, to "
        "New@example.net", "  actor: " + store.actor(),
        "not proven: that no other entry of the address came later"]


@needs_hardlinkctl
def test_proof_after_rotation_and_erasure(store, tmp_path):
    path = tmp_path / "proof"
    store.ctl("set", "a@example.org", "b@example.net", "--permanent")
    store.ctl("set", "a@example.org", "c@example.net", "--permanent",
              "--replace")
    store.ctl("key", "rotate")
    store.ctl("proof", "a@example.org", path, "--seq", "2")
    assert "held then: permanent, to b@example.net\n" in proof(store, path)
    store.ctl("prune", "--before", "2999-01-01")
    # the proof is out of the store's reach, see FORMAT.md section 12
    proof(store, path)
    store.ctl("proof", "a@example.org", "--seq", "2", code=68)
    path.write_text(store.ctl("proof", "a@example.org"), encoding="utf-8")
    assert "held then: permanent, to c@example.net\n" in proof(store, path)


@needs_hardlinkctl
def test_every_changed_byte_of_a_proof_is_refused(store, tmp_path):
    for number in range(4):
        store.ctl("set", "u%d@example.org" % number, "x@example.net",
                  "--permanent", "--reason", "\u00fcber")
    keyring = hlcheck.read_keyring(store.keyring)
    good = store.ctl("proof", "u1@example.org").encode()
    hlcheck.proof(good, keyring)
    for place, byte in enumerate(good):
        for other in {byte ^ 1 << bit for bit in range(8)} | {0x0a, 0x20}:
            if other == byte:
                continue
            bad = good[:place] + bytes([other]) + good[place + 1:]
            with pytest.raises(hlcheck.Refused):
                hlcheck.proof(bad, keyring)
        for bad in (good[:place], good[:place] + good[place + 1:],
                    good[:place] + good[place:place + 1] + good[place:]):
            with pytest.raises(hlcheck.Refused):
                hlcheck.proof(bad, keyring)
    path = tmp_path / "proof"
    path.write_bytes(good[:-2])
    proof(store, path, code=65)
    check("proof", path, code=64)

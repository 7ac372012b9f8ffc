"""The filter in front of the store: made on the way, and by command."""

import glob
import os
import stat

import pytest

from ctl import CONFIG, TEMP, Ctl, json_lines


def filters(ctl):
    return glob.glob(ctl.path("*.filter*"))


@pytest.fixture
def ctl(tmp_path):
    ctl = Ctl(tmp_path / "hardlink")
    ctl.init()
    return ctl


def test_made_by_a_change(ctl):
    assert not filters(ctl)
    ctl("set", "old@example.com", "new@example.org", "--permanent")
    [path] = filters(ctl)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert os.stat(path).st_uid == os.stat(ctl.database).st_uid


def test_by_command(ctl):
    ctl("set", "old@example.com", "new@example.org", "--permanent")
    [path] = filters(ctl)
    before = os.stat(path).st_ino
    said = ctl.json("filter")
    # the first entry is about a key
    assert said == {"keys": 2}
    assert filters(ctl) == [path]
    assert os.stat(path).st_ino != before
    ctl.is_verified()


def test_a_batch_makes_room(ctl):
    ctl("set", "first@example.com", "new@example.org", "--permanent")
    [path] = filters(ctl)
    small = os.path.getsize(path)
    links = [{"old": f"old{i}@example.com", "new": "new@example.org",
              "permanent": True} for i in range(40000)]
    ctl("set", "--from", "-", input=json_lines(*links))
    assert os.path.getsize(path) > small
    assert ctl("lookup", "old39999@example.com").startswith("557 ")
    assert ctl.run("lookup", "old40000@example.com").returncode == 68


def test_none_wanted(ctl):
    with open(ctl.config, encoding="utf-8") as file:
        text = file.read()
    with open(ctl.config, "w", encoding="utf-8") as file:
        file.write(text.replace(f"filter_dir = {ctl.directory}",
                                "filter_dir ="))
    ctl("set", "old@example.com", "new@example.org", "--permanent")
    assert not filters(ctl)
    ctl.fails(CONFIG, "filter", says="wants no filter")


def test_no_place(ctl):
    with open(ctl.config, encoding="utf-8") as file:
        text = file.read()
    with open(ctl.config, "w", encoding="utf-8") as file:
        file.write(text.replace(f"filter_dir = {ctl.directory}",
                                "filter_dir = /proc/nowhere/filter"))
    ctl("set", "old@example.com", "new@example.org", "--permanent")
    ctl.fails(TEMP, "filter", says="/proc/nowhere/filter")

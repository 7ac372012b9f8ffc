"""The systemd timer and its service: they parse, are as closed as they are said
to be, and the service can do its work. And the line for cron."""

import os
import re
import subprocess

from ctl import PROGRAM, shifted

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
UNITS = PREFIX + "/lib/systemd/system"
SERVICE, TIMER = (f"{UNITS}/hardlink-expire.{kind}"
                  for kind in ("service", "timer"))


def analyze(*arguments):
    result = subprocess.run(["systemd-analyze", *arguments], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    assert result.returncode == 0, result.stdout
    return result.stdout


def read(path):
    """A prefix may have been given with .. in it."""
    with open(path, encoding="utf-8") as file:
        return re.sub(r"/[^/\s]+/\.\./", "/", file.read())


def settings(name):
    return re.findall(rf"^{name}=(.*)$", read(SERVICE), re.M)


def test_settings_are_known(tmp_path):
    for unit in SERVICE, TIMER:
        copy = tmp_path / os.path.basename(unit)
        copy.write_text(read(unit))
        # Elsewhere nothing of systemd runs, and there's no manual page.
        text = analyze("verify", "--man=no", copy)
        assert "Unknown" not in text and "hardlink-expire" not in text, text


def test_time():
    when, = re.findall("^OnCalendar=(.*)$", read(TIMER), re.M)
    assert "Next elapse" in analyze("calendar", when)


def test_exposure():
    text = analyze("security", "--offline=true", SERVICE)
    exposure = re.search(r"Overall exposure level.*: ([0-9.]+)", text)
    # It is root, with few of its rights.
    assert float(exposure.group(1)) <= 2.5, text


def test_its_rights_suffice(ctl):
    """For the store of another user: hardlinkd's."""
    assert settings("ExecStart") == [f"{PREFIX}/bin/hardlinkctl expire"]
    ctl("set", "old@example.com", "new@example.org", "--for", "1h")
    ctl("set", "off@example.com", "new@example.org", "--for", "1h")
    for directory, _, files in os.walk(ctl.directory):
        for name in files:
            if not name.endswith((".conf", ".pub")):
                os.chown(os.path.join(directory, name), 34, 34)
    for name in ctl.directory, ctl.path("private"):
        os.chown(name, 34, 34)
        os.chmod(name, 0o700)
    rights, = settings("CapabilityBoundingSet")
    bounds = ",".join(["-all"] + [right.lower().replace("cap_", "+")
                                  for right in rights.split()])
    result = subprocess.run(
        ["setpriv", "--bounding-set", bounds, "--inh-caps=-all",
         "--no-new-privs", PROGRAM, "expire"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
        env=ctl.environment(HARDLINK_CONFIG=ctl.config, **shifted("+2h")))
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 closed" in result.stdout
    assert {os.stat(ctl.path(name)).st_uid for name in os.listdir(ctl.directory)
            if name.startswith("hardlink.") and name != "hardlink.conf"} == {34}
    ctl.is_verified()


def test_line_for_cron():
    text = read(f"{PREFIX}/share/doc/hardlink/examples/hardlink-expire.cron")
    lines = [line.split() for line in text.splitlines()
             if not line.startswith("#")]
    assert lines == [["17", "3", "*", "*", "*", "root",
                      f"{PREFIX}/bin/hardlinkctl", "expire"]]

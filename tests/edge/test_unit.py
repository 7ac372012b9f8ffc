"""The systemd unit: it parses, and it is as closed as it is said to be."""

import os
import re
import subprocess

UNIT = os.environ.get("HARDLINK_PREFIX", "") + \
    "/lib/systemd/system/hardlink-milter.service"


def analyze(*arguments):
    result = subprocess.run(["systemd-analyze", *arguments, UNIT], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_exposure():
    text = analyze("security", "--offline=true")
    exposure = re.search(r"Overall exposure level.*: ([0-9.]+)", text)
    assert float(exposure.group(1)) <= 1.5, text


def test_settings_are_known():
    # Elsewhere nothing of systemd runs, and there's no manual page to be found.
    assert "Unknown" not in analyze("verify", "--man=no")

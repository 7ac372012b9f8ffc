"""From nothing: the lines of README.md, on a system that has nothing else. Long,
so with HARDLINK_FULL=1 only."""

import pathlib
import re
import shutil

from administrator import OLD, REPLY, SET, dovecot, rcpt

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def lines():
    """The first block of commands behind that heading."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^### Debian packages\n.*?\n\n((?:    [^\n]*\n)+)", text,
                      re.M | re.S).group(1)
    return [line.strip() for line in block.splitlines()]


def test_readme(start_tree, bare):
    tree = start_tree([bare])
    shutil.copy("/etc/resolv.conf", tree.path("/etc/resolv.conf"))
    tree.path("/etc/apt/apt.conf.d/99yes").write_text(
        'APT::Get::Assume-Yes "true";\n', encoding="utf-8")
    shutil.copytree(SOURCE, tree.path("/root/hardlink"), symlinks=True,
                    ignore=lambda directory, _:
                    ["build", ".git"] if directory == str(SOURCE) else [])
    tree("apt-get", "-q", "update")
    commands = lines()
    # nothing runs here that could be reloaded
    assert commands.pop() == "doveadm reload"
    for command in commands:
        # the unit tests have their own place
        tree("sh", "-c", "export DEB_BUILD_OPTIONS=nocheck; "
             f"cd /root/hardlink && {command}", timeout=1800)
    with dovecot(tree) as lmtp:
        tree(*SET)
        assert rcpt(lmtp, OLD) == REPLY

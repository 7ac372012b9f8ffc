"""The packages that were built."""

import os
import pathlib
import re
import shutil
import subprocess

DIRECTORY = pathlib.Path(os.environ.get("HARDLINK_PACKAGES", ""))
NAMES = ["dovecot-hardlink", "hardlink-milter", "hardlink-query", "hardlinkctl",
         "mailmove", "opensmtpd-filter-hardlink"]
OLDER = "0.0.9"


def built(name):
    path, = DIRECTORY.glob(f"{name}_*.deb")
    return path


def field(name, of):
    return subprocess.run(["dpkg-deb", "--field", built(name), of], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def version():
    return field("hardlinkctl", "Version")


def relations(name):
    """What a package depends on."""
    return re.split(r",\s*", field(name, "Depends"))


def foreign_relations():
    """What the archive has to satisfy."""
    return sorted({relation for name in NAMES for relation in relations(name)
                   if relation.split(" ")[0] not in NAMES})


def make_older(directory):
    """The same packages, as if they were of an earlier version."""
    for name in NAMES:
        contents = pathlib.Path(directory) / "contents"
        subprocess.run(["dpkg-deb", "--raw-extract", built(name), contents],
                       check=True)
        control = contents / "DEBIAN/control"
        control.write_text(re.sub(rf"(^Version: |\(= ){re.escape(version())}",
                                  rf"\g<1>{OLDER}", control.read_text("utf-8"),
                                  flags=re.M), "utf-8")
        subprocess.run(["dpkg-deb", "--build", "-Zgzip", "-z1", contents,
                        pathlib.Path(directory) / f"{name}.deb"], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(contents)


def install(tree, paths):
    """What dpkg says. They come from outside of the tree."""
    there = tree.path("/tmp/packages")
    there.mkdir()
    for path in paths:
        shutil.copy(path, there)
    said = tree("sh", "-c", "dpkg --install /tmp/packages/*.deb")
    shutil.rmtree(there)
    return said

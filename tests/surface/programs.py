"""What the programs say of themselves: their --help, taken apart."""

import collections
import functools
import glob
import os
import re
import subprocess

PREFIX = os.environ.get("HARDLINK_PREFIX", "")
HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.dirname(os.path.dirname(HERE))

# name: "-c", "--until"; value: None, "TIME"
Option = collections.namedtuple("Option", "name value help")
# usage: a list of forms, without the program's and the command's name
Command = collections.namedtuple("Command", "name usage help options")

TABLED = ("hardlinkctl", "mailmove")


def installed():
    """{name: path} of all programs."""
    found = {}
    for pattern in "bin/*", "sbin/*", "libexec/*/*":
        for name in glob.glob(os.path.join(PREFIX, pattern)):
            found[os.path.basename(name)] = name
    return found


def path(program):
    return installed()[program]


def say(*arguments):
    """(exit code, standard output)"""
    done = subprocess.run(
        arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, text=True, check=False, timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout


def options(text):
    found = []
    for name, meaning in re.findall(r"^  (-\S+(?: [A-Z]+)?) +(\S.*)$", text,
                                    re.M):
        name, _, value = name.partition(" ")
        found.append(Option(name, value or None, meaning))
    return found


@functools.lru_cache(maxsize=None)
def program_options(program):
    _, text = say(path(program), "--help")
    return options(text.split("options of every command:")[1])


@functools.lru_cache(maxsize=None)
def commands(program):
    """Of one that has a table: all its commands."""
    _, text = say(path(program), "--help")
    listed = text.split("commands:\n")[1].split("\n\n")[0]
    found = []
    for line in listed.splitlines():
        # names of at most two words, in lower case
        name = re.match(r"  ([a-z]+(?: [a-z]+)?)\s", line)[1]
        code, said = say(path(program), *name.split(), "--help")
        assert code == 0, name
        usage, meaning, table = said.split("\n\n")
        start = f"{program} {name}"
        forms = [form.strip().removeprefix("usage: ").removeprefix(start)
                 .strip() for form in usage.splitlines()]
        found.append(Command(name, forms, meaning,
                             tuple(option for option in options(table)
                                   if option not in program_options(program))))
    return found


def formats():
    """The values of -f."""
    meaning, = [option.help for option in program_options("hardlinkctl")
                if option.name == "-f"]
    return choices(meaning)


def choices(meaning):
    """"a (the default), b or c" as a list."""
    meaning = re.sub(r"\(.*?\)", "", meaning)
    return re.findall(r"[a-z-]+", meaning.replace(" or ", " "))

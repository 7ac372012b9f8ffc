"""Manual pages, as far as tests have to understand mdoc."""

import glob
import os
import re

from programs import SOURCES

# Macros whose name goes, with what stands before each of their words.
FRONT = {"Fl": "-", "Op": "[", "Oo": "[", "Oc": "]"}
PLAIN = {"Cm", "Ar", "No", "Ns", "Va", "Ql", "Pa", "Li", "Em", "Ev", "Nm", "Pq",
         "Xr", "Dv", "In"}


def pages():
    """{name.section: source}"""
    found = {}
    for path in glob.glob(os.path.join(SOURCES, "man/*.[1-8]")):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)] = file.read()
    return found


def sections(page):
    """{heading: lines}"""
    found, lines = {}, []
    for line in page.splitlines():
        if line.startswith((".Sh ", ".Ss ")):
            lines = found.setdefault(line[4:], [])
        else:
            lines.append(line)
    return found


def plain(line):
    """A line of macros as what it shows: "[--until TIME]"."""
    if not line.startswith("."):
        return line
    shown, closing, front, argument = [], "", "", False
    for word in re.findall(r'"[^"]*"|\S+', line[1:]):
        if word == "Op":
            front += "["
            closing += "]"
        elif word in ("Oo", "Oc"):
            if word == "Oo":
                front += "["
            else:
                shown.append("]")
        elif word == "Fl":
            front, argument = front + "-", False
        elif word in PLAIN:
            argument = word == "Ar"
        else:
            word = word.strip('"').replace("\\&", "").replace("\\-", "-")
            # "Ar old new"; a bar or bracket is no argument's name
            if argument and re.search(r"[a-z]", word):
                word = word.upper()
            shown.append(front + word)
            front = ""
    return " ".join(shown + [front] * bool(front)) + closing


def tokens(usage):
    return re.findall(r"[\[\]()|]|[^\s\[\]()|]+", usage)


def items(page, macro):
    """(the rest of an `.It MACRO` line in plain text, lines up to the next one
    of its kind)"""
    found = []
    for line in page.splitlines():
        if line.startswith(f".It {macro} "):
            found.append((plain("." + line[4:]), []))
        elif line.startswith((".Sh ", ".Ss ")):
            found.append((None, []))
        elif found:
            found[-1][1].append(line)
    return [(name, lines) for name, lines in found if name is not None]


def text(lines):
    """Flowing, without macros and spaces before punctuation."""
    joined = " ".join(plain(line) for line in lines
                      if line not in (".Pp", ".El"))
    return re.sub(r" ([.,:;)])", r"\1", joined)

"""The messages in the sources: what can be said, by which function."""

import collections
import glob
import os
import re

from programs import SOURCES

# codes: a set of "HL_ERROR_DATA" and the like
Message = collections.namedtuple("Message", "file codes text")

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|\'(?:[^\'\\]|\\.)\'|[(),]|'
                   r"[A-Za-z_]\w*|\s+|.", re.S)
ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\", "\\r": "\r", "\\t": "\t"}


def unquote(literal):
    return re.sub(r"\\.", lambda match: ESCAPES.get(match[0], match[0]),
                  literal[1:-1])


def call_literals(text, start):
    """Of the call whose "(" is at start: its arguments' texts, those that are
    literals alone; and the HL_ERROR_ codes."""
    depth, codes, literals, current = 0, set(), [], ""
    for match in TOKEN.finditer(text, start):
        token = match[0]
        if token == "(":
            depth += 1
        elif token == ")":
            depth -= 1
            if depth == 0:
                break
        elif token.startswith('"'):
            current += unquote(token)
            continue
        elif re.fullmatch(r"HL_ERROR_[A-Z_]+", token):
            codes.add(token)
        if token.strip() and not token.startswith("/*") and current:
            literals.append(current)
            current = ""
    return literals + [current] * bool(current), codes


def messages(pattern, functions):
    """Of the files in the sources that pattern matches."""
    call = re.compile(rf"\b(?:{'|'.join(functions)})\s*(?=\()")
    for name in sorted(glob.glob(os.path.join(SOURCES, pattern))):
        with open(name, encoding="utf-8") as file:
            text = file.read()
        for match in call.finditer(text):
            literals, codes = call_literals(text, match.end())
            if literals:
                yield Message(os.path.relpath(name, SOURCES), codes,
                              literals[0])


# What fills a struct hl_error, or warns, with a text of its own.
FUNCTIONS = ("hl_error_set", "hl_error_prefix", "hl_config_refuse", "refuse",
             "cli_usage_error", "cli_warn", "cli_complain")
EXIT_CODES = {"USAGE": 64, "DATA": 65, "NOT_FOUND": 68, "TEMP": 75,
              "PERMISSION": 77, "CONFIG": 78, "STORE": 65}
CONVERSION = re.compile(r"%(?:%|[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?"
                        r"(?:hh|h|ll|l|z|j)?[a-zA-Z])")


def pattern_of(message):
    """A regular expression of what it may become."""
    parts, last = [], 0
    for match in CONVERSION.finditer(message.text):
        parts += [re.escape(message.text[last:match.start()]),
                  "%" if match[0] == "%%" else ".*"]
        last = match.end()
    return re.compile("".join(parts) + re.escape(message.text[last:]))


def has_words(message):
    """Does it say anything of its own, that can be provoked?"""
    return "out of memory" not in message.text and bool(
        re.search(r"[a-z]{2}", CONVERSION.sub("", message.text)))


def exit_codes(message):
    """Empty if it takes that of another."""
    return {EXIT_CODES[code.removeprefix("HL_ERROR_")]
            for code in message.codes
            if code.removeprefix("HL_ERROR_") in EXIT_CODES}

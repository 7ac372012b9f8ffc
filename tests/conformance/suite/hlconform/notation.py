"""Cases as text. C: is a line that the client sends; lines that no S: stands
between are sent in one piece. S: is the reply that the server has to give:

    S: 557 5.2.7 mailbox has moved to <new@example.com>    byte for byte
    S: 250|251 *                                           one of these statuses
    S[lmtp]: 250 *                                         only LMTP has this one
    or: 501 *  # a server without source routes            another lawful reply
    or: 557-5.2.7 mailbox⏎557 5.2.7 has …                  of two lines

What the draft says is written byte for byte, and `or:` says why a server may
answer otherwise. DOMAIN, IDN-A, IDN-U, LONG and SENDER stand for what the
command line says."""

import re
from dataclasses import dataclass, field

STEP = re.compile(r"(C|S(?:\[(lmtp|smtp)\])?|or):(?: (.*))?")
PATTERN = re.compile(r"([2-5][0-9]{2}(?:\|[2-5][0-9]{2})*) \*")
FOLD = "\u23ce"


@dataclass
class Expected:
    text: str
    reason: str = ""

    def is_folded(self):
        return FOLD in self.text

    def matches(self, reply):
        match = PATTERN.fullmatch(self.text)
        if match is None:
            return reply == self.text.replace(FOLD, "\r\n").encode() + b"\r\n"
        return reply[:3].decode("ascii", "replace") in match[1].split("|")


@dataclass
class Group:
    """Lines sent in one piece, and for each reply the lawful ones."""
    lines: list = field(default_factory=list)
    replies: list = field(default_factory=list)

    def data(self):
        return "".join(line + "\r\n" for line in self.lines).encode()


@dataclass
class Case:
    """needs: what has to be there for the case to make sense, such as `lmtp`,
    `tls`, `login`, `stranger` (nobody has logged in), `utf8`, `idn`, `long`,
    `offered CHUNKING`, `not offered CHUNKING`. bare: begins right after the greeting."""
    name: str
    text: str
    needs: tuple = ()
    bare: bool = False

    def groups(self, protocol, words):
        """The steps for a protocol; words: what the capitals stand for."""
        groups = []
        for line in self.text.strip("\n").split("\n"):
            match = STEP.fullmatch(line)
            if match is None:
                raise ValueError(f"case {self.name}: {line!r}")
            text = match[3] or ""
            for word, value in words.items():
                text = text.replace(word, value)
            if match[1] == "C":
                if not groups or groups[-1].replies:
                    groups.append(Group())
                groups[-1].lines.append(text)
            elif match[1] == "or":
                text, _, reason = text.partition("  # ")
                groups[-1].replies[-1].append(Expected(text, reason))
            elif match[2] in (None, protocol):
                groups[-1].replies.append([Expected(text)])
        return groups

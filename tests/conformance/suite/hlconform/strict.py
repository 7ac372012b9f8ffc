"""A reader of 557 and 558 replies that allows nothing but the one form."""

import re

# RFC 5321 section 4.1.2 with RFC 6531 section 3.3: what isn't ASCII counts as
# atext and qtext.
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"
DOT_STRING = rf"{ATEXT}+(?:\.{ATEXT}+)*"
QUOTED = r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\["\\])+"'
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = rf"{LABEL}(?:\.{LABEL})*"
MAILBOX = re.compile(rf"(?P<local>{DOT_STRING}|{QUOTED})@(?P<domain>{DOMAIN})")
REPLY = re.compile(r"(?P<codes>557 5\.2\.7|558 5\.2\.8) mailbox has "
                   r"(?P<temporarily>temporarily )?moved to "
                   r"<(?P<mailbox>.*)>\r\n", re.DOTALL)
# What a reader would take for an address, in brackets or not.
LIKE_ADDRESS = re.compile(r"@")


class Malformed(Exception):
    """What is wrong with a reply."""


def decode(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Malformed("neither ASCII nor UTF-8") from None


def check_lines(raw):
    """Any reply: lines that end in CRLF, one status, nothing else."""
    lines = raw.split(b"\r\n")
    if lines[-1] != b"" or b"\r" in b"".join(lines) or \
            b"\n" in b"".join(lines):
        raise Malformed("a line end that isn't CRLF")
    for number, line in enumerate(lines[:-1]):
        last = number == len(lines) - 2
        if not re.match(rb"[2-5][0-9][0-9]" + (rb"(?: |$)" if last else rb"-"),
                        line):
            raise Malformed("a line that doesn't begin as a reply does")
        if line[:3] != lines[0][:3]:
            raise Malformed("lines that disagree about the status")
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line):
            raise Malformed("a control byte")


def check_mailbox(text):
    match = MAILBOX.fullmatch(text)
    if match is None:
        raise Malformed("the new address isn't a mailbox in its one form")
    if len(match["local"].encode()) > 64:
        raise Malformed("a local part longer than 64 bytes")
    if len(text.encode()) > 254:
        raise Malformed("an address longer than 254 bytes")
    if match["local"].startswith('"') and \
            re.fullmatch(DOT_STRING, match["local"][1:-1]):
        raise Malformed("quotes that nothing demands")


def parse_redirect(raw):
    """The new address of a 557 or 558 reply, which has exactly one."""
    check_lines(raw)
    match = REPLY.fullmatch(decode(raw))
    if match is None:
        raise Malformed("not the one form of this reply")
    if (match["codes"] == "558 5.2.8") != bool(match["temporarily"]):
        raise Malformed("the text contradicts the status")
    check_mailbox(match["mailbox"])
    return match["mailbox"]


def unfold(raw):
    """One line of a reply that a server has folded at blanks."""
    lines = raw.removesuffix(b"\r\n").split(b"\r\n")
    if len({line[4:10] for line in lines}) != 1:
        raise Malformed("lines that disagree about the enhanced code")
    return b" ".join([lines[-1][:9], *(line[10:] for line in lines)]) + b"\r\n"


def is_redirect(raw):
    """Is it meant to be one, well-formed or not?"""
    return raw[:3] in (b"557", b"558") or raw[4:9] in (b"5.2.7", b"5.2.8")

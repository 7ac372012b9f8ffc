#!/usr/bin/python3
"""Writes the test vectors: make-vectors.py DIR. Deterministic: the same files
each time. Shares no code with hlcheck.py. A bad vector differs from a good one
in the one thing that its name says, and is signed and hashed anew wherever
that thing isn't the signature or the hash itself.
"""
import base64
import hashlib
import json
import os
import sys

import nacl.signing

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
START = 1767225600  # 2026-01-01T00:00:00Z
DAY = 86400
ENTRY_DOMAIN = b"hardlink-entry-v1\0"
DASH = "\u2014"


def sha256(data):
    return hashlib.sha256(data).digest()


def seeded(label, size):
    """Bytes that look random and are always the same."""
    return sha256(b"hardlink test vectors: " + label.encode())[:size]


class Key:
    def __init__(self, label):
        self.seed = seeded("key " + label, 32)
        self.signer = nacl.signing.SigningKey(self.seed)
        self.public = bytes(self.signer.verify_key)
        self.id = sha256(self.public)[:16].hex()

    def sign(self, message):
        return self.signer.sign(message).signature

    def file(self, status="active", first=1, last="", comment="test vectors",
             public=None):
        return document("hardlink-key/1", [
            ("public", public or self.public.hex()), ("status", status),
            ("first", first), ("last", last), ("comment", comment)])


ONE, TWO, STRANGER = Key("one"), Key("two"), Key("stranger")
ORIGIN = seeded("origin", 16).hex()
OTHER_ORIGIN = seeded("other origin", 16).hex()


def document(magic, fields):
    return "".join([magic + "\n"] + ["%s=%s\n" % field for field in fields])


def keyring_files(*files):
    return {key.id + ".pub": data for key, data in files}


KEYRINGS = {
    "one": keyring_files((ONE, ONE.file())),
    "rotated at 10": keyring_files((ONE, ONE.file("retired", 1, 9)),
                                   (TWO, TWO.file("active", 10))),
    "revoked": keyring_files((ONE, ONE.file("revoked", 1, 9)),
                             (TWO, TWO.file("active", 10)))}


def changed(fields, **changes):
    """The fields with other values; `-` in a name is written `_`."""
    changes = {name.replace("_", "-"): value for name, value in changes.items()}
    result = [(name, changes.pop(name, value)) for name, value in fields]
    assert not changes, changes
    return result


def put(vector, name, data):
    """As text where it is text, otherwise in hex."""
    if isinstance(data, bytes):
        try:
            data = data.decode()
            assert "\0" not in data
        except (UnicodeDecodeError, AssertionError):
            raw = data if isinstance(data, bytes) else data.encode()
            vector[name + "_hex"] = raw.hex()
            return vector
    vector[name] = data
    return vector


def octets(data):
    return data if isinstance(data, bytes) else data.encode()


def replaced(data, old, new):
    """Exactly one place."""
    assert data.count(old) == 1, (old, data)
    return data.replace(old, new)


# --- One magic and lines: what may be wrong with any text document.

def document_faults(good):
    """(name, data) for damage that every document must be refused for."""
    lines = good.splitlines(keepends=True)
    yield "empty", ""
    yield "last LF missing", good[:-1]
    yield "LF doubled at the end", good + "\n"
    yield "CRLF", good.replace("\n", "\r\n")
    yield "CR before one LF", "".join(
        lines[:-1] + [lines[-1][:-1] + "\r\n"])
    yield "empty line in front", "\n" + good
    yield "byte order mark", "\ufeff" + good
    yield "NUL at the end", good + "\0"
    magic = lines[0][:-1]
    version = int(magic[-1])
    yield "version %d" % (version + 1), good.replace(
        magic, magic[:-1] + str(version + 1), 1)
    yield "magic with a trailing space", good.replace(magic, magic + " ", 1)
    yield "magic in upper case", good.replace("hardlink", "Hardlink", 1)
    yield "no magic", "".join(lines[1:])
    yield "only the magic", lines[0]
    yield "unknown field at the end", good + "note=\n"
    yield "unknown field in front", "".join(lines[:1] + ["note=x\n"]
                                            + lines[1:])
    yield "first field twice", "".join(lines[:2] + lines[1:])
    yield "last field twice", good + lines[-1]
    yield "first field missing", "".join(lines[:1] + lines[2:])
    if len(lines) > 2:
        yield "last field missing", "".join(lines[:-1])
        yield "fields swapped", "".join(lines[:1] + [lines[2], lines[1]]
                                        + lines[3:])
        yield "last fields swapped", "".join(lines[:-2] + [lines[-1],
                                                           lines[-2]])
        yield "first field in the second one's place", "".join(
            lines[:2] + [lines[1]] + lines[3:])
        yield "unknown field in the last one's place", "".join(
            lines[:-1] + ["note=\n"])
    name, value = lines[1].split("=")
    yield "space before =", "".join([lines[0], name + " =" + value] + lines[2:])
    yield "space after =", "".join([lines[0], name + "= " + value] + lines[2:])
    yield "space before a field", "".join([lines[0], " " + lines[1]]
                                          + lines[2:])
    yield "trailing space", "".join([lines[0], lines[1][:-1] + " \n"]
                                    + lines[2:])
    yield "field name in upper case", "".join(
        [lines[0], name.upper() + "=" + value] + lines[2:])
    yield "no =", "".join([lines[0], name + "\n"] + lines[2:])
    yield "empty line inside", "".join(lines[:1] + ["\n"] + lines[1:])
    yield "comment line", "".join(lines[:1] + ["# x\n"] + lines[1:])


def hex_faults(value):
    yield "upper case", value[:-2] + "AB"
    yield "a digit missing", value[:-1]
    yield "a byte missing", value[:-2]
    yield "a byte too many", value + "00"
    yield "not hex", value[:-1] + "g"
    yield "with 0x", "0x" + value[2:]
    yield "empty", ""


def number_faults(zero_allowed=False, limit=2**63 - 1):
    yield "leading zero", "01"
    yield "plus sign", "+1"
    yield "minus sign", "-1"
    yield "fraction", "1.0"
    yield "exponent", "1e3"
    yield "hexadecimal", "0x1"
    yield "space in front", " 1"
    yield "space behind", "1 "
    yield "one too large", str(limit + 1)
    yield "2^64 + 1", str(2**64 + 1)
    yield "2^128 + 1", str(2**128 + 1)
    yield "non-ASCII digit", "\u0661"
    yield "empty", ""
    if not zero_allowed:
        yield "zero", "0"
    yield "zero twice", "00"


TIME_MAX = 253402300799


def text_faults(limit):
    """(name, value as bytes) that a text must not be."""
    yield "too long", b"x" * (limit + 1)
    yield "too long in bytes only", "\u00e9".encode() * (limit // 2) + b"xx"
    yield "tab", b"a\tb"
    yield "CR", b"a\rb"
    yield "NUL", b"a\0b"
    yield "ESC", b"a\x1bb"
    yield "U+001F", b"a\x1fb"
    yield "DEL", b"a\x7fb"
    yield "U+0080", "a\u0080b".encode()
    yield "U+0085", "a\u0085b".encode()
    yield "U+009F", "a\u009fb".encode()
    yield "lone continuation byte", b"a\x80b"
    yield "lone lead byte at the end", b"ab\xc3"
    yield "Latin-1", b"caf\xe9 x"
    yield "overlong two bytes", b"a\xc1\xa1b"
    yield "overlong three bytes", b"a\xe0\x80\xafb"
    yield "overlong four bytes", b"a\xf0\x80\x80\xafb"
    yield "surrogate", b"a\xed\xa0\x80b"
    yield "surrogate pair", b"a\xed\xa0\xbd\xed\xb8\x80b"
    yield "above U+10FFFF", b"a\xf4\x90\x80\x80b"
    yield "byte 0xff", b"a\xffb"


def text_goods(limit):
    yield "as long as may be", "x" * limit
    yield "as long as may be in two-byte characters", (
        "x" * (limit % 2) + "\u00e9" * (limit // 2))
    yield "U+00A0", "a\u00a0b"
    yield "U+D7FF and U+E000", "\ud7ff\ue000"
    yield "U+10FFFF", "\U0010ffff"
    yield "an equals sign and spaces", " a = b "


def vectors_of(kind, goods, bads, **fixed):
    """goods and bads: (name, data)."""
    return ([put(dict(name=name, accept=True, **fixed), kind, octets(data))
             for name, data in goods]
            + [put(dict(name=name, accept=False, **fixed), kind, octets(data))
               for name, data in bads])


# --- Addresses

def labels(*sizes):
    return ".".join("a" * size for size in sizes)


def address_vectors():
    both_good = [
        ("plain", "user@example.org"),
        ("one letter each", "a@b"),
        ("digits", "1@2.example"),
        ("every atext", "!#$%&'*+/=?^_`{|}~-@example.org"),
        ("atoms joined by dots", "a.b.c@example.org"),
        ("detail", "user+tag@example.org"),
        ("quoted space", '"john doe"@example.org'),
        ("quoted single space", '" "@example.org'),
        ("quoted at sign", '"a@b"@example.org'),
        ("quoted quote", '"a\\"b"@example.org'),
        ("quoted backslash", '"a\\\\b"@example.org'),
        ("quoted leading dot", '".a"@example.org'),
        ("quoted trailing dot", '"a."@example.org'),
        ("quoted two dots", '"a..b"@example.org'),
        ("quoted specials", '"(),:;<>@[]"@example.org'),
        ("local part of 64", "a" * 64 + "@example.org"),
        ("quoted local part of 64 with its quotes",
         '"' + "a" * 61 + ' "@example.org'),
        ("label of 63", "a@" + labels(63, 3)),
        ("254 in all", "a@" + labels(63, 63, 63, 60)),
        ("254 in all with a local part of 64",
         "a" * 64 + "@" + labels(63, 63, 61)),
        ("A-label", "a@xn--bcher-kva.example"),
        ("hyphens inside a label", "a@a-b.example"),
        ("numeric labels", "a@1.2.3.example"),
        ("UTF-8 in the local part", "us\u00e9r.\u7528\u6237@example.org"),
        ("UTF-8 in quotes", '"us\u00e9r x"@example.org'),
        ("32 characters of two bytes", "\u00e9" * 32 + "@example.org"),
        ("upper case beyond ASCII isn't folded", "\u00c9@example.org"),
        ("digits and a letter in the last label", "a@1.2.3.4x")]
    target_good = [("upper case in the local part", "User@example.org"),
                   ("upper case in quotes", '"John Doe"@example.org')]
    bad = [
        ("empty", ""), ("no at sign", "user"), ("no domain", "user@"),
        ("no local part", "@example.org"),
        ("empty quoted local part", '""@example.org'),
        ("only an at sign", "@"),
        ("two at signs", "a@b@example.org"),
        ("needless quotes", '"user"@example.org'),
        ("needless quotes around a dot-string", '"a.b"@example.org'),
        ("needless backslash", '"a\\ b"@example.org'),
        ("needless backslash before a letter", '"a\\bc d"@example.org'),
        ("quoted-string beside an atom", '"a b"c@example.org'),
        ("quoted-strings joined by a dot", '"a b".c@example.org'),
        ("quote not closed", '"a b@example.org'),
        ("backslash at the end", '"a b\\"@example.org'),
        ("unescaped quote", '"a"b"@example.org'),
        ("unquoted space", "john doe@example.org"),
        ("unquoted backslash", "a\\b@example.org"),
        ("leading dot", ".a@example.org"),
        ("trailing dot in the local part", "a.@example.org"),
        ("two dots", "a..b@example.org"),
        ("local part of 65", "a" * 65 + "@example.org"),
        ("quoted local part of 65 with its quotes",
         '"' + "a" * 62 + ' "@example.org'),
        ("quoted local part of 65 with its backslash",
         '"' + "a" * 61 + '\\""@example.org'),
        ("label of 64", "a@" + labels(64, 3)),
        ("255 in all", "a@" + labels(63, 63, 63, 61)),
        ("255 in all with a local part of 64",
         "a" * 64 + "@" + labels(63, 63, 62)),
        ("upper case in the domain", "user@Example.org"),
        ("trailing dot", "user@example.org."),
        ("leading dot in the domain", "user@.example.org"),
        ("empty label", "user@example..org"),
        ("hyphen at a label's beginning", "user@-example.org"),
        ("hyphen at a label's end", "user@example-.org"),
        ("underscore in the domain", "user@ex_ample.org"),
        ("IPv4 literal", "user@[192.0.2.1]"),
        ("IPv4 address", "user@192.0.2.1"),
        ("last label all digits", "user@example.0"),
        ("only label all digits", "user@1"),
        ("IPv6 literal", "user@[IPv6:2001:db8::1]"),
        ("source route", "@example.net:user@example.org"),
        ("angle brackets", "<user@example.org>"),
        ("leading space", " user@example.org"),
        ("trailing space", "user@example.org "),
        ("comment", "user(x)@example.org"),
        ("C1 control in the local part", "us\u0085er@example.org"),
        ("needless quotes around UTF-8", '"us\u00e9r"@example.org'),
        ("33 characters of two bytes", "\u00e9" * 33 + "@example.org"),
        ("U-label", "user@b\u00fccher.example"),
        ("full-width at sign", "user\uff20example.org"),
        ("ideographic full stop", "user@example\u3002org"),
        ("LF inside", "us\ner@example.org"),
        ("LF at the end", "user@example.org\n"),
        ("quoted CR LF", '"a\r\nb"@example.org'),
        ("quoted tab", '"a\tb"@example.org'),
        ("NUL inside", "us\0er@example.org"),
        ("NUL at the end", "user@example.org\0"),
        ("quoted NUL", '"a\0b"@example.org'),
        ("DEL", "us\x7fer@example.org"),
        ("quoted DEL", '"a\x7fb"@example.org')]
    result = []
    for use in ("key", "target"):
        goods = both_good + (target_good if use == "target" else [])
        bads = bad + (target_good if use == "key" else [])
        for vector in vectors_of("data", goods, bads):
            vector["as"] = use
            vector["name"] += " (%s)" % use
            result.append(vector)
    return {"element": "address", "vectors": result}


# --- Statements

def statement_fields(seq, said, **changes):
    fields = [("origin", ORIGIN), ("epoch", 1), ("seq", seq),
              ("time", START + 60 * min(seq, 1000)), ("action", "set"),
              ("channel", "cli"), ("key", ONE.id),
              ("payload", sha256(octets(said)).hex())]
    return changed(fields, **changes)


def statement(*args, **changes):
    return document("hardlink-entry/1", statement_fields(*args, **changes))


ACTIONS = ["set", "confirm", "extend", "withdraw", "block", "sweep", "erase",
           "key", "recover"]
CHANNELS = ["admin", "cli", "submission", "imap", "sieve"]


def statement_vectors():
    good = statement(7, "x")
    accepted = [("plain", good)]
    accepted += [("action " + name, statement(7, "x", action=name))
                 for name in ACTIONS]
    accepted += [("channel " + name, statement(7, "x", channel=name))
                 for name in CHANNELS]
    accepted += [("largest numbers", statement(
        2**63 - 1, "x", epoch=2**63 - 1, time=TIME_MAX)),
        ("smallest numbers", statement(1, "x", epoch=1, time=1))]
    refused = list(document_faults(good))
    for name in ("origin", "key", "payload"):
        value = dict(statement_fields(7, "x"))[name]
        refused += [("%s: %s" % (name, fault), statement(7, "x", **{name: bad}))
                    for fault, bad in hex_faults(value)]
    for name, limit in (("epoch", 2**63 - 1), ("seq", 2**63 - 1),
                        ("time", TIME_MAX)):
        refused += [("%s: %s" % (name, fault), statement(7, "x").replace(
            dict_line(good, name), "\n%s=%s\n" % (name, bad)))
            for fault, bad in number_faults(limit=limit)]
    for name in ("action", "channel"):
        known = dict(statement_fields(7, "x"))[name]
        refused += [("%s: %s" % (name, fault), statement(7, "x", **{name: bad}))
                    for fault, bad in name_faults(known)]
    refused += [("a payload's text", address_payload())]
    vectors = vectors_of("data", accepted, refused)
    for vector in vectors[:1]:
        vector.update({"origin": ORIGIN, "epoch": 1, "seq": 7,
                       "time": START + 420, "action": "set", "channel": "cli",
                       "key": ONE.id, "payload": sha256(b"x").hex()})
    return {"element": "statement", "vectors": vectors}


def dict_line(text, name):
    start = text.index("\n%s=" % name)
    return text[start:text.index("\n", start + 1) + 1]


def name_faults(known):
    yield "unknown", "other"
    yield "upper case", known.upper()
    yield "cut short", known[:-1]
    yield "too long", known + "s"
    yield "empty", ""
    yield "trailing space", known + " "
    yield "trailing NUL", known + "\0"


# --- Payloads

def address_payload_fields(**changes):
    fields = [("salt", seeded("salt", 16).hex()), ("scope", "address"),
              ("address", "old@example.org"), ("owner", "old@example.org"),
              ("actor", "root"), ("reason", "moved"), ("blocked", ""),
              ("current", "permanent"), ("current-new", "new@example.net"),
              ("current-expires", ""), ("next", ""), ("next-new", ""),
              ("next-effective", ""), ("next-expires", ""),
              ("next-status", "")]
    return changed(fields, **changes)


def address_payload(**changes):
    return document("hardlink-payload/1", address_payload_fields(**changes))


def domain_payload_fields(**changes):
    fields = [("domain", "old.example") if name == "address" else (name, value)
              for name, value in address_payload_fields(
                  scope="domain", owner="", current_new="new.example")]
    return changed(fields, **changes)


def domain_payload(**changes):
    return document("hardlink-payload/2", domain_payload_fields(**changes))


def log_payload(label, *fields, actor="root", reason=""):
    return document("hardlink-payload/1", [
        ("salt", seeded(label, 16).hex()), ("scope", "log"), ("actor", actor),
        ("reason", reason)] + list(fields))


def key_payload(key, change="trusted", **keys):
    return log_payload("key salt", ("change", change), ("subject", key.id),
                       ("public", key.public.hex()), **keys)


def sweep_payload(horizon, closed=1):
    return log_payload("sweep salt", ("horizon", horizon), ("closed", closed))


def erase_payload(erased):
    return log_payload("erase salt", ("erased", erased))


def recover_payload(first, epoch=1, last="", root=""):
    return log_payload("recover salt", ("lost-epoch", epoch),
                       ("lost-first", first), ("lost-last", last),
                       ("lost-root", root))


TEMPORARY = {"current": "temporary", "current_expires": START + 30 * DAY}
NEXT = {"next": "permanent", "next_new": "next@example.com",
        "next_effective": START + 10 * DAY, "next_status": "confirmed"}
NEXT_TEMPORARY = dict(NEXT, next="temporary", next_expires=START + 20 * DAY)
NOTHING = {"current": "", "current_new": ""}


def address_payload_cases():
    """Good and bad ones of scope address."""
    good = address_payload()
    accepted = [
        ("permanent", good),
        ("temporary", address_payload(**TEMPORARY)),
        ("nothing", address_payload(**NOTHING)),
        ("nothing and blocked", address_payload(blocked="yes", **NOTHING)),
        ("permanent and blocked", address_payload(blocked="yes")),
        ("next, confirmed", address_payload(**NEXT)),
        ("next, pending", address_payload(**dict(NEXT, next_status="pending"))),
        ("next, temporary", address_payload(**NEXT_TEMPORARY)),
        ("only next", address_payload(**dict(NEXT, **NOTHING))),
        ("both temporary", address_payload(**dict(TEMPORARY,
                                                  **NEXT_TEMPORARY))),
        ("next with the target of current", address_payload(
            **dict(NEXT, next_new="new@example.net"))),
        ("next expires one second after it took effect", address_payload(
            **dict(NEXT_TEMPORARY, next_expires=START + 10 * DAY + 1))),
        ("no owner, no reason", address_payload(owner="", reason="")),
        ("largest times", address_payload(
            current="temporary", current_expires=TIME_MAX,
            next="temporary", next_new="a@b", next_effective=TIME_MAX - 1,
            next_expires=TIME_MAX, next_status="pending")),
        ("upper case in the target's local part", address_payload(
            current_new="New@example.net")),
        ("an A-label that no table of today knows", address_payload(
            current_new="new@xn--a.example")),
        ("quoted addresses", address_payload(
            address='"john doe"@example.org',
            current_new='"John \\"J\\" Doe"@example.net')),
        ("same local part, other domain", address_payload(
            current_new="old@example.net")),
        ("same domain, other local part", address_payload(
            current_new="older@example.org")),
        ("address with detail", address_payload(
            address="old+x@example.org", current_new="old@example.org"))]
    accepted += [("%s: %s" % (name, what), address_payload(**{name: value}))
                 for name, limit in (("owner", 255), ("actor", 255),
                                     ("reason", 500))
                 for what, value in text_goods(limit)]

    refused = list(document_faults(good))
    refused += [("salt: " + fault, address_payload(salt=bad)) for fault, bad
                in hex_faults(seeded("salt", 16).hex())]
    refused += [("scope: " + fault, address_payload(scope=bad)) for fault, bad
                in list(name_faults("address")) + [("reserved", "domain"),
                                                   ("log", "log")]]
    refused += [("%s: %s" % (name, fault), replaced(
        octets(address_payload(**{name: "<here>"})), b"<here>", bad))
        for name, limit in (("owner", 255), ("actor", 255), ("reason", 500))
        for fault, bad in text_faults(limit)]
    refused += [
        ("actor empty", address_payload(actor="")),
        ("address empty", address_payload(address="")),
        ("address not folded", address_payload(address="Old@example.org")),
        ("address with an upper-case domain", address_payload(
            address="old@Example.org")),
        ("address with needless quotes", address_payload(
            address='"old"@example.org')),
        ("address without a domain", address_payload(address="old")),
        ("address with a trailing space", address_payload(
            address="old@example.org ")),
        ("blocked no", address_payload(blocked="no")),
        ("blocked in upper case", address_payload(blocked="YES")),
        ("blocked with a space", address_payload(blocked="yes ")),
        ("current unknown", address_payload(current="forever")),
        ("current in upper case", address_payload(current="PERMANENT")),
        ("current without a target", address_payload(current_new="")),
        ("target without current", address_payload(current="")),
        ("target with an upper-case domain", address_payload(
            current_new="new@Example.net")),
        ("target with needless quotes", address_payload(
            current_new='"new"@example.net')),
        ("target with an IPv4 address", address_payload(
            current_new="new@192.0.2.1")),
        ("target with an address literal", address_payload(
            current_new="new@[192.0.2.1]")),
        ("target in angle brackets", address_payload(
            current_new="<new@example.net>")),
        ("target with a U-label", address_payload(
            current_new="new@b\u00fccher.example")),
        ("two targets", address_payload(
            current_new="new@example.net,two@example.net")),
        ("target is the address", address_payload(
            current_new="old@example.org")),
        ("target is the address in another case", address_payload(
            current_new="OLD@example.org")),
        ("next's target is the address", address_payload(
            **dict(NEXT, next_new="old@example.org"))),
        ("permanent with an expiry", address_payload(
            current_expires=START + DAY)),
        ("nothing with an expiry", address_payload(
            current_expires=START + DAY, **NOTHING)),
        ("temporary without an expiry", address_payload(
            current="temporary")),
        ("next without effective", address_payload(
            **dict(NEXT, next_effective=""))),
        ("next without status", address_payload(**dict(NEXT, next_status=""))),
        ("next without a target", address_payload(**dict(NEXT, next_new=""))),
        ("next unknown", address_payload(**dict(NEXT, next="later"))),
        ("next-status unknown", address_payload(
            **dict(NEXT, next_status="refused"))),
        ("next-status in upper case", address_payload(
            **dict(NEXT, next_status="Confirmed"))),
        ("next-new without next", address_payload(
            next_new="next@example.com")),
        ("next-effective without next", address_payload(
            next_effective=START + DAY)),
        ("next-expires without next", address_payload(
            next_expires=START + DAY)),
        ("next-status without next", address_payload(next_status="pending")),
        ("next permanent with an expiry", address_payload(
            **dict(NEXT, next_expires=START + 20 * DAY))),
        ("next temporary without an expiry", address_payload(
            **dict(NEXT_TEMPORARY, next_expires=""))),
        ("next expires when it takes effect", address_payload(
            **dict(NEXT_TEMPORARY, next_expires=START + 10 * DAY))),
        ("next expires before it takes effect", address_payload(
            **dict(NEXT_TEMPORARY, next_expires=START + 10 * DAY - 1)))]
    for name, base in (("current_expires", TEMPORARY),
                       ("next_effective", NEXT),
                       ("next_expires", NEXT_TEMPORARY)):
        refused += [("%s: %s" % (name.replace("_", "-"), fault),
                     address_payload(**dict(base, **{name: bad})))
                    for fault, bad in number_faults(limit=TIME_MAX)
                    if fault != "empty"]
    refused.append(("a statement's text", statement(7, "x")))
    refused.append(("longer than 4096 bytes", good + "x" * 4096))
    return accepted, refused


DOMAIN_NEXT = dict(NEXT, next_new="next.example")


def domain_payload_cases():
    """Good and bad ones of scope domain."""
    good = domain_payload()
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    accepted = [
        ("permanent", good),
        ("temporary", domain_payload(**TEMPORARY)),
        ("nothing", domain_payload(**NOTHING)),
        ("next, confirmed", domain_payload(**DOMAIN_NEXT)),
        ("next, temporary", domain_payload(**dict(
            NEXT_TEMPORARY, next_new="next.example"))),
        ("no reason", domain_payload(reason="")),
        ("to a subdomain", domain_payload(current_new="new.old.example")),
        ("one label", domain_payload(domain="localhost")),
        ("the longest domain", domain_payload(domain=longest)),
        ("an A-label that no table of today knows", domain_payload(
            current_new="xn--a.example"))]
    refused = list(document_faults(good))
    refused += [("scope: " + fault, domain_payload(scope=bad)) for fault, bad
                in list(name_faults("domain")) + [("address", "address"),
                                                  ("log", "log")]]
    for name in ("domain", "current_new"):
        refused += [("%s %s" % (name.replace("_", "-"), fault),
                     domain_payload(**{name: bad})) for fault, bad in (
            ("empty", ""), ("with an @", "@other.example"),
            ("an address", "a@other.example"),
            ("in upper case", "Other.example"),
            ("with a trailing dot", "other.example."),
            ("with an empty label", "other..example"),
            ("an address literal", "[192.0.2.1]"),
            ("an IPv4 address", "192.0.2.1"),
            ("with a U-label", "b\u00fccher.example"),
            ("too long", "a" + longest), ("a wildcard", "*.example"))]
    refused += [
        ("version 1", domain_payload().replace("/2", "/1", 1)),
        ("address in version 2", address_payload().replace("/1", "/2", 1)),
        ("address for a domain", good.replace("domain=old", "address=a@old")),
        ("the old domain's name as address", good.replace("domain=o",
                                                          "address=o")),
        ("with an owner", domain_payload(owner="root")),
        ("blocked", domain_payload(blocked="yes")),
        ("actor empty", domain_payload(actor="")),
        ("target is the domain", domain_payload(current_new="old.example")),
        ("next's target is the domain", domain_payload(
            **dict(DOMAIN_NEXT, next_new="old.example"))),
        ("next's target is an address", domain_payload(
            **dict(DOMAIN_NEXT, next_new="a@next.example"))),
        ("permanent with an expiry", domain_payload(
            current_expires=START + DAY)),
        ("longer than 4096 bytes", good + "x" * 4096)]
    return [[("domain: " + name, data) for name, data in cases]
            for cases in (accepted, refused)]


def sweep_cases():
    good = sweep_payload(START, 3)
    refused = list(document_faults(good))
    refused += [("horizon: " + fault, sweep_payload(bad)) for fault, bad
                in number_faults(limit=TIME_MAX)]
    refused += [("closed: " + fault, sweep_payload(START, bad)) for fault, bad
                in number_faults(zero_allowed=True)]
    refused += [("scope address", replaced(good, "scope=log", "scope=address")),
                ("scope domain", replaced(good, "scope=log", "scope=domain")),
                ("actor empty", replaced(good, "actor=root", "actor="))]
    return [("plain", good), ("none closed", sweep_payload(START, 0)),
            ("largest numbers", sweep_payload(TIME_MAX, 2**63 - 1))], refused


def erase_cases():
    good = erase_payload("3")
    limit = 65536 - len(erase_payload(""))
    most = ",".join(str(n) for n in range(100001, 130001, 2))
    longest = most[:limit - limit % 7 - 1]
    fill = "9" * 15
    longest += "," + fill[:limit - len(longest) - 1]
    assert len(longest) == limit
    accepted = [(value, erase_payload(value)) for value in
                ("1", "3-4", "3-9", "1,3", "1-2,4", "1,3-4,6-9,11",
                 "1-9223372036854775807", "9223372036854775807")]
    accepted.append(("65536 bytes", erase_payload(longest)))
    refused = list(document_faults(good))
    refused += [("ranges " + repr(value), erase_payload(value)) for value in
                ("", "0", "0-3", "3-3", "4-3", "1,1", "1,2", "1-2,3", "2,1",
                 "1-4,3-6", "3-6,1-2", "1-", "-1", "-", ",", "1,", ",1",
                 "1,,3", "1--3", "1-3-5", "01", "1-03", "+1", "1, 3", " 1",
                 "1 ", "1;3", "1..3", "a", "1-b", "9223372036854775808",
                 "1-9223372036854775808", "18446744073709551617")]
    refused += [("65537 bytes", erase_payload(longest + "9")),
                ("scope address", replaced(good, "scope=log", "scope=address")),
                ("closed behind it", good + "closed=1\n")]
    return accepted, refused


def key_cases():
    good = key_payload(TWO)
    refused = list(document_faults(good))
    refused += [("change: " + fault, key_payload(TWO, bad))
                for fault, bad in list(name_faults("trusted"))
                + [("active", "active")]]
    refused += [("subject: " + fault, replaced(good, TWO.id, bad))
                for fault, bad in hex_faults(TWO.id)]
    refused += [("public: " + fault, replaced(good, TWO.public.hex(), bad))
                for fault, bad in hex_faults(TWO.public.hex())]
    refused += [("subject is another key", replaced(good, TWO.id, ONE.id)),
                ("public is another key", replaced(
                    good, TWO.public.hex(), ONE.public.hex())),
                ("scope address", replaced(good, "scope=log", "scope=address"))]
    return [(change, key_payload(TWO, change))
            for change in ("trusted", "retired", "revoked")], refused


def recover_cases():
    root = sha256(b"lost").hex()
    good = recover_payload(5, 1, 9, root)
    accepted = [("extent known", good),
                ("extent not known", recover_payload(5)),
                ("one entry lost", recover_payload(5, 1, 5, root)),
                ("only the head lost", recover_payload(5, 1, 4, root)),
                ("lost epoch 7", recover_payload(5, 7, 9, root))]
    refused = list(document_faults(good))
    refused += [("lost-epoch: " + fault, recover_payload(5, bad))
                for fault, bad in number_faults()]
    refused += [("lost-first: " + fault, recover_payload(bad))
                for fault, bad in number_faults()]
    refused += [("lost-last: " + fault, recover_payload(1, 1, bad, root))
                for fault, bad in number_faults(zero_allowed=True)]
    refused += [("lost-root: " + fault, recover_payload(5, 1, 9, bad))
                for fault, bad in hex_faults(root)]
    refused += [("lost-last before lost-first - 1",
                 recover_payload(5, 1, 3, root)),
                ("lost-last without lost-root", recover_payload(5, 1, 9)),
                ("lost-root without lost-last",
                 recover_payload(5, 1, "", root)),
                ("scope address", replaced(good, "scope=log", "scope=address"))]
    return accepted, refused


def payload_vectors():
    address_cases = address_payload_cases()
    vectors = vectors_of("data", *address_cases, action="set")
    vectors += vectors_of("data", *domain_payload_cases(), action="set")
    for action in ACTIONS[1:5]:
        vectors += vectors_of("data", [(action, address_payload()), (
            "domain: " + action, domain_payload())], [], action=action)
    logs = {"sweep": sweep_cases(), "erase": erase_cases(),
            "key": key_cases(), "recover": recover_cases()}
    for action, cases in logs.items():
        named = [[("%s: %s" % (action, name), data) for name, data in case]
                 for case in cases]
        vectors += vectors_of("data", *named, action=action)
        others = [("payload of %s in %s" % (other, action),
                   logs[other][0][0][1] if other in logs else address_payload())
                  for other in ACTIONS if other != action]
        others.append(("payload of a domain in " + action, domain_payload()))
        vectors += vectors_of("data", [], others, action=action)
        vectors += vectors_of(
            "data", [], [("payload of %s in set" % action, cases[0][0][1])],
            action="set")
    for vector in vectors:
        if vector["accept"]:
            vector["sha256"] = sha256(vector["data"].encode()).hex()
    return {"element": "payload", "vectors": vectors}


# --- Entries: section 9, 1 to 3

def entry_vector(name, accept, keyring="one", seq=7, payload=None, key=ONE,
                 signature=None, said=None, kept=None, **changes):
    """payload is what the statement hashes, kept what the store holds (if
    that's something else; False: nothing)."""
    payload = address_payload() if payload is None else payload
    said = said or statement(seq, payload, **dict({"key": key.id}, **changes))
    if signature is None:
        signature = key.sign(ENTRY_DOMAIN + octets(said))
    return put({"name": name, "accept": accept, "keyring": keyring,
                "origin": ORIGIN, "seq": seq, "statement": said,
                "signature_hex": signature.hex()}, "payload",
               payload if kept is None else kept or None)


def noncanonical(signature):
    scalar = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def entry_vectors():
    payload = address_payload()
    said = statement(7, payload)
    data = octets(said)
    good = ONE.sign(ENTRY_DOMAIN + data)
    flipped = bytes([good[0] ^ 1]) + good[1:]
    small_order = bytes([1]) + bytes(63)
    bad_signatures = [
        ("no domain prefix", ONE.sign(data)),
        ("domain prefix of version 2", ONE.sign(b"hardlink-entry-v2\0" + data)),
        ("domain prefix without the NUL", ONE.sign(ENTRY_DOMAIN[:-1] + data)),
        ("LF instead of the NUL", ONE.sign(ENTRY_DOMAIN[:-1] + b"\n" + data)),
        ("signature of the payload",
         ONE.sign(ENTRY_DOMAIN + octets(payload))),
        ("signature of statement and payload",
         ONE.sign(ENTRY_DOMAIN + data + octets(payload))),
        ("signature of the statement's hash",
         ONE.sign(ENTRY_DOMAIN + sha256(data))),
        ("signature of another statement",
         ONE.sign(ENTRY_DOMAIN + octets(statement(8, payload)))),
        ("signature by another key of this statement",
         TWO.sign(ENTRY_DOMAIN + data)),
        ("S not canonical", noncanonical(good)),
        ("a bit of R flipped", flipped),
        ("a bit of S flipped", good[:-32] + bytes([good[32] ^ 1]) + good[33:]),
        ("all zero", bytes(64)), ("small order R, S zero", small_order),
        ("63 bytes", good[:63]), ("65 bytes", good + b"\0"), ("empty", b"")]
    result = [entry_vector("good", True)]
    result += [entry_vector("signature: " + name, False, signature=signature)
               for name, signature in bad_signatures]
    rotated = "rotated at 10"
    for name, seq, key, keyring, accept in [
            ("retired key, first of its range", 1, ONE, rotated, True),
            ("retired key, last of its range", 9, ONE, rotated, True),
            ("retired key, behind its range", 10, ONE, rotated, False),
            ("active key, first of its range", 10, TWO, rotated, True),
            ("active key, far in its range", 2**63 - 1, TWO, rotated, True),
            ("active key, before its range", 9, TWO, rotated, False),
            ("revoked key", 5, ONE, "revoked", False),
            ("revoked key, behind its range", 10, ONE, "revoked", False),
            ("key beside a revoked one", 10, TWO, "revoked", True),
            ("unknown key", 7, STRANGER, "one", False)]:
        result.append(entry_vector(name, accept, keyring, seq, key=key))
    result += [
        entry_vector("key names another key of the keyring", False, rotated, 10,
                     said=statement(10, payload, key=TWO.id)),
        entry_vector("other log's origin", False, origin=OTHER_ORIGIN),
        entry_vector("sequence number isn't the place", False,
                     said=statement(8, payload)),
        entry_vector("payload isn't the hashed one", False,
                     kept=address_payload(current_new="evil@example.net")),
        entry_vector("payload with one more LF", False, kept=payload + "\n"),
        entry_vector("payload missing", False, kept=False),
        entry_vector("payload empty, hash fits", False, payload=""),
        entry_vector("payload is malformed, hash fits", False,
                     payload=replaced(payload, "blocked=", "blocked=no")),
        entry_vector("payload of scope domain, hash fits", False,
                     payload=replaced(payload, "scope=address",
                                      "scope=domain")),
        entry_vector("sweep", True, payload=sweep_payload(START),
                     action="sweep"),
        entry_vector("sweep with the payload of an address", False,
                     action="sweep"),
        entry_vector("set with the payload of a sweep", False,
                     payload=sweep_payload(START)),
        entry_vector("erase of what is before", True,
                     payload=erase_payload("1-6"), action="erase"),
        entry_vector("erase of itself", False,
                     payload=erase_payload("1-7"), action="erase"),
        entry_vector("erase of what is to come", False,
                     payload=erase_payload("3,9"), action="erase"),
        entry_vector("recover", True, payload=recover_payload(7),
                     action="recover"),
        entry_vector("recover with lost-first before it", False,
                     payload=recover_payload(6), action="recover"),
        entry_vector("recover with lost-first behind it", False,
                     payload=recover_payload(8), action="recover")]
    return {"element": "entry", "keyrings": KEYRINGS, "vectors": result}


# --- Checkpoints

def b64(data):
    return base64.b64encode(data).decode()


def log_name(origin=ORIGIN, epoch=1):
    return "hardlink/%s/%s" % (origin, epoch)


def key_hint(name, key, kind=b"\1"):
    return sha256(name.encode() + b"\n" + kind + key.public)[:4]


def signature_line(name, key, signed, hint=None):
    signature = (key_hint(name, key) if hint is None else hint) + key.sign(
        octets(signed))
    return "%s %s %s\n" % (DASH, name, b64(signature))


def note(signed, key=ONE, name=None, hint=None):
    name = name or signed.split("\n")[0]
    return signed + "\n" + signature_line(name, key, signed, hint)


ROOT = sha256(b"some root")


def head_text(size=7, root=ROOT, time=START, name=None):
    return "%s\n%s\n%s\ntime %s\n" % (
        name or log_name(), size, root if isinstance(root, str) else b64(root),
        time)


def trailing_bits(encoded):
    """The same bytes, with an unused bit set."""
    alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                "0123456789+/")
    place = alphabet.index(encoded[-2])
    assert place % 4 == 0
    return encoded[:-2] + alphabet[place + 1] + "="


def checkpoint_vectors():
    plain = head_text()
    good = note(plain)
    line = good.split("\n\n")[1]
    encoded = line.split(" ")[2].strip()
    accepted = [("plain", good, "one"),
                ("size 1", note(head_text(1)), "one"),
                ("largest numbers", note(head_text(
                    2**63 - 1, time=TIME_MAX,
                    name=log_name(epoch=2**63 - 1))), "one"),
                ("epoch 12", note(head_text(name=log_name(epoch=12))), "one"),
                ("root with + and /", note(head_text(
                    root=bytes([0xfb, 0xff, 0xbf]) * 10 + b"ab")), "one"),
                ("retired key, last of its range", note(head_text(9)),
                 "rotated at 10"),
                ("active key, first of its range", note(head_text(10), TWO),
                 "rotated at 10")]
    refused = [
        ("retired key, behind its range", note(head_text(10)),
         "rotated at 10"),
        ("active key, before its range", note(head_text(9), TWO),
         "rotated at 10"),
        ("revoked key", note(plain), "revoked"),
        ("unknown key", note(plain, STRANGER), "one"),
        ("hint of a known key, signature of an unknown one",
         note(plain, STRANGER, hint=key_hint(log_name(), ONE)), "one")]
    names = [("without the epoch", "hardlink/" + ORIGIN),
             ("epoch 0", log_name(epoch=0)),
             ("epoch with a leading zero", log_name(epoch="01")),
             ("epoch empty", log_name(epoch="")),
             ("epoch too large", log_name(epoch=2**63)),
             ("epoch above 2^64", log_name(epoch=2**64 + 1)),
             ("origin in upper case", log_name("AB" + ORIGIN[2:])),
             ("origin a byte short", log_name(ORIGIN[2:])),
             ("origin a byte long", log_name(ORIGIN + "00")),
             ("other prefix", "hardlinks/%s/1" % ORIGIN),
             ("trailing slash", log_name() + "/"),
             ("trailing space", log_name() + " "),
             ("host in front", "example.org/" + log_name()),
             ("prefix in upper case", "Hardlink/%s/1" % ORIGIN)]
    refused += [("name: " + what, note(head_text(name=name)), "one")
                for what, name in names]
    refused += [
        ("name of the signature line: other epoch",
         note(plain, name=log_name(epoch=2)), "one"),
        ("name of the signature line: other origin",
         note(plain, name=log_name(OTHER_ORIGIN)), "one"),
        ("name of the signature line: changed afterwards",
         replaced(good, DASH + " " + log_name(), DASH + " " + log_name(
             epoch=2)), "one"),
        ("name of the text: changed afterwards",
         log_name(epoch=2) + good[len(log_name()):], "one"),
        ("key hint wrong", note(plain, hint=b"\0\0\0\0"), "one"),
        ("key hint without the LF", note(plain, hint=sha256(
            log_name().encode() + b"\1" + ONE.public)[:4]), "one"),
        ("key hint of another algorithm", note(plain, hint=key_hint(
            log_name(), ONE, b"\4")), "one"),
        ("key hint is the key id", note(plain, hint=bytes.fromhex(
            ONE.id)[:4]), "one")]
    refused += [("size: " + fault, note(head_text(bad)), "one")
                for fault, bad in number_faults()]
    refused += [("time: " + fault, note(head_text(time=bad)), "one")
                for fault, bad in number_faults(limit=TIME_MAX)]
    roots = [("without padding", b64(ROOT)[:-1]),
             ("trailing bits set", trailing_bits(b64(ROOT))),
             ("31 bytes", b64(ROOT[:31])), ("33 bytes", b64(ROOT + b"x")),
             ("hex", ROOT.hex()), ("empty", ""),
             ("with URL-safe letters", "-_" + b64(ROOT)[2:]),
             ("space inside", b64(ROOT)[:20] + " " + b64(ROOT)[20:]),
             ("padding doubled", b64(ROOT) + "=")]
    refused += [("root: " + what, note(head_text(root=bad)), "one")
                for what, bad in roots]
    signatures = [("without padding", encoded[:-1]),
                  ("trailing bits set", trailing_bits(encoded)),
                  ("a byte short", b64(base64.b64decode(encoded)[:-1])),
                  ("a byte long", b64(base64.b64decode(encoded) + b"x")),
                  ("without the hint", b64(base64.b64decode(encoded)[4:])),
                  ("empty", ""),
                  ("S not canonical", b64(
                      base64.b64decode(encoded)[:4]
                      + noncanonical(base64.b64decode(encoded)[4:])))]
    refused += [("signature: " + what, replaced(good, encoded, bad), "one")
                for what, bad in signatures]
    texts = [
        ("time line missing", plain.split("time")[0]),
        ("extension state", plain + "state %s\n" % b64(ROOT)),
        ("extension in front of time", replaced(plain, "time ", "note\ntime ")),
        ("time line twice", plain + plain.splitlines(keepends=True)[-1]),
        ("time with =", replaced(plain, "time ", "time=")),
        ("time with two spaces", replaced(plain, "time ", "time  ")),
        ("time with a trailing space", plain[:-1] + " \n"),
        ("CRLF signed", plain.replace("\n", "\r\n")),
        ("NUL in the text", plain[:-1] + "\0\n"),
        ("empty line in the text", replaced(plain, "time ", "\ntime "))]
    refused += [(what, note(bad, name=log_name()), "one")
                for what, bad in texts]
    two = note(plain) + signature_line(log_name(), TWO, plain)
    refused += [
        ("two signature lines", two, "one"),
        ("the signature line twice", good + line, "one"),
        ("a witness's signature line", good + signature_line(
            "witness.example.org", TWO, plain), "one"),
        ("no signature line", plain + "\n", "one"),
        ("no empty line", plain + line, "one"),
        ("two empty lines", plain + "\n\n" + line, "one"),
        ("CRLF throughout", good.replace("\n", "\r\n"), "one"),
        ("last LF missing", good[:-1], "one"),
        ("LF doubled at the end", good + "\n", "one"),
        ("NUL at the end", good + "\0", "one"),
        ("hyphen instead of the dash", replaced(good, DASH, "-"), "one"),
        ("en dash instead of the dash", replaced(good, DASH, "\u2013"), "one"),
        ("no space behind the dash", replaced(good, DASH + " ", DASH), "one"),
        ("two spaces before the signature",
         replaced(good, " " + encoded, "  " + encoded), "one"),
        ("trailing space behind the signature", good[:-1] + " \n", "one"),
        ("signed with the empty line", plain + "\n" + signature_line(
            log_name(), ONE, plain + "\n"), "one"),
        ("signed without the last LF", plain + "\n" + signature_line(
            log_name(), ONE, plain[:-1]), "one"),
        ("signed with an entry's prefix", plain + "\n" + "%s %s %s\n" % (
            DASH, log_name(), b64(key_hint(log_name(), ONE) + ONE.sign(
                ENTRY_DOMAIN + plain.encode()))), "one"),
        ("size changed", replaced(good, "\n7\n", "\n8\n"), "one"),
        ("time changed", replaced(good, "time %d" % START,
                                  "time %d" % (START + 1)), "one"),
        ("empty", "", "one")]
    vectors = [put({"name": name, "accept": accept, "keyring": keyring},
                   "data", octets(data))
               for accept, cases in ((True, accepted), (False, refused))
               for name, data, keyring in cases]
    vectors[0].update({"origin": ORIGIN, "epoch": 1, "size": 7, "time": START,
                       "root": ROOT.hex()})
    return {"element": "checkpoint", "keyrings": KEYRINGS, "vectors": vectors}


# --- Keys

def keyring_vector(name, accept, *files, may_sign=None):
    vector = {"name": name, "accept": accept, "files": [
        put({"name": file}, "data", octets(data)) for file, data in files]}
    if may_sign:
        vector["may_sign"] = [[key.id, seq, allowed]
                              for key, seq, allowed in may_sign]
    return vector


def keyring_vectors():
    one, two = ONE.id + ".pub", TWO.id + ".pub"
    good = ONE.file()
    last = 2**63 - 1
    accepted = [
        keyring_vector("one active key", True, (one, good), may_sign=[
            (ONE, 1, True), (ONE, last, True), (TWO, 1, False)]),
        keyring_vector("active from 10 on", True, (one, ONE.file(first=10)),
                       may_sign=[(ONE, 9, False), (ONE, 10, True)]),
        keyring_vector("retired", True, (one, ONE.file("retired", 3, 9)),
                       may_sign=[(ONE, 2, False), (ONE, 3, True),
                                 (ONE, 9, True), (ONE, 10, False)]),
        keyring_vector("retired, one entry", True,
                       (one, ONE.file("retired", 3, 3)),
                       may_sign=[(ONE, 2, False), (ONE, 3, True),
                                 (ONE, 4, False)]),
        keyring_vector("retired, no entry", True,
                       (one, ONE.file("retired", 3, 2)),
                       may_sign=[(ONE, 2, False), (ONE, 3, False)]),
        keyring_vector("retired, no entry from the beginning", True,
                       (one, ONE.file("retired", 1, 0)),
                       may_sign=[(ONE, 1, False)]),
        keyring_vector("retired, largest number", True,
                       (one, ONE.file("retired", last, last)),
                       may_sign=[(ONE, last, True), (ONE, last - 1, False)]),
        keyring_vector("revoked", True, (one, ONE.file("revoked", 1, 9)),
                       may_sign=[(ONE, 1, False), (ONE, 9, False),
                                 (ONE, 10, False)]),
        keyring_vector("two keys", True, (one, ONE.file("retired", 1, 9)),
                       (two, TWO.file(first=10)),
                       may_sign=[(ONE, 9, True), (ONE, 10, False),
                                 (TWO, 9, False), (TWO, 10, True)]),
        keyring_vector("no comment", True, (one, ONE.file(comment=""))),
        keyring_vector("other names are ignored", True, (one, good),
                       ("README", "x\n"), (two + "~", "x\n"),
                       ("." + two, "x\n"), (TWO.id, "x\n"),
                       (two + "2", "x\n"), (two.upper(), "x\n"),
                       (TWO.id + "pub", "x\n"), (".pub", "x\n"))]
    accepted += [keyring_vector("comment: " + what, True,
                                (one, ONE.file(comment=value)))
                 for what, value in text_goods(255)]
    refused = [keyring_vector("no key", False),
               keyring_vector("only ignored files", False,
                              ("README", "x\n"))]
    faults = list(document_faults(good))
    faults += [("public: " + what, ONE.file(public=bad or " "))
               for what, bad in hex_faults(ONE.public.hex())]
    faults += [("status: " + what, ONE.file(bad))
               for what, bad in name_faults("active")]
    faults += [("first: " + what, ONE.file(first=bad))
               for what, bad in number_faults()]
    faults += [("last: " + what, ONE.file("retired", last=bad))
               for what, bad in number_faults(zero_allowed=True)]
    faults += [("comment: " + what, replaced(
        octets(ONE.file(comment="<here>")), b"<here>", bad))
        for what, bad in text_faults(255)]
    faults += [("active with last", ONE.file(last=9)),
               ("retired without last", ONE.file("retired")),
               ("revoked without last", ONE.file("revoked")),
               ("last before first - 1", ONE.file("retired", 5, 3)),
               ("public isn't the name's", TWO.file()),
               ("longer than 4096 bytes", good + "x" * 4096)]
    refused += [keyring_vector(what, False, (one, bad)) for what, bad in faults]
    refused += [keyring_vector("a good key beside a malformed one", False,
                               (one, good), (two, TWO.file()[:-1])),
                keyring_vector("a good key beside an empty file", False,
                               (one, good), (two, ""))]
    refused += [keyring_vector("a good key under the name " + name, False,
                               (two, TWO.file()), (name, good))
                for name in (ONE.id.upper() + ".pub", ONE.id[:-1] + ".pub",
                             ONE.id + "0.pub", "key.pub",
                             ONE.public.hex() + ".pub", one + ".pub")]
    return {"element": "keyring", "vectors": accepted + refused}


def signing_key_vectors():
    good = document("hardlink-signing-key/1", [("seed", ONE.seed.hex())])
    bad = list(document_faults(good)) + [
        ("seed: " + what, document("hardlink-signing-key/1", [("seed", value)]))
        for what, value in hex_faults(ONE.seed.hex())]
    bad += [("a public key's file", ONE.file())]
    vectors = vectors_of("data", [("plain", good)], bad)
    vectors[0].update({"public": ONE.public.hex(), "id": ONE.id})
    return {"element": "signing-key", "vectors": vectors}


# --- Mark

def mark_fields(epoch=1, size=7, root=ROOT.hex(), origin=ORIGIN):
    return [("origin", origin), ("epoch", epoch), ("size", size),
            ("root", root)]


def mark(*args, **changes):
    return document("hardlink-mark/1", mark_fields(*args, **changes))


def mark_vectors():
    bad = list(document_faults(mark()))
    for name in ("origin", "root"):
        bad += [("%s: %s" % (name, what), mark(**{name: value})) for what, value
                in hex_faults(dict(mark_fields())[name])]
    for name in ("epoch", "size"):
        bad += [("%s: %s" % (name, what), mark(**{name: value}))
                for what, value in number_faults()]
    vectors = vectors_of("data", [("plain", mark()), (
        "largest numbers", mark(2**63 - 1, 2**63 - 1))], bad)
    vectors[0].update(dict(mark_fields()))
    return {"element": "mark", "vectors": vectors}


def mark_order_vectors():
    other = sha256(b"another root").hex()
    cases = [("the same", True, {}),
             ("larger", True, {"size": 8, "root": other}),
             ("smaller", False, {"size": 6, "root": other}),
             ("smaller with the same root", False, {"size": 6}),
             ("same size, other root", False, {"root": other}),
             ("higher epoch, larger", True, {"epoch": 3, "size": 8}),
             ("higher epoch, smaller", True, {"epoch": 3, "size": 2,
                                              "root": other}),
             ("higher epoch, same size, other root", True,
              {"epoch": 3, "root": other}),
             ("lower epoch", False, {"epoch": 1}),
             ("lower epoch, larger", False, {"epoch": 1, "size": 800}),
             ("other origin", False, {"origin": OTHER_ORIGIN}),
             ("other origin, larger", False, {"origin": OTHER_ORIGIN,
                                              "epoch": 3, "size": 8})]
    high = dict(mark_fields(epoch=2))
    return {"element": "mark-order", "vectors": [
        {"name": "head: " + name, "accept": accept, "mark": high,
         "head": dict(high, **change)} for name, accept, change in cases]}


# --- Merkle tree, by RFC 6962's own recursive definition

def tree_hash(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = largest_power(len(leaves) - 1)
    return sha256(b"\1" + tree_hash(leaves[:split]) + tree_hash(leaves[split:]))


def largest_power(size):
    """The largest power of two that is at most size."""
    return 1 << (size.bit_length() - 1)


def frontier(leaves):
    result = b""
    while leaves:
        part = largest_power(len(leaves))
        result += tree_hash(leaves[:part])
        leaves = leaves[part:]
    return result


def merkle_vectors():
    leaves = ["", "a", "leaf 2", "leaf 3\n"]
    leaves += ["leaf %d " % i + "x" * 7 * i for i in range(4, 17)]
    data = [octets(leaf) for leaf in leaves]
    return {"element": "merkle", "leaves": leaves, "vectors": [
        {"name": "size %d" % size, "accept": True, "size": size,
         "root": tree_hash(data[:size]).hex(),
         "frontier": frontier(data[:size]).hex()} for size in range(18)]}


# --- States and answers

def permanent(target):
    return "557 5.2.7 mailbox has moved to <%s>" % target


def temporary(target):
    return "558 5.2.8 mailbox has temporarily moved to <%s>" % target


def state_vectors():
    effective, ends = START + 10 * DAY, START + 20 * DAY
    current_ends = START + 30 * DAY
    new, later = "new@example.net", "next@example.com"
    pending = dict(NEXT, next_status="pending")
    early = dict(NEXT, current="temporary", current_expires=START + 5 * DAY)
    cases = [
        ("permanent", {}, [(1, permanent(new)), (START, permanent(new)),
                           (TIME_MAX, permanent(new))]),
        ("nothing", NOTHING, [(START, None)]),
        ("permanent and blocked", {"blocked": "yes"}, [(START,
                                                        permanent(new))]),
        ("temporary", TEMPORARY, [(START, temporary(new)),
                                  (current_ends - 1, temporary(new)),
                                  (current_ends, None),
                                  (current_ends + 1, None)]),
        ("confirmed next over permanent", NEXT,
         [(effective - 1, permanent(new)), (effective, permanent(later)),
          (effective + 1, permanent(later))]),
        ("pending next over permanent", pending,
         [(effective - 1, permanent(new)), (effective, permanent(new)),
          (TIME_MAX, permanent(new))]),
        ("temporary next over permanent", NEXT_TEMPORARY,
         [(effective - 1, permanent(new)), (effective, temporary(later)),
          (ends - 1, temporary(later)), (ends, None), (TIME_MAX, None)]),
        ("temporary next over a longer temporary one",
         dict(TEMPORARY, **NEXT_TEMPORARY),
         [(effective - 1, temporary(new)), (effective, temporary(later)),
          (ends - 1, temporary(later)), (ends, None), (ends + 1, None),
          (current_ends - 1, None)]),
        ("pending temporary next over a temporary one",
         dict(TEMPORARY, **dict(NEXT_TEMPORARY, next_status="pending")),
         [(effective, temporary(new)), (ends, temporary(new)),
          (current_ends, None)]),
        ("next after current has ended", early,
         [(START, temporary(new)), (START + 5 * DAY, None),
          (effective - 1, None), (effective, permanent(later))]),
        ("only next", dict(NEXT, **NOTHING),
         [(effective - 1, None), (effective, permanent(later))]),
        ("only next, pending", dict(pending, **NOTHING),
         [(effective - 1, None), (effective, None)]),
        ("target in mixed case", {"current_new": "New.Name@example.net"},
         [(START, permanent("New.Name@example.net"))]),
        ("quoted target", {"current_new": '"a \\"b\\" \\\\"@example.net'},
         [(START, permanent('"a \\"b\\" \\\\"@example.net'))])]
    return {"element": "state", "vectors": [
        {"name": "%s, at %d" % (name, now), "accept": True,
         "payload": address_payload(**changes), "now": now, "reply": said}
        for name, changes, answers in cases for now, said in answers]}


# --- Whole logs

class LogMaker:
    """Appends as a store's writer would; `vector` breaks what it is told."""

    def __init__(self, origin=ORIGIN):
        self.origin, self.epoch, self.key = origin, 1, ONE
        self.entries, self.rows = [], []
        self.time = START
        self.append("key", key_payload(ONE, reason="new store"), "!key")

    def append(self, action, payload, index=None, after=60, **changes):
        seq = len(self.entries) + 1
        self.time += after
        said = statement(seq, payload, **dict(
            {"origin": self.origin, "epoch": self.epoch, "time": self.time,
             "action": action, "channel": "admin", "key": self.key.id},
            **changes))
        self.entries.append({
            "seq": seq, "statement": said, "signature_hex": self.key.sign(
                ENTRY_DOMAIN + said.encode()).hex(), "payload": payload})
        for row in self.rows:
            if row[0] == index and row[2] is None:
                row[2] = seq
        self.rows.append([index, seq, None])
        return self

    def set(self, address, action="set", salt="", after=60, entry=None,
            **changes):
        fields = dict({"address": address, "owner": "", "salt": seeded(
            "salt %d %s" % (len(self.entries), salt), 16).hex()}, **changes)
        return self.append(action, address_payload(**fields), address, after,
                           **(entry or {}))

    def set_domain(self, domain, action="set", **changes):
        fields = dict({"domain": domain, "salt": seeded(
            "salt %d" % len(self.entries), 16).hex()}, **changes)
        return self.append(action, domain_payload(**fields), "@" + domain)

    def recover(self, lost_epoch=1, epoch=2, **keys):
        self.epoch = epoch
        return self.append("recover", recover_payload(
            len(self.entries) + 1, lost_epoch, **keys), "!recover")

    def drop(self, *seqs):
        """What erasing does to payloads and index."""
        for seq in seqs:
            self.entries[seq - 1]["payload"] = None
        self.rows = [row for row in self.rows if row[1] not in seqs]
        for row in self.rows:
            later = [r[1] for r in self.rows
                     if r[0] == row[0] and r[1] > row[1]]
            row[2] = min(later, default=None)
        return self

    def leaves(self):
        return [entry["statement"].encode() for entry in self.entries]

    def head(self, **changes):
        leaves = self.leaves()
        facts = dict(size=len(leaves), root=tree_hash(leaves), time=self.time,
                     epoch=self.epoch, origin=self.origin, key=self.key)
        facts.update(changes)
        name = log_name(facts["origin"], facts["epoch"])
        return note(head_text(facts["size"], facts["root"], facts["time"],
                              name), facts["key"])

    def mark(self, size=None):
        leaves = self.leaves()[:size]
        return mark(self.epoch, len(leaves), tree_hash(leaves).hex(),
                    self.origin)

    def vector(self, name, accept, answers=(), keyring="one", **changes):
        result = {"name": name, "accept": accept, "keyring": keyring,
                  "origin": self.origin, "entries": self.entries,
                  "index": sorted(self.rows), "checkpoint": self.head(),
                  "frontier_hex": frontier(self.leaves()).hex(),
                  "mark": self.mark(), "answers": [
                      dict({"address": address, "now": now, "reply": said},
                           **(facts[0] if facts else {}))
                      for address, now, said, *facts in answers]}
        result.update(changes)
        return result


LOG_KEYRINGS = {
    "one": keyring_files((ONE, ONE.file())),
    "rotated at 8": keyring_files((ONE, ONE.file("retired", 1, 7)),
                                  (TWO, TWO.file("active", 8))),
    "one until 2": keyring_files((ONE, ONE.file("retired", 1, 2)),
                                 (TWO, TWO.file("active", 3))),
    "one revoked": keyring_files((ONE, ONE.file("revoked", 1, 9)),
                                 (TWO, TWO.file("active", 1))),
    "one revoked, until 12": keyring_files((ONE, ONE.file("revoked", 1, 12)),
                                           (TWO, TWO.file("active", 1)))}


def life_log():
    """One of everything: 16 entries, epoch 1 to 3, two keys."""
    log = LogMaker()
    log.set("a@example.org")                                          # 2
    log.set("b@example.org", current_new="b1@example.net",            # 3
            current="temporary", current_expires=START + 30 * DAY)
    log.set("b@example.org", "extend", current_new="b1@example.net",  # 4
            current="temporary", current_expires=START + 60 * DAY)
    log.set("a@example.org", "withdraw", **NOTHING)                   # 5
    log.set("a@example.org", current_new="a2@example.net")            # 6
    log.append("key", key_payload(TWO), "!key")                       # 7
    log.key = TWO
    log.append("key", key_payload(ONE, "retired"), "!key")            # 8
    log.set("c@example.org", **dict(NEXT, **NOTHING,                  # 9
                                    next_status="pending"))
    log.set("c@example.org", "confirm", **dict(NEXT, **NOTHING))      # 10
    log.set("d@example.org", "block", blocked="yes", **NOTHING)       # 11
    log.recover(1, 3)                                                 # 12
    log.append("sweep", sweep_payload(START + 60 * DAY), "!sweep",
               after=61 * DAY)                                        # 13
    log.append("erase", erase_payload("2,5"), "!erase")               # 14
    log.set("e+x@example.org", current_new="ex@example.net")          # 15
    log.set("e@example.org", current_new="e@example.net",             # 16
            after=0)
    return log.drop(2, 5)


def life_answers():
    later = START + 100 * DAY
    return [("a@example.org", later, permanent("a2@example.net")),
            ("A@EXAMPLE.org", later, permanent("a2@example.net")),
            ('"a"@example.org', later, permanent("a2@example.net")),
            ("a+tag@example.org", later, permanent("a2@example.net")),
            ("+a@example.org", later, None),
            # The head's time is later than this clock: b's time is over.
            ("b@example.org", START + DAY, None),
            ("c@example.org", later, permanent("next@example.com")),
            ("d@example.org", later, None),
            ("e@example.org", later, permanent("e@example.net")),
            ("e+x@example.org", later, permanent("ex@example.net")),
            ("e+x+y@example.org", later, permanent("e@example.net")),
            ("f@example.org", later, None),
            ("a@example.net", later, None),
            ("postmaster@example.org", later, None),
            ("postmaster+a@example.org", later, None)]


def detail_log():
    """An exact address that holds nothing, and what it doesn't hide."""
    log = LogMaker()
    log.set("a@example.org")
    log.set("a+x@example.org", **NOTHING)
    log.set("a+y@example.org", current="temporary",
            current_new="y@example.net", current_expires=START + DAY)
    log.set("postmaster@example.org")
    log.set("b@example.org", **TEMPORARY)
    return log.vector("details, expiries and a reserved name", True, [
        ("a+x@example.org", START, permanent("new@example.net")),
        ("a+y@example.org", START, temporary("y@example.net")),
        ("a+y@example.org", START + DAY, permanent("new@example.net")),
        ("postmaster@example.org", START, None),
        ("b@example.org", START + 30 * DAY - 1, temporary("new@example.net")),
        ("b@example.org", START + 30 * DAY, None)])


IF_EXISTS = {"if_exists": True}


def domain_log():
    """A whole domain, single addresses that win over it, protected ones."""
    log = LogMaker()
    log.set_domain("old.example")
    log.set("single@old.example")
    log.set("away@old.example", current="temporary",
            current_new="here@example.net", current_expires=START + DAY)
    log.set("over@old.example", **NOTHING)
    log.set("base@old.example")
    log.set_domain("brief.example", current="temporary",
                   current_expires=START + DAY)
    log.set_domain("over.example")
    log.set_domain("over.example", "withdraw", **NOTHING)
    log.set_domain("long.example", current_new="n" * 63 + "." + "n" * 63 + "."
                   + "n" * 60 + ".example")
    moved = permanent("new@example.net")
    return log.vector("a whole domain", True, [
        ("a@old.example", START, permanent("a@new.example"), IF_EXISTS),
        ("A.b+Tag@OLD.example", START, permanent("A.b+Tag@new.example"),
         IF_EXISTS),
        ('"a b"@old.example', START, permanent('"a b"@new.example'),
         IF_EXISTS),
        ("single@old.example", START, moved),
        ("base+x@old.example", START, moved),
        ("away@old.example", START, temporary("here@example.net")),
        ("away@old.example", START + DAY, permanent("away@new.example"),
         IF_EXISTS),
        ("over@old.example", START, permanent("over@new.example"), IF_EXISTS),
        ("postmaster@old.example", START, None),
        ("Abuse+x@old.example", START, None),
        ("hostmaster@old.example", START, None),
        ("abuses@old.example", START, permanent("abuses@new.example"),
         IF_EXISTS),
        ("a@sub.old.example", START, None),
        ("a@example", START, None),
        ("a@new.example", START, None),
        ("a@brief.example", START, temporary("a@new.example"), IF_EXISTS),
        ("a@brief.example", START + DAY, None),
        ("a@over.example", START, None),
        ("a" * 40 + "@long.example", START, permanent(
            "a" * 40 + "@" + "n" * 63 + "." + "n" * 63 + "." + "n" * 60
            + ".example"), IF_EXISTS),
        ("a" * 60 + "@long.example", START, None)])


def misplaced_domain_log():
    """The entry of another domain under this one's key."""
    log = LogMaker()
    log.set_domain("other.example")
    log.rows[-1][0] = "@old.example"
    return log.vector("a domain's entry under another's key", False, [
        ("a@old.example", START, "error"), ("a@other.example", START, None)])


def small_log():
    """Two addresses; a has two entries: 1 key, 2 and 4 a, 3 b."""
    log = LogMaker()
    log.set("a@example.org", current_new="old-a@example.net")
    log.set("b@example.org")
    return log.set("a@example.org", current_new="a@example.net")


A_NOW = ("a@example.org", START + DAY, permanent("a@example.net"))
A_ERROR = ("a@example.org", START + DAY, "error")
B_NOW = ("b@example.org", START + DAY, permanent("new@example.net"))
B_ERROR = ("b@example.org", START + DAY, "error")


def good_logs():
    erased = small_log().append("erase", erase_payload("2,4"), "!erase")
    tail = small_log()
    recovered = small_log().recover(5, 6, last=9, root=ROOT.hex())
    small_root = tree_hash(small_log().leaves()).hex()
    only_head = small_log().recover(1, 2, last=4, root=small_root)
    same_time = LogMaker().set("a@example.org", after=0)
    rotated = life_log()
    return [
        LogMaker().vector("only the first entry", True,
                          [("a@example.org", START, None)]),
        small_log().vector("small", True, [A_NOW, B_NOW]),
        small_log().vector("mark lags", True, [A_NOW], mark=tail.mark(2)),
        same_time.vector("two entries of one second", True),
        erased.drop(2, 4).vector("all of an address erased", True, [
            ("a@example.org", START + DAY, None), B_NOW]),
        recovered.vector("recovered, epoch jumps", True, [A_NOW],
                         mark=mark(5, 9, ROOT.hex())),
        only_head.vector("recovered, only the head lost", True, [A_NOW],
                         mark=mark(1, 4, small_root)),
        rotated.vector("a whole life", True, life_answers(), "rotated at 8"),
        detail_log(),
        domain_log(),
        exclamation_log()]


def exclamation_log():
    """Addresses that look like the index keys of log entries."""
    log = LogMaker()
    log.set("!key@example.org").set("!@example.org")
    return log.vector("local parts that begin with !", True, [
        ("!key@example.org", START, permanent("new@example.net")),
        ("!@example.org", START, permanent("new@example.net"))])


def revoked_log(keep=(), after=0, **changes):
    """What `key revoke` makes of a log: key ONE signed 1 to 6. keep: what it
    doesn't say again; after: entries by ONE behind it all."""
    log = LogMaker()
    log.set("a@example.org", current_new="old-a@example.net")         # 2
    log.set("b@example.org")                                          # 3
    log.set("a@example.org", current_new="a@example.net")             # 4
    log.append("erase", erase_payload("2"), "!erase")                 # 5
    log.append("sweep", sweep_payload(log.time), "!sweep")            # 6
    log.key = TWO
    log.set("a@example.org", current_new="a@example.net")             # 7
    if "b" not in keep:
        log.set("b@example.org", "withdraw", **NOTHING)               # 8
    if "sweep" not in keep:
        log.append("sweep", sweep_payload(log.time), "!sweep")        # 9
    if "erase" not in keep:
        log.append("erase", erase_payload("2"), "!erase")             # 10
    if "key" not in keep:
        log.append("key", key_payload(ONE, "revoked"), "!key",        # 11
                   **changes)
    log.drop(2)
    log.key = ONE
    for _ in range(after):
        log.set("c@example.org", **NOTHING)
    log.key = TWO
    return log.set("c@example.org", **NOTHING) if after else log


B_GONE = ("b@example.org", START + DAY, None)


def erased_and_revoked_log():
    """Also what a revoked key signed is erased."""
    log = revoked_log()
    log.append("erase", erase_payload("3-4,8"), "!erase")             # 12
    return log.drop(3, 4, 8)


def recovered_and_revoked_log():
    """A declared loss needn't be said again."""
    log = LogMaker()
    log.set("a@example.org").recover(1, 2)
    log.key = TWO
    log.set("a@example.org")
    return log.append("key", key_payload(ONE, "revoked"), "!key")


def revoked_logs():
    forged = revoked_log()
    forged.entries[2] = dict(forged.entries[2], signature_hex=forged.entries[3][
        "signature_hex"])
    late = "one revoked, until 12"
    return [
        revoked_log().vector("a key was revoked", True, [A_NOW, B_GONE],
                             "one revoked"),
        erased_and_revoked_log().vector(
            "a key was revoked, and what it signed erased", True,
            [A_NOW, B_GONE], "one revoked"),
        recovered_and_revoked_log().vector(
            "a key was revoked that declared a loss", True,
            [("a@example.org", START + DAY, permanent("new@example.net"))],
            "one revoked"),
        revoked_log(keep="b").vector(
            "revoked: an address that nothing says again", False,
            [A_NOW, B_ERROR], "one revoked"),
        revoked_log(keep=["sweep"]).vector(
            "revoked: a sweep that nothing says again", False,
            [A_NOW, B_GONE], "one revoked"),
        revoked_log(keep=["erase"]).vector(
            "revoked: an erasure that nothing says again", False,
            [A_NOW, B_GONE], "one revoked"),
        revoked_log(keep=["key"]).vector(
            "revoked: no entry says so", False, [A_NOW, B_GONE],
            "one revoked"),
        revoked_log(after=1).vector(
            "revoked: an entry of the key behind that which says so", False,
            [A_NOW, ("c@example.org", START + DAY, None)], late),
        revoked_log(after=1).vector(
            "revoked: an entry behind the range of the key", False, [A_NOW],
            "one revoked"),
        forged.vector("revoked: an entry that the key didn't sign", False,
                      [A_NOW, B_GONE], "one revoked")]


def bad_entry_logs():
    """The log's order, payloads and signatures."""
    result = []

    def add(name, log, answers=(), **keys):
        result.append(log.vector(name, False, answers, **keys))

    log = small_log()
    log.entries[1]["payload"] = None
    add("superseded payload missing, not erased", log, [A_NOW, B_NOW])
    log = small_log()
    log.entries[3]["payload"] = None
    add("open payload missing, not erased", log, [A_ERROR, B_NOW])
    add("payload and index rows missing, not erased", small_log().drop(2))
    log = small_log().append("erase", erase_payload("3"), "!erase")
    add("payload missing, another one erased", log.drop(2), [A_NOW])
    log = small_log().append("erase", erase_payload("2"), "!erase")
    log.entries[4]["signature_hex"] = STRANGER.sign(
        ENTRY_DOMAIN + log.entries[4]["statement"].encode()).hex()
    add("payload missing, erase entry isn't valid", log.drop(2), [A_NOW])
    log = small_log().append("erase", erase_payload("1"), "!erase")
    add("key entry erased", log.drop(1))
    log = small_log().append("erase", erase_payload("2"), "!erase")
    log.append("erase", erase_payload("5"), "!erase")
    add("erase entry erased", log.drop(2, 5))
    add("payload there, listed as erased", small_log().append(
        "erase", erase_payload("2"), "!erase"), [A_NOW, B_NOW])
    add("key entry listed as erased", small_log().append(
        "erase", erase_payload("1"), "!erase"), [A_NOW, B_NOW])
    add("epoch of recover is lost-epoch", small_log().recover(2, 2))
    add("erase lists its own number", small_log().append(
        "erase", erase_payload("2,5"), "!erase").drop(2))
    log = small_log()
    log.entries[1]["payload"] = log.entries[3]["payload"]
    add("payload of another entry", log, [A_NOW])
    log = small_log()
    log.entries[3]["payload"] = log.entries[1]["payload"]
    add("open entry with an older payload", log, [A_ERROR, B_NOW])
    log = small_log()
    log.entries[3].update({name: log.entries[1][name] for name in (
        "statement", "signature_hex", "payload")})
    add("older entry in the place of a newer one", log, [A_ERROR])
    log = small_log()
    log.entries[1]["signature_hex"] = "00" * 64
    add("signature zeroed", log, [A_NOW])

    log = LogMaker().set("a@example.org").set("b@example.org")
    log.entries[2]["seq"] = 4
    log.rows[2][1] = 4
    add("gap, statement says 3 in the place of 4", log,
        checkpoint=log.head(size=4))
    log = small_log()
    del log.entries[2], log.rows[2]
    add("entry and row deleted, head is the old one", log,
        [A_NOW, ("b@example.org", START + DAY, None)],
        checkpoint=small_log().head(),
        frontier_hex=frontier(small_log().leaves()).hex(),
        mark=small_log().mark())
    log = small_log()
    del log.entries[2], log.rows[2]
    add("entry and row deleted, head signed anew", log,
        checkpoint=log.head(size=4), mark=mark(1, 4, tree_hash(
            log.leaves()).hex()))

    add("time goes backwards", LogMaker().set("a@example.org").set(
        "b@example.org", after=-1))
    add("epoch goes backwards", small_log().recover(1, 3).set(
        "c@example.org", entry={"epoch": 2}))
    add("epoch raised without recover", small_log().set(
        "c@example.org", entry={"epoch": 2}))
    add("recover keeps the epoch", small_log().recover(1, 1))
    add("recover with a lost-epoch before the epoch", small_log().recover(
        3, 4).recover(2, 5))
    add("recover with lost-first wrong", small_log().append(
        "recover", recover_payload(4), "!recover", epoch=2),
        checkpoint=small_log().append(
            "recover", recover_payload(4), "!recover", epoch=2).head(epoch=2))
    log = LogMaker()
    log.entries, log.rows = [], []
    add("first entry isn't a key entry", log.set("a@example.org"))
    log = LogMaker()
    log.entries, log.rows, log.epoch = [], [], 2
    add("first entry has epoch 2", log.append("key", key_payload(ONE), "!key"))

    log = small_log()
    log.entries = [LogMaker(OTHER_ORIGIN).entries[0]] + log.entries[1:]
    add("one entry of another log", log, [A_NOW])
    log = small_log()
    add("store of another origin", log, [A_ERROR], origin=OTHER_ORIGIN)
    add("key unknown", small_log(), [A_ERROR], keyring="one revoked")
    add("key retired too early", small_log(), [A_ERROR],
        keyring="one until 2")
    log = small_log()
    log.key = TWO
    log.set("c@example.org")
    add("some entries behind the range of a retired key", log,
        [A_ERROR, ("b@example.org", START + DAY, "error"),
         ("c@example.org", START + DAY, permanent("new@example.net"))],
        keyring="one until 2")
    log = small_log().append("sweep", address_payload(
        address="c@example.org"), "c@example.org")
    add("sweep with the payload of an address", log,
        [("c@example.org", START + DAY, "error")])
    return result


def index_log(name, rows, answers):
    log = small_log()
    log.rows = rows
    return log.vector(name, False, answers)


def bad_index_logs():
    key, first, middle, last = (["!key", 1, None], ["a@example.org", 2, 4],
                                ["b@example.org", 3, None],
                                ["a@example.org", 4, None])
    reopened = ["a@example.org", 2, None]
    return [
        index_log("index: older row missing", [key, middle, last], [A_NOW]),
        # Sections 9 and 11: verify sees this, a recipient doesn't.
        index_log("index: newest row missing", [key, first, middle],
                  [A_ERROR, B_NOW]),
        index_log("index: newest row missing, older one reopened",
                  [key, reopened, middle],
                  [("a@example.org", START + DAY,
                    permanent("old-a@example.net"))]),
        index_log("index: all rows of an address missing", [key, middle],
                  [("a@example.org", START + DAY, None), B_NOW]),
        index_log("index: row of the key entry missing",
                  [first, middle, last], [A_NOW]),
        index_log("index: two rows open", [key, reopened, middle, last],
                  [A_ERROR, B_NOW]),
        index_log("index: newest row superseded",
                  [key, first, middle, ["a@example.org", 4, 5]],
                  [A_ERROR, B_NOW]),
        index_log("index: superseded by a number that is not the next",
                  [key, ["a@example.org", 2, 3], middle, last], [A_NOW]),
        index_log("index: superseded by itself",
                  [key, ["a@example.org", 2, 2], middle, last], [A_ERROR]),
        index_log("index: superseded by what came before",
                  [key, ["a@example.org", 2, 1], middle, last], [A_ERROR]),
        index_log("index: superseded by what is behind the newest",
                  [key, ["a@example.org", 2, 5], middle, last], [A_ERROR]),
        index_log("index: row under another address",
                  [key, first, ["c@example.org", 3, None], last],
                  [("c@example.org", START + DAY, "error"),
                   ("b@example.org", START + DAY, None)]),
        index_log("index: row of an entry that doesn't exist",
                  [key, first, middle, last, ["c@example.org", 9, None]],
                  [("c@example.org", START + DAY, "error"), A_NOW]),
        index_log("index: one entry under two keys",
                  [key, first, middle, last, ["c@example.org", 3, None]],
                  [("c@example.org", START + DAY, "error"), B_NOW]),
        index_log("index: key not folded",
                  [key, first, ["B@example.org", 3, None], last],
                  [("b@example.org", START + DAY, None)]),
        index_log("index: entries of two addresses swapped",
                  [key, ["a@example.org", 2, None], ["b@example.org", 4, None],
                   ["b@example.org", 3, 4]],
                  [B_ERROR]),
        index_log("index: key entry under another key",
                  [["!sweep", 1, None], first, middle, last], [A_NOW]),
        small_log().append("erase", erase_payload("2"), "!erase").drop(
            2).vector("index: row of an erased entry", False, [A_NOW],
                      index=[["!erase", 5, None], key, first, last, middle]),
        small_log().append("erase", erase_payload("2-4"), "!erase").drop(
            2, 3, 4).vector(
                "index: open row of an erased entry", False, [A_ERROR],
                index=[["!erase", 5, None], key, last])]


def bad_head_logs():
    def case(name, answers=(A_ERROR, B_ERROR), **changes):
        return small_log().vector("head: " + name, False, answers, **changes)

    log, shorter = small_log(), small_log()
    del shorter.entries[3]
    raised = small_log().set("c@example.org")
    return [
        case("size too small", checkpoint=log.head(size=3)),
        case("size too large", checkpoint=log.head(size=5)),
        case("older head", checkpoint=shorter.head(), mark=shorter.mark()),
        case("root wrong", (A_ERROR,), checkpoint=log.head(root=ROOT)),
        case("root wrong, mark lags", (A_NOW,),
             checkpoint=log.head(root=ROOT), mark=log.mark(2)),
        case("time isn't the last entry's", (A_NOW,),
             checkpoint=log.head(time=log.time + 1)),
        case("epoch isn't the last entry's", (A_NOW,),
             checkpoint=log.head(epoch=2)),
        case("other origin", checkpoint=log.head(origin=OTHER_ORIGIN)),
        case("signed by an unknown key", checkpoint=log.head(key=STRANGER)),
        case("malformed", checkpoint=log.head()[:-1]),
        case("frontier empty", (), frontier_hex=""),
        case("frontier of a smaller tree", (A_NOW,),
             frontier_hex=frontier(shorter.leaves()).hex()),
        case("frontier with a byte flipped", (A_NOW,),
             frontier_hex="%02x" % (frontier(log.leaves())[0] ^ 1)
             + frontier(log.leaves()).hex()[2:]),
        case("below the mark", mark=raised.mark()),
        case("below the mark's epoch", mark=mark(2, 4, tree_hash(
            log.leaves()).hex())),
        case("mark of the same size has another root",
             mark=mark(1, 4, ROOT.hex())),
        case("mark of another store", mark=mark(
            1, 4, tree_hash(log.leaves()).hex(), OTHER_ORIGIN)),
        case("mark isn't of this tree", (A_NOW,), mark=mark(
            1, 2, ROOT.hex())),
        small_log().recover(1, 2).vector(
            "head: mark before recover isn't of this tree", False, [A_NOW],
            mark=mark(1, 2, ROOT.hex()))]


def log_vectors():
    return {"element": "log", "keyrings": LOG_KEYRINGS,
            "vectors": good_logs() + [misplaced_domain_log()]
            + bad_entry_logs() + bad_index_logs()
            + bad_head_logs() + revoked_logs()}


# --- Proofs

def audit_path(leaf, leaves):
    """RFC 6962 section 2.1.1, as it is defined there."""
    if len(leaves) == 1:
        return []
    split = largest_power(len(leaves) - 1)
    if leaf < split:
        return audit_path(leaf, leaves[:split]) + [tree_hash(leaves[split:])]
    return audit_path(leaf - split, leaves[split:]) + [tree_hash(
        leaves[:split])]


def proof_parts(log, seq, **changes):
    entry = log.entries[seq - 1]
    parts = {"magic": "hardlink-proof/1", "signature": entry["signature_hex"],
             "path": ",".join(node.hex() for node in audit_path(
                 seq - 1, log.leaves())),
             "statement": entry["statement"], "payload": entry["payload"],
             "checkpoint": log.head()}
    assert not set(changes) - set(parts), changes
    parts.update(changes)
    return parts


def proof(log, seq, **changes):
    parts = proof_parts(log, seq, **changes)
    head = document(parts["magic"], [(name, parts[name])
                                     for name in ("signature", "path")])
    return "\n".join([head, parts["statement"], parts["payload"] or "",
                      parts["checkpoint"]])


def long_log(size):
    log = LogMaker()
    for number in range(2, size + 1):
        log.set("u%d@example.org" % number)
    return log


def good_proofs():
    """(name, log, seq, keyring)"""
    for size in (2, 3, 5, 8, 9):
        log = long_log(size)
        for seq in range(2, size + 1):
            yield "entry %d of %d" % (seq, size), log, seq, "one"
    life = life_log()
    yield "by a key that is retired", life, 3, "rotated at 8"
    yield "an older epoch", life, 10, "rotated at 8"
    yield "the newest entry", life, 16, "rotated at 8"


def bad_proofs():
    """(name, data, keyring)"""
    log, other = small_log(), LogMaker(OTHER_ORIGIN).set("a@example.org")
    good, parts = proof(log, 2), proof_parts(log, 2)
    nodes = parts["path"].split(",")
    pieces = good.split("\n\n")

    def bad(name, keyring="one", seq=2, **changes):
        return name, proof(log, seq, **changes), keyring

    def path(*hashes):
        return ",".join(hashes)

    for name, header in document_faults(pieces[0] + "\n"):
        yield ("header: " + name,
               "\n\n".join([header[:-1]] + pieces[1:]), "one")
    yield "CRLF", good.replace("\n", "\r\n"), "one"
    yield "LF at the end", good + "\n", "one"
    yield "last LF missing", good[:-1], "one"
    yield "more behind it", good + "\n" + parts["payload"], "one"
    yield "two empty lines", good.replace("\n\n", "\n\n\n", 1), "one"
    yield "no empty line", good.replace("\n\n", "\n", 1), "one"
    yield "twice", good + good, "one"
    for left in range(1, 5):
        yield ("cut behind part %d" % left, "\n\n".join(pieces[:left]) + "\n",
               "one")
    yield ("statement and payload swapped", "\n\n".join(
        [pieces[0], pieces[2], pieces[1]] + pieces[3:]), "one")
    yield bad("signature of another entry",
              signature=log.entries[2]["signature_hex"])
    yield bad("signature in upper case", signature=parts["signature"].upper())
    yield bad("signature too short", signature=parts["signature"][:-2])
    yield bad("path empty", path="")
    yield bad("path too short", path=path(*nodes[:-1]))
    yield bad("path too long", path=path(*nodes, nodes[0]))
    yield bad("path longer than any", path=path(*nodes * 32))
    yield bad("path in another order", path=path(*nodes[::-1]))
    yield bad("path of another entry", path=proof_parts(log, 3)["path"])
    yield bad("path with a bit flipped", path="%x%s" % (
        int(parts["path"][0], 16) ^ 1, parts["path"][1:]))
    yield bad("path in upper case", path=parts["path"].upper())
    yield bad("path with a space", path=parts["path"].replace(",", ", "))
    yield bad("path with a comma at the end", path=parts["path"] + ",")
    yield bad("path with an empty hash", path=parts["path"].replace(",", ",,"))
    yield bad("statement of another entry",
              statement=log.entries[2]["statement"])
    yield bad("payload of another entry", payload=log.entries[3]["payload"])
    yield bad("payload erased", payload="")
    yield bad("payload says another target", payload=replaced(
        parts["payload"], "old-a@", "evil@"))
    yield bad("checkpoint of an older tree",
              checkpoint=long_log(2).head(root=tree_hash(log.leaves()[:3]),
                                          size=3))
    yield bad("checkpoint of before the entry", seq=4,
              checkpoint=log.head(size=3, root=tree_hash(log.leaves()[:3])))
    yield bad("checkpoint of another log", checkpoint=other.head())
    yield bad("checkpoint of another root", checkpoint=log.head(root=ROOT))
    yield bad("checkpoint by an unknown key",
              checkpoint=log.head(key=STRANGER))
    yield bad("checkpoint is older than the entry",
              checkpoint=log.head(time=START))
    yield bad("checkpoint of a lower epoch than the entry", seq=4,
              checkpoint=log.head(epoch=2))
    yield bad("checkpoint with another time than its last entry", seq=4,
              checkpoint=log.head(time=log.time + 1))
    yield bad("another magic", magic="hardlink-proof/2")
    yield "an entry of scope log", proof(log, 1), "one"
    by_two = log.head(key=TWO)
    yield bad("key revoked", "one revoked", checkpoint=by_two)
    yield bad("key unknown", "two", checkpoint=by_two)
    yield bad("key retired before the entry", "one until 2", seq=3,
              checkpoint=by_two)
    yield bad("key of the head revoked", "one revoked")
    yield bad("key of the head retired before it", "one until 2")
    life = life_log()
    life.entries[1]["payload"] = ""
    yield "an erased entry", proof(life, 2), "rotated at 8"


def proof_vectors():
    keyrings = dict(LOG_KEYRINGS, two=keyring_files((TWO, TWO.file())))
    vectors = [{"name": name, "accept": True, "keyring": keyring,
                "data": proof(log, seq), "seq": seq, "size": len(log.entries),
                "address": log.entries[seq - 1]["payload"].split(
                    "\naddress=")[1].split("\n")[0]}
               for name, log, seq, keyring in good_proofs()]
    vectors += [put({"name": name, "accept": False, "keyring": keyring},
                    "data", data) for name, data, keyring in bad_proofs()]
    return {"element": "proof", "keyrings": keyrings, "vectors": vectors}


MAKERS = {"address": address_vectors, "statement": statement_vectors,
          "payload": payload_vectors, "entry": entry_vectors,
          "checkpoint": checkpoint_vectors, "keyring": keyring_vectors,
          "signing-key": signing_key_vectors, "mark": mark_vectors,
          "mark-order": mark_order_vectors, "merkle": merkle_vectors,
          "state": state_vectors, "log": log_vectors, "proof": proof_vectors}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make-vectors.py DIR")
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, make in MAKERS.items():
        collection = make()
        names = [vector["name"] for vector in collection["vectors"]]
        assert len(set(names)) == len(names), [
            name for name in names if names.count(name) > 1]
        path = os.path.join(sys.argv[1], name + ".json")
        with open(path, "w", encoding="ascii") as file:
            json.dump(collection, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""An independent checker of the hard-link log, written from FORMAT.md alone.

  hlcheck.py vectors DIR
  hlcheck.py store DB --keyring DIR [--mark FILE]
  hlcheck.py answer DB --keyring DIR --mark FILE [--delimiters CHARS] ADDRESS NOW
  hlcheck.py proof FILE (--keyring DIR | --key FILE ...)

Needs Python 3.9 and python3-nacl or python3-cryptography. Exit codes: 0, 64
(usage), 65 (something isn't as the format demands; each problem is a line).
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import sqlite3
import sys
import unicodedata

try:
    import nacl.bindings
    import nacl.exceptions

    def signature_is_good(public, message, signature):
        try:
            nacl.bindings.crypto_sign_open(signature + message, public)
        except nacl.exceptions.BadSignatureError:
            return False
        return True
except ImportError:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519

    def signature_is_good(public, message, signature):
        try:
            key = ed25519.Ed25519PublicKey.from_public_bytes(public)
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

NUMBER_MAX = 9223372036854775807
TIME_MAX = 253402300799
STATEMENT_DOMAIN = b"hardlink-entry-v1\0"
ADDRESS_ACTIONS = ("set", "confirm", "extend", "withdraw", "block")
LOG_ACTIONS = ("sweep", "erase", "key", "recover")
CHANNELS = ("admin", "cli", "submission", "imap", "sieve")


class Refused(Exception):
    """The format doesn't allow this."""


def demand(condition, problem):
    if not condition:
        raise Refused(problem)


def sha256(data):
    return hashlib.sha256(data).digest()


def key_id(public):
    return sha256(public)[:16].hex()


# --- Section 1: elements. Each takes the bytes of a value.

def number(value, low=0, high=NUMBER_MAX):
    demand(re.fullmatch(rb"0|[1-9][0-9]{0,18}", value), "not a number")
    demand(low <= int(value) <= high, "number out of range")
    return int(value)


def time(value):
    return number(value, 1, TIME_MAX)


def hexadecimal(value, size):
    demand(re.fullmatch(rb"[0-9a-f]*", value) and len(value) == 2 * size,
           "not %d bytes in lower-case hex" % size)
    return value.decode()


def text(value, limit, empty=True):
    demand(empty or value, "must not be empty")
    demand(len(value) <= limit, "longer than %d bytes" % limit)
    try:
        result = value.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    demand(not re.search("[\0-\x1f\x7f-\x9f]", result), "control character")
    return result


def one_of(value, names):
    demand(value in [name.encode() for name in names], "unknown value")
    return value.decode()


def document(data, magic, names):
    """The values of a text document, by name."""
    demand(data.endswith(b"\n"), "no LF at the end")
    lines = data[:-1].split(b"\n")
    demand(lines[0] == magic, "wrong first line")
    demand(len(lines) - 1 == len(names), "wrong number of lines")
    values = {}
    for line, name in zip(lines[1:], names):
        demand(line.startswith(name.encode() + b"="), "no " + name)
        values[name] = line[len(name) + 1:]
    return values


# --- Section 2: addresses, as (decoded local part, domain), both bytes. A whole
# domain has an empty local part.

ATOM = rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+"
DOT_STRING = ATOM + rb"(?:\." + ATOM + rb")*"
LABEL = rb"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label isn't all digits.
DOMAIN = rb"(?:" + LABEL + rb"\.)*(?![0-9]+\Z)" + LABEL


def address(value):
    """Only the canonical form."""
    demand(len(value) <= 254, "address too long")
    local, domain = loose_address(value)
    demand(address_text((local, domain)) == value, "address not canonical")
    return local, domain


def loose_address(value):
    """Any quoting, a domain in any case; as a recipient comes in."""
    match = re.fullmatch(
        rb'(?:(%s)|"((?:[ !#-\[\]-~\x80-\xff]|\\[ -~\x80-\xff])*)")@(.*)'
        % DOT_STRING, value)
    demand(match, "not an address")
    local = match[1] or re.sub(rb"\\(.)", rb"\1", match[2] or b"")
    domain = match[3].lower()
    text(local, 64, empty=False)
    demand(re.fullmatch(DOMAIN, domain), "not a domain")
    demand(len(domain) <= 253, "domain too long")
    result = local, domain
    demand(len(address_text(result)) <= 254, "address too long")
    demand(address_text(result).rfind(b"@") <= 64, "local part too long")
    return result


def address_text(parts):
    local, domain = parts
    if local and not re.fullmatch(DOT_STRING, local):
        local = b'"' + re.sub(rb'(["\\])', rb"\\\1", local) + b'"'
    return local + b"@" + domain


def whole_domain(value):
    demand(re.fullmatch(DOMAIN, value), "not a domain")
    demand(len(value) <= 253, "domain too long")
    return b"", value


def fold(parts):
    return parts[0].lower(), parts[1]


def compose(parts):
    """The local part in NFC."""
    local = unicodedata.normalize("NFC", parts[0].decode()).encode()
    text(local, 64, empty=False)
    demand(address_text((local, parts[1])).rfind(b"@") <= 64,
           "local part too long")
    demand(len(address_text((local, parts[1]))) <= 254, "address too long")
    return local, parts[1]


def key_address(value):
    parts = address(value)
    demand(fold(parts) == parts, "address not folded")
    return parts


# --- Section 3: payload

COMMON = ["salt", "scope"]
ADDRESS_FIELDS = COMMON + [
    "address", "owner", "actor", "reason", "blocked",
    "current", "current-new", "current-expires",
    "next", "next-new", "next-effective", "next-expires", "next-status"]
DOMAIN_FIELDS = ["domain" if name == "address" else name
                 for name in ADDRESS_FIELDS]
LOG_FIELDS = {
    "sweep": ["horizon", "closed"],
    "erase": ["erased"],
    "key": ["change", "subject", "public"],
    "recover": ["lost-epoch", "lost-first", "lost-last", "lost-root"]}


def filled_exactly_if(condition, value, problem):
    demand(bool(value) == bool(condition), problem)
    return bool(value)


def link(values, name, result):
    """A kind, its target and its expiry."""
    kind = one_of(values[name], ["permanent", "temporary", ""])
    target = expires = None
    if filled_exactly_if(kind, values[name + "-new"],
                         name + "-new and kind disagree"):
        parse = address if result["address"][0] else whole_domain
        target = parse(values[name + "-new"])
        demand(fold(target) != result["address"], "target is the address")
    if filled_exactly_if(kind == "temporary", values[name + "-expires"],
                         name + "-expires and kind disagree"):
        expires = time(values[name + "-expires"])
    return {"kind": kind, "target": target, "expires": expires} if kind else None


def subject(data):
    """The values, and whose they are: version 2 is for scope domain alone."""
    if data.startswith(b"hardlink-payload/2\n"):
        values = document(data, b"hardlink-payload/2", DOMAIN_FIELDS)
        one_of(values["scope"], ["domain"])
        one_of(values["owner"], [""])
        one_of(values["blocked"], [""])
        return values, whole_domain(values["domain"])
    values = document(data, b"hardlink-payload/1", ADDRESS_FIELDS)
    one_of(values["scope"], ["address"])
    return values, key_address(values["address"])


def address_payload(data):
    demand(len(data) <= 4096, "longer than 4096 bytes")
    values, parts = subject(data)
    hexadecimal(values["salt"], 16)
    result = {"address": parts,
              "owner": text(values["owner"], 255),
              "actor": text(values["actor"], 255, empty=False),
              "reason": text(values["reason"], 500),
              "blocked": one_of(values["blocked"], ["yes", ""])}
    result["current"] = link(values, "current", result)
    result["next"] = link(values, "next", result)
    for name in ("effective", "status"):
        filled_exactly_if(result["next"], values["next-" + name],
                          "next-%s and next disagree" % name)
    if result["next"]:
        change = result["next"]
        change["effective"] = time(values["next-effective"])
        change["status"] = one_of(values["next-status"],
                                  ["confirmed", "pending"])
        demand(change["expires"] is None
               or change["expires"] > change["effective"],
               "next-expires isn't after next-effective")
    return result


def ranges(value):
    """Sequence numbers as a list of (first, last)."""
    result = []
    for part in value.split(b","):
        first, dash, last = part.partition(b"-")
        first = number(first, 1)
        last = number(last, first + 1) if dash else first
        demand(not result or first > result[-1][1] + 1, "ranges out of order")
        result.append((first, last))
    return result


def log_payload(data, action):
    demand(len(data) <= 65536, "longer than 65536 bytes")
    values = document(data, b"hardlink-payload/1",
                      COMMON + ["actor", "reason"] + LOG_FIELDS[action])
    hexadecimal(values["salt"], 16)
    one_of(values["scope"], ["log"])
    text(values["actor"], 255, empty=False)
    text(values["reason"], 500)
    if action == "sweep":
        return {"horizon": time(values["horizon"]),
                "closed": number(values["closed"])}
    if action == "erase":
        return {"erased": ranges(values["erased"])}
    if action == "key":
        one_of(values["change"], ["trusted", "retired", "revoked"])
        public = bytes.fromhex(hexadecimal(values["public"], 32))
        demand(hexadecimal(values["subject"], 16) == key_id(public),
               "subject isn't the key id of public")
        return {"public": public, "revoked": values["change"] == b"revoked"}
    result = {"epoch": number(values["lost-epoch"], 1),
              "first": number(values["lost-first"], 1)}
    if filled_exactly_if(values["lost-root"], values["lost-last"],
                         "only one of lost-last and lost-root"):
        number(values["lost-last"], result["first"] - 1)
        hexadecimal(values["lost-root"], 32)
    return result


def payload(data, action):
    if action in ADDRESS_ACTIONS:
        return address_payload(data)
    return log_payload(data, action)


# --- Section 4: statement

def statement(data):
    demand(len(data) <= 512, "longer than 512 bytes")
    values = document(data, b"hardlink-entry/1", [
        "origin", "epoch", "seq", "time", "action", "channel", "key",
        "payload"])
    return {"origin": hexadecimal(values["origin"], 16),
            "epoch": number(values["epoch"], 1),
            "seq": number(values["seq"], 1),
            "time": time(values["time"]),
            "action": one_of(values["action"], ADDRESS_ACTIONS + LOG_ACTIONS),
            "channel": one_of(values["channel"], CHANNELS),
            "key": hexadecimal(values["key"], 16),
            "payload": hexadecimal(values["payload"], 32)}


# --- Section 5: tree. A frontier is a list of (height, hash), largest first.

def frontier_of(leaves):
    frontier = []
    for leaf in leaves:
        height, node = 0, sha256(b"\0" + leaf)
        while frontier and frontier[-1][0] == height:
            node = sha256(b"\1" + frontier.pop()[1] + node)
            height += 1
        frontier.append((height, node))
    return frontier


def root_of(frontier):
    if not frontier:
        return sha256(b"")
    node = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        node = sha256(b"\1" + left + node)
    return node


# --- Section 6: checkpoint

def canonical_base64(value):
    data = base64.b64decode(value, validate=True)
    demand(base64.b64encode(data) == value, "base64 not canonical")
    return data


def checkpoint(data, keyring):
    """Parses it and checks its signature."""
    match = re.fullmatch(
        rb"((hardlink/([0-9a-f]{32})/([0-9]+))\n([0-9]+)\n"
        rb"([A-Za-z0-9+/]{43}=)\ntime ([0-9]+)\n)\n"
        rb"\xe2\x80\x94 \2 ([A-Za-z0-9+/]{91}=)\n", data)
    demand(match, "not a checkpoint")
    signed, name = match[1], match[2]
    result = {"origin": match[3].decode(), "epoch": number(match[4], 1),
              "size": number(match[5], 1),
              "root": canonical_base64(match[6]).hex(),
              "time": time(match[7])}
    signature = canonical_base64(match[8])
    for key in keyring.values():
        hint = sha256(name + b"\n\1" + key["public"])[:4]
        if (hint == signature[:4] and may_sign(key, result["size"])
                and signature_is_good(key["public"], signed, signature[4:])):
            return result
    raise Refused("no key that may sign this head verifies it")


# --- Section 7: keyring

def key_file(name, data):
    demand(len(data) <= 4096, "longer than 4096 bytes")
    values = document(data, b"hardlink-key/1",
                      ["public", "status", "first", "last", "comment"])
    public = bytes.fromhex(hexadecimal(values["public"], 32))
    demand(name == key_id(public) + ".pub", "file name isn't the key id")
    status = one_of(values["status"], ["active", "retired", "revoked"])
    first = number(values["first"], 1)
    last = NUMBER_MAX
    if filled_exactly_if(status != "active", values["last"],
                         "last and status disagree"):
        last = number(values["last"], first - 1)
    text(values["comment"], 255)
    return {"public": public, "status": status, "first": first, "last": last}


def keyring_of(files):
    """files: name -> bytes. The result: key id -> key."""
    keyring = {}
    for name, data in sorted(files.items()):
        if name.endswith(".pub") and not name.startswith("."):
            try:
                keyring[name[:-4]] = key_file(name, data)
            except Refused as problem:
                raise Refused("key %s: %s" % (name, problem)) from None
    demand(keyring, "a keyring without a key")
    return keyring


def read_keyring(path):
    files = {}
    for name in os.listdir(path):
        if name.endswith(".pub"):
            with open(os.path.join(path, name), "rb") as file:
                files[name] = file.read()
    return keyring_of(files)


def may_sign(key, seq):
    return key["status"] != "revoked" and key["first"] <= seq <= key["last"]


def signing_key(data):
    return hexadecimal(document(data, b"hardlink-signing-key/1",
                                ["seed"])["seed"], 32)


# --- Section 8: mark

def mark(data):
    values = document(data, b"hardlink-mark/1",
                      ["origin", "epoch", "size", "root"])
    return {"origin": hexadecimal(values["origin"], 16),
            "epoch": number(values["epoch"], 1),
            "size": number(values["size"], 1),
            "root": hexadecimal(values["root"], 32)}


def not_below(head, high):
    demand(head["origin"] == high["origin"], "mark is of another store")
    head_place = head["epoch"], head["size"]
    high_place = high["epoch"], high["size"]
    demand(head_place >= high_place, "head is below the mark")
    demand(head_place > high_place or head["root"] == high["root"],
           "head and mark have different roots")


# --- Section 9: store

class Log:
    """What a store holds: entries are (seq, statement, signature, payload or
    None), rows (key, seq, superseded_by or None); head is (checkpoint,
    frontier)."""

    def __init__(self, origin, folding, entries, rows, head):
        self.origin, self.folding = origin, folding
        self.entries, self.rows, self.head = entries, rows, head

    def entry(self, seq):
        for entry in self.entries:
            if entry[0] == seq:
                return entry
        raise Refused("no entry %d" % seq)


def read_store(path):
    demand(os.path.isfile(path), "%s: no such file" % path)
    db = sqlite3.connect("file:%s?mode=ro" % path.replace("?", "%3f"),
                         uri=True, isolation_level=None)
    try:
        db.execute("BEGIN")
        meta = dict(db.execute("SELECT name, value FROM meta"))
        entries = [(seq, raw(said), raw(signature),
                    None if what is None else raw(what))
                   for seq, said, signature, what in db.execute(
                       "SELECT seq, statement, signature, payload FROM entry"
                       " ORDER BY seq")]
        rows = [(raw(key), seq, after) for key, seq, after in db.execute(
                    "SELECT key, seq, superseded_by FROM link"
                    " ORDER BY key, seq")]
        head = db.execute("SELECT checkpoint, frontier FROM head"
                          " WHERE id = 1").fetchone()
    except sqlite3.Error as problem:
        raise Refused("%s: %s" % (path, problem)) from None
    finally:
        db.close()
    demand(head, "the store has no head")
    return Log(meta.get("origin"), meta.get("folding"), entries, rows,
               (raw(head[0]), raw(head[1])))


def raw(value):
    demand(isinstance(value, (str, bytes)), "column of the wrong type")
    return value.encode() if isinstance(value, str) else value


def signed_statement(log, entry, keyring):
    """Section 9, 1 and 2; "disowned": but for the key, which was revoked."""
    seq, said, signature, _ = entry
    result = statement(said)
    demand(result["origin"] == log.origin, "statement of another log")
    demand(result["seq"] == seq, "statement has another sequence number")
    demand(result["key"] in keyring, "key isn't in the keyring")
    key = keyring[result["key"]]
    demand(key["first"] <= seq <= key["last"],
           "key may not sign this sequence number")
    result["disowned"] = key["status"] == "revoked"
    demand(len(signature) == 64
           and signature_is_good(key["public"], STATEMENT_DOMAIN + said,
                                 signature), "bad signature")
    return result


def valid_entry(log, entry, keyring):
    """Section 9, 1 to 3: the statement, and in it the payload."""
    result = past_entry(log, entry, keyring)
    demand(not result["disowned"], "key was revoked")
    return result


def past_entry(log, entry, keyring):
    """The same, or disowned."""
    result = signed_statement(log, entry, keyring)
    data = entry[3]
    demand(data is not None, "payload missing")
    demand(sha256(data).hex() == result["payload"],
           "payload isn't the signed one")
    result["says"] = payload(data, result["action"])
    if result["action"] == "erase":
        demand(result["says"]["erased"][-1][1] < result["seq"],
               "erases what comes later")
    if result["action"] == "recover":
        demand(result["says"]["first"] == result["seq"],
               "lost-first isn't its own sequence number")
    return result


def index_key(result):
    if result["action"] in LOG_ACTIONS:
        return b"!" + result["action"].encode()
    return address_text(result["says"]["address"])


def erased_ranges(log, keyring):
    """(first, last) of what valid erase entries list."""
    result = []
    for entry in log.entries:
        try:
            if b"\naction=erase\n" in entry[1]:
                result += valid_entry(log, entry, keyring)["says"]["erased"]
        except Refused:
            pass  # check_entries() reports it
    return result


def is_listed(seq, listed):
    return any(first <= seq <= last for first, last in listed)


def check_order(before, result):
    """Section 5, between an entry and the last good one before it."""
    if result["seq"] == 1:
        demand(result["epoch"] == 1 and result["action"] == "key",
               "the first entry isn't a key entry of epoch 1")
    if before is None:
        return
    demand(result["time"] >= before["time"], "time goes backwards")
    if result["action"] != "recover":
        demand(result["epoch"] == before["epoch"], "epoch changes")
        return
    demand(result["epoch"] > before["epoch"], "recover doesn't raise the epoch")
    demand(before["epoch"] <= result["says"]["epoch"] < result["epoch"],
           "lost-epoch isn't between the epochs before and after")


def check_entries(log, keyring, problems):
    """Returns what the index must be, and the last good statement."""
    erased = erased_ranges(log, keyring)
    index, before, results = {}, None, []
    for place, entry in enumerate(log.entries, 1):
        seq = entry[0]
        try:
            demand(seq == place, "a gap before it")
            if entry[3] is None:
                result = signed_statement(log, entry, keyring)
                demand(result["action"] in ADDRESS_ACTIONS,
                       "payload missing that can't be erased")
                demand(is_listed(seq, erased), "payload missing and not erased")
            else:
                demand(not is_listed(seq, erased),
                       "payload there, but listed as erased")
                result = past_entry(log, entry, keyring)
                index.setdefault(index_key(result), []).append(seq)
            check_order(before, result)
            before = result
            results.append(result)
        except Refused as problem:
            problems.append("entry %s: %s" % (seq, problem))
            if str(problem) == "a gap before it":
                break
    check_disowned(results, index, problems)
    return index, before


def check_disowned(results, index, problems):
    """Nothing that a revoked key said may be the last word."""
    newest = {seqs[-1] for key, seqs in index.items() if key != b"!recover"}
    last, said = {}, {}
    for result in results:
        if result["disowned"]:
            last[result["key"]] = result["seq"]
            if result["seq"] in newest:
                problems.append("entry %s: key was revoked, and nothing "
                                "supersedes it" % result["seq"])
        elif result["action"] == "key" and result["says"]["revoked"]:
            said[key_id(result["says"]["public"])] = result["seq"]
    for key, seq in last.items():
        if said.get(key, 0) < seq:
            problems.append("entry %s: key was revoked, and no later entry "
                            "says so" % seq)


def check_index(log, index, problems):
    expected = {(key, seq, after) for key, seqs in index.items()
                for seq, after in zip(seqs, seqs[1:] + [None])}
    for what, rows in (("row missing", expected - set(log.rows)),
                       ("wrong row", set(log.rows) - expected)):
        for key, seq, after in sorted(rows, key=repr):
            problems.append("index: %s: %s, entry %s, %s" % (
                what, ascii(key)[1:], seq,
                "superseded by %s" % after if after else "open"))


def good_head(log, keyring, high):
    head = checkpoint(log.head[0], keyring)
    demand(head["origin"] == log.origin, "head of another log")
    demand(log.entries and head["size"] == log.entries[-1][0],
           "head's size isn't the last sequence number")
    if high is not None:
        not_below(head, high)
    return head


def check_head(log, keyring, high, last, problems):
    try:
        head = good_head(log, keyring, high)
        leaves = [entry[1] for entry in log.entries]
        frontier = frontier_of(leaves)
        demand(head["root"] == root_of(frontier).hex(), "root isn't the tree's")
        demand(log.head[1] == b"".join(node for _, node in frontier),
               "frontier isn't the tree's")
        demand(last is None or last["seq"] != head["size"]
               or (head["epoch"], head["time"])
               == (last["epoch"], last["time"]),
               "epoch or time isn't the last entry's")
        # The mark once was the head: what it saw is still the beginning.
        if (high is not None and high["size"] <= len(leaves)
                and statement(leaves[high["size"] - 1])["epoch"]
                == high["epoch"]):
            demand(root_of(frontier_of(leaves[:high["size"]])).hex()
                   == high["root"], "the tree contradicts the mark")
    except Refused as problem:
        problems.append("head: %s" % problem)


def check_log(log, keyring, high):
    """All problems of a log, as lines."""
    problems = []
    if log.folding != "ascii-lower":
        problems.append("folding isn't ascii-lower")
    index, last = check_entries(log, keyring, problems)
    check_index(log, index, problems)
    check_head(log, keyring, high, last, problems)
    return problems


# --- Section 10: answer

def in_force(state, now):
    change = state["next"]
    if change and change["status"] == "confirmed" and change["effective"] <= now:
        held = change
    else:
        held = state["current"]
    if held and held["kind"] == "temporary" and now >= held["expires"]:
        return None
    return held


def state_of(log, keyring, parts):
    rows = sorted((seq, after) for key, seq, after in log.rows
                  if key == address_text(parts))
    if not rows:
        return None
    newest = rows[-1]
    demand(newest[1] is None, "the newest row of the address isn't open")
    for seq, after in rows[-2:-1]:
        demand(after is not None and seq < after <= newest[0],
               "the row before the newest one isn't superseded by it")
    result = valid_entry(log, log.entry(rows[-1][0]), keyring)
    demand(result["says"].get("address") == parts, "entry of another address")
    return result["says"]


def without_detail(parts, delimiters):
    local = parts[0]
    cut = min([place for place in map(local.find, delimiters) if place >= 0],
              default=0)
    base = local[:cut], parts[1]
    text = address_text(base)
    fits = text.rfind(b"@") <= 64 and len(text) <= 254
    return base if cut > 0 and fits else None


PROTECTED = (b"postmaster", b"abuse", b"hostmaster", b"mailer-daemon")


def lead(parts, domain):
    """Where a domain's hard-link leads this recipient, or None."""
    try:
        parts = compose((parts[0], domain))
    except Refused:
        return None
    # What a payload's writer wouldn't take (section 2) leads nowhere.
    seen = parts[0].decode()
    return None if any(unicodedata.category(char)[0] in "CZ" and char != " "
                       for char in seen) else parts


def answer(log, keyring, high, recipient, now, delimiters=b"+",
           protected=PROTECTED):
    """The link in force for a recipient, or None."""
    given = loose_address(recipient)
    try:
        parts = compose(fold(compose(given)))
    except Refused:
        # too long to be the address of a payload
        return None
    delimiters = [delimiters[i:i + 1] for i in range(len(delimiters))]
    base = without_detail(parts, delimiters)
    bare = (base or parts)[0]
    if bare == b"postmaster":
        return None
    head = good_head(log, keyring, high)
    now = max(now, head["time"])
    for candidate in (parts, base, (b"", parts[1])):
        state = state_of(log, keyring, candidate) if candidate else None
        held = in_force(state, now) if state else None
        if held and candidate[0]:
            return held
        if held and bare not in protected:
            target = lead(given, held["target"][1])
            return target and dict(held, target=target, if_exists=True)
    return None


def reply(held):
    if held is None:
        return None
    code = ("557 5.2.7 mailbox has moved to <%s>"
            if held["kind"] == "permanent" else
            "558 5.2.8 mailbox has temporarily moved to <%s>")
    return code % address_text(held["target"]).decode()


# --- Section 12: proof

def path_hashes(value):
    if not value:
        return []
    parts = value.split(b",")
    demand(len(parts) <= 63, "path longer than any")
    return [bytes.fromhex(hexadecimal(part, 32)) for part in parts]


def root_by_path(leaf, place, size, path):
    """RFC 9162 section 2.1.3.2, of a path of exactly the right length."""
    node, last = sha256(b"\0" + leaf), size - 1
    for sibling in path:
        demand(last > 0, "path too long")
        if place % 2 == 1 or place == last:
            node = sha256(b"\1" + sibling + node)
            while place % 2 == 0 and place > 0:
                place, last = place // 2, last // 2
        else:
            node = sha256(b"\1" + node + sibling)
        place, last = place // 2, last // 2
    demand(last == 0, "path too short")
    return node


def proof(data, keyring):
    """(entry, head) that it proves; head: a checkpoint's values"""
    demand(len(data) <= 16384, "longer than 16384 bytes")
    parts = data.split(b"\n\n")
    demand(len(parts) == 5, "not a proof: wrong number of parts")
    values = document(parts[0] + b"\n", b"hardlink-proof/1",
                      ["signature", "path"])
    signature = bytes.fromhex(hexadecimal(values["signature"], 64))
    path = path_hashes(values["path"])
    said, what = parts[1] + b"\n", parts[2] + b"\n"
    head = checkpoint(parts[3] + b"\n\n" + parts[4], keyring)
    seq = statement(said)["seq"]
    entry = valid_entry(Log(head["origin"], "ascii-lower", [], [], None),
                        (seq, said, signature, what), keyring)
    demand(entry["action"] in ADDRESS_ACTIONS, "not an entry of an address")
    demand(seq <= head["size"], "the entry is behind the head")
    here, there = ((result["epoch"], result["time"])
                   for result in (entry, head))
    demand(here == there if seq == head["size"] else
           here[0] <= there[0] and here[1] <= there[1],
           "epoch or time of entry and head don't fit each other")
    demand(root_by_path(said, seq - 1, head["size"], path).hex()
           == head["root"], "the path doesn't lead to the head's root")
    return entry, head


def instant(seconds):
    return "%s (%d)" % (datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds)


def described(held):
    if held is None:
        return "nothing"
    until = ", until " + instant(held["expires"]) if held["expires"] else ""
    return "%s, to %s%s" % (held["kind"],
                            address_text(held["target"]).decode(), until)


def proven(entry, head):
    """What a proof shows, and what it doesn't, as lines."""
    says = entry["says"]
    lines = ["proven: log %s held this as entry %d when it had %d entries" % (
        head["origin"], entry["seq"], head["size"]),
             "  head: epoch %d, %s, root %s" % (
                 head["epoch"], instant(head["time"]), head["root"]),
             "  entry: %s, %s, signed by key %s" % (
                 entry["action"], instant(entry["time"]), entry["key"]),
             "  address: " + address_text(says["address"]).decode(),
             "  held then: " + described(says["current"])]
    if says["next"]:
        lines.append("  to come: %s, from %s, %s" % (
            described(says["next"]), instant(says["next"]["effective"]),
            says["next"]["status"]))
    if says["blocked"]:
        lines.append("  blocked: yes")
    lines += ["  %s: %s" % (name, says[name])
              for name in ("owner", "actor", "reason") if says[name]]
    return lines + ["not proven: that no other entry of the address came later"]


# --- Vectors: see README.md

def octets(vector, name):
    if name + "_hex" in vector:
        return bytes.fromhex(vector[name + "_hex"])
    value = vector[name]
    return None if value is None else value.encode()


def vector_keyring(collection, vector):
    return keyring_of({name: data.encode() for name, data in
                       collection["keyrings"][vector["keyring"]].items()})


def vector_log(collection, vector):
    return Log(vector["origin"], "ascii-lower",
               [(entry["seq"], octets(entry, "statement"),
                 bytes.fromhex(entry["signature_hex"]),
                 octets(entry, "payload")) for entry in vector["entries"]],
               [(key.encode(), seq, after)
                for key, seq, after in vector["index"]],
               (octets(vector, "checkpoint"),
                bytes.fromhex(vector["frontier_hex"])))


def expect(vector, found):
    for name, value in found.items():
        if name in vector:
            demand(vector[name] == value, "%s is %r" % (name, value))


def check_address(_, vector):
    (key_address if vector["as"] == "key" else address)(octets(vector, "data"))


def check_statement(_, vector):
    expect(vector, statement(octets(vector, "data")))


def check_payload(_, vector):
    data = octets(vector, "data")
    payload(data, vector["action"])
    expect(vector, {"sha256": sha256(data).hex()})


def check_entry(collection, vector):
    log = Log(vector["origin"], "ascii-lower", [], [], None)
    valid_entry(log, (vector["seq"], octets(vector, "statement"),
                      bytes.fromhex(vector["signature_hex"]),
                      octets(vector, "payload")),
                vector_keyring(collection, vector))


def check_checkpoint(collection, vector):
    expect(vector, checkpoint(octets(vector, "data"),
                              vector_keyring(collection, vector)))


def check_proof(collection, vector):
    entry, head = proof(octets(vector, "data"),
                        vector_keyring(collection, vector))
    expect(vector, {"seq": entry["seq"], "size": head["size"],
                    "address": address_text(entry["says"]["address"]).decode()})


def check_keyring(_, vector):
    keyring = keyring_of({file["name"]: octets(file, "data")
                          for file in vector["files"]})
    for name, seq, expected in vector.get("may_sign", []):
        allowed = name in keyring and may_sign(keyring[name], seq)
        demand(allowed == expected, "%s may sign %d: %s" % (name, seq, allowed))


def check_signing_key(_, vector):
    signing_key(octets(vector, "data"))


def check_mark(_, vector):
    expect(vector, mark(octets(vector, "data")))


def check_mark_order(_, vector):
    not_below(vector["head"], vector["mark"])


def check_merkle(collection, vector):
    leaves = [leaf.encode() for leaf in collection["leaves"]]
    frontier = frontier_of(leaves[:vector["size"]])
    expect(vector, {"root": root_of(frontier).hex(),
                    "frontier": b"".join(node for _, node in frontier).hex()})


def check_state(_, vector):
    state = payload(octets(vector, "payload"), "set")
    found = reply(in_force(state, vector["now"]))
    demand(found == vector["reply"], "the reply is %r" % found)


def check_whole_log(collection, vector):
    keyring = vector_keyring(collection, vector)
    log, high = vector_log(collection, vector), mark(octets(vector, "mark"))
    # An "error" is part of what a vector expects, whatever the log is.
    for case in vector["answers"]:
        held = None
        try:
            held = answer(log, keyring, high, case["address"].encode(),
                          case["now"])
            found = reply(held)
        except Refused:
            found = "error"
        if found != case["reply"] or (held or {}).get(
                "if_exists", False) != case.get("if_exists", False):
            raise AssertionError("%s at %d: %r" % (case["address"], case["now"],
                                                   found))
    problems = check_log(log, keyring, high)
    demand(not problems, "; ".join(problems))


CHECKS = {"address": check_address, "statement": check_statement,
          "payload": check_payload, "entry": check_entry,
          "checkpoint": check_checkpoint, "keyring": check_keyring,
          "signing-key": check_signing_key, "mark": check_mark,
          "mark-order": check_mark_order, "merkle": check_merkle,
          "state": check_state, "log": check_whole_log, "proof": check_proof}


def check_vector(collection, vector):
    """None, or how this checker disagrees with the vector."""
    try:
        CHECKS[collection["element"]](collection, vector)
    except Refused as problem:
        return "refused: %s" % problem if vector["accept"] else None
    except AssertionError as problem:
        return str(problem)
    return None if vector["accept"] else "accepted"


# --- Commands

def command_vectors(args):
    count, problems = 0, []
    for name in sorted(os.listdir(args.dir)):
        if not name.endswith(".json"):
            continue
        with open(os.path.join(args.dir, name), encoding="utf-8") as file:
            collection = json.load(file)
        for vector in collection["vectors"]:
            count += 1
            problem = check_vector(collection, vector)
            if problem:
                problems.append("%s: %s: %s" % (name, vector["name"], problem))
    demand(count, "%s: no vectors" % args.dir)
    return problems or ["%d vectors: as expected" % count], not problems


def read_mark(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return mark(file.read())


def command_store(args):
    log = read_store(args.db)
    problems = check_log(log, read_keyring(args.keyring), read_mark(args.mark))
    return (problems or ["%d entries: verified" % len(log.entries)],
            not problems)


def command_answer(args):
    high = read_mark(args.mark)
    held = answer(read_store(args.db), read_keyring(args.keyring), high,
                  args.address.encode(), args.now, args.delimiters.encode(),
                  args.protected.lower().encode().split())
    if held and "if_exists" in held:
        print("only if this recipient exists", file=sys.stderr)
    return [reply(held) or "none"], True


def command_proof(args):
    if args.keyring:
        keyring = read_keyring(args.keyring)
    else:
        files = {}
        for path in args.key:
            with open(path, "rb") as file:
                files[os.path.basename(path)] = file.read()
        keyring = keyring_of(files)
    with open(args.file, "rb") as file:
        data = file.read(16385)
    return proven(*proof(data, keyring)), True


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, "%s: %s\n" % (self.prog, message))


def main():
    parser = Parser(description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    sub = commands.add_parser("vectors")
    sub.add_argument("dir")
    sub.set_defaults(run=command_vectors)
    sub = commands.add_parser("store")
    sub.add_argument("db")
    sub.add_argument("--keyring", required=True)
    sub.add_argument("--mark")
    sub.set_defaults(run=command_store)
    sub = commands.add_parser("answer")
    sub.add_argument("db")
    sub.add_argument("--keyring", required=True)
    sub.add_argument("--mark", required=True)
    sub.add_argument("--delimiters", default="+")
    sub.add_argument("--protected", default=b" ".join(PROTECTED).decode())
    sub.add_argument("address")
    sub.add_argument("now", type=int)
    sub.set_defaults(run=command_answer)
    sub = commands.add_parser("proof")
    sub.add_argument("file")
    keys = sub.add_mutually_exclusive_group(required=True)
    keys.add_argument("--keyring")
    keys.add_argument("--key", action="append",
                      help="the file of one trusted key, KEYID.pub")
    sub.set_defaults(run=command_proof)
    args = parser.parse_args()
    try:
        lines, good = args.run(args)
    except (Refused, OSError) as problem:
        print(problem, file=sys.stderr)
        return 65
    print("\n".join(lines))
    return 0 if good else 65


if __name__ == "__main__":
    sys.exit(main())

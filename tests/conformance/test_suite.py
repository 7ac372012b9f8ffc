"""The conformance suite (suite/) against every server here: the same cases,
and byte for byte the same replies."""

import json
import re

import pytest

import servers
from dovecot import is_23
from opensmtpd_server import has_tls

# Cases that a server lawfully answers otherwise: see `or:` in suite/.
LMTP_OTHERS = {"postmaster-bare", "no-angle-brackets", "space-in-front",
               *([] if is_23() else ["utf8-old-unannounced"])}
OTHERS = {
    "lmtp-direct": LMTP_OTHERS, "lmtp-proxy": LMTP_OTHERS,
    "postfix-milter": {"old-special-%", "old-special-!",
                       "utf8-old-unannounced"},
    "exim-query": {"longest-target-temporary", "middling-target-temporary",
                   "utf8-target-temporary", "utf8-old-unannounced",
                   "long-target-with-blanks", "postmaster-bare"},
    "submission-reply": LMTP_OTHERS - {"postmaster-bare"},
}

# Not before OpenSMTPD 7.
NO_TLS = {} if has_tls() else {"opensmtpd-filter": ["tls"]}
LOGIN_WITHIN_TLS = set() if NO_TLS else {"opensmtpd-filter"}

# What a server doesn't have. Every other case has to be there.
LMTP = {"smtp", "login", "not offered CHUNKING", "offered DSN", "offered SIZE",
        ("" if is_23() else "not ") + "offered SMTPUTF8"}
ABSENT = {
    "lmtp-direct": LMTP, "lmtp-proxy": LMTP,
    "postfix-milter": {"lmtp", "not offered CHUNKING", "not offered DSN",
                       "not offered SMTPUTF8"},
    "exim-query": {"lmtp", "not offered CHUNKING", "not offered DSN",
                   "not offered SMTPUTF8"},
    "submission-reply": {"lmtp", "stranger", "not offered CHUNKING",
                         "not offered DSN", "offered SMTPUTF8" if is_23()
                         else "not offered SMTPUTF8"},
}

OTHERS["opensmtpd-filter"] = {
    "hello-twice", "no-angle-brackets", "quoted-dots", "quoted-escapes",
    "quoted-needlessly", "quoted-needlessly-detail",
    "quoted-needlessly-escaped", "quoted-needlessly-unmoved", "quoted-spaces",
    "quoted-spaces-escaped", "smtputf8-not-offered", "unknown-parameter"}
ABSENT["opensmtpd-filter"] = {
    "lmtp", "login", "offered PIPELINING", "offered CHUNKING",
    "offered SMTPUTF8", "not offered DSN", *NO_TLS.get("opensmtpd-filter", ())}

MOVED = re.compile(r"557 |558 |550 5\.(1\.6|2\.0) mailbox has moved")


@pytest.fixture(scope="session")
def place():
    with servers.site() as made:
        yield made


class Run:
    """The suite's result against one server."""

    def __init__(self, place, address, *options):
        result = place.run(address, *options)
        self.status = result.returncode
        # what a failing assertion shows
        self.output = "\n".join(line for line in result.stdout.splitlines()
                                if not line.startswith("pass")) + result.stderr
        with open(f"{place.directory}/record", encoding="ascii") as file:
            self.cases = {case["name"]: case for case in json.load(file)}

    def names(self, key):
        return {name for name, case in self.cases.items() if case[key]}

    def redirects(self):
        """{case: the replies that say that somebody has moved}"""
        return {name: [reply for reply in case["replies"] if MOVED.match(reply)]
                for name, case in self.cases.items()
                if not case["absent"] and not case["others"]}


def assert_same(these, those):
    both = these.keys() & those.keys()
    assert sum(len(these[case]) > 0 for case in both) >= 50
    assert {case: these[case] for case in both} == \
        {case: those[case] for case in both}


@pytest.fixture(scope="session")
def run_of(place, modules):
    """Runs the suite against a server, once: all cases, and where there is
    STARTTLS again with all of them in TLS and, if it can be, logged in."""
    done = {}

    def run(name):
        if name not in done:
            with servers.SERVERS[name](place, modules) as (address, options):
                done[name] = [Run(place, address, *(
                    [] if name in LOGIN_WITHIN_TLS else options))]
                if name not in NO_TLS:
                    done[name].append(
                        Run(place, address, *options, "--starttls",
                            *(["--login-always"] if options else [])))
        return done[name]

    return run


def each(names):
    """The tests of one server run in one process, which has its results."""
    return pytest.mark.parametrize("name", [
        pytest.param(name, marks=pytest.mark.xdist_group(name))
        for name in names])


@each(servers.SERVERS)
def test_server(run_of, name):
    plain = run_of(name)[0]
    assert plain.status == 0, plain.output
    summary = re.search(r"^(\d+) passed, 0 failed$", plain.output, re.M)
    assert summary and int(summary[1]) >= 60, plain.output
    assert plain.names("others") == OTHERS[name] - plain.names("absent")
    assert {case["absent"] for case in plain.cases.values()} - {None} == \
        ABSENT[name]


@each(name for name in servers.SERVERS if name not in NO_TLS)
def test_within_tls_and_logged_in(run_of, name):
    plain, tls = run_of(name)
    assert tls.status == 0, tls.output
    assert_same(tls.redirects(), plain.redirects())


@each(list(servers.SERVERS)[1:])
def test_the_same_byte_for_byte(run_of, name):
    first = list(servers.SERVERS)[0]
    assert_same(run_of(name)[0].redirects(), run_of(first)[0].redirects())

"""The command line."""

import argparse
import json
import ssl
import sys

from . import links
from .cases import CASES
from .runner import Runner
from .wire import WireError, parse_server

USAGE = 64

ABSENT = {
    "lmtp": "only LMTP", "smtp": "only SMTP",
    "tls": "the server has no STARTTLS (--no-tls)",
    "login": "no --user", "stranger": "--login-always",
    "idn": "no --idn-domain",
    "long": "no --long-domain", "utf8": "no --utf8",
}


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def parse_arguments(arguments):
    parser = Parser(
        prog="hardlink-conformance", allow_abbrev=False,
        description="Asks a mail server what senders ask it, and checks its "
        "replies of draft-sam-smtp-redirects byte for byte.",
        epilog="Exits 0 if no case failed, 1 if one did, 64 on wrong usage.")
    parser.add_argument(
        "server", nargs="?", metavar="SERVER",
        help="lmtp:unix:PATH, lmtp:HOST:PORT or smtp:HOST:PORT")
    parser.add_argument("cases", nargs="*", metavar="CASE",
                        help="only these (default: all)")
    prepared = parser.add_argument_group("what is prepared")
    prepared.add_argument("--domain", help="a domain of the server")
    prepared.add_argument("--idn-domain", metavar="A-LABELS",
                          help="an internationalised one")
    prepared.add_argument("--long-domain", metavar="DOMAIN",
                          help="one of 189 bytes")
    prepared.add_argument("--utf8", action="store_true",
                          help="internationalised addresses, too")
    prepared.add_argument(
        "--prepare", metavar="DOMAIN",
        help="print the hard-links for `hardlinkctl set --from`, and what else "
        "is wanted")
    prepared.add_argument(
        "--list", choices=[*links.LISTS, "cases"], metavar="WHAT",
        help="print one a line: " + ", ".join([*links.LISTS, "cases"]))
    session = parser.add_argument_group("the session")
    session.add_argument("--sender", default="sender@example.net")
    session.add_argument("--helo", default="client.example.net")
    session.add_argument("--timeout", type=float, default=30, metavar="SECONDS")
    session.add_argument("--starttls", action="store_true",
                         help="use TLS in every case")
    session.add_argument("--no-tls", action="store_true",
                         help="the server has no STARTTLS")
    session.add_argument("--tls-name", metavar="NAME",
                         help="the name in the certificate (default: HOST)")
    session.add_argument("--ca", metavar="FILE", help="who signed it")
    session.add_argument("--insecure", action="store_true",
                         help="take any certificate")
    session.add_argument("--user", help="log in in the cases about that")
    session.add_argument("--password-file", metavar="FILE")
    session.add_argument("--login-always", action="store_true",
                         help="log in in every case (submission)")
    parser.add_argument("--record", metavar="FILE",
                        help="write all replies to FILE, as JSON")
    options = parser.parse_intermixed_args(arguments)
    try:
        complete(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return options


def complete(options):
    options.domain = options.prepare or options.domain
    if options.list != "cases" and not options.domain:
        raise ValueError("say --domain DOMAIN")
    options.protocol = "smtp"
    if not options.list and not options.prepare:
        if not options.server:
            raise ValueError("which server?")
        options.protocol, options.address = parse_server(options.server)
        complete_session(options)
    check_domains(options)
    options.has = [need for need, there in (
        (options.protocol, True), ("tls", not options.no_tls),
        ("login", options.user), ("stranger", not options.login_always),
        ("idn", options.idn_domain),
        ("long", options.long_domain), ("utf8", options.utf8)) if there]
    # In this order: some are part of others.
    options.words = {
        "HELONAME": options.helo,
        "HELLO": "LHLO" if options.protocol == "lmtp" else "EHLO",
        "SENDER": options.sender,
        "DOMAIN": options.domain or "DOMAIN",
        "IDN-UPPER": (options.idn_domain or "IDN").upper(),
        "IDN-A": options.idn_domain or "IDN",
        "IDN-U": u_labels(options.idn_domain or "IDN"),
        "UPPER": (options.domain or "DOMAIN").upper(),
        "LONG": options.long_domain or "LONG",
    }


def check_domains(options):
    for domain in options.domain, options.idn_domain, options.long_domain:
        if domain and (domain != domain.lower() or not domain.isascii()):
            raise ValueError(f"{domain!r} isn't in lower case and A-labels")
    if options.long_domain and len(options.long_domain) != 189:
        raise ValueError(f"{options.long_domain!r} hasn't 189 bytes")


def u_labels(domain):
    return ".".join(label[4:].encode().decode("punycode")
                    if label.startswith("xn--") else label
                    for label in domain.split("."))


def complete_session(options):
    known = [case.name for case in CASES]
    for name in options.cases:
        if name not in known:
            raise ValueError(f"no case {name!r}; --list cases has them all")
    if bool(options.user) != bool(options.password_file):
        raise ValueError("--user and --password-file go together")
    if options.login_always and not options.user:
        raise ValueError("--login-always without --user")
    if options.user:
        with open(options.password_file, encoding="utf-8") as file:
            options.password = file.readline().rstrip("\n")
    options.tls_context = ssl.create_default_context(cafile=options.ca)
    if options.insecure:
        options.tls_context.check_hostname = False
        options.tls_context.verify_mode = ssl.CERT_NONE
    options.tls_name = options.tls_name or (
        options.address[0] if isinstance(options.address, tuple) else
        "localhost")


def prepare(options):
    """The hard-links on standard output, the rest on standard error."""
    print("\n".join(links.links(options.words, options.has)))
    needs = {name: function(options.words, options.has)
             for name, function in links.LISTS.items()}
    print("Feed this to `hardlinkctl set --from -`, and then:", file=sys.stderr)
    for address in needs["withdrawn"]:
        print(f"  hardlinkctl unset {address}", file=sys.stderr)
    print("Two of the hard-links last a second: wait for it.\n"
          "Mailboxes that have to exist:\n  " + "\n  ".join(needs["mailboxes"]) +
          "\nAn MTA in front has to know these as well:\n  " +
          "\n  ".join(address for address in needs["recipients"]
                      if address not in needs["mailboxes"]),
          file=sys.stderr)


def print_list(options):
    if options.list == "cases":
        names = [case.name for case in CASES]
    else:
        names = links.LISTS[options.list](options.words, options.has)
    print("\n".join(names))


def absent_text(need):
    if "offered " in need:
        word, _, keyword = need.rpartition("offered ")
        return f"the server {'offers' if word else 'does not offer'} {keyword}"
    return ABSENT[need]


def report(result):
    if result.absent is not None:
        print(f"absent {result.name}: {absent_text(result.absent)}")
    elif result.problem is not None:
        print(f"FAIL   {result.name}: {result.problem}")
    else:
        print(f"pass   {result.name}" + "".join(
            f" ({reason})" for reason in result.others), flush=True)


def record(path, results):
    """Bytes as characters U+0000 to U+00FF."""
    rows = [{"name": result.name, "problem": result.problem,
             "absent": result.absent, "others": result.others,
             "replies": [reply.decode("latin-1") for reply in result.replies]}
            for result in results]
    with open(path, "w", encoding="ascii") as file:
        json.dump(rows, file, indent=1)


def main(arguments):
    options = parse_arguments(arguments)
    if options.prepare:
        prepare(options)
        return 0
    if options.list:
        print_list(options)
        return 0
    runner = Runner(options)
    try:
        runner.connect()
    except WireError as error:
        print(f"hardlink-conformance: {options.server}: {error}",
              file=sys.stderr)
        return 1
    results = []
    for case in CASES:
        if not options.cases or case.name in options.cases:
            results.append(runner.run(case))
            report(results[-1])
    if options.record:
        record(options.record, results)
    absent = sum(result.absent is not None for result in results)
    failed = sum(result.problem is not None for result in results)
    print(f"\n{absent} absent: what they need isn't there\n"
          f"{len(results) - absent - failed} passed, {failed} failed")
    return 1 if failed else 0

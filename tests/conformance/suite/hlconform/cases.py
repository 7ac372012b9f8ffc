"""The cases. What stands behind `or:` is where servers differ lawfully."""

from .links import (LONG_OLD, LONG_QUOTED_TARGET, LONG_TARGET, MIDDLING_TARGET,
                    ROUTING_SPECIALS, SAFE_SPECIALS)
from .notation import FOLD, Case

CASES = []

MAIL = "C: MAIL FROM:<SENDER>\nS: 250 *\n"
MAIL_UTF8 = "C: MAIL FROM:<SENDER> SMTPUTF8\nS: 250 *\n"
RSET = "C: RSET\nS: 250 *\n"
HELLO_AGAIN = ("C: HELLO HELONAME\nS: 250 *\n"
               "or: 503 *  # a server that is greeted once only\n")
OK = "250 *"
UNKNOWN = "550 *"
# What a server may say that isn't offered the recipient of another one.
FOREIGN = "450|451|454|550|551|553|554|556 *"
STRANGER = ("stranger",)
REFUSED = "500|501|550|551|553|554|555 *"

SYNTAX = f"{REFUSED}  # a server that refuses this form of a path, whoever it is"
QUOTED = "500|501|550|553 *  # a server that takes no quoted local parts"
ROUTING = ("501|550|553|554 *  # a server that refuses this character in a "
           "recipient, whoever it is")


def permanent(new):
    return f"557 5.2.7 mailbox has moved to <{new}>"


def temporary(new):
    return f"558 5.2.8 mailbox has temporarily moved to <{new}>"


def temporary_folded(new):
    """Exim folds a text of more than 75 bytes at a blank."""
    return temporary(new).replace(
        "558 5.2.8 mailbox has temporarily moved to ",
        f"558-5.2.8 mailbox has temporarily moved to{FOLD}558 5.2.8 ") + \
        "  # a server that folds long replies"


MOVED = permanent("Permanent.New@example.com")
AWAY = temporary("temporary.new@example.net")


def rcpt(path, *replies):
    """One RCPT; the first of the replies is the right one."""
    return f"C: RCPT TO:{path}\nS: " + "\nor: ".join(replies) + "\n"


def case(name, *parts, needs=(), bare=False):
    CASES.append(Case(name, "".join(parts), needs, bare))


def ask(name, path, *replies, needs=(), mail=MAIL):
    case(name, mail, rcpt(path, *replies), needs=needs)


def message(subject):
    return f"C: Subject: hardlink-conformance {subject}\nC:\nC: hello\n"


def delivered(accepted):
    """The replies to a message for so many recipients."""
    return "S[lmtp]: 250 *\n" * accepted + "S[smtp]: 250 *\n"


def data(subject, accepted):
    return (f"C: DATA\nS: 354 *\n{message(subject)}C: .\n" +
            delivered(accepted))


def bdat(subject, last=True):
    text = message(subject)
    size = sum(len(line) - 3 + 2 if len(line) > 2 else 2
               for line in text.splitlines())
    return f"C: BDAT {size}{' LAST' if last else ''}\n{text}"


# The kinds

ask("permanent", "<hlc-permanent@DOMAIN>", MOVED)
ask("temporary", "<hlc-temporary@DOMAIN>", AWAY)
ask("expired", "<hlc-expired@DOMAIN>", OK)
ask("withdrawn", "<hlc-withdrawn@DOMAIN>", OK)
ask("never-moved", "<hlc-stays@DOMAIN>", OK)
ask("unknown", "<hlc-unknown@DOMAIN>", UNKNOWN)
ask("unknown-prefix", "<hlc-permanen@DOMAIN>", UNKNOWN)
ask("unknown-longer", "<hlc-permanentt@DOMAIN>", UNKNOWN)
ask("replaced", "<hlc-replaced@DOMAIN>",
    permanent("replaced-after@example.com"))
ask("permanent-turned-temporary", "<hlc-turned@DOMAIN>",
    temporary("turned-after@example.com"))
ask("target-that-has-moved-too", "<hlc-chain@DOMAIN>",
    permanent("hlc-permanent@DOMAIN"))

# The session

ask("null-sender", "<hlc-permanent@DOMAIN>", MOVED,
    mail="C: MAIL FROM:<>\nS: 250 *\n")
case("null-sender-temporary", "C: MAIL FROM:<>\nS: 250 *\n",
     rcpt("<hlc-temporary@DOMAIN>", AWAY))
case("helo-only", "C: HELO HELONAME\nS: 250 *\n", MAIL,
     rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-stays@DOMAIN>", OK), needs=("smtp", *STRANGER), bare=True)
case("helo-only-temporary", "C: HELO HELONAME\nS: 250 *\n", MAIL,
     rcpt("<hlc-temporary@DOMAIN>", AWAY), needs=("smtp", *STRANGER),
     bare=True)
case("helo-at-lmtp", "C: HELO HELONAME\nS: 500|501|502|503 *\n"
     "C: LHLO HELONAME\nS: 250 *\n", MAIL,
     rcpt("<hlc-permanent@DOMAIN>", MOVED), needs=("lmtp",), bare=True)
case("hello-twice", HELLO_AGAIN, MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     RSET, HELLO_AGAIN, MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED))
case("no-mail", "C: RCPT TO:<hlc-permanent@DOMAIN>\nS: 503 *\n")
case("lower-case-verbs", "C: mail from:<SENDER>\nS: 250 *\n"
     "C: rcpt to:<hlc-permanent@DOMAIN>\nS: " + MOVED)
case("asked-again", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED) * 3)
case("rset-between", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED), RSET,
     MAIL, rcpt("<hlc-stays@DOMAIN>", OK), RSET,
     MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-temporary@DOMAIN>", AWAY), RSET)
case("rset-forgets-the-accepted", MAIL, rcpt("<hlc-stays@DOMAIN>", OK), RSET,
     MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     "C: DATA\nS: 503|554 *\n")
case("noop-between", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     "C: NOOP\nS: 250 *\n", rcpt("<hlc-temporary@DOMAIN>", AWAY))
case("tls", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-temporary@DOMAIN>", AWAY), rcpt("<hlc-stays@DOMAIN>", OK),
     needs=("tls",))
case("tls-delivery", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-stays@DOMAIN>", OK), data("tls", 1), needs=("tls",))
case("authenticated", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-temporary@DOMAIN>", AWAY), rcpt("<hlc-stays@DOMAIN>", OK),
     needs=("login",))
case("authenticated-foreign", MAIL,
     rcpt("<someone@example.net>", OK,
          f"{FOREIGN}  # a server that looks at the recipient's MX"),
     rcpt("<hlc-permanent@DOMAIN>", MOVED), needs=("login",))
ask("foreign", "<someone@example.net>", FOREIGN,
    needs=STRANGER)
ask("foreign-of-the-same-name", "<hlc-permanent@example.net>", FOREIGN,
    needs=STRANGER)
ask("foreign-subdomain", "<hlc-permanent@sub.DOMAIN>", FOREIGN,
    needs=STRANGER)
ask("address-literal", "<hlc-permanent@[192.0.2.1]>", REFUSED, needs=STRANGER)

# Other recipients

case("others-unaffected", MAIL, rcpt("<hlc-stays@DOMAIN>", OK),
     rcpt("<hlc-permanent@DOMAIN>", MOVED), rcpt("<hlc-box0@DOMAIN>", OK),
     rcpt("<hlc-temporary@DOMAIN>", AWAY),
     rcpt("<hlc-unknown@DOMAIN>", UNKNOWN), data("others", 2))
case("moved-first", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-stays@DOMAIN>", OK), data("moved first", 1))
case("moved-last", MAIL, rcpt("<hlc-stays@DOMAIN>", OK),
     rcpt("<hlc-permanent@DOMAIN>", MOVED), data("moved last", 1))
case("all-refused", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-temporary@DOMAIN>", AWAY), "C: DATA\nS: 503|554 *\n", RSET,
     MAIL, rcpt("<hlc-stays@DOMAIN>", OK))
case("duplicate-moved", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<HLC-Permanent@DOMAIN>", MOVED),
     rcpt("<hlc-permanent+x@DOMAIN>", MOVED),
     rcpt("<hlc-permanent@DOMAIN>", MOVED))
case("duplicate-accepted", MAIL, rcpt("<hlc-stays@DOMAIN>", OK),
     rcpt("<hlc-permanent@DOMAIN>", MOVED), rcpt("<hlc-stays@DOMAIN>", OK),
     data("twice", 2))


# 100 recipients, of which fewer are refused than 20: there Postfix hangs up by
# default. None is accepted more than 10 times: Dovecot 2.4 defers the 11th.
MANY = {9: ("hlc-permanent", MOVED), 19: ("hlc-unknown", UNKNOWN),
        29: ("hlc-temporary", AWAY), 39: ("hlc-permanent+list",
                                          permanent("list@example.com"))}


def many():
    for number in range(100):
        local_part, reply = MANY.get(number % 50, (
            f"hlc-box{number % 10}" if number % 10 != 9 else "hlc-stays", OK))
        yield f"<{local_part}@DOMAIN>", reply


ACCEPTED = sum(reply == OK for _, reply in many())

case("many", MAIL, *[rcpt(*recipient) for recipient in many()],
     data("many", ACCEPTED))
case("many-pipelined", MAIL,
     *[f"C: RCPT TO:{path}\n" for path, _ in many()],
     *[f"S: {reply}\n" for _, reply in many()], data("many", ACCEPTED),
     needs=("offered PIPELINING",))

# Pipelining

case("pipelined", "C: MAIL FROM:<SENDER>\nC: RCPT TO:<hlc-permanent@DOMAIN>\n"
     "C: RCPT TO:<hlc-stays@DOMAIN>\nC: RCPT TO:<hlc-temporary@DOMAIN>\n"
     f"C: RCPT TO:<hlc-permanent@DOMAIN>\nC: DATA\nS: 250 *\nS: {MOVED}\n"
     f"S: 250 *\nS: {AWAY}\nS: {MOVED}\nS: 354 *\n", message("pipelined"),
     "C: .\n", delivered(1), needs=("offered PIPELINING",))
case("pipelined-accepted-first", "C: MAIL FROM:<SENDER>\n"
     "C: RCPT TO:<hlc-stays@DOMAIN>\nC: RCPT TO:<hlc-permanent@DOMAIN>\n"
     f"C: RSET\nS: 250 *\nS: 250 *\nS: {MOVED}\nS: 250 *\n",
     needs=("offered PIPELINING",))
case("pipelined-all-refused", "C: MAIL FROM:<SENDER>\n"
     "C: RCPT TO:<hlc-permanent@DOMAIN>\nC: RCPT TO:<hlc-temporary@DOMAIN>\n"
     f"C: DATA\nS: 250 *\nS: {MOVED}\nS: {AWAY}\nS: 503|554 *\n", RSET,
     needs=("offered PIPELINING",))
case("pipelined-two-transactions", "C: MAIL FROM:<SENDER>\n"
     "C: RCPT TO:<hlc-permanent@DOMAIN>\nC: RSET\nC: MAIL FROM:<>\n"
     "C: RCPT TO:<hlc-temporary@DOMAIN>\nC: RCPT TO:<hlc-stays@DOMAIN>\n"
     f"C: RSET\nS: 250 *\nS: {MOVED}\nS: 250 *\nS: 250 *\nS: {AWAY}\n"
     "S: 250 *\nS: 250 *\n", needs=("offered PIPELINING",))
case("pipelined-behind-the-message", MAIL, rcpt("<hlc-stays@DOMAIN>", OK),
     "C: DATA\nS: 354 *\n", message("two in one"), "C: .\n"
     "C: MAIL FROM:<SENDER>\nC: RCPT TO:<hlc-permanent@DOMAIN>\nC: RSET\n",
     delivered(1), f"S: 250 *\nS: {MOVED}\nS: 250 *\n",
     needs=("offered PIPELINING",))
case("pipelined-noop-last", "C: MAIL FROM:<SENDER>\n"
     "C: RCPT TO:<hlc-temporary@DOMAIN>\nC: NOOP\n"
     f"S: 250 *\nS: {AWAY}\nS: 250 *\n", needs=("offered PIPELINING",))

# BDAT

CHUNKING = ("offered CHUNKING",)
case("bdat", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     rcpt("<hlc-stays@DOMAIN>", OK), rcpt("<hlc-temporary@DOMAIN>", AWAY),
     bdat("bdat"), delivered(1), needs=CHUNKING)
case("bdat-two-chunks", MAIL, rcpt("<hlc-stays@DOMAIN>", OK),
     rcpt("<hlc-permanent@DOMAIN>", MOVED), bdat("chunks", last=False),
     "S: 250 *\n", bdat("again"), delivered(1), needs=CHUNKING)
case("bdat-all-refused", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     bdat("refused"), "S: 503|554 *\n", "C: RSET\nS: 250 *\n", MAIL,
     rcpt("<hlc-permanent@DOMAIN>", MOVED), needs=CHUNKING)
case("bdat-pipelined", "C: MAIL FROM:<SENDER>\n"
     "C: RCPT TO:<hlc-permanent@DOMAIN>\nC: RCPT TO:<hlc-stays@DOMAIN>\n",
     bdat("pipelined bdat"), f"S: 250 *\nS: {MOVED}\nS: 250 *\n", delivered(1),
     needs=(*CHUNKING, "offered PIPELINING"))
case("bdat-not-offered", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     "C: BDAT 0 LAST\nS: 500|501|502|503|554 *\n",
     needs=("not offered CHUNKING",))

# Details

ask("detail", "<hlc-permanent+detail@DOMAIN>", MOVED)
ask("detail-temporary", "<hlc-temporary+detail@DOMAIN>", AWAY)
ask("detail-twice", "<hlc-permanent+a+b@DOMAIN>", MOVED)
ask("detail-empty", "<hlc-permanent+@DOMAIN>", MOVED)
ask("detail-exact-wins", "<hlc-permanent+list@DOMAIN>",
    permanent("list@example.com"))
ask("detail-exact-withdrawn", "<hlc-permanent+gone@DOMAIN>", MOVED)
ask("detail-exact-expired", "<hlc-permanent+late@DOMAIN>", MOVED)
case("detail-exact-only", MAIL, rcpt("<hlc-stays+only@DOMAIN>",
                                     permanent("only@example.com")),
     rcpt("<hlc-stays@DOMAIN>", OK), rcpt("<hlc-stays+other@DOMAIN>", OK))
ask("detail-of-the-expired", "<hlc-expired+x@DOMAIN>", OK)
ask("detail-in-the-target", "<hlc-detail@DOMAIN>",
    permanent("target+detail@example.com"))
ask("detail-without-a-base", "<+hlc-permanent@DOMAIN>",
    "550|501|553 *", "250 *  # a server that takes it for an empty mailbox name")

# Letter case

ask("case-of-local-part", "<HLC-PERMANENT@DOMAIN>", MOVED)
ask("case-of-domain", "<hlc-permanent@UPPER>", MOVED)
ask("case-of-both", "<Hlc-Temporary+DETAIL@UPPER>", AWAY)
ask("case-of-exact-detail", "<hlc-Permanent+LIST@DOMAIN>",
    permanent("list@example.com"))
ask("case-of-the-unmoved", "<HLC-Stays@UPPER>", OK)
ask("case-kept-in-the-target", "<hlc-case@DOMAIN>",
    permanent("MiXeD.CaSe@example.com"))

# Quoted local parts

ask("quoted-needlessly", '<"hlc-permanent"@DOMAIN>', MOVED, QUOTED)
ask("quoted-needlessly-escaped", r'<"hlc\-perm\anent"@DOMAIN>', MOVED, QUOTED)
ask("quoted-needlessly-detail", '<"hlc-permanent+x"@DOMAIN>', MOVED, QUOTED)
ask("quoted-needlessly-unmoved", '<"hlc-stays"@DOMAIN>', OK, QUOTED)
ask("quoted-spaces", '<"hlc two words"@DOMAIN>',
    permanent('"two new words"@example.com'), QUOTED)
ask("quoted-spaces-escaped", r'<"HLC\ two words"@DOMAIN>',
    permanent('"two new words"@example.com'), QUOTED)
ask("quoted-escapes", r'<"hlc \"q\" \\b"@DOMAIN>',
    permanent(r'"new \"q\" \\b"@example.com'), QUOTED)
ask("quoted-dots", '<"hlc..dots"@DOMAIN>',
    permanent('"new..dots"@example.com'), QUOTED)
ask("quoted-at-in-the-target", "<hlc-at@DOMAIN>",
    permanent('"a@b <c>, d: e; (f)"@example.com'))
ask("quoted-other-spaces", '<"hlc  two words"@DOMAIN>', "550|501|553 *")
ask("spaces-without-quotes", "<hlc two words@DOMAIN>", REFUSED)

# postmaster

ask("postmaster-bare", "<postmaster>", OK,
    "550 *  # LMTP, or a server with several domains and no default")
ask("postmaster", "<postmaster@DOMAIN>", OK)
ask("postmaster-upper-case", "<POSTMASTER@DOMAIN>", OK)
ask("no-domain", "<hlc-permanent>", "500|501|504|550|553|554 *",
    "250 *  # a server that completes it with a domain of its own",
    f"{MOVED}  # … and asks after that")

# Special characters

for label, path, new in (
        ("percent", "hlc-percent", "100%25%s%%n%d%@example.com"),
        ("dollar", "hlc-dollar", "$sender_address.${lookup}.$1@example.com"),
        ("braces", "hlc-braces", "{rcpt_addr}.{{i}}.&amp@example.com"),
        ("all", "hlc-specials", "!#$%&'*+-/=?^_`{|}~.x@example.com"),
        ("backslashes", "hlc-backslash", r'"\\n\\r\\0"@example.com'),
        ("pipe", "hlc-pipe", '"|x:|y: z"@example.com')):
    ask(f"target-{label}", f"<{path}@DOMAIN>", permanent(new))
ask("old-specials", f"<hlc{SAFE_SPECIALS}x@DOMAIN>",
    permanent("safe@example.com"))
for place, char in enumerate(ROUTING_SPECIALS):
    ask(f"old-special-{char}", f"<hlc{char}x@DOMAIN>",
        permanent(f"routing{place}@example.com"), ROUTING)
ask("percent-hack", "<hlc-permanent%DOMAIN@DOMAIN>", "501|550|553|554 *",
    needs=STRANGER)

# Lengths

ask("longest-target", "<hlc-long@DOMAIN>", permanent(LONG_TARGET))
ask("longest-target-temporary", "<hlc-long-temporary@DOMAIN>",
    temporary(LONG_TARGET), temporary_folded(LONG_TARGET))
ask("middling-target-temporary", "<hlc-middling@DOMAIN>",
    temporary(MIDDLING_TARGET), temporary_folded(MIDDLING_TARGET))
ask("long-target-with-blanks", "<hlc-long-quoted@DOMAIN>",
    permanent(LONG_QUOTED_TARGET), "550 5.1.6 mailbox has moved"
    "  # a server that would fold the reply within the address")
ask("shortest-target", "<hlc-short@DOMAIN>", permanent("a@b.example"))
ask("longest-local-part", f"<{LONG_OLD}@DOMAIN>",
    permanent("long-old@example.com"))
ask("longest-address", f"<{LONG_OLD}@LONG>", permanent("longest-old@example.com"),
    needs=("long",))
ask("local-part-too-long", f"<{LONG_OLD}o@DOMAIN>", "500|501|550|553 *")

# Internationalised domains

ask("idn-target", "<hlc-idn-target@DOMAIN>",
    permanent("x@xn--bcher-kva.example"))
ask("idn-a-label", "<hlc-idn@IDN-A>", permanent("idn@example.com"),
    needs=("idn",))
ask("idn-a-label-upper-case", "<HLC-IDN@IDN-UPPER>",
    permanent("idn@example.com"), needs=("idn",))
ask("idn-u-label", "<hlc-idn@IDN-U>", permanent("idn@example.com"),
    needs=("idn", "offered SMTPUTF8"), mail=MAIL_UTF8)

# Internationalised addresses

UTF8 = ("utf8", "offered SMTPUTF8")
UTF8_TARGET = "\u03b4\u03bf\u03ba\u03b9\u03bc\u03ae@xn--bcher-kva.example"
ask("smtputf8-ascii-target", "<hlc-permanent@DOMAIN>", MOVED, mail=MAIL_UTF8,
    needs=("offered SMTPUTF8",))
case("smtputf8-not-offered", "C: MAIL FROM:<SENDER> SMTPUTF8\n"
     "S: 501|504|553|555 *\nor: 503 *  # a server that has no code for it\n",
     MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     needs=("not offered SMTPUTF8",))
ask("utf8-target", "<hlc-utf8@DOMAIN>", permanent("jos\u00e9@example.com"),
    mail=MAIL_UTF8, needs=UTF8)
ask("utf8-target-temporary", "<hlc-utf8-temporary@DOMAIN>",
    temporary(UTF8_TARGET), temporary_folded(UTF8_TARGET),
    mail=MAIL_UTF8, needs=UTF8)
ask("utf8-target-quoted", "<hlc-utf8-quoted@DOMAIN>",
    permanent('"jos\u00e9 x"@example.com'), mail=MAIL_UTF8, needs=UTF8)
ask("utf8-target-untold", "<hlc-utf8@DOMAIN>", "550 5.1.6 mailbox has moved",
    needs=("utf8",))
ask("utf8-target-untold-temporary", "<hlc-utf8-temporary@DOMAIN>",
    "550 5.2.0 mailbox has moved", needs=("utf8",))
case("utf8-target-untold-next-time", MAIL_UTF8,
     rcpt("<hlc-utf8@DOMAIN>", permanent("jos\u00e9@example.com")), RSET, MAIL,
     rcpt("<hlc-utf8@DOMAIN>", "550 5.1.6 mailbox has moved"), needs=UTF8)
case("utf8-target-untold-helo", "C: HELO HELONAME\nS: 250 *\n", MAIL,
     rcpt("<hlc-utf8@DOMAIN>", "550 5.1.6 mailbox has moved"),
     needs=("utf8", "smtp", *STRANGER), bare=True)
ask("utf8-old", "<hlc-jos\u00e9@DOMAIN>", permanent("jose@example.com"),
    mail=MAIL_UTF8, needs=UTF8)
ask("utf8-old-unannounced", "<hlc-jos\u00e9@DOMAIN>",
    "500|501|550|553|555 *", permanent("jose@example.com") +
    "  # a server that takes bytes beyond ASCII without SMTPUTF8",
    needs=("utf8",))

# RCPT's other forms and parameters

ask("no-angle-brackets", "hlc-permanent@DOMAIN", MOVED, SYNTAX)
ask("space-in-front", " <hlc-permanent@DOMAIN>", MOVED, SYNTAX)
ask("space-behind", "<hlc-permanent@DOMAIN> ", MOVED, SYNTAX)
ask("source-route", "<@relay.example:hlc-permanent@DOMAIN>", MOVED, SYNTAX)
ask("empty-path", "<>", REFUSED)
ask("unclosed", "<hlc-permanent@DOMAIN", REFUSED,
    f"{MOVED}  # a server that closes it itself")
ask("notify", "<hlc-permanent@DOMAIN> NOTIFY=SUCCESS,FAILURE", MOVED,
    needs=("offered DSN",))
ask("notify-never", "<hlc-temporary@DOMAIN> NOTIFY=NEVER", AWAY,
    needs=("offered DSN",))
ask("orcpt", "<hlc-permanent@DOMAIN> ORCPT=rfc822;someone+2Bx@example.net",
    MOVED, needs=("offered DSN",))
ask("notify-and-orcpt", "<hlc-permanent@DOMAIN> NOTIFY=DELAY "
    "ORCPT=rfc822;hlc-stays@DOMAIN", MOVED, needs=("offered DSN",))
ask("notify-of-the-unmoved", "<hlc-stays@DOMAIN> NOTIFY=NEVER", OK,
    needs=("offered DSN",))
ask("dsn-not-offered", "<hlc-permanent@DOMAIN> NOTIFY=NEVER",
    "501|504|555 *", f"{MOVED}  # the redirect comes first",
    needs=("not offered DSN",))
ask("unknown-parameter", "<hlc-permanent@DOMAIN> HLC=x", "501|504|555 *",
    f"{MOVED}  # the redirect comes first")
case("mail-parameters", "C: MAIL FROM:<SENDER> SIZE=1000 BODY=8BITMIME\n"
     "S: 250 *\n", rcpt("<hlc-permanent@DOMAIN>", MOVED),
     needs=("offered SIZE", "offered 8BITMIME"))

# Other ways to ask

PROBE = "250|252|500|501|502|503|504|550|551|553|554 *"
for verb in "VRFY", "EXPN":
    case(f"{verb.lower()}-tells-no-more",
         *[f"C: {verb} {word}\nS: {PROBE}\n" for word in (
             "hlc-permanent@DOMAIN", "<hlc-permanent@DOMAIN>",
             "hlc-permanent", "hlc-temporary@DOMAIN", "hlc-stays@DOMAIN")])
case("vrfy-within-a-transaction", MAIL, rcpt("<hlc-permanent@DOMAIN>", MOVED),
     f"C: VRFY hlc-permanent@DOMAIN\nS: {PROBE}\n",
     rcpt("<hlc-permanent@DOMAIN>", MOVED))

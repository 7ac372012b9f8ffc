"""What has to be prepared: hard-links and mailboxes, in a domain of the server
under test. Local parts begin with `hlc-`, so that nobody is in the way."""

import json
from dataclasses import dataclass

PERMANENT = {"permanent": True}
TEMPORARY = {"for": "3650d"}
ENDED = {"for": "1s"}
# stands in every reason, and in no reply
REASON = "boss@example.net"


@dataclass(frozen=True)
class Link:
    """needs: as in a Case; withdrawn: it's unset afterwards"""
    old: str
    new: str
    lasts: tuple = tuple(PERMANENT.items())
    needs: tuple = ()
    withdrawn: bool = False

    def line(self, words):
        return json.dumps({"old": fill(self.old, words),
                           "new": fill(self.new, words), **dict(self.lasts),
                           "reason": f"hardlink-conformance {REASON}",
                           "replace": True}, ensure_ascii=False)


def fill(text, words):
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def temporary(old, new, **more):
    return Link(old, new, tuple(TEMPORARY.items()), **more)


def ended(old, new):
    return Link(old, new, tuple(ENDED.items()))


# 254 bytes
LONG_TARGET = "n" * 64 + "@" + ".".join(["d" * 63, "d" * 63, "d" * 57, "com"])
MIDDLING_TARGET = "first.middle.last@department.site.example.com"
LONG_QUOTED_TARGET = '"one two three four five six seven eight nine"@example.com'
LONG_OLD = "hlc-" + "o" * 60
SAFE_SPECIALS = "#$&'*=?^_`{}~-"
# Some MTAs refuse these in a recipient, whoever it is.
ROUTING_SPECIALS = "%!/|"

LINKS = [
    Link("hlc-permanent@DOMAIN", "Permanent.New@example.com"),
    temporary("hlc-temporary@DOMAIN", "temporary.new@example.net"),
    ended("hlc-expired@DOMAIN", "expired@example.com"),
    Link("hlc-withdrawn@DOMAIN", "withdrawn@example.com", withdrawn=True),
    Link("hlc-replaced@DOMAIN", "replaced-before@example.com"),
    Link("hlc-replaced@DOMAIN", "replaced-after@example.com"),
    Link("hlc-turned@DOMAIN", "turned-before@example.com"),
    temporary("hlc-turned@DOMAIN", "turned-after@example.com"),
    Link("hlc-chain@DOMAIN", "hlc-permanent@DOMAIN"),
    Link("hlc-case@DOMAIN", "MiXeD.CaSe@EXAMPLE.com"),
    # details
    Link("hlc-permanent+list@DOMAIN", "list@example.com"),
    Link("hlc-permanent+gone@DOMAIN", "gone@example.com", withdrawn=True),
    ended("hlc-permanent+late@DOMAIN", "late@example.com"),
    Link("hlc-stays+only@DOMAIN", "only@example.com"),
    Link("hlc-detail@DOMAIN", "target+detail@example.com"),
    # quoted local parts
    Link('"hlc two words"@DOMAIN', '"two new words"@example.com'),
    Link(r'"hlc \"q\" \\b"@DOMAIN', r'"new \"q\" \\b"@example.com'),
    Link('"hlc..dots"@DOMAIN', '"new..dots"@example.com'),
    Link("hlc-at@DOMAIN", '"a@b <c>, d: e; (f)"@example.com'),
    # special characters
    Link("hlc-percent@DOMAIN", "100%25%s%%n%d%@example.com"),
    Link("hlc-dollar@DOMAIN", "$sender_address.${lookup}.$1@example.com"),
    Link("hlc-braces@DOMAIN", "{rcpt_addr}.{{i}}.&amp@example.com"),
    Link("hlc-specials@DOMAIN", "!#$%&'*+-/=?^_`{|}~.x@example.com"),
    Link("hlc-backslash@DOMAIN", r'"\\n\\r\\0"@example.com'),
    Link("hlc-pipe@DOMAIN", '"|x:|y: z"@example.com'),
    Link(f"hlc{SAFE_SPECIALS}x@DOMAIN", "safe@example.com"),
    *[Link(f"hlc{char}x@DOMAIN", f"routing{number}@example.com")
      for number, char in enumerate(ROUTING_SPECIALS)],
    # lengths
    Link("hlc-long@DOMAIN", LONG_TARGET),
    temporary("hlc-long-temporary@DOMAIN", LONG_TARGET),
    temporary("hlc-middling@DOMAIN", MIDDLING_TARGET),
    Link("hlc-long-quoted@DOMAIN", LONG_QUOTED_TARGET),
    Link(f"{LONG_OLD}@DOMAIN", "long-old@example.com"),
    Link("hlc-short@DOMAIN", "a@b.example"),
    Link(f"{LONG_OLD}@LONG", "longest-old@example.com", needs=("long",)),
    # internationalised domains
    Link("hlc-idn-target@DOMAIN", "x@b\u00fccher.example"),
    Link("hlc-idn@IDN-A", "idn@example.com", needs=("idn",)),
    # internationalised addresses
    Link("hlc-utf8@DOMAIN", "jos\u00e9@example.com", needs=("utf8",)),
    temporary("hlc-utf8-temporary@DOMAIN",
              "\u03b4\u03bf\u03ba\u03b9\u03bc\u03ae@b\u00fccher.example",
              needs=("utf8",)),
    Link("hlc-utf8-quoted@DOMAIN", '"jos\u00e9 x"@example.com',
         needs=("utf8",)),
    Link("hlc-jos\u00e9@DOMAIN", "jose@example.com", needs=("utf8",)),
]

# Ten, because a server may limit how often one user is in a transaction.
MAILBOXES = ["hlc-stays@DOMAIN", *[f"hlc-box{n}@DOMAIN" for n in range(9)],
             "hlc-expired@DOMAIN", "hlc-withdrawn@DOMAIN", "postmaster@DOMAIN"]


def wanted(words, needs):
    """The hard-links of a server that has all that is in needs."""
    return [link for link in LINKS if set(link.needs) <= set(needs)]


def _each_once(addresses):
    return list(dict.fromkeys(addresses))


def links(words, needs):
    return [link.line(words) for link in wanted(words, needs)]


def withdrawn(words, needs):
    return [fill(link.old, words) for link in wanted(words, needs)
            if link.withdrawn]


def cleaning(words, needs):
    """All that have to be unset in the end."""
    return _each_once(fill(link.old, words) for link in wanted(words, needs)
                      if not link.withdrawn and link.lasts != tuple(ENDED.items()))


def mailboxes(words, _needs):
    return [fill(address, words) for address in MAILBOXES]


def recipients(words, needs):
    """All that an MTA in front has to take for recipients of its own; but for
    those that its recipient_delimiter covers."""
    moved = [fill(link.old, words) for link in wanted(words, needs)
             if "+" not in link.old]
    if "idn" in needs:
        # Postfix takes it for another domain.
        moved.append(fill("hlc-idn@IDN-U", words))
    return _each_once(mailboxes(words, needs) + moved)


LISTS = {"links": links, "withdrawn": withdrawn, "mailboxes": mailboxes,
         "recipients": recipients, "cleaning": cleaning}


def secrets(words):
    """What stands in no reply; targets only in the one they belong to."""
    return [REASON.encode(), *(fill(link.new, words).lower().encode()
                               for link in LINKS if "DOMAIN" not in link.new)]

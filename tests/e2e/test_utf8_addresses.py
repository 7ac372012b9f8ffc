"""Internationalised addresses: Dovecot 2.3 has no SMTPUTF8, 2.4 if told so."""

from dovecot import is_23

UTF8 = "SMTPUTF8"
NEW = "Ren\u00e9e@example.com"
MOVED = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
UNTOLD = b"550 5.1.6 mailbox has moved\r\n"


def ask(lmtp, address, *parameters):
    reply = lmtp.cmd(" ".join(["MAIL FROM:<s@example.net>", *parameters]))
    if reply.startswith(b"250 "):
        reply = lmtp.rcpt(address)
        assert lmtp.cmd("RSET").startswith(b"250 ")
    return reply


def test_not_told_without_smtputf8(server, lmtp):
    server.hardlinks.set_permanent("carol@example.org", NEW)
    server.hardlinks.set_temporary("dave@example.org", NEW)
    assert b"SMTPUTF8" not in lmtp.lhlo()
    assert ask(lmtp, "carol@example.org") == UNTOLD
    assert ask(lmtp, "dave@example.org") == b"550 5.2.0 mailbox has moved\r\n"
    assert ask(lmtp, "carol@example.org", UTF8).startswith(b"5")
    assert ask(lmtp, "carol@example.org") == UNTOLD


def test_smtputf8(start):
    server = start(config="" if is_23() else "mail_utf8_extensions = yes\n")
    server.hardlinks.set_permanent("carol@example.org", NEW)
    server.hardlinks.set_permanent("jos\u00e9@b\u00fccher.example",
                                   "new@example.com")
    lmtp = server.lmtp()
    offered = b"SMTPUTF8" in lmtp.lhlo()
    assert offered == (not is_23())
    told = f"557 5.2.7 mailbox has moved to <{NEW}>\r\n".encode()
    for parameters, reply in ([UTF8], told), ([], UNTOLD), ([UTF8], told):
        heard = ask(lmtp, "carol@example.org", *parameters)
        assert heard == reply or (
            parameters and not offered and heard.startswith(b"5"))
    for old in "jos\u00e9@b\u00fccher.example", "jose\u0301@xn--bcher-kva.example":
        heard = ask(lmtp, old, *([UTF8] if offered else []))
        assert heard == MOVED if offered else heard.startswith(b"5")

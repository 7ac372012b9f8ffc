"""What a client reads from the socket, byte for byte."""

import pytest

PERMANENT = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
TEMPORARY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n"
OK = b"250 2.1.5 OK\r\n"
MESSAGE = b"Subject: test\r\n\r\nhello"


def test_permanent(lmtp):
    assert lmtp.ask("old@example.org") == PERMANENT


def test_temporary(lmtp):
    assert lmtp.ask("away@example.org") == TEMPORARY


@pytest.mark.parametrize("address", [
    "OLD@example.org", "Old@Example.ORG", "old+detail@example.org",
    "old+a+b@example.org", '"old"@example.org', '"o\\ld"@example.org',
    "@relay.example.net:old@example.org"])
def test_other_spellings_of_the_same_address(lmtp, address):
    assert lmtp.ask(address) == PERMANENT


@pytest.mark.parametrize("address", [
    "old@example.net", "ol@example.org", "oldd@example.org", "+old@example.org",
    '"old "@example.org', "old-x@example.org", "old@sub.example.org"])
def test_other_addresses_are_not_redirected(lmtp, address):
    assert lmtp.ask(address).startswith(b"550 5.1.1 ")


def test_quoted_local_part(server, lmtp):
    server.hardlinks.set_permanent('"john doe"@example.org',
                                   '"j. d."@example.com')
    assert lmtp.ask('"john doe"@example.org') == \
        b'557 5.2.7 mailbox has moved to <"j. d."@example.com>\r\n'
    assert lmtp.ask('"JOHN\\ doe"@example.org') == \
        b'557 5.2.7 mailbox has moved to <"j. d."@example.com>\r\n'


def test_target_keeps_its_letter_case(server, lmtp):
    server.hardlinks.set_permanent("case@example.org", "New.Box@EXAMPLE.com")
    assert lmtp.ask("case@example.org") == \
        b"557 5.2.7 mailbox has moved to <New.Box@example.com>\r\n"


def test_percent_signs_are_no_format(server, lmtp):
    server.hardlinks.set_permanent("percent@example.org", "%s%n%d@example.com")
    assert lmtp.ask("percent@example.org") == \
        b"557 5.2.7 mailbox has moved to <%s%n%d@example.com>\r\n"


def test_longest_target(server, lmtp):
    new = "n" * 64 + "@" + ".".join(["d" * 63, "d" * 63, "d" * 57, "com"])
    assert len(new) == 254
    server.hardlinks.set_permanent("long@example.org", new)
    assert lmtp.ask("long@example.org") == \
        b"557 5.2.7 mailbox has moved to <%s>\r\n" % new.encode()


def test_exact_address_goes_before_the_one_without_detail(server, lmtp):
    server.hardlinks.set_permanent("old+list@example.org", "list@example.com")
    assert lmtp.ask("old+list@example.org") == \
        b"557 5.2.7 mailbox has moved to <list@example.com>\r\n"
    assert lmtp.ask("old+other@example.org") == PERMANENT


def test_postmaster_is_never_redirected(server, lmtp):
    assert server.hardlinks.ctl("set", "postmaster@example.org",
                                "new@example.com", "--permanent",
                                check=False).returncode == 77
    assert lmtp.ask("postmaster@example.org") == OK
    assert lmtp.ask("Postmaster+x@example.org") == OK


def test_recipients_are_answered_as_without_the_plugin(server, lmtp, start):
    plain = start(plugins=()).lmtp()
    for address in ("alice@example.org", "ALICE@example.org",
                    "alice+x@example.org", "nobody@example.org", "nobody",
                    "alice@[192.0.2.1]", "<>", "a b@example.org",
                    "x" * 65 + "@example.org", "x@" + "y." * 130 + "org",
                    "\xff@example.org", "<alice@example.org> FOO=bar"):
        assert lmtp.ask(address) == plain.ask(address), address


def test_other_recipients_are_delivered(server, lmtp):
    lmtp.mail()
    assert lmtp.rcpt("alice@example.org") == OK
    assert lmtp.rcpt("old@example.org") == PERMANENT
    assert lmtp.rcpt("bob@example.org") == OK
    assert lmtp.rcpt("away@example.org") == TEMPORARY
    assert lmtp.rcpt("nobody@example.org").startswith(b"550 5.1.1 ")
    replies = lmtp.data(MESSAGE, 2)
    assert [reply.split(b" ")[2] for reply in replies] == \
        [b"<alice@example.org>", b"<bob@example.org>"]
    assert all(reply.startswith(b"250 2.0.0 ") for reply in replies)
    for user in "alice", "bob":
        assert b"\n\nhello\n" in server.dovecot.mails(f"{user}@example.org")[-1]
    assert server.dovecot.mails("old@example.org") == []
    assert server.dovecot.mails("away@example.org") == []


def test_pipelined(server, lmtp):
    lmtp.send(b"MAIL FROM:<sender@example.net>\r\n"
              b"RCPT TO:<old@example.org>\r\n"
              b"RCPT TO:<carol@example.org>\r\n"
              b"RCPT TO:<away@example.org>\r\n"
              b"RCPT TO:<dave@example.org>\r\n"
              b"RCPT TO:<old@example.org>\r\n"
              b"DATA\r\n")
    assert lmtp.reply() == b"250 2.1.0 OK\r\n"
    assert lmtp.reply() == PERMANENT
    assert lmtp.reply() == OK
    assert lmtp.reply() == TEMPORARY
    assert lmtp.reply() == OK
    assert lmtp.reply() == PERMANENT
    assert lmtp.reply().startswith(b"354 ")
    lmtp.send(b"Subject: pipelined\r\n\r\nhello\r\n.\r\nNOOP\r\n")
    assert lmtp.reply().startswith(b"250 2.0.0 <carol@example.org> ")
    assert lmtp.reply().startswith(b"250 2.0.0 <dave@example.org> ")
    assert lmtp.reply().startswith(b"250 ")
    assert b"pipelined" in server.dovecot.mails("carol@example.org")[-1]
    assert b"pipelined" in server.dovecot.mails("dave@example.org")[-1]


def test_data_when_all_recipients_were_refused(server, lmtp):
    lmtp.mail()
    assert lmtp.rcpt("old@example.org") == PERMANENT
    assert lmtp.rcpt("away@example.org") == TEMPORARY
    assert lmtp.cmd("DATA") == b"503 5.5.0 No valid recipients\r\n"
    assert lmtp.cmd("RSET").startswith(b"250 ")
    assert lmtp.ask("alice@example.org") == OK


def test_a_thousand_recipients_in_one_transaction(lmtp):
    lmtp.mail()
    lmtp.send(b"RCPT TO:<old@example.org>\r\n" * 1000)
    assert all(lmtp.reply() == PERMANENT for _ in range(1000))
    lmtp.cmd("RSET")
    assert lmtp.ask("alice@example.org") == OK


def test_target_is_not_logged(server, lmtp):
    lmtp.ask("old@example.org")
    lmtp.cmd("QUIT")
    connected = len(server.dovecot.log_lines("Connect from"))
    assert len(server.dovecot.logged("Disconnect from", count=connected)) > 0
    assert server.dovecot.log_lines("new@example.com") == []

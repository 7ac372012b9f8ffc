"""draft-sam-smtp-redirects-00, one test for each sentence that concerns the
answering side; README.md has the table. LMTP is SMTP but for the greeting and
the replies after DATA (RFC 2033)."""

import re
import time

from lmtp import Lmtp

OK = b"250 2.1.5 OK\r\n"
PERMANENT = b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
TEMPORARY = b"558 5.2.8 mailbox has temporarily moved to <here@example.net>\r\n"

# What a reader of the reply would take for an address, in brackets or not.
ADDRESS = re.compile(rb"[^\s<>()]+@[^\s<>()]+")


def forward_path(reply):
    """The one forward-path of a reply (RFC 5321 section 4.1.2)."""
    paths = re.findall(rb"<[^<>]*>", reply)
    assert len(paths) == 1, reply
    return paths[0].decode()


def one_line(reply, status):
    assert reply.startswith(b"%d " % status), reply
    assert reply.endswith(b"\r\n") and reply.count(b"\n") == 1
    return reply


# Section 1.1

def test_1_1_hard_linked_means_answered_557_or_558(lmtp):
    one_line(lmtp.ask("old@example.org"), 557)
    one_line(lmtp.ask("away@example.org"), 558)
    assert lmtp.ask("alice@example.org") == OK


def test_1_1_new_address_is_a_valid_forward_path(server, lmtp):
    """Any RCPT takes it as it stands."""
    server.hardlinks.set_permanent("odd@example.org", '"odd \\"one"@example.com')
    for address in "old@example.org", "away@example.org", "odd@example.org":
        path = forward_path(lmtp.ask(address))
        lmtp.mail()
        # a syntax error would be 501
        assert lmtp.cmd(f"RCPT TO:{path}").startswith(b"550 5.1.1 ")
        lmtp.cmd("RSET")


# Section 2

def test_2_any_557_or_558_includes_an_additional_address(lmtp):
    for address in "old@example.org", "away@example.org", "old+x@example.org":
        path = forward_path(lmtp.ask(address))
        assert "@" in path and path != f"<{address}>"


# Section 3

def test_3_the_codes_answer_a_request_with_the_new_address(lmtp):
    lmtp.mail()
    assert forward_path(lmtp.rcpt("old@example.org")) == "<new@example.com>"


def test_3_original_address_is_treated_as_undeliverable(server, lmtp):
    lmtp.mail()
    one_line(lmtp.rcpt("old@example.org"), 557)
    one_line(lmtp.rcpt("away@example.org"), 558)
    assert lmtp.cmd("DATA") == b"503 5.5.0 No valid recipients\r\n"
    for user in "old", "away":
        assert server.dovecot.mails(f"{user}@example.org") == []


def test_3_servers_have_the_other_options_as_well(start):
    """250 for what another server in front has answered (lmtp = deliver),
    550 for mailboxes that nobody has."""
    server = start(hardlinks={"lmtp": "deliver"})
    server.hardlinks.set_permanent("alice@example.org", "new@example.com")
    lmtp = server.lmtp()
    assert lmtp.ask("alice@example.org") == OK
    assert lmtp.ask("nobody@example.org").startswith(b"550 ")


def test_3_server_does_not_assume_that_clients_update_records(server):
    """Whoever asks again, on whichever connection, is told again."""
    for _ in range(3):
        with server.lmtp() as lmtp:
            for _ in range(20):
                assert lmtp.ask("old@example.org") == PERMANENT
                assert lmtp.ask("away@example.org") == TEMPORARY


# Section 3.1

def test_3_1_permanent_move_is_answered_557(server, lmtp):
    server.hardlinks.set_permanent("perm@example.org", "perm@example.com")
    one_line(lmtp.ask("perm@example.org"), 557)


def test_3_1_sample_session_with_lhlo(server):
    server.hardlinks.set_permanent("gopher@example.org", "mccahill@example.com")
    with Lmtp(server.dovecot.socket) as lmtp:
        assert lmtp.greeting.startswith(b"220 ")
        assert lmtp.cmd("LHLO mail.example.net").startswith(b"250-")
        assert lmtp.cmd("MAIL FROM:<postmaster@example.net>") == \
            b"250 2.1.0 OK\r\n"
        assert lmtp.cmd("RCPT TO:<alice@example.org>") == OK
        assert lmtp.cmd("RCPT TO:<gopher@example.org>") == \
            b"557 5.2.7 mailbox has moved to <mccahill@example.com>\r\n"


def test_3_1_sample_session_with_helo(server):
    """An LMTP server must refuse HELO (RFC 2033 section 4.1). A client that
    insists on it is told nothing; one that goes on with LHLO is."""
    with Lmtp(server.dovecot.socket) as lmtp:
        assert lmtp.cmd("HELO mail.example.net").startswith(b"500 ")
        reply = lmtp.cmd("MAIL FROM:<postmaster@example.net>")
        if reply.startswith(b"250 "):
            assert lmtp.rcpt("old@example.org") == PERMANENT
            assert lmtp.rcpt("alice@example.org") == OK
            assert lmtp.cmd("RSET").startswith(b"250 ")
        lmtp.lhlo()
        assert lmtp.ask("old@example.org") == PERMANENT


def test_3_1_557_includes_the_new_address(lmtp):
    reply = one_line(lmtp.ask("old@example.org"), 557)
    assert b"<new@example.com>" in reply


def test_3_1_557_includes_no_other_address(server, lmtp):
    server.hardlinks.set_permanent("reason@example.org", "new@example.com",
                                   "--reason", "ask boss@example.org")
    for address in ("old@example.org", "OLD+detail@example.org",
                    "@relay.example.net:old@example.org", "reason@example.org"):
        assert ADDRESS.findall(lmtp.ask(address)) == [b"new@example.com"]


# Section 3.2

def test_3_2_temporary_move_is_answered_558(server, lmtp):
    server.hardlinks.set_temporary("temp@example.org", "temp@example.com")
    one_line(lmtp.ask("temp@example.org"), 558)


def test_3_2_the_hard_link_is_removed_at_some_point(server, lmtp):
    assert server.hardlinks.ctl("set", "bob@example.org", "bob@example.com",
                                check=False).returncode == 64
    server.hardlinks.set_temporary("bob@example.org", "bob@example.com", "2s")
    one_line(lmtp.ask("bob@example.org"), 558)
    time.sleep(3)
    assert lmtp.ask("bob@example.org") == OK


def test_3_2_558_includes_the_new_address(lmtp):
    reply = one_line(lmtp.ask("away@example.org"), 558)
    assert b"<here@example.net>" in reply


def test_3_2_558_includes_no_other_address(lmtp):
    for address in "away@example.org", "AWAY+detail@example.org":
        assert ADDRESS.findall(lmtp.ask(address)) == [b"here@example.net"]


# Section 5

def test_5_557_goes_with_x_2_7_and_558_with_x_2_8(lmtp):
    assert lmtp.ask("old@example.org")[:10] == b"557 5.2.7 "
    assert lmtp.ask("away@example.org")[:10] == b"558 5.2.8 "


def test_5_enhanced_codes_are_announced(server):
    """RFC 2034 section 3: only a server that says so may send them."""
    with Lmtp(server.dovecot.socket) as lmtp:
        assert b"ENHANCEDSTATUSCODES\r\n" in lmtp.lhlo()

"""Owners' moves wait for the consent of the new address: codes that really
arrive there."""

import contextlib
import email
import email.policy
import sqlite3
import time

import pytest

from consent import WRONG, SET, find_code
from mailing import mail_system, mails, start  # noqa: F401

def test_pending_until_the_code(start, mails):
    server = start()
    with server.owner() as owner, server.lmtp() as lmtp:
        state = owner.ok(*SET)
        assert state["next-status"] == "pending" and "kind" not in state
        assert lmtp.ask("old@example.org").startswith(b"250")
        code, _ = mails.code()
        assert owner.fail("CONFIRM", "", WRONG)[0] == "permission"
        assert lmtp.ask("old@example.org").startswith(b"250")
        state = owner.ok("CONFIRM", "", code.replace("-", "").lower())
        assert (state["kind"], state["new"]) == ("permanent", "new@example.org")
        assert lmtp.ask("old@example.org").startswith(b"557 5.2.7 ")
        assert owner.fail("CONFIRM", "", code)[0] == "notfound"
    assert server.history() == ["set", "confirm"]
    server.hardlinks.ctl("verify")


def test_the_mail(start, mails):
    with start().owner() as owner:
        owner.ok("SET", "", "temporary", "new@example.org",
                 str(int(time.time()) + 86400))
    code, text = mails.code()
    (arguments, _), = mails.sendmail.calls
    assert arguments == ["-i", "-f", "<>", "--", "new@example.org"]
    mail = email.message_from_string(text, policy=email.policy.default)
    assert mail["Return-Path"] == "<>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"] == "postmaster@example.org"
    assert mail["To"] == "new@example.org"
    assert len(mail["Hardlink-Consent"]) == 32
    assert mail["Message-ID"] and mail["Date"].datetime
    assert code not in mail["Subject"]
    body = mail.get_content()
    for words in ("old@example.org", f"mailmove confirm {code}",
                  f"XHARDLINK CONFIRM {code}", f'"confirm {code}"', "until 20",
                  "do nothing"):
        assert words in body


def test_by_a_submission_host(start, mails):
    host, port = mails.postfix.address
    server = start(settings={"submission_host": f"{host}:{port}",
                             "mail_from": "moves@example.org"})
    with server.owner() as owner:
        owner.ok(*SET)
        code, text = mails.code()
        assert "\nFrom: <moves@example.org>\n" in text
        assert "\nReturn-Path: <>\n" in "\n" + text
        assert mails.sendmail.calls == []
        assert owner.ok("CONFIRM", "", code)["kind"] == "permanent"
        # the host says no
        assert owner.fail("SET", "", "permanent", "nobody@example.org", "",
                          "replace")[0] == "data"
    assert server.history() == ["set", "confirm"]


def test_hold(start, mails):
    server = start(settings={"hold": "permanent 24h, temporary 2s"})
    with server.owner() as owner, server.lmtp() as lmtp:
        owner.ok(*SET)
        state = owner.ok("CONFIRM", "", mails.code()[0])
        assert state["next-status"] == "confirmed" and "kind" not in state
        assert 86000 < int(state["next-effective"]) - time.time() < 87000
        assert lmtp.ask("old@example.org").startswith(b"250")
        owner.ok("SET", "", "temporary", "other@example.org",
                 str(int(time.time()) + 3600))
        state = owner.ok("CONFIRM", "",
                         mails.code(user="other@example.org")[0])
        deadline = time.monotonic() + 20
        while lmtp.ask("old@example.org").startswith(b"250"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert time.time() >= int(state["next-effective"])
        assert lmtp.ask("old@example.org").startswith(b"558 5.2.8 ")


def restart(server):
    server.dovecot.stop()
    server.dovecot.start()
    server.wait_until_up()


def test_five_wrong_codes(start, mails):
    server = start()
    with server.owner() as owner:
        owner.ok(*SET)
        for left in "4 tries are", "3 tries are", "2 tries are":
            assert left in owner.fail("CONFIRM", "", WRONG)[1]
    restart(server)
    code, _ = mails.code()
    with server.owner() as owner:
        assert "1 try is" in owner.fail("CONFIRM", "", WRONG)[1]
        assert "last try" in owner.fail("CONFIRM", "", WRONG)[1]
        assert owner.fail("CONFIRM", "", code)[0] == "notfound"
        assert "next-status" not in owner.ok("GET", "")


def test_life_of_a_code(start, mails):
    server = start()
    with server.owner() as owner:
        owner.ok(*SET)
        with contextlib.closing(sqlite3.connect(server.hardlinks.store)) as db:
            (expires,), = db.execute("SELECT expires FROM consent")
            assert 86000 < expires - time.time() <= 86400
            with db:
                db.execute("UPDATE consent SET expires = expires - 86401")
        code, text = owner.fail("CONFIRM", "", mails.code()[0])
        assert code == "notfound" and "run out" in text
        assert "next-status" not in owner.ok("GET", "")
    assert server.lookup() == {}


def test_codes_are_for_one_move(start, mails):
    server = start()
    with server.owner() as games, server.owner("lp") as other:
        games.ok(*SET)
        code, _ = mails.code()
        assert other.fail("CONFIRM", "", code)[0] == "notfound"
        assert other.fail("CONFIRM", "old@example.org", code)[0] == "permission"
        other.ok("SET", "", "permanent", "other@example.org", "")
        assert other.fail("CONFIRM", "", code)[0] == "permission"
        games.ok("SET", "", "permanent", "other@example.org", "", "replace")
        assert games.fail("CONFIRM", "", code)[0] == "permission"
    assert server.lookup() == {}

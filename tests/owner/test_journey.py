"""An owner's whole way, by each channel, with the default steps: a code that a
real mail brings to the new address, a hold, a notice in the old mailbox."""

import json
import os
import ssl
import time

import pytest

from consent import find_code
from mailmove import GAMES, Mailmove
from metadata import CONFIG as IMAP_CONFIG
from metadata import Metadata, free_port
from test_mailmove_server import ALICE, HOST, Remote, RemoteServer

LOCAL = "old@example.org"
SOON = time.strftime("%Y-%m-%dT12:00:00Z",
                     time.gmtime(time.time() + 100 * 86400))


class JourneyServer(RemoteServer):
    """With IMAP as well, and a shell user who may move LOCAL."""

    users = {ALICE: "", LOCAL: "",
             "games": f"userdb_hardlink_addresses={LOCAL} userdb_uid={GAMES}"}

    def __init__(self, modules):
        self.imap_port = free_port()
        super().__init__(
            modules, plugins=("lmtp_hardlink", "lda_hardlink", "imap_hardlink"),
            settings={"confirm_target": "yes", "notice": "yes",
                      "hold": "permanent 3s, temporary 3s"},
            config="protocols = lmtp submission imap\nfirst_valid_uid = 1\n"
                   "first_valid_gid = 1\n")

    def more_config(self):
        return super().more_config() + IMAP_CONFIG.format(port=self.imap_port)

    def prepare(self):
        super().prepare()
        # hardlinkd's own mails go where those of users go
        self.hardlinks.configure(
            submission_host=f"127.0.0.1:{self.relay.port}")
        home = self.dovecot.path("mail/games")
        os.mkdir(home)
        os.chown(home, GAMES, GAMES)

    def wait_until_up(self):
        super().wait_until_up()
        self.dovecot.wait_for_port(self.imap_port)

    def imap(self):
        client = Metadata(HOST, self.imap_port, timeout=60)
        self.clients.append(client)
        client.starttls(ssl.create_default_context(cafile=self.authority.path))
        client.login(ALICE, "secret")
        return client

    def submission(self):
        return Remote(f"smtp://{ALICE}@{HOST}:{self.port}",
                      "--cacert", self.authority.path)


class ByImap:
    channel, actor, old = "imap", ALICE, ALICE

    def __init__(self, server):
        self.client = server.imap()

    def set(self, new, until):
        self.client.set_ok(f"temporary {until} {new}" if until
                           else f"permanent {new}")

    def confirm(self, code):
        self.client.set_ok(f"confirm {code}")

    def back(self):
        self.client.set_ok(None)


class ByXhardlink:
    """In a session of its own; the certificate is another one here."""
    channel, actor, old = "submission", ALICE, ALICE

    def __init__(self, server):
        self.move = server.submission()

    def set(self, new, until):
        self.move("to", new, "--yes",
                  *(["--until", until] if until else ["--permanent"]))

    def confirm(self, code):
        self.move("confirm", code.lower().replace("-", " "))

    def back(self):
        self.move("back")


class ByShell(ByXhardlink):
    channel, actor, old = "cli", "games", LOCAL

    def __init__(self, server):  # pylint: disable=super-init-not-called
        self.move = Mailmove("--socket", server.socket_path())


@pytest.fixture(scope="module")
def server(modules):
    started = JourneyServer(modules)
    yield started
    started.remove()


def rcpt(server, address):
    with server.lmtp() as lmtp:
        return lmtp.ask(address).decode().rstrip()


def show(server, address):
    return json.loads(server.hardlinks.ctl("-f", "json", "show",
                                           address).stdout)


def wait_for(server, address, beginning):
    deadline = time.monotonic() + 60
    while not rcpt(server, address).startswith(beginning):
        assert time.monotonic() < deadline, rcpt(server, address)
        time.sleep(0.1)


def seconds(text):
    return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))) - \
        time.timezone


@pytest.mark.parametrize("way, new, until, code", [
    (ByXhardlink, "new@example.com", None, "557 5.2.7 mailbox has moved"),
    (ByImap, "here@example.com", None, "557 5.2.7 mailbox has moved"),
    (ByShell, "plain@example.com", None, "557 5.2.7 mailbox has moved"),
    (ByXhardlink, "other@example.com", SOON,
     "558 5.2.8 mailbox has temporarily moved"),
    (ByImap, "two@example.com", SOON,
     "558 5.2.8 mailbox has temporarily moved"),
    (ByShell, "three@example.com", SOON,
     "558 5.2.8 mailbox has temporarily moved")])
def test_journey(server, way, new, until, code):
    way = way(server)
    box = way.old if way.channel != "cli" else "games"
    notices = len(server.dovecot.mails(box))
    way.set(new, until)
    assert show(server, way.old)["next_confirmed"] is False
    assert rcpt(server, way.old).startswith("250 ")
    mails = server.dovecot.mails(box)
    assert len(mails) == notices + 1
    assert all(new.encode() not in mail for mail in mails)

    way.confirm(find_code(server.relayed(new)[0]))
    state = show(server, way.old)
    assert state["next_confirmed"] is True or state["target"] == new
    if state["next_confirmed"]:
        assert (rcpt(server, way.old).startswith("250 ") or
                time.time() >= seconds(state["next_effective"]))
    wait_for(server, way.old, f"{code} to <{new}>")

    way.back()
    assert rcpt(server, way.old).startswith("250 ")
    entries = json.loads(server.hardlinks.ctl(
        "-f", "json", "history", way.old).stdout)[:3]
    assert [entry["action"] for entry in entries] == [
        "withdraw", "confirm", "set"]
    assert {(entry["channel"], entry["actor"]) for entry in entries} == {
        (way.channel, way.actor)}
    server.hardlinks.ctl("verify")


def test_a_wrong_code_by_each_channel(server):
    """Each says so, in words, and nothing moves."""
    imap, submission = ByImap(server), ByXhardlink(server)
    imap.set("four@example.com", None)
    try:
        status, text = imap.client.set("confirm AAAA-BBBB-CCCC")
        assert status == "NO" and "isn't the code" in text
        submission.move.fails(77, "confirm", "AAAA-BBBB-CCCC",
                              says="isn't the code")
        assert rcpt(server, ALICE).startswith("250 ")
    finally:
        imap.back()

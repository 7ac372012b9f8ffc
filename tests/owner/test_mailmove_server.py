"""mailmove --server: through a submission server, over TLS."""

import contextlib
import os
import signal
import termios
import time

import pytest

from authority import Authority, dovecot_config
from fake_smtp import FakeSmtp
from mailmove import (CONFIG, DATA, NOPERM, NOT_FOUND, OK, TEMP, USAGE,
                      Mailmove, masked)
from ports import free_port
from submission import SubmissionServer

ALICE, BOB, NEW = "alice@example.org", "bob@example.org", "new@example.com"
HOST = "127.0.0.1"
SECRET = "secret"

SUBMISSIONS = """
service submission-login {{
  inet_listener submissions {{
    port = {port}
    ssl = yes
  }}
}}
"""


class RemoteServer(SubmissionServer):
    """With a certificate of an authority, for its address."""

    def more_config(self):
        self.tls_port = free_port()
        self.authority = Authority(self.directory)
        return (super().more_config() +
                dovecot_config(*self.authority.issue("server", f"IP:{HOST}")) +
                SUBMISSIONS.format(port=self.tls_port))

    def wait_until_up(self):
        super().wait_until_up()
        self.dovecot.wait_for_port(self.tls_port)


@pytest.fixture(scope="module")
def server(modules):
    with contextlib.ExitStack() as stack:
        started = RemoteServer(modules)
        stack.callback(started.remove)
        yield started


class Remote(Mailmove):
    """The password comes through a pipe."""

    def __init__(self, url, *options, password=SECRET, **more):
        super().__init__("--server", url, *options, **more)
        self.password = password

    def run(self, *arguments, **options):
        reader, writer = os.pipe()
        os.write(writer, self.password.encode() + b"\nnot the password")
        os.close(writer)
        try:
            return super().run(*arguments, "--password-fd", str(reader),
                               pass_fds=(reader,), **options)
        finally:
            os.close(reader)


def url_of(server, user=ALICE, host=HOST):
    return f"smtp://{user}@{host}:{server.port}"


@pytest.fixture
def move(server):
    """alice's"""
    yield (remote := Remote(url_of(server), "--cacert", server.authority.path))
    remote.run("back")


def answer(server, address=ALICE):
    with server.lmtp() as lmtp:
        return lmtp.ask(address).decode().rstrip()


def test_permanent_and_back(server, move):
    assert move("status") == f"{ALICE}: no hard-link\n"
    result = move.run("to", NEW, "--permanent", "--yes")
    assert (result.returncode, result.stdout) == (
        OK, f"{ALICE}: permanent, to {NEW}\n"), result.stderr
    assert result.stderr.startswith(f"From now on, mail to {ALICE} is refused")
    assert answer(server) == f"557 5.2.7 mailbox has moved to <{NEW}>"
    move.fails(NOPERM, "to", BOB, "--permanent", "--yes", says="--replace")
    state = move.json("to", BOB, "--permanent", "--yes", "--replace")
    assert (state["target"], state["before_target"]) == (BOB, NEW)
    assert move("back") == f"{ALICE}: no hard-link; ended: permanent, to {BOB}\n"
    assert answer(server).startswith("250 ")
    move.fails(NOT_FOUND, "back", says=f"{ALICE} has no hard-link")
    history = server.hardlinks.ctl("history", ALICE).stdout
    assert "submission" in history and "cli" not in history


def test_temporary_over_submissions(server):
    move = Remote(f"smtps://{ALICE}@{HOST}:{server.tls_port}", "--cacert",
                  server.authority.path)
    year = time.gmtime().tm_year
    day = f"{year}-12-31" if time.gmtime().tm_mon < 12 else f"{year + 1}-01-31"
    state = move.json("to", NEW, "--until", day, "--yes")
    assert state == {
        "address": ALICE, "kind": "temporary", "target": NEW,
        "expires": f"{day}T23:59:59Z", "next_kind": None, "next_target": None,
        "next_effective": None, "next_expires": None, "next_confirmed": False,
        "blocked": False, "channel": "submission", "before_kind": None,
        "before_target": None, "before_expires": None}
    assert answer(server).startswith("558 5.2.8 ")
    assert move.json("back")["before_target"] == NEW


def test_history(move):
    first = len(move.json("history"))
    move("to", NEW, "--permanent", "--yes")
    move("back")
    rows = move.json("history")
    assert [row["action"] for row in rows][:2] == ["withdraw", "set"]
    assert len(rows) == first + 2
    assert rows[1]["target"] == NEW and rows[1]["actor"] == ALICE
    assert len(move.json("history", "--limit", "1")) == 1
    assert masked(rows[0]["time"]) == "TIME"


def test_what_is_refused(move):
    for command in (["to", NEW, "--permanent", "--yes"], ["back"], ["status"],
                    ["history"], ["confirm", "7K3F-9QRX-M2WD"]):
        result = move.run("-f", "json", *command, "--address", BOB)
        assert (result.returncode, result.stdout) == (NOPERM, "")
        assert f"{BOB} isn't an address of {ALICE}" in result.stderr
    move.fails(NOT_FOUND, "confirm", "7K3F-9QRX-M2WD")
    result = move.run("to", ALICE, "--permanent", "--yes")
    assert result.returncode == DATA
    result = move.run("to", NEW, "--for", "52w", "--address", ALICE, "--yes")
    assert result.returncode == OK
    result = move.run("to", NEW, "--for", "60w", "--replace", "--yes")
    assert result.returncode == DATA and "longest" in result.stderr


def test_wrong_password(server):
    Remote(url_of(server), "--cacert", server.authority.path,
           password="wrong").fails(NOPERM, "status", says="refuses the login")
    Remote(url_of(server), "--cacert", server.authority.path,
           password="").fails(DATA, "status", says="there is no password")


def test_who_cant_prove_its_name(server):
    """Of an unknown authority; for another name."""
    for options in [], ["--cacert",
                        Authority(server.directory, "other").path]:
        Remote(url_of(server), *options).fails(
            CONFIG, "status", says=f"server {HOST}: SSL ")
    Remote(url_of(server, host="localhost"), "--cacert",
           server.authority.path).fails(CONFIG, "status", says="localhost")
    Remote(url_of(server), "--cacert", "/nowhere").fails(
        CONFIG, "status", says="--cacert /nowhere")


def test_no_tls_no_password():
    fake = FakeSmtp(None)
    Remote(url_of(fake)).fails(CONFIG, "status", says="doesn't offer TLS")
    fake.stop()
    assert {line.split(" ")[0] for _, line in fake.commands} <= {"EHLO", "QUIT"}


def test_what_the_url_may_be(server):
    for url in ("imap://a@b", f"{ALICE}@{HOST}", f"smtp://{HOST}", "smtp://a@",
                "smtp://a@b:0", "smtp://a@b:x", "smtp://a@b/path",
                "smtp://a%00@b", "smtp://a%zz@b", "smtp://a@b?c"):
        Mailmove("--server", url).fails(USAGE, "status", says="--server: ")
    said = Mailmove("--server", f"smtp://{ALICE}:{SECRET}@{HOST}").fails(
        USAGE, "status", says="a password doesn't belong")
    assert SECRET not in said
    # the user may be written either way
    Remote(url_of(server, ALICE.replace("@", "%40")), "--cacert",
           server.authority.path)("status")
    Mailmove("--server", url_of(server)).fails(USAGE, "status",
                                               says="no terminal")
    Mailmove("--server", url_of(server), "--password-fd", "77").fails(
        DATA, "status", says="reading the password")
    Mailmove("--server", url_of(server), "--insecure").fails(USAGE, "status")


def with_netrc(server, tmp_path, text):
    (tmp_path / ".netrc").write_text(text.format(
        host=HOST, alice=ALICE, bob=BOB, secret=SECRET))
    # root, who may read there
    return Mailmove("--server", url_of(server), "--cacert",
                    server.authority.path, "--netrc", uid=0,
                    env={"HOME": str(tmp_path)})


@pytest.mark.parametrize("text", [
    "machine {host} login {bob} password wrong\n"
    "machine {host} login {alice} password {secret}\n",
    "#machine {host} login {alice} password wrong\n#\n"
    "machine {host} account x password \"{secret}\" login {alice}",
    "macdef init\nmachine {host} login {alice} password wrong\n\n"
    "machine {host}\n\tlogin {alice}\n\tpassword \"s\\ecret\"\n",
    "machine other login {alice} password wrong\n"
    "default login {alice} password {secret}\n"])
def test_netrc(server, tmp_path, text):
    move = with_netrc(server, tmp_path, text)
    assert move("status") == f"{ALICE}: no hard-link\n"
    move.fails(USAGE, "status", "--password-fd", "0", says="exclude")


def test_netrc_wrong(server, tmp_path):
    move = with_netrc(server, tmp_path,
                      "machine {host} login {alice} password wrong\n")
    move.fails(NOPERM, "status", says="refuses the login")
    os.unlink(tmp_path / ".netrc")
    move.fails(DATA, "status", says=".netrc")


@pytest.mark.parametrize("text", [
    "",
    "machine {host} login {bob} password {secret}\n",
    "machine {host} password {secret} login {bob}\n",
    "machine {host} password {secret}\n",
    "default login {bob} password {secret}\n",
    "machine {host} login {alice}\n"
    "machine {host} login {bob} password {secret}\n",
    "machine {host} login {bob} password {secret}\n"
    "machine {host} login {alice}\n",
    "machine {host} login {alice}\ndefault login {bob} password {secret}\n",
    "machine {host} login {bob} password {secret} login {alice}\n",
    "machine {host} login {alice} login {bob} password {secret}\n",
    "machine other login {alice} password {secret}\n",
    "machine other password {secret}\nmachine {host} login {alice}\n"])
def test_netrc_of_others(server, tmp_path, text):
    """Both have the same password here: what is another's isn't sent."""
    with_netrc(server, tmp_path, text).fails(
        DATA, "status",
        says=f"no password for login {ALICE} of machine {HOST}")


def has_echo(terminal):
    return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)


def start_on_terminal(server, *command):
    move = Mailmove("--server", url_of(server), "--cacert",
                    server.authority.path)
    terminal = move.on_terminal(*command)
    terminal.read_until(f"Password of {ALICE} at {HOST}: ")
    assert not has_echo(terminal)
    return terminal


def test_password_on_a_terminal(server, move):
    terminal = start_on_terminal(server, "to", NEW, "--permanent")
    terminal.type(SECRET + "\n")
    shown = terminal.read_until("Do it? (y/N) ")
    assert SECRET not in shown and f"mail to {ALICE} is refused" in shown
    assert has_echo(terminal)
    # it has logged in, and nobody else can see with what
    for name in "cmdline", "environ":
        with open(f"/proc/{terminal.pid}/{name}", "rb") as file:
            assert SECRET.encode() not in file.read()
    terminal.type("y\n")
    code, shown = terminal.end()
    assert code == OK and f"{ALICE}: permanent, to {NEW}" in shown
    assert move.json("status")["target"] == NEW


def test_interrupted_at_the_password(server):
    terminal = start_on_terminal(server, "status")
    terminal.type("\3")
    shown = terminal.read_until("\n")
    assert SECRET not in shown
    # at once: afterwards nobody has the terminal open
    assert terminal.end()[0] == -signal.SIGINT


@pytest.fixture(name="fake")
def start_fake(tmp_path):
    authority = Authority(tmp_path)
    with contextlib.ExitStack() as stack:
        def start(*replies, **options):
            fake = FakeSmtp(authority.issue("fake", f"IP:{HOST}"), replies,
                            **options)
            stack.callback(fake.stop)
            return fake, Remote(url_of(fake), "--cacert", authority.path,
                                uid=0)

        yield start


STATE = """\
250-2.0.0 address=old@example.org
250-2.0.0 unknown=+2B
250-2.0.0 next-kind=permanent
250-2.0.0 next-new=n+2B1@example.com
250-2.0.0 next-effective=2027-01-31T00:00:00Z
250-2.0.0 next-status=pending
250 2.0.0 it waits"""


def test_pending(fake):
    server, move = fake(STATE, STATE, STATE, STATE)
    assert move("status") == """\
old@example.org: no hard-link
to come: permanent, to n+1@example.com, not before 2027-01-31T00:00:00Z
It waits for the code that was mailed to n+1@example.com:
give it back within 24 hours with `mailmove confirm CODE`. Until then nothing \
changes.
"""
    state = move.json("confirm", "7k3f9qrxm2wd", "--address", "Old@example.org")
    assert state["next_confirmed"] is False
    move("to", "New@example.net", "--until", "2027-01-31T12:00:00+01:00",
         "--replace", "--yes")
    assert [line for tls, line in server.commands
            if tls and line.startswith("XHARDLINK")] == [
                "XHARDLINK GET",
                "XHARDLINK CONFIRM 7K3F-9QRX-M2WD ADDRESS=<old@example.org>",
                "XHARDLINK GET",
                "XHARDLINK SET <New@example.net> UNTIL=2027-01-31T11:00:00Z "
                "REPLACE ADDRESS=<old@example.org>"]
    # nothing but EHLO and STARTTLS went out in clear
    assert {line.split(" ")[0] for tls, line in server.commands
            if not tls} == {"EHLO", "STARTTLS"}


@pytest.mark.parametrize("reply,code,says", [
    ("451 4.3.0 hardlinkd isn't running", TEMP, "hardlinkd isn't running"),
    ("421 4.3.2 going down", TEMP, "going down"),
    ("500 5.5.1 what?", CONFIG, "doesn't know XHARDLINK"),
    ("502 what?", CONFIG, "doesn't know XHARDLINK"),
    ("501 5.5.4 bad", DATA, "bad"),
    ("530 5.7.0 log in", NOPERM, "log in"),
    ("550 5.5.1 none", NOT_FOUND, "none"),
    ("550-5.7.1 not\n550 5.7.1 yours", NOPERM, "yours"),
    ("554 5.3.0 damaged", DATA, "damaged"),
    ("554 5.3.5 not set up", CONFIG, "not set up"),
    ("554 5.5.4 past", DATA, "past"),
    ("250 2.0.0 nothing", TEMP, "malformed"),
    ("250-2.0.0 address=x\n250 2.0.0 y", TEMP, "malformed"),
    ("250-2.0.0 address=a@b.org\n250-oops\n250 2.0.0 y", TEMP, "malformed"),
    ("250-2.0.0 address=a@b.org\n250-2.0.0 kind=odd\n250 x", TEMP,
     "malformed"),
    ("354 go on", TEMP, ""),
])
def test_replies(fake, reply, code, says):
    _, move = fake(reply)
    move.fails(code, "status", says=says)


def test_a_server_that_greets_nobody(fake):
    _, move = fake(greeting="554 5.7.1 not you")
    move.fails(NOPERM, "status", says="not you")

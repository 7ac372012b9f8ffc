"""hardlink-opensmtpd itself: lines of every kind, and its end."""

import subprocess

import pytest

from conftest import MOVED, PROGRAM


def run(*arguments, lines=b""):
    return subprocess.run([PROGRAM, *arguments], input=lines, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)


def test_bad_start(tmp_path):
    """One line that says what is wrong, and the code for it."""
    config = tmp_path / "bad.conf"
    config.write_text("lmtp = sideways\n")
    for arguments, code, text in (
            (["-c", str(config), "a.example"], 78, f"{config}:1: lmtp: "),
            (["-c", "/nonexistent", "a.example"], 78,
             "/nonexistent: No such file"),
            (["-c", str(config), "a..example"], 65, "domain a..example: "),
            (["-c", str(config), "x" * 300], 64, "a domain is too long"),
            (["-x"], 64, "usage:"), ([], 64, "usage:")):
        result = run(*arguments)
        assert (result.returncode, result.stdout) == (code, b"")
        assert text in result.stderr.decode()
        if "usage" not in text:
            assert result.stderr.count(b"\n") == 1


REGISTER = (b"register|report|smtp-in|link-connect\n"
            b"register|report|smtp-in|link-auth\n"
            b"register|report|smtp-in|link-disconnect\n"
            b"register|filter|smtp-in|rcpt-to\nregister|ready\n")
QUESTION = b"filter|0.7|1.2|smtp-in|rcpt-to|1|2|old@example.org\n"
ANSWER = (b"filter-result|0000000000000001|0000000000000002|reject|"
          + MOVED.replace(b"\r\n", b"\n"))


PROCEED = ANSWER.split(b"reject")[0] + b"proceed\n"


@pytest.fixture
def ask(edge):
    """Runs the filter with these lines behind the greeting; what it answers
    to them, and its log."""
    def run_lines(lines):
        result = run("-c", edge.hardlinks.config, "example.org",
                     lines=b"config|ready\n" + lines)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith(REGISTER)
        assert b"Sanitizer" not in result.stderr, result.stderr
        return result.stdout.removeprefix(REGISTER), result.stderr

    return run_lines


@pytest.mark.parametrize("lines", [
    b"garbage\n", b"\n\n\n", b"|||||||||\n", b"\0\n", b"\xff\xfe\n" * 50,
    b"filter|0.7|1.2|smtp-in|rcpt-to|1\n",
    b"filter|0.7|1.2|smtp-in|rcpt-to|x|2|old@example.org\n",
    b"filter|9.9|1.2|smtp-in|rcpt-to|1|2|old@example.org\n",
    b"filter|0.4|1.2|smtp-in|rcpt-to|1|2|old@example.org\n",
    b"filter|0.7|1.2|smtp-out|rcpt-to|1|2|old@example.org\n",
    b"x" * 4096 + b"\n", b"x" * 4097 + b"\n", b"x" * 1000000 + b"\n",
    b"x" * 4096 + QUESTION, b"x" * 8192 + QUESTION,
    b"\r\n", b"register|ready\n", b"filter-result|1|2|proceed\n"],
    ids=range(18))
def test_garbage(ask, lines):
    """Answered with nothing, and told in the log once; what follows is
    served."""
    answer, log = ask(lines + QUESTION + lines + QUESTION)
    assert answer == ANSWER * 2
    assert log.count(b"not a line of OpenSMTPD's filter protocol") == 1
    assert log.count(b"\n") == 1 and b"\0" not in log


@pytest.mark.parametrize("path", [
    b"", b"old@example.org\0", b"old\0@example.org", b"old@example.org\r",
    b"old@example.org|x", b"<old@example.org", b"old", b"@", b"<>",
    b"old@example.org" + b" " * 5000, b"\xff@example.org",
    b"x" * 100000 + b"@example.org", b"old@" + b"x." * 3000 + b"example.org"],
    ids=range(13))
def test_odd_paths(ask, path):
    """Each is answered: smtpd's own business."""
    answer, log = ask(QUESTION.replace(b"old@example.org", path) + QUESTION)
    assert answer == PROCEED + ANSWER
    assert log == b""


CONNECT = b"report|0.6|1|smtp-in|link-connect|1|x|pass|192.0.2.1:1|[::1]:25\n"


@pytest.mark.parametrize("lines, answer", [
    (b"report|0.6|1|smtp-in|link-auth|1|alice|pass\n", PROCEED),
    (b"report|0.5|1|smtp-in|link-auth|1|alice|pass\n", PROCEED),
    (b"report|0.7|1|smtp-in|link-auth|1|pass|alice\n", PROCEED),
    (b"report|0.6|1|smtp-in|link-auth|1|pass|fail\n", ANSWER),
    (b"report|0.6|1|smtp-in|link-auth|1|pass|error\n", ANSWER),
    (b"report|0.7|1|smtp-in|link-auth|1|fail|pass\n", ANSWER),
    (b"report|0.6|1|smtp-in|link-auth|2|alice|pass\n", ANSWER),
    (b"report|0.6|1|smtp-in|link-auth|1|alice|pass\n"
     b"report|0.6|1|smtp-in|link-disconnect|1\n", ANSWER),
    (b"report|0.6|1|smtp-in|link-auth|1|alice|pass\n" + CONNECT, ANSWER)])
def test_authenticated(edge, ask, lines, answer):
    """Only who has logged in, and as long as it's the same session."""
    edge.smtpd.configure(authenticated="skip")
    assert ask(CONNECT + lines + QUESTION) == (answer, b"")
    edge.smtpd.configure(authenticated="reply")
    assert ask(CONNECT + lines + QUESTION) == (ANSWER, b"")


def test_other_requests_are_answered(ask):
    for name in b"mail-from", b"connect", b"data-line", b"no-such":
        answer, log = ask(QUESTION.replace(b"rcpt-to", name))
        assert answer == PROCEED
        assert log == b""


def test_half_a_line(ask):
    assert ask(QUESTION + QUESTION[:-1]) == (ANSWER, b"")


def test_ready_again_and_sessions_that_are_not_there(ask):
    lines = (b"config|ready\nreport|0.7|1|smtp-in|link-disconnect|1\n"
             b"report|0.7|1|smtp-in|link-auth|1|pass|x\n"
             b"config|protocol|9.9\n")
    assert ask(lines + QUESTION) == (ANSWER, b"")


def test_another_protocol(edge):
    """It says so before smtpd takes a mail."""
    result = run("-c", edge.hardlinks.config, "example.org",
                 lines=b"config|protocol|1.0\nconfig|ready\n" + QUESTION)
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"filter protocol isn't 0.5 or later" in result.stderr


def test_many_sessions(ask):
    lines = b"".join(b"report|0.7|1|smtp-in|link-connect|%x|h|pass|192.0.2.1:1|"
                     b"127.0.0.1:25\n" % number for number in range(100000))
    assert ask(lines + QUESTION) == (ANSWER, b"")


def test_smtpd_that_does_not_read(edge):
    """The pipe is closed: an end, and no signal's."""
    with subprocess.Popen([PROGRAM, "-c", edge.hardlinks.config, "example.org"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b"config|ready\n")
        process.stdin.flush()
        assert process.wait(20) == 1
        assert b"Can't write to smtpd" in process.stderr.read()

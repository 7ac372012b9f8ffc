"""Runs a case over a connection of its own."""

from dataclasses import dataclass, field

from . import strict
from .links import secrets
from .wire import Wire, WireError


@dataclass
class Result:
    """problem: what was expected and read, None if all was right; absent: what
    the case needs and isn't there; others: the reasons of lawful other
    replies; replies: all that were read, as they came"""
    name: str
    problem: str = None
    absent: str = None
    others: list = field(default_factory=list)
    replies: list = field(default_factory=list)


class Failed(Exception):
    """What was expected and read."""


def show(reply):
    return reply.decode("utf-8", "backslashreplace") \
        .replace("\r", "\\r").replace("\n", "\\n").removesuffix("\\r\\n")


def show_expected(lawful):
    return " or ".join(f"`{expected.text}`" for expected in lawful)


class Runner:
    def __init__(self, options):
        """options: those of Wire; words, has"""
        self.options = options
        self.secrets = []

    def connect(self):
        """Is anybody there? Raises WireError."""
        Wire(self.options).close()

    def run(self, case):
        self.secrets = secrets(self.options.words)
        result = Result(case.name)
        wire = None
        try:
            result.absent = self._absent_before(case)
            if result.absent is None:
                wire = Wire(self.options)
                self._run(case, wire, result)
        except (WireError, Failed, strict.Malformed) as error:
            result.problem = str(error)
        if wire is not None:
            result.replies = wire.replies
            wire.close()
        return result

    def _absent_before(self, case):
        """What the command line or the protocol leaves out."""
        for need in case.needs:
            if "offered" not in need and need not in self.options.has:
                return need
        return None

    def _run(self, case, wire, result):
        if not case.bare:
            self._greet(case, wire)
        for need in case.needs:
            word, _, keyword = need.rpartition("offered ")
            if keyword != need and \
                    (keyword in wire.offered) == (word == "not "):
                result.absent = need
                break
        else:
            for group in case.groups(self.options.protocol,
                                     self.options.words):
                self._exchange(group, wire, result)
        wire.quit()

    def _greet(self, case, wire):
        wire.hello()
        if self.options.starttls or "tls" in case.needs:
            wire.start_tls()
        if self.options.login_always or "login" in case.needs:
            wire.log_in()

    def _exchange(self, group, wire, result):
        wire.send(group.data())
        for place, lawful in enumerate(group.replies):
            try:
                reply = wire.reply()
                self._check(reply, lawful, result)
            except (WireError, Failed, strict.Malformed) as error:
                raise Failed(self._where(group, place) + str(error)) from None

    @staticmethod
    def _where(group, place):
        """Which command it was, as far as one reply belongs to one line."""
        line = group.lines[min(place, len(group.lines) - 1)]
        return f"{line[:80]}: "

    def _check(self, reply, lawful, result):
        matching = [expected for expected in lawful if expected.matches(reply)]
        try:
            strict.check_lines(reply)
            if strict.is_redirect(reply):
                self._check_redirect(reply, matching)
        except strict.Malformed as error:
            raise Failed(f"expected {show_expected(lawful)}, read "
                         f"`{show(reply)}`: {error}") from None
        if not matching:
            raise Failed(f"expected {show_expected(lawful)}, read "
                         f"`{show(reply)}`")
        if not strict.is_redirect(reply):
            self._check_secrets(reply)
        if matching[0] is not lawful[0] and \
                matching[0].reason not in result.others:
            result.others.append(matching[0].reason)

    def _check_redirect(self, reply, matching):
        """What it tells is no secret any more: Exim says it again at DATA."""
        if matching and matching[0].is_folded():
            reply = strict.unfold(reply)
        told = strict.parse_redirect(reply).lower().encode()
        self.secrets = [secret for secret in self.secrets if secret != told]

    def _check_secrets(self, reply):
        """Only a redirect tells where somebody has moved, at first."""
        for secret in self.secrets:
            if secret in reply.lower():
                raise Failed(f"`{show(reply)}` gives away {secret.decode()}")

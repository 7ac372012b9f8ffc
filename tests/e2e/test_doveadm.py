"""doveadm hardlink …: hardlinkctl's commands in doveadm and in its server."""

import base64
import http.client
import json
import re
import signal
import socket
import subprocess

import pytest

from dovecot import is_23
from harness import Server
from ports import free_port

OK, USAGE, DATA, NOT_FOUND, TEMP, NOPERM, CONFIG = 0, 64, 65, 68, 75, 77, 78

API_KEY = "an API's key"
HTTP = """
doveadm_api_key = {key}
service doveadm {{
  inet_listener http {{
    {address} = 127.0.0.1
    port = {port}
  }}
}}
"""

OLD, AWAY, NEW, HERE = ("old@example.org", "away@example.org",
                        "new@example.com", "here@example.net")


class DoveadmServer(Server):
    def more_config(self):
        self.port = free_port()
        return HTTP.format(key=API_KEY, port=self.port,
                           address="address" if is_23() else "listen")

    def prepare(self):
        self.hardlinks.set_permanent(OLD, NEW, "--reason", "moved to K\u00f6ln")
        self.hardlinks.set_temporary(AWAY, HERE)

    def run(self, *arguments, **options):
        """doveadm's (exit code, standard output, standard error)"""
        result = self.dovecot.run("doveadm", "-c", self.dovecot.config,
                                  *arguments, check=False, **options)
        return (result.returncode, result.stdout.decode(),
                result.stderr.decode())

    def __call__(self, *arguments, **options):
        """What must succeed, without a word on standard error."""
        code, output, errors = self.run(*arguments, **options)
        assert (code, errors) == (OK, "")
        return output

    def request(self, verb, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        key = base64.b64encode(API_KEY.encode()).decode()
        connection.request(verb, "/doveadm/v1", body, {
            "Authorization": f"X-Dovecot-API {key}",
            "Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        assert response.status == 200, answer
        return json.loads(answer)

    def api(self, command, **parameters):
        """The rows that a command answers, or its exit code."""
        answer = self.request("POST",
                              json.dumps([[command, parameters, "tag"]]))
        (kind, content, tag), = answer
        assert tag == "tag"
        if kind == "doveadmResponse":
            return content
        assert (kind, content["type"]) == ("error", "exitCode")
        return content["exitCode"]


@pytest.fixture(scope="module")
def doveadm(modules):
    """One for all tests that only ask."""
    server = DoveadmServer(modules)
    try:
        server.dovecot.wait_for_port(server.port)
        yield server
    finally:
        server.remove()


@pytest.fixture
def fresh(modules):
    server = DoveadmServer(modules)
    try:
        server.dovecot.wait_for_port(server.port)
        yield server
    finally:
        server.remove()


def commands(server):
    """Those of hardlinkctl's --help."""
    text = server.hardlinks.ctl("--help").stdout
    listed = re.search(r"commands:\n(.*?)\n\n", text, re.S)[1]
    return [line[2:28].rstrip() for line in listed.splitlines()]


def usage(server, command):
    """The forms of a command of hardlinkctl's, without its name."""
    text = server.hardlinks.ctl(*command.split(), "--help").stdout
    forms = text.split("\n\n")[0].splitlines()
    prefix = f"hardlinkctl {command}"
    return [form[len("usage: "):].removeprefix(prefix).strip()
            for form in forms]


def options(server, command):
    """The long options of a command of hardlinkctl's."""
    text = server.hardlinks.ctl(*command.split(), "--help").stdout
    return re.findall(r"^  --([a-z0-9-]+)", text, re.M)


def test_the_module_is_loaded(doveadm):
    """doveadm itself says nothing about a module that it can't load."""
    code, _, errors = doveadm.run("hardlink")
    assert code == USAGE
    listed = [re.match(r"  (\S+) +(.*)$", line).groups()
              for line in errors.splitlines()[1:]]
    wanted = commands(doveadm)
    assert len(wanted) > 15
    singles = {name: " | ".join(usage(doveadm, name))
               for name in wanted if " " not in name}
    groups = {}
    for group, name in (name.split() for name in wanted if " " in name):
        groups.setdefault(group, []).append(name)
    assert dict(listed) == {
        **singles, **{group: "|".join(sorted(names))
                      for group, names in groups.items()}}


def test_help(doveadm):
    for command in commands(doveadm):
        forms = " | ".join(usage(doveadm, command))
        assert doveadm("hardlink", *command.split(), "--help").rstrip() == \
            f"doveadm hardlink {command} {forms}".rstrip()


def camel_case(name):
    return re.sub(r"[ -](.)", lambda match: match[1].upper(), name)


def test_every_option_is_a_parameter(doveadm):
    """And every argument is, under the name that the usage gives it."""
    known = {entry["command"]: [each["name"] for each in entry["parameters"]]
             for entry in doveadm.request("GET")}
    for command in commands(doveadm):
        parameters = known[camel_case(f"hardlink {command}")]
        assert len(set(parameters)) == len(parameters)
        wanted = {camel_case(name) for name in options(doveadm, command)
                  if name not in ("help", "version")}
        arguments = [name for name in parameters if name not in wanted]
        assert wanted <= set(parameters)
        words = re.sub(r"--[a-z0-9-]+ [A-Z]+", "",
                       " ".join(usage(doveadm, command))).lower()
        for name in arguments:
            assert re.search(rf"\b{name}\b", words), (command, name)


def test_set_and_unset_are_answered_by_lmtp(fresh):
    assert fresh("hardlink", "set", "alice@example.org", NEW, "--permanent",
                 "--reason", "by doveadm") == \
        f"alice@example.org: permanent, to {NEW}\n"
    lmtp = fresh.lmtp()
    assert lmtp.ask("alice@example.org") == \
        b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
    fresh("hardlink", "unset", "alice@example.org")
    assert lmtp.ask("alice@example.org").startswith(b"250 ")
    history = json.loads(fresh.hardlinks.ctl(
        "-f", "json", "history", "alice@example.org").stdout)
    assert [(row["action"], row["channel"], row["actor"], row["reason"])
            for row in history] == [("withdraw", "admin", "root", None),
                                    ("set", "admin", "root", "by doveadm")]
    fresh.hardlinks.ctl("verify")


ASKING = (["list"], ["list", "--kind", "temporary"], ["list", "--domain=x.org"],
          ["history"], ["key", "list"], ["show", OLD], ["lookup", OLD],
          ["checkpoint"], ["verify"])


@pytest.mark.parametrize("form", ["tab", "flow", "pager"])
@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_same_bytes(doveadm, command, form):
    said = doveadm("-f", form, "hardlink", *command)
    wanted = doveadm.hardlinks.ctl("-f", form, *command).stdout
    if command == ["checkpoint"] and form == "tab":
        # the one cell with line feeds in it, which doveadm doesn't escape
        wanted = wanted.replace("\001n", "\n")
    assert said == wanted


def as_text(value):
    return {None: "", True: "yes", False: ""}.get(value, str(value)) \
        if value is None or isinstance(value, bool) else str(value)


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_same_rows_in_json(doveadm, command):
    """All of doveadm's values are strings, in an array of objects."""
    wanted = json.loads(doveadm.hardlinks.ctl("-f", "json", *command).stdout)
    if isinstance(wanted, dict):
        wanted = [wanted]
    said = json.loads(doveadm("-f", "json", "hardlink", *command))
    assert said == [{name: as_text(value) for name, value in row.items()}
                    for row in wanted]
    assert doveadm.api("hardlink " + " ".join(command[:2])
                       if command[0] == "key" else f"hardlink {command[0]}",
                       **api_parameters(command)) == said


def api_parameters(command):
    return {("show", OLD): {"old": OLD}, ("lookup", OLD): {"address": OLD},
            ("list", "--kind", "temporary"): {"kind": "temporary"},
            ("list", "--domain=x.org"): {"domain": "x.org"}}.get(
                tuple(command), {})


@pytest.mark.parametrize("command", [["list"], ["key", "list"]], ids=" ".join)
def test_same_cells_in_a_table(doveadm, command):
    wanted = doveadm.hardlinks.ctl("-f", "table", *command).stdout
    said = doveadm("hardlink", *command)
    assert doveadm("-f", "table", "hardlink", *command) == said
    # newer ones show an empty cell as hardlinkctl does
    assert [[cell for cell in line.split() if cell != "-"]
            for line in said.splitlines()] == \
        [[cell for cell in line.split() if cell != "-"]
         for line in wanted.splitlines()]


@pytest.mark.parametrize("command", [
    ["lookup", OLD], ["checkpoint"], ["verify"],
    ["export", "--format", "csv"], ["export", "--format", "json"],
    ["export", "--format", "relocated"]], ids=" ".join)
def test_same_lines(doveadm, command):
    """What is said in lines is, if nobody asks for a format."""
    assert doveadm("hardlink", *command).replace("\r\n", "\n") == \
        doveadm.hardlinks.ctl(*command).stdout


def test_export_has_formats_of_its_own(doveadm):
    code, _, errors = doveadm.run("-f", "flow", "hardlink", "export",
                                  "--format", "json")
    assert code == USAGE and "--format, not -f" in errors


def test_one_thing_is_shown_by_the_pager(doveadm):
    assert doveadm("hardlink", "show", OLD) == \
        doveadm.hardlinks.ctl("-f", "pager", "show", OLD).stdout


def fails(server, code, *command, says, wrong=""):
    """Both do, with this exit code and the same line."""
    before = server.hardlinks.ctl("checkpoint", check=False).stdout
    direct = server.hardlinks.ctl(*command, check=False)
    assert direct.returncode == code
    line = direct.stderr.removeprefix("hardlinkctl: ").replace(
        "`hardlinkctl ", "`doveadm hardlink ")
    assert server.run("hardlink", *command) == (code, "", f"Error: {line}")
    assert says in line and line.count("\n") == 1
    assert server.hardlinks.ctl("checkpoint", check=False).stdout == before


@pytest.mark.parametrize("code, command, says", [
    (USAGE, ["set", OLD, NEW], "say one of"),
    (USAGE, ["show"], "an argument is missing"),
    (USAGE, ["list", "--kind", "eternal"], "eternal"),
    (USAGE, ["export"], "--format is needed"),
    (DATA, ["set", "nobody", NEW, "--permanent"], "nobody"),
    (DATA, ["set", OLD, NEW, "--until", "someday"], "someday"),
    (NOT_FOUND, ["lookup", "nobody@example.org"], "nobody@"),
    (NOT_FOUND, ["unset", "nobody@example.org"], "nobody@"),
    (NOPERM, ["set", OLD, HERE, "--permanent"], "--replace"),
], ids=str)
def test_exit_codes(doveadm, code, command, says):
    fails(doveadm, code, *command, says=says)


def test_exit_code_of_a_full_disk(doveadm):
    for form in [], ["-f", "json"], ["-f", "table"]:
        result = doveadm.dovecot.run(
            "sh", "-c", 'exec "$@" >/dev/full', "sh", "doveadm", "-c",
            doveadm.dovecot.config, *form, "hardlink", "lookup", OLD,
            check=False)
        assert result.returncode == TEMP
        assert result.stderr == \
            b"Error: standard output: No space left on device\n"


def test_exit_code_of_a_forged_store(fresh):
    fresh.hardlinks.forge_signatures()
    direct = fresh.hardlinks.ctl("verify", check=False)
    assert direct.returncode == DATA
    code, output, errors = fresh.run("hardlink", "verify")
    assert (code, output) == (DATA, direct.stdout)
    assert errors == direct.stderr.replace("hardlinkctl: ", "Error: ")
    assert fresh.api("hardlink verify") == DATA


def test_what_doveadm_refuses_itself(doveadm):
    for more in ["--nonsense"], ["one", "too", "many"], ["-c", "/nowhere"]:
        code, output, errors = doveadm.run("hardlink", "lookup", OLD, *more)
        assert (code, output) == (USAGE, "")
        assert errors != ""


def test_which_configuration(doveadm, tmp_path, monkeypatch):
    """HARDLINK_CONFIG, or else Dovecot's setting, which all others here use."""
    monkeypatch.setenv("HARDLINK_CONFIG", str(tmp_path / "nowhere.conf"))
    code, _, errors = doveadm.run("hardlink", "list")
    assert code == CONFIG and "nowhere.conf" in errors
    monkeypatch.setenv("HARDLINK_CONFIG", "")
    assert OLD in doveadm("hardlink", "list")


def test_import_from_standard_input(fresh):
    lines = (f'{{"old": "a@example.org", "new": "{NEW}", "permanent": true}}\n'
             '{"old": "b@example.org"}\n'
             f'{{"old": "c@example.org", "new": "{NEW}", "permanent": true}}\n'
             '{"old": "d@example.org"}\n')
    code, output, errors = fresh.run(
        "hardlink", "import", "-", "--format", "json",
        user_input=lines.encode())
    assert (code, output) == (DATA, "")
    assert [line.split(": ")[:2] for line in errors.splitlines()] == [
        ["Error", "standard input:2"], ["Error", "standard input:4"],
        ["Error", "standard input"]]
    assert [row["old"] for row in map(json.loads, fresh(
        "hardlink", "export", "--format", "json", "--kind",
        "permanent").splitlines())] == ["a@example.org", "c@example.org", OLD]


def test_warnings_are_doveadms(fresh):
    fresh.hardlinks.set_permanent("#odd@example.org", NEW)
    code, _, errors = fresh.run("hardlink", "export", "--format", "relocated")
    assert code == OK
    assert errors.startswith("Warning: 1 left out: ")


def test_several_arguments(fresh):
    for name in "a", "b":
        fresh.hardlinks.set_temporary(f"{name}@example.org", NEW)
    fresh("hardlink", "expire", "a@example.org", "b@example.org", "--reason",
          "enough")
    row, = fresh.api("hardlink expire", old=[AWAY], reason="too")
    assert row["address"] == AWAY
    assert [row["address"] for row in fresh.api("hardlink list")] == [OLD]


def test_interrupt(fresh):
    """Ends a command that waits, at once."""
    with subprocess.Popen(
            fresh.dovecot.modules.wrap(
                ["doveadm", "-c", fresh.dovecot.config, "hardlink", "import",
                 "-", "--format", "json"]),
            env=fresh.dovecot.environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(b'{"old": "b@example.org"}\n')
        process.stdin.flush()
        assert b"standard input:1" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=60) == -signal.SIGINT
        finally:
            process.kill()


def test_doveadms_protocol(doveadm):
    """On the server's socket, in the format of that."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        client.connect(doveadm.dovecot.path("run/doveadm-server"))
        with client.makefile("rwb") as stream:
            # without channels in one stream
            stream.write(b"VERSION\tdoveadm-server\t1\t0\n")
            for words in "lookup\t" + OLD, "lookup\tno@example.org":
                stream.write(f"\t\thardlink\t{words}\n".encode())
                stream.flush()
            assert stream.readline() == b"+\n"
            assert stream.readline() == (
                f"{OLD}\tpermanent\t{NEW}\t\t"
                f"557 5.2.7 mailbox has moved to <{NEW}>\t\t\n").encode()
            assert stream.readline() == b"+\n"
            assert [stream.readline(), stream.readline()] == \
                [b"\n", b"-NOTFOUND\n"]


def test_api_changes(fresh):
    row, = fresh.api("hardlinkSet", old="alice@example.org", new=NEW,
                     permanent=True, reason="by the API")
    assert (row["address"], row["kind"]) == ("alice@example.org", "permanent")
    assert fresh.lmtp().ask("alice@example.org") == \
        b"557 5.2.7 mailbox has moved to <new@example.com>\r\n"
    row, = fresh.api("hardlink history", old="alice@example.org")
    assert (row["actor"], row["channel"], row["reason"]) == \
        ("doveadm@127.0.0.1", "admin", "by the API")
    # without the word that this needs
    assert fresh.api("hardlinkSet", old="alice@example.org", new=HERE,
                     permanent=True, replace=False) == NOPERM
    assert fresh.dovecot.logged("Error: alice@example.org")
    assert fresh.api("hardlinkSet", old="alice@example.org", new=HERE,
                     permanent=True, replace=True)[0]["target"] == HERE
    # several commands in one connection, the second of which fails
    assert [kind for kind, _, _ in fresh.request("POST", json.dumps([
        ["hardlinkUnset", {"old": "alice@example.org"}, "1"],
        ["hardlinkUnset", {"old": "alice@example.org"}, "2"],
        ["hardlinkLookup", {"address": OLD}, "3"]]))] == \
        ["doveadmResponse", "error", "doveadmResponse"]
    fresh.hardlinks.ctl("verify")


def test_api_exit_codes(doveadm):
    assert doveadm.api("hardlink show") == USAGE
    assert doveadm.api("hardlink set", new=NEW, permanent=True) == USAGE
    assert doveadm.dovecot.logged("Error: set: ", "not what comes before it")
    assert doveadm.api("hardlink lookup", address="nobody") == DATA
    assert doveadm.api("hardlink lookup", address="no@example.org") == NOT_FOUND


def test_api_lines_are_rows(doveadm):
    lines = doveadm.hardlinks.ctl("export", "--format",
                                  "relocated").stdout.splitlines()
    assert [row["line"] for row in doveadm.api(
        "hardlink export", format="relocated")] == lines


@pytest.mark.parametrize("command, parameters", [
    ("backup", {"file": "{path}"}), ("init", {"dir": "{path}"}),
    ("set", {"from": "-"}), ("import", {"file": "-", "format": "json"}),
    ("verify", {"checkpoint": "/etc/passwd"}),
    ("recover", {"from": "/etc/passwd", "acceptLoss": True})], ids=str)
def test_api_opens_no_files(doveadm, tmp_path, command, parameters):
    path = tmp_path / "file"
    parameters = {name: str(path) if value == "{path}" else value
                  for name, value in parameters.items()}
    assert doveadm.api(f"hardlink {command}", **parameters) == NOPERM
    assert doveadm.dovecot.logged(f"Error: {command}: ", "names a file")
    assert not path.exists()

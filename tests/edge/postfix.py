"""Throw-away Postfixes: own configuration, queue and log; loopback only."""

import email
import os
import re
import shutil
import socket
import subprocess
import time

from ports import free_port

DAEMONS = "/usr/lib/postfix/sbin"
SNIPPET = os.path.join(os.path.dirname(__file__), "../../mta/postfix/main.cf")

MASTER = """\
{smtpd} inet n - n - {processes} smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def snippet():
    """What mta/postfix/main.cf sets."""
    with open(SNIPPET, encoding="utf-8") as file:
        text = re.sub(r"^#.*\n", "", file.read(), flags=re.M)
    text = re.sub(r"\n[ \t]+", " ", text)
    pairs = (line.split("=", 1) for line in text.splitlines() if line.strip())
    return {key.strip(): value.strip() for key, value in pairs}


def inline(pairs):
    """A map with these in it."""
    return "inline:{ " + ", ".join(
        f"{{{key}={value}}}" for key, value in pairs.items()) + " }"


class Instance:
    """Any Postfix, delivering what is for its users to maildirs; all else is as
    Postfix has it by default, but for settings."""

    def __init__(self, directory, users, processes=20, **settings):
        self.directory = directory
        self.port = free_port()
        self.address = ("127.0.0.1", self.port)
        self.log = f"{directory}/maillog"
        self.queue = f"{directory}/queue"
        for name in "config", "queue", "data", "mail":
            os.makedirs(f"{directory}/{name}")
        os.chmod(directory, 0o755)
        shutil.chown(f"{directory}/data", "postfix")
        shutil.chown(f"{directory}/mail", "mail", "mail")
        self.main = {
            "compatibility_level": "3.6",
            "queue_directory": self.queue,
            "data_directory": f"{directory}/data",
            "daemon_directory": DAEMONS,
            "maillog_file": self.log,
            "maillog_file_prefixes": directory,
            "mydestination": "",
            "inet_interfaces": "127.0.0.1",
            "alias_maps": "",
            "alias_database": "",
            "virtual_mailbox_maps": inline(
                {user: f"{user.replace('@', '-')}/" for user in users}),
            "virtual_mailbox_base": f"{directory}/mail",
            "virtual_minimum_uid": "8",
            "virtual_uid_maps": "static:8",
            "virtual_gid_maps": "static:8",
            **settings,
        }
        self._write("master.cf", MASTER.format(
            smtpd=f"127.0.0.1:{self.port}", processes=processes))
        self._write_main()

    def _write(self, name, text):
        path = f"{self.directory}/config/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        # A program that finds main.cf younger than two seconds waits: it might
        # still be written.
        os.utime(path, (time.time() - 60,) * 2)

    def _write_main(self):
        self._write("main.cf", "".join(
            f"{key} = {value}\n" for key, value in self.main.items()))

    def command(self, *arguments, **options):
        result = subprocess.run(arguments, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False,
                                **options)
        assert result.returncode == 0, (arguments, result.stdout)
        return result.stdout

    def _postfix(self, verb):
        self.command("postfix", "-c", f"{self.directory}/config", verb,
                     stdin=subprocess.DEVNULL)

    def start(self):
        self._postfix("start")
        self._wait_until_listening()

    def _wait_until_listening(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(self.address).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, self.log_text()
                time.sleep(0.02)

    def set(self, **settings):
        """Changes settings of a Postfix that runs."""
        self.main.update(settings)
        self._write_main()
        seen = self.log_text().count(": reload -- ")
        self._postfix("reload")
        deadline = time.monotonic() + 20
        while self.log_text().count(": reload -- ") == seen:
            assert time.monotonic() < deadline, self.log_text()[-3000:]
            time.sleep(0.02)
        # Processes that wait for a client end by and by.
        time.sleep(0.5)

    def stop(self):
        subprocess.run(["postfix", "-c", f"{self.directory}/config", "abort"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def sendmail(self, sender, *recipients, text):
        self.command("sendmail", "-C", f"{self.directory}/config", "-i",
                     "-f", sender, *recipients, input=text)

    def flush(self):
        """Tries what is deferred once more."""
        self.command("postqueue", "-c", f"{self.directory}/config", "-f")

    def queued(self):
        """What postqueue lists, as text."""
        return self.command("postqueue", "-c", f"{self.directory}/config",
                            "-p")

    def wait_for_empty_queue(self, seconds=30):
        deadline = time.monotonic() + seconds
        while "queue is empty" not in self.queued():
            assert time.monotonic() < deadline, self.queued()[-2000:]
            time.sleep(0.1)

    def mails(self, user):
        """The mails in a user's mailbox."""
        directory = f"{self.directory}/mail/{user.replace('@', '-')}/new"
        try:
            names = os.listdir(directory)
        except FileNotFoundError:
            return []
        found = []
        for name in names:
            with open(f"{directory}/{name}", encoding="utf-8") as file:
                found.append(file.read())
        return found

    def wait_for_mails(self, user, count, seconds=30):
        deadline = time.monotonic() + seconds
        while len(self.mails(user)) < count:
            assert time.monotonic() < deadline, self.log_text()[-3000:]
            time.sleep(0.05)
        return self.mails(user)


class Postfix(Instance):
    """Serves example.org with the shipped snippet."""

    def __init__(self, directory, milter, users, processes=20, **settings):
        lines = snippet()
        # where mailboxes are is another matter here
        del lines["virtual_mailbox_maps"]
        super().__init__(directory, users, processes, **{
            **lines,
            "myhostname": "mx.example.org",
            "inet_protocols": "all",
            "mynetworks": "127.0.0.2/32",
            "smtpd_milters": milter,
            "virtual_transport": "virtual",
            # Nothing leaves this machine.
            "default_transport": "discard:elsewhere",
            "relay_transport": "discard:elsewhere",
            # example.net and the like have no addresses in a test
            "smtpd_recipient_restrictions": "reject_non_fqdn_recipient",
            "smtpd_authorized_xclient_hosts": "127.0.0.1",
            "smtpd_sasl_auth_enable": "no",
            "smtpd_client_connection_count_limit": "0",
            "smtpd_client_port_logging": "no",
            "smtpd_error_sleep_time": "0",
            "smtpd_soft_error_limit": "10000",
            "smtpd_hard_error_limit": "20000",
            "recipient_delimiter": "+",
            "in_flow_delay": "0",
            "default_process_limit": "100",
            "smtputf8_enable": "yes",
            **settings})


class Stranger(Instance):
    """A server of somebody else's, with users at example.net. What they send to
    example.org goes to a port here; all else is Postfix's default."""

    def __init__(self, directory, users, port, **settings):
        super().__init__(
            directory, users, myhostname="mail.example.net",
            virtual_mailbox_domains="example.net",
            transport_maps=inline(
                {"example.org": f"smtp:[127.0.0.1]:{port}"}),
            # Nothing else leaves this machine.
            default_transport="error:no such place here", **settings)

    def bounces(self, user):
        """Those of the mails in a user's mailbox that are bounces."""
        return [message for message in map(email.message_from_string,
                                           self.mails(user))
                if message.get_content_type() == "multipart/report"]

"""kill -9 at random moments: what was acknowledged is there, nothing is half
there, and the log verifies."""

import os
import random
import signal
import subprocess
import time

from ctl import PROGRAM, dump, json_lines

KILLS = 200
BATCH = 40
NEW = "new@example.org"


class Writer:
    """Alternates single sets and batches, one process each."""

    def __init__(self, ctl):
        self.ctl = ctl
        self.count = 0
        self.acknowledged = set()

    def addresses(self):
        self.count += 1
        size = BATCH if self.count % 2 else 1
        return [f"u{self.count}-{number}-of-{size}@example.com"
                for number in range(size)]

    def start(self, addresses):
        command, text = ["set", addresses[0], NEW, "--permanent"], ""
        if len(addresses) > 1:
            command = ["set", "--from", "-"]
            text = json_lines(*({"old": address, "new": NEW, "permanent": True}
                                for address in addresses))
        process = subprocess.Popen(
            [PROGRAM, "-c", self.ctl.config, *command], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        process.stdin.write(text)
        process.stdin.close()
        return process

    def run(self, kill_after):
        """One command, killed when that many seconds are over; whether it
        was."""
        addresses = self.addresses()
        process = self.start(addresses)
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        complaint = process.stderr.read()
        process.stderr.close()
        code = process.wait()
        assert code in (0, -signal.SIGKILL), complaint
        if code == 0:
            self.acknowledged.update(addresses)
        return code != 0


def check(writer):
    assert writer.ctl.run("verify").returncode == 0
    stored = {row[0] for row in dump(writer.ctl.database)["link"]
              if "@" in row[0]}
    assert writer.acknowledged <= stored
    groups = {}
    for address in stored:
        command, _, _, size = address.split("@")[0].split("-")
        groups.setdefault((command, int(size)), []).append(address)
    for (command, size), addresses in groups.items():
        assert len(addresses) == size, f"{command} is half there"


def test_kill(ctl):
    seed = int(os.environ.get("HARDLINK_SEED") or time.time_ns() % 1000000)
    print("HARDLINK_SEED =", seed)
    generator = random.Random(seed)
    writer = Writer(ctl)
    began = time.monotonic()
    for _ in range(6):
        assert not writer.run(60)
    longest = (time.monotonic() - began) / 6
    kills = 0
    while kills < KILLS:
        if writer.run(generator.uniform(0, longest)):
            kills += 1
            check(writer)
    # the writers after it have nothing to clean up by hand
    assert not writer.run(60)
    check(writer)
    assert len(writer.acknowledged) > 6

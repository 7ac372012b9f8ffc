"""Whatever doesn't answer: doctor says so, and ends."""

import os
import socket
import threading
import time


def silent(path):
    """A server that accepts and says nothing."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    kept = []

    def accept():
        try:
            while True:
                kept.append(listener.accept())
        except OSError:
            pass

    threading.Thread(target=accept, daemon=True).start()
    return listener


def test_hanging_program(site, tmp_path):
    program = tmp_path / "doveconf"
    program.write_text("#!/bin/sh\nsleep 1000 &\nsleep 1000\n")
    program.chmod(0o755)
    started = time.monotonic()
    site.finds("dovecot", "didn't end within 30 seconds", environment={
        "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert time.monotonic() - started < 100


def test_silent_servers(site):
    path = site.path("silent")
    listener = silent(path)
    more = f"service lmtp {{\n  unix_listener {path} {{\n    mode = 0666\n  }}\n}}\n"
    with site.dovecot_config(
            more=more + "service lmtp {\n  unix_listener lmtp {\n"
            "    mode = 0\n  }\n}\n") as options:
        site.finds("lmtp", path, "no answer", **options)
    listener.close()

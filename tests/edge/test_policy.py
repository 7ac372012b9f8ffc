"""Settings: who gets a redirect, and how many; counters; reload."""

import os
import shutil
import socket
import tempfile

import pytest

from conftest import AWAY, MOVED
from ports import free_port
from sasl import Sasl, plain

TOO_MANY = b"451 4.7.1 too many redirects for your network, try later\r\n"
OLD = "old@example.org"


def accepted(reply):
    return reply.startswith(b"250 2.1.5 ")


@pytest.fixture
def sasl():
    # Not pytest's own: other users than root have to get in.
    directory = tempfile.mkdtemp(prefix="hardlink-sasl.")
    os.chmod(directory, 0o755)
    service = Sasl(f"{directory}/auth")
    yield {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
           "smtpd_sasl_path": f"{directory}/auth"}
    service.stop()
    shutil.rmtree(directory)


@pytest.mark.parametrize("mode", ["reply", "skip"])
def test_authenticated(start, sasl, mode):
    edge = start(milter_settings={"authenticated": mode}, **sasl)
    assert edge.ask(OLD) == MOVED
    with edge.smtp() as client:
        assert client.ask(OLD) == MOVED
        assert client.cmd(plain("alice@example.org")).startswith(b"235 ")
        reply = client.ask(OLD)
        assert accepted(reply) if mode == "skip" else reply == MOVED
        # an address elsewhere is nobody's business
        assert accepted(client.ask("someone@elsewhere.example"))


def test_rate_limit(start):
    edge = start(milter_settings={"redirect_rate": "3 1h"})
    with edge.smtp(ADDR="192.0.2.1") as client:
        assert [client.ask(OLD) for _ in range(3)] == [MOVED] * 3
        assert client.ask(OLD) == TOO_MANY
        assert accepted(client.ask("alice@example.org"))
    # the same network, another one, the same in IPv6, this machine
    assert edge.ask("away@example.org", ADDR="192.0.2.77") == TOO_MANY
    assert edge.ask("away@example.org", ADDR="192.0.3.1") == AWAY
    for last in range(3):
        assert edge.ask(OLD, ADDR=f"IPV6:2001:db8:0:1{last}::1") == MOVED
    assert edge.ask(OLD, ADDR="IPV6:2001:db8:0:1f::1") == TOO_MANY
    assert edge.ask(OLD, ADDR="IPV6:2001:db8:0:100::1") == MOVED
    with edge.smtp() as client:
        assert [client.ask(OLD) for _ in range(10)] == [MOVED] * 10
    assert edge.milter.status()["hardlink_rate_limited_total"] == 3


def test_status(start):
    edge = start()
    before = edge.milter.status()
    assert set(before.values()) == {0}
    for address in OLD, OLD, "away@example.org", "alice@example.org":
        edge.ask(address)
    after = edge.milter.status()
    assert after['hardlink_lookups_total{result="found"}'] == 3
    assert after['hardlink_lookups_total{result="none"}'] == 1
    assert after['hardlink_lookups_total{result="error"}'] == 0
    assert after['hardlink_redirects_total{kind="permanent"}'] == 2
    assert after['hardlink_redirects_total{kind="temporary"}'] == 1
    assert after["hardlink_lookup_duration_seconds_count"] == 4
    assert after["hardlink_lookup_duration_seconds_sum"] > 0
    # who connects and says nothing, or leaves, holds nobody up
    for _ in range(50):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(edge.milter.status_socket)
    assert edge.milter.status() == after


def test_no_status_socket_and_inet(start):
    """milter_socket in libmilter's other notation; no status socket."""
    edge = start(milter_settings={"status_socket": ""})
    edge.milter.stop()
    port = free_port()
    edge.milter.configure(milter_socket=f"inet:{port}@127.0.0.1",
                          status_socket="")
    edge.milter.start()
    edge.postfix.set(smtpd_milters=f"inet:127.0.0.1:{port}")
    assert edge.ask(OLD) == MOVED
    second = edge.milter.spawn()
    assert second.wait(10) == 75
    assert "can't listen there; is it running already?" in \
        edge.milter.log_text()
    assert edge.ask(OLD) == MOVED


def test_reload_keeps_sessions(start, sasl):
    edge = start(**sasl)
    with edge.smtp() as client:
        assert client.cmd(plain("alice@example.org")).startswith(b"235 ")
        client.mail()
        assert client.rcpt(OLD) == MOVED
        edge.milter.configure(authenticated="skip")
        edge.milter.reload()
        assert accepted(client.rcpt(OLD))
        edge.milter.configure(authenticated="perhaps")
        edge.milter.reload()
        assert "the former one stays in force" in edge.milter.log_text()
        assert accepted(client.rcpt(OLD))
        edge.milter.configure(authenticated="reply")
        edge.milter.reload()
        assert client.rcpt(OLD) == MOVED
    edge.milter.stop()


def test_many_reloads(start):
    """libmilter takes SIGHUP for an end; ours never gets through to it."""
    edge = start()
    with edge.smtp() as client:
        for _ in range(300):
            edge.milter.process.send_signal(1)
            assert client.ask(OLD) == MOVED
        edge.milter.reload()
    assert edge.ask(OLD) == MOVED
    edge.milter.stop()


def test_changed_socket_needs_a_restart(start):
    edge = start()
    edge.milter.configure(status_socket=f"{edge.milter.run}/other.sock")
    edge.milter.reload()
    edge.milter.wait_for_log("restart to use it")
    assert edge.ask(OLD) == MOVED

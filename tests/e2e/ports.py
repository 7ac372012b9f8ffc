"""Ports of 127.0.0.1 that nobody else takes before the test's server does."""

import socket

# Below those that the system gives to clients (ip_local_port_range).
PORTS = iter(range(12000, 32000))
# What keeps other test processes from a port, as long as this one lives: a
# name in the same network namespace as the port, from which a chroot doesn't
# separate.
RESERVED = []


def free_port():
    for port in PORTS:
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0hardlink-tests.port.{port}")
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
            continue
        RESERVED.append(mark)
        return port
    raise RuntimeError("no port is free")

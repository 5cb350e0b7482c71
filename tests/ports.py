"""A port for a server that a test starts in a process of its own."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below those that the system lends to whoever connects: nobody is lent it before the server has it.
PORTS = range(20_000, 30_000)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    for port in SystemRandom().sample(PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("A hundred ports are taken.")

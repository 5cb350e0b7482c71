"""What a test needs that starts a process of its own: where its database is, and a port for it."""

import os
import socket
from contextlib import suppress
from random import SystemRandom
from urllib.parse import urlsplit

from django.db import connection

# Below the range from which the system takes ports for connections, so that none takes it before the server.
PORTS = range(20_000, 30_000)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    for port in SystemRandom().sample(PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("A hundred ports are taken.")


def database_url() -> str:
    """Return where a process of its own finds the database of the tests."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()

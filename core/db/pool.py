"""Connections to PostgreSQL that survive a restart of the server."""

import psycopg
from django.db import connection
from psycopg_pool import ConnectionPool


def check_connection(pooled: psycopg.Connection) -> None:
    """Check a connection before a request uses it; where it is dead, replace all of the pool at once.

    The pool itself would try one dead connection after the other, with growing pauses between them.
    """
    try:
        ConnectionPool.check_connection(pooled)
    except psycopg.OperationalError:
        connection.pool.drain()  # type: ignore[attr-defined]  # of Django's backend for PostgreSQL
        raise

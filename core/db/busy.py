"""A database that is locked, read-only or away: the same request may succeed a little later."""

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

# When to try again, in seconds.
RETRY_AFTER = 5
_SQLITE_ERRORS = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_FULL")
# Of PostgreSQL: no connection, read-only, conflicts with other transactions, out of resources (disk full, too
# many connections), a lock that is not available, a statement that took too long, shut down.
_SQL_STATES = ("08", "25006", "40001", "40P01", "53", "55P03", "57014", "57P0")


def is_busy(error: BaseException | None) -> bool:
    """Return whether the error says that the database is locked, read-only, full or away."""
    if isinstance(error, InterfaceError):
        # The connection was closed under the request.
        return True
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "").startswith(_SQLITE_ERRORS)
    state = getattr(cause, "sqlstate", "")
    is_unconnected = state is None and isinstance(error, OperationalError)
    return is_unconnected or str(state).startswith(_SQL_STATES)

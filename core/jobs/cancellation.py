"""Cancel a running query when its job is cancelled."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

logger = structlog.get_logger(__name__)

# Called several times a second, also by other threads. Raises when the work must end.
type Check = Callable[[], None]
# Called with the number of rows done so far and of all rows. Raises when the work must end.
type Progress = Callable[[int, int], None]

CHECK_SECONDS = 0.1
# How long to wait for a server that cannot be reached.
CANCEL_TIMEOUT_SECONDS = 1.0


def never_cancelled() -> None:
    """Let the work go on, since it is not part of a job."""


@contextmanager
def cancelling_queries(check: Check, connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Cancel what a connection is running as soon as `check` raises, and raise that error here.

    A thread of its own calls `check` several times a second, since the calling thread waits for the database.
    The driver's own error about the cancelled query is not raised.
    """
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(check, connection, over), daemon=True)
    thread.start()
    try:
        yield
    except Exception:
        check()
        raise
    finally:
        over.set()
        thread.join()


def _watch(check: Check, connection: BaseDatabaseWrapper, over: threading.Event) -> None:
    while not over.wait(CHECK_SECONDS):
        try:
            check()
        except Exception:  # whatever it is, the calling thread raises it
            # Repeated, since the next query may be starting right now.
            _cancel(connection)


def _cancel(connection: BaseDatabaseWrapper) -> None:
    try:
        with connection.wrap_database_errors:
            if connection.vendor == "postgresql":
                connection.connection.cancel_safe(timeout=CANCEL_TIMEOUT_SECONDS)
            else:
                connection.connection.interrupt()
    except Error:
        logger.warning("query_cancellation_failed", exc_info=True)

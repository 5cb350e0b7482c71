"""Ending a statement that is still at work when nobody wants its answer any more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from exports.writers.sink import StillWanted

logger = structlog.get_logger(__name__)

LOOK_EVERY = 0.1  # seconds
CALLING_TAKES = 1.0  # seconds, until a server that cannot be reached is left alone


@contextmanager
def interrupted_unless(require_wanted: StillWanted, reading: BaseDatabaseWrapper) -> Iterator[None]:
    """End what a connection is doing as soon as `require_wanted` raises, which is then raised here.

    It is asked several times a second by a thread of its own, since a count or a sort keeps the thread that
    waits for it from asking. What is interrupted breaks in the driver's own way; that is not told on.
    """
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(require_wanted, reading, over), daemon=True)
    thread.start()
    try:
        yield
    except Exception:
        require_wanted()
        raise
    finally:
        over.set()
        thread.join()


def _watch(require_wanted: StillWanted, reading: BaseDatabaseWrapper, over: threading.Event) -> None:
    while not over.wait(LOOK_EVERY):
        try:
            require_wanted()
        except Exception:  # whatever it is: the thread that does the work raises it
            # Again and again, for the next statement may begin just now.
            _interrupt(reading)


def _interrupt(reading: BaseDatabaseWrapper) -> None:
    try:
        with reading.wrap_database_errors:
            if reading.vendor == "postgresql":
                reading.connection.cancel_safe(timeout=CALLING_TAKES)
            else:
                reading.connection.interrupt()
    except Error:
        logger.warning("interruption_failed", exc_info=True)

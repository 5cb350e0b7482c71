"""`manage.py work`: do the background jobs, and let /healthz see that somebody does them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import override

import structlog
from django.db import connections
from django_tasks_db.management.commands import db_worker

from deskops.health import worker_seen

logger = structlog.get_logger(__name__)

SIGN_OF_LIFE_SECONDS = 20


@contextmanager
def signs_of_life(seconds: float = SIGN_OF_LIFE_SECONDS) -> Iterator[None]:
    """Give a sign of life now and every few seconds, also while one long job runs."""
    finished = threading.Event()

    def beat() -> None:
        while True:
            try:
                worker_seen()
            except Exception:
                # A database or cache that is away, whichever it is, comes back; the silence shows meanwhile.
                logger.warning("sign_of_life_failed", exc_info=True)
            finally:
                connections.close_all()
            if finished.wait(seconds):
                return

    thread = threading.Thread(target=beat, name="signs-of-life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join(timeout=5)


class Command(db_worker.Command):
    help = "Run the background jobs until told to stop; a running job is finished first."

    @override
    def execute(self, *args: object, **options: object) -> str | None:
        with signs_of_life():
            return super().execute(*args, **options)

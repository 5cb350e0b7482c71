"""`manage.py work`: do the background jobs, and let /healthz see that somebody does them."""

import argparse
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import override

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django_tasks_db.management.commands import db_worker

from core.db.busy import is_busy
from core.jobs.lease import GRACE_SECONDS, grace_period
from core.jobs.runner import do_housekeeping
from deskops.hosts import ANNOUNCE_SECONDS, announce
from deskops.management.commands.tick import tick
from deskops.monitoring.health import worker_seen

logger = structlog.get_logger(__name__)

SIGN_OF_LIFE_SECONDS = 20
HOUSEKEEPING_SECONDS = 5
TICK_SECONDS = 60
# Of the processor's time, what the web server leaves.
NICENESS = 10


@contextmanager
def every(seconds: float, do: Callable[[], object], *, name: str) -> Iterator[None]:
    """Do something now and every few seconds, also while one long job runs."""
    finished = threading.Event()

    def beat() -> None:
        while True:
            try:
                do()
            except Exception:
                # A database or cache that is away, whichever it is, comes back; the silence shows meanwhile.
                logger.warning("worker_beat_failed", beat=name, exc_info=True)
            finally:
                connections.close_all()
            if finished.wait(seconds):
                return

    thread = threading.Thread(target=beat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join(timeout=5)


class Worker(db_worker.Worker):
    """A worker that releases a long job when it must stop."""

    @override
    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        grace_period.start(GRACE_SECONDS)
        super().shutdown(signum, frame)

    @override
    def run(self) -> None:
        """Run until stopped. While the database is away, wait and try again."""
        for delay in retry_delays():
            try:
                super().run()
            except (DatabaseError, InterfaceError) as error:
                if self.batch or not is_busy(error):
                    raise
                logger.warning("worker_lost_database", retry_in=delay, exc_info=True)
                connections.close_all()
                time.sleep(delay)
            else:
                return


def retry_delays() -> Iterator[int]:
    """Yield the seconds to wait after each failure in a row: 1, 2, 4, then 5 each time."""
    return itertools.chain((1, 2, 4), itertools.repeat(5))


class Command(db_worker.Command):
    help = "Run the background jobs until stopped; a running job is finished first, unless it takes long."

    @override
    def execute(self, *args: object, **options: object) -> str | None:
        with (
            every(SIGN_OF_LIFE_SECONDS, worker_seen, name="signs-of-life"),
            every(ANNOUNCE_SECONDS, announce, name="machine"),
            every(TICK_SECONDS, tick, name="tick"),
            every(HOUSEKEEPING_SECONDS, do_housekeeping, name="housekeeping"),
        ):
            return super().execute(*args, **options)

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        if settings.TASKS_ON_REDIS:
            parser.add_argument("--batch", action="store_true", help="stop when the queue is empty")
        else:
            super().add_arguments(parser)

    @override
    def handle(
        self,
        *,
        verbosity: int,
        batch: bool,
        queue_name: str = "",
        exclude_queues: str = "",
        interval: float = 1,
        backend_name: str = "",
        startup_delay: bool = False,
        max_tasks: int | None = None,
        worker_id: str = "",
        **options: object,
    ) -> None:
        if not batch:
            # Pages come first where both run on one machine.
            os.nice(NICENESS)
        if settings.TASKS_ON_REDIS:
            # Not above: its package is installed where it is used.
            from deskops.redis_worker import run_worker  # noqa: PLC0415

            run_worker(batch=batch)
            return
        self.configure_logging(verbosity)
        worker = Worker(
            queue_names=queue_name.split(","),
            excluded_queue_names=exclude_queues.split(",") if exclude_queues else [],
            interval=interval,
            batch=batch,
            backend_name=backend_name,
            startup_delay=startup_delay,
            max_tasks=max_tasks,
            worker_id=worker_id,
        )
        worker.configure_signals()
        worker.run()

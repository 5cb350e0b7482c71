"""Several people at once: each in a thread with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection
from django.test import TransactionTestCase

from inventory.rebuild import verify
from sites.models import Site

type Work[T] = Callable[[], T]

# Longer than any takes on a slow machine that has other things to do; a deadlock ends all the same.
PATIENCE_SECONDS = 300


def all_at_once[T](*works: Work[T]) -> list[T]:
    """Start every work at the same moment and return what they return; raise what one of them raises."""
    start = Barrier(len(works))

    def run(work: Work[T]) -> T:
        try:
            start.wait(timeout=PATIENCE_SECONDS)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        started = [pool.submit(run, work) for work in works]
        return [running.result(timeout=PATIENCE_SECONDS) for running in started]


class ThreadsTestCase(TransactionTestCase):
    def assert_ledger_equals_records(self) -> None:
        assert list(verify(list(Site.objects.all()))) == []

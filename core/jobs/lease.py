"""The lease of a worker on a job: renewed by heartbeats, lost by a cancel or to another worker."""

import threading
import time
from types import TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connections
from django.db.models import Model, QuerySet
from django.utils import timezone

from core.jobs.models import LEASE

logger = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 0.4
# How long a running job continues when the worker must stop; then another worker starts it again.
GRACE_SECONDS = 8


class LeaseLost(Exception):  # noqa: N818  # ends the work, is no error
    """The job was cancelled, or another worker has claimed it."""


class WorkerStopping(Exception):  # noqa: N818  # ends the work, is no error
    """The worker must stop and its grace period is over."""


class _GracePeriod:
    """How long a worker that must stop may go on with its current job."""

    def __init__(self) -> None:
        self._until: float | None = None

    def start(self, seconds: float) -> None:
        """Let running jobs go on for some seconds; safe to call from a signal handler."""
        self._until = time.monotonic() + seconds

    def reset(self) -> None:
        self._until = None

    @property
    def is_over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until


grace_period = _GracePeriod()


class Lease:
    """Renews the lease on a claimed job from a thread of its own, and saves the job's progress with it."""

    def __init__(self, held_row: QuerySet[Model]) -> None:
        """Take the row of a claimed job as a queryset that finds it for as long as this worker holds it."""
        self._held_row = held_row
        self._progress: dict[str, int] = {}
        self._lost = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def report(self, done: int, total: int) -> None:
        """Save the progress with the next heartbeat. Raises LeaseLost or WorkerStopping."""
        self._progress = {"rows_done": done, "rows_total": total}
        self.check()

    def check(self) -> None:
        """Raise LeaseLost or WorkerStopping when the work must end."""
        if self._lost.is_set():
            raise LeaseLost
        if grace_period.is_over:
            raise WorkerStopping

    def _beat(self) -> None:
        renewed = time.monotonic()
        try:
            while not self._over.wait(HEARTBEAT_SECONDS):
                try:
                    if not self._renew():
                        self._lost.set()
                        return
                    renewed = time.monotonic()
                except DatabaseError:
                    # The database may be back before the lease has run out.
                    logger.warning("heartbeat_failed", exc_info=True)
                    if time.monotonic() - renewed > LEASE.total_seconds():
                        self._lost.set()
                        return
        finally:
            connections.close_all()

    def _renew(self) -> bool:
        now = timezone.now()
        return bool(self._held_row.update(heartbeat_at=now, lease_until=now + LEASE, **self._progress))

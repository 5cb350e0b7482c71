"""A worker's hold on a background job: kept up while it works, and lost when somebody else decides.

The job is a row with `worker`, `lease_until` and `heartbeat_at`; docs/decisions/0051 says why.
"""

import datetime as dt
import enum
import threading
import time
from types import TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connections
from django.db.models import Model, QuerySet
from django.utils import timezone

logger = structlog.get_logger(__name__)

# A worker that gave no sign of life for so long is taken for dead.
LEASE = dt.timedelta(seconds=30)
BEAT_SECONDS = 0.4


class HoldLost(Exception):  # noqa: N818  # the end of the work, not a fault
    """The job was cancelled, or another worker has taken it up."""


class WorkerStopping(Exception):  # noqa: N818  # the same
    """The worker was told to stop and its job takes longer than it may wait."""


class Outcome(enum.Enum):
    """What became of a job that a worker was given."""

    DONE = "done"
    FAILED = "failed"
    # Somebody else has it, or nothing is to be done.
    NOT_OURS = "not ours"
    # Given back, for another worker.
    LEFT = "left"

    @property
    def is_left(self) -> bool:
        return self is Outcome.LEFT


class _Patience:
    """Until when a worker that was told to stop goes on with the job that it has."""

    def __init__(self) -> None:
        self._until: float | None = None

    def end_in(self, seconds: float) -> None:
        """Let running jobs go on for some seconds more; safe to call from a signal's handler."""
        self._until = time.monotonic() + seconds

    def renew(self) -> None:
        self._until = None

    @property
    def is_over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until


patience = _Patience()


class Pulse:
    """Renews the hold on a job every moment, from a thread of its own, and keeps how far the job is."""

    def __init__(self, held: QuerySet[Model], *, progress: tuple[str, str], name: str) -> None:
        """Hold the job that `held` finds for as long as this worker has it.

        `progress` names the columns of how far it is and of how much there is.
        """
        self._held = held
        self._columns = progress
        self._figures: dict[str, int] = {}
        self._lost = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def told(self, done: int, of: int) -> None:
        """Take down how far the job is. Raises HoldLost or WorkerStopping where the work must end."""
        self._figures = dict(zip(self._columns, (done, of), strict=True))
        self.require_hold()

    def require_hold(self) -> None:
        """Raise HoldLost or WorkerStopping where the work must end."""
        if self._lost.is_set():
            raise HoldLost
        if patience.is_over:
            raise WorkerStopping

    def _beat(self) -> None:
        renewed = time.monotonic()
        try:
            while not self._over.wait(BEAT_SECONDS):
                try:
                    if not self._renew():
                        self._lost.set()
                        return
                    renewed = time.monotonic()
                except DatabaseError:
                    # It may come back before the hold has run out.
                    logger.warning("pulse_failed", exc_info=True)
                    if time.monotonic() - renewed > LEASE.total_seconds():
                        self._lost.set()
                        return
        finally:
            connections.close_all()

    def _renew(self) -> bool:
        now = timezone.now()
        return bool(self._held.update(heartbeat_at=now, lease_until=now + LEASE, **self._figures))

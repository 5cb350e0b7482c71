"""The abstract background job: a row that owns its state. The queue only points to it.

A kind of job is a model that inherits `Job` and a `core.jobs.runner.Runner` in `settings.JOB_RUNNERS`.
See docs/decisions/0021-one-abstract-job.md.
"""

import datetime as dt
import secrets
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A worker that sent no heartbeat for so long is considered dead.
LEASE = dt.timedelta(seconds=30)


class JobStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    PROCESSING = "processing", _("In progress")
    COMPLETED = "completed", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class JobQuerySet[J: "Job"](models.QuerySet[J]):
    def active(self) -> Self:
        """Keep the jobs that wait for a worker or are in progress."""
        return self.filter(status__in=self.model.ACTIVE)

    def held_by(self, worker: str) -> Self:
        """Keep the jobs that this worker holds: none after a cancel or when another worker took over."""
        return self.active().exclude(worker="").filter(worker=worker)

    def abandoned(self) -> Self:
        """Keep the jobs in progress whose worker sent no heartbeat for as long as a lease lasts.

        A lease that lasts longer than any can was given before the clock was set back.
        """
        now = timezone.now()
        return self.active().filter(Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE))

    def waiting_for(self, time: dt.timedelta) -> Self:
        """Keep the jobs that were queued so long ago, or in the future, and that no worker has claimed."""
        now = timezone.now()
        is_old = Q(queued_at__lt=now - time) | Q(queued_at__gt=now + time)
        return self.active().filter(is_old, worker="")


class Job(models.Model):
    """Work that is done in the background by one worker at a time."""

    # The statuses in which a job waits for a worker or is in progress.
    ACTIVE: ClassVar[tuple[str, ...]] = (JobStatus.PENDING, JobStatus.PROCESSING)

    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.PENDING)
    error = models.TextField(_("error"), blank=True)
    rows_done = models.PositiveBigIntegerField(_("rows done"), default=0)
    rows_total = models.PositiveBigIntegerField(_("rows in all"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # A new random name for each attempt, so that a worker that comes back late is recognised.
    worker = models.CharField(_("worker"), max_length=64, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def log_name(self) -> str:
        """Return the job's model and number, for logs."""
        return f"{self._meta.label_lower} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def is_claimable(self) -> bool:
        """Return whether a worker may take the job: it waits, or its worker is considered dead."""
        now = timezone.now()
        return self.is_active and (self.lease_until is None or not now <= self.lease_until <= now + 2 * LEASE)

    @property
    def claimed_status(self) -> str:
        """Return the status while a worker has the job."""
        return JobStatus.PROCESSING

    @property
    def waiting_status(self) -> str:
        """Return the status after a worker has released the job."""
        return JobStatus.PENDING

    @property
    def failed_status(self) -> str:
        """Return the status after the job has failed."""
        return JobStatus.FAILED

    @property
    def row(self) -> JobQuerySet[Self]:
        """Return the job's row as a queryset, for an update that may find it changed."""
        return JobQuerySet(type(self)).filter(pk=self.pk)

    @property
    def held_row(self) -> JobQuerySet[Self]:
        """Return the job's row as long as the worker that claimed this object holds it."""
        return self.row.held_by(self.worker)

    def claim(self) -> None:
        """Give the job to a worker; the caller has locked the row and saves it."""
        now = timezone.now()
        self.status = self.claimed_status
        self.worker = secrets.token_hex(16)
        self.lease_until, self.heartbeat_at = now + LEASE, now
        self.attempts += 1
        self.rows_done = 0

    def end(self, status: str, **values: object) -> bool:
        """End the job of the worker that holds it; return False where the worker has lost it."""
        values = {"finished_at": timezone.now(), **values}
        return bool(self.held_row.update(status=status, worker="", lease_until=None, **values))

    def release(self, *, is_attempt: bool) -> bool:
        """Let another worker take the job; return False where the worker has lost it already."""
        attempts = F("attempts") if is_attempt else F("attempts") - 1
        values = {"attempts": attempts, "queued_at": timezone.now()}
        return bool(self.held_row.update(status=self.waiting_status, worker="", lease_until=None, **values))

    def cancel(self, **values: object) -> bool:
        """Cancel an active job, waiting or in progress; its worker stops at its next heartbeat."""
        values = {"finished_at": timezone.now(), **values}
        return bool(
            self.row.active().update(status=JobStatus.CANCELLED, worker="", lease_until=None, **values)
        )

    def restart(self) -> None:
        """Reset a finished job to be done again; the caller has locked the row, saves it and queues it."""
        self.status, self.error = self.waiting_status, ""
        self.rows_done = self.attempts = 0
        self.worker, self.lease_until = "", None
        self.queued_at, self.finished_at = timezone.now(), None


def lease_constraint(*, name: str) -> models.CheckConstraint:
    """Return the constraint that a job has a worker exactly while it has a lease."""
    return models.CheckConstraint(
        condition=Q(worker="", lease_until__isnull=True)
        | (~Q(worker="") & Q(lease_until__isnull=False, heartbeat_at__isnull=False)),
        name=name,
        violation_error_message=_("A job has a worker exactly while it has a lease."),
    )

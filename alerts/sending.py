"""Things that are sent to somebody by a background job: retried with growing delays for a day."""

import datetime as dt
from abc import abstractmethod
from typing import ClassVar, override

import structlog
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs.lease import Lease, LeaseLost
from core.jobs.models import Job, JobStatus, lease_constraint
from core.jobs.runner import Runner, queue

logger = structlog.get_logger(__name__)

# Minutes between the tries; together a day.
RETRY_AFTER = (1, 5, 15, 60, 120, 240, 400, 599)
KEEP_SENT = dt.timedelta(days=30)


class NotSentError(Exception):
    """Something could not be sent; `message` is a sentence about it. A final error is not tried again."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_final = is_final


class Sending(Job):
    """Something to send."""

    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # When a failed one is tried again; empty once it is not any more.
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)

    class Meta:
        abstract = True
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["status", "lease_until"],
                condition=Q(status__in=Job.ACTIVE),
                name="%(app_label)s_%(class)s_active",
            ),
            models.Index(
                fields=["next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="%(app_label)s_%(class)s_retry",
            ),
            models.Index(fields=["finished_at"], name="%(app_label)s_%(class)s_ended"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            lease_constraint(name="%(app_label)s_%(class)s_lease_paired")
        ]

    def send_again(self) -> None:
        """Queue it once more, with all its tries; the caller has locked the row."""
        self.restart()
        self.next_try_at = None
        self.save()
        queue(self)


class SendingRunner[S: Sending](Runner[S]):
    """Sends what waits, and plans another try where it could not be sent."""

    @abstractmethod
    def send(self, job: S, lease: Lease) -> None:
        """Send it. Raises NotSentError where another try may succeed."""

    @override
    def work(self, job: S, lease: Lease) -> None:
        values: dict[str, object] = {"tries": job.tries + 1, "next_try_at": None, "error": ""}
        try:
            self.send(job, lease)
        except NotSentError as error:
            values["error"] = error.message
            if job.tries < len(RETRY_AFTER) and not error.is_final:
                values["next_try_at"] = timezone.now() + dt.timedelta(minutes=RETRY_AFTER[job.tries])
        status = JobStatus.FAILED if values["error"] else JobStatus.COMPLETED
        if not job.end(status, **values):
            raise LeaseLost

    @override
    def prepare(self, job: S) -> None:
        """Nothing has to be prepared."""

    @override
    def clean_up(self, job: S) -> None:
        """Nothing is left of a try."""

    @override
    def expire(self) -> None:
        """Queue what is to be tried again, and delete what ended long ago."""
        now = timezone.now()
        for job_id in self.jobs.filter(next_try_at__lte=now).values_list("pk", flat=True):
            self._retry(job_id)
        old = self.jobs.filter(finished_at__lt=now - KEEP_SENT).exclude(status__in=Job.ACTIVE)
        if old.exists():
            old.delete()

    @transaction.atomic
    def _retry(self, job_id: int) -> None:
        """Queue a failed one again, unless another worker has."""
        due = self.jobs.select_for_update(no_key=True).filter(pk=job_id, next_try_at__lte=timezone.now())
        for job in due:
            job.send_again()

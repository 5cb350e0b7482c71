"""Run background jobs, take up abandoned ones and delete old ones."""

import datetime as dt
import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from core.files import StorageUnavailableError
from core.jobs.lease import Lease, LeaseLost, WorkerStopping
from core.jobs.models import Job, JobQuerySet

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3


class JobOutcome(enum.Enum):
    """What became of a job that a worker was to run."""

    DONE = "done"
    FAILED = "failed"
    # Another worker has it, or there is nothing to do.
    SKIPPED = "skipped"
    # Left to another worker, since this one must stop.
    RELEASED = "released"


class Runner[J: Job](ABC):
    """Runs the jobs of one model. A subclass says how the work is done."""

    model: type[J]

    @abstractmethod
    def work(self, job: J, lease: Lease) -> None:
        """Do the job and end it with `job.end`. Raises LeaseLost where that finds the lease lost."""

    @abstractmethod
    def prepare(self, job: J) -> None:
        """Change a job that was just claimed, before its row is saved."""

    @abstractmethod
    def clean_up(self, job: J) -> None:
        """Delete what an attempt that did not end well has left, as far as the storage can be reached."""

    @abstractmethod
    def expire(self) -> None:
        """Delete what has been kept long enough. Raises StorageUnavailableError."""

    def explain(self, job: J, error: Exception) -> str:
        """Return what the job's owner reads about an error; errors that they cannot act on are logged."""
        logger.error("job_failed", exc_info=error)
        return _(
            "Something went wrong on our side. Try again; if it fails again, give an admin the number"
            " %(number)d."
        ) % {"number": job.pk}

    def explain_interruptions(self, job: J) -> str:
        """Return what the owner reads when the job's workers died too often."""
        del job
        return _("The portal was interrupted %(times)d times during this job. Try again.") % {
            "times": MAX_ATTEMPTS
        }

    def run(self, job_id: int) -> JobOutcome:
        """Do a job, unless another worker has it or it was cancelled."""
        job = self.claim(job_id)
        if job is None:
            return JobOutcome.SKIPPED
        with structlog.contextvars.bound_contextvars(job=job.log_name):
            try:
                with Lease(job.held_row) as lease:
                    self.work(job, lease)
            except LeaseLost:
                logger.info("job_stopped")
                self.clean_up(job)
                return JobOutcome.SKIPPED
            except WorkerStopping:
                logger.info("job_left_to_another_worker")
                self.clean_up(job)
                if job.release(is_attempt=False):
                    queue(job)
                return JobOutcome.RELEASED
            except StorageUnavailableError as error:
                return self.try_again_later(job, error)
            except Exception as error:
                self.fail(job, self.explain(job, error))
                return JobOutcome.FAILED
        return JobOutcome.DONE

    def claim(self, job_id: int) -> J | None:
        """Claim a job that waits or whose worker is dead; return None where there is nothing to do."""
        with transaction.atomic():
            job = self.jobs.select_for_update(no_key=True).filter(pk=job_id).first()
            if job is None or not job.is_claimable or job.attempts >= MAX_ATTEMPTS:
                return None
            job.claim()
            self.prepare(job)
            job.save()
        return job

    def try_again_later(self, job: J, error: StorageUnavailableError) -> JobOutcome:
        """Release a job whose files cannot be read or stored; fail it the third time.

        It is not queued: housekeeping does so some time later, for any machine.
        """
        logger.warning("job_without_storage", attempts=job.attempts, exc_info=error)
        if job.attempts >= MAX_ATTEMPTS:
            self.give_up(job, error.message)
            return JobOutcome.FAILED
        self.clean_up(job)
        job.release(is_attempt=True)
        return JobOutcome.RELEASED

    def fail(self, job: J, sentence: str) -> bool:
        """End a job with a sentence for its owner; return False where its worker has lost it."""
        ended = job.end(job.failed_status, error=sentence)
        self.clean_up(job)
        return ended

    def give_up(self, job: J, sentence: str) -> None:
        """End a job that was interrupted too often with a sentence for its owner."""
        if self.fail(job, sentence):
            logger.error("job_given_up", job=job.log_name, attempts=job.attempts)

    @property
    def jobs(self) -> JobQuerySet[J]:
        return JobQuerySet(self.model)


@cache
def runners() -> Sequence[Runner[Job]]:
    """Return a runner for each kind of job."""
    return [import_string(path)() for path in settings.JOB_RUNNERS]


@task
def run_job(model: str, job_id: int) -> None:
    """Run the job of a model, such as "exports.exportjob"."""
    (runner,) = (runner for runner in runners() if runner.model._meta.label_lower == model)
    runner.run(job_id)


def queue(job: Job) -> None:
    """Queue a job as soon as the transaction that saves it is committed.

    A queue that does not answer is logged only: housekeeping queues the job again some time later.
    """
    transaction.on_commit(partial(run_job.enqueue, job._meta.label_lower, job.pk), robust=True)


# A job that waits longer is queued again: the worker that took it from the queue may have died before
# claiming it. A job that is queued twice is still done once.
QUEUE_AGAIN_AFTER = dt.timedelta(seconds=40)
# An expired file that is not in the storage of this machine is left for so long to the one that has it.
LEFT_TO_OTHERS = dt.timedelta(hours=1)
# How long the rows of the queue itself are kept for an admin to look at; jobs do not need them.
KEEP_TASKS = dt.timedelta(days=7)


def do_housekeeping() -> None:
    """Take up abandoned jobs, delete what has expired.

    May be called from anywhere, any number of times and by several machines at once: each step is an update
    that only one of them wins.
    """
    for runner in runners():
        take_up_abandoned(runner)
    delete_finished_tasks()
    for runner in runners():
        try:
            runner.expire()
        except StorageUnavailableError:
            logger.warning("expired_files_not_deleted", exc_info=True)


def take_up_abandoned[J: Job](runner: Runner[J]) -> None:
    """Queue again the jobs whose worker is dead or that no worker has claimed; give up after MAX_ATTEMPTS."""
    for job in runner.jobs.abandoned():
        if job.attempts >= MAX_ATTEMPTS:
            runner.give_up(job, runner.explain_interruptions(job))
        elif job.release(is_attempt=True):
            logger.warning(
                "job_taken_up_again", job=f"{job._meta.label_lower} {job.pk}", attempts=job.attempts
            )
            queue(job)
    now = timezone.now()
    for job in runner.jobs.waiting_for(QUEUE_AGAIN_AFTER):
        if job.row.active().filter(worker="", queued_at=job.queued_at).update(queued_at=now):
            queue(job)


def delete_finished_tasks() -> None:
    """Delete the queue's rows of tasks that ended, or whose worker died, long ago."""
    old = timezone.now() - KEEP_TASKS
    over = DBTaskResult.objects.filter(
        Q(finished_at__lt=old) | Q(status=TaskResultStatus.RUNNING, started_at__lt=old)
    )
    # Checked first: on SQLite even a delete that finds nothing blocks other writers.
    if over.exists():
        over.delete()

"""Run a job of any kind: claim it, keep the lease while it works, end or release it."""

import enum
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, partial

import structlog
from django.conf import settings
from django.db import transaction
from django.tasks import task
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.jobs.lease import Lease, LeaseLost, WorkerStopping
from core.jobs.models import Job, JobQuerySet

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3


class Outcome(enum.Enum):
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
        """Delete what an attempt that did not end well has left."""

    @abstractmethod
    def expire(self) -> None:
        """Delete what has been kept long enough."""

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

    def run(self, job_id: int) -> Outcome:
        """Do a job, unless another worker has it or it was cancelled."""
        job = self.claim(job_id)
        if job is None:
            return Outcome.SKIPPED
        with structlog.contextvars.bound_contextvars(job=job.log_name):
            try:
                with Lease(job.held_row) as lease:
                    self.work(job, lease)
            except LeaseLost:
                logger.info("job_stopped")
                self.clean_up(job)
                return Outcome.SKIPPED
            except WorkerStopping:
                logger.info("job_left_to_another_worker")
                self.clean_up(job)
                if job.release(is_attempt=False):
                    queue(job)
                return Outcome.RELEASED
            except Exception as error:
                self.fail(job, self.explain(job, error))
                return Outcome.FAILED
        return Outcome.DONE

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

    def fail(self, job: J, sentence: str) -> bool:
        """End a job with a sentence for its owner; return False where its worker has lost it."""
        ended = job.end(job.failed_status, error=sentence)
        self.clean_up(job)
        return ended

    def give_up(self, job: J) -> None:
        """End a job whose workers died too often."""
        if self.fail(job, self.explain_interruptions(job)):
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
    """Queue a job as soon as the transaction that saves it is committed."""
    transaction.on_commit(partial(run_job.enqueue, job._meta.label_lower, job.pk))

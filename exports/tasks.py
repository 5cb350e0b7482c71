"""What is queued: whichever backend runs it, the job's own row decides whether there is anything to do."""

from functools import partial

from django.db import transaction
from django.tasks import task

from exports.running import run


@task
def make_file(job_id: int) -> None:
    """Make the file of a job, or leave it to the next worker where this one is told to stop."""
    if run(job_id).is_left:
        queue(job_id)


def queue(job_id: int) -> None:
    """Queue a job once the transaction that wrote it is there for others to see."""
    transaction.on_commit(partial(make_file.enqueue, job_id))

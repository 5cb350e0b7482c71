"""What the queue knows: that something is to be done with a file. Its row says what, if anything."""

from functools import partial

from django.db import transaction
from django.tasks import task

from imports.running import run


@task
def go_on(upload_id: int) -> None:
    """Do what is to be done next with a file, or leave it to the next worker where this one must stop."""
    if run(upload_id).is_left:
        queue(upload_id)


def queue(upload_id: int) -> None:
    """Queue a file once the transaction that says what is to be done is there for others to see."""
    transaction.on_commit(partial(go_on.enqueue, upload_id))

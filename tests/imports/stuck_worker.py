"""A worker that stops in the middle: run as a process of its own, to be killed there."""

import os
import sys
import time
from unittest.mock import patch

import django

django.setup()

from imports import commit, worker  # noqa: E402  # once the apps are there
from tests.files import kept_in  # noqa: E402

PART = 20
told = worker._Follower.told


def told_and_stuck(follower: worker._Follower, done: int, of: int) -> None:
    """Say how far it is, and go no further after three parts."""
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()
    told(follower, done, of)
    if done >= 3 * PART:
        time.sleep(3600)


if __name__ == "__main__":
    with (
        kept_in(os.environ["IMPORTS_FOLDER"], storage="imports"),
        patch.object(commit, "PART", PART),
        patch.object(worker._Follower, "told", told_and_stuck),
    ):
        sys.stdout.write(f"{worker.run(int(sys.argv[1])).value}\n")

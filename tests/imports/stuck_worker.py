"""A worker that hangs in the middle of an import: run as a process of its own, to be killed there."""

import os
import sys
import time
from unittest.mock import patch

import django

django.setup()

from core.jobs.lease import Lease  # noqa: E402  # once the apps are there
from imports import commit  # noqa: E402
from imports.worker import ImportRunner  # noqa: E402
from tests.files import kept_in  # noqa: E402

PART = 20
report = Lease.report


def report_and_hang(lease: Lease, done: int, total: int) -> None:
    """Print the progress of the first three parts and hang after them."""
    report(lease, done, total)
    if done <= 3 * PART:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()
    if done == 3 * PART:
        time.sleep(3600)


if __name__ == "__main__":
    with (
        kept_in(os.environ["IMPORTS_FOLDER"], storage="imports"),
        patch.object(commit, "PART", PART),
        patch.object(Lease, "report", report_and_hang),
    ):
        sys.stdout.write(f"{ImportRunner().run(int(sys.argv[1])).value}\n")

"""A worker that begins a job and never ends it: run as a process of its own, to be killed in the middle."""

import os
import sys
import time
from typing import BinaryIO
from unittest.mock import patch

import django

django.setup()

from core.jobs.cancellation import Progress  # noqa: E402
from exports import worker  # noqa: E402  # once the apps are there
from exports.datasets.selection import Selection  # noqa: E402
from tests.exports.jobs_case import runner  # noqa: E402
from tests.files import kept_in  # noqa: E402


def write_for_ever(_selection: Selection, *, to: BinaryIO, progress: Progress, **_others: object) -> int:
    """Write rows until killed, or until the job's end is told."""
    for row in range(1_000_000):
        to.write(b"row\r\n")
        progress(row, 1_000_000)
        if row == 10:
            sys.stdout.write("writing\n")
            sys.stdout.flush()
        time.sleep(0.01)
    raise AssertionError("Nobody ended this.")


if __name__ == "__main__":
    with (
        kept_in(os.environ["EXPORTS_FOLDER"], storage="exports"),
        patch.object(worker, "write_file", write_for_ever),
    ):
        sys.stdout.write(f"{runner.run(int(sys.argv[1])).value}\n")

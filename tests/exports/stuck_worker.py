"""A worker that never finishes its job: run as a process of its own, to be killed."""

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


def write_forever(_selection: Selection, *, to: BinaryIO, progress: Progress, **_others: object) -> int:
    """Write rows until the process is killed or `progress` raises."""
    for row in range(1_000_000):
        to.write(b"row\r\n")
        progress(row, 1_000_000)
        if row == 10:
            sys.stdout.write("writing\n")
            sys.stdout.flush()
        time.sleep(0.01)
    raise AssertionError("The job was not stopped.")


if __name__ == "__main__":
    with (
        kept_in(os.environ["EXPORTS_FOLDER"], storage="exports"),
        patch.object(worker, "write_request", write_forever),
    ):
        sys.stdout.write(f"{runner.run(int(sys.argv[1])).value}\n")

"""A worker that writes slowly: run as a process of its own, to be killed in the middle."""

import os
import sys
import time
from unittest.mock import patch

import django

django.setup()

from django.conf import settings  # noqa: E402  # once the apps are there
from django.test import override_settings  # noqa: E402

from imports import running, writing  # noqa: E402

PART = 20
told = running._Follower.told


def told_slowly(follower: running._Follower, done: int, of: int) -> None:
    """Say how far it is, and wait."""
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()
    time.sleep(0.2)
    told(follower, done, of)


if __name__ == "__main__":
    place = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": os.environ["IMPORTS_FOLDER"]},
    }
    with (
        override_settings(STORAGES={**settings.STORAGES, "imports": place}),
        patch.object(writing, "PART", PART),
        patch.object(running._Follower, "told", told_slowly),
    ):
        sys.stdout.write(f"{running.run(int(sys.argv[1])).value}\n")

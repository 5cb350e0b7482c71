"""A worker that does what is queued and ends: run as a process of its own, beside another one."""

import os

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # once the apps are there

from tests.files import kept_in  # noqa: E402

if __name__ == "__main__":
    with kept_in(os.environ["IMPORTS_FOLDER"], storage="imports"):
        call_command("work", batch=True, interval=0, verbosity=0)

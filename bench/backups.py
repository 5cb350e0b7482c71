"""Measures a backup and its restore on the database that DATABASE_URL names; started by `python -m bench`."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django

django.setup()

from django.conf import settings  # noqa: E402  # the settings come first
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.filling import fill, settle  # noqa: E402
from bench.measuring import Report  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    options = parser.parse_args()
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    filled = fill(options.records)
    settle(filled)
    report.write(f"--- {filled.records:,} records")
    with tempfile.TemporaryDirectory() as folder, _empty_database(folder) as address:
        backup = f"{folder}/one.backup"
        took = _timed("backup", backup, address=os.environ["DATABASE_URL"], folder=folder)
        size = Path(backup).stat().st_size / 1_000_000
        report.at_most(
            "backup", value=took[0], most=60, unit="s", detail=f"{took[1]:.0f} s of CPU, {size:.0f} MB"
        )
        took = _timed("restore", backup, address=address, folder=f"{folder}/restored")
        report.at_most(
            "restore with its proof", value=took[0], most=180, unit="s", detail=f"{took[1]:.0f} s of CPU"
        )


def _timed(*command: str, address: str, folder: str) -> tuple[float, float]:
    """Run a command of manage.py and return its seconds by the clock, and those that it computed."""
    environment = {**os.environ, "DATABASE_URL": address, "VAR_DIR": folder}
    began, used = time.perf_counter(), _cpu_of_children()
    subprocess.run(  # noqa: S603  # our own program
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command], env=environment, check=True
    )
    return time.perf_counter() - began, _cpu_of_children() - used


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _empty_database(folder: str) -> Iterator[str]:
    """Yield the address of a new database of the same kind."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder}/restored.sqlite3"
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")
        cursor.execute("CREATE DATABASE restored")
    yield urlsplit(os.environ["DATABASE_URL"])._replace(path="/restored").geturl()


if __name__ == "__main__":
    main()

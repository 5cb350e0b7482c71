"""How a long workbook goes through the pages: seconds to its preview and to its records, and the memory.

    scripts/with-postgres .venv/bin/python -m bench.uploads [ROWS] [--killed]

With `--killed` the worker's process is ended in the middle of the writing, without a chance to tidy, and
another one goes on. It works on a database of its own next to the one that DATABASE_URL names.
"""

import argparse
import datetime as dt
import io
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from bench import ENVIRONMENT

if __name__ == "__main__":
    os.environ |= ENVIRONMENT
    django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from django.test import override_settings
from django.utils import timezone
from openpyxl import Workbook

from bench.imports import peak_memory
from core.jobs.runner import do_housekeeping
from imports import actions
from imports.models import Upload, UploadStatus
from imports.uploads import create_upload
from imports.worker import ImportRunner
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.operations import bulk
from records.operations.site_transaction import site_transaction
from sites.models import Category, Material, Site, User

ROWS = 100_000
DAYS = 365
# Of the processor, the process that reads the workbook included: other work on the machine does not count.
MOST_SECONDS_TO_PREVIEW, MOST_SECONDS_TO_IMPORT = 30, 90
MOST_MEGABYTES, MOST_MEGABYTES_MORE = 400, 30
MOST_SECONDS_OF_LOCK = 2.0

type Say = Callable[[str], None]


def run(say: Say, rows: int) -> None:
    """Import a short and a long workbook and report the figures, a sentence each."""
    by, site = _made()
    few_rows = rows // 10
    short, long = _workbook(few_rows), _workbook(rows)
    with peak_memory() as few:
        _imported(_uploaded(short, by, site), by)
    with longest_hold() as held, a_clerk_saving(site) as waits:
        with peak_memory() as to_preview:
            began, began_work = time.perf_counter(), processor_seconds()
            upload = _uploaded(long, by, site)
            preview, preview_work = time.perf_counter() - began, processor_seconds() - began_work
        with peak_memory() as to_import:
            began, began_work = time.perf_counter(), processor_seconds()
            upload = _imported(upload, by)
            seconds, work = time.perf_counter() - began, processor_seconds() - began_work
    assert upload.status == UploadStatus.DONE, upload.error
    say(f"{connection.vendor}: {upload.size / 1024 / 1024:.1f} MB, {rows} rows")
    say(_verdict(f"preview in {preview:.1f} s, of the processor", preview_work, MOST_SECONDS_TO_PREVIEW, "s"))
    say(_verdict(f"import in {seconds:.1f} s, of the processor", work, MOST_SECONDS_TO_IMPORT, "s"))
    say(_verdict("peak memory", max(to_preview[0], to_import[0]), MOST_MEGABYTES, "MB"))
    more = max(to_preview[0], to_import[0]) - few[0]
    say(
        _verdict(
            f"peak memory, more than for {few_rows} rows:",
            more,
            MOST_MEGABYTES_MORE,
            "MB",
        )
    )
    say(_verdict("longest hold of the site's lock", max(held), MOST_SECONDS_OF_LOCK, "s"))
    say(
        _verdict(
            f"longest of {len(waits)} saves of a clerk meanwhile", max(waits), 2 * MOST_SECONDS_OF_LOCK, "s"
        )
    )


def run_killed(say: Say, rows: int) -> None:
    """End a worker's process in the middle of the writing and let another one go on."""
    by, site = _made()
    upload = _uploaded(_workbook(rows), by, site)
    actions.start_import(upload=upload, by=by, digest=upload.digest, skip_rejected=False)
    _hang_up()
    process = multiprocessing.get_context("fork").Process(target=ImportRunner().run, args=(upload.pk,))
    process.start()
    while ReceivedMaterial.objects.count() < rows // 2:
        time.sleep(0.2)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    left = ReceivedMaterial.objects.count()
    Upload.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    do_housekeeping()
    began = time.perf_counter()
    outcome = ImportRunner().run(upload.pk)
    upload.refresh_from_db()
    assert upload.batch is not None
    say(
        f"{connection.vendor}: killed with {left} of {rows} records written; the next worker was"
        f" {outcome.value} after {time.perf_counter() - began:.1f} s with"
        f" {ReceivedMaterial.objects.count()} records, {upload.batch.rows_written} of the batch"
    )


def processor_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def _hang_up() -> None:
    """Close every connection: a forked process must not speak on those of its parent."""
    connections.close_all()
    database = connections[DEFAULT_DB_ALIAS]
    if isinstance(database, PostgresWrapper):
        database.close_pool()


def _verdict(what: str, value: float, most: float, unit: str) -> str:
    return f"{what} {value:.1f} {unit} (at most {most} {unit}) {'met' if value <= most else 'MISSED'}"


def _made() -> tuple[User, Site]:
    by = User.objects.create_superuser(f"bench{time.monotonic_ns()}@example.com", "only here")
    site = Site.objects.create(code="BENCH", name="Bench")
    for number in range(18):
        Material.objects.create(
            code=f"ROCK-{number}", name=f"Rock {number}", category=Category.RAW_FEED, position=number
        )
    return by, site


def _uploaded(content: bytes, by: User, site: Site) -> Upload:
    """Upload a workbook of loads, set it up and check it."""
    upload = create_upload(file=SimpleUploadedFile("loads.xlsx", content), by=by)
    actions.set_up(upload=upload, by=by, module="received", sites=[site])
    upload.refresh_from_db()
    # A long one is read first, then checked.
    while upload.is_active:
        ImportRunner().run(upload.pk)
        upload.refresh_from_db()
    assert upload.status == UploadStatus.CHECKED, upload.error
    return upload


def _imported(upload: Upload, by: User) -> Upload:
    actions.start_import(upload=upload, by=by, digest=upload.digest, skip_rejected=False)
    ImportRunner().run(upload.pk)
    upload.refresh_from_db()
    return upload


def _workbook(rows: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Loads")
    sheet.append(["Date", "Material", "Tons", "Loads", "Source", "Vehicle", "Notes"])
    first = dt.date(2025, 1, 1)
    for row in range(rows):
        sheet.append(
            [
                first + dt.timedelta(days=row * DAYS // rows),
                f"Rock {row % 18}",
                round(5 + row % 1000 / 37, 3),
                None,
                f"Supplier {row % 200}",
                f"AB-{row % 5000}",
                # Each file has rows of its own.
                f"load {row} of {rows}",
            ]
        )
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


@contextmanager
def longest_hold() -> Iterator[list[float]]:
    """Yield a list of how long each part held the lock of its sites, in seconds."""
    held: list[float] = [0.0]

    @contextmanager
    def timed(*args: object, **kwargs: object) -> Iterator[object]:
        began = time.perf_counter()
        with site_transaction(*args, **kwargs) as transaction:  # type: ignore[arg-type]  # passed on as they came
            yield transaction
        held.append(time.perf_counter() - began)

    setattr(bulk, "site_transaction", timed)  # noqa: B010  # only for as long as it is measured
    try:
        yield held
    finally:
        setattr(bulk, "site_transaction", site_transaction)  # noqa: B010  # as it was


@contextmanager
def a_clerk_saving(site: Site) -> Iterator[list[float]]:
    """Let somebody else enter loads at the site all the while; yield how many seconds each took to save."""
    context = multiprocessing.get_context("fork")
    over, seconds = context.Event(), context.SimpleQueue()
    waits: list[float] = []

    def save() -> None:
        clerk = User.objects.create_superuser(f"clerk{time.monotonic_ns()}@example.com", "only here")
        values = {"date": site.today(), "material": "ROCK-0", "qty_ton": "10"}
        while not over.wait(0.5):
            began = time.perf_counter()
            operations.create(
                module=RECEIVED, values=values, site=site, by=clerk, source=Source.PAGE, confirmed=True
            )
            seconds.put(time.perf_counter() - began)

    _hang_up()
    saving = context.Process(target=save)
    saving.start()
    try:
        yield waits
    finally:
        over.set()
        while saving.is_alive() or not seconds.empty():
            if seconds.empty():
                saving.join(0.1)
            else:
                waits.append(seconds.get())
        connections.close_all()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how a long workbook goes through the pages.")
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--killed", action="store_true", help="end the worker in the middle of the writing")
    options = parser.parse_args()
    if connection.vendor == "sqlite":
        # What is mapped of the database's file would count as memory of the worker.
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA mmap_size=0;"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": Path(folder)},
        }
        try:
            with override_settings(STORAGES={"imports": files}):
                (run_killed if options.killed else run)(print, options.rows)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()

"""How fast a file comes in: real load tickets, against `bulk_create` of the same rows with their history.

    scripts/with-postgres .venv/bin/python -m bench.imports [FILE]

FILE is a whole quarter of tickets; without it the excerpt of the tests is repeated to the same length. It
works on a database of its own next to the one that DATABASE_URL names.
"""

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import django

from bench import ENVIRONMENT

if __name__ == "__main__":
    os.environ |= ENVIRONMENT
    django.setup()

from django.db import connection, transaction

from imports.commit import commit, revert
from imports.mapping.column_mapping import Layout
from imports.models import Creatable
from imports.validation.results import Plan
from imports.validation.staging import RecordBuilder
from imports.validation.validate import validate
from records import registry
from records.choices import Source
from records.models import Batch, DailyRecord, operation_writes
from records.operations.bulk import ROWS_PER_INSERT
from records.operations.site_transaction import site_transaction
from sites.models import User

EXCERPT = Path(__file__).resolve().parent.parent / "tests" / "imports" / "data" / "austin-loads-excerpt.csv"
TICKETS = 12_639
MOST_TIMES_THE_FLOOR = 4
MOST_MEGABYTES_MORE = 30

type Say = Callable[[str], None]


def run(report: Say, file: Path | None = None) -> None:
    """Measure the import of the tickets and report the figures, a sentence each."""
    with tempfile.TemporaryDirectory() as folder:
        whole = file or _stretched(EXCERPT, Path(folder) / "whole.csv", TICKETS)
        tenth = _stretched(whole, Path(folder) / "tenth.csv", TICKETS // 10)
        by = User.objects.create_superuser("bench@example.com", "only here")
        _import(tenth, by)  # what is loaded once is loaded now
        memory_of_tenth, _seconds, _rows = _import(tenth, by)
        memory_of_whole, seconds, rows = _import(whole, by)
        floor = _floor(whole, by)
    ratio = seconds / floor
    report(
        f"import of {rows} rows on {connection.vendor}: {seconds:.2f} s, {rows / seconds:,.0f} rows a second"
    )
    report(f"bulk_create of the same rows and their history: {floor:.2f} s")
    report(f"ratio: {ratio:.2f} (at most {MOST_TIMES_THE_FLOOR}) {_verdict(ratio <= MOST_TIMES_THE_FLOOR)}")
    more = memory_of_whole - memory_of_tenth
    report(
        f"peak memory: {memory_of_whole:.0f} MB, {more:+.0f} MB against a tenth of the file"
        f" (at most {MOST_MEGABYTES_MORE}) {_verdict(more <= MOST_MEGABYTES_MORE)}"
    )


def _verdict(is_met: object) -> str:
    return "met" if is_met else "MISSED"


def _plan(file: Path, by: User) -> Plan:
    return Plan(
        module=registry.module("received"),
        path=file,
        by=by,
        layout=Layout(
            columns={"date": "report_date", "qty_ton": "load_weight lb"}, site_column="dropoff_site"
        ),
        creating=frozenset(Creatable),
        skip_rejected=True,
    )


def _import(file: Path, by: User) -> tuple[float, float, int]:
    """Import a file and take it back; return its peak of memory in MB, its seconds and its rows."""
    with peak_memory() as peak:
        began = time.perf_counter()
        with validate(_plan(file, by)) as validated:
            batch = commit(validated)
        seconds = time.perf_counter() - began
    assert batch is not None
    rows = batch.rows_written
    revert(registry.module("received"), batch, by=by)
    return peak[0], seconds, rows


def _floor(file: Path, by: User) -> float:
    """Return the seconds of a bulk_create of the same rows and of their history, and remove them."""
    module = registry.module("received")
    with validate(_plan(file, by)) as validated:
        builder = RecordBuilder(module)
        parts = validated.staging.parts(lambda: 1000)
        records = [builder.record(row) for part in parts for row in part]
    batch = Batch.objects.create(module=module.slug, source=Source.COMMAND, created_by=by)
    sites = {record.site_id for record in records}
    with site_transaction(sites, by=by, source=Source.COMMAND) as writing:
        for record in records:
            writing.stamp(record)
            record.batch = batch
    history = module.model.history.model
    began = time.perf_counter()
    with transaction.atomic(), operation_writes():
        module.model._default_manager.bulk_create(records, batch_size=ROWS_PER_INSERT)
        columns = [column.attname for column in history.tracked_fields]
        lines = [
            history(
                history_type="+",
                history_date=writing.at,
                history_user=by,
                **{column: getattr(record, column) for column in columns},
            )
            for record in records
        ]
        history.objects.bulk_create(lines, batch_size=ROWS_PER_INSERT)
    seconds = time.perf_counter() - began
    _remove(module.model, batch)
    return seconds


def _remove(model: type[DailyRecord], batch: Batch) -> None:
    for rows in (model._default_manager.filter(batch=batch), model.history.filter(batch=batch)):
        rows._raw_delete(using=rows.db)
    batch.delete()


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Yield a list that holds the peak of this process's memory, in MB, once the block is left."""
    peak: list[float] = []
    Path("/proc/self/clear_refs").write_text("5")
    yield peak
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak.append(int(status["VmHWM"].split()[0]) / 1024)


def _stretched(source: Path, target: Path, rows: int) -> Path:
    """Write the file with this many rows, repeating it from its beginning."""
    with (
        source.open(newline="", encoding="utf-8") as read,
        target.open("w", newline="", encoding="utf-8") as to,
    ):
        headings, *tickets = csv.reader(read)
        lines = csv.writer(to)
        lines.writerow(headings)
        lines.writerows(islice(cycle(tickets), rows))
    return target


if __name__ == "__main__":
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        run(print, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)

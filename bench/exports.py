"""How fast files go out, and in how much memory: 13 columns of loads received, each format against its floor.

    scripts/with-postgres .venv/bin/python -m bench.exports [--rows 1000000] [--format pdf] [--filled]
        [--stopping]

It empties the database that DATABASE_URL names and fills it again, unless an option says that an earlier
run has filled it.
"""

import argparse
import csv
import datetime as dt
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # the settings come first
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402
from django.db.models.expressions import Combinable  # noqa: E402
from django.utils import timezone  # noqa: E402
from openpyxl import Workbook  # noqa: E402

from bench.filling import A_DAY, LAST_DAY, MOST_SITES, RECEIVED_A_DAY, Filled, fill, settle  # noqa: E402
from bench.measuring import Report  # noqa: E402
from core.jobs.cancellation import Check, Progress, never_cancelled  # noqa: E402
from core.jobs.lease import HEARTBEAT_SECONDS, LeaseLost  # noqa: E402
from exports.datasets.rows import (  # noqa: E402
    RawRow,
    RecordRows,
    compile_query,
    fetch_rows,
    snapshot,
)
from exports.datasets.selection import FileFormat, Selection  # noqa: E402
from exports.writers.cover import Creation  # noqa: E402
from exports.writers.pdf.writer import MAX_ROWS  # noqa: E402
from exports.writers.write import write_file  # noqa: E402
from received.models import ReceivedMaterial  # noqa: E402
from records.columns import Column, PersonColumn, ReferenceColumn  # noqa: E402
from records.columns.dates import read_date, read_moment  # noqa: E402
from records.models import operation_writes  # noqa: E402
from sites.models import Site, User  # noqa: E402

COLUMNS = (
    "id", "site", "date", "material", "qty_ton", "loads", "source", "vehicle_ref", "notes", "is_estimated",
    "entry_source", "created_by", "created_at",
)  # fmt: skip
FEW = 1_000
# The shortest that is made as the longest is.
FEW_IN_PDF = 2_000
# openpyxl is slow enough to be measured with fewer rows.
ROWS_OF_OPENPYXL = 20_000
ROUNDS = 3
GIVEN_UP = 12
# What the rows of the bench lack, and real ones have.
WORDS = """
UPDATE received_receivedmaterial SET
    source = 'Customer ' || (id % 50), vehicle_ref = 'HH-AB ' || (id % 900 + 100), loads = id % 3 + 1,
    notes = CASE WHEN id % 5 = 0 THEN 'Weighbridge busy, counted by the lorry' ELSE '' END
"""

type Work = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=FileFormat.values, action="append", help="all, if none is named")
    parser.add_argument("--stopping", action="store_true", help="only how soon a file that is given up ends")
    parser.add_argument("--filled", action="store_true", help="the database is filled already")
    options = parser.parse_args()
    report = Report("PostgreSQL" if connection.vendor == "postgresql" else "SQLite")
    filled = found() if options.filled else filled_with_words(options.rows)
    sizes = sizes_of(filled, options.rows)
    if not options.filled:
        trim_all(sizes, options.rows)
    # What it keeps in memory is no part of a worker's.
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL alone
    with tempfile.TemporaryDirectory() as folder:
        look = stopping if options.stopping else measure
        for name in options.format or FileFormat.values:
            look(report, FileFormat(name), sizes, Path(folder) / "file")


def filled_with_words(rows: int) -> Filled:
    """Fill the database with so many loads and a day or two more, and some words on each."""
    call_command("migrate", verbosity=0)
    filled = fill(rows * A_DAY // RECEIVED_A_DAY + 2 * MOST_SITES * A_DAY)
    with connection.cursor() as cursor:
        cursor.execute(WORDS)
    settle(filled)
    return filled


def found() -> Filled:
    """Return what a run before has filled."""
    sites = list(Site.objects.filter(code__startswith="BENCH-").order_by("code"))
    days = ReceivedMaterial.objects.filter(site=sites[0]).values("date").distinct().count()
    people = {name: User.objects.get(email=f"{name}@bench.example") for name in ("admin", "clerk")}
    return Filled(sites, days, A_DAY * len(sites) * days, **people)


@dataclass(frozen=True)
class Sizes:
    """What is put into files: as few rows, and as many."""

    few: Selection
    many: Selection
    # Of other sites than the few, where there are some.
    few_in_pdf: Selection
    many_in_pdf: Selection


def sizes_of(filled: Filled, rows: int) -> Sizes:
    sites = filled.sites
    return Sizes(
        few=selected(sites[:1], min(rows, FEW)),
        many=selected(sites, rows, spare_days=6),
        few_in_pdf=selected(sites[-4:], min(rows, FEW_IN_PDF)),
        many_in_pdf=selected(sites[-4:], min(rows, MAX_ROWS), spare_days=1),
    )


def measure(report: Report, file_format: FileFormat, sizes: Sizes, file: Path) -> None:
    """Measure files of one format."""
    if file_format is FileFormat.PDF:
        pdf(report, sizes.few_in_pdf, sizes.many_in_pdf, file)
        return
    memory(report, file_format, sizes.few, sizes.many, file)
    if file_format is FileFormat.CSV:
        csv_against_its_floor(report, sizes.many, file)
    else:
        workbook_against_openpyxl(report, sizes.many, file)


def selected(sites: Sequence[Site], rows: int, *, spare_days: int = 0) -> Selection:
    """Return the last days of some sites that hold so many rows; a few more, before it was trimmed.

    `spare_days` of a site may be taken by trimming others, which lie within this one.
    """
    days = math.ceil((rows + spare_days * RECEIVED_A_DAY) / (RECEIVED_A_DAY * len(sites)))
    return Selection(
        module="received",
        sites=tuple(sites),
        first=LAST_DAY - dt.timedelta(days=days - 1),
        last=LAST_DAY,
        columns=COLUMNS,
    )


def trim_all(sizes: Sizes, rows: int) -> None:
    """Leave each selection the rows that it shall have: the shorter first, for they lie within the longer."""
    trim(sizes.few, min(rows, FEW))
    trim(sizes.many_in_pdf, min(rows, MAX_ROWS))
    trim(sizes.many, rows)


def trim(selection: Selection, rows: int) -> None:
    """Delete what a selection has too much, of its first days."""
    surplus = selection.records.count() - rows
    oldest = selection.records.order_by("date", "site", "id")
    spare = list(oldest.values_list("pk", flat=True)[:surplus])
    # The records alone, and past their operations: no ledger is read here.
    with operation_writes():
        ReceivedMaterial.objects.filter(pk__in=spare).delete()


def written(
    selection: Selection,
    file_format: FileFormat,
    file: Path,
    *,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write a file and return its rows."""
    creation = Creation(by="bench", at=timezone.now(), job_number="1")
    with file.open("wb") as to:
        return write_file(
            selection,
            file_format=file_format,
            creation=creation,
            to=to,
            progress=progress,
            check=check,
        )


def memory(report: Report, file_format: FileFormat, few: Selection, many: Selection, file: Path) -> None:
    """Measure the peak of this process for few rows and for many."""
    written(few, file_format, file)  # what is loaded once is loaded now
    peaks = []
    for selection in (few, many):
        Path("/proc/self/clear_refs").write_text("5")
        rows = written(selection, file_format, file)
        peaks.append(_memory("self", "VmHWM"))
        size = file.stat().st_size / 1e6
        report.write(f"{file_format.value} of {rows:,} rows, {size:.1f} MB: peak {peaks[-1]:.0f} MB")
    report.at_most(f"{file_format.value}: peak memory", value=peaks[1], most=150, unit="MB")
    report.at_most(
        f"{file_format.value}: more memory for more rows", value=peaks[1] - peaks[0], most=30, unit="MB"
    )


def csv_against_its_floor(report: Report, selection: Selection, file: Path) -> None:
    """Measure a CSV file against the database's own way of saying the same stored values."""
    is_postgres = connection.vendor == "postgresql"
    floor = copied if is_postgres else bare
    mine, least = alternate(lambda: written(selection, FileFormat.CSV, file), lambda: floor(selection, file))
    rows = written(selection, FileFormat.CSV, file)
    report.at_most(
        f"csv of {rows:,} rows, against {'COPY' if is_postgres else 'cursor and csv module'}",
        value=mine / least,
        most=2 if is_postgres else 1.3,
        detail=f"{rows / mine:,.0f} against {rows / least:,.0f} rows/s",
    )


def workbook_against_openpyxl(report: Report, selection: Selection, file: Path) -> None:
    """Measure a workbook with its formats against openpyxl's write-only mode without any."""
    with snapshot() as reading:
        rows = list(islice(_plain_rows(RecordRows(reading, selection, ()), selection), ROWS_OF_OPENPYXL))
    count = written(selection, FileFormat.XLSX, file)
    mine, theirs = alternate(
        lambda: written(selection, FileFormat.XLSX, file), lambda: _by_openpyxl(rows, file)
    )
    report.at_least(
        f"xlsx of {count:,} rows, times as fast as openpyxl",
        value=(count / mine) / (len(rows) / theirs),
        least=5,
        detail=f"{count / mine:,.0f} against {len(rows) / theirs:,.0f} rows/s",
    )


def pdf(report: Report, few: Selection, many: Selection, file: Path) -> None:
    """Measure the longest PDF, the process that renders it included, and its memory against a shorter one."""
    written(few, FileFormat.PDF, file)  # what is loaded once is loaded now
    peak_of_few, _rows, _seconds = _timed_pdf(few, file)
    peak, rows, seconds = _timed_pdf(many, file)
    report.at_least(
        f"pdf of {rows:,} rows, rows a second",
        value=rows / seconds,
        least=800,
        unit="rows/s",
        detail=f"{seconds:.1f} s, {file.stat().st_size / 1e6:.1f} MB",
    )
    report.at_most("pdf: memory of all its processes", value=peak, most=300, unit="MB")
    report.at_most("pdf: more memory for ten times the rows", value=peak - peak_of_few, most=30, unit="MB")


def _timed_pdf(selection: Selection, file: Path) -> tuple[float, int, float]:
    """Write a PDF; return the most memory that was seen in MB, its rows, and how many seconds it took."""
    peak = 0.0

    def watch(_rows: int, _of: int) -> None:
        nonlocal peak
        peak = max(peak, sum(_memory(process, "VmRSS") for process in ("self", *_child_processes())))

    began = time.perf_counter()
    rows = written(selection, FileFormat.PDF, file, progress=watch)
    return peak, rows, time.perf_counter() - began


def stopping(report: Report, file_format: FileFormat, sizes: Sizes, file: Path) -> None:
    """Measure how long the writing goes on once it is given up, at moments all over its course."""
    selection = sizes.many_in_pdf if file_format is FileFormat.PDF else sizes.many
    began = time.perf_counter()
    written(selection, file_format, file)
    whole = time.perf_counter() - began
    late = [_goes_on(selection, file_format, file, after=whole * part / GIVEN_UP) for part in range(GIVEN_UP)]
    report.at_most(
        f"{file_format.value} given up at {GIVEN_UP} moments of {whole:.1f} s, the latest end",
        value=max(late),
        most=1 - HEARTBEAT_SECONDS,
        unit="s",
        detail=f"{HEARTBEAT_SECONDS} s more until it is noticed; median {statistics.median(late):.2f} s",
    )


def _goes_on(selection: Selection, file_format: FileFormat, file: Path, *, after: float) -> float:
    """Give a file up after some seconds, and return for how many more it went on."""
    given_up_at = time.perf_counter() + after

    def check() -> None:
        if time.perf_counter() > given_up_at:
            raise LeaseLost

    try:
        written(
            selection,
            file_format,
            file,
            progress=lambda _rows, _of: check(),
            check=check,
        )
    except LeaseLost:
        return time.perf_counter() - given_up_at
    return 0.0


def alternate(mine: Work, floor: Work) -> tuple[float, float]:
    """Do one after the other, a few times, and return the fastest of each in seconds."""
    took: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        for work, times in zip((mine, floor), took, strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return min(took[0]), min(took[1])


def copied(selection: Selection, file: Path) -> None:
    """Have PostgreSQL copy the stored values of the same rows."""
    with snapshot() as reading, file.open("wb") as to:
        source = RecordRows(reading, selection, selection.chosen(FileFormat.CSV))
        for site in source.sites:
            statement = compile_query(reading, source.query(site, [_stored(each) for each in source.columns]))
            assert statement is not None
            sql, values = statement
            with (
                reading.cursor() as cursor,
                cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", values) as lines,
            ):
                to.writelines(lines)


def bare(selection: Selection, file: Path) -> None:
    """Write the stored values of the same rows, as a cursor gives them to the csv module."""
    with snapshot() as reading, file.open("w", newline="", encoding="utf-8") as to:
        csv.writer(to).writerows(_plain_rows(RecordRows(reading, selection, ()), selection))


def _plain_rows(source: RecordRows, selection: Selection) -> Iterator[RawRow]:
    columns = [_stored(column) for column in selection.chosen(FileFormat.CSV)]
    for site in source.sites:
        yield from fetch_rows(source.connection, source.query(site, columns))


def _stored(column: Column) -> Combinable:
    """Return what a database has for a column: codes for master data, else what is stored."""
    if not isinstance(column, ReferenceColumn):
        return column.expression
    return F(f"{column.name}__{'email' if isinstance(column, PersonColumn) else 'code'}")


def _by_openpyxl(rows: list[RawRow], file: Path) -> None:
    """Write rows as openpyxl writes them quickest, dates as dates and without any format of ours."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for number, site, date, material, kilograms, *others, is_estimated, entry_source, by, at in rows:
        assert isinstance(kilograms, int)
        moment = read_moment(at).replace(tzinfo=None)
        head = [number, site, read_date(date), material, kilograms / 1000]
        sheet.append([*head, *others, bool(is_estimated), entry_source, by, moment])
    workbook.save(file)


def _memory(process: str, what: str) -> float:
    """Return a figure of a process's memory in MB; nothing of one that has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    status = dict(line.split(":", 1) for line in lines)
    return int(status[what].split()[0]) / 1024 if what in status else 0


def _child_processes() -> list[str]:
    """Return the ids of the processes that this one has started."""
    found = (task.read_text().split() for task in Path("/proc/self/task").glob("*/children"))
    return [number for numbers in found for number in numbers]


if __name__ == "__main__":
    main()

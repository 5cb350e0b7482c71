"""Write the file of a selection, of a site's day, or of the report of a page: count the rows, write them,
check that all are there.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, override

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.db.fields import NO_TONS
from core.jobs.cancellation import Check, Progress, never_cancelled
from exports.datasets.rows import (
    ExportTable,
    Query,
    RawRow,
    RecordRows,
    ReportRows,
    RowSource,
    as_int,
    count_query,
    fetch_rows,
    reading_snapshot,
    row_source,
    snapshot,
    sum_of,
    without_empty_parts,
)
from exports.datasets.selection import (
    MATERIAL,
    STOCK_LEDGER,
    Dataset,
    ExportRequest,
    FileFormat,
    Selection,
    module_dataset,
)
from exports.errors import ExportRefused, RowsDifferError
from exports.writers.cover import Cover, Creation, Fact, cover_of, format_date, format_moment
from exports.writers.csv import write_csv
from exports.writers.pdf.summary import summary_of
from exports.writers.pdf.table import PAGE_FORMATS, figure_of
from exports.writers.pdf.writer import read_document, require_few_enough, write_pdf
from exports.writers.xlsx import write_workbook
from inventory.models import InventorySnapshot
from records import registry
from records.choices import DayStatus
from records.columns import Column, PartColumn, Raw
from records.columns.dates import read_date, read_moment
from records.models import SiteDay
from records.reports import Report
from sites.models import Site, User

# Of a day report: the same in all rows, so the title has it.
IN_TITLE = frozenset({"site", "date"})
# Most sites never use or dispose of material: the stock of a day has these columns only where they are not 0.
RARE_FLOWS = frozenset({"used_ton", "disposed_ton"})
# What was done with a day, and the statuses in which that still applies.
ACTS = {
    "submitted": (gettext_lazy("Submitted"), (DayStatus.SUBMITTED, DayStatus.APPROVED)),
    "approved": (gettext_lazy("Approved"), (DayStatus.APPROVED,)),
    "reopened": (gettext_lazy("Reopened"), (DayStatus.REOPENED,)),
}


def count_rows(selection: Selection) -> int:
    """Return how many rows a file of this selection would have now. Raises ExportRefused."""
    return row_source(connection, selection, selection.chosen(FileFormat.CSV)).count()


def read_report(request: ExportRequest, *, user: User, check: Check = never_cancelled) -> Report | None:
    """Return the report of a page, of one state of the database; None where the file is of something else."""
    if request.report_source is None:
        return None
    with reading_snapshot(check):
        return request.report_source.report_of(request.report_query, user=user)


def write_request(
    request: ExportRequest,
    *,
    report: Report | None = None,
    by: User,
    job_number: str = "",
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write the file that a user requested; return how many rows it holds. Like `write_file`.

    The file is that of the report where there is one.
    """
    creation = Creation(by=str(by), at=timezone.now(), job_number=job_number)
    if request.is_day_report:
        (site,) = request.sites
        return write_day_report(
            site,
            request.first,
            file_format=request.file_format,
            creation=creation,
            to=to,
            progress=progress,
            check=check,
        )
    if report is not None:
        return write_report(request, report, creation=creation, to=to, progress=progress, check=check)
    return write_file(
        request, file_format=request.file_format, creation=creation, to=to, progress=progress, check=check
    )


def write_file(
    selection: Selection,
    *,
    file_format: FileFormat,
    creation: Creation,
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write a file of one consistent state of the database; return how many rows it holds.

    An exception of `progress` or `check` ends the writing. Raises ExportRefused, and RowsDifferError where
    rows are missing.
    """
    with snapshot(check) as reader:
        columns = selection.chosen(file_format)
        if file_format != FileFormat.CSV and not selection.columns:
            columns = without_empty_parts(reader, selection, columns)
        source = row_source(reader, selection, columns)
        table = ExportTable(str(selection.dataset.label), source, source.count())
        progress(0, table.count)
        facts = (
            (_("Rows"), f"{table.count:,}"),
            (_("Each row is"), selection.row_label),
            *selection.dataset.filter_labels(selection.sites, selection.filters),
        )
        cover = cover_of(selection, title=table.title, facts=facts, creation=creation)
        match file_format:
            case FileFormat.CSV:
                return _all_written(write_csv(table, to=to, progress=progress), [table])
            case FileFormat.XLSX:
                cover = replace(cover, facts=(*cover.facts, *_parts_of_totals(reader, selection, columns)))
                return _all_written(write_workbook(cover, [table], to=to, progress=progress), [table])
            case FileFormat.PDF:
                require_few_enough(table.count)
                summary = summary_of(reader, selection)
                document = read_document(cover, [table], summary=summary, check=check)
    # Rendering takes longer than reading, and needs no state of the database.
    return _all_written(write_pdf(document, to=to, progress=progress), [table])


def _parts_of_totals(
    reader: BaseDatabaseWrapper, selection: Selection, columns: Sequence[Column]
) -> list[Fact]:
    """Return the parts of the totals that the sheet has no columns of, such as what was weighed."""
    parts = [
        part for part in selection.dataset.totals if isinstance(part, PartColumn) and part not in columns
    ]
    if not parts:
        return []
    sums = {f"sum_of_{part.name}": sum_of(part) for part in parts}
    query = selection.records.annotate(all=Value(1)).values("all").annotate(**sums).values_list(*sums)
    found = next(fetch_rows(reader, query), ())
    return [
        (_("Of the total: %(part)s") % {"part": part.label}, figure_of(part, as_int(amount)))
        for part, amount in zip(parts, found, strict=False)
        if as_int(amount)
    ]


def _all_written(written: int, tables: Sequence[ExportTable]) -> int:
    """Return the count of written rows. Raises RowsDifferError where it is not that of the tables."""
    count = sum(table.count for table in tables)
    if written != count:
        raise RowsDifferError(f"{written} rows were written of {count}.")
    return written


def write_day_report(
    site: Site,
    date: dt.date,
    *,
    file_format: FileFormat,
    creation: Creation,
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write the report of a site's day as a PDF or a workbook; return how many rows it holds.

    Like `write_file`. Raises ExportRefused for any other format.
    """
    if file_format == FileFormat.CSV:
        raise ExportRefused(_("A day report is a PDF or an Excel workbook."))
    with snapshot(check) as reader:
        tables = [
            table
            for module in registry.modules()
            if (table := _records(reader, module_dataset(module), site, date)).count or not module.is_optional
        ]
        tables.append(_stock(reader, site, date))
        cover = Cover(
            title=_("Day report"),
            dates=format_date(date),
            facts=((_("Site"), str(site)), *_status(reader, site, date)),
            creation=creation.facts((site,)),
            signatures=(_("Site clerk: name, date, signature"), _("Manager: name, date, signature")),
        )
        count = sum(table.count for table in tables)
        progress(0, count)
        if file_format == FileFormat.XLSX:
            return _all_written(write_workbook(cover, tables, to=to, progress=progress), tables)
        require_few_enough(count)
        document = read_document(cover, tables, formats=PAGE_FORMATS[:1], check=check)
    return _all_written(write_pdf(document, to=to, progress=progress), tables)


def write_report(
    request: ExportRequest,
    report: Report,
    *,
    creation: Creation,
    to: BinaryIO,
    progress: Progress = lambda _rows, _of: None,
    check: Check = never_cancelled,
) -> int:
    """Write the report of a page; return how many rows it holds, the total among them. Like `write_file`."""
    source = ReportRows(connection, request, report)
    table = ExportTable(report.title, source, len(report.rows), report.empty_text)
    cover = cover_of(request, title=report.title, facts=report.facts, creation=creation)
    match request.file_format:
        case FileFormat.CSV:
            rows = write_csv(table, to=to, progress=progress)
        case FileFormat.XLSX:
            rows = write_workbook(cover, [table], to=to, progress=progress)
        case FileFormat.PDF:
            rows = write_pdf(read_document(cover, [table], check=check), to=to, progress=progress)
    return _all_written(rows, [table])


def _records(reader: BaseDatabaseWrapper, dataset: Dataset, site: Site, date: dt.date) -> ExportTable:
    """Return the records of a module on the day."""
    columns = [
        column
        for column in dataset.columns
        if column.is_default and column.is_in_pdf and column.name not in IN_TITLE
    ]
    selection = Selection(module=dataset.slug, sites=(site,), first=date, last=date)
    source = RecordRows(reader, selection, without_empty_parts(reader, selection, columns))
    return ExportTable(str(dataset.label), source, source.count(), _("Nothing was recorded."))


def _stock(reader: BaseDatabaseWrapper, site: Site, date: dt.date) -> ExportTable:
    """Return the stock of each material that the site has ever had, at the end of the day."""
    selection = Selection(module=STOCK_LEDGER.slug, sites=(site,), first=date, last=date)
    moved = InventorySnapshot.objects.filter(site=site, date=date).order_by()

    def is_shown(name: str) -> bool:
        found = moved.exclude(**{name: NO_TONS}).values_list("pk")[:1]
        return name not in RARE_FLOWS or any(fetch_rows(reader, found))

    figures = [column for column in STOCK_LEDGER.figures if is_shown(column.name)]
    source = StockOfDay(reader, selection, (MATERIAL, *figures))
    return ExportTable(_("Stock"), source, source.count(), _("There has been no stock yet."))


class StockOfDay(RowSource):
    """The last row of each material's ledger on or before a date."""

    @property
    def _latest(self) -> Query:
        (site,) = self.sites
        latest = InventorySnapshot.objects.latest_of(site, date=self.selection.last)
        names = (column.name for column in self.columns if column != MATERIAL)
        return latest.order_by("material__position", "material_id").values_list("material", "date", *names)

    @override
    def count(self) -> int:
        return count_query(self.connection, self._latest)

    @override
    def rows_at(self, site: Site) -> Iterator[Sequence[RawRow]]:
        rows = fetch_rows(self.connection, self._latest)
        yield [(material, *self._of_the_day(read_date(date), figures)) for material, date, *figures in rows]

    def _of_the_day(self, date: dt.date, figures: list[Raw]) -> list[Raw]:
        """Return the figures of the day: without a movement, opening and closing are the last closing."""
        if date == self.selection.last:
            return figures
        closing = figures[-1]
        return [closing, *[0] * (len(figures) - 2), closing]


def _status(reader: BaseDatabaseWrapper, site: Site, date: dt.date) -> Iterator[Fact]:
    """Yield the status of the day, and who did what with it and when, unless it was reopened since."""
    query = SiteDay.objects.filter(site=site, date=date).order_by()
    names = [f"{act}_{what}" for act in ACTS for what in ("at", "by__name", "by__email")]
    row = next(fetch_rows(reader, query.values_list("status", "reopen_reason", *names)), None)
    status = DayStatus(str(row[0]) if row is not None else DayStatus.OPEN)
    yield _("Day"), str(status.label)
    if row is None:
        return
    for number, (label, holds) in enumerate(ACTS.values()):
        at, name, email = row[2 + 3 * number : 5 + 3 * number]
        if status in holds and at is not None:
            yield str(label), f"{name or email}, {format_moment(read_moment(at), site.zone)}"
    if status is DayStatus.REOPENED:
        yield _("Why"), str(row[1])

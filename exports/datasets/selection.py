"""What a user requests: the rows and columns of a dataset, and the format of the file."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models
from django.db.models import Count, DateField
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exports.datasets.dataset import DAY_REPORT, SITE, Dataset, Records, dataset
from exports.errors import ExportRefused
from records.columns import Column, CountColumn, DateColumn, PartColumn, TextColumn
from records.reports import ReportQuery, ReportSource, report_source
from sites.models import Site


class Granularity(models.TextChoices):
    """Records as they were entered, or their totals over a week or a month."""

    DAILY = "daily", _("Daily, as entered")
    WEEKLY = "weekly", _("Weekly totals")
    MONTHLY = "monthly", _("Monthly totals")


class FileFormat(models.TextChoices):
    XLSX = "xlsx", _("Excel workbook")
    CSV = "csv", _("CSV")
    PDF = "pdf", _("PDF")

    @property
    def content_type(self) -> str:
        return {
            FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileFormat.CSV: "text/csv; charset=utf-8",
            FileFormat.PDF: "application/pdf",
        }[self]


# The days of a row of totals.
WEEK = TextColumn(name="week", label=_("Week"))
MONTH = TextColumn(name="month", label=_("Month"))
FIRST_DAY = DateColumn(name="from", label=_("From"))
LAST_DAY = DateColumn(name="to", label=_("To"))
RECORDS = CountColumn(name="records", label=_("Records"), formula=Count("pk"))


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows and columns of a dataset. Whether the user may read its sites and dates is checked elsewhere."""

    # The slug of a dataset.
    module: str
    sites: tuple[Site, ...]
    # Operating dates, both included.
    first: dt.date
    last: dt.date
    granularity: Granularity = Granularity.DAILY
    # The parameters of the list's filter, as in its URL.
    filters: Mapping[str, str] = field(default_factory=dict)
    # Names of columns in order; empty for the default columns.
    columns: tuple[str, ...] = ()

    @cached_property
    def dataset(self) -> Dataset:
        """Return the dataset. Raises Http404 for an unknown module."""
        return dataset(self.module)

    @cached_property
    def records(self) -> Records:
        """Return the records of the filter and the dates, unordered. Raises ExportRefused."""
        kept = self.dataset.records(self.sites, self.filters)
        return kept.filter(date__gte=self.first, date__lte=self.last).order_by()

    @property
    def available(self) -> tuple[Column, ...]:
        """Return the columns to choose from."""
        if self.granularity == Granularity.DAILY:
            return self.dataset.columns
        period = WEEK if self.granularity == Granularity.WEEKLY else MONTH
        return (SITE, period, FIRST_DAY, LAST_DAY, *self.dataset.dimensions, *self.dataset.figures, RECORDS)

    def chosen(self, file_format: FileFormat) -> tuple[Column, ...]:
        """Return the columns of a file. Raises ExportRefused for an unknown name."""
        if not self.columns:
            return tuple(column for column in self.available if self._is_default(column, file_format))
        known = {column.name: column for column in self.available}
        unknown = [name for name in self.columns if name not in known]
        if unknown:
            raise ExportRefused(
                _now("There is no column %(names)s. The columns are: %(known)s.")
                % {"names": ", ".join(unknown), "known": ", ".join(known)}
            )
        return tuple(known[name] for name in dict.fromkeys(self.columns))

    def _is_default(self, column: Column, file_format: FileFormat) -> bool:
        if file_format == FileFormat.CSV and self.granularity == Granularity.DAILY:
            # A program has the tons and the operation of each record.
            return column.is_default and not isinstance(column, PartColumn)
        if file_format != FileFormat.PDF:
            return column.is_default
        # A page is narrow, and its heading names the site when there is only one.
        return column.is_default and column.is_in_pdf and (column != SITE or len(self.sites) > 1)

    @property
    def start(self) -> Trunc:
        """Return the first day of a record's week or month, as an expression."""
        kind = "week" if self.granularity == Granularity.WEEKLY else "month"
        return Trunc("date", kind, output_field=DateField())

    @property
    def row_label(self) -> str:
        """Return what one row is."""
        match self.granularity:
            case Granularity.WEEKLY:
                return _now("the total of an ISO week")
            case Granularity.MONTHLY:
                return _now("the total of a month")
            case _ if self.dataset.opening is not None:
                return _now("a day on which a material moved or was counted")
            case _:
                return _now("a record as it was entered")


@dataclass(frozen=True, kw_only=True)
class ExportRequest(Selection):
    """The file that a user requests in a format: a selection, a day report, or the report of a page."""

    file_format: FileFormat

    @property
    def is_day_report(self) -> bool:
        return self.module == DAY_REPORT

    @property
    def report_source(self) -> ReportSource | None:
        """Return what makes the report; None for records and day reports."""
        return report_source(self.module)

    @property
    def report_query(self) -> ReportQuery:
        """Return what the report is of."""
        return ReportQuery(self.sites, self.first, self.last, self.filters)

    @property
    def is_of_records(self) -> bool:
        """Return whether the file has the records of a dataset, in columns that are chosen."""
        return not self.is_day_report and self.report_source is None

    @property
    def filter_labels(self) -> list[tuple[str, str]]:
        """Return the label and the value of each condition of the filter."""
        if self.report_source is not None:
            return self.report_source.labels_of(self.report_query)
        return [] if self.is_day_report else self.dataset.filter_labels(self.sites, self.filters)

    @property
    def column_names(self) -> list[str]:
        """Return the columns of the file; none for a report, which has its own."""
        if not self.is_of_records:
            return []
        return [column.name for column in self.chosen(self.file_format)]

    def check(self) -> None:
        """Raise ExportRefused where the filter or the columns do not exist any more."""
        if self.is_of_records:
            self.chosen(self.file_format)
            self.dataset.records(self.sites, self.filters)

    @property
    def fingerprint(self) -> str:
        """Return a hash that equal requests share."""
        values = [
            self.module,
            sorted(site.pk for site in self.sites),
            self.first.isoformat(),
            self.last.isoformat(),
            self.file_format,
            self.granularity,
            sorted(self.filters.items()),
            self.columns,
        ]
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()

    @property
    def file_name(self) -> str:
        place = self.sites[0].code if len(self.sites) == 1 else f"{len(self.sites)}-sites"
        kind = "" if self.granularity == Granularity.DAILY else f"_{self.granularity}"
        days = f"{self.first:%Y-%m-%d}"
        if self.first != self.last:
            days += f"_{self.last:%Y-%m-%d}"
        return f"{self.module}{kind}_{place}_{days}.{self.file_format}"

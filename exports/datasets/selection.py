"""What a person asks for: which rows, summed or not, and which columns."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models
from django.db.models import Count, DateField
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exports.datasets.columns import SITE, Cell, SheetColumn
from exports.datasets.dataset import Records, Subject
from exports.errors import ExportRefused
from sites.models import Site


class Granularity(models.TextChoices):
    """Records as they were entered, or their totals over the days of a week or a month."""

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


# The days that a line of totals stands for.
WEEK = SheetColumn(name="week", label=_("Week"), cell=Cell.TEXT)
MONTH = SheetColumn(name="month", label=_("Month"), cell=Cell.TEXT)
FIRST_DAY = SheetColumn(name="from", label=_("From"), cell=Cell.DATE)
LAST_DAY = SheetColumn(name="to", label=_("To"), cell=Cell.DATE)
RECORDS = SheetColumn(name="records", label=_("Records"), cell=Cell.COUNT, source=Count("pk"))


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rows of a subject, on the sites and dates that the person may have.

    Sites and dates are taken as they come: whether the person may have them is for the caller to judge.
    """

    subject: Subject
    sites: tuple[Site, ...]
    # Operating dates, both included.
    first: dt.date
    last: dt.date
    granularity: Granularity = Granularity.DAILY
    # The parameters of the list's filter, as its address has them.
    filters: Mapping[str, str] = field(default_factory=dict)
    # Names of columns, in their order; the usual ones where there are none.
    columns: tuple[str, ...] = ()

    @cached_property
    def records(self) -> Records:
        """Return the records of the filter and the dates, in no order. Raises ExportRefused."""
        kept = self.subject.records(self.sites, self.filters)
        return kept.filter(date__gte=self.first, date__lte=self.last).order_by()

    @property
    def available(self) -> tuple[SheetColumn, ...]:
        """Return the columns there are to choose from."""
        if self.granularity == Granularity.DAILY:
            return self.subject.columns
        period = WEEK if self.granularity == Granularity.WEEKLY else MONTH
        return (SITE, period, FIRST_DAY, LAST_DAY, *self.subject.dimensions, *self.subject.figures, RECORDS)

    def chosen(self, file_format: FileFormat) -> tuple[SheetColumn, ...]:
        """Return the columns of a file. Raises ExportRefused for a name that no column has."""
        if not self.columns:
            return tuple(column for column in self.available if self._is_usual(column, file_format))
        known = {column.name: column for column in self.available}
        unknown = [name for name in self.columns if name not in known]
        if unknown:
            raise ExportRefused(
                _now("There is no column %(names)s. There are: %(known)s.")
                % {"names": ", ".join(unknown), "known": ", ".join(known)}
            )
        return tuple(known[name] for name in dict.fromkeys(self.columns))

    def _is_usual(self, column: SheetColumn, file_format: FileFormat) -> bool:
        if file_format != FileFormat.PDF:
            return column.is_usual
        # Paper is narrow, and says above the rows which site they are of.
        return column.is_usual and column.is_on_paper and (column != SITE or len(self.sites) > 1)

    @property
    def start(self) -> Trunc:
        """Return the first day of the week or month that a record belongs to."""
        kind = "week" if self.granularity == Granularity.WEEKLY else "month"
        return Trunc("date", kind, output_field=DateField())

    @property
    def row_words(self) -> str:
        """Return what one row is."""
        match self.granularity:
            case Granularity.WEEKLY:
                return _now("the total of an ISO week")
            case Granularity.MONTHLY:
                return _now("the total of a month")
            case _ if self.subject.opening is not None:
                return _now("a day of a material on which it moved or was counted")
            case _:
                return _now("a record as it was entered")

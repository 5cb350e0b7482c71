"""What can be exported, and what a user requests of it: rows and columns of a dataset, and a file format."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import django_filters
from django.db import models
from django.db.models import Count, DateField
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exports.errors import ExportRefused
from inventory.models import InventorySnapshot
from records import registry
from records.choices import Source
from records.columns import (
    ChoiceColumn,
    Column,
    CountColumn,
    DateColumn,
    FlagColumn,
    IdentifierColumn,
    MomentColumn,
    PartColumn,
    PersonColumn,
    ReferenceColumn,
    TextColumn,
    TonsColumn,
)
from records.models import DailyRecord
from records.module import RecordModule
from records.reports import ReportQuery, ReportSource, report_source
from sites.models import Material, Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

# --- Datasets: the records of every module, and the stock ledger

type Records = models.QuerySet[models.Model]
# Makes the filter of a list from its parameters, the records that it narrows, and their sites.
type MakeFilter = Callable[[Mapping[str, str], Records, Sequence[Site]], django_filters.FilterSet]

# The slug under which a day report is requested: all modules and the stock of a day in one file.
DAY_REPORT = "day-report"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Rows by site and date that can be exported."""

    slug: str
    label: "Text"
    description: "Text"
    model: type[models.Model]
    columns: tuple[Column, ...]
    # Totals of a week or month have a row for each value of the dimensions.
    dimensions: tuple[Column, ...]
    totals: tuple[Column, ...]
    # Of a ledger: the first value of a period, and the last.
    opening: Column | None = None
    closing: Column | None = None
    # The chart of a PDF draws these upwards and downwards from zero.
    chart_in: tuple[Column, ...] = ()
    chart_out: tuple[Column, ...] = ()
    # The fields that order a site's rows.
    order: tuple[str, ...]
    make_filter: MakeFilter

    @property
    def figures(self) -> tuple[Column, ...]:
        """Return the figures of a week or month."""
        figures = (self.opening, *self.totals, self.closing)
        return tuple(column for column in figures if column is not None)

    def records(self, sites: Sequence[Site], filters: Mapping[str, str]) -> Records:
        """Return the records of these sites that a list's filter keeps. Raises ExportRefused."""
        everything = self.model._default_manager.filter(site__in=[site.pk for site in sites])
        chosen = self.make_filter(filters, everything, sites)
        if not chosen.is_valid():
            names = ", ".join(str(chosen.form.fields[name].label) for name in chosen.form.errors)
            raise ExportRefused(
                _now("The filter has a value that no longer exists: %(names)s. Choose it again.")
                % {"names": names}
            )
        kept: Records = chosen.qs
        return kept

    def filter_labels(self, sites: Sequence[Site], filters: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the label and the value of each condition of the filter."""
        form = self.make_filter(filters, self.model._default_manager.none(), sites).form
        form.is_valid()
        labels = []
        for name, value in form.cleaned_data.items():
            if value not in (None, ""):
                choices = dict(getattr(form.fields[name], "choices", ())) if isinstance(value, str) else {}
                labels.append((str(form.fields[name].label), str(choices.get(value, value))))
        return labels


SITE = ReferenceColumn(name="site", label=_("Site"), model=Site)
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material)
# By its number an import recognises a record that is exported and imported again.
RECORD_NUMBER = IdentifierColumn(name="id", label=_("Record"), is_in_pdf=False)
# How a record came to be; not exported unless they are chosen.
HISTORY = (
    FlagColumn(name="is_estimated", label=_("Estimated from loads"), is_default=False),
    ChoiceColumn(
        name="entry_source", label=_("Entered through"), choices=dict(Source.choices), is_default=False
    ),
    PersonColumn(name="created_by", label=_("Entered by"), model=User, is_default=False),
    MomentColumn(name="created_at", label=_("Entered at"), is_default=False),
    PersonColumn(name="updated_by", label=_("Changed by"), model=User, is_default=False),
    MomentColumn(name="updated_at", label=_("Changed at"), is_default=False),
)


def module_dataset(module: RecordModule[DailyRecord]) -> Dataset:
    """Return a module's records as a dataset."""
    parts = [total for total in module.totals if isinstance(total, PartColumn)]
    columns = [
        column
        for entered in module.sheet_columns
        for column in (entered, *(part for part in parts if part.of == entered.name))
    ]
    columns += [column for column in module.list_columns if column.is_derived]
    dimensions = tuple(each for each in columns if isinstance(each, (ReferenceColumn, ChoiceColumn)))
    # What only some records have, such as a load's weighing: exported where it is chosen.
    columns += [replace(column, is_default=False) for column in module.detail_columns]
    fields = {field.name for field in module.model._meta.fields}

    def make_filter(
        filters: Mapping[str, str], records: Records, sites: Sequence[Site]
    ) -> django_filters.FilterSet:
        return module.filter(filters, records=records, sites=sites)  # type: ignore[arg-type]  # of records

    return Dataset(
        slug=module.slug,
        label=module.label_plural,
        description=module.description,
        model=module.model,
        columns=(SITE, *columns, RECORD_NUMBER, *(each for each in HISTORY if each.name in fields)),
        dimensions=dimensions,
        totals=module.totals,
        chart_in=module.totals[:1],
        order=("date", "id"),
        make_filter=make_filter,
    )


class LedgerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    material = django_filters.ModelChoiceFilter(label=_("Material"), queryset=Material.objects.all())


def _tons(name: str, label: "Text") -> TonsColumn:
    return TonsColumn(name=name, label=label, unit=_("t"))


OPENING, CLOSING = _tons("opening_ton", _("Opening")), _tons("closing_ton", _("Closing"))
# Two that add to stock, four that take from it, and what counts changed.
FLOWS = (
    _tons("produced_ton", _("Produced")),
    _tons("received_ton", _("Received")),
    _tons("consumed_ton", _("Consumed")),
    _tons("dispatched_ton", _("Dispatched")),
    _tons("used_ton", _("Used on site")),
    _tons("disposed_ton", _("Disposed on site")),
    _tons("adjustment_ton", _("Adjustment")),
)

STOCK_LEDGER = Dataset(
    slug="stock",
    label=_("Stock ledger"),
    description=_("Opening, movements and closing of each material, day by day"),
    model=InventorySnapshot,
    columns=(
        SITE,
        DateColumn(name="date", label=_("Date")),
        MATERIAL,
        OPENING,
        *FLOWS,
        CLOSING,
        _tons("counted_ton", _("Counted")),
    ),
    dimensions=(MATERIAL,),
    totals=FLOWS,
    chart_in=FLOWS[:2],
    chart_out=FLOWS[2:-1],
    opening=OPENING,
    closing=CLOSING,
    order=("date", "material__position", "material_id"),
    make_filter=lambda filters, records, _sites: LedgerFilter(filters, queryset=records),
)


def datasets() -> tuple[Dataset, ...]:
    """Return all datasets in the order of the menu, the stock ledger last."""
    return (*(module_dataset(module) for module in registry.modules()), STOCK_LEDGER)


def dataset(slug: str) -> Dataset:
    """Return the dataset with this slug. Raises Http404."""
    return STOCK_LEDGER if slug == STOCK_LEDGER.slug else module_dataset(registry.module(slug))


def label_of(slug: str) -> str:
    """Return the label of a dataset or of a report; the slug where it no longer exists."""
    if slug == DAY_REPORT:
        return str(_("Day report"))
    if (source := report_source(slug)) is not None:
        return str(source.label)
    return next((str(each.label) for each in datasets() if each.slug == slug), slug)


# --- Selections: what a user requests


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

"""What can be exported: the records of every module, and the stock ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import django_filters
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exports.errors import ExportRefused
from inventory.models import InventorySnapshot
from records import registry
from records.choices import Source
from records.columns import (
    ChoiceColumn,
    Column,
    DateColumn,
    FlagColumn,
    IdentifierColumn,
    MomentColumn,
    PartColumn,
    PersonColumn,
    ReferenceColumn,
    TonsColumn,
)
from records.models import DailyRecord
from records.module import RecordModule
from records.reports import report_source
from sites.models import Material, Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

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

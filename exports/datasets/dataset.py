"""What can be exported: the records of every module, and the stock ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import django_filters
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exports.datasets.columns import RECORD_NUMBER, SITE, Cell, SheetColumn, column_of, traces_of
from exports.errors import ExportRefused
from inventory.models import InventorySnapshot
from records import registry
from records.models import DailyRecord
from records.module import RecordModule
from sites.models import Material, Site, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

type Records = models.QuerySet[models.Model]
# Makes the filter of a list: its values, what it narrows, and the sites that it is about.
type FilterMaker = Callable[[Mapping[str, str], Records, Sequence[Site]], django_filters.FilterSet]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something of which there are rows by site and date."""

    slug: str
    label: "Text"
    description: "Text"
    model: type[models.Model]
    columns: tuple[SheetColumn, ...]
    # By what totals of a week or month are parted, and what they add up.
    dimensions: tuple[SheetColumn, ...]
    totals: tuple[SheetColumn, ...]
    # What runs on from day to day instead of being summed: how a period opens, and how it closes.
    opening: SheetColumn | None = None
    closing: SheetColumn | None = None
    # What a chart draws of a day: what came in, up, and what went out, down.
    drawn_up: tuple[SheetColumn, ...] = ()
    drawn_down: tuple[SheetColumn, ...] = ()
    # The order of a site's rows, the same each time.
    order: tuple[str, ...]
    filter_of: FilterMaker

    @property
    def figures(self) -> tuple[SheetColumn, ...]:
        """Return the figures of a week or month."""
        figures = (self.opening, *self.totals, self.closing)
        return tuple(column for column in figures if column is not None)

    def records(self, sites: Sequence[Site], filters: Mapping[str, str]) -> Records:
        """Return what a list's filter keeps of these sites. Raises ExportRefused where it cannot."""
        everything = self.model._default_manager.filter(site__in=[site.pk for site in sites])
        chosen = self.filter_of(filters, everything, sites)
        if not chosen.is_valid():
            names = ", ".join(str(chosen.form.fields[name].label) for name in chosen.form.errors)
            raise ExportRefused(
                _now("The filter names something that is not there any more: %(names)s. Choose it anew.")
                % {"names": names}
            )
        kept: Records = chosen.qs
        return kept

    def filter_words(self, sites: Sequence[Site], filters: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return each condition of the filter as a person reads it: its name and what it keeps."""
        form = self.filter_of(filters, self.model._default_manager.none(), sites).form
        form.is_valid()
        words = []
        for name, wanted in form.cleaned_data.items():
            if wanted not in (None, ""):
                offered = dict(getattr(form.fields[name], "choices", ())) if isinstance(wanted, str) else {}
                words.append((str(form.fields[name].label), str(offered.get(wanted, wanted))))
        return words


def of_module(module: RecordModule[DailyRecord]) -> Subject:
    """Return a module's records as something to export."""
    # What is typed, and what the database makes of it.
    made = [column for column in module.list_columns if column.formula is not None]
    columns = tuple(column_of(module.model, column) for column in (*module.sheet_columns, *made))

    def filter_of(
        filters: Mapping[str, str], records: Records, sites: Sequence[Site]
    ) -> django_filters.FilterSet:
        people = User.objects.filter(
            Q(memberships__site__in=[site.pk for site in sites]) | Q(is_superuser=True)
        )
        return module.filter(filters, records=records, people=people.distinct(), sites=sites)  # type: ignore[arg-type]  # of records

    totals = tuple(column_of(module.model, column) for column in module.totals)
    return Subject(
        slug=module.slug,
        label=module.label_plural,
        description=module.description,
        model=module.model,
        columns=(SITE, *columns, RECORD_NUMBER, *traces_of(module.model)),
        dimensions=tuple(column for column in columns if column.cell in (Cell.NAME, Cell.CHOICE)),
        totals=totals,
        drawn_up=totals[:1],
        order=("date", "id"),
        filter_of=filter_of,
    )


def _amount(name: str, label: "Text") -> SheetColumn:
    return SheetColumn(name=name, label=label, cell=Cell.TONS, source=F(name), unit=_("t"))


class LedgerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    material = django_filters.ModelChoiceFilter(label=_("Material"), queryset=Material.objects.all())


MATERIAL = SheetColumn(
    name="material", label=_("Material"), cell=Cell.NAME, source=F("material"), points_to=Material
)
OPENING = _amount("opening_ton", _("Opening"))
# Two that add to stock, two that take from it, and what counts changed.
FLOWS = (
    _amount("produced_ton", _("Produced")),
    _amount("received_ton", _("Received")),
    _amount("consumed_ton", _("Consumed")),
    _amount("dispatched_ton", _("Dispatched")),
    _amount("adjustment_ton", _("Adjustment")),
)
CLOSING = _amount("closing_ton", _("Closing"))

STOCK_LEDGER = Subject(
    slug="stock",
    label=_("Stock ledger"),
    description=_("What moved each material's stock, day by day, and what was there"),
    model=InventorySnapshot,
    columns=(
        SITE,
        SheetColumn(name="date", label=_("Date"), cell=Cell.DATE, source=F("date")),
        MATERIAL,
        OPENING,
        *FLOWS,
        CLOSING,
        _amount("counted_ton", _("Counted")),
    ),
    dimensions=(MATERIAL,),
    totals=FLOWS,
    drawn_up=FLOWS[:2],
    drawn_down=FLOWS[2:4],
    opening=OPENING,
    closing=CLOSING,
    order=("date", "material__position", "material_id"),
    filter_of=lambda filters, records, _sites: LedgerFilter(filters, queryset=records),
)


def subjects() -> tuple[Subject, ...]:
    """Return all that can be exported, in the order of the menu, the stock ledger last."""
    return (*(of_module(module) for module in registry.modules()), STOCK_LEDGER)


def subject(slug: str) -> Subject:
    """Return what has this slug. Raises Http404 where nothing has it."""
    return STOCK_LEDGER if slug == STOCK_LEDGER.slug else of_module(registry.module(slug))

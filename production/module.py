from functools import partial

import django_filters
from django.utils.translation import gettext_lazy as _

from production.forms import ProductionForm
from production.models import FLOW_FILTERS, Meaning, Production, ProductionQuerySet
from records.choices import Shift
from records.columns import ChoiceColumn, DateColumn, PartColumn, ReferenceColumn, TextColumn, TonsColumn
from records.filters import OperationFilter, ShiftFilter
from records.module import PageLink, RecordModule
from sites.models import Material, Operation, Purpose, StockEffect


class ProductionFilter(OperationFilter, ShiftFilter):
    counts_as = django_filters.ChoiceFilter(
        label=_("Counts as"),
        choices=[
            (Meaning.OUTPUT, _("Output, made to be sold")),
            (Meaning.NOT_FOR_SALE, Meaning.NOT_FOR_SALE.label),
            (Purpose.PRODUCT, _("Product, all that was made")),
            (Meaning.FEED, Meaning.FEED.label),
            (Meaning.RESIDUE, Meaning.RESIDUE.label),
            (Meaning.USED, Meaning.USED.label),
            (Meaning.DISPOSED, Meaning.DISPOSED.label),
            (Meaning.OTHER, Meaning.OTHER.label),
            (StockEffect.ADDS, _("Added to stock")),
            (StockEffect.REMOVES, _("Taken from stock by production")),
        ],
        empty_label=_("Anything"),
        method="by_meaning",
    )

    class Meta:
        model = Production
        fields = ("material", "category", "operation", "counts_as", "shift", "weekday", "who", "q")

    def by_meaning(self, records: ProductionQuerySet, name: str, meaning: str) -> ProductionQuerySet:
        """Keep what a figure of this meaning is the sum of."""
        del name
        if meaning in FLOW_FILTERS:
            return records.filter(Production.flows()[FLOW_FILTERS[meaning]])
        if meaning == Purpose.PRODUCT:
            return records.filter(operation__purpose=meaning)
        return records.filter(ProductionQuerySet.meaning_condition(Meaning(meaning)))


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
SHIFT = ChoiceColumn(name="shift", label=_("Shift"), choices=dict(Shift.choices))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
OPERATION = ReferenceColumn(name="operation", label=_("Operation"), model=Operation, is_code_in_json=True)
# No total, since the tons of records mean different things. A PDF has the parts instead.
QUANTITY = TonsColumn(
    name="qty_ton", label=_("Tons"), unit=_("t"), aliases=("tons", "quantity", "weight"), is_in_pdf=False
)
PARTS = tuple(
    PartColumn(
        name=f"{meaning}_ton",
        label=meaning.label,
        unit=_("t"),
        of=QUANTITY.name,
        condition=partial(ProductionQuerySet.meaning_condition, meaning),
    )
    for meaning in Meaning
)
NOTES = TextColumn(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

PRODUCTION = RecordModule(
    slug="production",
    label=_("Production record"),
    label_plural=_("Production"),
    description=_("What was made, used and disposed of"),
    icon="production",
    model=Production,
    form=ProductionForm,
    filter=ProductionFilter,
    list_columns=(DATE, SHIFT, MATERIAL, OPERATION, QUANTITY, NOTES),
    sheet_columns=(DATE, SHIFT, MATERIAL, OPERATION, QUANTITY, NOTES),
    totals=PARTS,
    kept_fields=("date", "shift", "material", "operation"),
    repeated=("shift", "material", "operation"),
    pages=(
        PageLink(label=_("Targets"), url_name="production:targets", icon="targets", is_in_manager_menu=True),
    ),
)

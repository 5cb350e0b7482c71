import django_filters
from django.utils.translation import gettext_lazy as _

from production.forms import ProductionForm
from production.models import Production, ProductionQuerySet
from records.choices import Shift
from records.columns import ChoiceColumn, DateColumn, ReferenceColumn, TextColumn, TonsColumn
from records.forms import OperationFilter, ShiftFilter
from records.module import PageLink, RecordModule
from sites.models import Material, Operation, Purpose, StockEffect

OUTPUT = "output"


class ProductionFilter(OperationFilter, ShiftFilter):
    counts_as = django_filters.ChoiceFilter(
        label=_("Counts as"),
        choices=[
            (OUTPUT, _("Output, made to be sold")),
            (Purpose.PRODUCT, _("Product, all that was made")),
            (Purpose.FEED, Purpose.FEED.label),
            (Purpose.RESIDUE, Purpose.RESIDUE.label),
            (StockEffect.ADDS, _("Added to stock")),
            (StockEffect.REMOVES, _("Taken from stock")),
        ],
        empty_label=_("Anything"),
        method="by_meaning",
    )

    class Meta:
        model = Production
        fields = ("material", "operation", "counts_as", "shift", "who", "q")

    def by_meaning(self, records: ProductionQuerySet, name: str, meaning: str) -> ProductionQuerySet:
        """Keep what a figure of this meaning is the sum of."""
        del name
        if meaning == OUTPUT:
            return records.output()
        if meaning in StockEffect:
            return records.filter(operation__stock_effect=meaning)
        return records.filter(operation__purpose=meaning)


DATE = DateColumn(name="date", label=_("Date"), aliases=("day",))
SHIFT = ChoiceColumn(name="shift", label=_("Shift"), choices=dict(Shift.choices))
MATERIAL = ReferenceColumn(name="material", label=_("Material"), model=Material, aliases=("product",))
OPERATION = ReferenceColumn(name="operation", label=_("Operation"), model=Operation, is_code_in_json=True)
QUANTITY = TonsColumn(name="qty_ton", label=_("Tons"), unit=_("t"), aliases=("tons", "quantity", "weight"))
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
    totals=(QUANTITY,),
    kept_fields=("date", "shift", "material", "operation"),
    repeated=("shift", "material", "operation"),
    pages=(
        PageLink(label=_("Targets"), url_name="production:targets", icon="targets", is_in_manager_menu=True),
    ),
)

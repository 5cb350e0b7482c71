import django_filters
from django.utils.translation import gettext_lazy as _

from production.forms import ProductionForm
from production.models import Production, ProductionQuerySet
from records.filters import OperationFilter, ShiftFilter
from records.module import Column, Kind, PageLink, RecordModule
from sites.models import Purpose, StockEffect

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


DATE = Column(name="date", label=_("Date"), kind=Kind.DATE, aliases=("day",))
SHIFT = Column(name="shift", label=_("Shift"), kind=Kind.CHOICE)
MATERIAL = Column(name="material", label=_("Material"), aliases=("product",))
OPERATION = Column(name="operation", label=_("Operation"))
QUANTITY = Column(
    name="qty_ton", label=_("Tons"), kind=Kind.TONS, unit=_("t"), aliases=("tons", "quantity", "weight")
)
NOTES = Column(name="notes", label=_("Notes"), aliases=("remarks", "comment"))

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
    pages=(PageLink(label=_("Targets"), url_name="production:targets", icon="targets"),),
    related=("material", "operation"),
)

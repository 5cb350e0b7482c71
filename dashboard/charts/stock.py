"""The charts of stock: by category over time, and by material."""

from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import Chart, Mark, Series, Threshold, style_of
from charts.levels import Level, LevelChart
from core.db.fields import NO_TONS
from dashboard.addresses import dates_query, page_address
from dashboard.charts.definition import (
    MAX_LEVELS,
    ChartContent,
    ChartDefinition,
    ChartLink,
    ChartRequest,
    Fact,
)
from dashboard.charts.period import Period
from inventory.figures import (
    CategoryStock,
    StockLevel,
    StockSpan,
    stock_by_category,
    stock_levels,
    stock_spans,
)
from records.templatetags.figures import count, signed_tons, tons
from sites.models import Category

STOCK = ChartLink(gettext_lazy("Stock"), "inventory:stock", is_of_a_day=True)


def _categories(request: ChartRequest) -> ChartContent:
    """Draw the stock of each category at the end of each day or week, and its low mark. Three queries."""
    period = request.period
    stocks = stock_by_category(request.sites, first=period.first, last=period.last)
    chart = Chart(
        name="categories",
        title=_("Stock by category"),
        unit=_("t"),
        corner=period.corner,
        positions=period.positions,
        series=[
            _category(stock, period) for stock in stocks if any(stock.closings) or stock.low_ton is not None
        ],
    )
    first, last = (sum((stock.closings[end] for stock in stocks), NO_TONS) for end in (0, -1))
    facts = [Fact(_("At the end"), f"{tons(last)} t"), Fact(_("Change"), f"{signed_tons(last - first)} t")]
    if any(stock.low_ton is not None for stock in stocks):
        facts.append(Fact(_("Below their low mark"), count(sum(stock.is_low for stock in stocks))))
    return ChartContent(chart, facts)


def _category(stock: CategoryStock, period: Period) -> Series:
    """Return the stock of a category with its low mark; its colour is the same in every chart."""
    label = str(stock.category.label)
    mark = None if stock.low_ton is None else Threshold(_("Low mark"), stock.low_ton)
    style = style_of(list(Category).index(stock.category))
    return Series(label, period.ends(stock.closings), Mark.LINE, style=style, threshold=mark)


def _levels(request: ChartRequest) -> ChartContent:
    """Draw the stock of each material, the low ones first, then the greatest first.

    Of one site also the lowest and highest in these days: four queries; of several two.
    """
    found = [
        level
        for level in stock_levels(request.sites, date=request.period.last)
        if level.closing_ton or level.is_low
    ]
    found.sort(key=attrgetter("closing_ton"), reverse=True)
    found.sort(key=attrgetter("is_low"), reverse=True)
    first, last, is_of_one = request.period.first, request.period.last, len(request.sites) == 1
    spans = stock_spans(request.sites[0], first=first, last=last) if is_of_one else {}
    query = dates_query(request.scope_code, first=first, last=last)
    chart = LevelChart(
        name="levels",
        title=_("Stock by material"),
        unit=_("t"),
        corner=_("Material"),
        levels=[_level(level, query, spans.get(level.material.pk), is_of_one=is_of_one) for level in found],
        mark=_("Low mark") if is_of_one and any(level.low_ton is not None for level in found) else "",
        moved=_("Lowest to highest in these days") if spans else "",
        details=() if is_of_one else (_("Low at"),),
        most=MAX_LEVELS,
    )
    facts = [
        Fact(_("In stock"), f"{tons(sum((level.closing_ton for level in found), NO_TONS))} t"),
        Fact(_("Materials"), count(len(found))),
        Fact(_("Low"), count(sum(level.is_low for level in found))),
    ]
    return ChartContent(chart, facts)


def _level(level: StockLevel, query: str, span: StockSpan | None, *, is_of_one: bool) -> Level:
    path = page_address("inventory:material", level.material.pk)
    return Level(
        level.material.name,
        level.closing_ton,
        # Of several sites each has its own mark.
        level.low_ton if is_of_one else None,
        href=f"{path}?{query}" if path else "",
        details=() if is_of_one else (", ".join(level.low_sites),),
        is_flagged=level.is_low,
        span=span,
    )


CATEGORIES = ChartDefinition(
    name="categories",
    title=gettext_lazy("Stock by category"),
    build=_categories,
    empty_text=gettext_lazy("There was no stock in these days."),
    links=(STOCK,),
)
LEVELS = ChartDefinition(
    name="levels",
    title=gettext_lazy("Stock by material"),
    build=_levels,
    empty_text=gettext_lazy("Nothing is in stock."),
    links=(STOCK,),
)

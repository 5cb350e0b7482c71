"""The pages of the stock: of all materials on a date, and of one material day by day."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cache, cached_property, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from charts.chart import PLAIN, Chart, Mark, Series, Threshold
from charts.numbers import written, written_each
from charts.panel import panel
from charts.sparkline import sparkline
from core.db.fields import NO_TONS
from core.form_fields import use_decimal_mark
from core.numbers import whole_number
from inventory.figures import (
    COVER_DAYS,
    NO_CHANGE,
    MaterialStock,
    SiteClosing,
    StockPeriod,
    closings_of,
    ledger_by_day,
    stock_by_material,
    stock_trend,
)
from inventory.forms import StockCountForm, ThresholdForm
from inventory.ledger.snapshots import Flow, InventorySnapshot, StockChange
from inventory.models import StockCount, StockMovement, StockThreshold, set_threshold
from inventory.module import STOCK_COUNTS
from records.pages.dates import DATE_PARAMETER, Day, PagePeriod, day_of
from records.registry import modules
from records.templatetags.figures import signed_tons
from sites.dates import each_day
from sites.models import Category, Material, User
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, manages, page_scope, page_site, require_manager

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

TEN_DAYS = 10
FLOW_LABELS = {
    Flow.PRODUCED: gettext_lazy("Produced"),
    Flow.RECEIVED: gettext_lazy("Received"),
    Flow.CONSUMED: gettext_lazy("Consumed"),
    Flow.DISPATCHED: gettext_lazy("Dispatched"),
    Flow.USED: gettext_lazy("Used on site"),
    Flow.DISPOSED: gettext_lazy("Disposed on site"),
}


type FlowLabels = Mapping[Flow, "StrPromise"]


def shown_flows(changes: Iterable[StockChange]) -> FlowLabels:
    """Return the flows that a table of these changes has columns for.

    Those of what stays on site only where there is any: most sites have none.
    """
    listed = list(changes)
    return {
        flow: label
        for flow, label in FLOW_LABELS.items()
        if flow not in (Flow.USED, Flow.DISPOSED) or any(getattr(change, flow) for change in listed)
    }


class LedgerCell(NamedTuple):
    """A figure of the ledger as a person reads it, its CSS class, and the address of its records."""

    label: str
    text: str
    css_class: str = ""
    href: str = ""


def _no_records(_flow: Flow | None) -> str:
    return ""


def ledger_cells(
    stock: StockPeriod,
    flows: FlowLabels,
    *,
    records_of: Callable[[Flow | None], str] = _no_records,
    is_negative: bool = False,
) -> Iterator[LedgerCell]:
    """Yield the stock of some days from its opening to its closing; what did not change it is left empty.

    `records_of` returns the address of the records of a flow, or of the counts for None.
    """
    change = stock.change
    moved: list[Decimal] = [getattr(change, flow) for flow in flows]
    opening, *texts, closing = written_each([stock.opening_ton, *moved, stock.closing_ton], 2)
    labels = ledger_headings(flows)
    yield LedgerCell(labels[0], opening)
    for label, flow, moved_ton, text in zip(labels[1:-2], flows, moved, texts, strict=True):
        cell = (text, "", records_of(flow)) if moved_ton else ("",)
        yield LedgerCell(label, *cell)
    cell = (signed_tons(change.adjustment_ton), "", records_of(None)) if change.counts else ("",)
    yield LedgerCell(labels[-2], *cell)
    css_class = " stock__closing stock__closing--negative" if is_negative else " stock__closing"
    yield LedgerCell(labels[-1], closing, css_class)


def ledger_headings(flows: FlowLabels) -> tuple[str, ...]:
    """Return the labels of the cells."""
    return _labels(tuple(flows), get_language())


@cache
def _labels(flows: tuple[Flow, ...], _language: str | None) -> tuple[str, ...]:
    """Look up the labels once for a table of many."""
    return (_("Opening"), *(str(FLOW_LABELS[flow]) for flow in flows), _("Adjusted"), _("Closing"))


class StockLine:
    """A material on the page of the stock, as a person reads it."""

    def __init__(self, stock: MaterialStock, flows: FlowLabels, *, query: str, material_query: str) -> None:
        self.stock = stock
        self._flows = flows
        self.level = stock.level
        self.material = stock.level.material
        # What the addresses of its low mark and of its own page say.
        self._query = query
        self._material_query = material_query

    @property
    def category(self) -> str:
        return str(Category(self.material.category).label)

    @property
    def cells(self) -> Iterator[LedgerCell]:
        yield from ledger_cells(self.stock.period, self._flows, is_negative=self.level.is_negative)
        yield LedgerCell(_("Days of cover"), self.cover)

    @property
    def cover(self) -> str:
        """Return for how many days the stock lasts, whole ones from ten on; empty where none left."""
        days = self.stock.days_of_cover
        if days is None:
            return ""
        decimals = 0 if days >= TEN_DAYS else 1
        shown = days.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
        return written(shown, decimals)

    @property
    def sparkline(self) -> SafeString:
        label = _("Stock of %(material)s, the last %(days)d days") % {
            "material": self.material.name,
            "days": COVER_DAYS,
        }
        return sparkline(self.stock.closings, label=label, width=96, height=24)

    @property
    def address(self) -> str:
        """Return the page of the material, its last days up to the date."""
        return f"{_material_path(settings.ROOT_URLCONF, self.material.pk)}?{self._material_query}"

    @property
    def low_mark_address(self) -> str:
        """Return where the low mark of the material is set."""
        return f"{reverse('inventory:threshold', args=[self.material.pk])}?{self._query}"


@lru_cache(maxsize=1024)
def _material_path(_urlconf: str, material_id: int) -> str:
    """Look up the path of a material's page once."""
    return reverse("inventory:material", args=[material_id])


class StockPage:
    """The stock of a site, or of all of a person's, on a date; narrowed to a category, or to a name."""

    def __init__(self, request: HttpRequest) -> None:
        self.scope: Scope = page_scope(request)
        self.day: Day = day_of(request)
        chosen = request.GET.get("category", "")
        self.category = Category(chosen) if chosen in Category else None
        self.text = request.GET.get("q", "").strip()[:100]

    @cached_property
    def everything(self) -> list[StockLine]:
        stocks = stock_by_material(self.scope.sites, date=self.day.date)
        # Of several sites the material's page follows the latest of their days, this one the earliest.
        follows = self.day.is_default and self.scope.site is not None
        ends = {} if follows else {"to": self.day.date.isoformat()}
        material_query = urlencode({SITE_PARAMETER: self.scope.code, **ends})
        flows = shown_flows(stock.day for stock in stocks)
        return [StockLine(stock, flows, query=self.query, material_query=material_query) for stock in stocks]

    @cached_property
    def lines(self) -> list[StockLine]:
        return [line for line in self.everything if self._matches(line)]

    def line_of(self, material_id: int) -> StockLine | None:
        """Return the line of a material; None where it has none."""
        found = (line for line in self.everything if line.level.material.pk == material_id)
        return next(found, None)

    @property
    def categories(self) -> list[tuple[str, str, bool]]:
        """Return the value, the label and whether it is chosen of each category."""
        return [(category.value, str(category.label), category is self.category) for category in Category]

    @cached_property
    def may_mark(self) -> bool:
        """Return whether the page is about one site, whose low marks the person may set."""
        return self.scope.site is not None and manages(self.scope.site)

    @property
    def is_narrowed(self) -> bool:
        return self.category is not None or bool(self.text)

    @property
    def low(self) -> list[StockLine]:
        return [line for line in self.everything if line.level.is_low]

    @property
    def negative(self) -> list[StockLine]:
        return [line for line in self.everything if line.level.is_negative]

    @property
    def total_cells(self) -> Iterator[LedgerCell]:
        """Return what changed stock on the date, over the lines shown."""
        period = sum((line.stock.period for line in self.lines), StockPeriod())
        return ledger_cells(period, self._flows)

    @property
    def headings(self) -> tuple[str, ...]:
        return ledger_headings(self._flows)

    @property
    def _flows(self) -> FlowLabels:
        return shown_flows(line.stock.day for line in self.everything)

    @property
    def total_ton(self) -> Decimal:
        """Return the stock of the date, whatever the lines are narrowed to."""
        return sum((line.level.closing_ton for line in self.everything), NO_TONS)

    @property
    def query(self) -> str:
        """Return the page's own address after the question mark, which the parts of the page lead back to."""
        return self._query_for(None if self.day.is_default else self.day.date)

    @property
    def cleared_query(self) -> str:
        """Return the query of this page with all materials."""
        date = {} if self.day.is_default else {DATE_PARAMETER: self.day.date.isoformat()}
        return urlencode({SITE_PARAMETER: self.scope.code, **date})

    @property
    def before_query(self) -> str:
        return self._query_for(self.day.before) if self.day.before else ""

    @property
    def after_query(self) -> str:
        return self._query_for(self.day.after) if self.day.after else ""

    @property
    def today_query(self) -> str:
        return self._query_for(None)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what the switch of the day keeps."""
        return [(name, value) for name, value in self._parameters(None).items() if name != DATE_PARAMETER]

    def _query_for(self, date: dt.date | None) -> str:
        return urlencode(self._parameters(date))

    def _parameters(self, date: dt.date | None) -> dict[str, str]:
        parameters = {
            SITE_PARAMETER: self.scope.code,
            DATE_PARAMETER: date.isoformat() if date else "",
            "category": self.category.value if self.category else "",
            "q": self.text,
        }
        return {name: value for name, value in parameters.items() if value}

    def _matches(self, line: StockLine) -> bool:
        if self.category is not None and line.level.material.category != self.category:
            return False
        return self.text.casefold() in f"{line.level.material.code} {line.level.material.name}".casefold()


@dataclass(frozen=True, slots=True)
class StockRow:
    """A date of the ledger."""

    date: dt.date
    is_counted: bool
    cells: Sequence[LedgerCell]


class MaterialPage:
    """A material at a site, or at all of a person's, over the dates of the page."""

    def __init__(self, request: HttpRequest, material: Material) -> None:
        self.material = material
        self.scope: Scope = page_scope(request)
        self.period = PagePeriod(request, self.scope)

    @property
    def last(self) -> dt.date:
        return self.period.dates.last

    @cached_property
    def places(self) -> list[SiteClosing]:
        """Return where the material lies, or should lie, at the end of the last date."""
        return closings_of(self.material, self.scope.sites, date=self.last)

    @property
    def closing_ton(self) -> Decimal:
        return sum((place.closing_ton for place in self.places), NO_TONS)

    @cached_property
    def days(self) -> dict[dt.date, StockPeriod]:
        """Return the days on which the material moved or was counted, newest first."""
        dates = self.period.dates
        return ledger_by_day(
            InventorySnapshot.objects.filter(material=self.material),
            self.scope.sites,
            first=dates.first,
            last=dates.last,
            closing_ton=self.closing_ton,
        )

    @property
    def low_ton(self) -> Decimal | None:
        """Return the low mark where the page is about one site that has one."""
        return self.places[0].low_ton if self.scope.site is not None and self.places else None

    @property
    def low(self) -> list[SiteClosing]:
        """Return the sites at which stock is below their low mark."""
        return [place for place in self.places if place.is_low]

    @property
    def negative(self) -> list[SiteClosing]:
        """Return the sites at which stock is below zero."""
        return [place for place in self.places if place.closing_ton < NO_TONS]

    @property
    def low_mark_address(self) -> str:
        """Return where the low mark is set; empty for who may not set it."""
        if self.scope.site is None or not manages(self.scope.site):
            return ""
        address = reverse("inventory:threshold", args=[self.material.pk])
        return f"{address}?{urlencode({SITE_PARAMETER: self.scope.code})}"

    @property
    def dates_query(self) -> str:
        return urlencode({"from": self.period.dates.first.isoformat(), "to": self.last.isoformat()})

    @property
    def stock_query(self) -> str:
        """Return what leads to the stock of all materials at the end of the last date."""
        return urlencode({SITE_PARAMETER: self.scope.code, "date": self.last.isoformat()})

    @property
    def drawing(self) -> SafeString:
        """Return the stock at the end of each day as a chart, with its low mark and its counts."""
        dates = tuple(each_day(self.period.dates.first, self.last))
        changes = {date: day.change for date, day in self.days.items()}
        # A count at one of several sites says nothing of their stock together.
        counted = self.days if self.scope.site is not None else {}
        counts = {date: day.closing_ton for date, day in counted.items() if day.change.counts}
        stock = stock_trend(self.closing_ton, dates=dates, changes=changes)
        mark = None if self.low_ton is None else Threshold(_("Low mark"), self.low_ton)
        series = [Series(_("Stock"), stock, Mark.AREA, style=PLAIN[0], threshold=mark)]
        if counts:
            series.append(Series(_("Counted"), [counts.get(date) for date in dates], Mark.LINE))
        chart = Chart(
            name="stock",
            title=_("Stock at the end of each day"),
            unit=_("t"),
            corner=_("Date"),
            positions=dates,
            series=series,
        )
        return panel(chart)

    @property
    def rows(self) -> Iterator[StockRow]:
        for date, day in self.days.items():
            yield StockRow(date, bool(day.change.counts), list(self._cells(day, date, date)))

    @property
    def total_cells(self) -> Iterator[LedgerCell]:
        """Yield the figures of the whole period, for the last row of the table."""
        change = sum((day.change for day in self.days.values()), NO_CHANGE)
        return self._cells(StockPeriod(change, self.closing_ton), self.period.dates.first, self.last)

    @cached_property
    def _flows(self) -> FlowLabels:
        return shown_flows(day.change for day in self.days.values())

    @property
    def headings(self) -> tuple[str, ...]:
        return ledger_headings(self._flows)

    def _cells(self, stock: StockPeriod, first: dt.date, last: dt.date) -> Iterator[LedgerCell]:
        return ledger_cells(stock, self._flows, records_of=lambda flow: self._records_of(flow, first, last))

    def _records_of(self, flow: Flow | None, first: dt.date, last: dt.date) -> str:
        """Return the list of the records of a flow, or of the counts; empty where no module has any."""
        if flow is None:
            return self._list(STOCK_COUNTS.slug, first, last)
        for module in modules():
            if issubclass(module.model, StockMovement) and flow in module.model.flows():
                return self._list(module.slug, first, last, **module.model.list_filter(flow))
        return ""

    def _list(self, slug: str, first: dt.date, last: dt.date, **filters: str) -> str:
        dates = {"from": first.isoformat(), "to": last.isoformat()}
        query = {SITE_PARAMETER: self.scope.code, **dates, "material": str(self.material.pk), **filters}
        return f"{reverse(f'{slug}:list')}?{urlencode(query)}"


# --- The views


@require_safe
def stock(request: HttpRequest) -> HttpResponse:
    """Show what is in stock of each material on a date."""
    return render(request, "inventory/stock.html", {"stock": StockPage(request)})


@require_safe
def material(request: HttpRequest, material_id: int) -> HttpResponse:
    """Show the ledger of a material day by day. Raises Http404 for one that is not there."""
    found = get_object_or_404(Material, pk=material_id)
    return render(request, "inventory/material.html", {"page": MaterialPage(request, found)})


@require_http_methods(["GET", "HEAD", "POST"])
def threshold(request: HttpRequest, material_id: int) -> HttpResponse:
    """Set below how many tons a material is low at a site: in its line of the stock, or on a page of its own.

    Raises Http404 for a site that the person does not see, and where no one site is named; PermissionDenied
    below manager.
    """
    site = page_site(request)
    require_manager(site)
    material = get_object_or_404(Material, pk=material_id)
    if "cancel" in request.GET:
        return _stock_line(request, material)
    known = StockThreshold.objects.filter(site=site, material=material).first()
    form = ThresholdForm(
        request.POST if request.method == "POST" else None, instance=known, auto_id=f"mark-{material.pk}-%s"
    )
    use_decimal_mark(form.fields.values(), site.decimal_mark)
    if request.method != "POST" or not form.is_valid():
        return _threshold_form(request, material, form)
    assert isinstance(request.user, User)
    low_ton = form.cleaned_data["low_ton"]
    set_threshold(site=site, material=material, low_ton=low_ton, by=request.user)
    if request.headers.get("HX-Target"):
        return _stock_line(request, material, is_new=True)
    messages.success(request, _("The low mark of %(material)s is kept.") % {"material": material.name})
    return redirect(f"{reverse('inventory:stock')}?{StockPage(request).query}")


def _threshold_form(request: HttpRequest, material: Material, form: ThresholdForm) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page = StockPage(request)
    address = f"{reverse('inventory:threshold', args=[material.pk])}?{page.query}"
    context = {"stock": page, "material": material, "form": form, "address": address}
    if not request.headers.get("HX-Target"):
        return render(request, "inventory/threshold.html", context, status=status)
    context["line"] = page.line_of(material.pk)
    return render(request, "inventory/stock.html#row", context, status=status)


def _stock_line(request: HttpRequest, material: Material, *, is_new: bool = False) -> HttpResponse:
    """Show the line of a material, if it has one, and the total stock."""
    page = StockPage(request)
    context = {"stock": page, "line": page.line_of(material.pk), "is_new": is_new}
    return render(request, "inventory/stock.html#marked", context)


@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """Show the typed count and the book stock; `?record=` is the count that is being corrected.

    Raises Http404 for a site or a count that the person does not see, and where no one site is named.
    """
    site = page_site(request)
    record = None
    if "record" in request.GET:
        counts = StockCount.objects.for_user(request.user).filter(site=site)
        record = get_object_or_404(counts, pk=_number(request.GET["record"]))
    form = StockCountForm(request.GET.dict(), site=site, instance=record)
    form.full_clean()
    return render(request, "inventory/_comparison.html", {"comparison": form.comparison})


def _number(text: str) -> int:
    """Return a record's id from an address. Raises Http404 for what is none."""
    if (number := whole_number(text)) is None:
        raise Http404
    return number

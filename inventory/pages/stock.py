"""What the page of the stock shows for a request."""

from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from charts.sparkline import sparkline
from core.db.fields import NO_TONS
from inventory.figures import COVER_DAYS, NO_CHANGE, MaterialStock, stock_by_material
from inventory.ledger.snapshots import StockChange
from records.pages.dates import DATE_PARAMETER, Day, day_of
from sites.managing import manages
from sites.models import Category
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import Scope, page_scope

if TYPE_CHECKING:
    import datetime as dt

TEN_DAYS = 10


class StockLine:
    """A material on the page of the stock, as a person reads it."""

    def __init__(self, stock: MaterialStock, *, query: str, material_query: str) -> None:
        self.stock = stock
        self.level = stock.level
        # What the addresses of its low mark and of its own page say.
        self._query = query
        self._material_query = material_query

    @property
    def category(self) -> str:
        return str(Category(self.level.material.category).label)

    @property
    def cover(self) -> str:
        """Return for how many days the stock lasts, whole ones from ten on; empty where none left."""
        days = self.stock.days_of_cover
        if days is None:
            return ""
        decimals = 0 if days >= TEN_DAYS else 1
        shown = days.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)
        return number_format(shown, decimals, use_l10n=True, force_grouping=True)

    @property
    def sparkline(self) -> SafeString:
        label = _("Stock of %(material)s, the last %(days)d days") % {
            "material": self.level.material.name,
            "days": COVER_DAYS,
        }
        return sparkline(self.stock.closings, label=label, width=96, height=24)

    @property
    def address(self) -> str:
        """Return the page of the material, its last days up to the date."""
        return f"{reverse('inventory:material', args=[self.level.material.pk])}?{self._material_query}"

    @property
    def low_mark_address(self) -> str:
        """Return where the low mark of the material is set."""
        return f"{reverse('inventory:threshold', args=[self.level.material.pk])}?{self._query}"


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
        return [StockLine(stock, query=self.query, material_query=material_query) for stock in stocks]

    @cached_property
    def lines(self) -> list[StockLine]:
        return [line for line in self.everything if self._matches(line)]

    def line_of(self, material_id: int) -> StockLine | None:
        """Return the line of a material; None where it has none."""
        found = (line for line in self.everything if line.level.material.pk == material_id)
        return next(found, None)

    @property
    def categories(self) -> list[tuple[str, str]]:
        return [(category.value, str(category.label)) for category in Category]

    @property
    def may_mark(self) -> bool:
        """Say whether the page is about one site, whose low marks the person may set."""
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

    @cached_property
    def change(self) -> StockChange:
        """Return what changed stock on the date, over the lines shown."""
        return sum((line.stock.day for line in self.lines), NO_CHANGE)

    @property
    def opening_ton(self) -> Decimal:
        return sum((line.stock.opening_ton for line in self.lines), NO_TONS)

    @property
    def closing_ton(self) -> Decimal:
        return sum((line.level.closing_ton for line in self.lines), NO_TONS)

    @property
    def total_ton(self) -> Decimal:
        """Return the stock of the date, whatever the lines are narrowed to."""
        return sum((line.level.closing_ton for line in self.everything), NO_TONS)

    @property
    def query(self) -> str:
        """Return the page's own address after the question mark, which the parts of the page lead back to."""
        return self._query_for(None if self.day.is_default else self.day.date)

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

    def _query_for(self, date: "dt.date | None") -> str:
        return urlencode(self._parameters(date))

    def _parameters(self, date: "dt.date | None") -> dict[str, str]:
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

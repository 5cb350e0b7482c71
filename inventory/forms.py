"""The forms of stock counts and of low marks."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from charts.numbers import exact
from core.db.fields import NO_TONS
from core.numbers import change_percent
from inventory.ledger import write
from inventory.ledger.write import MaterialAtSite, Place
from inventory.models import InventorySnapshot, StockCount, StockThreshold
from records.forms import CodedChoiceField, RecordForm
from records.templatetags.figures import tons as shown_tons
from records.warnings import Findings
from sites.models import MasterData

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

TENTH = Decimal("0.1")
# The fields of a count that its comparison depends on.
COMPARED = ("date", "material", "counted_ton")


class StockedMaterialField(CodedChoiceField):
    """A material; an inactive one stays a choice, the last, as long as the site's stock of it is not zero."""

    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().order_by("-is_active", "position", "code")

    def accepted_inactive(self) -> models.Q:
        in_stock = InventorySnapshot.objects.in_stock_though_inactive(self.site)
        return super().accepted_inactive() | models.Q(pk__in=in_stock.values("material"))

    def label_from_instance(self, obj: MasterData) -> str:
        return str(obj) if obj.is_active else _("%(material)s (inactive)") % {"material": obj}


class ThresholdForm(forms.ModelForm[StockThreshold]):
    """The tons below which a material is low; an empty field removes the low mark."""

    class Meta:
        model = StockThreshold
        fields = ("low_ton",)
        labels: ClassVar = {"low_ton": _("Low below, tons")}
        help_texts: ClassVar = {"low_ton": _("Leave empty for no mark.")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["low_ton"].required = False
        self.fields["low_ton"].widget.attrs["autofocus"] = True


# --- The book stock of a material at the end of a day, and its difference from a count


@dataclass(frozen=True, slots=True)
class BookStock:
    """The closing of a day without a count, in tons."""

    opening_ton: Decimal = NO_TONS
    in_ton: Decimal = NO_TONS
    out_ton: Decimal = NO_TONS

    @property
    def ton(self) -> Decimal:
        return self.opening_ton + self.in_ton - self.out_ton

    @classmethod
    def of(cls, row: InventorySnapshot) -> "BookStock":
        """Return the book stock of a row of the ledger, without its count."""
        return cls(row.opening_ton, row.in_ton, row.out_ton)


def book_on(place: Place, *, without: Place | None = None) -> BookStock:
    """Return the book stock of a day, without a count of that day.

    `without` is an earlier day of the same material and site whose count is left out too.
    """
    book = BookStock.of(write.row_on(place))
    if without is None or without.line != place.line or without.date >= place.date:
        return book
    following = write.next_count(without.day_after)
    if following is not None and following < place.date:
        return book
    return replace(book, opening_ton=book.opening_ton - write.row_on(without).adjustment_ton)


class CachedBookStock:
    """The book stock for many counts: the ledger of a material is read once, for its first count."""

    def __init__(self) -> None:
        self._lines: dict[MaterialAtSite, tuple[list[dt.date], list[InventorySnapshot]]] = {}

    def book_on(self, place: Place) -> BookStock:
        """Return the book stock of a day, as it was when the ledger was read."""
        if place.line not in self._lines:
            rows = list(InventorySnapshot.objects.of(*place.line).order_by("date"))
            self._lines[place.line] = [row.date for row in rows], rows
        dates, rows = self._lines[place.line]
        number = bisect_right(dates, place.date)
        if not number:
            return BookStock()
        row = rows[number - 1]
        return BookStock.of(row) if row.date == place.date else BookStock(row.closing_ton)


@dataclass(frozen=True)
class StockComparison:
    """A count and the book stock; `counted_ton` is None until something is counted."""

    date: dt.date
    book: BookStock
    counted_ton: Decimal | None
    tolerance_percent: Decimal

    @property
    def difference_ton(self) -> Decimal:
        """Return the count less the book stock, in tons."""
        return NO_TONS if self.counted_ton is None else self.counted_ton - self.book.ton

    @property
    def percent(self) -> Decimal:
        """Return the difference in percent of the book stock; 100 where that is 0."""
        if self.counted_ton is None:
            return Decimal(0)
        return change_percent(now=self.counted_ton, before=self.book.ton)

    @property
    def needs_reason(self) -> bool:
        """Return whether the difference is more than the site tolerates."""
        if not self.book.ton:
            return bool(self.difference_ton)
        return abs(self.percent) > self.tolerance_percent

    @property
    def seen_as(self) -> str:
        """Return the text by which a form confirms that it showed this comparison."""
        return f"{self.book.ton:.3f} {self.counted_ton:.3f}"

    @property
    def shown_percent(self) -> str:
        """Return the difference in percent, rounded away from the tolerance."""
        rounding = ROUND_UP if self.needs_reason else ROUND_DOWN
        return _percent(abs(self.percent).quantize(TENTH, rounding=rounding))

    @property
    def shown_tolerance(self) -> str:
        return _percent(self.tolerance_percent)

    @property
    def reason_request(self) -> str:
        """Return the sentence that requests the reason of the difference."""
        figures = {
            "counted": shown_tons(self.counted_ton),
            "book": shown_tons(self.book.ton),
            "percent": self.shown_percent,
            "tolerance": self.shown_tolerance,
        }
        if not self.book.ton:
            words = _now(
                "Counted %(counted)s t, but the book stock is 0. Explain in the notes where it comes from."
            )
        else:
            words = _now(
                "Counted %(counted)s t, book stock %(book)s t: the difference of %(percent)s is more than the"
                " %(tolerance)s that this site tolerates. Explain it in the notes."
            )
        return words % figures


def _percent(number: Decimal) -> str:
    return f"{exact(number)}\N{NO-BREAK SPACE}%"


class StockCountForm(RecordForm[StockCount]):
    """A count, compared with the book stock; a difference beyond the site's tolerance needs a reason.

    For programs a missing reason is a warning, and the count is saved.
    """

    preview_template = "inventory/_book.html"

    class Meta:
        model = StockCount
        fields = ("date", "material", "counted_ton", "notes")
        field_classes: ClassVar = {"material": StockedMaterialField}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self._stored = None if self.instance._state.adding else self.instance.place
        self._cached_book: CachedBookStock | None = None
        for name in COMPARED:
            self.fields[name].widget.attrs |= self._refreshing()

    @property
    def aside_id(self) -> str:
        """Return the id of the element that shows the comparison."""
        assert isinstance(self.auto_id, str)
        return self.auto_id % "book"

    @property
    def comparison(self) -> StockComparison | None:
        """Return the count and the book stock; None until there are a date and a material."""
        if not self.is_bound:
            return self._compare(self._stored, self.instance.counted_ton)
        cleaned = self.cleaned_data
        if cleaned.get("date") is None or cleaned.get("material") is None:
            return None
        place = Place(self.site.pk, cleaned["material"].pk, cleaned["date"])
        return self._compare(place, cleaned.get("counted_ton"))

    def needs_preview(self) -> bool:
        comparison = self.comparison
        if comparison is None or comparison.counted_ton is None:
            return False
        return self.data.get("seen") != comparison.seen_as

    def remember(self) -> None:
        super().remember()
        self._cached_book = CachedBookStock()

    def clean(self) -> None:
        super().clean()
        message = self._missing_reason() if self.is_interactive else ""
        if message:
            self.add_error("notes", ValidationError(message, code="reason_needed"))

    def find_warnings(self, before: StockCount | None) -> Findings:
        found = super().find_warnings(before)
        message = "" if self.is_interactive else self._missing_reason()
        return found._replace(new=(*found.new, message)) if message else found

    def _missing_reason(self) -> str:
        """Return the sentence that requests a reason of the difference; empty where none is needed."""
        if "notes" not in self.cleaned_data or self.cleaned_data["notes"]:
            return ""
        if self._stored is not None and not self.has_changed():
            return ""
        comparison = self.comparison
        return comparison.reason_request if comparison is not None and comparison.needs_reason else ""

    def _compare(self, place: Place | None, counted_ton: Decimal | None) -> StockComparison | None:
        if place is None:
            return None
        book = (
            book_on(place, without=self._own_place())
            if self._cached_book is None
            else self._cached_book.book_on(place)
        )
        return StockComparison(place.date, book, counted_ton, self.site.count_tolerance_percent)

    def _own_place(self) -> Place | None:
        """Return the stored place of this count in the ledger, which a new date or material changes."""
        if self._stored is None:
            return None
        own = StockCount.objects.filter(pk=self.instance.pk).first()
        return own.place if own is not None else None

    def _refreshing(self) -> "dict[str, Text]":
        """Return the attributes by which the browser reloads the comparison when a field changes."""
        query = {"site": self.site.code}
        if self._stored is not None:
            query["record"] = str(self.instance.pk)
        return {
            "hx-get": format_lazy(
                "{book}?{query}", book=reverse_lazy("inventory:book"), query=urlencode(query)
            ),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": f"#{self.aside_id}",
            "hx-swap": "innerHTML",
            "hx-include": "closest form",
            "hx-params": ",".join(COMPARED),
            "hx-sync": f"#{self.aside_id}:replace",
        }

"""The book stock of a material at the end of a day, and its difference from a count."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.db.fields import NO_TONS
from inventory.ledger import write
from inventory.ledger.snapshots import InventorySnapshot
from inventory.ledger.write import Line, Place
from records.periods import change_percent
from records.templatetags.figures import tons as shown_tons

TENTH = Decimal("0.1")


class BookStock(NamedTuple):
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
    return book._replace(opening_ton=book.opening_ton - write.row_on(without).adjustment_ton)


class CachedBookStock:
    """The book stock for many counts: the ledger of a material is read once, for its first count."""

    def __init__(self) -> None:
        self._lines: dict[Line, tuple[list[dt.date], list[InventorySnapshot]]] = {}

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
class Comparison:
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
            words = _(
                "Counted %(counted)s t, but the book stock is 0. Explain in the notes where it comes from."
            )
        else:
            words = _(
                "Counted %(counted)s t, book stock %(book)s t: the difference of %(percent)s is more than the"
                " %(tolerance)s that this site tolerates. Explain it in the notes."
            )
        return words % figures


def _percent(number: Decimal) -> str:
    shown = number_format(number.normalize(), use_l10n=True, force_grouping=True)
    return f"{shown}\N{NO-BREAK SPACE}%"

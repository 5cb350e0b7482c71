"""What the books say is in stock, and how far a count is from it."""

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


class Book(NamedTuple):
    """What closes a day where nothing is counted, in tons."""

    opening_ton: Decimal = NO_TONS
    in_ton: Decimal = NO_TONS
    out_ton: Decimal = NO_TONS

    @property
    def ton(self) -> Decimal:
        return self.opening_ton + self.in_ton - self.out_ton

    @classmethod
    def of(cls, row: InventorySnapshot) -> "Book":
        """Return what a row of the ledger says, its count left aside."""
        came_in, went_out = row.produced_ton + row.received_ton, row.consumed_ton + row.dispatched_ton
        return cls(row.opening_ton, came_in, went_out)


def book_on(place: Place, *, without: Place | None = None) -> Book:
    """Return the book of a day, any count of that day left aside.

    `without` is an earlier day of the same line whose count goes away too.
    """
    book = Book.of(write.row_on(place))
    if without is None or without.line != place.line or without.date >= place.date:
        return book
    following = write.next_count(without.day_after)
    if following is not None and following < place.date:
        return book
    return book._replace(opening_ton=book.opening_ton - write.row_on(without).adjustment_ton)


class RememberedBooks:
    """The books for many counts: a material's line is read once, when its first count is met."""

    def __init__(self) -> None:
        self._lines: dict[Line, tuple[list[dt.date], list[InventorySnapshot]]] = {}

    def book_on(self, place: Place) -> Book:
        """Return the book of a day, as it was when the line was read."""
        if place.line not in self._lines:
            rows = list(InventorySnapshot.objects.of(*place.line).order_by("date"))
            self._lines[place.line] = [row.date for row in rows], rows
        dates, rows = self._lines[place.line]
        number = bisect_right(dates, place.date)
        if not number:
            return Book()
        row = rows[number - 1]
        return Book.of(row) if row.date == place.date else Book(row.closing_ton)


@dataclass(frozen=True)
class Comparison:
    """A count beside the book; `counted_ton` is None as long as nothing is counted."""

    date: dt.date
    book: Book
    counted_ton: Decimal | None
    tolerance_percent: Decimal

    @property
    def difference_ton(self) -> Decimal:
        """Return what was counted less what the book says, in tons."""
        return NO_TONS if self.counted_ton is None else self.counted_ton - self.book.ton

    @property
    def percent(self) -> Decimal:
        """Return the difference in percent of what the book says; 100 of nothing."""
        if self.counted_ton is None:
            return Decimal(0)
        return change_percent(now=self.counted_ton, before=self.book.ton)

    @property
    def needs_reason(self) -> bool:
        """Say whether the count is further from the book than the site tolerates."""
        if not self.book.ton:
            return bool(self.difference_ton)
        return abs(self.percent) > self.tolerance_percent

    @property
    def seen_as(self) -> str:
        """Return by what a form says that it showed this very comparison."""
        return f"{self.book.ton:.3f} {self.counted_ton:.3f}"

    @property
    def shown_percent(self) -> str:
        """Return by how many percent they differ, rounded away from what the site tolerates."""
        rounding = ROUND_UP if self.needs_reason else ROUND_DOWN
        return _percent(abs(self.percent).quantize(TENTH, rounding=rounding))

    @property
    def shown_tolerance(self) -> str:
        return _percent(self.tolerance_percent)

    @property
    def reason_asked(self) -> str:
        """Return the sentence that asks for the reason of the difference."""
        figures = {
            "counted": shown_tons(self.counted_ton),
            "book": shown_tons(self.book.ton),
            "percent": self.shown_percent,
            "tolerance": self.shown_tolerance,
        }
        if not self.book.ton:
            words = _(
                "Counted %(counted)s t, the books say there is none: say in the notes where it comes from."
            )
        else:
            words = _(
                "Counted %(counted)s t, the books say %(book)s t: %(percent)s off, more than the"
                " %(tolerance)s of this site: say why in the notes."
            )
        return words % figures


def _percent(number: Decimal) -> str:
    shown = number_format(number.normalize(), use_l10n=True, force_grouping=True)
    return f"{shown}\N{NO-BREAK SPACE}%"

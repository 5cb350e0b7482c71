"""The cards of the dashboard: a figure, its change and trend, and the list of its records."""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.numbers import written, written_each
from charts.sparkline import sparkline
from core.db.fields import NO_TONS
from core.numbers import change_percent
from dashboard.addresses import day_address, fragment_query, page_address, records_address
from equipment.figures import NO_HOURS, machine_hours_by_day
from inventory.figures import NO_CHANGE, changes_by_day, current_stock, stock_trend
from inventory.ledger.snapshots import StockChange
from manpower.figures import headcount_by_day
from production.figures import output_by_day
from production.models import Meaning
from records.pages.dates import ONE_DAY, Day, shown_date
from sites.dates import days_until
from sites.models import Site, working_days

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

TREND_DAYS = 14
TONS = gettext_lazy("t")
ARROWS = {"up": "\N{UPWARDS ARROW}", "down": "\N{DOWNWARDS ARROW}", "flat": "="}


@dataclass(frozen=True)
class DayFigures:
    """The figures of a date and of the days before it, each read once and only when it is used.

    All of them together take six queries, whatever the number of sites, materials and years.
    """

    sites: Sequence[Site]
    date: dt.date

    @cached_property
    def dates(self) -> tuple[dt.date, ...]:
        """Return the date and the ones before it, oldest first."""
        return days_until(self.date, count=TREND_DAYS)

    @cached_property
    def worked(self) -> frozenset[dt.date]:
        """Return the dates on which any of the sites works."""
        return frozenset().union(*working_days(self.sites, first=self.dates[0], last=self.date).values())

    @cached_property
    def production(self) -> tuple[Decimal, ...]:
        """Return the output of each date, in tons."""
        made = output_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(made.get(date, NO_TONS) for date in self.dates)

    @cached_property
    def received(self) -> tuple[Decimal, ...]:
        """Return the tons received on each date."""
        return self._each(lambda change: change.received_ton)

    @cached_property
    def dispatched(self) -> tuple[Decimal, ...]:
        """Return the tons dispatched on each date."""
        return self._each(lambda change: change.dispatched_ton)

    @cached_property
    def stock(self) -> tuple[Decimal, ...]:
        """Return the tons in stock at the end of each date."""
        closing = current_stock(self.sites, date=self.date)
        return stock_trend(closing, dates=self.dates, changes=self._changes)

    @cached_property
    def machine_hours(self) -> tuple[Decimal, ...]:
        """Return the hours that machines ran on each date; an hour of one unit counts once."""
        ran = machine_hours_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(ran.get(date, NO_HOURS) for date in self.dates)

    @cached_property
    def headcount(self) -> tuple[Decimal, ...]:
        """Return the people at work on each date, counted in each of their shifts."""
        worked = headcount_by_day(self.sites, first=self.dates[0], last=self.date)
        return tuple(Decimal(worked.get(date, 0)) for date in self.dates)

    @cached_property
    def _changes(self) -> dict[dt.date, StockChange]:
        return changes_by_day(self.sites, first=self.dates[0], last=self.date)

    def _each(self, tons_of: Callable[[StockChange], Decimal]) -> tuple[Decimal, ...]:
        return tuple(tons_of(self._changes.get(date, NO_CHANGE)) for date in self.dates)


@dataclass(frozen=True, slots=True)
class CardDefinition:
    """A card: its figure, how it is shown, and the page of its records."""

    name: str
    label: "StrPromise"
    series: Callable[[DayFigures], tuple[Decimal, ...]]
    # The page of the records, and its filters besides site and date.
    url_name: str
    unit: "StrPromise"
    decimals: int = 2
    filters: tuple[tuple[str, str], ...] = ()
    # A level, such as stock, can be compared while the day is running; a sum of the day has only begun.
    is_level: bool = False

    def records(self, scope_code: str, date: dt.date) -> str:
        """Return the list of the records, or for a level the page of the day; empty without its module."""
        if self.is_level:
            return day_address(self.url_name, scope_code, date)
        return records_address(self.url_name, scope_code, *self.filters, first=date, last=date)


CARDS = {
    definition.name: definition
    for definition in (
        CardDefinition(
            name="production",
            label=gettext_lazy("Production"),
            series=lambda figures: figures.production,
            url_name="production:list",
            unit=TONS,
            filters=(("counts_as", Meaning.OUTPUT),),
        ),
        CardDefinition(
            name="received",
            label=gettext_lazy("Received"),
            series=lambda figures: figures.received,
            url_name="received:list",
            unit=TONS,
        ),
        CardDefinition(
            name="dispatched",
            label=gettext_lazy("Dispatched"),
            series=lambda figures: figures.dispatched,
            url_name="dispatch:list",
            unit=TONS,
        ),
        CardDefinition(
            name="stock",
            label=gettext_lazy("Stock"),
            series=lambda figures: figures.stock,
            url_name="inventory:stock",
            unit=TONS,
            is_level=True,
        ),
        CardDefinition(
            name="machine-hours",
            label=gettext_lazy("Machine hours"),
            series=lambda figures: figures.machine_hours,
            url_name="equipment:list",
            unit=gettext_lazy("h"),
        ),
        CardDefinition(
            name="headcount",
            label=gettext_lazy("Headcount"),
            series=lambda figures: figures.headcount,
            url_name="manpower:list",
            unit=gettext_lazy("people"),
            decimals=0,
        ),
    )
}


class ComparedWith(Enum):
    """What of the day before a figure is compared with: the words after more or less, and after the same."""

    DAY = (gettext_lazy("than the day before"), gettext_lazy("as the day before"))
    # The day is still running; the one before is complete.
    WHOLE_DAY = (gettext_lazy("than the whole day before"), gettext_lazy("as the whole day before"))
    # A level, such as stock, at the end of the day before.
    LEVEL = (
        gettext_lazy("than at the end of the day before"),
        gettext_lazy("as at the end of the day before"),
    )


@dataclass(frozen=True)
class CardChange:
    """A figure, the one of the day before, and the change between them in words."""

    now: Decimal
    before: Decimal
    compared_with: ComparedWith
    # The last working day, where that was not the day before.
    worked: dt.date | None = None

    @cached_property
    def percent(self) -> Decimal:
        """Return the change in percent, without decimals, or with one below ten."""
        exact = change_percent(now=self.now, before=self.before)
        return exact.quantize(Decimal(1) if abs(exact) >= 10 else Decimal("0.1"), rounding=ROUND_HALF_UP)

    @property
    def direction(self) -> str:
        """Return the name of the arrow: up, down or flat."""
        return "up" if self.percent > 0 else "down" if self.percent else "flat"

    @property
    def arrow(self) -> str:
        """Return the arrow as a character, for pages with a great many."""
        return ARROWS[self.direction]

    @property
    def tone(self) -> str:
        """Return the colour: up, down or flat. Less than the whole day before is not bad news yet."""
        is_early = self.compared_with is ComparedWith.WHOLE_DAY and self.percent < 0
        return "flat" if is_early else self.direction

    @property
    def amount(self) -> str:
        """Return the text after the arrow."""
        if not self.percent:
            return _("The same")
        decimals = 1 if self.percent % 1 else 0
        number = written(abs(self.percent), decimals)
        sentence = _("%(percent)s more") if self.percent > 0 else _("%(percent)s less")
        return sentence % {"percent": f"{number}\N{NO-BREAK SPACE}%"}

    @property
    def comparison(self) -> str:
        """Return the text after the amount."""
        if self.worked is None:
            than, same_as = self.compared_with.value
            return str(than if self.percent else same_as)
        if self.compared_with is ComparedWith.WHOLE_DAY:
            words = _("than on the whole of %(day)s") if self.percent else _("as on the whole of %(day)s")
        else:
            words = _("than on %(day)s") if self.percent else _("as on %(day)s")
        return words % {"day": shown_date(self.worked, "l j M")}


def change_since_worked(
    value_on: Callable[[dt.date], Decimal], date: dt.date, worked: Collection[dt.date], *, is_running: bool
) -> CardChange | None:
    """Return the change of a sum since the last working day; None for a day off, or without such a day."""
    before = max((day for day in worked if day < date), default=None)
    if date not in worked or before is None:
        return None
    return CardChange(
        value_on(date),
        value_on(before),
        ComparedWith.WHOLE_DAY if is_running else ComparedWith.DAY,
        worked=before if before != date - ONE_DAY else None,
    )


@dataclass(frozen=True)
class Card:
    """A card of the dashboard for some sites on a date."""

    definition: CardDefinition
    figures: DayFigures
    day: Day
    scope_code: str

    @cached_property
    def series(self) -> tuple[Decimal, ...]:
        return self.definition.series(self.figures)

    @cached_property
    def texts(self) -> list[str]:
        """Return the figure of each date as a person reads it, oldest first."""
        return written_each(self.series, self.definition.decimals)

    @property
    def value(self) -> Decimal:
        return self.series[-1]

    @property
    def figure(self) -> str:
        """Return the value as a person reads it."""
        return self.texts[-1]

    @property
    def change(self) -> CardChange | None:
        """Return the change since the last working day, or of a level since the day before."""
        if self.definition.is_level:
            return CardChange(self.value, self.series[-2], ComparedWith.LEVEL)
        values = dict(zip(self.figures.dates, self.series, strict=True))
        return change_since_worked(
            values.__getitem__, self.day.date, self.figures.worked, is_running=self.day.is_running
        )

    @property
    def days(self) -> list[tuple[str, str]]:
        """Return each date with its figure as a person reads them, newest first."""
        dates = (shown_date(date, "D j M") for date in reversed(self.figures.dates))
        return list(zip(dates, reversed(self.texts), strict=True))

    @property
    def sparkline(self) -> SafeString:
        words = {"figure": self.definition.label, "days": TREND_DAYS}
        return sparkline(self.series, label=_("%(figure)s, the last %(days)d days") % words)

    @property
    def address(self) -> str:
        """Return the address of this card alone."""
        path = page_address("dashboard:card", self.definition.name)
        return f"{path}?{fragment_query(self.scope_code, self.day)}"

    @property
    def href(self) -> str:
        return self.definition.records(self.scope_code, self.day.date)

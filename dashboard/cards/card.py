"""The cards: a figure, how it changed, how it went, and the way to the records behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from django.utils.formats import date_format, number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from charts.sparkline import sparkline
from dashboard.addresses import day_address, fragment_query, page_address, records_address
from dashboard.cards.figures import TREND_DAYS, DayFigures
from production.module import OUTPUT
from records.pages.dates import Day
from records.periods import change_percent
from records.templatetags.figures import count, hours, tons

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class CardFace:
    """What tells one card from another."""

    name: str
    label: "StrPromise"
    series: Callable[[DayFigures], tuple[Decimal, ...]]
    # The page of the records behind the figure, and what narrows it to them beside site and date.
    url_name: str
    unit: "StrPromise"
    shown: Callable[[Decimal], str]
    narrowed_by: tuple[tuple[str, str], ...] = ()
    # A level, such as stock, can be compared while the day runs; a sum has only begun.
    is_level: bool = False


TONS = gettext_lazy("t")


def people(number: Decimal) -> str:
    """Show people, of whom there are only whole ones."""
    return count(int(number))


FACES = {
    face.name: face
    for face in (
        CardFace(
            name="production",
            label=gettext_lazy("Production"),
            series=lambda figures: figures.production,
            url_name="production:list",
            unit=TONS,
            shown=tons,
            narrowed_by=(("counts_as", OUTPUT),),
        ),
        CardFace(
            name="received",
            label=gettext_lazy("Received"),
            series=lambda figures: figures.received,
            url_name="received:list",
            unit=TONS,
            shown=tons,
        ),
        CardFace(
            name="dispatched",
            label=gettext_lazy("Dispatched"),
            series=lambda figures: figures.dispatched,
            url_name="dispatch:list",
            unit=TONS,
            shown=tons,
        ),
        CardFace(
            name="stock",
            label=gettext_lazy("Stock"),
            series=lambda figures: figures.stock,
            url_name="inventory:stock",
            unit=TONS,
            shown=tons,
            is_level=True,
        ),
        CardFace(
            name="machine-hours",
            label=gettext_lazy("Machine hours"),
            series=lambda figures: figures.machine_hours,
            url_name="equipment:list",
            unit=gettext_lazy("h"),
            shown=hours,
        ),
        CardFace(
            name="headcount",
            label=gettext_lazy("Headcount"),
            series=lambda figures: figures.headcount,
            url_name="manpower:list",
            unit=gettext_lazy("people"),
            shown=people,
        ),
    )
}


class Compared(Enum):
    """With what of the day before a figure is compared."""

    DAY = auto()
    # The day still runs; the one before is whole.
    WHOLE_DAY = auto()
    # A level, such as stock, is compared with where it stood.
    LEVEL = auto()

    @property
    def than(self) -> str:
        return {
            Compared.DAY: _("than the day before"),
            Compared.WHOLE_DAY: _("than the whole day before"),
            Compared.LEVEL: _("than at the end of the day before"),
        }[self]

    @property
    def alike(self) -> str:
        return {
            Compared.DAY: _("as the day before"),
            Compared.WHOLE_DAY: _("as the whole day before"),
            Compared.LEVEL: _("as at the end of the day before"),
        }[self]


@dataclass(frozen=True)
class Change:
    """How a figure differs from the day before's, as a person reads it."""

    now: Decimal
    before: Decimal
    compared: Compared

    @cached_property
    def percent(self) -> Decimal:
        """Return the change in percent, rounded for reading: whole, or a tenth below ten."""
        exact = change_percent(now=self.now, before=self.before)
        return exact.quantize(Decimal(1) if abs(exact) >= 10 else Decimal("0.1"), rounding=ROUND_HALF_UP)

    @cached_property
    def direction(self) -> str:
        """Return up, down or flat: the arrow."""
        if not self.percent:
            return "flat"
        return "up" if self.percent > 0 else "down"

    @property
    def tone(self) -> str:
        """Return up, down or flat: the colour. Less than a whole day before, so far, is no bad news yet."""
        if self.compared is Compared.WHOLE_DAY and self.direction == "down":
            return "flat"
        return self.direction

    @property
    def amount(self) -> str:
        """Return what stands beside the arrow."""
        if self.direction == "flat":
            return _("As much")
        decimals = 1 if self.percent % 1 else 0
        number = number_format(abs(self.percent), decimals, use_l10n=True, force_grouping=True)
        percent = f"{number}\N{NO-BREAK SPACE}%"
        sentence = _("%(percent)s more") if self.direction == "up" else _("%(percent)s less")
        return sentence % {"percent": percent}

    @property
    def compared_with(self) -> str:
        """Return what goes on after the amount."""
        return self.compared.alike if self.direction == "flat" else self.compared.than


@dataclass(frozen=True)
class Card:
    """A figure of the dashboard on a date, in the unit of its face."""

    face: CardFace
    figures: DayFigures
    day: Day
    scope_code: str

    @property
    def name(self) -> str:
        return self.face.name

    @cached_property
    def series(self) -> tuple[Decimal, ...]:
        return self.face.series(self.figures)

    @property
    def value(self) -> Decimal:
        return self.series[-1]

    @property
    def figure(self) -> str:
        """Return the value as a person reads it."""
        return self.face.shown(self.value)

    @cached_property
    def change(self) -> Change:
        compared = Compared.WHOLE_DAY if self.day.is_running else Compared.DAY
        if self.face.is_level:
            compared = Compared.LEVEL
        return Change(now=self.series[-1], before=self.series[-2], compared=compared)

    @property
    def table_rows(self) -> SafeString:
        """Return dates and figures, newest first, as rows of the table beside the drawing."""
        return _table_rows(self.figures.dates, self.series, self.face.shown, get_language())

    @property
    def sparkline(self) -> SafeString:
        label = _("%(figure)s, the last %(days)d days") % {"figure": self.face.label, "days": TREND_DAYS}
        return _drawing(self.series, label)

    @property
    def address(self) -> str:
        """Return where this card is fetched anew."""
        return f"{page_address('dashboard:card', self.name)}?{fragment_query(self.scope_code, self.day)}"

    @cached_property
    def href(self) -> str:
        """Return the page of the records behind the figure, of a level that of the day; empty without one."""
        date, url_name = self.day.date, self.face.url_name
        if self.face.is_level:
            return day_address(url_name, self.scope_code, date)
        return records_address(url_name, self.scope_code, *self.face.narrowed_by, first=date, last=date)


@lru_cache(maxsize=256)
def _table_rows(
    dates: tuple[dt.date, ...],
    series: tuple[Decimal, ...],
    shown: Callable[[Decimal], str],
    _language: str | None,
) -> SafeString:
    """Write the rows of a card's table, which are mostly what they were a minute ago."""
    return format_html_join(
        "\n",
        '<tr><th scope="row">{}</th><td class="num">{}</td></tr>',
        (
            (date_format(date, "D j M"), shown(amount))
            for date, amount in zip(reversed(dates), reversed(series), strict=True)
        ),
    )


@lru_cache(maxsize=256)
def _drawing(series: tuple[Decimal, ...], label: str) -> SafeString:
    """Draw a series, which is mostly what it was a minute ago."""
    return sparkline(series, label=label)

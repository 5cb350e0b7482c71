"""The ledger of a material as rows of a table: in Python, since a year has thousands of figures."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.drilldown import Behind
from inventory.figures import StockDay
from inventory.ledger.snapshots import Flow
from inventory.material_days import LedgerDay
from records.templatetags.figures import signed_tons, tons

FLOW_NAMES = {
    Flow.PRODUCED: gettext_lazy("Produced"),
    Flow.RECEIVED: gettext_lazy("Received"),
    Flow.CONSUMED: gettext_lazy("Consumed"),
    Flow.DISPATCHED: gettext_lazy("Dispatched"),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A material's stock from one date to another, both included, in tons."""

    first: dt.date
    last: dt.date
    moved: StockDay
    closing_ton: Decimal
    counts: int

    @property
    def opening_ton(self) -> Decimal:
        return self.closing_ton - self.moved.net_ton


def rows(days: Iterable[LedgerDay], behind: Behind) -> SafeString:
    """Draw a row for each day, its figures leading to their records."""
    counted = format_html(' <span class="badge">{}</span>', _("counted"))
    head = '<th scope="row" class="nowrap"><time datetime="{}">{}</time>{}</th>'
    return format_html_join(
        "\n",
        f"<tr>{head}{{}}</tr>",
        (
            (
                day.date.isoformat(),
                date_format(day.date, "D j M Y"),
                counted if day.counts else "",
                figures(Stretch(day.date, day.date, day.moved, day.closing_ton, day.counts), behind),
            )
            for day in days
        ),
    )


def figures(stretch: Stretch, behind: Behind) -> SafeString:
    """Draw the cells of a stretch: opening, what moved and was adjusted, closing; empty where nothing is."""
    return format_html_join("", '<td class="{}" data-label="{}">{}</td>', _cells(stretch, behind))


def _cells(stretch: Stretch, behind: Behind) -> Iterator[tuple[str, str, SafeString | str]]:
    first, last = stretch.first, stretch.last
    yield "num", _("Opening"), tons(stretch.opening_ton)
    for flow, name in FLOW_NAMES.items():
        moved_ton = getattr(stretch.moved, flow)
        href = behind.moving(flow, first, last) if moved_ton else ""
        yield "num", str(name), _linked(tons(moved_ton), href) if moved_ton else ""
    adjusted = _linked(signed_tons(stretch.moved.adjustment_ton), behind.counting(first, last))
    yield "num", _("Adjusted"), adjusted if stretch.counts else ""
    yield "num stock__closing", _("Closing"), tons(stretch.closing_ton)


def _linked(text: str, href: str) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', href, text) if href else text

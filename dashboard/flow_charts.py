"""What came in and what went out."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import Chart, Mark, Series
from charts.palette import NEUTRAL
from dashboard.chart_faces import Asked, ChartFace, Fact, Told
from inventory.figures import stock_days
from records.templatetags.figures import tons


def _flows(asked: Asked) -> Told:
    """Draw what came in upwards, what went out downwards, and what they come to. One query."""
    period = asked.period
    moved = stock_days(asked.sites, first=period.first, last=period.last)
    received = period.sums({date: day.received_ton for date, day in moved.items()})
    dispatched = period.sums({date: day.dispatched_ton for date, day in moved.items()})
    net = [came - went for came, went in zip(received, dispatched, strict=True)]
    chart = Chart(
        name="flow",
        title=_("Received and dispatched"),
        unit=_("t"),
        corner=period.corner,
        positions=period.positions,
        series=[
            Series(_("Received"), received, Mark.BAR),
            Series(_("Dispatched"), dispatched, Mark.BAR, is_downward=True),
            Series(_("Net"), net, style=NEUTRAL),
        ],
    )
    totals = ((_("Received"), received), (_("Dispatched"), dispatched), (_("Net"), net))
    return Told(chart, [Fact(name, f"{tons(sum(values, Decimal(0)))} t") for name, values in totals])


FLOWS = ChartFace(
    name="flow",
    title=gettext_lazy("Received and dispatched"),
    tell=_flows,
    nothing=gettext_lazy("Nothing came in or went out in these days."),
    behind=(
        (gettext_lazy("Received"), "received:list"),
        (gettext_lazy("Dispatch"), "dispatch:list"),
    ),
)

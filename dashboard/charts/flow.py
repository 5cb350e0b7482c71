"""What came in and what went out."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import NEUTRAL, Chart, Mark, Series
from core.db.fields import NO_TONS
from dashboard.charts.definition import Asked, ChartFace, Fact, PageBehind, Told
from inventory.figures import changes_by_day
from records.templatetags.figures import signed_tons, tons


def _flows(asked: Asked) -> Told:
    """Draw what came in upwards, what went out downwards, and what they come to. One query."""
    period = asked.period
    changes = changes_by_day(asked.sites, first=period.first, last=period.last)
    received = period.sums({date: change.received_ton for date, change in changes.items()})
    dispatched = period.sums({date: change.dispatched_ton for date, change in changes.items()})
    both = list(zip(received, dispatched, strict=True))
    begins = next((place for place, flows in enumerate(both) if any(flows)), len(both))
    # Before anything ever moved there is no line to draw.
    net = [more - less if place >= begins else None for place, (more, less) in enumerate(both)]
    chart = Chart(
        name="flow",
        title=_("Received and dispatched"),
        unit=_("t"),
        axis=period.tons_each,
        corner=period.corner,
        positions=period.positions,
        series=[
            Series(_("Received"), received, Mark.BAR),
            Series(_("Dispatched"), dispatched, Mark.BAR, is_downward=True),
            Series(_("Net"), net, style=NEUTRAL),
        ],
    )
    came, went = sum(received, NO_TONS), sum(dispatched, NO_TONS)
    facts = [
        Fact(_("Received"), f"{tons(came)} t"),
        Fact(_("Dispatched"), f"{tons(went)} t"),
        Fact(_("Net"), f"{signed_tons(came - went)} t"),
    ]
    return Told(chart, facts)


FLOWS = ChartFace(
    name="flow",
    title=gettext_lazy("Received and dispatched"),
    tell=_flows,
    nothing=gettext_lazy("Nothing came in or went out in these days."),
    behind=(
        PageBehind(gettext_lazy("Received"), "received:list"),
        PageBehind(gettext_lazy("Dispatch"), "dispatch:list"),
    ),
)

"""The chart of received and dispatched tons."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import NEUTRAL, Chart, Mark, Series
from core.db.fields import NO_TONS
from dashboard.charts.definition import ChartContent, ChartDefinition, ChartLink, ChartRequest, Fact
from inventory.figures import changes_by_day
from records.templatetags.figures import signed_tons, tons


def _flow(request: ChartRequest) -> ChartContent:
    """Draw received tons upwards, dispatched tons downwards, and the difference. One query."""
    period = request.period
    changes = changes_by_day(request.sites, first=period.first, last=period.last)
    received = period.sums({date: change.received_ton for date, change in changes.items()})
    dispatched = period.sums({date: change.dispatched_ton for date, change in changes.items()})
    both = list(zip(received, dispatched, strict=True))
    begins = next((place for place, flows in enumerate(both) if any(flows)), len(both))
    # No line is drawn before the first movement.
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
    total_received, total_dispatched = sum(received, NO_TONS), sum(dispatched, NO_TONS)
    facts = [
        Fact(_("Received"), f"{tons(total_received)} t"),
        Fact(_("Dispatched"), f"{tons(total_dispatched)} t"),
        Fact(_("Net"), f"{signed_tons(total_received - total_dispatched)} t"),
    ]
    return ChartContent(chart, facts)


FLOW = ChartDefinition(
    name="flow",
    title=gettext_lazy("Received and dispatched"),
    build=_flow,
    empty_text=gettext_lazy("Nothing was received or dispatched in these days."),
    links=(
        ChartLink(gettext_lazy("Received"), "received:list"),
        ChartLink(gettext_lazy("Dispatch"), "dispatch:list"),
    ),
)

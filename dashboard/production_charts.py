"""What was made, against what was to be made."""

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import Chart, Mark, Series
from charts.numbers import written
from charts.palette import NEUTRAL, PLAIN
from dashboard.chart_faces import Asked, Behind, ChartFace, Fact, Told
from production.figures import output_by_day
from production.module import OUTPUT
from production.targets import MonthToDate, month_to_date, target_by_day
from records.templatetags.figures import tons

GREEN = PLAIN[2]


def _production(asked: Asked) -> Told:
    """Draw what was made and what was to be, and how the month stands. Six queries, four of settings."""
    period = asked.period
    made = output_by_day(asked.sites, first=period.first, last=period.last)
    targets = target_by_day(asked.sites, first=period.first, last=period.last)
    series = [Series(_("Made"), period.sums(made), Mark.BAR, style=GREEN)]
    if targets:
        series.append(Series(_("Target"), period.known_sums(targets), Mark.STEP, style=NEUTRAL))
    chart = Chart(
        name="production",
        title=_("Production and target"),
        unit=_("t"),
        axis=period.tons_each,
        corner=period.corner,
        positions=period.positions,
        series=series,
    )
    return Told(chart, _month(month_to_date(asked.sites, date=period.last)))


def _month(month: MonthToDate) -> list[Fact]:
    """Tell how the month stands, and where it leads."""
    is_over = month.days_over == month.days
    name = {"month": date_format(month.date, "F")}
    facts = [Fact(name["month"] if is_over else _("%(month)s so far") % name, _tons(month.made_ton))]
    if month.percent is not None:
        facts.append(Fact(_("Of what was due"), _part(month.percent, of=month.target_so_far_ton)))
    if month.projected_ton is not None and not is_over:
        facts.append(Fact(_("Heading for"), _tons(month.projected_ton)))
        if month.projected_percent is not None:
            facts.append(
                Fact(_("Of the month's target"), _part(month.projected_percent, of=month.target_ton))
            )
    return facts


def _tons(amount: Decimal) -> str:
    return _("%(tons)s t") % {"tons": tons(amount)}


def _part(percent: Decimal, *, of: Decimal) -> str:
    """Return how much of the tons due that is."""
    words = {"percent": written(percent, 0), "tons": tons(of)}
    return _("%(percent)s\N{NO-BREAK SPACE}%% of %(tons)s t") % words


PRODUCTION = ChartFace(
    name="production",
    title=gettext_lazy("Production and target"),
    tell=_production,
    nothing=gettext_lazy("Nothing was made in these days, and nothing was to be."),
    behind=(
        Behind(gettext_lazy("Production"), "production:list", (("counts_as", OUTPUT),)),
        Behind(gettext_lazy("Targets"), "production:targets", is_of_a_day=True),
    ),
)

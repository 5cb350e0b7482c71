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
    so_far = _("%(month)s so far") % {"month": date_format(month.date, "F")}
    facts = [Fact(so_far, _against(month.made_ton, month.percent))]
    if month.projected_ton is not None:
        facts.append(Fact(_("Heading for"), _against(month.projected_ton, month.projected_percent)))
    return facts


def _against(amount: Decimal, percent: Decimal | None) -> str:
    """Return tons, with how much of their target they are where there is one."""
    words = {"tons": tons(amount), "percent": "" if percent is None else written(percent, 0)}
    if percent is None:
        return _("%(tons)s t") % words
    return _("%(tons)s t · %(percent)s\N{NO-BREAK SPACE}%% of target") % words


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

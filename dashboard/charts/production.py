"""The chart of production and its target."""

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import NEUTRAL, PLAIN, Chart, Mark, Series
from charts.levels import Level, LevelChart
from charts.numbers import written
from dashboard.charts.definition import ChartContent, ChartDefinition, ChartLink, ChartRequest, Fact
from production.figures import output_by_day
from production.module import OUTPUT
from production.months import MonthToDate, TargetMonth
from production.targets import target_by_day
from records.templatetags.figures import percent, tons

GREEN = PLAIN[2]


def _production(request: ChartRequest) -> ChartContent:
    """Draw output and target by day, with the progress of the month, in total and by material.

    Six queries, four of settings; one more where a material has a target of its own.
    """
    period = request.period
    made = output_by_day(request.sites, first=period.first, last=period.last)
    targets = target_by_day(request.sites, first=period.first, last=period.last)
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
    month = TargetMonth(request.sites, date=period.last)
    return ChartContent(chart, _facts(month.whole), _of_materials(month))


def _of_materials(month: TargetMonth) -> LevelChart | None:
    """Return the output of each material against its own target; None where no material has one."""
    if not month.by_material:
        return None
    return LevelChart(
        name="own-targets",
        title=_("Materials with their own target, %(month)s so far")
        % {"month": date_format(month.date, "F")},
        unit=_("t"),
        corner=_("Material"),
        levels=[
            Level(
                label=name,
                value=of_one.made_of_target_so_far_ton,
                mark=of_one.target_so_far_ton,
                details=(percent(of_one.percent),),
            )
            for name, of_one in month.by_material
        ],
        mark=_("Target so far"),
        details=(_("Percent of target"),),
    )


def _facts(month: MonthToDate) -> list[Fact]:
    """Return the progress of the month, and its forecast."""
    is_over = month.days_over == month.days
    name = {"month": date_format(month.date, "F")}
    facts = [Fact(name["month"] if is_over else _("%(month)s so far") % name, _tons(month.made_ton))]
    if month.percent is not None:
        facts.append(Fact(_("Percent of target so far"), _whole(month.percent)))
    if month.projected_ton is not None and not is_over:
        facts.append(Fact(_("Forecast"), _tons(month.projected_ton)))
        if month.projected_percent is not None:
            facts.append(Fact(_("Forecast, percent of target"), _whole(month.projected_percent)))
    return facts


def _tons(amount: Decimal) -> str:
    return _("%(tons)s t") % {"tons": tons(amount)}


def _whole(share: Decimal) -> str:
    """Return a percentage without decimals, for a quick look."""
    return f"{written(share, 0)}\N{NO-BREAK SPACE}%"


PRODUCTION = ChartDefinition(
    name="production",
    title=gettext_lazy("Production and target"),
    build=_production,
    empty_text=gettext_lazy("There was no production and no target in these days."),
    links=(
        ChartLink(gettext_lazy("Production"), "production:list", (("counts_as", OUTPUT),)),
        ChartLink(gettext_lazy("Targets"), "production:targets", is_of_a_day=True),
    ),
)

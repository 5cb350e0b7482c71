"""What was made, against what was to be made."""

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import NEUTRAL, PLAIN, Chart, Mark, Series
from charts.levels import Level, LevelChart
from charts.numbers import written
from dashboard.charts.definition import Asked, ChartFace, Fact, PageBehind, Told
from production.figures import output_by_day
from production.module import OUTPUT
from production.months import MonthToDate, TargetMonth
from production.targets import target_by_day
from records.templatetags.figures import percent, tons

GREEN = PLAIN[2]


def _production(asked: Asked) -> Told:
    """Draw what was made and what was to be, and how the month stands: together, and of each material.

    Six queries, four of settings; one more where a material has a target of its own.
    """
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
    month = TargetMonth(asked.sites, date=period.last)
    return Told(chart, _facts(month.whole), _of_materials(month))


def _of_materials(month: TargetMonth) -> LevelChart | None:
    """Tell how much of each material was made of what was due; None where none has a target of its own."""
    if not month.by_material:
        return None
    return LevelChart(
        name="own-targets",
        title=_("Materials with a target of their own, %(month)s so far")
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
        mark=_("Due"),
        details=(_("Reached"),),
    )


def _facts(month: MonthToDate) -> list[Fact]:
    """Tell how the month stands, and where it leads."""
    is_over = month.days_over == month.days
    name = {"month": date_format(month.date, "F")}
    facts = [Fact(name["month"] if is_over else _("%(month)s so far") % name, _tons(month.made_ton))]
    if month.percent is not None:
        facts.append(Fact(_("Of what was due"), _whole(month.percent)))
    if month.projected_ton is not None and not is_over:
        facts.append(Fact(_("Heading for"), _tons(month.projected_ton)))
        if month.projected_percent is not None:
            facts.append(Fact(_("Of the month's target"), _whole(month.projected_percent)))
    return facts


def _tons(amount: Decimal) -> str:
    return _("%(tons)s t") % {"tons": tons(amount)}


def _whole(share: Decimal) -> str:
    """Return a percentage without decimals, which a glance does not take in."""
    return f"{written(share, 0)}\N{NO-BREAK SPACE}%"


PRODUCTION = ChartFace(
    name="production",
    title=gettext_lazy("Production and target"),
    tell=_production,
    nothing=gettext_lazy("Nothing was made in these days, and nothing was to be."),
    behind=(
        PageBehind(gettext_lazy("Production"), "production:list", (("counts_as", OUTPUT),)),
        PageBehind(gettext_lazy("Targets"), "production:targets", is_of_a_day=True),
    ),
)

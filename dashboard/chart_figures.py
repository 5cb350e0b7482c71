"""The six charts of the dashboard, from the figures of the modules and the ledger."""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import NEUTRAL, PLAIN, Chart, Mark, Series, Threshold, style_of
from charts.levels import Level, LevelChart
from charts.numbers import written
from core.db.fields import NO_TONS
from dashboard.addresses import dates_query, page_address
from dashboard.charts import (
    MAX_LEVELS,
    ChartContent,
    ChartDefinition,
    ChartLink,
    ChartPeriod,
    ChartRequest,
    Fact,
)
from equipment.figures import MachineUse, Use, use_by_machine
from inventory.figures import (
    CategoryStock,
    StockLevel,
    received_and_dispatched,
    stock_by_category,
    stock_levels,
    stock_spans,
)
from manpower.figures import RoleShift, headcount_by_day, headcount_by_shift_and_role
from production.figures import output_by_day
from production.models import Meaning
from production.months import MonthToDate, TargetMonth
from production.targets import target_by_day
from records.choices import Shift
from records.pages.dates import ONE_DAY
from records.templatetags.figures import count, hours, percent, signed_tons, tons
from sites.models import Category

GREEN = PLAIN[2]
TENTH = Decimal("0.1")
STOCK = ChartLink(gettext_lazy("Stock"), "inventory:stock", is_of_a_day=True)


# --- Production


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
    over_until = min((site.today() - ONE_DAY for site in request.sites), default=period.last)
    facts = _facts(month.whole, due_until=min(over_until, period.last))
    return ChartContent(chart, facts, _of_materials(month))


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


def _facts(month: MonthToDate, *, due_until: dt.date) -> list[Fact]:
    """Return the progress of the month, and its forecast with its percentage of the target.

    `due_until` is the last day whose target is due: the output of a running day does not count for it.
    """
    is_over = month.days_over == month.days
    name = {"month": date_format(month.date, "F")}
    facts = [Fact(name["month"] if is_over else _("%(month)s so far") % name, _tons(month.made_ton))]
    if month.percent is not None:
        dates = {"first": month.date.replace(day=1).day, "last": date_format(due_until, "j M")}
        words = {
            "percent": _whole(month.percent),
            "made": tons(month.made_of_target_so_far_ton),
            "target": tons(month.target_so_far_ton),
        }
        facts.append(
            Fact(
                _("Of target, %(first)d to %(last)s") % dates,
                _("%(percent)s (%(made)s of %(target)s t)") % words,
            )
        )
    if month.projected_ton is not None and not is_over:
        if month.projected_percent is None:
            facts.append(Fact(_("Forecast"), _tons(month.projected_ton)))
        else:
            forecast = f"{_tons(month.projected_ton)} ({_whole(month.projected_percent)})"
            facts.append(Fact(_("Forecast (of target)"), forecast))
    return facts


def _tons(amount: Decimal) -> str:
    return _("%(tons)s t") % {"tons": tons(amount)}


def _whole(share: Decimal) -> str:
    """Return a percentage without decimals, for a quick look."""
    return f"{written(share, 0)}\N{NO-BREAK SPACE}%"


# --- Received and dispatched


def _flow(request: ChartRequest) -> ChartContent:
    """Draw received tons upwards, dispatched tons downwards, and the difference. One query."""
    period = request.period
    by_date = received_and_dispatched(request.sites, first=period.first, last=period.last)
    received, dispatched = map(period.sums, by_date)
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


# --- Stock


def _categories(request: ChartRequest) -> ChartContent:
    """Draw the stock of each category at the end of each day or week, and its low mark. Three queries."""
    period = request.period
    stocks = stock_by_category(request.sites, first=period.first, last=period.last)
    chart = Chart(
        name="categories",
        title=_("Stock by category"),
        unit=_("t"),
        corner=period.corner,
        positions=period.positions,
        series=[
            _category(stock, period) for stock in stocks if any(stock.closings) or stock.low_ton is not None
        ],
    )
    first, last = (sum((stock.closings[end] for stock in stocks), NO_TONS) for end in (0, -1))
    facts = [Fact(_("At the end"), f"{tons(last)} t"), Fact(_("Change"), f"{signed_tons(last - first)} t")]
    if any(stock.low_ton is not None for stock in stocks):
        facts.append(Fact(_("Below their low mark"), count(sum(stock.is_low for stock in stocks))))
    return ChartContent(chart, facts)


def _category(stock: CategoryStock, period: ChartPeriod) -> Series:
    """Return the stock of a category with its low mark; its colour is the same in every chart."""
    label = str(stock.category.label)
    mark = None if stock.low_ton is None else Threshold(_("Low mark"), stock.low_ton)
    style = style_of(list(Category).index(stock.category))
    return Series(label, period.ends(stock.closings), Mark.LINE, style=style, threshold=mark)


def _levels(request: ChartRequest) -> ChartContent:
    """Draw the stock of each material, the low ones first, then the greatest first.

    Of one site also the lowest and highest in these days: four queries; of several two.
    """
    found = [
        level
        for level in stock_levels(request.sites, date=request.period.last)
        if level.closing_ton or level.is_low
    ]
    found.sort(key=attrgetter("closing_ton"), reverse=True)
    found.sort(key=attrgetter("is_low"), reverse=True)
    first, last, is_of_one = request.period.first, request.period.last, len(request.sites) == 1
    spans = stock_spans(request.sites[0], first=first, last=last) if is_of_one else {}
    query = dates_query(request.scope_code, first=first, last=last)
    chart = LevelChart(
        name="levels",
        title=_("Stock by material"),
        unit=_("t"),
        corner=_("Material"),
        levels=[_level(level, query, spans.get(level.material.pk), is_of_one=is_of_one) for level in found],
        mark=_("Low mark") if is_of_one and any(level.low_ton is not None for level in found) else "",
        moved=_("Lowest to highest in these days") if spans else "",
        details=() if is_of_one else (_("Low at"),),
        most=MAX_LEVELS,
    )
    facts = [
        Fact(_("In stock"), f"{tons(sum((level.closing_ton for level in found), NO_TONS))} t"),
        Fact(_("Materials"), count(len(found))),
        Fact(_("Low"), count(sum(level.is_low for level in found))),
    ]
    return ChartContent(chart, facts)


def _level(level: StockLevel, query: str, span: tuple[Decimal, Decimal] | None, *, is_of_one: bool) -> Level:
    path = page_address("inventory:material", level.material.pk)
    return Level(
        level.material.name,
        level.closing_ton,
        # Of several sites each has its own mark.
        level.low_ton if is_of_one else None,
        href=f"{path}?{query}" if path else "",
        details=() if is_of_one else (", ".join(level.low_sites),),
        is_flagged=level.is_low,
        span=span,
    )


# --- Equipment and manpower


def _equipment(request: ChartRequest) -> ChartContent:
    """Draw the utilisation of each machine, the most used first. One query."""
    uses = use_by_machine(request.sites, first=request.period.first, last=request.period.last)
    known = [(use, utilisation) for use in uses if (utilisation := use.utilisation) is not None]
    known.sort(key=lambda line: line[1], reverse=True)
    chart = LevelChart(
        name="equipment",
        title=_("Equipment utilisation"),
        unit="%",
        corner=_("Machine"),
        levels=[_machine(use, utilisation, request) for use, utilisation in known],
        details=(_("Hours run"), _("Hours possible"), _("Breakdown days")),
        decimals=1,
        most=MAX_LEVELS,
        whole=100,
    )
    together = Use.of_all(uses).utilisation
    facts = [
        Fact(_("All machines"), f"{written(together, 1)} %"),
        Fact(_("Machine hours"), f"{hours(sum((use.hours for use in uses), Decimal(0)))} h"),
        Fact(_("Breakdown days"), count(sum(use.breakdown_days for use in uses))),
    ]
    return ChartContent(chart, facts)


def _machine(use: MachineUse, utilisation: Decimal, request: ChartRequest) -> Level:
    name = f"{use.name} · {use.site.code}" if len(request.sites) > 1 else use.name
    path = page_address("equipment:machine", use.machine_id)
    query = dates_query(use.site.code, first=request.period.first, last=request.period.last)
    return Level(
        label=name,
        value=utilisation,
        href=f"{path}?{query}" if path else "",
        details=(hours(use.hours), hours(use.possible_hours), count(use.breakdown_days)),
    )


def _manpower(request: ChartRequest) -> ChartContent:
    """Draw the mean number of people of each role by shift, over the days worked. Two queries."""
    first, last = request.period.first, request.period.last
    lines = headcount_by_shift_and_role(request.sites, first=first, last=last)
    by_day = headcount_by_day(request.sites, first=first, last=last)
    worked = max(sum(1 for people in by_day.values() if people), 1)
    shifts = [shift for shift in Shift if any(line.shift == shift for line in lines)]
    roles = {line.role_code: line.role_name for line in lines}
    chart = Chart(
        name="manpower",
        title=_("Manpower by shift and role"),
        unit=_("people a day"),
        corner=_("Shift"),
        positions=[str(shift.label) for shift in shifts],
        series=[
            Series(name, _people(lines, code, shifts, worked), Mark.STACKED_BAR)
            for code, name in roles.items()
        ],
        decimals=1,
    )
    people = Decimal(sum(by_day.values()))
    facts = [
        Fact(_("People a day"), written(people / worked, 1)),
        Fact(_("Days worked"), count(sum(1 for people in by_day.values() if people))),
        Fact(_("Labour hours"), f"{hours(sum((line.labour_hours for line in lines), Decimal(0)))} h"),
    ]
    return ChartContent(chart, facts)


def _people(lines: Sequence[RoleShift], code: str, shifts: Sequence[Shift], worked: int) -> list[Decimal]:
    """Return the mean headcount of a role in each shift, over the days that were worked."""
    found = {line.shift: line.headcount for line in lines if line.role_code == code}
    return [(Decimal(found.get(shift, 0)) / worked).quantize(TENTH, ROUND_HALF_UP) for shift in shifts]


# --- The charts, in the order of the page

CHARTS = {
    definition.name: definition
    for definition in (
        ChartDefinition(
            name="production",
            title=gettext_lazy("Production and target"),
            build=_production,
            empty_text=gettext_lazy("There was no production and no target in these days."),
            links=(
                ChartLink(gettext_lazy("Production"), "production:list", (("counts_as", Meaning.OUTPUT),)),
                ChartLink(gettext_lazy("Targets"), "production:targets", is_of_a_day=True),
            ),
        ),
        ChartDefinition(
            name="flow",
            title=gettext_lazy("Received and dispatched"),
            build=_flow,
            empty_text=gettext_lazy("Nothing was received or dispatched in these days."),
            links=(
                ChartLink(gettext_lazy("Received"), "received:list"),
                ChartLink(gettext_lazy("Dispatch"), "dispatch:list"),
            ),
        ),
        ChartDefinition(
            name="categories",
            title=gettext_lazy("Stock by category"),
            build=_categories,
            empty_text=gettext_lazy("There was no stock in these days."),
            links=(STOCK,),
        ),
        ChartDefinition(
            name="levels",
            title=gettext_lazy("Stock by material"),
            build=_levels,
            empty_text=gettext_lazy("Nothing is in stock."),
            links=(STOCK,),
        ),
        ChartDefinition(
            name="equipment",
            title=gettext_lazy("Equipment utilisation"),
            build=_equipment,
            empty_text=gettext_lazy("No machine was logged in these days."),
            links=(
                ChartLink(gettext_lazy("Machines"), "equipment:machines"),
                ChartLink(gettext_lazy("Equipment log"), "equipment:list"),
            ),
        ),
        ChartDefinition(
            name="manpower",
            title=gettext_lazy("Manpower by shift and role"),
            build=_manpower,
            empty_text=gettext_lazy("No work was logged in these days."),
            links=(ChartLink(gettext_lazy("Manpower"), "manpower:list"),),
        ),
    )
}

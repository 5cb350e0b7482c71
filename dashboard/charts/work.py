"""The charts of equipment and manpower."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from charts.chart import Chart, Mark, Series
from charts.levels import Level, LevelChart
from charts.numbers import written
from dashboard.addresses import dates_query, page_address
from dashboard.charts.definition import (
    MAX_LEVELS,
    ChartContent,
    ChartDefinition,
    ChartLink,
    ChartRequest,
    Fact,
)
from equipment.figures import MachineUse, Use, use_by_machine
from manpower.figures import RoleShift, headcount_by_day, headcount_by_shift_and_role
from records.choices import Shift
from records.templatetags.figures import count, hours

TENTH = Decimal("0.1")


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


EQUIPMENT = ChartDefinition(
    name="equipment",
    title=gettext_lazy("Equipment utilisation"),
    build=_equipment,
    empty_text=gettext_lazy("No machine was logged in these days."),
    links=(
        ChartLink(gettext_lazy("Machines"), "equipment:machines"),
        ChartLink(gettext_lazy("Equipment log"), "equipment:list"),
    ),
)
MANPOWER = ChartDefinition(
    name="manpower",
    title=gettext_lazy("Manpower by shift and role"),
    build=_manpower,
    empty_text=gettext_lazy("No work was logged in these days."),
    links=(ChartLink(gettext_lazy("Manpower"), "manpower:list"),),
)

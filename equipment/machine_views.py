"""The machine pages: the machines of a site and their use, and one machine day by day."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from charts.chart import NEUTRAL, Chart, Mark, Series
from charts.panel import panel
from equipment.figures import MachineDay, MachineUse, Use, days_of_machine, use_by_machine
from equipment.models import EquipmentLog, Machine, Status
from records.models import RecordQuerySet
from records.pages.dates import PagePeriod
from sites.dates import each_day
from sites.models import User
from sites.scope import PARAMETER as SITE_PARAMETER
from sites.scope import page_scope

MOST_LOGS = 100


@dataclass(frozen=True)
class FleetRow:
    """A machine, its use, and its last logged status."""

    machine: Machine
    use: MachineUse | None

    @property
    def last_status(self) -> Status | None:
        return Status(self.machine.last_status) if self.machine.last_status else None


class Fleet:
    """The machines of the page's sites and their use."""

    def __init__(self, request: HttpRequest) -> None:
        self.scope = page_scope(request)
        self.period = PagePeriod(request, self.scope)

    @property
    def shows_site(self) -> bool:
        return self.scope.site is None

    @cached_property
    def rows(self) -> list[FleetRow]:
        """Return the active machines, and inactive ones that ran in the period."""
        uses = {use.machine_id: use for use in self._uses}
        machines = Machine.objects.filter(site__in=[site.pk for site in self.scope.sites])
        known = machines.select_related("site").with_last_log().order_by("-is_active", "position", "code")
        return [
            FleetRow(machine, uses.get(machine.pk))
            for machine in known
            if machine.is_active or machine.pk in uses
        ]

    @property
    def total(self) -> Use:
        return Use.of_all(self._uses)

    @property
    def breakdown_days(self) -> int:
        """Return the sum of the machines' breakdown days."""
        return sum(use.breakdown_days for use in self._uses)

    @cached_property
    def _uses(self) -> list[MachineUse]:
        dates = self.period.dates
        return use_by_machine(self.scope.sites, first=dates.first, last=dates.last)


class MachinePage:
    """One machine over the dates of the page."""

    def __init__(self, request: HttpRequest, machine: Machine) -> None:
        assert isinstance(request.user, User)
        self.machine = machine
        self.user = request.user
        self.period = PagePeriod(request, page_scope(request))

    @cached_property
    def days(self) -> list[MachineDay]:
        dates = self.period.dates
        return days_of_machine(self.machine, first=dates.first, last=dates.last)

    @property
    def use(self) -> Use:
        return Use.of_all(self.days)

    @property
    def breakdown_days(self) -> int:
        return sum(day.is_breakdown for day in self.days)

    @property
    def drawing(self) -> SafeString:
        """Return a chart of the hours of each day and of the possible hours."""
        dates = self.period.dates
        known = {day.date: day for day in self.days}
        days = [(date, known.get(date)) for date in each_day(dates.first, dates.last)]
        chart = Chart(
            name="hours",
            title=_("Machine hours by day"),
            unit=_("h"),
            corner=_("Date"),
            positions=[date for date, _day in days],
            series=[
                Series(_("Run"), [day.hours if day else None for _date, day in days], Mark.BAR),
                Series(
                    _("Could have been run"),
                    [day.possible_hours if day else None for _date, day in days],
                    Mark.STEP,
                    style=NEUTRAL,
                ),
            ],
        )
        return panel(chart)

    @cached_property
    def logs(self) -> list[EquipmentLog]:
        """Return the newest records of these dates, as many as a page shows."""
        return list(self._logs.select_related("updated_by").newest_first()[:MOST_LOGS])

    @property
    def shows_all_logs(self) -> bool:
        return len(self.logs) < MOST_LOGS

    @property
    def list_query(self) -> str:
        """Return the query of the list of this machine's records of these dates."""
        return f"{self.period.query}&{urlencode({'equipment': self.machine.pk})}"

    @property
    def _logs(self) -> RecordQuerySet[EquipmentLog]:
        dates = self.period.dates
        logs = EquipmentLog.objects.for_user(self.user).filter(equipment=self.machine)
        return logs.between(dates.first, dates.last)


@require_safe
def machines(request: HttpRequest) -> HttpResponse:
    """Show the machines of a site, or of all sites of the user, and their use."""
    return render(request, "equipment/machines.html", {"fleet": Fleet(request)})


@require_safe
def machine(request: HttpRequest, machine_id: int) -> HttpResponse:
    """Show one machine day by day. Raises Http404 for a site that the user may not see."""
    found = requested_machine(request, machine_id, all_machines="equipment:machines")
    if isinstance(found, HttpResponse):
        return found
    return render(request, "equipment/machine.html", {"page": MachinePage(request, found)})


def requested_machine(request: HttpRequest, machine_id: int, *, all_machines: str) -> Machine | HttpResponse:
    """Return the machine of a page, or a redirect to the page that shows what was chosen.

    The dates and records of the page are those of the machine's own site. Where another site was chosen, the
    page is that of all machines there. Raises Http404 for a site that the user may not see.
    """
    assert isinstance(request.user, User)
    found = Machine.objects.for_user(request.user).select_related("site").filter(pk=machine_id).first()
    if found is None:
        raise Http404
    query = request.GET.copy()
    if SITE_PARAMETER not in query:
        query[SITE_PARAMETER] = found.site.code
        return redirect(f"{request.path}?{query.urlencode()}")
    site = page_scope(request).site
    if site is None or site.pk != found.site_id:
        return redirect(f"{reverse(all_machines)}?{query.urlencode()}")
    return found

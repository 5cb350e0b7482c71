"""The availability pages: where the time of a site's machines, or of one machine, went."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from charts.levels import Level, LevelChart
from charts.panel import panel
from core.numbers import HUNDRED
from equipment.downtime.figures import MINUTES, Period, Stops, TimeUse
from equipment.machine_views import requested_machine
from equipment.models import Machine
from records.pages.dates import Link, PagePeriod
from sites.scope import PARAMETER, page_scope

BY = "by"
BY_TONS = "tons"
# More bars cannot be distinguished.
MOST_BARS = 12


@dataclass(frozen=True)
class UseRow:
    """A machine or a date, the use of its time, and the page that shows more of it."""

    use: TimeUse
    href: str
    machine: Machine | None = None
    date: dt.date | None = None


@dataclass(frozen=True)
class Loss:
    """A row of the Pareto table: a reason, its part of all, and that of it and the rows above."""

    stops: Stops
    amount: Decimal
    share: Decimal
    cumulated: Decimal
    href: str


class Availability:
    """The time of the machines of the page's sites, or of one of them, over the dates of the page."""

    def __init__(self, request: HttpRequest, machine: Machine | None = None) -> None:
        self.machine = machine
        self.scope = page_scope(request)
        self.period = PagePeriod(request, self.scope)
        self.is_by_tons = request.GET.get(BY) == BY_TONS
        dates = self.period.dates
        self._time = Period(self.scope.sites, dates.first, dates.last, machine)

    @cached_property
    def rows(self) -> list[UseRow]:
        """Return the machines in the order of lists, or the dates of one machine, newest first."""
        if self.machine is not None:
            return [
                UseRow(use, self._day(date), date=date)
                for date, use in sorted(self._time.by_date().items(), reverse=True)
            ]
        uses = self._time.by_machine()
        machines = Machine.objects.filter(pk__in=uses).select_related("site")
        return [
            UseRow(uses[machine.pk], self._page_of(machine), machine=machine)
            for machine in machines.order_by("position", "code", "site")
        ]

    @cached_property
    def use(self) -> TimeUse:
        return TimeUse.of_all(row.use for row in self.rows)

    @property
    def shows_site(self) -> bool:
        return self.scope.site is None

    @property
    def links(self) -> Iterator[Link]:
        """Return the links that sort the losses by minutes or by tons."""
        yield Link(_("By minutes"), self.period.query, not self.is_by_tons)
        yield Link(_("By tons lost"), f"{self.period.query}&{urlencode({BY: BY_TONS})}", self.is_by_tons)

    @cached_property
    def losses(self) -> list[Loss]:
        """Return the reasons, the largest loss first; by tons those of machines with a rate alone."""
        stops = self._time.stops_by_reason()
        amounts = [(each.tons_lost if self.is_by_tons else each.minutes, each) for each in stops]
        amounts = sorted((pair for pair in amounts if pair[0]), key=lambda pair: -pair[0])
        total = sum((amount for amount, _stops in amounts), Decimal(0))
        cumulated = Decimal(0)
        losses = []
        for amount, each in amounts:
            cumulated += amount
            share, sum_of_shares = amount / total * HUNDRED, cumulated / total * HUNDRED
            losses.append(Loss(each, amount, share, sum_of_shares, self._records_of(each)))
        return losses

    @property
    def drawing(self) -> SafeString:
        """Return the Pareto chart: the largest losses."""
        chart = LevelChart(
            name="losses",
            title=_("Tons lost by reason") if self.is_by_tons else _("Hours of stops by reason"),
            unit=_("t") if self.is_by_tons else _("h"),
            corner=_("Reason"),
            levels=[
                Level(loss.stops.name, loss.amount if self.is_by_tons else loss.amount / MINUTES)
                for loss in self.losses
            ],
            most=MOST_BARS,
        )
        return panel(chart)

    def _page_of(self, machine: Machine) -> str:
        dates = self.period.dates
        query = {PARAMETER: machine.site.code, "from": dates.first.isoformat(), "to": dates.last.isoformat()}
        return reverse("downtime:availability_of_machine", args=[machine.pk], query=query)

    def _day(self, date: dt.date) -> str:
        assert self.machine is not None
        return reverse("day:page", args=[self.machine.site.code, date])

    def _records_of(self, stops: Stops) -> str:
        """Return the list of the records that stops are the sum of."""
        query: dict[str, object] = {} if self.machine is None else {"equipment": self.machine.pk}
        if stops.reason_id is not None:
            query["reason"] = stops.reason_id
        else:
            query["status"] = stops.status
        page = "downtime:list" if stops.reason_id is not None else "equipment:list"
        return f"{reverse(page)}?{self.period.query}&{urlencode(query)}"


@require_safe
def availability(request: HttpRequest) -> HttpResponse:
    """Show the availability of the machines of a site, or of all sites of the user."""
    return render(request, "downtime/availability.html", {"page": Availability(request)})


@require_safe
def availability_of_machine(request: HttpRequest, machine_id: int) -> HttpResponse:
    """Show the availability of one machine. Raises Http404 for a site that the user may not see."""
    machine = requested_machine(request, machine_id, all_machines="downtime:availability")
    if isinstance(machine, HttpResponse):
        return machine
    return render(request, "downtime/availability.html", {"page": Availability(request, machine)})

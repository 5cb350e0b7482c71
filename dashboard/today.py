"""The page of the morning: yesterday and today at each site, and what needs somebody."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.db.fields import NO_TONS
from dashboard.addresses import RecordsLink, day_address, day_query, page_address
from dashboard.cards import CARDS, CardChange, ComparedWith
from dashboard.closing.month import State, notices_of, site_months
from dispatch.models import Dispatch
from equipment.figures import machines_down
from inventory.figures import NO_CHANGE, SiteStock, StockLevel, stock_by_site, stock_levels
from inventory.ledger.snapshots import Flow
from inventory.models import StockMovement
from production.figures import output_by_site
from production.models import Production
from production.months import MonthToDate, TargetMonth
from records.closing.completeness import entered_modules
from records.models import DailyRecord
from records.pages.dates import ONE_DAY, shown_date
from records.registry import modules
from records.templatetags.figures import percent, tons
from sites.models import Site, working_days
from sites.scope import manages

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise as StrPromise

# So many days are read; a site that did not work in them is compared with nothing.
DAYS = 14
# What is usual by an hour is the mean of so many working days, where enough of them were entered in time.
USUAL_DAYS, FEWEST_USUAL_DAYS = 5, 3
# A month is slipping when it would end below this percentage of its target, once some of its days are over.
ENOUGH, FEWEST_DAYS_OVER = 95, 3
# By this time of a site, something of the day should have been entered.
ENTRY_TIME = dt.time(10)
# So many days, materials or machines are named one by one.
MAX_NAMED = 5
APPROVAL_DAYS = 62

FIGURES = ("production", "received", "dispatched", "stock")


# --- Yesterday and today


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A figure of a day: its records, what it is compared with, and the change where both are whole days."""

    label: "StrPromise"
    text: str
    href: str
    notes: Sequence[str] = ()
    change: CardChange | None = None


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of a site."""

    title: str
    date: dt.date
    is_day_off: bool
    figures: Sequence[DayFigure]


@dataclass(frozen=True)
class SiteDays:
    """The last days of a site: its figures, the days on which it worked, and what is usual by now."""

    site: Site
    today: dt.date
    worked: frozenset[dt.date]
    output: Mapping[dt.date, Decimal]
    stock: SiteStock
    # By the names of the figures.
    usual: Mapping[str, Decimal]

    @property
    def address(self) -> str:
        return f"{page_address('dashboard:page')}?{day_query(self.site.code, None)}"

    @cached_property
    def last_worked(self) -> dt.date | None:
        """Return the last working day before today."""
        return self._worked_before(self.today)

    def _worked_before(self, date: dt.date) -> dt.date | None:
        return max((day for day in self.worked if day < date), default=None)

    @property
    def lines(self) -> Iterator[DayLine]:
        """Yield today, yesterday, and the last working day where that was an earlier one."""
        yesterday = self.today - ONE_DAY
        dates = [self.today, yesterday]
        if self.last_worked is not None and self.last_worked != yesterday:
            dates.append(self.last_worked)
        for date in dates:
            is_day_off = date not in self.worked
            title = self._name(date) if date != self.today else _("Today so far")
            figures = [self._figure(name, date, is_day_off=is_day_off) for name in FIGURES]
            yield DayLine(title, date, is_day_off, figures)

    def _figure(self, name: str, date: dt.date, *, is_day_off: bool) -> DayFigure:
        card, value = CARDS[name], self._value(name, date)
        href = card.records(self.site.code, date)
        before = None if is_day_off else self._worked_before(date)
        if before is None:
            return DayFigure(card.label, tons(value), href)
        value_before = self._value(name, before)
        notes = [f"{self._name(before)}: {tons(value_before)}"]
        if date != self.today or card.is_level:
            change = CardChange(value, value_before, ComparedWith.DAY)
        elif name in self.usual:
            # Part of a day is compared with what the same part of a day usually is, never with a whole day.
            change = CardChange(value, self.usual[name], ComparedWith.DAY)
            hour = time_format(timezone.now().astimezone(self.site.zone), "H:i")
            notes.insert(0, _("usual by %(time)s: %(tons)s") % {"time": hour, "tons": tons(self.usual[name])})
        else:
            change = None
        return DayFigure(card.label, tons(value), href, notes, change)

    def _value(self, name: str, date: dt.date) -> Decimal:
        changes = self.stock.changes
        match name:
            case "production":
                return self.output.get(date, NO_TONS)
            case "received":
                return changes.get(date, NO_CHANGE).received_ton
            case "dispatched":
                return changes.get(date, NO_CHANGE).dispatched_ton
        later = (change.net_ton for day, change in changes.items() if date < day <= self.today)
        return self.stock.closing_ton - sum(later, NO_TONS)

    def _name(self, date: dt.date) -> str:
        if date == self.today - ONE_DAY:
            return _("Yesterday")
        return shown_date(date, "l" if date > self.today - 7 * ONE_DAY else "D j M")


def site_days(sites: Sequence[Site]) -> list[SiteDays]:
    """Return the last days of each site, by its own clock. Seven queries, however many sites there are."""
    if not sites:
        return []
    today = {site: site.today() for site in sites}
    first, last = min(today.values()) - DAYS * ONE_DAY, max(today.values())
    worked = working_days(sites, first=first, last=last)
    output = output_by_site(sites, first=first, last=last)
    stock = stock_by_site(today, days=DAYS + 1)
    usual = _usual_by_now(today, worked)
    return [
        SiteDays(site, date, worked[site.pk], output[site.pk], stock[site.pk], usual.get(site.pk, {}))
        for site, date in today.items()
    ]


def _usual_by_now(
    today: Mapping[Site, dt.date], worked: Mapping[int, frozenset[dt.date]]
) -> dict[int, dict[str, Decimal]]:
    """Return the mean of the sums entered by this hour on the last working days, by site and figure.

    A day counts where something of it was entered within a day; of imported files nobody knows the hour.
    With too few such days the figure is left out. A query for each figure.
    """
    now = timezone.now()
    before = [days * ONE_DAY for days in range(1, DAYS + 1)]
    by_now, in_time = Q(), Q()
    for date in set(today.values()):
        for ago in before:
            by_now |= Q(date=date - ago, created_at__lte=now - ago)
            in_time |= Q(date=date - ago, created_at__lte=now - ago + ONE_DAY)
    chosen = {
        site.pk: sorted(day for day in worked[site.pk] if day < date)[-USUAL_DAYS:]
        for site, date in today.items()
    }
    first = min((days[0] for days in chosen.values() if days), default=None)
    usual: dict[int, dict[str, Decimal]] = {site.pk: {} for site in today}
    if first is None:
        return usual
    for name, records in _records_of_figures().items():
        days = (
            records.filter(site__in=list(usual), date__gte=first, date__lt=max(today.values()))
            .order_by()
            .values_list("site_id", "date")
            .annotate(by_now=Sum("qty_ton", filter=by_now), in_time=Sum("qty_ton", filter=in_time))
        )
        known: dict[int, list[Decimal]] = {}
        for site_id, date, tons_by_now, tons_in_time in days:
            if date in chosen[site_id] and tons_in_time:
                known.setdefault(site_id, []).append(tons_by_now or NO_TONS)
        for site_id, sums in known.items():
            if len(sums) >= FEWEST_USUAL_DAYS:
                usual[site_id][name] = sum(sums, NO_TONS) / len(sums)
    return usual


def _records_of_figures() -> "dict[str, QuerySet[DailyRecord]]":
    """Return the records that are the figures of part of a day, under the names of these."""
    found: dict[str, QuerySet[DailyRecord]] = {"production": Production.objects.output()}
    for name, flow in (("received", Flow.RECEIVED), ("dispatched", Flow.DISPATCHED)):
        for module in modules():
            if issubclass(module.model, StockMovement) and flow in module.model.flows():
                found[name] = module.model._default_manager.filter(module.model.flows()[flow])
    return found


# --- What needs somebody


@dataclass(frozen=True, slots=True)
class Need:
    """Something to do or to look at: a sentence, and where to."""

    text: str
    links: Sequence[RecordsLink]
    # The icon and the colour of its badge.
    icon: str = "warning"
    is_urgent: bool = False


class TodayPage:
    """Yesterday and today of some sites, which come with the role of the person, and what needs them.

    `others` are what else needs the person, as alerts do. About twenty queries, whatever the number of sites
    and the history.
    """

    def __init__(self, sites: Sequence[Site], *, others: Sequence[Need] = ()) -> None:
        self.sites = sites
        self._others = others

    @cached_property
    def days(self) -> list[SiteDays]:
        return sorted(site_days(self.sites), key=lambda days: days.site.name.casefold())

    @cached_property
    def needs(self) -> list[Need]:
        """Return what needs the person, the most urgent first."""
        if not self.sites:
            return list(self._others)
        found = [*self._stock(), *self._machines(), *self._entries(), *self._closing(), *self._targets()]
        found += self._transfers()
        return sorted([*found, *self._others], key=lambda need: not need.is_urgent)

    @property
    def date(self) -> dt.date:
        """Return the latest date of the sites now."""
        return max((days.today for days in self.days), default=timezone.now().date())

    def _stock(self) -> Iterator[Need]:
        levels = stock_levels(self.sites, date=self.date)
        negative = [level for level in levels if level.is_negative]
        low = [level for level in levels if level.is_low and not level.is_negative]
        if negative:
            text = ngettext(
                "%(count)d material is below zero:", "%(count)d materials are below zero:", len(negative)
            )
            yield self._of_materials(text, negative, is_urgent=True)
        if low:
            text = ngettext("%(count)d material is low:", "%(count)d materials are low:", len(low))
            yield self._of_materials(text, low, is_urgent=False)

    def _of_materials(self, text: str, levels: Sequence[StockLevel], *, is_urgent: bool) -> Need:
        code = self.sites[0].code if len(self.sites) == 1 else "all"
        links = [
            RecordsLink(
                level.material.name,
                f"{page_address('inventory:material', level.material.pk)}?{day_query(code, None)}",
            )
            for level in levels[:MAX_NAMED]
        ]
        if len(levels) > MAX_NAMED:
            links.append(
                RecordsLink(
                    _("all of the stock"), f"{page_address('inventory:stock')}?{day_query(code, None)}"
                )
            )
        return Need(
            text % {"count": len(levels)}, links, "error" if is_urgent else "warning", is_urgent=is_urgent
        )

    def _transfers(self) -> Iterator[Need]:
        to_here = Dispatch.objects.in_transit().filter(transfer_to__in=[site.pk for site in self.sites])
        count = to_here.order_by().count()
        if count:
            text = ngettext("%(count)d transfer is in transit:", "%(count)d transfers are in transit:", count)
            code = self.sites[0].code if len(self.sites) == 1 else "all"
            address = f"{page_address('transfers:list')}?{day_query(code, None)}"
            yield Need(text % {"count": count}, [RecordsLink(_("receive them"), address)], "dispatch")

    def _machines(self) -> Iterator[Need]:
        first = min((days.last_worked or days.today for days in self.days), default=self.date)
        down = machines_down(self.sites, first=first, last=self.date)
        if not down:
            return
        links = [
            RecordsLink(
                f"{machine.name} ({self._where(machine.site)}{shown_date(machine.date, 'D j M')})",
                f"{page_address('equipment:machine', machine.machine_id)}?"
                + day_query(machine.site.code, None),
            )
            for machine in down[:MAX_NAMED]
        ]
        text = ngettext("%(count)d machine is down:", "%(count)d machines are down:", len(down))
        yield Need(text % {"count": len(down)}, links, "equipment", is_urgent=True)

    def _entries(self) -> Iterator[Need]:
        """Yield the sites where nothing of today was entered by the entry time."""
        now = timezone.now()
        entered = entered_modules(self.sites, first=min(days.today for days in self.days), last=self.date)
        links = [
            RecordsLink(days.site.name, page_address("day:page", days.site.code, days.today))
            for days in self.days
            if days.today in days.worked
            and entry_moment(days.site, days.today, ENTRY_TIME) <= now
            and (days.site.pk, days.today) not in entered
        ]
        if links:
            yield Need(
                _("Nothing was entered by %(time)s today:") % {"time": time_format(ENTRY_TIME, "H:i")}, links
            )

    def _closing(self) -> Iterator[Need]:
        """Yield the days that wait for a manager's approval, and what is not submitted."""
        managed = [site for site in self.sites if manages(site)]
        months = site_months(
            managed, first=self.date - APPROVAL_DAYS * ONE_DAY, last=self.date, with_missing=False
        )
        waiting = [
            (month.site, cell.date)
            for month in months
            for cell in month.cells
            if cell.state is State.SUBMITTED
        ]
        if waiting:
            links = [
                RecordsLink(
                    f"{self._where(site)}{shown_date(date, 'D j M')}",
                    page_address("day:page", site.code, date),
                )
                for site, date in waiting[:MAX_NAMED]
            ]
            if len(waiting) > MAX_NAMED:
                links.append(RecordsLink(_("all of them"), page_address("dashboard:month")))
            text = ngettext(
                "%(count)d day waits for your approval:",
                "%(count)d days wait for your approval:",
                len(waiting),
            )
            yield Need(text % {"count": len(waiting)}, links, "check")
        missing = [
            (month.site, cell.date)
            for month in months
            for cell in month.cells
            if cell.date >= self.date.replace(day=1) and cell.is_due and not cell.is_closed
        ]
        if missing:
            text = ngettext(
                "%(count)d day of this month is not submitted:",
                "%(count)d days of this month are not submitted:",
                len(missing),
            )
            yield Need(
                text % {"count": len(missing)},
                [RecordsLink(_("Completeness"), page_address("dashboard:month"))],
                "calendar",
            )
        for notice in notices_of([site for site in self.sites if not manages(site)]):
            yield Need(notice.text, [RecordsLink(notice.action, notice.href)], "calendar")

    def _targets(self) -> Iterator[Need]:
        months = TargetMonth(self.sites, date=self.date).of_sites
        for site in self.sites:
            month = months[site.pk]
            if not is_slipping(month):
                continue
            words = {
                "site": site.name,
                "month": shown_date(self.date, "F"),
                "percent": percent(month.projected_percent),
            }
            yield Need(
                _("%(site)s: at this pace %(month)s ends at %(percent)s of its target.") % words,
                [RecordsLink(_("Targets"), day_address("production:targets", site.code, site.today()))],
                "targets",
            )

    def _where(self, site: Site) -> str:
        """Return the site's code before a date, where the page is about several."""
        return f"{site.code} " if len(self.sites) > 1 else ""


def entry_moment(site: Site, date: dt.date, time: dt.time) -> dt.datetime:
    """Return when a site's date reaches a time: on the next morning where the date begins after it."""
    begin = site.settings_on(date).day_start(date).astimezone(site.zone)
    moment = dt.datetime.combine(begin.date(), time, tzinfo=site.zone)
    return moment if moment >= begin else moment + ONE_DAY


def is_slipping(month: MonthToDate, *, enough: int = ENOUGH) -> bool:
    """Return whether a month would end below this percentage of its target; not on its first days."""
    projected = month.projected_percent
    return projected is not None and projected < enough and month.days_over >= FEWEST_DAYS_OVER

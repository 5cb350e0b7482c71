"""The sheet of a site's day: a grid for each module, and the day's rows of the stock ledger."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from django.db.models import Exists, Model, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.safestring import SafeString

from charts.numbers import NOTHING
from core.db.prepared import JoinedQueries, PreparedQuery
from dashboard.closing.panel import ClosingPanel
from dashboard.day_sheet.cells import DATE, SITE, OptionsOfSheet, definition_of
from dashboard.day_sheet.grid import ONE_DAY, Grid
from dashboard.day_sheet.habits import templates_of
from dashboard.day_sheet.rejected import RejectedRow
from equipment.readings.figures import Proposal, proposals, telematics_of, telematics_on
from equipment.readings.models import CounterReading
from inventory.ledger.snapshots import snapshots_on_day
from records import registry
from records.models import DailyRecord, Departure
from records.module import RecordModule
from records.pages.table import filled, may_write, row_pattern
from records.templatetags.figures import signed_tons, tons
from sites.dates import EARLIEST
from sites.models import MasterData, Site, User


def end_of_date(site: Site, date: dt.date) -> dt.datetime:
    """Return the moment at which an operating date of a site ends."""
    return site.settings_on(date + ONE_DAY).day_start(date + ONE_DAY)


def stock_rows(site: Site, date: dt.date) -> SafeString:
    """Return a site's rows of the stock ledger on a date, as `_stock_row.html` renders them."""
    pattern = row_pattern("dashboard/day_sheet/_stock_row.html", (), {})
    rows = (
        {
            "material": row.material.name,
            "opening": tons(row.opening_ton),
            "in": tons(row.in_ton),
            "out": tons(row.out_ton),
            "by_count": NOTHING if row.counted_ton is None else signed_tons(row.adjustment_ton),
            "closing": tons(row.closing_ton),
        }
        for row in snapshots_on_day(site, date)
    )
    return SafeString("".join(filled(pattern, row) for row in rows))


type Modules = tuple[RecordModule[DailyRecord], ...]


@cache
def _totals(modules: Modules) -> JoinedQueries:
    """Return the totals of all modules on a day."""
    return JoinedQueries(definition_of(module).totals for module in modules)


# What a site may use, by the slug of the optional module, or telematics.
TELEMATICS = "telematics"


@cache
def _uses(modules: Modules) -> dict[str, Exists]:
    """Return the condition for each: it has choices that get a line each, or else any record."""
    uses = {TELEMATICS: Exists(telematics_on(SITE, DATE))}
    for module in modules:
        if not module.is_optional:
            continue
        uses[module.slug] = Exists(module.model._default_manager.filter(site_id=SITE))
        if module.line_for_each:
            choices = module.model._meta.get_field(module.line_for_each).related_model
            assert isinstance(choices, type)
            assert issubclass(choices, MasterData)
            uses[module.slug] = Exists(choices._default_manager.filter(Q(("site_id", SITE)), is_active=True))
    return uses


def _last_changes(modules: Modules) -> Iterator[Combinable]:
    """Yield the numbers of the last change of a site that each module has: of a record, and of a deletion.

    The last one is that of a record that left the site.
    """
    for module in modules:
        yield _last(module.model._default_manager.filter(site_id=SITE))
        yield _last(module.model.history.filter(site_id=SITE, history_type="-"))
    yield _last(Departure.objects.filter(site_id=SITE))


def _last(rows: QuerySet[Model]) -> Combinable:
    return Subquery(rows.order_by("-change_number").values("change_number")[:1])


@cache
def _facts_of_site(modules: Modules) -> PreparedQuery[Site, tuple[object, ...]]:
    """Return what a site uses, and its last changes."""
    facts = (*_uses(modules).values(), *_last_changes(modules))
    return PreparedQuery(lambda: Site.objects.filter(pk=SITE).order_by().values_list(*facts))


@dataclass(frozen=True)
class Sheet:
    """A site's day for a person, whose role the site has."""

    closing: ClosingPanel
    # The row that was sent and not saved, where this is the response to it.
    rejected: RejectedRow | None = None
    # The module whose rows of the day before are offered.
    copied: str = ""
    # The optional module whose grid was asked for.
    opened: str = ""
    user: User | None = None
    # The sites at which the person may enter rows.
    places: tuple[Site, ...] = ()
    csrf_token: str = ""

    @property
    def site(self) -> Site:
        return self.closing.site

    @property
    def date(self) -> dt.date:
        return self.closing.date

    @property
    def places_key(self) -> str:
        """Return what the list of these sites depends on."""
        return " ".join(f"{site.pk}:{site.code}:{site.name}" for site in self.places)

    @cached_property
    def today(self) -> dt.date:
        return self.site.today()

    @property
    def is_today(self) -> bool:
        return self.date == self.today

    @cached_property
    def may_write(self) -> bool:
        return may_write(self.site)

    @cached_property
    def takes_entries(self) -> bool:
        """Return whether records can be entered, or corrected where a new time zone put their day ahead."""
        return self.closing.may_enter or (
            self.may_write and not self.closing.is_closed and self.closing.contents.has_records
        )

    @property
    def before(self) -> dt.date | None:
        return self.date - ONE_DAY if self.date > EARLIEST else None

    @property
    def after(self) -> dt.date | None:
        return self.date + ONE_DAY if self.date < self.today else None

    @property
    def next_date(self) -> dt.date:
        return self.date + ONE_DAY

    @property
    def ends_at(self) -> dt.datetime:
        """Return the moment at which this operating date ends."""
        return end_of_date(self.site, self.date)

    @property
    def address(self) -> str:
        return reverse("day:page", args=[self.site.code, self.date])

    @cached_property
    def grids(self) -> list[Grid[DailyRecord]]:
        """Return the grids that the sheet shows."""
        return [grid for grid in self._grids if self._shows(grid)]

    @property
    def more_grids(self) -> list[Grid[DailyRecord]]:
        """Return the optional grids that the sheet offers to show."""
        return [grid for grid in self._grids if grid not in self.grids] if self.takes_entries else []

    def _shows(self, grid: Grid[DailyRecord]) -> bool:
        """Return whether a grid is shown at once: an optional one with records, or where the site uses it."""
        if not grid.module.is_optional or grid.records or grid.rejected or grid.slug == self.opened:
            return True
        return self.takes_entries and self._uses[grid.slug]

    @cached_property
    def _uses(self) -> Mapping[str, bool]:
        """Return which optional modules the site uses, and whether it has telematics."""
        uses = _uses(registry.modules())
        return {name: bool(is_used) for name, is_used in zip(uses, self._facts, strict=False)}

    @cached_property
    def _last_changes(self) -> list[str]:
        """Return what changes with the records of each module at the site."""
        if not self.takes_entries:
            return [""] * len(registry.modules())
        *of_modules, departure = self._facts[len(_uses(registry.modules())) :]
        numbers = zip(of_modules[::2], of_modules[1::2], strict=True)
        return [f"{record}-{deletion}-{departure}" for record, deletion in numbers]

    @cached_property
    def _facts(self) -> tuple[object, ...]:
        """Return what the site uses, and its last changes. One query."""
        return _facts_of_site(registry.modules()).first(site=self.site.pk, date=self.date) or ()

    @cached_property
    def _proposals(self) -> list[Proposal]:
        if not self.takes_entries:
            return []
        read = self.closing.records or {}
        readings = [each for each in read.get("readings", ()) if isinstance(each, CounterReading)]
        has_telematics = self._uses[TELEMATICS]
        return proposals(readings, telematics_of(self.site, self.date) if has_telematics else ())

    @cached_property
    def _grids(self) -> list[Grid[DailyRecord]]:
        options: OptionsOfSheet = {}
        sums = _totals(registry.modules()).rows(site=self.site.pk, date=self.date)
        return [
            Grid(
                module,
                site=self.site,
                date=self.date,
                takes_entries=self.takes_entries,
                is_closed=self.closing.is_closed,
                csrf_token=self.csrf_token,
                records=self.closing.records[module.slug] if self.closing.records is not None else None,
                rejected=self.rejected,
                is_copied=self.copied == module.slug,
                options=options,
                proposals=[each for each in self._proposals if each.slug == module.slug],
                sums=row or (0,),
                last_change=last_change,
            )
            for module, row, last_change in zip(registry.modules(), sums, self._last_changes, strict=True)
        ]

    @property
    def stock(self) -> SafeString:
        return stock_rows(self.site, self.date)

    @property
    def offers(self) -> dict[str, object]:
        """Return what the page's scripts offer in each grid."""
        if not self.takes_entries:
            return {}
        templates = templates_of(self.user, self.site) if self.user is not None else {}
        return {grid.slug: {**grid.offers, "templates": templates.get(grid.slug, [])} for grid in self.grids}

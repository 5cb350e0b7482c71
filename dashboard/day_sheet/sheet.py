"""The sheet of a site's day: a grid for each module, and the day's rows of the stock ledger."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from dashboard.closing.panel import ClosingPanel
from dashboard.day_sheet.cells import OptionsOfSheet
from dashboard.day_sheet.grid import ONE_DAY, Grid
from dashboard.day_sheet.habits import templates_of
from dashboard.day_sheet.rejected import RejectedRow
from equipment.readings.figures import Proposal, proposals
from inventory.ledger.snapshots import InventorySnapshot, snapshots_on_day
from records import registry
from records.models import DailyRecord
from records.pages.table import may_write
from sites.dates import EARLIEST
from sites.models import Site, User


def end_of_date(site: Site, date: dt.date) -> dt.datetime:
    """Return the moment at which an operating date of a site ends."""
    return site.settings_on(date + ONE_DAY).day_start(date + ONE_DAY)


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

    @property
    def grids(self) -> list[Grid[DailyRecord]]:
        """Return the grids that the sheet shows."""
        return [grid for grid in self._grids if grid.is_used or grid.slug == self.opened]

    @property
    def more_grids(self) -> list[Grid[DailyRecord]]:
        """Return the optional grids that the sheet offers to show."""
        hidden = [grid for grid in self._grids if not (grid.is_used or grid.slug == self.opened)]
        return hidden if self.takes_entries else []

    @cached_property
    def _proposals(self) -> list[Proposal]:
        return proposals(self.site, self.date) if self.takes_entries else []

    @cached_property
    def _grids(self) -> list[Grid[DailyRecord]]:
        options: OptionsOfSheet = {}
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
            )
            for module in registry.modules()
        ]

    @cached_property
    def stock(self) -> list[InventorySnapshot]:
        return snapshots_on_day(self.site, self.date)

    @property
    def offers(self) -> dict[str, object]:
        """Return what the page's scripts offer in each grid."""
        if not self.takes_entries:
            return {}
        templates = templates_of(self.user, self.site) if self.user is not None else {}
        return {grid.slug: {**grid.offers, "templates": templates.get(grid.slug, [])} for grid in self.grids}

"""What a file says about itself: what it holds, of which sites and dates, who requested it and when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.datasets.selection import Selection
from sites.models import Site

# A label and its value.
type Fact = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Creation:
    """Who requested a file, when it was made, and the number of its job."""

    by: str
    at: dt.datetime
    job_number: str

    def facts(self, sites: tuple[Site, ...]) -> tuple[Fact, ...]:
        """Return it as facts, the time in the zone of the sites."""
        facts = (
            (_("Created by"), self.by),
            (_("Created"), format_moment(self.at, common_zone(sites))),
            (_("Job"), self.job_number),
        )
        return tuple((label, value) for label, value in facts if value)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The first page or sheet of a file."""

    title: str
    dates: str
    facts: tuple[Fact, ...]
    creation: tuple[Fact, ...]
    # The captions of the lines for signatures.
    signatures: tuple[str, ...] = ()

    @property
    def company(self) -> str:
        return str(settings.COMPANY_NAME)


def cover_of(selection: Selection, *, title: str, facts: Iterable[Fact], creation: Creation) -> Cover:
    """Return the cover of a file: its sites and dates, and these facts."""
    dates = format_dates(selection.first, selection.last)
    sites = ", ".join(str(site) for site in selection.sites)
    return Cover(
        title=title,
        dates=dates,
        facts=((ngettext("Site", "Sites", len(selection.sites)), sites), (_("Dates"), dates), *facts),
        creation=creation.facts(selection.sites),
    )


def format_date(date: dt.date) -> str:
    """Return a date as people read it."""
    return date_format(date, "D j M Y")


def format_dates(first: dt.date, last: dt.date) -> str:
    """Return a range of dates as people read it."""
    return format_date(first) if first == last else f"{format_date(first)} – {format_date(last)}"


def common_zone(sites: Iterable[Site]) -> dt.tzinfo:
    """Return the time zone that the sites share; UTC where they have several."""
    zones = {site.zone for site in sites}
    return zones.pop() if len(zones) == 1 else dt.UTC


def format_moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Return a moment in a zone, which it names, as people read it."""
    return f"{date_format(moment.astimezone(zone), 'j M Y H:i')} ({zone})"

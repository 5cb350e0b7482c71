"""What a file says about itself: what it holds, of which sites and dates, and who had it made when."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exports.datasets.selection import Selection
from sites.models import Site

type Fact = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """Who had a file made, when, and under which number that is on record."""

    by: str
    at: dt.datetime
    number: str

    def facts(self, sites: tuple[Site, ...]) -> tuple[Fact, ...]:
        """Return it in words, the moment as the clocks of the sites say it."""
        facts = (
            (_("Made by"), self.by),
            (_("Made"), shown_moment(self.at, zone_of(sites))),
            (_("Job"), self.number),
        )
        return tuple((name, words) for name, words in facts if words)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The first thing that is read in a file."""

    title: str
    dates: str
    facts: tuple[Fact, ...]
    made: tuple[Fact, ...]
    # What is written under the lines for signatures.
    signatures: tuple[str, ...] = ()

    @property
    def company(self) -> str:
        return str(settings.COMPANY_NAME)


def cover_of(selection: Selection, *, count: int, imprint: Imprint) -> Cover:
    """Return the cover of a selection's file with so many rows."""
    dates = shown_dates(selection.first, selection.last)
    return Cover(
        title=str(selection.subject.label),
        dates=dates,
        facts=(
            (
                ngettext("Site", "Sites", len(selection.sites)),
                ", ".join(str(site) for site in selection.sites),
            ),
            (_("Dates"), dates),
            (_("Rows"), f"{count:,}"),
            (_("Each row is"), selection.row_words),
            *selection.subject.filter_words(selection.sites, selection.filters),
        ),
        made=imprint.facts(selection.sites),
    )


NOTHING_FOUND = gettext_lazy("Nothing was found for these sites, dates and filters.")


def shown_date(date: dt.date) -> str:
    """Return a date as a person reads it."""
    return date_format(date, "D j M Y")


def shown_dates(first: dt.date, last: dt.date) -> str:
    """Return a range of dates as a person reads it."""
    return shown_date(first) if first == last else f"{shown_date(first)} – {shown_date(last)}"


def zone_of(sites: Iterable[Site]) -> dt.tzinfo:
    """Return the zone in which a moment is told: the one that the sites share, or else UTC."""
    zones = {site.zone for site in sites}
    return zones.pop() if len(zones) == 1 else dt.UTC


def shown_moment(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Return a moment as a person reads it in a zone, which it names."""
    return f"{date_format(moment.astimezone(zone), 'j M Y H:i')} ({zone})"

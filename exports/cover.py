"""What a file says about itself: what it holds, of which sites and dates, and who had it made when."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.selection import Selection
from exports.words import shown_dates, shown_moment, zone_of
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

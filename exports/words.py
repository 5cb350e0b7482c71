"""What files say in words, whatever their format."""

import datetime as dt
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from sites.models import Site

NOTHING_FOUND = _("Nothing was found for these sites, dates and filters.")


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

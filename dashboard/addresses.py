"""Where the dashboard's parts are fetched from, and where they lead."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from records.page_day import FOLLOWS, PARAMETER, Day
from sites.scope import PARAMETER as SITE_PARAMETER


def day_query(scope_code: str, date: object) -> str:
    """Return what the address of the page says for these sites and this date."""
    return urlencode({SITE_PARAMETER: scope_code, PARAMETER: str(date)})


def fragment_query(scope_code: str, day: Day) -> str:
    """Return what the address of a part says: it stays with the figures around it."""
    query = day_query(scope_code, day.date)
    return f"{query}&{FOLLOWS}=1" if day.follows else query


def page_address(url_name: str, *arguments: object) -> str:
    """Return the path of a page; empty where its module is not part of this portal."""
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:
        return ""

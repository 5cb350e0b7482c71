"""What the dashboard says of days that are over: to a clerk, which one; to a manager, how many."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.closing.month import SiteMonth, site_months
from records.pages.dates import ONE_DAY, shown_date
from records.pages.table import may_write
from sites.managing import manages
from sites.models import Site

# So far back a clerk is told of a day; what is older stands on the board.
CLERK_DAYS = 7
# So many sites are named one by one.
MOST_NAMED = 5


@dataclass(frozen=True)
class Notice:
    """A sentence, where it leads and what one does there."""

    text: str
    href: str
    action: str


def notices_of(sites: Sequence[Site]) -> list[Notice]:
    """Return what a person is to know of these sites, which come with their role. Three queries, or none."""
    managed = [site for site in sites if manages(site)]
    entered = [site for site in sites if may_write(site) and not manages(site)]
    today = max((site.today() for site in sites), default=timezone.now().date())
    first = min(today.replace(day=1), today - CLERK_DAYS * ONE_DAY)
    lines = site_months([*managed, *entered], first=first, last=today, with_lacking=False)
    of_managers, of_clerks = lines[: len(managed)], lines[len(managed) :]
    told = [notice for line in of_clerks for notice in _to_the_clerk(line, names_site=len(sites) > 1)]
    return [*told[:MOST_NAMED], *_to_the_manager(of_managers, today.replace(day=1))]


def notice_beside(site: Site, date: dt.date) -> list[Notice]:
    """Return what whoever enters today is to know of the working day before. Three queries, or none."""
    if date != site.today() or not may_write(site):
        return []
    lines = site_months([site], first=date - CLERK_DAYS * ONE_DAY, last=date, with_lacking=False)
    return [notice for line in lines for notice in _to_the_clerk(line, names_site=False)]


def _to_the_clerk(line: SiteMonth, *, names_site: bool) -> Iterator[Notice]:
    """Tell of the last working day before today, where it is not submitted."""
    site, today = line.site, line.site.today()
    past = [cell for cell in line.cells if cell.date < today and (cell.is_due or cell.is_closed)]
    if not past or past[-1].is_closed:
        return
    date = past[-1].date
    when = _("Yesterday") if date == today - ONE_DAY else shown_date(date, "l j F")
    text = _("%(when)s is not submitted.") % {"when": when}
    yield Notice(
        text=f"{site.name}: {text}" if names_site else text,
        href=reverse("day:page", args=[site.code, date]),
        action=_("Open the day"),
    )


def _to_the_manager(lines: Sequence[SiteMonth], first: dt.date) -> Iterator[Notice]:
    """Tell how many days of this month are not submitted, and how many wait to be approved."""
    cells = [cell for line in lines for cell in line.cells if cell.date >= first]
    missing = sum(cell.is_due and not cell.is_closed for cell in cells)
    waiting = sum(cell.state.slug == "submitted" for cell in cells)
    told = []
    if missing:
        told.append(
            ngettext(
                "%(count)d day of this month is not submitted.",
                "%(count)d days of this month are not submitted.",
                missing,
            )
            % {"count": missing}
        )
    if waiting:
        told.append(
            ngettext("%(count)d waits for approval.", "%(count)d wait for approval.", waiting)
            % {"count": waiting}
        )
    if told:
        yield Notice(" ".join(told), reverse("dashboard:month"), _("See which"))

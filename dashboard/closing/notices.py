"""The notices about days that are over: for clerks which day, for managers how many days."""

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

# Clerks get no notice of days before; the month shows them.
CLERK_DAYS = 7
# So many sites are named one by one.
MAX_NAMED = 5


@dataclass(frozen=True)
class Notice:
    """A sentence with a link."""

    text: str
    href: str
    action: str


def notices_of(sites: Sequence[Site]) -> list[Notice]:
    """Return the notices about a person's sites, which have the person's role. Three queries, or none."""
    managed = [site for site in sites if manages(site)]
    entered = [site for site in sites if may_write(site) and not manages(site)]
    today = max((site.today() for site in sites), default=timezone.now().date())
    first = min(today.replace(day=1), today - CLERK_DAYS * ONE_DAY)
    lines = site_months([*managed, *entered], first=first, last=today, with_missing=False)
    of_managers, of_clerks = lines[: len(managed)], lines[len(managed) :]
    notices = [notice for line in of_clerks for notice in _for_the_clerk(line, names_site=len(sites) > 1)]
    return [*notices[:MAX_NAMED], *_for_the_manager(of_managers, today.replace(day=1))]


def notices_of_day(site: Site, date: dt.date) -> list[Notice]:
    """Return the notice about the working day before today, for clerks. Three queries, or none."""
    if date != site.today() or not may_write(site):
        return []
    lines = site_months([site], first=date - CLERK_DAYS * ONE_DAY, last=date, with_missing=False)
    return [notice for line in lines for notice in _for_the_clerk(line, names_site=False)]


def _for_the_clerk(line: SiteMonth, *, names_site: bool) -> Iterator[Notice]:
    """Yield a notice when the last working day before today is not submitted."""
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


def _for_the_manager(lines: Sequence[SiteMonth], first: dt.date) -> Iterator[Notice]:
    """Yield the number of days of this month that are not submitted, and that wait for approval."""
    cells = [cell for line in lines for cell in line.cells if cell.date >= first]
    missing = sum(cell.is_due and not cell.is_closed for cell in cells)
    waiting = sum(cell.state.slug == "submitted" for cell in cells)
    sentences = []
    if missing:
        sentences.append(
            ngettext(
                "%(count)d day of this month is not submitted.",
                "%(count)d days of this month are not submitted.",
                missing,
            )
            % {"count": missing}
        )
    if waiting:
        sentences.append(
            ngettext("%(count)d waits for approval.", "%(count)d wait for approval.", waiting)
            % {"count": waiting}
        )
    if sentences:
        yield Notice(" ".join(sentences), reverse("dashboard:month"), _("Show them"))

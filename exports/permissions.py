"""Who may take how much along: asked when a file is asked for, when it is made and when it is handed out."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.errors import RangeTooLong
from exports.models import ExportJob
from records.errors import NotVisible
from sites.models import Role, Site, User

# Days, both ends included. An admin may take any length.
LONGEST = {Role.VIEWER: 366, Role.OPERATOR: 90, Role.MANAGER: 366}


def visible_sites(by: User, site_ids: Iterable[int]) -> tuple[Site, ...]:
    """Return these sites with the person's role on each. Raises NotVisible where one is not theirs."""
    wanted = set(site_ids)
    sites = tuple(Site.objects.for_user(by).with_role(by).filter(pk__in=wanted).order_by("code"))
    if not wanted or len(sites) != len(wanted):
        raise NotVisible
    return sites


def longest_days(by: User, sites: Iterable[Site]) -> int | None:
    """Return for how many days of these sites, which know the role, a person may export; None for any."""
    if by.is_superuser:
        return None
    return min(LONGEST[Role(site.role or Role.VIEWER)] for site in sites)


def require_range(by: User, sites: Iterable[Site], *, first: dt.date, last: dt.date) -> None:
    """Raise RangeTooLong where the person's role on one of the sites does not reach over these days."""
    sites = tuple(sites)
    longest, days = longest_days(by, sites), (last - first).days + 1
    if longest is None or days <= longest:
        return
    site = min(sites, key=lambda site: LONGEST[Role(site.role or Role.VIEWER)])
    raise RangeTooLong(
        ngettext(
            "These are %(days)d days; as %(role)s of %(site)s you may export %(longest)d at once.",
            "These are %(days)d days; as %(role)s of %(site)s you may export %(longest)d at once.",
            days,
        )
        % {
            "days": days,
            "role": Role(site.role or Role.VIEWER).label.lower(),
            "site": site.name,
            "longest": longest,
        }
        + " "
        + _("Choose a shorter range, or ask an admin.")
    )


def require_own(by: User, job_id: int) -> ExportJob:
    """Return a person's own job, of sites that are still theirs. Raises NotVisible."""
    job = ExportJob.objects.for_user(by).filter(pk=job_id).first()
    if job is None:
        raise NotVisible
    return job

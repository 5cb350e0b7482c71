"""Who may export which sites and how many days: checked on request, when the file is made and on download."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.errors import RangeTooLong
from exports.models import ExportJob
from records.errors import NotVisible
from sites.models import Role, Site, User

# Days, both ends included. An admin may export any range.
MAX_DAYS = {Role.VIEWER: 366, Role.OPERATOR: 90, Role.MANAGER: 366}


def visible_sites(by: User, site_ids: Iterable[int]) -> tuple[Site, ...]:
    """Return these sites with the user's role on each. Raises NotVisible where one is not theirs."""
    wanted = set(site_ids)
    sites = tuple(Site.objects.for_user(by).with_role(by).filter(pk__in=wanted).order_by("code"))
    if not wanted or len(sites) != len(wanted):
        raise NotVisible
    return sites


def require_range(by: User, sites: Iterable[Site], *, first: dt.date, last: dt.date) -> None:
    """Raise RangeTooLong where the user's role on one of the sites does not allow so many days."""
    if by.is_superuser:
        return
    days = (last - first).days + 1
    site = min(sites, key=lambda site: MAX_DAYS[_role(site)])
    most = MAX_DAYS[_role(site)]
    if days <= most:
        return
    raise RangeTooLong(
        ngettext(
            "These are %(days)d days; as %(role)s of %(site)s you may export %(most)d at once.",
            "These are %(days)d days; as %(role)s of %(site)s you may export %(most)d at once.",
            days,
        )
        % {"days": days, "role": _role(site).label.lower(), "site": site.name, "most": most}
        + " "
        + _("Choose a shorter range, or ask an admin.")
    )


def _role(site: Site) -> Role:
    """Return the role that `visible_sites` has read with a site."""
    return Role(site.role or Role.VIEWER)


def require_own(by: User, job_id: int) -> ExportJob:
    """Return the user's own job, all of whose sites they still see. Raises NotVisible."""
    job = ExportJob.objects.for_user(by).filter(pk=job_id).first()
    if job is None:
        raise NotVisible
    return job

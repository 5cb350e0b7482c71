"""The content of the targets page: current, future and past targets."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse

from production.models import Meaning, Target
from production.months import MonthToDate, TargetMonth
from production.targets import ONE_DAY
from sites.models import Site


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target with the last day on which it applies, None for no end, and its site's today."""

    target: Target
    until: dt.date | None
    today: dt.date
    # The month to date of what the target is for; None where it has no target in that month.
    month: MonthToDate | None

    @property
    def is_ahead(self) -> bool:
        return self.target.valid_from > self.today

    @property
    def is_over(self) -> bool:
        return self.until is not None and self.until < self.today

    @property
    def is_in_force(self) -> bool:
        return not (self.is_ahead or self.is_over)

    @property
    def ends_the_one_before(self) -> bool:
        """Return whether there is no target from its date on."""
        return not self.target.tons_per_day


def lines_of(sites: Sequence[Site], month: TargetMonth) -> list[TargetLine]:
    """Return all targets of these sites, by site, whole site before materials, oldest first.

    One query in addition to those of the month.
    """
    today = {site.pk: site.today() for site in sites}
    targets = list(
        Target.objects.at(sites)
        .select_related("site", "material")
        .order_by(
            "site__name",
            "site__code",
            F("material__position").asc(nulls_first=True),
            "material__code",
            "valid_from",
        )
    )
    lines = []
    for target, following in pairwise([*targets, None]):
        assert target is not None
        goes_on = following is None or (following.site_id, following.material_id) != (
            target.site_id,
            target.material_id,
        )
        until = None if goes_on or following is None else following.valid_from - ONE_DAY
        lines.append(TargetLine(target, until, today[target.site_id], _month_of(target, month)))
    return lines


def _month_of(target: Target, month: TargetMonth) -> MonthToDate | None:
    """Return the month to date of what a target is for: the whole site, or one material."""
    if target.material_id is not None:
        return month.of_materials.get((target.site_id, target.material_id))
    of_site = month.of_sites[target.site_id]
    return of_site if of_site.target_ton else None


def output_address(month: MonthToDate, code: str) -> str:
    """Return the URL of the list of a month's output records."""
    first = month.date.replace(day=1)
    query = {"site": code, "from": first, "to": month.date, "counts_as": Meaning.OUTPUT}
    return f"{reverse('production:list')}?{urlencode(query)}"

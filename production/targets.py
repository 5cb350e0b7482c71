"""Production targets over sites and dates: reading them, setting them, correcting and removing them.

A target is in tons per working day, so a day on which its site does not work has none. The target of a
site is the one of the whole site where one is in force, else the sum of its materials' targets. What the
site makes of a material without a target of its own counts as output too.
"""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from core.db.fields import NO_TONS
from core.db.prepared import PreparedQuery
from production.models import ProductionQuerySet, Target
from sites.models import Material, Site, User, working_days
from sites.models.sites import FIRST, LAST, SITES
from sites.scope import lock_as_manager

ONE_DAY = dt.timedelta(days=1)

# The targets of a site: when each begins and its tons, oldest first, by material; None is the whole site.
type Plan = dict[int | None, list[tuple[dt.date, Decimal]]]


@dataclass(frozen=True, slots=True)
class Plans:
    """The targets of some sites: each site's plan under its id, and the names of the materials in them."""

    of_sites: Mapping[int, Plan]
    # In the order of the materials.
    materials: Mapping[int, str]


def target_by_day(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> dict[dt.date, Decimal]:
    """Return the target of each working day of a period, both ends included, in tons, summed over the sites.

    Days without a target, or on which no site works, are left out. Two queries, whatever the
    number of sites, targets and days.
    """
    days = working_days(sites, first=first, last=last)
    total: dict[dt.date, Decimal] = defaultdict(lambda: NO_TONS)
    for site_id, plan in plans_of(sites, first=first, last=last).of_sites.items():
        for date, tons in due_each_day(plan, days[site_id], first=first).items():
            total[date] += tons
    return dict(sorted(total.items()))


# A material that can no longer be sold is no longer output, so nothing of it is due.
_plans = PreparedQuery(
    lambda: (
        Target.objects.filter(Q(material=None) | ProductionQuerySet.output_material(), site__in=SITES)
        .in_force_between(FIRST, LAST)
        .order_by("valid_from")
        .values_list(
            *("site_id", "material_id", "valid_from", "tons_per_day"), "material__name", "material__position"
        )
    )
)


def plans_of(sites: Sequence[Site], *, first: dt.date, last: dt.date) -> Plans:
    """Return the targets that apply on some day of a period, both ends included. One query."""
    of_sites: dict[int, Plan] = {site.pk: defaultdict(list) for site in sites}
    places: dict[int, tuple[int, str]] = {}
    rows = _plans.all(sites=[site.pk for site in sites], first=first, last=last)
    for site_id, material_id, begins, tons, name, position in rows:
        of_sites[site_id][material_id].append((begins, tons))
        if material_id is not None:
            places[material_id] = (position or 0, name or "")
    in_order = sorted(places.items(), key=lambda material: material[1])
    return Plans(of_sites, {material_id: name for material_id, (_position, name) in in_order})


def due_each_day(
    plan: Plan, days: Collection[dt.date], *, first: dt.date, material_id: int | None = None
) -> dict[dt.date, Decimal]:
    """Return a site's target of each day, in tons, or that of one material alone; days without are left out.

    `first` is where the period begins that the plan was read for.
    """
    # Calculated once for each stretch without a change.
    begins = {date for steps in plan.values() for date, _tons in steps if date > first}
    stretches = sorted({first, *begins})
    tons = [_tons_on(date, plan, material_id=material_id) for date in stretches]
    if len(stretches) == 1:
        return dict.fromkeys(days, tons[0]) if tons[0] else {}
    found = ((day, tons[bisect_right(stretches, day) - 1]) for day in days)
    return {day: target for day, target in found if target}


def _tons_on(date: dt.date, plan: Plan, *, material_id: int | None) -> Decimal:
    """Return the target of a site on a date; 0 where none applies."""
    in_force = {
        key: next((tons for begins, tons in reversed(steps) if begins <= date), NO_TONS)
        for key, steps in plan.items()
    }
    if material_id is not None:
        return in_force.get(material_id, NO_TONS)
    return in_force.pop(None, NO_TONS) or sum(in_force.values(), NO_TONS)


@transaction.atomic
def set_target(
    *, site: Site, by: User, material: Material | None, tons_per_day: Decimal, valid_from: dt.date
) -> Target:
    """Set tons per working day from a date on, of a material or, without one, of the whole site.

    Raises Site.DoesNotExist, PermissionDenied below manager, ValidationError where a target begins on this
    date already or the tons are out of range.
    """
    locked = lock_as_manager(site.pk, by=by)
    target = Target(site=locked, material=material, tons_per_day=tons_per_day, valid_from=valid_from)
    return _save(target, by=by)


@transaction.atomic
def correct_target(
    *, target: Target, by: User, material: Material | None, tons_per_day: Decimal, valid_from: dt.date
) -> Target:
    """Change a target for all days on which it applies.

    Raises Site.DoesNotExist, Target.DoesNotExist where it has been removed, PermissionDenied below manager,
    ValidationError as `set_target` does.
    """
    lock_as_manager(target.site_id, by=by)
    stored = Target.objects.get(pk=target.pk, site_id=target.site_id)
    # A target keeps its material even when that can no longer be sold.
    unchanged = {"material"} if material == stored.material else set()
    stored.material, stored.tons_per_day, stored.valid_from = material, tons_per_day, valid_from
    return _save(stored, by=by, unchanged=unchanged)


@transaction.atomic
def remove_target(*, target: Target, by: User) -> None:
    """Remove a target as if it had never been set, so that the one before it applies.

    Raises Site.DoesNotExist, PermissionDenied below manager.
    """
    lock_as_manager(target.site_id, by=by)
    for stored in Target.objects.filter(pk=target.pk, site_id=target.site_id):
        stored._history_user = by  # type: ignore[attr-defined]  # read by simple-history
        stored.delete()


def _save(target: Target, *, by: User, unchanged: Collection[str] = ()) -> Target:
    target.clean_fields(exclude=unchanged)
    target.clean()
    target.validate_unique()
    target.validate_constraints()
    target._history_user = by  # type: ignore[attr-defined]  # read by simple-history
    target.save()
    return target

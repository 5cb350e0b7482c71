"""Setting, correcting and removing targets."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from django.db import transaction

from production.models import Target
from sites.models import Material, Site, User
from sites.scope import lock_as_manager


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

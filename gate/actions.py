"""Opening a load at its first weighing, and making it a record at the second.

The record is written by `records/operations`, in one transaction with the end of the open load: of two gates
that weigh the same lorry out, the second finds nothing and takes no ticket number.
"""

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gate.models import OpenLoad
from inventory.models import LoadedMovement, LoadState, TareSource
from parties.models import Party, Vehicle, plate_code
from records import operations
from records.choices import Source
from records.errors import NotVisible
from records.module import RecordModule
from records.operations.site_transaction import site_transaction
from records.registry import module as module_of
from sites.models import Site, User

type Outcome = operations.Outcome[LoadedMovement]
# What an open load has in common with its record.
COMMON = ("weighbridge", "container", "carrier", "party", "project", "material", "operation")
PARTIES = ("carrier", "party", "project")
TEXTS = ("order_reference", "reference", "notes")
NOT_ON_SITE = gettext_lazy("This lorry is no longer on site: somebody weighed it out.")


def vehicle_of(plate: str, *, by: User) -> Vehicle:
    """Return the vehicle with this plate, in whatever spelling; a new one where there is none.

    Raises ValidationError for a plate without letters and digits, or an inactive vehicle.
    """
    found = Vehicle.objects.filter(code=plate_code(plate)).first()
    if found is None:
        found = Vehicle(name=" ".join(plate.split()).upper())
        found.full_clean(exclude=["code"])
        found._history_user = by  # type: ignore[attr-defined]  # read by simple-history
        try:
            with transaction.atomic():
                found.save()
        except IntegrityError:
            # Another site's gate, whose lock is another one, has just stored it.
            found = Vehicle.objects.get(code=found.code)
    if not found.is_active:
        raise ValidationError(_("%(plate)s is inactive: it is not taken in."), params={"plate": found})
    return found


def open_load(*, load: OpenLoad, plate: str, by: User) -> OpenLoad:
    """Store a load after its first weighing.

    Raises NotVisible, PermissionDenied below operator, ValidationError for a plate that is none or a lorry
    that is on site already.
    """
    with site_transaction([load.site_id], by=by, source=Source.PAGE):
        load.vehicle = vehicle_of(plate, by=by)
        load.created_by = by
        try:
            with transaction.atomic():
                load.save()
        except IntegrityError as error:
            raise ValidationError(
                _("%(plate)s is on site already: weigh it out first."), params={"plate": load.vehicle}
            ) from error
    return load


def complete_load(
    *, load: OpenLoad, second_ton: object, by: User, key: str = "", confirmed: bool | str = False
) -> Outcome:
    """Make an open load a record by its second weighing.

    Raises ValidationError where it was weighed out meanwhile, and as `operations.create` does.
    """
    weights = (load.first_ton, second_ton) if load.is_incoming else (second_ton, load.first_ton)
    values = {"gross_ton": weights[0], "tare_ton": weights[1], "tare_source": TareSource.WEIGHED.value}
    return _close(load, values, by=by, key=key, confirmed=confirmed)


def reject_load(*, load: OpenLoad, reason: str, by: User, key: str = "") -> Outcome:
    """Send a lorry away: its record stays with the first weighing, a reason and no tons."""
    weight = "gross_ton" if load.is_incoming else "tare_ton"
    values = {
        weight: load.first_ton,
        "load_state": LoadState.REJECTED.value,
        "load_reason": reason,
    }
    return _close(load, values, by=by, key=key, confirmed=True)


def weigh_once(
    *, load: OpenLoad, plate: str, by: User, key: str = "", confirmed: bool | str = False
) -> Outcome:
    """Make a full lorry a record by one weighing and its stored tare. Raises as `operations.create` does."""
    with transaction.atomic():
        load.vehicle = vehicle_of(plate, by=by)
        values = {**values_of(load), "time_in": "", "gross_ton": load.first_ton}
        return _create(load, values, by=by, key=key, confirmed=confirmed)


def explain_load(*, load: OpenLoad, explanation: str, by: User) -> None:
    """Store why a lorry stays on site, so that the day can be submitted.

    Raises ValidationError where it was weighed out meanwhile.
    """
    text = " ".join(explanation.split())[:200]
    with site_transaction([load.site_id], by=by, source=Source.PAGE):
        changed = OpenLoad.objects.filter(pk=load.pk).update(
            explanation=text, explained_by=by if text else None
        )
    if not changed:
        raise ValidationError(NOT_ON_SITE)


def unexplained_loads(site: Site, date: dt.date) -> str:
    """Return why a day cannot be submitted: loads of it that are open and not explained; empty for none."""
    loads = OpenLoad.objects.filter(site=site, explanation="").select_related("vehicle")
    left = [str(load.vehicle) for load in loads if site.operating_date(load.time_in) <= date]
    if not left:
        return ""
    return _("Still on site since %(date)s or before: %(plates)s. Weigh them out, or say why they stay.") % {
        "date": date_format(date, "j M Y"),
        "plates": get_text_list(left, _("and")),
    }


def values_of(load: OpenLoad) -> dict[str, object]:
    """Return what a record of this load is entered with, without its weights."""
    keys: dict[str, object] = {name: getattr(load, f"{name}_id") or "" for name in COMMON}
    for name in PARTIES:
        # A party that was merged since the first weighing is no choice any more.
        party: Party | None = getattr(load, name)
        if party is not None and party.merged_into_id is not None:
            keys[name] = party.merged_into_id
    now = timezone.now().replace(microsecond=0)
    return {
        **keys,
        **{name: getattr(load, name) for name in TEXTS},
        "vehicle": load.vehicle.pk,
        "time_in": load.time_in.replace(microsecond=0).isoformat(),
        "time": now.isoformat(),
    }


def _close(
    load: OpenLoad, values: Mapping[str, object], *, by: User, key: str, confirmed: bool | str
) -> Outcome:
    with transaction.atomic():
        outcome = _create(load, {**values_of(load), **values}, by=by, key=key, confirmed=confirmed)
        if not outcome.is_repeat:
            # The site is locked by now, so one of two gates deletes it and the other finds nothing.
            deleted, _by_model = OpenLoad.objects.filter(pk=load.pk).delete()
            if not deleted:
                raise ValidationError(NOT_ON_SITE)
    return outcome


def _create(
    load: OpenLoad, values: Mapping[str, object], *, by: User, key: str, confirmed: bool | str
) -> Outcome:
    return operations.create(
        module=movement_module(load.module),
        values=values,
        site=load.site,
        by=by,
        source=Source.PAGE,
        key=key,
        confirmed=confirmed,
    )


def movement_module(slug: str) -> RecordModule[LoadedMovement]:
    """Return a module whose records are loads. Raises NotVisible for any other."""
    module = module_of(slug)
    if not issubclass(module.model, LoadedMovement):
        raise NotVisible
    return module  # type: ignore[return-value]  # checked above

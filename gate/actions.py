"""Opening a load at its first weighing, and making it a record at the second.

The record is written by `records/operations`, in one transaction with the end of the open load: of two gates
that weigh the same lorry out, the second finds nothing and takes no ticket number.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.db.prepared import Parameter, PreparedWrite
from core.numbers import whole_number
from dispatch.models import Dispatch
from gate.forms import WeighInForm, movement_module
from gate.models import LoadFile, OpenLoad
from inventory.models import VOID, LoadedMovement, LoadState, TareSource
from inventory.warnings import over_gross
from parties.models import Party, Vehicle, plate_code
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded, InputRefused, NotVisible
from records.module import RecordModule
from records.operations.single import Answer, SubmissionKey, require_confirmed
from records.operations.site_transaction import site_transaction
from records.templatetags.figures import tons
from records.warnings import confirmation_of
from sites.models import Site, User
from transfers.actions import find_transfer, locked_transfer, receive_transfer

type Outcome = operations.Outcome[LoadedMovement]
# What an open load has in common with its record.
COMMON = ("weighbridge", "container", "carrier", "party", "project", "material", "operation")
PARTIES = ("carrier", "party", "project")
# What completing an open load reads of it.
RELATED = ("vehicle", "material", "party", "carrier", "project")
TEXTS = ("order_reference", "reference", "notes")
NOT_ON_SITE = gettext_lazy("This lorry is no longer on site: somebody weighed it out.")
CHANGED = gettext_lazy("Somebody changed this load meanwhile: check it, and try again.")


_move_files = PreparedWrite(
    lambda: LoadFile.objects.filter(open_load_id=Parameter("load", BigIntegerField())).order_by(),
    open_load_id=None,
    record_id=Parameter("record", BigIntegerField()),
)


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
        raise ValidationError(_("%(plate)s is inactive: it cannot be weighed in."), params={"plate": found})
    return found


def weigh_in(
    *,
    form: WeighInForm,
    by: User,
    key: str,
    at: dt.datetime | None = None,
    load_key: str = "",
    confirmed: bool | str = False,
) -> OpenLoad | Outcome:
    """Open a load as a form says, or complete it with the stored tare where that was chosen.

    A repeated key returns the first result before anything is checked again: of an open load its id. Raises
    InputRefused for the form, KeyReused, and as `open_load` and `weigh_once` do.
    """
    is_whole = "with_stored_tare" in form.data
    submission = SubmissionKey.of(
        by=by, key=key, act="weigh in", module="gate", target=form.site.pk, values=dict(form.data.items())
    )
    sent_id = whole_number(form.data.get("transfer"))
    with _gate_transaction(form.site, sent_id, by=by):
        if (answer := submission.first_answer()) is not None:
            if not is_whole:
                return OpenLoad(pk=answer.record_id)
            record = _first_record(movement_module(form.data["module"]), answer)
            return operations.Outcome(record, answer.warnings, is_repeat=True)
        if not form.is_valid():
            raise InputRefused(form)
        load, plate = form.save(commit=False), form.cleaned_data["plate"]
        load.module, load.key = form.cleaned_data["module"], load_key
        if sent_id is not None and load.module == RECEIVED.slug:
            _link_transfer(load, sent_id, by=by)
        if is_whole:
            outcome = weigh_once(load=load, plate=plate, by=by, at=at, confirmed=confirmed)
            submission.keep(Answer(outcome.record.pk, outcome.record.version, outcome.warnings))
            return outcome
        load.time_in = at or load.time_in
        opened = open_load(load=load, plate=plate, by=by, confirmed=confirmed)
        submission.keep(Answer(opened.pk, opened.version))
    return opened


@contextmanager
def _gate_transaction(site: Site, sent_id: int | None, *, by: User) -> Iterator[None]:
    """Lock a site; for the arrival of a transfer both of its sites, in the order that everybody keeps."""
    if sent_id is None:
        with site_transaction([site.pk], by=by, source=Source.PAGE):
            yield
        return
    with transaction.atomic():
        # Its dispatch may have been deleted.
        with suppress(NotVisible):
            locked_transfer(sent_id, by=by)
        with site_transaction([site.pk], by=by, source=Source.PAGE):
            yield


def _link_transfer(load: OpenLoad, sent_id: int, *, by: User) -> None:
    """Make a load the arrival of what another own site sent. Raises NotVisible, ValidationError."""
    transfer = find_transfer(sent_id, by=by)
    is_here = OpenLoad.objects.filter(site=load.site, sent_id=sent_id).exists()
    if transfer.sent.transfer_to != load.site or transfer.state != "in_transit" or is_here:
        raise ValidationError(_("This transfer is not on its way here any more."))
    load.sent_id, load.material = sent_id, transfer.sent.material


def receive_as_sent(
    *, transfer_id: int, by: User, confirmed: bool | str
) -> operations.Outcome[ReceivedMaterial]:
    """Receive a transfer without weighing it.

    Raises ValidationError where its lorry was weighed in, and as `receive_transfer` does.
    """
    with transaction.atomic():
        locked_transfer(transfer_id, by=by)
        if OpenLoad.objects.filter(sent_id=transfer_id).exists():
            raise ValidationError(_("The lorry of this transfer is on site: weigh it out or reject it."))
        return receive_transfer(
            transfer_id=transfer_id, values={}, by=by, source=Source.PAGE, confirmed=confirmed
        )


def open_load(*, load: OpenLoad, plate: str, by: User, confirmed: bool | str = False) -> OpenLoad:
    """Store a load after its first weighing.

    Raises NotVisible, PermissionDenied below operator, ValidationError for a plate that is none, a lorry that
    is on site already or one that weighs more than the site lets in, and ConfirmationNeeded.
    """
    with site_transaction([load.site_id], by=by, source=Source.PAGE) as transaction_of_site:
        load.site = transaction_of_site.sites[load.site_id]
        load.vehicle = vehicle_of(plate, by=by)
        require_confirmed(_gross_warnings(load), confirmed)
        load.created_by = by
        _save(load)
    return load


def edit_load(
    *, load: OpenLoad, plate: str, by: User, version: int, confirmed: bool | str = False
) -> OpenLoad:
    """Store what was corrected of a load that is on site; `version` is the edited one.

    Raises as `open_load` does, and ValidationError where somebody closed or changed it meanwhile.
    """
    with site_transaction([load.site_id], by=by, source=Source.PAGE) as transaction_of_site:
        load.site = transaction_of_site.sites[load.site_id]
        if load.vehicle.code != plate_code(plate):
            load.vehicle = vehicle_of(plate, by=by)
        current = OpenLoad.objects.filter(pk=load.pk).first()
        if current is None:
            raise ValidationError(NOT_ON_SITE)
        if current.version != version:
            raise ValidationError(CHANGED)
        if current.vehicle_id != load.vehicle_id:
            require_confirmed(_gross_warnings(load), confirmed)
        load.version = version + 1
        # Somebody may have explained it since it was read.
        _save(load, fields=(*COMMON, *TEXTS, "vehicle", "version"))
    return load


def _save(load: OpenLoad, *, fields: Sequence[str] | None = None) -> None:
    try:
        with transaction.atomic():
            load.save(update_fields=fields)
    except IntegrityError as error:
        raise ValidationError(
            _("%(plate)s is on site already: weigh it out first."), params={"plate": load.vehicle}
        ) from error


def _gross_warnings(load: OpenLoad) -> list[str]:
    """Return the warning that a full lorry weighs more than it may.

    Raises ValidationError where the site refuses such lorries.
    """
    largest = load.vehicle.largest_gross_ton
    if not load.is_incoming or largest is None or load.first_ton <= largest:
        return []
    if load.site.refuses_over_gross:
        raise ValidationError(over_gross(largest))
    return [over_gross(largest)]


def complete_load(
    *,
    load: OpenLoad,
    second_ton: object,
    by: User,
    at: dt.datetime | None = None,
    confirmed: bool | str = False,
) -> Outcome:
    """Make an open load a record by its second weighing, which was now or `at` a time before.

    Raises ValidationError where it was weighed out or changed meanwhile, and as `operations.create` does.
    """
    weights = (load.first_ton, second_ton) if load.is_incoming else (second_ton, load.first_ton)
    values = {"gross_ton": weights[0], "tare_ton": weights[1], "tare_source": TareSource.WEIGHED.value}
    if load.is_incoming and load.vehicle.largest_gross_ton is not None and isinstance(confirmed, str):
        # It was confirmed at the first weighing.
        confirmed = f"{confirmed} {confirmation_of([over_gross(load.vehicle.largest_gross_ton)])}"
    return _close(load, values, by=by, at=at, confirmed=confirmed)


def reject_load(*, load: OpenLoad, reason: str, by: User, at: dt.datetime | None = None) -> Outcome:
    """Send a lorry away: its record stays with the first weighing, a reason and no tons."""
    weight = "gross_ton" if load.is_incoming else "tare_ton"
    values = {
        weight: load.first_ton,
        "load_state": LoadState.REJECTED.value,
        "load_reason": reason,
    }
    return _close(load, values, by=by, at=at, confirmed=True)


def close_load_once(
    *,
    site: Site,
    slug: str,
    identity: Mapping[str, object],
    result: Mapping[str, object],
    by: User,
    at: dt.datetime,
    key: str,
    confirmed: str,
) -> LoadedMovement:
    """Close the open load of a site that has this identity, an id or a key of the browser that opened it.

    `result` is its `second_ton`, or the `reason` for which it is rejected. A repeated key returns the first
    record. Raises as `complete_load` and `reject_load` do, and KeyReused.
    """
    module = movement_module(slug)
    submission = SubmissionKey.of(
        by=by, key=key, act="weigh out", module=slug, target=site.pk, values={**identity, **result}
    )
    found = OpenLoad.objects.filter(site=site, **identity)
    with _gate_transaction(site, found.values_list("sent_id", flat=True).first(), by=by):
        if (answer := submission.first_answer()) is not None:
            return _first_record(module, answer)
        load = found.select_related("site", *RELATED).first()
        if load is None or load.module != slug:
            raise ValidationError(NOT_ON_SITE)
        if "reason" in result:
            record = reject_load(load=load, reason=str(result["reason"]), by=by, at=at).record
        else:
            record = complete_load(
                load=load, second_ton=result["second_ton"], by=by, at=at, confirmed=confirmed
            ).record
        submission.keep(Answer(record.pk, record.version))
    return record


def _first_record(module: RecordModule[LoadedMovement], answer: Answer) -> LoadedMovement:
    """Return the record that a repeated weighing made at first. Raises NotVisible where it was deleted."""
    record = module.model._default_manager.filter(pk=answer.record_id).first()
    if record is None:
        raise NotVisible
    return record


def weigh_once(
    *, load: OpenLoad, plate: str, by: User, at: dt.datetime | None = None, confirmed: bool | str = False
) -> Outcome:
    """Make a full lorry a record by one weighing and its stored tare.

    Raises as `operations.create` does.
    """
    with site_transaction([load.site_id], by=by, source=Source.PAGE):
        load.vehicle = vehicle_of(plate, by=by)
        values = {**values_of(load, at), "time_in": "", "gross_ton": load.first_ton}
        return _create(load, values, by=by, confirmed=confirmed)


def explain_load(*, load: OpenLoad, explanation: str, by: User) -> None:
    """Store why a lorry stays on site, so that the day can be submitted.

    Raises ValidationError where it was weighed out meanwhile.
    """
    text = " ".join(explanation.replace("\0", "").split())[:200]
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


def _create(
    load: OpenLoad,
    values: Mapping[str, object],
    *,
    by: User,
    confirmed: bool | str,
    blank: LoadedMovement | None = None,
) -> Outcome:
    """Make the record of a load: the arrival of its transfer, where it is one and is not sent away."""
    if load.sent_id is not None and "load_reason" not in values:
        return _create_arrival(load, values, by=by, confirmed=confirmed, blank=blank)
    return operations.create(
        module=movement_module(load.module),
        values=values,
        site=load.site,
        by=by,
        source=Source.PAGE,
        confirmed=confirmed,
        blank=blank,
    )


def _create_arrival(
    load: OpenLoad,
    values: Mapping[str, object],
    *,
    by: User,
    confirmed: bool | str,
    blank: LoadedMovement | None,
) -> Outcome:
    """Make the record of a lorry that came with a transfer, whatever was done to the transfer meanwhile.

    The weighing replaces what somebody has received of it without weighing. Where the dispatch was cancelled
    or deleted, the lorry is received as any other one from that site. Either is confirmed.
    """
    assert load.sent_id is not None
    with suppress(NotVisible):
        # Both sites, in the order that everybody keeps.
        locked_transfer(load.sent_id, by=by)
    sent = Dispatch.objects.filter(pk=load.sent_id).exclude(load_state__in=VOID).first()
    arrived = None if sent is None else sent.arrival
    found: list[str] = []
    if sent is None:
        origin = Dispatch.history.filter(id=load.sent_id).latest("history_id").site.name
        values = {"source": origin, **values}
        words = _(
            "%(site)s cancelled or deleted this transfer:"
            " the lorry is received without it, as any other from there."
        )
        found.append(words % {"site": origin})
    elif arrived is not None:
        words = _("This transfer was received already, on %(date)s: %(tons)s t. This weighing replaces that.")
        found.append(words % {"date": date_format(arrived.date, "j M Y"), "tons": tons(arrived.qty_ton)})
        operations.update(
            module=RECEIVED,
            record_id=arrived.pk,
            values={"load_state": LoadState.CANCELLED.value, "load_reason": _("Replaced by a weighing.")},
            by=by,
            source=Source.PAGE,
            confirmed=True,
        )
    outcome: operations.Outcome[ReceivedMaterial]
    try:
        if sent is None:
            outcome = operations.create(
                module=RECEIVED,
                values=values,
                site=load.site,
                by=by,
                source=Source.PAGE,
                confirmed=confirmed,
                blank=blank,  # type: ignore[arg-type]  # received material
            )
        else:
            date = load.site.operating_date(dt.datetime.fromisoformat(str(values["time"])))
            outcome = receive_transfer(
                transfer_id=sent.pk,
                values={**values, "date": date.isoformat()},
                by=by,
                source=Source.PAGE,
                confirmed=confirmed,
            )
    except ConfirmationNeeded as needed:
        raise ConfirmationNeeded([*found, *needed.warnings]) from needed
    require_confirmed(found, confirmed)
    return operations.Outcome[LoadedMovement](outcome.record, outcome.warnings)


def values_of(load: OpenLoad, at: dt.datetime | None = None) -> dict[str, object]:
    """Return what a record of this load is entered with, without its weights."""
    keys: dict[str, object] = {name: getattr(load, f"{name}_id") or "" for name in COMMON}
    for name in PARTIES:
        # A party that was merged since the first weighing is no choice any more.
        party: Party | None = getattr(load, name)
        if party is not None and party.merged_into_id is not None:
            keys[name] = party.merged_into_id
    return {
        **keys,
        **{name: getattr(load, name) for name in TEXTS},
        "vehicle": load.vehicle.pk,
        "time_in": load.time_in.replace(microsecond=0).isoformat(),
        # The clock of a browser may have been set back between two weighings that it kept.
        "time": max(at or timezone.now(), load.time_in).replace(microsecond=0).isoformat(),
    }


def _close(
    load: OpenLoad,
    values: Mapping[str, object],
    *,
    by: User,
    at: dt.datetime | None = None,
    confirmed: bool | str,
) -> Outcome:
    module = movement_module(load.module)
    values = {**values_of(load, at), **values}
    # What was chosen at the first weighing stays valid, such as a material that is inactive by now.
    blank = module.model(
        vehicle=load.vehicle,
        gross_ton=load.first_ton if load.is_incoming else None,
        **{f"{name}_id": values[name] or None for name in COMMON if name in module.form.base_fields},
    )
    blank.is_of_either_mode = True
    with transaction.atomic():
        outcome = _create(load, values, by=by, confirmed=confirmed, blank=blank)
        # The site is locked by now, so one of two gates deletes it and the other finds nothing.
        deleted, _by_model = OpenLoad.objects.filter(pk=load.pk, version=load.version).delete()
        if not deleted:
            raise ValidationError(CHANGED if OpenLoad.objects.filter(pk=load.pk).exists() else NOT_ON_SITE)
        _move_files.run(load=load.pk, record=outcome.record.pk)
    return outcome

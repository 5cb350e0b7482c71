"""Transfers between own sites: a dispatch that is in transit until the other site receives it.

The two records are the transfer: the dispatch names the site (`transfer_to`), and what was received names the
dispatch (`sent_id`). Whether it is in transit and the difference follow from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch.models import Dispatch, arrivals
from dispatch.module import DISPATCH
from inventory.models import LoadedMovement, LoadState
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import NotVisible
from records.operations.single import Answer, SubmissionKey, repeated
from records.operations.site_transaction import site_transaction
from sites.models import EntryMode, Role, Site, User

RELATED = ("site", "transfer_to", "material", "vehicle", "carrier")
# What the record of the arrival takes over from the dispatch where it is a load.
TAKEN_OVER = ("vehicle_id", "carrier_id", "container_id")


@dataclass(frozen=True)
class Transfer:
    """A dispatch to another own site, and its arrival there; None while it is in transit."""

    sent: Dispatch
    received: LoadedMovement | None

    @property
    def difference_ton(self) -> Decimal | None:
        """Return what arrived more than was sent, in tons; None while it is in transit."""
        return None if self.received is None else self.received.qty_ton - self.sent.qty_ton

    @property
    def state(self) -> str:
        if self.sent.is_void:
            return "cancelled"
        return "in_transit" if self.received is None else "received"


def sent_transfers(by: User) -> "Q":
    """Return the condition for transfers that a user may see: those from or to one of their sites."""
    mine = Site.objects.for_user(by).order_by().values("pk")
    return Q(transfer_to__isnull=False) & (Q(site__in=mine) | Q(transfer_to__in=mine))


def with_arrivals(sent: Iterable[Dispatch]) -> list[Transfer]:
    """Return these dispatches with their arrivals. One query."""
    dispatches = list(sent)
    found = {arrival.sent_id: arrival for arrival in _arrivals_of(dispatches)}  # type: ignore[attr-defined]  # of received material
    return [Transfer(dispatch, found.get(dispatch.pk)) for dispatch in dispatches]


def _arrivals_of(dispatches: Iterable[Dispatch]) -> Iterable[LoadedMovement]:
    return (
        arrivals().filter(Q(("sent_id__in", [dispatch.pk for dispatch in dispatches]))).select_related("site")
    )


def find_transfer(transfer_id: int, *, by: User) -> Transfer:
    """Return a transfer that a user may see, by the id of its dispatch. Raises NotVisible."""
    sent = Dispatch.objects.filter(sent_transfers(by), pk=transfer_id).select_related(*RELATED).first()
    if sent is None:
        raise NotVisible
    return with_arrivals([sent])[0]


def send_transfer(
    *,
    site: Site,
    destination: Site,
    values: Mapping[str, object],
    by: User,
    source: Source,
    key: str = "",
    confirmed: bool | str = False,
) -> operations.Outcome[Dispatch]:
    """Dispatch material to another own site, where it is in transit until it is received.

    Raises NotVisible for a site that the user may not see, ValidationError for the same site, and as
    `operations.create` does.
    """
    to = Site.objects.for_user(by).filter(pk=destination.pk, is_active=True).first()
    if to is None:
        raise NotVisible
    if to.pk == site.pk:
        raise ValidationError(_("Choose another site than the one that sends."), code="same")
    typed = {
        "owner": to.name,
        **_as_load(site, Dispatch),
        **values,
        # No field of the form: a repeated key must have the same destination.
        "transfer_to": to.pk,
    }
    return operations.create(
        module=DISPATCH,
        values=typed,
        site=site,
        by=by,
        source=source,
        key=key,
        confirmed=confirmed,
        blank=Dispatch(site=site, transfer_to=to),
    )


def receive_transfer(
    *,
    transfer_id: int,
    values: Mapping[str, object],
    by: User,
    source: Source,
    key: str = "",
    confirmed: bool | str = False,
) -> operations.Outcome[ReceivedMaterial]:
    """Receive what is in transit; without tons or weights, as much as was sent.

    Raises NotVisible where the user may not see the site that it is sent to, ValidationError for a transfer
    that was cancelled, DuplicateRecord for one that was received, and as `operations.create` does.
    """
    # What is filled in below, such as the time, is no part of what a repeated key must repeat.
    submission = SubmissionKey.of(
        by=by, key=key, act="receive", module=RECEIVED.slug, target=transfer_id, values=values
    )
    with transaction.atomic():
        sent = locked_transfer(transfer_id, by=by)
        to = sent.transfer_to
        assert to is not None
        with site_transaction([to.pk], by=by, source=source):
            if (answer := submission.first_answer()) is not None:
                return repeated(RECEIVED, answer)
            outcome = _receive(sent, to, values, by=by, source=source, confirmed=confirmed)
            submission.keep(Answer(outcome.record.pk, outcome.record.version, outcome.warnings))
    return outcome


def _receive(
    sent: Dispatch, to: Site, values: Mapping[str, object], *, by: User, source: Source, confirmed: bool | str
) -> operations.Outcome[ReceivedMaterial]:
    if sent.is_void:
        raise ValidationError(_("This transfer was cancelled."), code="cancelled")
    typed: dict[str, object] = {
        "date": to.today().isoformat(),
        "source": sent.site.name,
        "reference": sent.reference,
        **_as_load(to, ReceivedMaterial),
        **values,
        "material": sent.material_id,
        "sent_id": sent.pk,
    }
    if "load_state" in typed:
        taken_over = {name.removesuffix("_id"): getattr(sent, name) or "" for name in TAKEN_OVER}
        typed = taken_over | typed
        typed.setdefault("time", timezone.now().replace(microsecond=0).isoformat())
    if not any(typed.get(name) for name in ("qty_ton", "gross_ton", "tare_ton", "loads")):
        typed["qty_ton"] = sent.qty_ton
    # What the site that sent it has chosen is valid here too, and so is a lorry that was weighed in.
    blank = ReceivedMaterial(
        site=to,
        sent_id=sent.pk,
        material_id=sent.material_id,
        **{name: getattr(sent, name) for name in TAKEN_OVER},
    )
    blank.is_of_either_mode = True
    return operations.create(
        module=RECEIVED,
        values=typed,
        site=to,
        by=by,
        source=source,
        confirmed=confirmed,
        blank=blank,
    )


def cancel_transfer(*, transfer_id: int, reason: str, by: User, source: Source) -> tuple[str, ...]:
    """Cancel a transfer at the site that sent it, and at the one that received it; return the warnings.

    Both records stay with the reason and no tons. Raises NotVisible, PermissionDenied below operator at one
    of these sites, InputRefused without a reason, DayClosed, NegativeStock.
    """
    found = find_transfer(transfer_id, by=by)
    to = found.sent.transfer_to_id
    assert to is not None
    # The other site is locked by its own operator, or where nothing arrived, by its row alone.
    with transaction.atomic():
        _lock_sites((found.sent.site_id, to))
        found = find_transfer(transfer_id, by=by)
        sites = {found.sent.site_id, *([to] if found.received is not None else [])}
        void = {"load_state": LoadState.CANCELLED.value, "load_reason": reason}
        warnings: list[str] = []
        with site_transaction(sites, by=by, source=source, needed=Role.OPERATOR):
            if found.received is not None:
                warnings += operations.update(
                    module=RECEIVED,
                    record_id=found.received.pk,
                    values=void,
                    by=by,
                    source=source,
                    confirmed=True,
                ).warnings
            warnings += operations.update(
                module=DISPATCH,
                record_id=found.sent.pk,
                values=void,
                by=by,
                source=source,
                confirmed=True,
            ).warnings
    return tuple(dict.fromkeys(warnings))


def locked_transfer(transfer_id: int, *, by: User) -> Dispatch:
    """Return a transfer to a site of the user, and lock both of its sites. Raises NotVisible."""
    mine = Dispatch.objects.filter(
        transfer_to__in=Site.objects.for_user(by).order_by().values("pk"), pk=transfer_id
    )
    ends = mine.values_list("site_id", "transfer_to_id").first()
    if ends is None:
        raise NotVisible
    _lock_sites(ends)
    sent = mine.select_related(*RELATED).first()
    if sent is None:
        raise NotVisible
    return sent


def _lock_sites(site_ids: Iterable[int]) -> None:
    """Lock sites in the order of their ids: the one that sends cannot cancel what the other receives."""
    list(Site.objects.select_for_update(no_key=True).filter(pk__in=site_ids).order_by("pk"))


def _as_load(site: Site, model: type[LoadedMovement]) -> dict[str, object]:
    """Return what makes a record a load, where the site enters loads."""
    is_load = getattr(site, model.entry_setting) != EntryMode.LINES
    return {"load_state": LoadState.COMPLETE.value} if is_load else {}

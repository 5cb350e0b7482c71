"""The routes of transfers between own sites: `settings.API_ROUTERS` adds them to the API."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import Field, PlainValidator, StrictInt, StrictStr, StringConstraints, WithJsonSchema

from api.auth import require_writer, require_writer_at, user_of, visible_site
from api.responses import api_error_of, field_error, json_response, record_response
from api.schemas import (
    CREATED,
    OK,
    READ_ERRORS,
    WRITE_ERRORS,
    IdempotencyKey,
    QuerySchema,
    RequestSchema,
    ResponseSchema,
    SiteId,
    SiteKey,
    accept,
    row_id,
)
from dispatch.models import Dispatch
from records import operations
from records.choices import Source
from records.columns import DateColumn, TonsColumn
from records.errors import Refused
from records.models import DailyRecord
from transfers import actions
from transfers.actions import RELATED, Transfer, find_transfer, with_arrivals

router = Router(tags=["transfers"], by_alias=True)

# As many of the newest transfers are listed.
MOST_LISTED = 200
_TONS, _DATE = TonsColumn(name="tons", label=""), DateColumn(name="date", label="")
Text = Annotated[StrictStr, StringConstraints(max_length=2000)]
Tons = Annotated[
    object | None, PlainValidator(accept(_TONS.from_json)), WithJsonSchema(_TONS.json_input_schema)
]
Date = Annotated[object | None, PlainValidator(accept(_DATE.from_json)), WithJsonSchema({"type": "string"})]
TransferId = Annotated[str, Path(description=_("Id of the transfer: that of its dispatch."))]


class Weights(RequestSchema):
    """What both ends of a transfer have."""

    qty_ton: Tons = Field(None, description=_("Tons; left out where there are weights."))
    gross_ton: Tons = Field(None, description=_("Gross, in t."))
    tare_ton: Tons = Field(None, description=_("Tare, in t."))
    notes: Text = Field("", description=_("Notes."))

    def form_values(self) -> dict[str, object]:
        """Return the values of the form; the fields that were left out are no input."""
        sent = self.model_dump(exclude_unset=True)
        return {FORM_NAMES.get(name, name): "" if value is None else value for name, value in sent.items()}


class NewTransfer(Weights):
    """What is sent to another own site."""

    site_id: SiteKey = Field(description=_("Id of the site that sends."))
    to_site_id: SiteKey = Field(description=_("Id of the site that it goes to, one of yours."))
    date: Date = Field(description=_("Operating date at the site that sends."))
    material_id: StrictInt = Field(description=_("Id of the material."))
    operation: Annotated[StrictStr, StringConstraints(max_length=50)] = Field(
        description=_("Code of the operation.")
    )
    vehicle: Text = Field("", description=_("Code of the registered vehicle."))
    carrier: Text = Field("", description=_("Code of the carrier."))
    reference: Text = Field("", description=_("The delivery note's number."))


class Arrival(Weights):
    """What arrived; without tons and weights, as much as was sent."""

    date: Date = Field(None, description=_("Operating date at the site that receives; its today by default."))


class Cancellation(RequestSchema):
    reason: Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)] = Field(
        description=_("Why it is cancelled.")
    )


class TransferQuery(QuerySchema):
    site_id: SiteId
    in_transit: bool = Field(default=False, description=_("Only what is in transit."))


class TransferItem(ResponseSchema):
    """A transfer: its dispatch, and what was received."""

    id: int = Field(description=_("Id of the transfer: that of its dispatch."))
    state: str = Field(description=_("in_transit, received or cancelled"))
    site_id: int = Field(description=_("Id of the site that sends."))
    to_site_id: int = Field(description=_("Id of the site that receives."))
    date: str = Field(description=_("When it was sent."))
    material_id: int = Field(description=_("Id of the material."))
    sent_ton: float = Field(description=_("Tons sent."))
    received_id: int | None = Field(description=_("Id of the received record."))
    received_date: str | None = Field(description=_("When it was received."))
    received_ton: float | None = Field(description=_("Tons received."))
    difference_ton: float | None = Field(description=_("Received less sent, in t."))


class OneTransfer(ResponseSchema):
    transfer: TransferItem


class Transfers(ResponseSchema):
    transfers: list[TransferItem] = Field(description=_("Newest first, at most 200."))


FORM_NAMES = {"material_id": "material"}
KEYS = {
    "qty_ton": "qtyTon",
    "gross_ton": "grossTon",
    "tare_ton": "tareTon",
    "material": "materialId",
}


@router.get(
    "",
    response={OK: Transfers, **READ_ERRORS},
    operation_id="transfers_list",
    url_name="transfers",
    summary=_("Transfers from and to a site"),
)
def list_transfers(request: HttpRequest, query: Query[TransferQuery]) -> HttpResponse:
    site = visible_site(user_of(request), query.site_id)
    rows = Dispatch.objects.in_transit() if query.in_transit else Dispatch.objects.all()
    sent = rows.filter(Q(site=site) | Q(transfer_to=site), transfer_to__isnull=False)
    found = with_arrivals(sent.select_related(*RELATED).order_by("-date", "-id")[:MOST_LISTED])
    return json_response({"transfers": [_item(transfer) for transfer in found]})


@router.get(
    "/{transfer_id}",
    response={OK: OneTransfer, **READ_ERRORS},
    operation_id="transfers_retrieve",
    url_name="transfer",
    summary=_("Retrieve a transfer"),
)
def retrieve_transfer(request: HttpRequest, transfer_id: TransferId) -> HttpResponse:
    return record_response("transfer", _item(find_transfer(row_id(transfer_id), by=user_of(request))))


@router.post(
    "",
    response={CREATED: OneTransfer, **WRITE_ERRORS},
    operation_id="transfers_create",
    url_name="transfers",
    summary=_("Send material to another own site"),
)
def create_transfer(request: HttpRequest, body: NewTransfer, key: IdempotencyKey) -> HttpResponse:
    user = user_of(request)
    site, destination = visible_site(user, body.site_id), visible_site(user, body.to_site_id)
    by = require_writer_at(request, site)
    ends = ("site_id", "to_site_id")
    values = {name: value for name, value in body.form_values().items() if name not in ends}
    with _errors_at("toSiteId"):
        outcome = actions.send_transfer(
            site=site,
            destination=destination,
            values=values,
            by=by,
            source=Source.API,
            key=key,
            confirmed=True,
        )
    return _response(outcome, outcome.record.pk, request, status=CREATED)


@router.post(
    "/{transfer_id}/receive",
    response={OK: OneTransfer, **WRITE_ERRORS},
    operation_id="transfers_receive",
    url_name="transfer_receive",
    summary=_("Receive a transfer"),
)
def receive(
    request: HttpRequest, transfer_id: TransferId, body: Arrival, key: IdempotencyKey
) -> HttpResponse:
    by, number = require_writer(request), row_id(transfer_id)
    with _errors_at("", "cancelled"):
        outcome = actions.receive_transfer(
            transfer_id=number,
            values=body.form_values(),
            by=by,
            source=Source.API,
            key=key,
            confirmed=True,
        )
    return _response(outcome, number, request, status=OK)


@router.post(
    "/{transfer_id}/cancel",
    response={OK: OneTransfer, **WRITE_ERRORS},
    operation_id="transfers_cancel",
    url_name="transfer_cancel",
    summary=_("Cancel a transfer at both sites"),
)
def cancel(request: HttpRequest, transfer_id: TransferId, body: Cancellation) -> HttpResponse:
    by, number = require_writer(request), row_id(transfer_id)
    with _errors_at(""):
        actions.cancel_transfer(transfer_id=number, reason=body.reason, by=by, source=Source.API)
    return record_response("transfer", _item(find_transfer(number, by=by)))


@contextmanager
def _errors_at(field: str, code: str = "invalid") -> Iterator[None]:
    """Translate the errors of an action: its fields have other names in JSON, and a rule is about one."""
    try:
        yield
    except ValidationError as error:
        raise field_error(field, error.messages[0], code) from error
    except Refused as refusal:
        raise api_error_of(refusal, keys=KEYS) from refusal


def _response(
    outcome: operations.Outcome[DailyRecord], transfer_id: int, request: HttpRequest, *, status: HTTPStatus
) -> HttpResponse:
    item = _item(find_transfer(transfer_id, by=user_of(request)))
    more: Mapping[str, object] = {"warnings": list(outcome.warnings)} if outcome.warnings else {}
    return record_response("transfer", item, status=status, **more)  # type: ignore[arg-type]  # of the response


def _item(transfer: Transfer) -> dict[str, object]:
    sent, received = transfer.sent, transfer.received
    difference = transfer.difference_ton
    return {
        "id": sent.pk,
        "state": transfer.state,
        "siteId": sent.site_id,
        "toSiteId": sent.transfer_to_id,
        "date": sent.date.isoformat(),
        "materialId": sent.material_id,
        "sentTon": float(sent.qty_ton),
        "receivedId": None if received is None else received.pk,
        "receivedDate": None if received is None else received.date.isoformat(),
        "receivedTon": None if received is None else float(received.qty_ton),
        "differenceTon": None if difference is None else float(difference),
    }

"""The route by which a weighbridge sends its weighings: `settings.API_ROUTERS` adds it to the API."""

import datetime as dt
import re
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field, PlainValidator, StrictStr, StringConstraints, WithJsonSchema

from api.auth import caller_of, require_writer_at, user_of, visible_site
from api.responses import ApiError, InvalidValueError, field_error, record_response
from api.schemas import (
    CONFLICT,
    CREATED,
    WRITE_ERRORS,
    IdempotencyKey,
    RequestSchema,
    ResponseSchema,
    SiteKey,
    accept,
    moment_text,
)
from gate.models import KEPT_FOR, Weighing
from parties.models import Weighbridge
from records.choices import Source
from records.columns import MomentColumn, TonsColumn
from records.operations.site_transaction import site_transaction
from sites.dates import EARLIEST, LATEST

router = Router(tags=["gate"], by_alias=True)

# Clocks differ a little.
MOST_AHEAD = dt.timedelta(minutes=5)
HAS_ZONE = re.compile(r"(?:[Zz]|[+-]\d{2}:?\d{2})\Z")
_WEIGHT = TonsColumn(name="weight_ton", label="")
_MOMENT = MomentColumn(name="measured_at", label="")


def _read_moment(value: object) -> dt.datetime:
    """Return a moment with its time zone. Raises InvalidValueError."""
    text = str(accept(_MOMENT.from_json)(value))
    try:
        moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC) if HAS_ZONE.search(text) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not EARLIEST <= moment.date() <= LATEST:
        raise InvalidValueError(_("Enter a moment with its time zone, such as 2026-03-31T07:12:00Z."))
    return moment


class NewWeighing(RequestSchema):
    """A stable weight."""

    site_id: SiteKey = Field(description=_("Id of the site."))
    weighbridge: Annotated[StrictStr, StringConstraints(min_length=1, max_length=20)] = Field(
        description=_("Code of the weighbridge.")
    )
    weight_ton: Annotated[
        str, PlainValidator(accept(_WEIGHT.from_json)), WithJsonSchema(_WEIGHT.json_input_schema)
    ] = Field(description=_("The weight, in t."))
    measured_at: Annotated[
        dt.datetime, PlainValidator(_read_moment), WithJsonSchema({"type": "string", "format": "date-time"})
    ] = Field(description=_("When it was stable."))


class WeighingItem(ResponseSchema):
    """A weighing as it is stored."""

    id: int = Field(description=_("Id of the weighing."))
    site_id: int = Field(description=_("Id of the site."))
    weighbridge: str = Field(description=_("Code of the weighbridge."))
    weight_ton: float = Field(description=_("The weight, in t."))
    measured_at: str = Field(description=_("When it was stable."))


class OneWeighing(ResponseSchema):
    weighing: WeighingItem


@router.post(
    "",
    response={CREATED: OneWeighing, **WRITE_ERRORS},
    operation_id="weighings_create",
    url_name="weighings",
    summary=_("Propose the weight of a weighbridge"),
    description=_(
        "The gate offers it for ten minutes; a person enters it. It is not a record and does not"
        " change stock."
    ),
)
def create_weighing(request: HttpRequest, body: NewWeighing, key: IdempotencyKey) -> HttpResponse:
    """Store a weighing, once for each key of a weighbridge."""
    site = visible_site(user_of(request), body.site_id)
    by = require_writer_at(request, site)
    if not key:
        raise field_error("Idempotency-Key", _("Send a key of its own with each weighing."), "required")
    bridge = Weighbridge.objects.filter(site=site, code=body.weighbridge, is_active=True).first()
    if bridge is None:
        raise field_error("weighbridge", _("This site has no weighbridge with this code."), "unknown")
    token = caller_of(request).token
    if token is not None and token.weighbridge_id not in (None, bridge.pk):
        raise ApiError(HTTPStatus.FORBIDDEN, _("This token is of another weighbridge."))
    if body.measured_at > timezone.now() + MOST_AHEAD:
        raise field_error("measuredAt", _("This time is in the future: set the clock."), "future")
    weighing = Weighing(
        weighbridge=bridge, key=key, weight_ton=_weight(body.weight_ton), measured_at=body.measured_at
    )
    with site_transaction([site.pk], by=by, source=Source.API):
        return _response(_stored(weighing))


def _weight(text: str) -> Decimal:
    """Return a weight of at most 3 decimals and 200 t. Raises ApiError."""
    column = Weighing._meta.get_field("weight_ton")
    field = column.formfield()
    assert field is not None
    try:
        weight: Decimal = field.clean(text)
        column.run_validators(weight)
    except ValidationError as error:
        raise field_error("weightTon", " ".join(error.messages)) from error
    return weight


def _stored(weighing: Weighing) -> Weighing:
    """Store a weighing, or return the one that its key stands for. Raises ApiError for another content."""
    bridge = weighing.weighbridge
    Weighing.objects.filter(weighbridge=bridge, measured_at__lt=timezone.now() - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            weighing.save()
            return weighing
    except IntegrityError:
        first = Weighing.objects.select_related("weighbridge").get(weighbridge=bridge, key=weighing.key)
    if (first.weight_ton, first.measured_at) != (weighing.weight_ton, weighing.measured_at):
        raise ApiError(CONFLICT, _("This key was used for another weighing."), code="DUPLICATE_RECORD")
    return first


def _response(weighing: Weighing) -> HttpResponse:
    bridge = weighing.weighbridge
    item = {
        "id": weighing.pk,
        "siteId": bridge.site_id,
        "weighbridge": bridge.code,
        "weightTon": float(weighing.weight_ton),
        "measuredAt": moment_text(weighing.measured_at),
    }
    return record_response("weighing", item, status=HTTPStatus.CREATED)

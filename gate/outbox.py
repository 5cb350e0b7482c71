"""Weighings that the gate's script sends: at once, or when the connection is back, and each only once.

The script keeps a weighing in the browser until it has the answer, so a lorry that was weighed in without a
connection is weighed out under the key that the browser gave it: see docs/decisions/0029.
"""

import datetime as dt
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.numbers import whole_number
from gate import actions
from gate.forms import WeighInForm, weight_of
from inventory.models import LoadedMovement
from records.errors import ConfirmationNeeded, DayClosed, InputRefused, KeyReused, Refused, labelled_errors
from records.pages.responses import row_view
from records.pages.table import may_write
from records.warnings import confirmation_of
from sites.models import Site, User
from sites.scope import PARAMETER, site_in_path

LONGEST_KEY = 64


@row_view
@require_POST
def weigh_in(request: HttpRequest, site_id: int) -> HttpResponse:
    """Open a load by its first weighing, or complete it with the stored tare of the lorry."""
    site, by = _writable(request, site_id), _user(request)
    form = WeighInForm(request.POST, site=site)
    if not form.is_valid():
        return _rejected("refused", labelled_errors(form))
    load, at = form.save(commit=False), _weighed_at(request)
    load.module, load.time_in = form.cleaned_data["module"], at
    load.key = _load_key(request)
    request.session["gate"] = {"module": load.module, "weighbridge": load.weighbridge_id}
    plate, key, confirmed = form.cleaned_data["plate"], _key(request), request.POST.get("confirmed", "")
    try:
        if "with_stored_tare" in request.POST:
            outcome = actions.weigh_once(load=load, plate=plate, by=by, at=at, key=key, confirmed=confirmed)
            return _completed(outcome.record, load.module, site)
        opened = actions.open_load(load=load, plate=plate, by=by, key=key, confirmed=confirmed)
    except (Refused, ValidationError) as error:
        return _refusal(error)
    return JsonResponse({"state": "saved", "id": opened.pk, "version": 1})


@row_view
@require_POST
def weigh_out(request: HttpRequest, site_id: int) -> HttpResponse:
    """Complete a load by its second weighing."""
    site = _writable(request, site_id)
    load_id = whole_number(request.POST.get("load"))
    key_of_load = _load_key(request)
    if load_id is None and not key_of_load:
        return _rejected("refused", [str(actions.NOT_ON_SITE)])
    try:
        record = actions.complete_load_once(
            site=site,
            slug=request.POST.get("module", ""),
            identity={"pk": load_id} if load_id is not None else {"key": key_of_load},
            second_ton=weight_of(request.POST.get("second_ton", ""), site),
            by=_user(request),
            at=_weighed_at(request),
            key=_key(request),
            confirmed=request.POST.get("confirmed", ""),
        )
    except (Refused, ValidationError) as error:
        return _refusal(error)
    return _completed(record, request.POST["module"], site)


def _writable(request: HttpRequest, site_id: int) -> Site:
    """Return the site of an address. Raises SiteNotVisible, PermissionDenied below operator."""
    site = site_in_path(request, site_id)
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not weigh."))
    return site


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _key(request: HttpRequest) -> str:
    return request.POST.get("submission_key", "").replace("\0", "")[:200]


def _load_key(request: HttpRequest) -> str:
    """Return what the browser calls the load. PostgreSQL stores no NUL."""
    return request.POST.get("load_key", "").replace("\0", "")[:LONGEST_KEY]


def _weighed_at(request: HttpRequest) -> dt.datetime:
    """Return when a lorry was weighed: as long ago as the script says that the weighing waited.

    Both of its times are by the clock of the browser, which may be wrong.
    """
    now = timezone.now()
    try:
        weighed = dt.datetime.fromisoformat(request.POST.get("weighed_at", ""))
        waited = dt.datetime.fromisoformat(request.headers.get("X-Sent-At", "")) - weighed
    except (TypeError, ValueError):
        return now
    most = dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS)
    return now - min(max(waited, dt.timedelta()), most)


def _completed(record: LoadedMovement, slug: str, site: Site) -> HttpResponse:
    ticket = f"{reverse('gate:ticket', args=[slug, record.pk])}?{urlencode({PARAMETER: site.code})}"
    return JsonResponse(
        {
            "state": "saved",
            "id": record.pk,
            "version": record.version,
            "number": record.ticket_no,
            "ticket": ticket,
        }
    )


def _refusal(error: Refused | ValidationError) -> HttpResponse:
    """Return why a weighing was not saved, with the state of it as the script knows it."""
    match error:
        case ConfirmationNeeded():
            return _rejected("asks", error.warnings, confirmation=confirmation_of(error.warnings))
        case DayClosed():
            return _rejected("closed", [error.message])
        case KeyReused():
            # It was saved as it was sent first, and that answer was lost.
            return _rejected("doubtful", [error.message])
        case InputRefused():
            return _rejected("refused", labelled_errors(error.form))
        case ValidationError():
            return _rejected("refused", error.messages)
        case _:
            return _rejected("refused", [error.message])


def _rejected(state: str, messages: "list[str] | tuple[str, ...]", *, confirmation: str = "") -> HttpResponse:
    answer = {"state": state, "messages": list(messages), "confirmation": confirmation}
    return JsonResponse(answer, status=HTTPStatus.UNPROCESSABLE_ENTITY)

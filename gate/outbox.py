"""What the script of the gate sends, at once or when the connection is back, each only once.

See docs/decisions/0029.
"""

import datetime as dt
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.numbers import whole_number
from gate import actions
from gate.forms import WeighInForm, weight_of
from gate.models import OpenLoad
from gate.views import WeighingProblem, keep_choices, writable_site
from inventory.models import LoadedMovement
from records.errors import DayClosed, KeyReused, Refused
from records.pages.responses import row_view
from sites.models import Site
from sites.scope import PARAMETER, person_of

# The longest name that a browser gives to a load.
LONGEST_KEY = 64


@row_view
@require_POST
def weigh_in(request: HttpRequest, site_id: int) -> HttpResponse:
    """Open a load by its first weighing, or complete it with the stored tare of the lorry."""
    site = writable_site(request, site_id)
    try:
        found = actions.weigh_in(
            form=WeighInForm(request.POST, site=site),
            by=person_of(request),
            key=_key(request),
            at=_weighed_at(request),
            load_key=_load_key(request),
            confirmed=request.POST.get("confirmed", ""),
        )
    except (Refused, ValidationError) as error:
        return _refusal(error)
    keep_choices(request)
    if isinstance(found, OpenLoad):
        return JsonResponse({"state": "saved", "id": found.pk, "version": 1})
    return _completed(found.record, request.POST["module"], site)


@row_view
@require_POST
def weigh_out(request: HttpRequest, site_id: int) -> HttpResponse:
    """Complete a load by its second weighing, or reject it where there is a reason."""
    site = writable_site(request, site_id)
    load_id = whole_number(request.POST.get("load"))
    key_of_load = _load_key(request)
    if load_id is None and not key_of_load:
        return _rejected("refused", [str(actions.NOT_ON_SITE)])
    reason = request.POST.get("reason")
    try:
        record = actions.close_load_once(
            site=site,
            slug=request.POST.get("module", ""),
            identity={"pk": load_id} if load_id is not None else {"key": key_of_load},
            result={"second_ton": weight_of(request.POST.get("second_ton", ""), site)}
            if reason is None
            else {"reason": reason.replace("\0", "")},
            by=person_of(request),
            at=_weighed_at(request),
            key=_key(request),
            confirmed=request.POST.get("confirmed", ""),
        )
    except (Refused, ValidationError) as error:
        return _refusal(error)
    return _completed(record, request.POST["module"], site)


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
    problem = WeighingProblem.of(error)
    if problem.warnings:
        return _rejected("asks", problem.warnings, confirmation=problem.confirmation)
    # A reused key was saved as it was sent first, and that answer was lost.
    states = {DayClosed: "closed", KeyReused: "doubtful"}
    return _rejected(states.get(type(error), "refused"), problem.messages)


def _rejected(state: str, messages: Sequence[str], *, confirmation: str = "") -> HttpResponse:
    answer = {"state": state, "messages": list(messages), "confirmation": confirmation}
    return JsonResponse(answer, status=HTTPStatus.UNPROCESSABLE_ENTITY)

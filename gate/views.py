"""The gate: lorries are weighed in and out on one page, and their tickets are printed."""

import copy
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, cached_property
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import BigIntegerField, DateField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from charts.numbers import written
from core.db.prepared import Parameter, PreparedQuery
from core.numbers import whole_number
from dispatch.models import Dispatch
from gate import actions
from gate.actions import Outcome
from gate.files import Owner, files_context
from gate.forms import OpenLoadForm, WeighInForm, gate_modules, weight_of
from gate.models import OpenLoad, Weighing
from inventory.models import LoadedMovement
from parties.models import Vehicle, plate_code
from received.module import RECEIVED
from records.errors import ConfirmationNeeded, InputRefused, Refused, labelled_errors
from records.pages.entry import OFFERED
from records.pages.table import may_write
from records.pages.views import status_of
from records.templatetags.figures import tons
from records.warnings import confirmation_of
from sites.accounts.sessions import is_shared
from sites.models import Site
from sites.scope import PARAMETER, page_scope, page_site, person_of, site_in_path
from transfers.actions import find_transfer

# How many of the last tickets the page shows.
LAST_TICKETS = 8
# How many weights of its weighbridges the page proposes.
MOST_PROPOSED = 4
# How many transfers on their way it lists.
MOST_IN_TRANSIT = 30
# How many plates the copy of the page has, how far back they came, and of how many loads they are taken.
MOST_KNOWN = 300
KNOWN_FOR = dt.timedelta(days=90)
LOADS_READ = 3000


@dataclass
class WeighingProblem:
    """Why a weighing was not saved: sentences, or warnings to confirm."""

    messages: Sequence[str] = ()
    warnings: Sequence[str] = ()
    # The open load or the transfer that it is about; None for the form of a first weighing.
    load_id: int | None = None
    transfer_id: int | None = None
    typed: str = ""

    @property
    def confirmation(self) -> str:
        return confirmation_of(self.warnings)

    @classmethod
    def of(
        cls,
        error: Refused | ValidationError,
        *,
        load_id: int | None = None,
        transfer_id: int | None = None,
        typed: str = "",
    ) -> "WeighingProblem":
        about = cls(load_id=load_id, transfer_id=transfer_id, typed=typed)
        if isinstance(error, ConfirmationNeeded):
            return replace(about, warnings=error.warnings)
        if isinstance(error, InputRefused):
            return replace(about, messages=labelled_errors(error.form))
        found = error.messages if isinstance(error, ValidationError) else [error.message]
        return replace(about, messages=found)


@dataclass
class GatePage:
    """A site's gate: the form, the lorries on site, and the last tickets."""

    site: Site
    form: WeighInForm
    problem: WeighingProblem | None = None
    # For the copy of the page that opens without a connection.
    known: "Sequence[KnownVehicle]" = ()
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def query(self) -> str:
        return urlencode({PARAMETER: self.site.code})

    @cached_property
    def open_loads(self) -> list[OpenLoad]:
        found = ON_SITE.all(site=self.site.pk)
        for load in found:
            load.site = self.site
        return found

    @cached_property
    def in_transit(self) -> list[Dispatch]:
        """Return what other own sites sent here and is not on site yet, the oldest first."""
        here = {load.sent_id for load in self.open_loads}
        return [sent for sent in IN_TRANSIT.all(site=self.site.pk) if sent.pk not in here]

    @property
    def weighs_in_transfers(self) -> bool:
        """Return whether the site weighs what it receives; otherwise transfers are taken in as sent."""
        return RECEIVED.slug in self.form.modules

    @cached_property
    def last_tickets(self) -> list[tuple[str, LoadedMovement]]:
        """Return the last loads of today with their modules, the newest first. A query for each module."""
        found = [
            (module.slug, load)
            for module in gate_modules(self.site)
            for load in _last_loads(module.model).all(site=self.site.pk, date=self.site.today())
        ]
        return sorted(found, key=lambda pair: pair[1].created_at, reverse=True)[:LAST_TICKETS]


@dataclass(frozen=True)
class KnownVehicle:
    """What is known of a plate: `last` has date, material and party of its last load at the site."""

    vehicle: Vehicle
    tare_ton: Decimal | None
    last: Mapping[str, object] | None


def known_vehicles(site: Site) -> list[KnownVehicle]:
    """Return the vehicles that came to a site last, then others that were registered last. Four queries."""
    since = site.today() - KNOWN_FOR
    rows: list[tuple[dt.date, int, int, str, str | None]] = []
    for module in gate_modules(site):
        loads = module.model._default_manager.filter(site=site, date__gte=since, vehicle__isnull=False)
        names = ("date", "pk", "vehicle", "material__name", "party__name")
        rows += loads.order_by("-date", "-id").values_list(*names)[:LOADS_READ]
    lasts: dict[int, Mapping[str, object]] = {}
    for date, _pk, vehicle, material, party in sorted(rows, key=lambda row: row[:2], reverse=True):
        last = {"date": date, "material": {"name": material}, "party": party and {"name": party}}
        lasts.setdefault(vehicle, last)
    active = Vehicle.objects.active().select_related("carrier")
    came = list(active.filter(pk__in=list(lasts)[:MOST_KNOWN]))
    others = active.exclude(pk__in=[each.pk for each in came]).order_by("-pk")[: MOST_KNOWN - len(came)]
    return [KnownVehicle(each, each.tare_on(site.today()), lasts.get(each.pk)) for each in [*came, *others]]


# Pages of gates are read all day: their queries are compiled once.
SITE, DATE = Parameter("site", BigIntegerField()), Parameter("date", DateField())
ON_SITE = PreparedQuery(
    lambda: OpenLoad.objects.filter(site_id=SITE).select_related("vehicle", "material", "party")
)


IN_TRANSIT = PreparedQuery(
    lambda: (
        Dispatch.objects.in_transit()
        .filter(transfer_to_id=SITE)
        .select_related("site", "material", "vehicle")
        .order_by("date", "id")[:MOST_IN_TRANSIT]
    )
)


@cache
def _last_loads(model: type[LoadedMovement]) -> PreparedQuery[LoadedMovement, LoadedMovement]:
    """Return the query for the last loads of a site and date."""
    return PreparedQuery(
        lambda: (
            model._default_manager.filter(site_id=SITE, date=DATE)
            .exclude(load_state="")
            .select_related("material", "vehicle")
            .order_by("-id")[:LAST_TICKETS]
        )
    )


def _site_of(request: HttpRequest) -> Site:
    """Return the site of the gate. Raises Http404 for none, PermissionDenied below operator."""
    site = page_site(request)
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not weigh."))
    return site


def writable_site(request: HttpRequest, site_id: int) -> Site:
    """Return the site of an address. Raises SiteNotVisible, PermissionDenied below operator."""
    site = site_in_path(request, site_id)
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not weigh."))
    return site


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the gate, and weigh lorries in. Without a site, ask for one."""
    if page_scope(request).site is None:
        return render(request, "gate/page.html", {"scope": page_scope(request)})
    site = _site_of(request)
    if request.method == "POST":
        return _weigh_in(request, site)
    is_copy = "plates" in request.GET and not is_shared(request)
    known = known_vehicles(site) if is_copy else ()
    initial = {**_kept(request), "transfer": request.GET.get("transfer")}
    return _shown(request, GatePage(site, WeighInForm(site=site, initial=initial), known=known))


@require_POST
def take_in(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Receive a transfer without weighing it: as many tons as were sent."""
    site = find_transfer(transfer_id, by=person_of(request)).sent.transfer_to
    assert site is not None
    site = writable_site(request, site.pk)
    try:
        outcome = actions.receive_as_sent(
            transfer_id=transfer_id, by=person_of(request), confirmed=request.POST.get("confirmed", "")
        )
    except (Refused, ValidationError) as error:
        problem = WeighingProblem.of(error, transfer_id=transfer_id)
        if not problem.warnings:
            # Such as one that somebody received or weighed in meanwhile, which is no longer listed.
            messages.error(request, " ".join(problem.messages))
            return _to_gate(site)
        gate = GatePage(site, WeighInForm(site=site, initial=_kept(request)), problem)
        return _shown(request, gate, _status_of(error))
    words = _("Taken in as sent: %(tons)s t of %(material)s.")
    figures = {"tons": tons(outcome.record.qty_ton), "material": outcome.record.material}
    messages.success(request, words % figures)
    return _to_gate(site)


def _shown(request: HttpRequest, gate: GatePage, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    response = render(request, "gate/page.html", {"gate": gate}, status=status)
    if status == HTTPStatus.OK and not is_shared(request):
        # The service worker keeps a copy for this person alone, for a day.
        response["X-Person"] = str(person_of(request).pk)
        response["Cache-Control"] = "private, no-cache"
    return response


def keep_choices(request: HttpRequest) -> None:
    """Keep the direction and the weighbridge of a weighing for the person's next one."""
    request.session["gate"] = {name: request.POST.get(name) for name in ("module", "weighbridge")}


def _kept(request: HttpRequest) -> dict[str, object]:
    kept = request.session.get("gate", {})
    return dict(kept) if isinstance(kept, dict) else {}


@require_safe
def weights(request: HttpRequest) -> HttpResponse:
    """Show what the weighbridges have just weighed, for the person to take over."""
    site = _site_of(request)
    proposed = Weighing.objects.proposed(site).select_related("weighbridge__site")[:MOST_PROPOSED]
    # To the kilogram, in the site's decimal mark.
    shown = [(weighing, written(weighing.weight_ton, 3)) for weighing in proposed]
    return render(request, "gate/page.html#weights", {"proposed": shown})


def _weigh_in(request: HttpRequest, site: Site) -> HttpResponse:
    form = WeighInForm(request.POST, site=site)
    key = request.POST.get("submission_key", "").replace("\0", "")
    gate = GatePage(site, form, key=key or uuid.uuid4().hex)
    try:
        found = actions.weigh_in(
            form=form, by=person_of(request), key=gate.key[:200], confirmed=request.POST.get("confirmed", "")
        )
    except (Refused, ValidationError) as error:
        if not (isinstance(error, InputRefused) and error.form is form):
            gate.problem = WeighingProblem.of(error)
        return _shown(request, gate, _status_of(error))
    keep_choices(request)
    if not isinstance(found, OpenLoad):
        return _ticket_answer(request, site, request.POST["module"], found)
    messages.success(request, _("%(plate)s is on site.") % {"plate": request.POST["plate"].upper()})
    return _to_gate(site)


def _to_gate(site: Site) -> HttpResponse:
    return redirect(f"{reverse('gate:page')}?{urlencode({PARAMETER: site.code})}")


def _ticket_answer(request: HttpRequest, site: Site, slug: str, outcome: Outcome) -> HttpResponse:
    """Go on to the ticket of a load, from which it is printed."""
    for warning in outcome.warnings:
        messages.warning(request, warning)
    address = reverse("gate:ticket", args=[slug, outcome.record.pk])
    return redirect(f"{address}?{urlencode({PARAMETER: site.code})}")


def _open_load(request: HttpRequest, load_id: int) -> OpenLoad | None:
    """Return an open load of the person's sites; None where it is gone. Raises PermissionDenied."""
    found = OpenLoad.objects.for_user(request.user).select_related(*actions.RELATED)
    load = found.filter(pk=load_id).first()
    if load is None:
        return None
    load.site = Site.objects.with_role(person_of(request)).get(pk=load.site_id)
    if not may_write(load.site):
        raise PermissionDenied(_("Your role on this site lets you read, not weigh."))
    return load


def _gone(request: HttpRequest) -> HttpResponse:
    """Go back to the gate from a load that somebody closed meanwhile."""
    messages.error(request, str(actions.NOT_ON_SITE))
    return redirect("gate:page")


@require_POST
def close(request: HttpRequest, load_id: int) -> HttpResponse:
    """Weigh a lorry out: its load becomes a record with a ticket."""
    load = _open_load(request, load_id)
    if load is None:
        return _gone(request)
    typed = request.POST.get("second_ton", "")
    try:
        outcome = actions.complete_load(
            load=load,
            second_ton=weight_of(typed, load.site),
            by=person_of(request),
            confirmed=request.POST.get("confirmed", ""),
        )
    except (Refused, ValidationError) as error:
        return _not_closed(request, load, error, typed)
    return _ticket_answer(request, load.site, load.module, outcome)


@require_POST
def reject(request: HttpRequest, load_id: int) -> HttpResponse:
    """Send a lorry away with a reason; its load stays as a rejected one."""
    load = _open_load(request, load_id)
    if load is None:
        return _gone(request)
    try:
        outcome = actions.reject_load(load=load, reason=request.POST.get("reason", ""), by=person_of(request))
    except (Refused, ValidationError) as error:
        return _not_closed(request, load, error)
    return _ticket_answer(request, load.site, load.module, outcome)


@require_POST
def explain(request: HttpRequest, load_id: int) -> HttpResponse:
    """Store why a lorry stays on site."""
    load = _open_load(request, load_id)
    if load is None:
        return _gone(request)
    try:
        actions.explain_load(
            load=load, explanation=request.POST.get("explanation", ""), by=person_of(request)
        )
    except ValidationError:
        return _gone(request)
    return _to_gate(load.site)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, load_id: int) -> HttpResponse:
    """Correct the plate of a lorry on site, what it carries and for whom; its weight stays as weighed."""
    load = _open_load(request, load_id)
    if load is None:
        return _gone(request)
    site_in_path(request, load.site_id)
    context: dict[str, object] = {
        "load": load,
        "query": urlencode({PARAMETER: load.site.code}),
        **files_context(Owner(load.site, load.module, load=load)),
    }
    if request.method != "POST":
        return render(request, "gate/edit.html", {**context, "form": OpenLoadForm(instance=load)})
    # The form fills its load in, also where something is wrong: the page still names the stored one.
    form = OpenLoadForm(request.POST, instance=copy.copy(load))
    problem = None
    if form.is_valid():
        try:
            edited = actions.edit_load(
                load=form.save(commit=False),
                plate=form.cleaned_data["plate"],
                by=person_of(request),
                version=whole_number(request.POST.get("version")) or load.version,
                confirmed=request.POST.get("confirmed", ""),
            )
        except (Refused, ValidationError) as error:
            problem = WeighingProblem.of(error)
        else:
            messages.success(request, _("%(plate)s was changed.") % {"plate": edited.vehicle})
            return _to_gate(load.site)
    return render(
        request,
        "gate/edit.html",
        {**context, "form": form, "problem": problem},
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _not_closed(
    request: HttpRequest, load: OpenLoad, error: Refused | ValidationError, typed: str = ""
) -> HttpResponse:
    gate = GatePage(
        load.site,
        WeighInForm(site=load.site, initial=_kept(request)),
        WeighingProblem.of(error, load_id=load.pk, typed=typed),
    )
    return _shown(request, gate, _status_of(error))


def _status_of(error: Refused | ValidationError) -> HTTPStatus:
    return status_of(error) if isinstance(error, Refused) else HTTPStatus.UNPROCESSABLE_ENTITY


@require_safe
def plates(request: HttpRequest) -> HttpResponse:
    """Suggest plates that contain what was typed, in whatever spelling."""
    site = _site_of(request)
    wanted = plate_code(request.GET.get("plate", ""))
    known = Vehicle.objects.active().filter(code__contains=wanted) if wanted else Vehicle.objects.none()
    absent = known.exclude(open_loads__site=site).order_by("code").values_list("name", flat=True)
    return render(request, "records/_completions.html", {"completions": absent[:OFFERED]})


@require_safe
def vehicle(request: HttpRequest) -> HttpResponse:
    """Show what is known of a plate: carrier, stored tare, largest gross, and its last load here."""
    site = _site_of(request)
    found = (
        Vehicle.objects.active()
        .select_related("carrier")
        .filter(code=plate_code(request.GET.get("plate", "")))
        .first()
    )
    last = None
    if found is not None:
        loads = [
            module.model._default_manager.filter(site=site, vehicle=found)
            .select_related("material", "party")
            .order_by("-date", "-id")
            .first()
            for module in gate_modules(site)
        ]
        last = max(filter(None, loads), key=lambda load: (load.date, load.pk), default=None)
    context = {"vehicle": found, "tare_ton": found and found.tare_on(site.today()), "last": last}
    return render(request, "gate/_vehicle.html", context)

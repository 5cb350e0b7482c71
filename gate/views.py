"""The gate: lorries are weighed in and out on one page, and their tickets are printed."""

import copy
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import BigIntegerField, DateField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from charts.numbers import written
from core.db.prepared import Parameter, PreparedQuery
from core.numbers import whole_number
from gate import actions
from gate.actions import Outcome
from gate.files import Owner, files_context
from gate.forms import OpenLoadForm, WeighInForm, gate_modules, movement_module, weight_of
from gate.models import DeliveryNote, OpenLoad, Weighing
from inventory.models import LoadedMovement
from parties.models import Vehicle, plate_code
from records.errors import ConfirmationNeeded, InputRefused, Refused, labelled_errors
from records.pages.entry import OFFERED
from records.pages.table import may_write
from records.pages.views import status_of
from records.templatetags.figures import tons
from records.warnings import confirmation_of
from sites.accounts.sessions import is_shared
from sites.models import Site
from sites.scope import PARAMETER, page_scope, page_site, person_of, site_in_path

# How many of the last tickets the page shows.
LAST_TICKETS = 8
# How many weights of its weighbridges the page proposes.
MOST_PROPOSED = 4
PAPERS = ("80mm", "a4")
# The columns of a ticket, where the load has a value of them.
LINES = (
    "ticket_no",
    "weighbridge",
    "time_in",
    "time",
    "vehicle",
    "container",
    "material",
    "source",
    "owner",
    "carrier",
    "project",
    "order_reference",
    "reference",
    "notes",
)


@dataclass
class Problem:
    """Why a weighing was not saved: sentences, or warnings to confirm."""

    messages: Sequence[str] = ()
    warnings: Sequence[str] = ()
    # The open load that it is about; None for the form of a first weighing.
    load_id: int | None = None
    typed: str = ""

    @property
    def confirmation(self) -> str:
        return confirmation_of(self.warnings)

    @classmethod
    def of(
        cls, error: Refused | ValidationError, *, load_id: int | None = None, typed: str = ""
    ) -> "Problem":
        if isinstance(error, ConfirmationNeeded):
            return cls(warnings=error.warnings, load_id=load_id, typed=typed)
        if isinstance(error, InputRefused):
            return cls(labelled_errors(error.form), load_id=load_id, typed=typed)
        found = error.messages if isinstance(error, ValidationError) else [error.message]
        return cls(found, load_id=load_id, typed=typed)


@dataclass
class GatePage:
    """A site's gate: the form, the lorries on site, and the last tickets."""

    site: Site
    form: WeighInForm
    problem: Problem | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def query(self) -> str:
        return urlencode({PARAMETER: self.site.code})

    @cached_property
    def open_loads(self) -> list[OpenLoad]:
        found = _on_site.all(site=self.site.pk)
        for load in found:
            load.site = self.site
        return found

    @cached_property
    def last_tickets(self) -> list[tuple[str, LoadedMovement]]:
        """Return the last loads of today with their modules, the newest first. A query for each module."""
        found = [
            (module.slug, load)
            for module in gate_modules(self.site)
            for load in _last_loads(module.model).all(site=self.site.pk, date=self.site.today())
        ]
        return sorted(found, key=lambda pair: pair[1].created_at, reverse=True)[:LAST_TICKETS]


# Pages of gates are read all day: their queries are compiled once.
SITE, DATE = Parameter("site", BigIntegerField()), Parameter("date", DateField())
_on_site = PreparedQuery(
    lambda: OpenLoad.objects.filter(site_id=SITE).select_related("vehicle", "material", "party")
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


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the gate, and weigh lorries in. Without a site, ask for one."""
    if page_scope(request).site is None:
        return render(request, "gate/page.html", {"scope": page_scope(request)})
    site = _site_of(request)
    if request.method == "POST":
        return _weigh_in(request, site)
    return _shown(request, GatePage(site, WeighInForm(site=site, initial=_kept(request))))


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
            gate.problem = Problem.of(error)
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
            problem = Problem.of(error)
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
        Problem.of(error, load_id=load.pk, typed=typed),
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


@require_safe
def ticket(request: HttpRequest, slug: str, record_id: int) -> HttpResponse:
    """Show the ticket of a load, to be printed on a roll of 80 mm or on A4.

    Raises Http404 for a load that the person does not see, and for a daily line.
    """
    module = movement_module(slug)
    related = ("site", "material", "vehicle", "weighbridge", "carrier", "party", "project", "created_by")
    loads = module.model._default_manager.for_user(request.user)  # type: ignore[attr-defined]  # RecordQuerySet's
    load = get_object_or_404(loads.select_related(*related), pk=record_id)
    paper = request.GET.get("paper", PAPERS[0])
    if not load.load_state or paper not in PAPERS:
        raise Http404
    # The page is about the load's site, whose decimal mark its figures have.
    site = site_in_path(request, load.site_id)
    columns = {column.name: column for column in module.entered_columns}
    lines = [(columns[name].label, columns[name].text_of(load)) for name in LINES if name in columns]
    tare = f"{tons(load.tare_ton)} t ({load.get_tare_source_display().lower()})" if load.tare_ton else ""
    weights = [
        (_("Gross"), f"{tons(load.gross_ton)} t" if load.gross_ton else ""),
        (_("Tare"), tare),
        (_("Net"), f"{tons(load.qty_ton)} t"),
    ]
    context = {
        "load": load,
        "module": module,
        "paper": paper,
        "lines": [(label, text) for label, text in lines if text],
        "weights": [(label, text) for label, text in weights if text],
        "note": DeliveryNote.objects.filter(record_id=load.pk).first() if slug == "dispatch" else None,
        "may_correct": may_write(site),
        "query": urlencode({PARAMETER: site.code}),
        **files_context(Owner(site, slug, record=load)),
    }
    return render(request, "gate/ticket.html", context)

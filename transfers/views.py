"""The pages of transfers: what is in transit, sending and receiving."""

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dispatch.forms import DispatchForm
from dispatch.models import Dispatch
from inventory.loads import LoadedMovementForm
from received.forms import ReceivedMaterialForm
from received.models import ReceivedMaterial
from records.choices import Source
from records.errors import ConfirmationNeeded, InputRefused, NotVisible, Refused, labelled_errors
from records.forms import CHOOSE
from records.pages.entry import add_error
from records.pages.table import may_write
from records.pages.views import status_of
from records.templatetags.figures import tons
from records.warnings import confirmation_of
from sites.models import EntryMode, Site, User
from sites.scope import PARAMETER, Scope, page_scope, page_site, person_of
from transfers import actions
from transfers.actions import RELATED, Transfer, find_transfer, with_arrivals

# How many transfers that are over the page shows.
LAST = 50
OF_LOADS = ("gross_ton", "tare_ton", "vehicle", "carrier", "container")
SENT_FIELDS = ("date", "material", "operation", "qty_ton", *OF_LOADS, "reference", "notes")
RECEIVED_FIELDS = ("date", "qty_ton", "gross_ton", "tare_ton", "notes")


class DestinationForm(forms.Form):
    """The own site that a transfer goes to."""

    to = forms.ModelChoiceField(
        Site.objects.none(), label=gettext_lazy("To"), to_field_name="code", empty_label=CHOOSE
    )

    def __init__(self, values: dict[str, str] | None, *, site: Site, by: User) -> None:
        super().__init__(values, auto_id="transfer_%s")
        to = self.fields["to"]
        assert isinstance(to, forms.ModelChoiceField)
        to.queryset = Site.objects.for_user(by).filter(is_active=True).exclude(pk=site.pk).order_by("name")


@dataclass(frozen=True)
class TransferLine:
    """A transfer as a row of the page."""

    transfer: Transfer
    scope: Scope

    @property
    def sent(self) -> Dispatch:
        return self.transfer.sent

    @property
    def difference(self) -> str:
        return "" if self.transfer.difference_ton is None else tons(self.transfer.difference_ton)

    @property
    def state_label(self) -> str:
        return {
            "in_transit": _("In transit"),
            "received": _("Received"),
            "cancelled": _("Cancelled"),
        }[self.transfer.state]

    def _writable(self, site_id: int | None) -> bool:
        return any(site.pk == site_id and may_write(site) for site in self.scope.choices)

    @property
    def may_receive(self) -> bool:
        return self.transfer.state == "in_transit" and self._writable(self.sent.transfer_to_id)

    @property
    def may_cancel(self) -> bool:
        if self.transfer.state == "cancelled" or not self._writable(self.sent.site_id):
            return False
        return self.transfer.received is None or self._writable(self.sent.transfer_to_id)

    @property
    def record_address(self) -> str:
        """Return the history of the dispatch; empty where the user does not see its site."""
        is_seen = any(site.pk == self.sent.site_id for site in self.scope.choices)
        return reverse("dispatch:history", args=[self.sent.pk]) if is_seen else ""

    @property
    def arrival_address(self) -> str:
        """Return the history of what was received; empty where the user does not see its site."""
        arrived = self.transfer.received
        is_seen = arrived is not None and any(site.pk == arrived.site_id for site in self.scope.choices)
        return reverse("received:history", args=[arrived.pk]) if arrived is not None and is_seen else ""


class TransfersPage:
    """The transfers from and to the sites of the page."""

    def __init__(self, request: HttpRequest) -> None:
        self.scope: Scope = page_scope(request)

    @property
    def query(self) -> str:
        return urlencode({PARAMETER: self.scope.code})

    @property
    def may_send(self) -> bool:
        return self.scope.site is not None and may_write(self.scope.site)

    @cached_property
    def in_transit(self) -> list[TransferLine]:
        sent = Dispatch.objects.in_transit().filter(self._here).select_related(*RELATED)
        return [TransferLine(Transfer(each, None), self.scope) for each in sent.order_by("date", "id")]

    @cached_property
    def over(self) -> list[TransferLine]:
        """Return the last transfers that were received or cancelled, the newest first."""
        waiting = [line.sent.pk for line in self.in_transit]
        sent = Dispatch.objects.filter(self._here, transfer_to__isnull=False).exclude(pk__in=waiting)
        found = with_arrivals(sent.select_related(*RELATED).order_by("-date", "-id")[:LAST])
        return [TransferLine(transfer, self.scope) for transfer in found]

    @property
    def _here(self) -> Q:
        sites = [site.pk for site in self.scope.sites]
        return Q(site__in=sites) | Q(transfer_to__in=sites)


@dataclass
class TransferForm[M: Dispatch | ReceivedMaterial]:
    """The form of one end of a transfer: its fields, and the warnings to confirm."""

    form: LoadedMovementForm[M]
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    warnings: tuple[str, ...] = ()
    destination: DestinationForm | None = None

    @property
    def confirmation(self) -> str:
        return confirmation_of(self.warnings)

    def show_only(self, names: tuple[str, ...]) -> None:
        mode = getattr(self.form.site, self.form._meta.model.entry_setting)
        shown = [name for name in names if mode != EntryMode.LINES or name not in OF_LOADS]
        self.form.order_fields(names)
        self.form.left_out = [name for name in self.form.fields if name not in shown]

    def reject(self, error: Refused | ValidationError) -> HTTPStatus:
        """Show why it was not saved; return the status of the response."""
        if isinstance(error, ValidationError):
            self.form.add_error(None, error)
            return HTTPStatus.UNPROCESSABLE_ENTITY
        add_error(self.form, error)
        if isinstance(error, ConfirmationNeeded):
            self.warnings = tuple(error.warnings)
        return status_of(error)


def _back(site: Site) -> HttpResponse:
    return redirect(f"{reverse('transfers:list')}?{urlencode({PARAMETER: site.code})}")


@require_safe
def transfer_list(request: HttpRequest) -> HttpResponse:
    return render(request, "transfers/list.html", {"page": TransfersPage(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Send material to another own site."""
    site = page_site(request)
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not enter records."))
    by, values = person_of(request), request.POST.dict() if request.method == "POST" else None
    page: TransferForm[Dispatch] = TransferForm(
        DispatchForm(values, site=site, initial={"date": site.today().isoformat()}),
        key=request.POST.get("submission_key", "").replace("\0", "")[:200] or uuid.uuid4().hex,
        destination=DestinationForm(values, site=site, by=by),
    )
    page.show_only(SENT_FIELDS)
    page.form.fields["qty_ton"].help_text = _("Left empty, it is gross less tare.")
    status = HTTPStatus.OK
    if values is not None and page.destination is not None and not page.destination.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif values is not None and page.destination is not None:
        try:
            outcome = actions.send_transfer(
                site=site,
                destination=page.destination.cleaned_data["to"],
                values={name: values[name] for name in SENT_FIELDS if name in values},
                by=by,
                source=Source.PAGE,
                key=page.key,
                confirmed=values.get("confirmed", ""),
            )
        except (Refused, ValidationError) as error:
            status = page.reject(error)
        else:
            sentence = _("Sent: %(tons)s t of %(material)s are in transit.")
            figures = {"tons": tons(outcome.record.qty_ton), "material": outcome.record.material}
            messages.success(request, sentence % figures)
            return _back(site)
    return render(request, "transfers/new.html", {"page": page, "site": site}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Receive what is in transit to a site of the user."""
    by, values = person_of(request), request.POST.dict() if request.method == "POST" else None
    transfer = find_transfer(transfer_id, by=by)
    site = next((each for each in page_scope(request).choices if each == transfer.sent.transfer_to), None)
    if site is None:
        raise NotVisible
    if not may_write(site):
        raise PermissionDenied(_("Your role on this site lets you read, not enter records."))
    initial = {"date": site.today().isoformat()}
    typed = None if values is None else {**values, "material": transfer.sent.material_id}
    page: TransferForm[ReceivedMaterial] = TransferForm(
        ReceivedMaterialForm(typed, site=site, initial=initial),
        key=request.POST.get("submission_key", "").replace("\0", "")[:200] or uuid.uuid4().hex,
    )
    page.show_only(RECEIVED_FIELDS)
    page.form.fields["qty_ton"].help_text = _("Left empty, it is what was sent.")
    status = HTTPStatus.OK
    if values is not None:
        try:
            outcome = actions.receive_transfer(
                transfer_id=transfer_id,
                values={name: values[name] for name in RECEIVED_FIELDS if values.get(name)},
                by=by,
                source=Source.PAGE,
                key=page.key,
                confirmed=values.get("confirmed", ""),
            )
        except (Refused, ValidationError) as error:
            status = page.reject(error)
        else:
            difference = outcome.record.qty_ton - transfer.sent.qty_ton
            sentence = _("Received: %(tons)s t of %(material)s, a difference of %(difference)s t.")
            figures = {
                "tons": tons(outcome.record.qty_ton),
                "material": transfer.sent.material,
                "difference": tons(difference),
            }
            messages.success(request, sentence % figures)
            return _back(site)
    context = {"page": page, "site": site, "transfer": transfer}
    return render(request, "transfers/receive.html", context, status=status)


@require_POST
def cancel(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Cancel a transfer at both of its sites."""
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    try:
        warnings = actions.cancel_transfer(
            transfer_id=transfer_id, reason=reason, by=person_of(request), source=Source.PAGE
        )
    except Refused as refusal:
        refused = labelled_errors(refusal.form) if isinstance(refusal, InputRefused) else [refusal.message]
        messages.error(request, " ".join(refused))
    else:
        messages.success(request, " ".join([_("The transfer was cancelled."), *warnings]))
    return redirect(f"{reverse('transfers:list')}?{urlencode({PARAMETER: page_scope(request).code})}")

"""The pages of webhooks, for admins: addresses, the log of each, and sending again."""

from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.models import Delivery, Webhook, WebhookEvent
from alerts.webhooks import new_secret, queue_delivery
from core.jobs.models import JobStatus
from sites.accounts.encryption import encrypt
from sites.accounts.security import record_event
from sites.accounts.sign_in import require_proof
from sites.models import EventKind, Site
from sites.scope import person_of

LOG_LENGTH = 100


class WebhookForm(forms.ModelForm[Webhook]):
    """The address of a webhook and whose alerts are sent there."""

    class Meta:
        model = Webhook
        fields = ("url", "site", "description")
        widgets: ClassVar = {"url": forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"})}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature, passed on
        site = self.fields["site"]
        assert isinstance(site, forms.ModelChoiceField)
        site.queryset = Site.objects.active().order_by("name")
        site.empty_label = _("All sites")
        site.help_text = ""


def _require_admin(request: HttpRequest) -> None:
    if not person_of(request).is_superuser:
        raise PermissionDenied(_now("Only an admin can see and change webhooks."))


def _record(webhook: Webhook) -> None:
    """Record that a webhook was changed, by its host: the rest of the address may be a secret."""
    record_event(EventKind.WEBHOOK, detail=urlsplit(webhook.url).hostname or "")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show the webhooks; make a new one, whose secret is shown once."""
    _require_admin(request)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    secret = ""
    if form.is_valid():
        require_proof(request)
        secret = new_secret()
        webhook = form.save(commit=False)
        webhook.secret = encrypt(secret)
        webhook.save()
        _record(webhook)
        form = WebhookForm()
    context = {
        "form": form,
        "webhooks": Webhook.objects.select_related("site"),
        "new_secret": secret,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/webhooks.html", context, status=status)


@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the latest deliveries of a webhook."""
    _require_admin(request)
    shown = get_object_or_404(Webhook.objects.select_related("site"), pk=pk)
    deliveries = shown.deliveries.select_related("alert", "alert__site")[:LOG_LENGTH]
    return render(request, "alerts/webhook.html", {"webhook": shown, "deliveries": deliveries})


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a webhook on or off, or delete it with its log, as the button says."""
    _require_admin(request)
    changed = get_object_or_404(Webhook, pk=pk)
    require_proof(request)
    if "delete" in request.POST:
        _record(changed)
        changed.delete()
        messages.success(request, _now("Deleted: %s.") % changed)
        return redirect("alerts:webhooks")
    changed.is_active = "on" in request.POST
    changed.save()
    _record(changed)
    state = _now("Switched on: %s.") if changed.is_active else _now("Switched off: %s.")
    messages.success(request, state % changed)
    return redirect("alerts:webhook", pk)


@require_POST
@transaction.atomic
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a test message."""
    _require_admin(request)
    queue_delivery(get_object_or_404(Webhook, pk=pk), WebhookEvent.TEST)
    messages.success(request, _now("A test message is on its way."))
    return redirect("alerts:webhook", pk)


@require_POST
@transaction.atomic
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a delivery that has ended once more, with the same `webhook-id`."""
    _require_admin(request)
    delivery = get_object_or_404(Delivery.objects.select_for_update(no_key=True), pk=pk)
    if delivery.status in (JobStatus.COMPLETED, JobStatus.FAILED):
        delivery.tries = 0
        delivery.send_again()
        messages.success(request, _now("The message is sent again."))
    else:
        messages.info(request, _now("The message is being sent already."))
    return redirect("alerts:webhook", delivery.webhook_id)

"""Webhooks: alerts that are sent to programs, signed as Standard Webhooks say (https://www.standardwebhooks.com).

A receiver knows a message that comes twice by its `webhook-id`; `webhook-timestamp` is that of the try.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import override

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override as language

from alerts.models import Alert, Delivery, Webhook
from alerts.sending import NotSentError, SendingRunner
from core.jobs.lease import Lease
from core.jobs.runner import queue
from core.outgoing import OutgoingError, send_request
from sites.accounts.encryption import decrypt, encrypt_again

SECRET_PREFIX = "whsec_"  # noqa: S105  # what secrets begin with
SECRET_BYTES = 32
# A receiver answers with a status; what else it writes is not read.
MOST_READ = 64 * 1024


def new_secret() -> str:
    """Return the secret of a new webhook, as its receiver needs it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Return the signature of a message, version 1: HMAC-SHA256."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def announce(alerts: Sequence[Alert], event: str) -> None:
    """Queue an event of these alerts of one site for the webhooks of the site and of all sites."""
    if not alerts:
        return
    of_site = Q(site=alerts[0].site_id) | Q(site=None)
    for webhook in Webhook.objects.filter(of_site, is_active=True).order_by("pk"):
        for alert in alerts:
            queue_delivery(webhook, event, alert)


def queue_delivery(webhook: Webhook, event: str, alert: Alert | None = None) -> Delivery:
    """Queue an event for one webhook."""
    content = {
        "type": event,
        "timestamp": timezone.now().isoformat(timespec="seconds"),
        "data": {} if alert is None else as_json(alert),
    }
    delivery = Delivery.objects.create(
        webhook=webhook,
        alert=alert,
        event=event,
        message_id=f"msg_{secrets.token_hex(16)}",
        body=json.dumps(content, ensure_ascii=False),
    )
    queue(delivery)
    return delivery


def as_json(alert: Alert) -> dict[str, object]:
    """Return an alert as programs read it."""
    with language(settings.LANGUAGE_CODE):
        return {
            "id": alert.pk,
            "siteId": alert.site_id,
            "siteCode": alert.site.code,
            "kind": alert.kind,
            "text": alert.sentence,
            "link": settings.PORTAL_URL + alert.href,
            "beganAt": alert.began_at.isoformat(timespec="seconds"),
            "endedAt": alert.ended_at and alert.ended_at.isoformat(timespec="seconds"),
        }


class DeliveryRunner(SendingRunner[Delivery]):
    model = Delivery

    @override
    def send(self, job: Delivery, lease: Lease) -> None:
        webhook = job.webhook
        if not webhook.is_active:
            raise NotSentError(_("The webhook is switched off."))
        try:
            secret = decrypt(webhook.secret)
        except InvalidToken as error:
            raise NotSentError(_("The key of the secret is not among the settings any more.")) from error
        timestamp = int(timezone.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"DeskOps/{settings.VERSION}",
            "webhook-id": job.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, job.message_id, timestamp, job.body),
        }
        try:
            answer = send_request(
                "POST", webhook.url, headers=headers, body=job.body.encode(), max_bytes=MOST_READ
            )
        except OutgoingError as error:
            raise NotSentError(error.message) from error
        job.row.update(response_status=answer.status)
        if answer.status == HTTPStatus.GONE:
            # So a receiver says that it wants nothing more.
            Webhook.objects.filter(pk=webhook.pk).update(is_active=False)
        if not answer.is_success:
            raise NotSentError(_("The receiver answered %(status)d.") % {"status": answer.status})

    @override
    def expire(self) -> None:
        super().expire()
        for webhook in Webhook.objects.all():
            # With a new key of the settings, the secrets move to it.
            secret = encrypt_again(webhook.secret)
            if secret != webhook.secret:
                Webhook.objects.filter(pk=webhook.pk, secret=webhook.secret).update(secret=secret)

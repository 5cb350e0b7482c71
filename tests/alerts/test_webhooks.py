"""Signed webhooks: what a receiver gets, when it is tried again, and who may set them up."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import override
from unittest import mock

from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from alerts.models import Alert, Delivery, Kind, Webhook, WebhookEvent
from alerts.sending import KEEP_SENT, RETRY_AFTER
from alerts.webhooks import DeliveryRunner, new_secret, queue_delivery, signature
from core.jobs.models import JobStatus
from core.jobs.runner import JobOutcome
from sites.accounts.encryption import PREFIX, decrypt, encrypt
from sites.models import EventKind, SecurityEvent
from tests.alerts.test_alerts import HOUR, AlertCase
from tests.dashboard.case import NOON
from tests.factories import make_people, sign_in
from tests.inventory.threads import ThreadsTestCase, all_at_once

LOCAL = override_settings(OUTGOING_PRIVATE_NETWORKS=["127.0.0.0/8"])


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers with a status."""

    status: int
    received: list[tuple[dict[str, str], str]]

    @override
    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.received.append((headers, body))
        self.send_response(self.status)
        self.end_headers()


@LOCAL
class WebhookCase(AlertCase):
    def setUp(self) -> None:
        super().setUp()
        Receiver.status, Receiver.received = 200, []
        server = HTTPServer(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.secret = new_secret()
        self.webhook = Webhook.objects.create(
            url=f"http://127.0.0.1:{server.server_port}/hook", secret=encrypt(self.secret)
        )
        self.runner = DeliveryRunner()

    def deliver(self, *, after: dt.timedelta = dt.timedelta(0)) -> Delivery:
        """Let the worker send the only delivery."""
        with mock.patch.object(timezone, "now", return_value=NOON + after):
            self.runner.expire()
            delivery = Delivery.objects.get()
            self.runner.run(delivery.pk)
        delivery.refresh_from_db()
        return delivery


class TestDelivery(WebhookCase):
    def test_sends_when_an_alert_begins_and_when_it_ends(self) -> None:
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(5))
        self.evaluate()
        self.produce("9")
        self.evaluate(after=HOUR)

        for delivery in Delivery.objects.order_by("pk"):
            assert self.runner.run(delivery.pk) is JobOutcome.DONE

        began, ended = (json.loads(body) for _headers, body in Receiver.received)
        assert (began["type"], ended["type"]) == ("alert.began", "alert.ended")
        assert began["data"] == {
            "id": Alert.objects.get().pk,
            "siteId": self.site.pk,
            "siteCode": "YARD-NORTH",
            "kind": "stock_below",
            "text": "G1: 0.00 t in stock, below 5.00 t.",
            "link": f"http://testserver:8000/inventory/materials/{self.g1.pk}/?site=YARD-NORTH",
            "beganAt": "2026-03-02T12:00:00+00:00",
            "endedAt": None,
        }
        assert ended["data"]["endedAt"] == "2026-03-02T13:00:00+00:00"

    def test_is_signed_as_standard_webhooks_say(self) -> None:
        delivery = queue_delivery(self.webhook, WebhookEvent.TEST)

        self.deliver()

        ((headers, body),) = Receiver.received
        assert headers["webhook-id"] == delivery.message_id
        assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
        # Computed as the specification says, without our code.
        key = base64.b64decode(self.secret.split("_", 1)[1])
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"

    def test_has_the_signature_of_the_published_example(self) -> None:
        # From the reference libraries of Standard Webhooks.
        example = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            '{"test": 2432232314}',
        )

        assert example == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_is_tried_again_for_a_day(self) -> None:
        Receiver.status = 500
        queue_delivery(self.webhook, WebhookEvent.TEST)

        passed = dt.timedelta(0)
        for number, minutes in enumerate(RETRY_AFTER, start=1):
            delivery = self.deliver(after=passed)
            assert (delivery.status, delivery.tries) == (JobStatus.FAILED, number)
            assert delivery.error == "The receiver answered 500."
            passed += dt.timedelta(minutes=minutes)
            # Not a moment earlier.
            self.deliver(after=passed - dt.timedelta(seconds=1))
            assert len(Receiver.received) == number

        assert passed == dt.timedelta(days=1)
        assert self.deliver(after=passed).next_try_at is None
        self.deliver(after=passed + dt.timedelta(days=1))
        assert len(Receiver.received) == len(RETRY_AFTER) + 1
        assert len({headers["webhook-id"] for headers, _body in Receiver.received}) == 1

    def test_follows_no_redirect_and_ends_where_nothing_more_is_wanted(self) -> None:
        Receiver.status = 302
        queue_delivery(self.webhook, WebhookEvent.TEST)
        assert self.deliver().response_status == 302

        Receiver.status = 410
        self.deliver(after=HOUR)

        self.webhook.refresh_from_db()
        assert not self.webhook.is_active

    @override_settings(OUTGOING_PRIVATE_NETWORKS=[])
    def test_goes_to_no_private_address(self) -> None:
        queue_delivery(self.webhook, WebhookEvent.TEST)

        assert "inside of a private network" in self.deliver().error
        assert Receiver.received == []

    def test_is_for_its_site_and_forgotten_after_a_month(self) -> None:
        self.webhook.site = self.people.other_site
        self.webhook.save()
        self.rule(Kind.STOCK_BELOW, material=self.g1, level_ton=Decimal(5))
        self.evaluate()
        assert not Delivery.objects.exists()

        queue_delivery(self.webhook, WebhookEvent.TEST)
        self.deliver()
        with mock.patch.object(timezone, "now", return_value=NOON + KEEP_SENT + HOUR):
            self.runner.expire()
        assert not Delivery.objects.exists()

    def test_moves_its_secret_to_a_new_key(self) -> None:
        with override_settings(MFA_ENCRYPTION_KEYS=["a new key that is long enough for anybody"]):
            self.runner.expire()
            stored = Webhook.objects.get().secret
            assert stored != self.webhook.secret
            assert decrypt(stored) == self.secret


class TestPages(WebhookCase):
    def test_show_the_secret_once_and_store_it_encrypted(self) -> None:
        sign_in(self.client, self.people.ada)
        values = {"url": "https://hooks.example.com/a", "site": self.site.pk, "description": "Pager"}

        made = self.client.post(reverse("alerts:webhooks"), values).content.decode()

        secret = made.split('translate="no">')[1].split("<")[0]
        stored = Webhook.objects.get(description="Pager").secret
        assert secret.startswith("whsec_")
        assert stored.startswith(PREFIX)
        assert decrypt(stored) == secret
        assert secret not in self.client.get(reverse("alerts:webhooks")).content.decode()
        event = SecurityEvent.objects.get(kind=EventKind.WEBHOOK)
        assert (event.by, event.detail) == (self.people.ada, "hooks.example.com")

    def test_need_a_proof_and_a_whole_address(self) -> None:
        self.client.force_login(self.people.ada)
        new = reverse("alerts:webhooks")

        assert "reauthenticate" in self.client.post(new, {"url": "https://a.example/"})["Location"]
        rejected = self.client.post(new, {"url": "ftp://a.example/"})
        self.assertContains(rejected, "Enter a whole address", status_code=422)
        assert Webhook.objects.count() == 1

    def test_send_a_test_and_send_again(self) -> None:
        sign_in(self.client, self.people.ada)
        self.client.post(reverse("alerts:test_webhook", args=[self.webhook.pk]))
        delivery = self.deliver()
        log = self.client.get(reverse("alerts:webhook", args=[self.webhook.pk]))
        self.assertContains(log, "Sent")

        self.client.post(reverse("alerts:send_again", args=[delivery.pk]))
        self.deliver()

        first, second = (headers["webhook-id"] for headers, _body in Receiver.received)
        assert first == second

    def test_switch_a_webhook_off_and_delete_it(self) -> None:
        sign_in(self.client, self.people.ada)
        change = reverse("alerts:change_webhook", args=[self.webhook.pk])

        self.client.post(change, {"off": "1"})
        assert not Webhook.objects.get().is_active
        self.client.post(change, {"delete": "1"})
        assert not Webhook.objects.exists()

    def test_leave_neither_address_nor_secret_in_the_history_of_a_deleted_webhook(self) -> None:
        self.webhook.delete()

        kept = Webhook.history.values().latest()

        assert kept["history_type"] == "-"
        assert not {"url", "secret"} & kept.keys()


@LOCAL
class TestManyWorkers(ThreadsTestCase):
    def test_send_a_message_once(self) -> None:
        make_people()
        webhook = Webhook.objects.create(url="https://a.example/", secret=encrypt(new_secret()))
        delivery = queue_delivery(webhook, WebhookEvent.TEST)

        with mock.patch.object(DeliveryRunner, "send") as send:
            all_at_once(*[lambda: DeliveryRunner().run(delivery.pk)] * 4)

        assert send.call_count == 1

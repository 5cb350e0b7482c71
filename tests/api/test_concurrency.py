"""Concurrent requests: one record per key, and an exact rate limit."""

from collections import Counter
from http import HTTPStatus
from threading import Event
from time import sleep
from unittest import skipUnless

from django.db import connection, transaction
from django.test import Client, override_settings

from api.auth import count_request, make_token
from api.models import Usage
from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from tests.api.case import MONDAY, Caller, Content, content_of, items_of, part_of
from tests.factories import make_material, make_people
from tests.inventory.threads import PATIENCE_SECONDS, ThreadsTestCase, all_at_once

EIGHT = 8


class TestConcurrentRequests(ThreadsTestCase):
    def setUp(self) -> None:
        self.people = make_people()
        self.debris = make_material(code="DEBRIS", is_final=False)
        self.token = make_token(owner=self.people.alice, name="Weighbridge")[1]

    def body(self, **changes: object) -> Content:
        return {
            "siteId": self.people.site.pk,
            "date": MONDAY,
            "materialId": self.debris.pk,
            "qtyTon": 10,
            **changes,
        }

    def test_one_key_creates_one_record_and_every_request_gets_its_response(self) -> None:
        def send() -> bytes:
            response = Caller(self.token).post("/api/received", self.body(), Idempotency_Key="ticket")
            assert response.status_code == HTTPStatus.CREATED, response.content
            return response.content

        answers = all_at_once(*[send] * EIGHT)

        assert len(set(answers)) == 1
        assert ReceivedMaterial.objects.count() == 1
        self.assert_ledger_equals_records()

    def test_one_key_with_two_bodies_creates_one_record(self) -> None:
        def send_of(tons: int) -> int:
            response = Caller(self.token).post(
                "/api/received", self.body(qtyTon=tons), Idempotency_Key="ticket"
            )
            return response.status_code

        statuses = all_at_once(*[lambda tons=tons: send_of(tons) for tons in (1, 2)])

        assert sorted(statuses) == [HTTPStatus.CREATED, HTTPStatus.BAD_REQUEST]
        assert ReceivedMaterial.objects.count() == 1

    @skipUnless(connection.vendor == "postgresql", "SQLite has one writer at a time")
    def test_a_follower_misses_no_change_that_is_committed_late(self) -> None:
        numbered, read = Event(), Event()
        path = f"/api/received?siteId={self.people.site.pk}&changedSince="

        def write_and_commit_late() -> None:
            with transaction.atomic():
                self.receive("1")
                numbered.set()
                assert read.wait(PATIENCE_SECONDS)

        def write_meanwhile() -> None:
            assert numbered.wait(PATIENCE_SECONDS)
            self.receive("2")

        def follow() -> Content:
            assert numbered.wait(PATIENCE_SECONDS)
            # Time for the second writer to get past the first one, if it could.
            sleep(0.5)
            content = content_of(Caller(self.token).get(f"{path}0"))
            read.set()
            return content

        early = all_at_once(follow, write_and_commit_late, write_meanwhile)[0]

        assert early is not None
        assert (early["receivedMaterials"], early["changedUntil"]) == ([], 0)
        late = items_of(Caller(self.token).get(f"{path}{early['changedUntil']}"), "receivedMaterials")
        assert [(item["changeNumber"], item["qtyTon"]) for item in late] == [(1, 1.0), (2, 2.0)]

    def receive(self, tons: str) -> None:
        operations.create(
            module=RECEIVED,
            values={"date": MONDAY, "material": self.debris.pk, "qty_ton": tons},
            site=self.people.site,
            by=self.people.alice,
            source=Source.PAGE,
            confirmed=True,
        )

    @override_settings(API_RATE_PER_MINUTE=5)
    def test_the_limit_is_exact(self) -> None:
        def ask() -> int:
            return Caller(self.token).get("/api/sites").status_code

        statuses = Counter(all_at_once(*[ask] * EIGHT))

        assert statuses == {HTTPStatus.OK: 5, HTTPStatus.TOO_MANY_REQUESTS: 3}
        assert Usage.objects.get().total == EIGHT

    def test_only_one_of_two_updates_of_the_same_state_succeeds(self) -> None:
        made = Caller(self.token).post("/api/received", self.body())
        path, etag = made["Location"], made["ETag"]

        def correct_to(tons: int) -> int:
            return Caller(self.token).patch(path, {"qtyTon": tons}, If_Match=etag).status_code

        statuses = all_at_once(*[lambda tons=tons: correct_to(tons) for tons in (20, 30, 40)])

        assert Counter(statuses) == {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 2}
        assert part_of(Caller(self.token).get(path), "receivedMaterial")["version"] == 2

    @override_settings(API_RATE_PER_MINUTE=2)
    def test_each_token_and_each_session_has_its_own_limit(self) -> None:
        other = make_token(owner=self.people.alice, name="Other")[1]
        browser = Client()
        browser.force_login(self.people.alice)

        for _ in range(2):
            assert Caller(self.token).get("/api/sites").status_code == HTTPStatus.OK
        refused = Caller(self.token).get("/api/sites")

        assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert content_of(refused)["code"] == "RATE_LIMITED"
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert refused["RateLimit-Remaining"] == "0"
        assert Caller(other).get("/api/sites")["RateLimit-Remaining"] == "1"
        assert browser.get("/api/sites")["RateLimit-Limit"] == "2"

    @override_settings(API_RATE_PER_MINUTE=1)
    def test_the_limit_starts_again_after_a_minute(self) -> None:
        assert not count_request("token:1").is_exceeded
        assert count_request("token:1").is_exceeded
        Usage.objects.update(window_began=Usage.objects.get().window_began - 60_000)

        allowance = count_request("token:1")

        assert (allowance.is_exceeded, allowance.used) == (False, 1)
        assert Usage.objects.get().total == 3

    @override_settings(API_RATE_PER_MINUTE=1)
    def test_the_limit_holds_for_a_request_that_is_written_after_a_later_one(self) -> None:
        count_request("token:1")
        Usage.objects.update(window_began=Usage.objects.get().window_began + 2_000)

        limit = count_request("token:1")

        assert (limit.is_exceeded, limit.used, limit.reset) == (True, 2, 60)

    @override_settings(API_RATE_PER_MINUTE=1)
    def test_the_limit_starts_again_after_the_clock_was_set_back(self) -> None:
        count_request("token:1")
        Usage.objects.update(window_began=Usage.objects.get().window_began + 3_600_000)

        assert count_request("token:1").used == 1

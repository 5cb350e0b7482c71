"""Idempotency keys and updates."""

import datetime as dt
from http import HTTPStatus
from typing import cast

from django.utils import timezone

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import Submission
from tests.api.case import MONDAY, ApiCase, Content, error_fields, part_of
from tests.factories import make_submitted_day

OK, CREATED = HTTPStatus.OK, HTTPStatus.CREATED
BAD, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT


class TestKeys(ApiCase):
    def test_have_one_to_two_hundred_characters(self) -> None:
        for key, status in (("k" * 200, CREATED), ("k" * 201, BAD), ("", BAD)):
            response = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key=key)

            assert response.status_code == status, key
        assert error_fields(response) == {"Idempotency-Key"}

    def test_are_kept_for_thirty_days(self) -> None:
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=29, hours=23))
        repeated = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=30, minutes=1))

        made = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        assert repeated.content == first.content
        assert (made.status_code, ReceivedMaterial.objects.count()) == (CREATED, 2)

    def test_belong_to_one_user(self) -> None:
        mona = self.caller(self.people.mona)
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        other = mona.post("/api/received", self.bodies()["received"] | {"loads": 3}, Idempotency_Key="ticket")

        assert (first.status_code, other.status_code) == (CREATED, CREATED)

    def test_are_not_used_by_a_rejected_body(self) -> None:
        body = self.bodies()["received"]
        self.alice.post("/api/received", body | {"loads": 0}, Idempotency_Key="ticket")

        response = self.alice.post("/api/received", body, Idempotency_Key="ticket")

        assert response.status_code == CREATED

    def test_return_the_first_response_after_a_change_or_deletion(self) -> None:
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        self.alice.patch(first["Location"], {"loads": 3})
        after_a_change = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        self.alice.delete(first["Location"])

        after_its_end = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        assert after_a_change.content == first.content
        assert after_its_end.content == first.content
        assert not ReceivedMaterial.objects.exists()


class TestChanges(ApiCase):
    def test_without_fields_change_nothing(self) -> None:
        made = self.alice.post("/api/received", self.bodies()["received"])

        response = self.alice.patch(made["Location"], {})

        assert (response.status_code, response["ETag"]) == (OK, made["ETag"])

    def test_to_null_clear_a_field(self) -> None:
        made = self.make("received", notes="wet", source="Riverside")

        response = self.alice.patch(f"/api/received/{made['id']}", {"notes": None, "source": None})

        item = part_of(response, "receivedMaterial")
        assert (item["notes"], item["source"]) == (None, None)

    def test_of_an_approved_day_are_rejected(self) -> None:
        made = self.make("received")
        day = make_submitted_day(self.site, dt.date.fromisoformat(MONDAY), by=self.people.alice)
        day.status, day.approved_at, day.approved_by = "approved", timezone.now(), self.people.mona
        day.save()

        for response in (
            self.alice.post("/api/received", self.bodies()["received"]),
            self.alice.patch(f"/api/received/{made['id']}", {"date": "2026-03-03"}),
            self.alice.delete(f"/api/received/{made['id']}"),
        ):
            self.assert_error(response, CONFLICT, "DAY_CLOSED")

    def test_into_a_duplicate_are_rejected(self) -> None:
        self.make("production", shift="NIGHT")
        other = self.make("production")

        response = self.alice.patch(f"/api/production/{other['id']}", {"shift": "NIGHT"})

        self.assert_error(response, CONFLICT, "DUPLICATE_RECORD")
        assert "shift" in error_fields(response)

    def test_from_another_source_can_be_followed(self) -> None:
        made = self.make("received")
        until = self.listed("received", "&changedSince=0")["changedUntil"]
        operations.update(
            module=RECEIVED,
            record_id=int(str(made["id"])),
            values={"notes": "by hand"},
            by=self.people.alice,
            source=Source.PAGE,
        )

        found = self.listed("received", f"&changedSince={until}")

        assert [item["notes"] for item in cast("list[Content]", found["receivedMaterials"])] == ["by hand"]

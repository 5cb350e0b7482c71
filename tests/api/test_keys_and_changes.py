"""What the contract says of keys that make a request safe to repeat, and of changes."""

import datetime as dt
from http import HTTPStatus
from typing import cast

from django.utils import timezone

from received.models import ReceivedMaterial
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.models import Submission
from tests.api.case import MONDAY, ApiCase, Content, part_of, refused_fields
from tests.factories import make_submitted_day

OK, CREATED = HTTPStatus.OK, HTTPStatus.CREATED
BAD, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT


class TestKeys(ApiCase):
    def test_have_one_to_two_hundred_characters(self) -> None:
        for key, status in (("k" * 200, CREATED), ("k" * 201, BAD), ("", BAD)):
            answer = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key=key)

            assert answer.status_code == status, key
        assert refused_fields(answer) == {"Idempotency-Key"}

    def test_are_kept_for_thirty_days(self) -> None:
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=29, hours=23))
        repeated = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=30, minutes=1))

        made = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        assert repeated.content == first.content
        assert (made.status_code, ReceivedMaterial.objects.count()) == (CREATED, 2)

    def test_are_each_persons_own(self) -> None:
        mona = self.caller(self.people.mona)
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        other = mona.post("/api/received", self.bodies()["received"] | {"loads": 3}, Idempotency_Key="ticket")

        assert (first.status_code, other.status_code) == (CREATED, CREATED)

    def test_are_not_used_up_by_a_body_that_is_refused(self) -> None:
        body = self.bodies()["received"]
        self.alice.post("/api/received", body | {"loads": 0}, Idempotency_Key="ticket")

        answer = self.alice.post("/api/received", body, Idempotency_Key="ticket")

        assert answer.status_code == CREATED

    def test_give_the_first_answer_whatever_became_of_the_record(self) -> None:
        first = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        self.alice.patch(first["Location"], {"loads": 3})
        after_a_change = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")
        self.alice.delete(first["Location"])

        after_its_end = self.alice.post("/api/received", self.bodies()["received"], Idempotency_Key="ticket")

        assert after_a_change.content == first.content
        assert after_its_end.content == first.content
        assert not ReceivedMaterial.objects.exists()


class TestChanges(ApiCase):
    def test_of_nothing_change_nothing(self) -> None:
        made = self.alice.post("/api/received", self.bodies()["received"])

        answer = self.alice.patch(made["Location"], {})

        assert (answer.status_code, answer["ETag"]) == (OK, made["ETag"])

    def test_to_null_empty_a_field(self) -> None:
        made = self.make("received", notes="wet", source="Riverside")

        answer = self.alice.patch(f"/api/received/{made['id']}", {"notes": None, "source": None})

        item = part_of(answer, "receivedMaterial")
        assert (item["notes"], item["source"]) == (None, None)

    def test_of_an_approved_day_are_refused_as_of_a_submitted_one(self) -> None:
        made = self.make("received")
        day = make_submitted_day(self.site, dt.date.fromisoformat(MONDAY), by=self.people.alice)
        day.status, day.approved_at, day.approved_by = "approved", timezone.now(), self.people.mona
        day.save()

        for answer in (
            self.alice.post("/api/received", self.bodies()["received"]),
            self.alice.patch(f"/api/received/{made['id']}", {"date": "2026-03-03"}),
            self.alice.delete(f"/api/received/{made['id']}"),
        ):
            self.assert_refused(answer, CONFLICT, "DAY_CLOSED")

    def test_into_a_duplicate_are_told_as_one(self) -> None:
        self.make("production", shift="NIGHT")
        other = self.make("production")

        answer = self.alice.patch(f"/api/production/{other['id']}", {"shift": "NIGHT"})

        self.assert_refused(answer, CONFLICT, "DUPLICATE_RECORD")
        assert "shift" in refused_fields(answer)

    def test_by_another_door_are_followed_too(self) -> None:
        made = self.make("received")
        until = self.listed("received", "&changedSince=0")["changedUntil"]
        operations.update(
            module=RECEIVED,
            record_id=int(str(made["id"])),
            values={"notes": "by hand"},
            by=self.people.alice,
            source=Source.PAGE,
        )

        told = self.listed("received", f"&changedSince={until}")

        assert [item["notes"] for item in cast("list[Content]", told["receivedMaterials"])] == ["by hand"]

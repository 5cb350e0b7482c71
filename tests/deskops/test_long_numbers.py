"""Numbers with thousands of digits, wherever an address or a form takes one."""

import pytest
from django.test import Client

from api.auth import make_token
from tests.factories import make_people
from tests.records.case import RecordsTestCase

LONG = "9" * 5000
ADDRESSES = (
    *(f"/received/?{name}={LONG}" for name in ("before", "after", "page", "material", "version")),
    f"/received/?before=2026-01-01_{LONG}",
    *(f"/received/{LONG}/{page}/" for page in ("edit", "delete", "history")),
    f"/received/deleted/?page={LONG}",
    f"/dashboard/?days={LONG}",
    f"/dashboard/month/?month={LONG}",
    f"/calendar/?year={LONG}",
    f"/inventory/material/{LONG}/",
    f"/inventory/?date={LONG}",
    f"/exports/?page={LONG}",
    f"/exports/{LONG}/",
    *(f"/imports/?{name}={LONG}" for name in ("page", "before")),
    f"/imports/{LONG}/",
    f"/day/YARD-NORTH/2026-11-30/received/{LONG}/",
    f"/admin/sites/site/{LONG}/change/",
    f"/admin/sites/site/?p={LONG}",
    f"/admin/sites/site/?id={LONG}",
    f"/api/received/{LONG}",
    *(f"/api/received?{name}={LONG}" for name in ("siteId", "limit", "changedSince", "cursor")),
)


@pytest.mark.django_db
class TestLongNumbers:
    def test_get_an_answer_and_no_error_of_the_portal(self) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(make_people().ada)

        failing = [address[:40] for address in ADDRESSES if client.get(address).status_code >= 500]

        assert not failing


class TestLongVersion(RecordsTestCase):
    def test_of_a_record_is_a_conflict_and_changes_nothing(self) -> None:
        record = self.receive().record
        client = Client(raise_request_exception=False)
        client.force_login(self.alice)

        statuses = [
            client.post(
                f"/received/{record.pk}/{page}/", {**self.load(notes="x"), "version": LONG}
            ).status_code
            for page in ("edit", "delete")
        ]

        assert max(statuses) < 500
        record.refresh_from_db()
        assert (record.version, record.notes) == (1, "")


@pytest.mark.django_db
class TestHistoryOfWhatNeverChanges:
    def test_is_an_empty_page(self) -> None:
        people = make_people()
        token, _text = make_token(owner=people.ada, name="Scale")
        client = Client()
        client.force_login(people.ada)

        response = client.get(f"/admin/api/apitoken/{token.pk}/history/")

        assert response.status_code == 200

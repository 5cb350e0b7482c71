"""Telematics: snapshots fetched from a stand-in of a maker's server."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from unittest import mock

from django.test import Client, TestCase, override_settings
from django.utils import timezone

from equipment.models import Machine
from equipment.readings import telematics
from equipment.readings.figures import proposals, telematics_of
from equipment.readings.models import TelematicsFeed, TelematicsReading
from sites.models import Site
from tests.factories import make_machine, make_people, make_site

NOW = dt.datetime(2026, 3, 3, 15, 0, tzinfo=dt.UTC)
MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)

type Json = dict[str, object]


def machine_json(
    serial_number: str, taken_at: str, *, hours: float, idle: float = 0, fuel: float = 0
) -> Json:
    return {
        "EquipmentHeader": {"OEMName": "Maker", "Model": "C1", "SerialNumber": serial_number},
        "CumulativeOperatingHours": {"Hour": hours, "datetime": taken_at},
        "CumulativeIdleHours": {"Hour": idle, "datetime": taken_at},
        "FuelUsed": {"FuelUnits": "litre", "FuelConsumed": fuel, "datetime": taken_at},
    }


class Maker(BaseHTTPRequestHandler):
    """A maker's server: answers by path, for one token."""

    answers: ClassVar[dict[str, tuple[int, bytes]]] = {}
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.requests.append(self.path)
        status, body = self.answers.get(self.path, (404, b""))
        if self.headers.get("Authorization") != "Bearer right-token":
            status, body = 401, b""
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def a_maker(**pages: object) -> Iterator[str]:
    """Serve these pages, `one` and `two`, each an answer in JSON or a status; yield the server's address."""
    Maker.requests.clear()
    Maker.answers = {
        f"/{name}": (page, b"{}") if isinstance(page, int) else (200, json.dumps(page).encode())
        for name, page in pages.items()
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Maker)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@override_settings(OUTGOING_PRIVATE_NETWORKS=["127.0.0.0/8"])
class TelematicsTestCase(TestCase):
    site: Site
    crusher: Machine
    feed: TelematicsFeed

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.crusher = make_machine(cls.site, code="CRUSHER", serial_number="CR-17")
        cls.feed = TelematicsFeed(site=cls.site, name="Maker", url="http://127.0.0.1/one")
        cls.feed.token = "right-token"
        cls.feed.save()

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(timezone, "now", return_value=NOW))

    def fetch(self, **pages: object) -> str:
        """Fetch from a server with these pages, and return the errors."""
        with a_maker(**pages) as address:
            TelematicsFeed.objects.update(url=f"{address}/one")
            self.feed.refresh_from_db()
            telematics.fetch(self.feed)
        self.feed.refresh_from_db()
        return self.feed.error

    def page(self, taken_at: str, **readings: float) -> Json:
        return {"Equipment": [machine_json("cr-17", taken_at, **readings)]}


class TestFetch(TelematicsTestCase):
    def test_proposes_hours_and_fuel_of_a_day(self) -> None:
        self.fetch(one=self.page("2026-03-02T14:00:00Z", hours=1200.5, idle=100, fuel=5000))
        self.fetch(one=self.page("2026-03-03T10:00:00Z", hours=1206, idle=101.25, fuel=5090))
        error = self.fetch(one=self.page("2026-03-03T14:00:00Z", hours=1209.5, idle=101.5, fuel=5140.25))

        (proposal,) = proposals([], telematics_of(self.site, TUESDAY))

        assert error == ""
        assert proposal.values == {
            "equipment": self.crusher.pk, "shift": "", "hours": Decimal("7.50"), "fuel": Decimal("140.3"),
        }  # fmt: skip
        assert TelematicsReading.objects.count() == 2

    def test_proposes_nothing_for_the_first_day_and_after_days_without_a_snapshot(self) -> None:
        self.fetch(one=self.page("2026-02-27T14:00:00Z", hours=1200))
        self.fetch(one=self.page("2026-03-03T14:00:00Z", hours=1230))

        assert proposals([], telematics_of(self.site, dt.date(2026, 2, 27))) == []
        assert proposals([], telematics_of(self.site, TUESDAY)) == []

    def test_refuses_a_counter_that_fell(self) -> None:
        self.fetch(one=self.page("2026-03-02T14:00:00Z", hours=1200))

        error = self.fetch(one=self.page("2026-03-03T14:00:00Z", hours=3))

        assert error == "CRUSHER: operating hours fell from 1,200 to 3, which is refused."
        assert [str(reading.hours) for reading in TelematicsReading.objects.all()] == ["1200.000"]

    def test_refuses_a_time_in_the_future_and_ignores_an_older_snapshot(self) -> None:
        self.fetch(one=self.page("2026-03-03T14:00:00Z", hours=1200))

        self.fetch(one=self.page("2026-03-03T13:00:00Z", hours=1190))
        error = self.fetch(one=self.page("2026-03-05T14:00:00Z", hours=1300))

        assert error == "CRUSHER: its time is in the future."
        assert str(TelematicsReading.objects.get().hours) == "1200.000"

    def test_ignores_machines_that_are_not_known_and_values_that_are_no_readings(self) -> None:
        strange = {"EquipmentHeader": {"SerialNumber": "CR-17"}, "FuelUsed": ["x"], "CumulativeIdleHours": 7}
        wrong = machine_json("CR-17", "2026-03-03T14:00:00Z", hours=-4, idle=float("nan"), fuel=1e300)
        other = machine_json("XX-1", "2026-03-03T14:00:00Z", hours=5)

        error = self.fetch(one={"Equipment": [strange, wrong, other, None, 5]})

        assert error == ""
        assert not TelematicsReading.objects.exists()

    def test_ignores_the_time_of_a_clock_that_was_never_set(self) -> None:
        error = self.fetch(one=self.page("0001-01-01T00:00:00Z", hours=5))

        assert error == ""
        assert not TelematicsReading.objects.exists()

    def test_reports_a_next_page_that_is_no_address(self) -> None:
        page = {"Equipment": [], "Links": [{"rel": "next", "href": "http://[two"}]}

        assert self.fetch(one=page) == "The answer has a wrong address of the next page."

    def test_reads_every_page_of_the_same_server_and_sends_the_token_to_no_other(self) -> None:
        first = {"Equipment": [], "Links": [{"rel": "next", "href": "/two"}]}
        second = self.page("2026-03-03T14:00:00Z", hours=5) | {
            "Links": [{"rel": "Next", "href": "http://localhost:1/three"}]
        }

        error = self.fetch(one=first, two=second)

        assert (error, Maker.requests) == ("", ["/one", "/two"])
        assert TelematicsReading.objects.exists()

    def test_ends_where_all_pages_together_take_too_long(self) -> None:
        page = {"Equipment": [], "Links": [{"rel": "next", "href": "/two"}]}

        with mock.patch.object(telematics, "MAX_SECONDS", -1):
            error = self.fetch(one=page, two=page)

        assert (error, Maker.requests) == ("The server takes too long for all of its pages.", [])

    def test_follows_no_redirect(self) -> None:
        error = self.fetch(one=302)

        assert (error, Maker.requests) == ("The server answered with status 302.", ["/one"])

    def test_reports_a_wrong_token_and_answers_that_are_no_fleet(self) -> None:
        self.feed.token = "wrong"
        self.feed.save()
        assert self.fetch(one={"Equipment": []}) == "The server answered with status 401."
        self.feed.token = "right-token"
        self.feed.save()
        assert "has no list" in self.fetch(one=[1, 2])

    @override_settings(OUTGOING_PRIVATE_NETWORKS=[])
    def test_goes_to_no_private_address(self) -> None:
        error = self.fetch(one=self.page("2026-03-03T14:00:00Z", hours=5))

        assert "private network" in error
        assert Maker.requests == []

    def test_each_feed_is_fetched_once_in_a_quarter_of_an_hour(self) -> None:
        with mock.patch.object(telematics, "fetch") as fetched:
            telematics.fetch_due()
            telematics.fetch_due()

        assert fetched.call_count == 1

    def test_tokens_move_to_a_new_key(self) -> None:
        with mock.patch.object(telematics, "fetch"):
            with override_settings(MFA_ENCRYPTION_KEYS=["new-key", "old-key"]):
                telematics.fetch_due()
            self.feed.refresh_from_db()
            with override_settings(MFA_ENCRYPTION_KEYS=["new-key"], SECRET_KEY="another"):
                assert self.feed.token == "right-token"


class TestAdmin(TestCase):
    def test_stores_the_token_encrypted_and_never_shows_it(self) -> None:
        people = make_people()
        feed = TelematicsFeed(site=people.site, name="Maker", url="https://maker.example/Fleet")
        feed.token = "right-token"
        feed.save()
        ada = Client()
        ada.force_login(people.ada)
        address = f"/admin/readings/telematicsfeed/{feed.pk}/change/"

        page = ada.get(address)
        moved = ada.post(
            address,
            {"site": people.site.pk, "name": "Maker", "url": "https://example.com/Fleet", "token": ""},
        )

        assert "right-token" not in feed.encrypted_token
        assert feed.token == "right-token"
        self.assertNotContains(page, feed.encrypted_token)
        self.assertContains(moved, "Enter the token again for the new address.")

"""The page of the gate, its tickets, and what a browser sends later."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus
from unittest import mock

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gate.models import OpenLoad
from gate.views import known_vehicles
from parties.models import Vehicle
from received.models import ReceivedMaterial
from records.models import Submission
from sites.models import EntryMode, Material, Site
from tests.factories import (
    make_party,
    make_vehicle,
)
from tests.gate.case import GATE, GateTestCase


class TestPage(GateTestCase):
    def test_shows_who_is_on_site_and_the_last_tickets(self) -> None:
        self.weigh_in(party=make_party("City works").pk)
        with mock.patch.object(timezone, "now", return_value=timezone.now() + dt.timedelta(minutes=19)):
            self.assertContains(self.client.get(GATE), "19 minutes on site")
        self.weigh_out(OpenLoad.objects.get())

        page = self.client.get(GATE)

        self.assertContains(page, "W1-000001")
        self.assertContains(page, "No lorry is on site.")

    def test_costs_the_same_with_many_lorries(self) -> None:
        self.weigh_in()
        with CaptureQueriesContext(connection) as of_one:
            self.client.get(GATE)
        count = len(of_one)
        for table in ("parties_weighbridge", "parties_party"):
            assert sum(f'FROM "{table}"' in query["sql"] for query in of_one) == 1
        for number in range(12):
            self.weigh_in(plate=f"B-DO 1{number}")

        with self.assertNumQueries(count):
            self.client.get(GATE)

    def test_costs_the_same_with_a_long_history(self) -> None:
        self.client.get(GATE)
        with CaptureQueriesContext(connection) as without:
            self.client.get(GATE)
        count = len(without)
        for _number in range(10):
            self.weigh_in()
            self.weigh_out(OpenLoad.objects.get())

        with self.assertNumQueries(count):
            self.client.get(GATE)
        plan = OpenLoad.objects.filter(site=self.site).explain()
        assert "SCAN gate_openload" not in plan

    def test_completes_plates_in_any_spelling_and_says_what_is_known(self) -> None:
        make_vehicle("B-DO 17", tare="14.12", carrier=make_party("Fast Haulage", is_carrier=True))

        self.assertContains(self.client.get("/gate/plates/?site=YARD-NORTH&plate=do17"), "B-DO 17")
        known = self.client.get("/gate/vehicle/?site=YARD-NORTH&plate=b%20do%2017")

        self.assertContains(known, "Fast Haulage")
        self.assertContains(known, "14.12 t")

    def test_the_copy_for_working_offline_has_the_plates_that_came_before(self) -> None:
        make_vehicle("B-DO 17", tare="14.12", carrier=make_party("Fast Haulage", is_carrier=True))
        make_vehicle("B-DO 19", tare="14.12", until=dt.date(2026, 1, 2))
        Vehicle.objects.filter(pk=make_vehicle("B-DO 20").pk).update(is_active=False)
        self.weigh_in(party=make_party("City works").pk)
        self.weigh_out(OpenLoad.objects.get())
        copy = f"{GATE}&plates=1"

        with self.assertNumQueries(4):
            known = {each.vehicle.name: each for each in known_vehicles(self.site)}
        page = self.client.get(copy)

        assert list(known) == ["B-DO 17", "B-DO 19"]
        assert [each.tare_ton for each in known.values()] == [Decimal("14.12"), None]
        self.assertContains(page, 'data-plate="B-DO 17"')
        self.assertContains(page, "City works", count=2)
        self.assertNotContains(self.client.get(GATE), 'data-plate="B-DO 17"')
        with mock.patch("gate.views.is_shared", return_value=True):
            self.assertNotContains(self.client.get(copy), 'data-plate="B-DO 17"')

    def test_is_for_operators_of_the_site(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()
        for person, page, act in ((self.victor, 403, 403), (self.oscar, 404, 302)):
            self.client.force_login(person)
            assert self.client.get(GATE).status_code == page
            assert self.weigh_out(load).status_code == act
        assert OpenLoad.objects.exists()

    def test_says_where_a_site_takes_daily_lines_only(self) -> None:
        Site.objects.filter(pk=self.site.pk).update(received_as=EntryMode.LINES, dispatch_as=EntryMode.LINES)

        self.assertContains(self.client.get(GATE), "daily lines only")


class TestTicket(GateTestCase):
    def test_is_printed_on_both_papers_for_everybody_who_sees_the_load(self) -> None:
        self.weigh_in()
        self.weigh_out(OpenLoad.objects.get())
        load = ReceivedMaterial.objects.get()
        address = f"/gate/tickets/received/{load.pk}/"

        self.client.force_login(self.victor)
        for paper in ("80mm", "a4"):
            page = self.client.get(f"{address}?paper={paper}")
            for text in (
                "W1-000001",
                "B-DO 17",
                "38.46 t",
                "14.12 t (weighed)",
                "24.34 t",
                f"ticket-{paper}",
            ):
                self.assertContains(page, text)
        assert self.client.get(f"{address}?paper=letter").status_code == HTTPStatus.NOT_FOUND

    def test_of_another_site_or_of_a_daily_line_does_not_exist(self) -> None:
        line, load = self.receive().record, self.receive(gross_ton="30", tare_ton="10", qty_ton="").record

        assert self.client.get(f"/gate/tickets/received/{line.pk}/").status_code == HTTPStatus.NOT_FOUND
        assert self.client.get(f"/gate/tickets/production/{load.pk}/").status_code == HTTPStatus.NOT_FOUND
        self.client.force_login(self.oscar)
        assert self.client.get(f"/gate/tickets/received/{load.pk}/").status_code == HTTPStatus.NOT_FOUND


class TestOutbox(GateTestCase):
    def send(self, **changes: object) -> HttpResponse:
        values = {
            "module": "received",
            "plate": "B-DO 17",
            "first_ton": "38.46",
            "material": self.debris.pk,
            "weighbridge": self.bridge.pk,
            "submission_key": "k",
            **changes,
        }
        return self.client.post(f"/gate/sites/{self.site.pk}/in/", values)  # type: ignore[return-value]

    def test_a_repeated_weighing_has_the_first_answer_whatever_is_inactive_by_now(self) -> None:
        first = self.send()
        Vehicle.objects.update(is_active=False)
        Material.objects.update(is_active=False)

        again = self.send()

        assert (again.status_code, again.content) == (HTTPStatus.OK, first.content)
        assert OpenLoad.objects.count() == 1
        self.assertContains(self.send(first_ton="39"), "doubtful", status_code=422)
        self.assertContains(self.send(submission_key="m"), "refused", status_code=422)

    def test_a_repeated_load_with_a_stored_tare_has_the_first_ticket(self) -> None:
        vehicle = make_vehicle("B-DO 17", tare="14.12")
        first = self.send(with_stored_tare="1")
        Vehicle.objects.filter(pk=vehicle.pk).update(is_active=False)

        again = self.send(with_stored_tare="1")

        assert (again.status_code, again.content) == (HTTPStatus.OK, first.content)
        assert ReceivedMaterial.objects.count() == 1

    def test_a_repeated_rejection_rejects_once_and_needs_a_reason(self) -> None:
        self.send(load_key="lorry")
        out = f"/gate/sites/{self.site.pk}/out/"
        values = {"module": "received", "load_key": "lorry", "submission_key": "m"}

        unexplained = self.client.post(out, {**values, "reason": " ", "submission_key": "l"})
        first = self.client.post(out, {**values, "reason": "Asbestos"})
        again = self.client.post(out, {**values, "reason": "Asbestos"})

        self.assertContains(unexplained, "refused", status_code=422)
        assert (again.status_code, again.content) == (HTTPStatus.OK, first.content)
        load = ReceivedMaterial.objects.get()
        assert (load.load_state, load.load_reason, load.qty_ton) == ("rejected", "Asbestos", Decimal(0))

    def test_stores_no_nul_which_postgresql_has_none_of(self) -> None:
        values = {"module": "received", "plate": "B-DO 17", "first_ton": "38.46", "material": self.debris.pk}
        values |= {"weighbridge": self.bridge.pk, "load_key": "a\0b", "submission_key": "k\0"}
        weighed = self.client.post(f"/gate/sites/{self.site.pk}/in/", values)
        load = OpenLoad.objects.get()
        explained = self.client.post(f"/gate/{load.pk}/explain/", {"explanation": "Tyre\0 burst"})
        values = {"module": "received", "load_key": "a\0b", "second_ton": "14", "submission_key": "m\0"}
        left = self.client.post(f"/gate/sites/{self.site.pk}/out/", values)

        assert [answer.status_code for answer in (weighed, explained, left)] == [200, 302, 200]
        assert load.key == "ab"
        assert set(Submission.objects.values_list("key", flat=True)) == {"k", "m"}

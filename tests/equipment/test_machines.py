"""The pages of the machines: the fleet of a site, and one machine day by day."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus

from django.http import HttpResponse
from django.test import Client, TestCase
from django.urls import reverse

from equipment.models import Machine, Status
from records.choices import Shift
from sites.models import User
from tests.factories import People, make_equipment_log, make_machine, make_people

MONDAY = dt.date(2026, 3, 2)
RANGE = {"site": "YARD-NORTH", "from": "2026-03-01", "to": "2026-03-31"}


class MachinesTestCase(TestCase):
    people: People
    crusher: Machine
    theirs: Machine

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.crusher = make_machine(cls.people.site, code="CRUSHER-01", name="Jaw crusher", position=1)
        cls.theirs = make_machine(cls.people.other_site, code="LOADER-09", name="Their loader")

    def get(self, address: str, query: Mapping[str, str], *, user: User | None = None) -> HttpResponse:
        client = Client()
        client.force_login(user or self.people.victor)
        return client.get(address, query)  # type: ignore[return-value]  # the test client's own answer

    def fleet(self, *, user: User | None = None, **query: str) -> HttpResponse:
        return self.get(reverse("equipment:machines"), RANGE | query, user=user)

    def page(self, machine: Machine, *, user: User | None = None, **query: str) -> HttpResponse:
        return self.get(reverse("equipment:machine", args=[machine.pk]), RANGE | query, user=user)


class TestFleet(MachinesTestCase):
    def test_shows_the_use_and_the_last_status_of_each_machine(self) -> None:
        make_equipment_log(self.crusher, by=self.people.alice, date=MONDAY, hours="6", shift=Shift.MORNING)
        make_equipment_log(
            self.crusher,
            by=self.people.alice,
            date=MONDAY + dt.timedelta(days=1),
            hours="2",
            shift=Shift.MORNING,
            status=Status.BREAKDOWN,
        )

        answer = self.fleet()

        self.assertContains(answer, "50.0\N{NO-BREAK SPACE}%")
        assert re.search(r"Breakdown\s*</span>", answer.content.decode())
        self.assertContains(answer, "3 Mar 2026")

    def test_names_no_machine_of_another_site(self) -> None:
        for code in ("YARD-NORTH", "all"):
            answer = self.fleet(site=code)

            self.assertContains(answer, "CRUSHER-01")
            self.assertNotContains(answer, "LOADER-09")

    def test_of_all_sites_shows_the_site_of_each(self) -> None:
        answer = self.fleet(user=self.people.ada, site="all")

        self.assertContains(answer, "LOADER-09")
        self.assertContains(answer, "QUARRY-1")

    def test_leaves_out_what_is_no_more_unless_it_ran(self) -> None:
        gone = make_machine(self.people.site, code="GONE-01")
        ran = make_machine(self.people.site, code="RAN-01")
        make_equipment_log(ran, by=self.people.alice, date=MONDAY, hours="3")
        Machine.objects.filter(pk__in=[gone.pk, ran.pk]).update(is_active=False)

        answer = self.fleet()

        self.assertNotContains(answer, "GONE-01")
        self.assertContains(answer, "RAN-01")
        self.assertContains(answer, "Inactive")

    def test_shows_what_to_do_without_machines(self) -> None:
        Machine.objects.all().delete()

        self.assertContains(self.fleet(), "An admin adds the machines")
        self.assertContains(self.fleet(user=self.people.ada), "Add a machine")

    def test_costs_no_more_for_more_machines(self) -> None:
        client = Client()
        client.force_login(self.people.victor)
        address = reverse("equipment:machines")
        client.get(address, RANGE)
        for number in range(4):
            machine = make_machine(self.people.site)
            make_equipment_log(machine, by=self.people.alice, date=MONDAY, hours=str(number))

        # Session, person, sites, exports, machines, uses.
        with self.assertNumQueries(6):
            client.get(address, RANGE)

    def test_is_where_the_list_of_records_leads(self) -> None:
        answer = self.get(reverse("equipment:list"), RANGE)

        self.assertContains(answer, f'href="{reverse("equipment:machines")}?site=YARD-NORTH"')


class TestMachinePage(MachinesTestCase):
    def test_adds_up_its_days(self) -> None:
        make_equipment_log(
            self.crusher, by=self.people.alice, date=MONDAY, hours="6.25", shift=Shift.MORNING, count=2
        )
        make_equipment_log(
            self.crusher,
            by=self.people.alice,
            date=MONDAY,
            hours="0",
            shift=Shift.NIGHT,
            status=Status.BREAKDOWN,
            notes="Belt torn",
        )
        make_equipment_log(make_machine(self.people.site), by=self.people.alice, date=MONDAY, hours="8")

        answer = self.page(self.crusher)

        page = answer.context["page"]  # type: ignore[attr-defined]  # the test client's answer
        assert (page.use.hours, page.use.possible_hours) == (Decimal("12.50"), Decimal(24))
        assert page.breakdown_days == 1
        self.assertContains(answer, "52.1\N{NO-BREAK SPACE}%")
        self.assertContains(answer, "Belt torn")
        self.assertContains(answer, "Alice")
        self.assertContains(answer, "<svg")

    def test_leads_to_its_records(self) -> None:
        record = make_equipment_log(self.crusher, by=self.people.alice, date=MONDAY, hours="6")

        answer = self.page(self.crusher)

        self.assertContains(answer, reverse("equipment:history", args=[record.pk]))
        self.assertContains(answer, f"equipment={self.crusher.pk}")

    def test_is_where_a_line_of_the_list_leads(self) -> None:
        make_equipment_log(self.crusher, by=self.people.alice, date=MONDAY, hours="6")

        answer = self.get(reverse("equipment:list"), RANGE)

        self.assertContains(answer, f'href="{reverse("equipment:machine", args=[self.crusher.pk])}?')

    def test_of_another_site_does_not_exist(self) -> None:
        for code in ("", "all"):
            answer = self.page(self.theirs, site=code)

            assert answer.status_code == HTTPStatus.NOT_FOUND
            self.assertNotContains(answer, "LOADER-09", status_code=404)

    def test_follows_the_switch_of_the_site_to_the_machines_there(self) -> None:
        answer = self.page(self.crusher, user=self.people.ada, site="QUARRY-1")

        assert answer.status_code == HTTPStatus.FOUND
        assert answer["Location"].startswith(f"{reverse('equipment:machines')}?site=QUARRY-1")

    def test_is_about_its_own_site_whatever_site_was_shown_last(self) -> None:
        client = Client()
        client.force_login(self.people.ada)
        client.get(reverse("equipment:machines"), {"site": "QUARRY-1"})

        answer = client.get(reverse("equipment:machine", args=[self.crusher.pk]), {"from": "2026-03-01"})

        assert answer.status_code == HTTPStatus.FOUND
        assert answer["Location"].endswith("?from=2026-03-01&site=YARD-NORTH")

    def test_shows_at_most_a_year_with_a_notice(self) -> None:
        answer = self.get(
            reverse("equipment:machine", args=[self.crusher.pk]), RANGE | {"from": "1950-01-01"}
        )

        page = answer.context["page"]  # type: ignore[attr-defined]  # the test client's answer
        assert page.period.dates.first == dt.date(2025, 3, 31)
        self.assertContains(answer, "at most 366 days")

    def test_shows_what_to_do_without_logs(self) -> None:
        answer = self.page(self.crusher)

        self.assertContains(answer, "Nothing was logged of this machine on these dates.")

    def test_costs_no_more_for_more_days(self) -> None:
        client = Client()
        client.force_login(self.people.victor)
        address = reverse("equipment:machine", args=[self.crusher.pk])
        client.get(address, RANGE)
        for number in range(20):
            make_equipment_log(
                self.crusher, by=self.people.alice, date=MONDAY + dt.timedelta(days=number), hours="7"
            )

        # Session, person, machine, sites, exports, records, days.
        with self.assertNumQueries(7):
            client.get(address, RANGE)

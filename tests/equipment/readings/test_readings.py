"""Counter readings, what they propose on the day sheet, and the page of counters and fuel."""

import datetime as dt
from decimal import Decimal
from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.test import Client, TestCase

from equipment.models import Machine
from equipment.readings.figures import counters_in, fuel_in, proposals
from equipment.readings.forms import CounterReadingForm
from equipment.readings.models import Counter, CounterEvent, CounterKind, CounterReading
from equipment.readings.module import READINGS
from records import operations
from records.choices import Shift, Source
from records.forms import RowCleaner
from sites.models import Site, User
from tests.factories import (
    make_counter,
    make_equipment_log,
    make_machine,
    make_material,
    make_member,
    make_operation,
    make_production,
    make_site,
)

MONDAY = dt.date(2026, 3, 2)
TUESDAY = MONDAY + dt.timedelta(days=1)


class ReadingsTestCase(TestCase):
    site: Site
    alice: User
    crusher: Machine
    meter: Counter

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.alice = make_member(cls.site)
        cls.crusher = make_machine(cls.site, code="CRUSHER")
        cls.meter = make_counter(cls.site, machine=cls.crusher, code="METER", highest="10000")

    def form(self, **values: object) -> CounterReadingForm:
        data = {"date": TUESDAY, "counter": "METER", **values}
        return CounterReadingForm(data, site=self.site)

    def read(self, **values: object) -> CounterReading:
        data = {"date": MONDAY, "counter": self.meter.pk, **values}
        return operations.create(
            module=READINGS, values=data, site=self.site, by=self.alice, source=Source.PAGE, confirmed=True
        ).record


class TestForm(ReadingsTestCase):
    def test_the_opening_is_the_last_closing(self) -> None:
        self.read(opening="100", closing="108")

        reading = self.read(date=TUESDAY, closing="115.5")

        assert (reading.opening, reading.counted) == (Decimal(108), Decimal("7.5"))

    def test_the_last_closing_is_that_of_the_shift_before(self) -> None:
        self.read(opening="100", closing="108", shift=Shift.MORNING)
        self.read(closing="120", shift=Shift.NIGHT)

        form = self.form(date=MONDAY, closing="112", shift=Shift.AFTERNOON)

        assert form.is_valid(), form.errors
        assert form.cleaned_data["opening"] == 108

    def test_the_first_reading_has_an_opening(self) -> None:
        assert "This is the first reading" in str(self.form(closing="5").errors["opening"])

    def test_another_opening_requires_a_reset_with_a_reason(self) -> None:
        self.read(opening="100", closing="108")

        assert "The last closing was 108" in str(self.form(opening="0", closing="5").errors["opening"])
        assert "notes" in self.form(opening="0", closing="5", event=CounterEvent.RESET).errors
        assert "opening" in self.form(closing="5", event=CounterEvent.RESET, notes="new meter").errors
        assert self.form(opening="0", closing="5", event=CounterEvent.RESET, notes="new meter").is_valid()

    def test_a_closing_below_the_opening_requires_an_answer(self) -> None:
        self.read(opening="9990", closing="9995")

        rolled = self.read(date=TUESDAY, closing="3", event=CounterEvent.ROLLOVER)

        assert "It is below the opening" in str(self.form(date=TUESDAY, closing="1").errors["closing"])
        assert rolled.counted == 8

    def test_a_counter_without_a_highest_reading_does_not_begin_again(self) -> None:
        make_counter(self.site, machine=self.crusher, code="OTHER")

        form = self.form(counter="OTHER", opening="10", closing="3", event=CounterEvent.ROLLOVER)

        assert "An admin has not set" in str(form.errors["event"])

    def test_rejects_beginning_again_above_the_opening(self) -> None:
        assert "event" in self.form(opening="10", closing="30", event=CounterEvent.ROLLOVER).errors

    def test_a_later_highest_reading_changes_no_amount(self) -> None:
        reading = self.read(opening="9990", closing="3", event=CounterEvent.ROLLOVER)
        self.meter.highest = Decimal(100_000)
        self.meter.save()

        operations.update(
            module=READINGS,
            record_id=reading.pk,
            values={**CounterReadingForm.values_of(reading), "notes": "seen twice"},
            by=self.alice,
            source=Source.PAGE,
            version=1,
        )

        reading.refresh_from_db()
        assert reading.counted == 13

    def test_rows_of_a_file_follow_on_each_other(self) -> None:
        cleaner = RowCleaner(CounterReadingForm, site=self.site)
        rows = [
            {"date": "2026-03-02", "counter": "METER", "opening": "5", "closing": "9"},
            {"date": "2026-03-03", "counter": "METER", "opening": "", "closing": "12"},
        ]

        first, second = (cleaner.clean(row) for row in rows)

        assert isinstance(first, CounterReading)
        assert isinstance(second, CounterReading)
        assert (first.counted, second.opening, second.counted) == (Decimal(4), Decimal(9), Decimal(3))


class TestCounter(ReadingsTestCase):
    def test_belongs_to_a_machine_of_its_site(self) -> None:
        self.meter.equipment = make_machine(make_site(code="YARD-EAST"))

        with self.assertRaisesMessage(ValidationError, "Choose a machine of the same site."):
            self.meter.full_clean()

    def test_only_a_belt_has_a_material(self) -> None:
        self.meter.material = make_material()

        with self.assertRaisesMessage(ValidationError, "Only a belt totaliser"):
            self.meter.full_clean()


class TestProposals(ReadingsTestCase):
    def test_an_hour_meter_proposes_the_hours_of_its_machine(self) -> None:
        self.read(opening="100", closing="107.255", shift=Shift.MORNING)

        (proposal,) = proposals(CounterReading.objects.all())

        assert proposal.slug == "equipment"
        assert proposal.values == {
            "equipment": self.crusher.pk, "shift": "morning", "count": 1, "hours": Decimal("7.26"),
        }  # fmt: skip

    def test_a_belt_proposes_the_tons_of_its_material(self) -> None:
        material, making = make_material(), make_operation()
        belt = make_counter(
            self.site, machine=self.crusher, kind=CounterKind.TONS, material=material, operation=making
        )
        self.read(counter=belt.pk, opening="100", closing="350")

        (proposal,) = proposals(CounterReading.objects.all())

        assert (proposal.slug, proposal.values["qty_ton"]) == ("production", Decimal(250))

    def test_the_day_sheet_offers_them_until_they_are_recorded(self) -> None:
        self.read(opening="100", closing="107.25")
        alice = Client()
        alice.force_login(self.alice)

        offered = alice.get("/day/YARD-NORTH/2026-03-02/")
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="7")
        recorded = alice.get("/day/YARD-NORTH/2026-03-02/")

        self.assertContains(offered, "Proposed by METER")
        self.assertContains(offered, 'value="7.25"')
        self.assertNotContains(recorded, "Proposed by METER")


class TestFigures(ReadingsTestCase):
    def test_compares_a_belt_with_production_within_its_tolerance(self) -> None:
        material, making = make_material(), make_operation()
        belt = make_counter(
            self.site, machine=self.crusher, kind=CounterKind.TONS, material=material, operation=making
        )
        self.read(counter=belt.pk, opening="0", closing="103")
        make_production(self.site, material, making, by=self.alice, date=MONDAY, tons="100")

        use = next(use for use in counters_in([self.site], first=MONDAY, last=TUESDAY) if use.counter == belt)
        belt.tolerance = Decimal(2)
        belt.save()
        strict = next(
            use for use in counters_in([self.site], first=MONDAY, last=TUESDAY) if use.counter == belt
        )

        assert (use.difference, use.difference_percent) == (Decimal(3), Decimal(3))
        assert use.is_within_tolerance
        assert not strict.is_within_tolerance

    def test_counts_openings_that_a_later_correction_left_behind(self) -> None:
        first = self.read(opening="100", closing="108")
        self.read(date=TUESDAY, closing="115")
        operations.update(
            module=READINGS,
            record_id=first.pk,
            values={**CounterReadingForm.values_of(first), "closing": "107"},
            by=self.alice,
            source=Source.PAGE,
            version=1,
        )

        (use,) = counters_in([self.site], first=MONDAY, last=TUESDAY)

        assert (use.amount, use.gaps, use.last_date) == (Decimal(14), 1, TUESDAY)

    def test_fuel_is_shown_by_hour_and_by_ton(self) -> None:
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="8", fuel="240")
        make_equipment_log(self.crusher, by=self.alice, date=TUESDAY, hours="8")
        material = make_material()
        make_production(self.site, material, make_operation(), by=self.alice, date=MONDAY, tons="480")

        (use,), together = fuel_in([self.site], first=MONDAY, last=TUESDAY)

        assert (use.litres_per_hour, use.litres_per_ton) == (Decimal(30), None)
        assert (together.litres, together.litres_per_ton) == (Decimal(240), Decimal("0.5"))

    def test_the_page_opens(self) -> None:
        self.read(opening="100", closing="108")
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="8", fuel="240")
        alice = Client()
        alice.force_login(self.alice)

        page = alice.get("/readings/figures/?site=YARD-NORTH&from=2026-03-01&to=2026-03-31")

        assert page.status_code == HTTPStatus.OK
        self.assertContains(page, "METER")
        self.assertContains(page, "240.00")

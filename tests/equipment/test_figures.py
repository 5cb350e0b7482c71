"""Utilisation: hours run against hours that could have been run."""

import datetime as dt
from decimal import Decimal

from django.db.models import F, Sum
from django.test import TestCase

from equipment import figures
from equipment.models import EquipmentLog, Machine, Status
from records.choices import Shift
from sites.calendar.changes import change_settings
from sites.models import Role, Site, User
from tests.factories import make_equipment_log, make_machine, make_member, make_site

MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


class FiguresTestCase(TestCase):
    site: Site
    alice: User
    crusher: Machine
    trucks: Machine

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.site.working_hours = Decimal("9.5")
        cls.site.save()
        cls.alice = make_member(cls.site)
        cls.crusher = make_machine(cls.site, code="CRUSHER", name="Jaw crusher", position=1)
        cls.trucks = make_machine(cls.site, code="TRUCKS", name="Dump trucks", position=2)


class TestUse(FiguresTestCase):
    def test_counts_each_unit_and_eight_hours_a_shift_or_the_sites_day(self) -> None:
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="7.6")
        make_equipment_log(self.crusher, by=self.alice, date=TUESDAY, hours="3.8")
        make_equipment_log(self.trucks, by=self.alice, date=MONDAY, hours="6", count=3, shift=Shift.MORNING)
        make_equipment_log(self.trucks, by=self.alice, date=MONDAY, hours="2", count=1, shift=Shift.NIGHT)

        crusher, trucks = figures.use_by_machine([self.site], first=MONDAY, last=TUESDAY)
        together = figures.Use.of_all([crusher, trucks])

        assert (crusher.name, crusher.hours, crusher.possible_hours) == (
            "Jaw crusher",
            Decimal("11.40"),
            Decimal(19),
        )
        assert crusher.utilisation == 60
        assert (trucks.code, trucks.hours, trucks.possible_hours) == ("TRUCKS", Decimal(20), Decimal(32))
        assert trucks.utilisation == Decimal("62.5")
        assert (together.hours, together.possible_hours) == (Decimal("31.40"), Decimal(51))

    def test_is_more_than_all_of_it_with_overtime(self) -> None:
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="10", shift=Shift.MORNING)

        (crusher,) = figures.use_by_machine([self.site], first=MONDAY, last=MONDAY)

        assert crusher.utilisation == 125

    def test_is_none_where_nothing_was_logged(self) -> None:
        assert figures.use_by_machine([self.site], first=MONDAY, last=MONDAY) == []
        assert figures.Use.of_all([]).utilisation is None

    def test_counts_the_days_with_a_breakdown_once_each(self) -> None:
        for shift in (Shift.MORNING, Shift.NIGHT):
            make_equipment_log(
                self.crusher, by=self.alice, date=MONDAY, hours="0", shift=shift, status=Status.BREAKDOWN
            )
        make_equipment_log(self.crusher, by=self.alice, date=TUESDAY, hours="1", status=Status.BREAKDOWN)
        make_equipment_log(self.trucks, by=self.alice, date=TUESDAY, hours="0", status=Status.MAINTENANCE)

        crusher, trucks = figures.use_by_machine([self.site], first=MONDAY, last=TUESDAY)

        assert (crusher.breakdown_days, trucks.breakdown_days) == (2, 0)

    def test_uses_the_working_hours_of_each_date(self) -> None:
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="4")
        make_equipment_log(self.crusher, by=self.alice, date=TUESDAY, hours="4")

        change_settings(
            site=self.site,
            by=make_member(self.site, role=Role.MANAGER),
            valid_from=TUESDAY,
            values={"working_hours": Decimal(24)},
        )
        site = Site.objects.get(pk=self.site.pk)
        machine = Machine.objects.select_related("site").get(pk=self.crusher.pk)

        (use,) = figures.use_by_machine([site], first=MONDAY, last=TUESDAY)
        days = figures.days_of_machine(machine, first=MONDAY, last=TUESDAY)

        assert use.possible_hours == Decimal("33.5")
        assert [day.possible_hours for day in days] == [Decimal("9.5"), Decimal(24)]

    def test_takes_each_site_by_its_own_working_hours(self) -> None:
        quarry = make_site(code="QUARRY-1")
        loader = make_machine(quarry, code="LOADER", position=3)
        make_equipment_log(loader, by=make_member(quarry), date=MONDAY, hours="4")
        make_equipment_log(self.crusher, by=self.alice, date=MONDAY, hours="4")

        uses = figures.use_by_machine([self.site, quarry], first=MONDAY, last=MONDAY)

        assert [(use.site, use.possible_hours) for use in uses] == [
            (self.site, Decimal("9.5")),
            (quarry, Decimal(8)),
        ]


class TestMachineHours(FiguresTestCase):
    def test_of_hundredths_add_up_exactly(self) -> None:
        for number in range(7):
            machine = make_machine(self.site)
            for shift in Shift:
                make_equipment_log(
                    machine, by=self.alice, date=MONDAY, hours="0.07", count=number + 1, shift=shift
                )

        by_day = figures.machine_hours_by_day([self.site], first=MONDAY, last=MONDAY)

        # 0.07 h × 4 shifts × 28 units; a float would say 7.840000000000001.
        assert by_day == {MONDAY: Decimal("7.84")}
        total = EquipmentLog.objects.aggregate(hours_run=Sum(F("count") * F("hours")))["hours_run"]
        assert str(total) == "7.84"

    def test_by_day_leave_out_what_is_not_of_the_period_or_the_sites(self) -> None:
        quarry = make_site()
        make_equipment_log(make_machine(quarry), by=make_member(quarry), date=MONDAY, hours="5")
        for number in (-1, 0, 1):
            make_equipment_log(
                self.crusher, by=self.alice, date=MONDAY + dt.timedelta(days=number), hours="2"
            )

        by_day = figures.machine_hours_by_day([self.site], first=MONDAY, last=MONDAY)

        assert by_day == {MONDAY: Decimal("2.00")}


class TestQueries(FiguresTestCase):
    def test_are_one_each_for_any_number_of_sites(self) -> None:
        sites = [make_site() for _ in range(4)]

        for figure in (
            figures.use_by_machine,
            figures.machine_hours_by_day,
        ):
            for requested in (sites[:1], sites):
                with self.assertNumQueries(1):
                    figure(requested, first=MONDAY, last=TUESDAY)

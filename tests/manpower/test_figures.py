"""People and labour hours, by day, shift and role."""

import datetime as dt
from decimal import Decimal

from django.test import TestCase

from manpower import figures
from manpower.models import ManpowerRole
from records.choices import Shift
from sites.models import Site, User
from tests.factories import make_manpower_log, make_member, make_role, make_site

MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


class TestFigures(TestCase):
    site: Site
    alice: User
    drivers: ManpowerRole
    labourers: ManpowerRole

    @classmethod
    def setUpTestData(cls) -> None:
        cls.site = make_site(code="YARD-NORTH")
        cls.alice = make_member(cls.site)
        cls.drivers = make_role(code="DRIVER", name="Driver", position=2)
        cls.labourers = make_role(code="LABOURER", name="Labourer", position=1)

    def test_by_day_add_shifts_and_roles(self) -> None:
        make_manpower_log(self.site, self.drivers, by=self.alice, date=MONDAY, headcount=3)
        make_manpower_log(self.site, self.labourers, by=self.alice, date=MONDAY, headcount=7)
        make_manpower_log(
            self.site, self.drivers, by=self.alice, date=TUESDAY, headcount=2, shift=Shift.NIGHT
        )

        people = figures.headcount_by_day([self.site], first=MONDAY, last=TUESDAY)

        assert people == {MONDAY: 10, TUESDAY: 2}

    def test_keep_to_the_period_and_the_sites(self) -> None:
        quarry = make_site()
        make_manpower_log(quarry, self.drivers, by=make_member(quarry), date=MONDAY, headcount=9)
        for number in (-1, 0, 1):
            date = MONDAY + dt.timedelta(days=number)
            make_manpower_log(self.site, self.drivers, by=self.alice, date=date, headcount=1)

        assert figures.headcount_by_day([self.site], first=MONDAY, last=MONDAY) == {MONDAY: 1}

    def test_by_shift_and_role_come_in_the_order_of_both(self) -> None:
        for date in (MONDAY, TUESDAY):
            make_manpower_log(
                self.site, self.drivers, by=self.alice, date=date, headcount=2, hours="4", shift=Shift.MORNING
            )
        make_manpower_log(
            self.site, self.labourers, by=self.alice, date=MONDAY, headcount=5, shift=Shift.MORNING
        )
        make_manpower_log(self.site, self.drivers, by=self.alice, date=MONDAY, headcount=1)

        lines = figures.headcount_by_shift_and_role([self.site], first=MONDAY, last=TUESDAY)

        assert [(line.shift, line.role_name, line.headcount, line.labour_hours) for line in lines] == [
            (Shift.WHOLE_DAY, "Driver", 1, Decimal(8)),
            (Shift.MORNING, "Labourer", 5, Decimal(40)),
            (Shift.MORNING, "Driver", 4, Decimal(16)),
        ]

    def test_of_hundredths_of_hours_add_up_exactly(self) -> None:
        make_manpower_log(self.site, self.drivers, by=self.alice, date=MONDAY, headcount=7, hours="0.01")
        make_manpower_log(self.site, self.drivers, by=self.alice, date=TUESDAY, headcount=3, hours="7.35")

        (line,) = figures.headcount_by_shift_and_role([self.site], first=MONDAY, last=TUESDAY)

        assert str(line.labour_hours) == "22.12"

    def test_are_one_query_each_for_any_number_of_sites(self) -> None:
        sites = [make_site() for _ in range(4)]

        for figure in (
            figures.headcount_by_day,
            figures.headcount_by_shift_and_role,
        ):
            for requested in (sites[:1], sites):
                with self.assertNumQueries(1):
                    figure(requested, first=MONDAY, last=TUESDAY)

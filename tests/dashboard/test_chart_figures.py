"""What the charts of the dashboard say."""

import datetime as dt
from decimal import Decimal
from unittest import mock

from django.utils import timezone

from charts.chart import Chart
from charts.levels import LevelChart
from dashboard.chart_figures import CHARTS
from dashboard.charts import ChartPeriod, ChartRequest
from equipment.models import Status
from inventory.models import StockThreshold
from production.models import Target
from records.choices import Shift
from sites.models import Category
from tests.dashboard.case import ONE_DAY, TODAY
from tests.dashboard.chart_case import ChartCase
from tests.factories import (
    make_dispatch,
    make_equipment_log,
    make_machine,
    make_manpower_log,
    make_material,
    make_member,
    make_production,
    make_received,
    make_role,
    make_site,
)


class TestFlows(ChartCase):
    def test_are_what_came_in_what_went_out_and_the_difference(self) -> None:
        self.receive("100", date=TODAY - ONE_DAY)
        self.receive("12.5")
        make_dispatch(self.site, self.debris, self.making, by=self.people.alice, date=TODAY, tons="20")

        assert {name: values[-2:] for name, values in self.series("flow").items()} == {
            "Received": ["100.000", "12.500"],
            "Dispatched": ["0.000", "20.000"],
            "Net": ["100.000", "-7.500"],
        }
        assert self.facts("flow") == {"Received": "112.50 t", "Dispatched": "20.00 t", "Net": "+92.50 t"}

    def test_of_several_sites_are_added(self) -> None:
        self.receive("100")
        quarry = self.people.other_site
        make_received(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="11")

        assert self.series("flow", self.site, quarry)["Received"][-1] == "111.000"

    def test_lead_to_both_lists_of_the_same_days(self) -> None:
        self.receive("100")

        response = self.chart("flow", days="7")

        for slug in ("received", "dispatch"):
            self.assertContains(
                response, f'href="/{slug}/?site=YARD-NORTH&amp;from={TODAY - 6 * ONE_DAY}&amp;to={TODAY}"'
            )

    def test_have_no_net_line_before_anything_moved(self) -> None:
        self.receive("100", date=TODAY - ONE_DAY)

        assert self.series("flow")["Net"][-3:] == ["None", "100.000", "0"]


class TestProduction(ChartCase):
    def test_is_what_was_made_against_what_was_to_be(self) -> None:
        Target.objects.create(site=self.site, valid_from=TODAY - 2 * ONE_DAY, tons_per_day=Decimal(40))
        self.produce("30", date=TODAY - 2 * ONE_DAY)
        self.produce("5")

        # Saturday, a Sunday without work, and Monday.
        assert {name: values[-3:] for name, values in self.series("production").items()} == {
            "Made": ["30.000", "0", "5.000"],
            "Target": ["40.000", "None", "40.000"],
        }

    def test_shows_the_month_so_far_and_its_forecast(self) -> None:
        Target.objects.create(site=self.site, valid_from=dt.date(2026, 1, 1), tons_per_day=Decimal(40))
        last = dt.date(2026, 2, 28)
        for number in range(24):
            date = last - number * ONE_DAY
            if date.isoweekday() != 7:
                self.produce("30", date=date)

        content = CHARTS["production"].build(ChartRequest((self.site,), ChartPeriod(last, 30), "YARD-NORTH"))

        assert {fact.label: fact.figure for fact in content.facts} == {
            "February": "630.00 t",
            "Of target, 1 to 28 Feb": "66\N{NO-BREAK SPACE}% (630.00 of 960.00 t)",
        }

    def test_compares_only_sites_with_a_target_with_it(self) -> None:
        other = make_site(code="OTHER")
        last = dt.date(2026, 2, 28)
        Target.objects.create(site=self.site, valid_from=last - 2 * ONE_DAY, tons_per_day=Decimal(40))
        self.produce("30", date=last)
        make_production(other, self.g1, self.making, by=self.people.ada, date=last, tons="1000")

        content = CHARTS["production"].build(ChartRequest((self.site, other), ChartPeriod(last, 30), "all"))

        assert {fact.label: fact.figure for fact in content.facts} == {
            "February": "1,030.00 t",
            "Of target, 1 to 28 Feb": "25\N{NO-BREAK SPACE}% (30.00 of 120.00 t)",
        }

    def test_says_of_which_days_the_percentage_is(self) -> None:
        Target.objects.create(site=self.site, valid_from=TODAY - 30 * ONE_DAY, tons_per_day=Decimal(40))
        now = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)
        monday = now.date()

        with mock.patch.object(timezone, "now", return_value=now):
            for date in (monday - 2 * ONE_DAY, monday):
                self.produce("20", date=date)
            content = CHARTS["production"].build(
                ChartRequest((self.site,), ChartPeriod(monday, 30), "YARD-NORTH")
            )

        facts = {fact.label: fact.figure for fact in content.facts}
        assert facts["March so far"] == "40.00 t"
        assert facts["Of target, 1 to 8 Mar"] == "8\N{NO-BREAK SPACE}% (20.00 of 240.00 t)"
        assert facts["Forecast (of target)"].endswith("%)")

    def test_without_a_target_is_what_was_made_alone(self) -> None:
        self.produce("5")

        assert list(self.series("production")) == ["Made"]
        assert list(self.facts("production")) == ["March so far"]

    def test_shows_materials_with_their_own_target_in_the_table(self) -> None:
        Target.objects.create(
            site=self.site, material=self.g1, valid_from=TODAY - 7 * ONE_DAY, tons_per_day=Decimal(40)
        )
        sand = make_material(name="Sand")
        last = dt.date(2026, 2, 28)
        self.produce("30", date=last)
        make_production(self.site, sand, self.making, by=self.people.alice, date=last, tons="1000")

        response = self.chart("production", date=str(last))

        # Six days of 40 tons from Monday the 23rd.
        row = "<tr><th scope='row'>G1</th><td>30.00</td><td>240.00</td><td>12.5\N{NO-BREAK SPACE}%</td></tr>"
        self.assertContains(response, row, html=True)
        self.assertNotContains(response, "Sand")

    def test_links_to_output_only(self) -> None:
        self.produce("5")

        self.assertContains(self.chart("production"), "&amp;counts_as=output")


class TestStockByCategory(ChartCase):
    def test_is_what_there_was_at_the_end_of_each_day(self) -> None:
        self.receive("100", date=TODAY - ONE_DAY)
        raw = make_material(category=Category.RAW_FEED, is_final=False)
        make_received(self.site, raw, by=self.people.alice, date=TODAY, tons="7")

        assert {name: values[-3:] for name, values in self.series("categories").items()} == {
            "Aggregates": ["0.000", "100.000", "100.000"],
            "Raw feed": ["0.000", "0.000", "7.000"],
        }
        assert self.facts("categories") == {
            "At the end": "107.00 t",
            "Change": "+107.00 t",
        }

    def test_shows_what_the_low_marks_of_each_category_come_to(self) -> None:
        sand = make_material(category=Category.FINE)
        self.receive("100")
        for material, low in ((self.g1, 5), (self.debris, 20), (sand, 3)):
            StockThreshold.objects.create(site=self.site, material=material, low_ton=Decimal(low))

        response = self.chart("categories")

        marks = {series.label: series.threshold for series in self.drawn("categories").series}
        assert {label: mark.value for label, mark in marks.items() if mark} == {
            "Aggregates": Decimal(25),
            "Fine": Decimal(3),
        }
        assert self.facts("categories")["Below their low mark"] == "1"
        self.assertContains(response, "</svg>25\N{NO-BREAK SPACE}t</li>")
        self.assertContains(
            response, '<tr><th scope="row">Low mark</th><td>25.00</td><td>3.00</td></tr>', html=True
        )

    def test_keeps_the_colour_of_a_category_whatever_else_there_is(self) -> None:
        sand = make_material(category=Category.FINE)
        make_received(self.site, sand, by=self.people.alice, date=TODAY, tons="7")
        alone = self.content("categories").chart
        self.receive("100")

        with_another = self.content("categories").chart

        assert isinstance(alone, Chart)
        assert isinstance(with_another, Chart)
        assert alone.series[0].style == with_another.series[1].style


class TestStockByMaterial(ChartCase):
    def test_is_what_is_low_first_and_then_the_most(self) -> None:
        alice = self.people.alice
        sand, gravel = make_material(name="Sand"), make_material(name="Gravel")
        for material, tons in ((self.g1, "9"), (sand, "3"), (gravel, "50")):
            make_received(self.site, material, by=alice, date=TODAY, tons=tons)
        StockThreshold.objects.create(site=self.site, material=sand, low_ton=Decimal(5))

        response = self.chart("levels")

        assert self.levels("levels") == {"Sand": "3.00", "Gravel": "50.00", "G1": "9.00"}
        assert self.facts("levels") == {"In stock": "62.00 t", "Materials": "3", "Low": "1"}
        self.assertContains(response, "low: 3.00 t")
        self.assertContains(response, "Low mark")

    def test_shows_the_lowest_and_highest_stock_of_these_days(self) -> None:
        self.receive("10", date=TODAY - 20 * ONE_DAY)
        self.receive("30", date=TODAY - 2 * ONE_DAY)
        make_dispatch(
            self.site, self.debris, self.making, by=self.people.alice, date=TODAY - ONE_DAY, tons="25"
        )

        response = self.chart("levels", days="7")

        chart = self.content("levels", days=7).chart
        assert isinstance(chart, LevelChart)
        assert [level.span for level in chart.levels] == [(Decimal(10), Decimal(40))]
        self.assertContains(response, "Lowest to highest in these days")
        self.assertContains(response, '<th scope="col">Lowest</th><th scope="col">Highest</th>')

    def test_of_several_sites_says_where_it_is_low(self) -> None:
        quarry = self.people.other_site
        self.receive("9")
        make_received(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="90")
        StockThreshold.objects.create(site=self.site, material=self.debris, low_ton=Decimal(10))

        chart = self.content("levels", self.site, quarry).chart

        assert isinstance(chart, LevelChart)
        (level,) = chart.levels
        assert (level.value, level.is_low, level.details) == (Decimal(99), True, ("YARD-NORTH",))

    def test_leaves_out_what_is_not_there(self) -> None:
        self.receive("9")
        make_dispatch(self.site, self.debris, self.making, by=self.people.alice, date=TODAY, tons="9")

        assert self.levels("levels") == {}


class TestEquipment(ChartCase):
    def test_is_the_most_used_machine_first_in_percent_of_what_it_could_have_run(self) -> None:
        alice = self.people.alice
        jaw, loader = make_machine(self.site, name="Jaw"), make_machine(self.site, name="Loader")
        make_equipment_log(jaw, by=alice, date=TODAY, hours="2")
        make_equipment_log(jaw, by=alice, date=TODAY - ONE_DAY, hours="0", status=Status.BREAKDOWN)
        make_equipment_log(loader, by=alice, date=TODAY, hours="6")

        assert self.levels("equipment") == {"Loader": "75.00", "Jaw": "12.50"}
        assert self.facts("equipment") == {
            "All machines": "33.3 %",
            "Machine hours": "8.00 h",
            "Breakdown days": "1",
        }

    def test_links_each_machine_to_its_days(self) -> None:
        jaw = make_machine(self.site, name="Jaw")
        make_equipment_log(jaw, by=self.people.alice, date=TODAY, hours="2")

        response = self.chart("equipment", days="7")

        first = TODAY - 6 * ONE_DAY
        link = f"/equipment/machines/{jaw.pk}/?site=YARD-NORTH&amp;from={first}&amp;to={TODAY}"
        self.assertContains(response, f'href="{link}"')

    def test_of_several_sites_says_whose_machine_it_is(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.people.alice)
        for site in (self.site, east):
            make_equipment_log(make_machine(site, name="Jaw"), by=self.people.alice, date=TODAY, hours="2")

        assert set(self.levels("equipment", self.site, east)) == {"Jaw · YARD-NORTH", "Jaw · YARD-EAST"}


class TestManpower(ChartCase):
    def test_is_how_many_people_of_a_role_a_shift_has_on_a_day_that_is_worked(self) -> None:
        alice = self.people.alice
        driver, labourer = make_role(name="Driver", position=1), make_role(name="Labourer", position=2)
        for date, headcount in ((TODAY, 3), (TODAY - ONE_DAY, 4)):
            make_manpower_log(
                self.site, driver, by=alice, date=date, headcount=headcount, shift=Shift.MORNING
            )
        make_manpower_log(self.site, labourer, by=alice, date=TODAY, headcount=5, shift=Shift.NIGHT)

        chart = self.content("manpower").chart

        assert isinstance(chart, Chart)
        assert chart.positions == ["Morning", "Night"]
        assert self.series("manpower") == {"Driver": ["3.5", "0.0"], "Labourer": ["0.0", "2.5"]}
        assert self.facts("manpower")["People a day"] == "6.0"
        assert self.facts("manpower")["Days worked"] == "2"

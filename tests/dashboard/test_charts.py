"""The charts of the dashboard: what they say, to whom, and when they are sent again."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse

from charts.chart import Chart
from charts.levels import LevelChart
from dashboard.chart_cards import CHART_FACES
from dashboard.chart_faces import Asked, Told
from dashboard.periods import Period
from equipment.models import Status
from inventory.thresholds import StockThreshold
from production.models import Target
from records.choices import Shift
from sites.models import Category, Holiday, Site, User
from tests.dashboard.case import FRAGMENT, ONE_DAY, TODAY, DashboardCase
from tests.dashboard.yards import dispatch, produce, receive
from tests.equipment.yards import log
from tests.factories import make_machine, make_material, make_member, make_role, make_site
from tests.manpower.yards import work

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


# Targets and calendar are asked for apart: they are few.
QUERIES = {"production": 6, "flow": 1, "categories": 2, "levels": 1, "equipment": 1, "manpower": 2}


class ChartCase(DashboardCase):
    def chart(self, name: str, *, etag: str = "", person: User | None = None, **query: str) -> "Response":
        return self.part("dashboard:chart", name, etag=etag, person=person, **query)

    def told(self, name: str, *sites: Site, days: int = 7) -> Told:
        """Return what a chart says, of the yard unless other sites are named."""
        return CHART_FACES[name].tell(Asked(sites or (self.site,), Period(TODAY, days), "YARD-NORTH"))

    def series(self, name: str, *sites: Site, days: int = 7) -> dict[str, list[str]]:
        chart = self.told(name, *sites, days=days).chart
        assert isinstance(chart, Chart)
        return {series.label: [str(value) for value in series.values] for series in chart.series}

    def drawn(self, name: str) -> Chart:
        chart = self.told(name).chart
        assert isinstance(chart, Chart)
        return chart

    def levels(self, name: str, *sites: Site, days: int = 7) -> dict[str, str]:
        chart = self.told(name, *sites, days=days).chart
        assert isinstance(chart, LevelChart)
        return {level.label: str(round(level.value, 2)) for level in chart.levels}

    def facts(self, name: str, *sites: Site, days: int = 7) -> dict[str, str]:
        return {fact.label: fact.figure for fact in self.told(name, *sites, days=days).facts}


class TestEveryChart(ChartCase):
    def test_is_for_everybody_of_the_site(self) -> None:
        for name in CHART_FACES:
            for person in (self.people.victor, self.people.alice, self.people.mona, self.people.ada):
                self.assertContains(self.chart(name, person=person), f'id="chart-{name}"')

    def test_of_another_site_is_not_found(self) -> None:
        for name in CHART_FACES:
            response = self.chart(name, person=self.people.oscar)

            assert response.status_code == 404
            assert b"YARD-NORTH" not in response.content

    def test_that_nobody_knows_is_not_found(self) -> None:
        assert self.chart("profit").status_code == 404

    def test_without_htmx_is_a_page_of_its_own(self) -> None:
        self.client.force_login(self.people.victor)
        for name, face in CHART_FACES.items():
            response = self.client.get(reverse("dashboard:chart", args=[name]), {"site": "YARD-NORTH"})

            self.assertContains(response, f"<h1>{face.title}</h1>")
            self.assertContains(response, f'id="chart-{name}"')
            assert "ETag" not in response or "no-cache" not in response.get("Cache-Control", "")

    def test_that_has_nothing_to_draw_says_so(self) -> None:
        for name, face in CHART_FACES.items():
            response = self.chart(name)

            self.assertContains(response, face.nothing, html=False)
            self.assertNotContains(response, "chart__drawing")

    def test_is_named_by_the_page_which_loads_it_and_links_to_it(self) -> None:
        response = self.page()

        for name in CHART_FACES:
            address = reverse("dashboard:chart", args=[name])
            self.assertContains(
                response,
                f'hx-get="{address}?site=YARD-NORTH&amp;date={TODAY}&amp;days=30&amp;follows=1&amp;runs=1"',
            )
            self.assertContains(response, f'href="{address}?site=YARD-NORTH&amp;days=30"')

    def test_is_not_sent_again_while_nothing_changed(self) -> None:
        for name in CHART_FACES:
            etag = self.chart(name)["ETag"]

            response = self.chart(name, etag=etag)

            assert response.status_code == 304
            assert response.content == b""

    def test_is_sent_anew_after_changes_of_records_and_of_what_they_name(self) -> None:
        machine, role = make_machine(self.site, name="Jaw"), make_role(name="Driver")
        etags = {self.chart("flow")["ETag"]}
        self.receive("5")
        etags.add(self.chart("flow")["ETag"])
        for row in (machine, role, self.making, self.g1):
            row.name = f"{row.name} anew"
            row.save()
            etags.add(self.chart("flow")["ETag"])
        self.site.working_hours = Decimal(10)
        self.site.save()
        etags.add(self.chart("flow")["ETag"])
        for setting in (
            Holiday.objects.create(site=self.site, date=TODAY, name="Rest"),
            Target.objects.create(site=self.site, valid_from=TODAY, tons_per_day=Decimal(5)),
            StockThreshold.objects.create(site=self.site, material=self.g1, low_ton=Decimal(5)),
        ):
            etags.add(self.chart("flow")["ETag"])
            setting.delete()
            etags.add(self.chart("flow")["ETag"])

        assert len(etags) == 7 + 4

    def test_asks_for_the_page_anew_once_what_it_says_of_the_day_is_wrong(self) -> None:
        yesterday = str(TODAY - ONE_DAY)

        assert "HX-Refresh" not in self.chart("flow", follows="1", runs="1")
        assert self.chart("flow", date=yesterday, runs="1")["HX-Refresh"] == "true"
        assert self.chart("flow", date=yesterday, follows="1")["HX-Refresh"] == "true"

    def test_takes_as_many_queries_whatever_the_days_and_sites(self) -> None:
        self.fill_a_year()
        for name, queries in QUERIES.items():
            # Where stock is low is asked for apart, where there are several sites to choose from.
            several = queries + 1 if name == "levels" else queries
            for sites, most in (((self.site,), queries), ((self.site, self.people.other_site), several)):
                for days in (7, 365):
                    with self.subTest(name), self.assertNumQueries(most):
                        self.told(name, *sites, days=days)

    def test_takes_one_query_to_say_that_nothing_changed(self) -> None:
        etag = self.chart("flow")["ETag"]
        asked = {"site": "YARD-NORTH", "date": TODAY.isoformat()}

        # Session, person and sites before it.
        with self.assertNumQueries(3 + 1):
            response = self.client.get(
                reverse("dashboard:chart", args=["flow"]), asked, headers={**FRAGMENT, "If-None-Match": etag}
            )

        assert response.status_code == 304

    def fill_a_year(self) -> None:
        machine, role = make_machine(self.site), make_role()
        for months in range(12):
            date = TODAY - months * 30 * ONE_DAY
            receive(self.site, self.debris, by=self.people.alice, date=date, tons="10")
            log(machine, by=self.people.alice, date=date, hours="4")
            work(self.site, role, by=self.people.alice, date=date, headcount=3)


class TestRanges(ChartCase):
    def test_are_four_and_say_which_is_shown(self) -> None:
        response = self.page(days="90")

        for days in (7, 365):
            self.assertContains(response, f'href="?site=YARD-NORTH&amp;days={days}#charts"')
        self.assertContains(response, 'aria-current="true">90 days')
        self.assertContains(response, "3 Dec 2025 to 2 Mar 2026")
        self.assertContains(response, "days=90&amp;follows=1")

    def test_of_no_known_length_are_thirty_days(self) -> None:
        for asked in ("", "31", "-7", "week"):
            assert self.page(days=asked).context["board"].period.days == 30

    def test_stay_when_the_day_is_switched(self) -> None:
        response = self.page(days="90", date=str(TODAY - ONE_DAY))

        self.assertContains(response, f'href="?site=YARD-NORTH&amp;date={TODAY}&amp;days=90"')
        self.assertContains(response, '<input type="hidden" name="days" value="90">')
        self.assertContains(response, f'href="?site=YARD-NORTH&amp;date={TODAY - ONE_DAY}&amp;days=7#charts"')

    def test_are_swapped_alone(self) -> None:
        self.client.force_login(self.people.alice)

        response = self.client.get(
            reverse("dashboard:page"),
            {"site": "YARD-NORTH", "days": "7"},
            headers={**FRAGMENT, "HX-Target": "charts"},
        )

        assert response.content.decode().strip().startswith('<section id="charts"')
        self.assertNotContains(response, "card-stock")


class TestPeriod:
    def test_ends_with_the_date(self) -> None:
        period = Period(TODAY, 7)

        assert (period.first, period.dates[-1], len(period.dates)) == (dt.date(2026, 2, 24), TODAY, 7)
        assert period.positions == period.dates

    def test_of_a_year_goes_by_calendar_weeks_and_loses_no_day(self) -> None:
        period = Period(TODAY, 365)

        sums = period.sums(dict.fromkeys(period.dates, Decimal(1)))

        assert period.is_weekly
        assert sum(sums) == 365
        assert set(sums[1:-1]) == {7}
        assert all(date.isoweekday() == 1 for date in period.positions[1:])

    def test_knows_a_week_without_any_amount_from_one_of_nothing(self) -> None:
        period = Period(TODAY, 365)

        known = period.known_sums({period.dates[0]: Decimal(0), TODAY: Decimal(5)})

        assert [known[0], known[1], known[-1]] == [Decimal(0), None, Decimal(5)]

    def test_takes_of_levels_the_one_at_the_end_of_each_week(self) -> None:
        period = Period(TODAY, 365)

        ends = period.ends(period.dates)

        assert ends[-1] == TODAY
        assert all(date.isoweekday() == 7 for date in ends[:-1])


class TestFlows(ChartCase):
    def test_are_what_came_in_what_went_out_and_the_difference(self) -> None:
        self.receive("100", date=TODAY - ONE_DAY)
        self.receive("12.5")
        dispatch(self.site, self.debris, self.making, by=self.people.alice, date=TODAY, tons="20")

        assert {name: values[-2:] for name, values in self.series("flow").items()} == {
            "Received": ["100.000", "12.500"],
            "Dispatched": ["0.000", "20.000"],
            "Net": ["100.000", "-7.500"],
        }
        assert self.facts("flow") == {"Received": "112.50 t", "Dispatched": "20.00 t", "Net": "+92.50 t"}

    def test_of_several_sites_are_added(self) -> None:
        self.receive("100")
        quarry = self.people.other_site
        receive(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="11")

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

    def test_says_how_the_month_stands_and_where_it_leads(self) -> None:
        Target.objects.create(site=self.site, valid_from=dt.date(2026, 1, 1), tons_per_day=Decimal(40))
        last = dt.date(2026, 2, 28)
        for number in range(24):
            date = last - number * ONE_DAY
            if date.isoweekday() != 7:
                self.produce("30", date=date)

        told = CHART_FACES["production"].tell(Asked((self.site,), Period(last, 30), "YARD-NORTH"))

        assert {fact.label: fact.figure for fact in told.facts} == {
            "February": "630.00 t",
            "Of what was due": "66\N{NO-BREAK SPACE}% of 960.00 t",
        }

    def test_holds_the_sites_that_have_a_target_alone_against_it(self) -> None:
        other = make_site(code="OTHER")
        last = dt.date(2026, 2, 28)
        Target.objects.create(site=self.site, valid_from=last - 2 * ONE_DAY, tons_per_day=Decimal(40))
        self.produce("30", date=last)
        produce(other, self.g1, self.making, by=self.people.ada, date=last, tons="1000")

        told = CHART_FACES["production"].tell(Asked((self.site, other), Period(last, 30), "all"))

        assert {fact.label: fact.figure for fact in told.facts} == {
            "February": "1,030.00 t",
            "Of what was due": "25\N{NO-BREAK SPACE}% of 120.00 t",
        }

    def test_without_a_target_is_what_was_made_alone(self) -> None:
        self.produce("5")

        assert list(self.series("production")) == ["Made"]
        assert list(self.facts("production")) == ["March so far"]

    def test_leads_to_the_output_alone(self) -> None:
        self.produce("5")

        self.assertContains(self.chart("production"), "&amp;counts_as=output")


class TestStockByCategory(ChartCase):
    def test_is_what_there_was_at_the_end_of_each_day(self) -> None:
        self.receive("100", date=TODAY - ONE_DAY)
        raw = make_material(category=Category.RAW_FEED, is_final=False)
        receive(self.site, raw, by=self.people.alice, date=TODAY, tons="7")

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
        assert self.facts("categories")["Below its low mark"] == "Fine"
        self.assertContains(response, "Aggregates: low 25</text>")
        self.assertContains(
            response, '<tr><th scope="row">Low mark</th><td>25.00</td><td>3.00</td></tr>', html=True
        )

    def test_keeps_the_colour_of_a_category_whatever_else_there_is(self) -> None:
        sand = make_material(category=Category.FINE)
        receive(self.site, sand, by=self.people.alice, date=TODAY, tons="7")
        alone = self.told("categories").chart
        self.receive("100")

        with_another = self.told("categories").chart

        assert isinstance(alone, Chart)
        assert isinstance(with_another, Chart)
        assert alone.series[0].style == with_another.series[1].style


class TestStockByMaterial(ChartCase):
    def test_is_what_is_low_first_and_then_the_most(self) -> None:
        alice = self.people.alice
        sand, gravel = make_material(name="Sand"), make_material(name="Gravel")
        for material, tons in ((self.g1, "9"), (sand, "3"), (gravel, "50")):
            receive(self.site, material, by=alice, date=TODAY, tons=tons)
        StockThreshold.objects.create(site=self.site, material=sand, low_ton=Decimal(5))

        response = self.chart("levels")

        assert self.levels("levels") == {"Sand": "3.00", "Gravel": "50.00", "G1": "9.00"}
        assert self.facts("levels") == {"In stock": "62.00 t", "Materials": "3", "Low": "1"}
        self.assertContains(response, "low: 3.00 t")
        self.assertContains(response, "Low mark")

    def test_of_several_sites_says_where_it_is_low(self) -> None:
        quarry = self.people.other_site
        self.receive("9")
        receive(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="90")
        StockThreshold.objects.create(site=self.site, material=self.debris, low_ton=Decimal(10))

        chart = self.told("levels", self.site, quarry).chart

        assert isinstance(chart, LevelChart)
        (level,) = chart.levels
        assert (level.value, level.is_low, level.details) == (Decimal(99), True, ("YARD-NORTH",))

    def test_leaves_out_what_is_not_there(self) -> None:
        self.receive("9")
        dispatch(self.site, self.debris, self.making, by=self.people.alice, date=TODAY, tons="9")

        assert self.levels("levels") == {}


class TestEquipment(ChartCase):
    def test_is_the_most_used_machine_first_in_percent_of_what_it_could_have_run(self) -> None:
        alice = self.people.alice
        jaw, loader = make_machine(self.site, name="Jaw"), make_machine(self.site, name="Loader")
        log(jaw, by=alice, date=TODAY, hours="2")
        log(jaw, by=alice, date=TODAY - ONE_DAY, hours="0", status=Status.BREAKDOWN)
        log(loader, by=alice, date=TODAY, hours="6")

        assert self.levels("equipment") == {"Loader": "75.00", "Jaw": "12.50"}
        assert self.facts("equipment") == {
            "All machines": "33.3 %",
            "Machine hours": "8.00 h",
            "Breakdown days": "1",
        }

    def test_leads_from_each_machine_to_its_days(self) -> None:
        jaw = make_machine(self.site, name="Jaw")
        log(jaw, by=self.people.alice, date=TODAY, hours="2")

        response = self.chart("equipment", days="7")

        first = TODAY - 6 * ONE_DAY
        link = f"/equipment/machines/{jaw.pk}/?site=YARD-NORTH&amp;from={first}&amp;to={TODAY}"
        self.assertContains(response, f'href="{link}"')

    def test_of_several_sites_says_whose_machine_it_is(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.people.alice)
        for site in (self.site, east):
            log(make_machine(site, name="Jaw"), by=self.people.alice, date=TODAY, hours="2")

        assert set(self.levels("equipment", self.site, east)) == {"Jaw · YARD-NORTH", "Jaw · YARD-EAST"}


class TestManpower(ChartCase):
    def test_is_how_many_people_of_a_role_a_shift_has_on_a_day_that_is_worked(self) -> None:
        alice = self.people.alice
        driver, labourer = make_role(name="Driver", position=1), make_role(name="Labourer", position=2)
        for date, headcount in ((TODAY, 3), (TODAY - ONE_DAY, 4)):
            work(self.site, driver, by=alice, date=date, headcount=headcount, shift=Shift.MORNING)
        work(self.site, labourer, by=alice, date=TODAY, headcount=5, shift=Shift.NIGHT)

        chart = self.told("manpower").chart

        assert isinstance(chart, Chart)
        assert chart.positions == ["Morning", "Night"]
        assert self.series("manpower") == {"Driver": ["3.5", "0.0"], "Labourer": ["0.0", "2.5"]}
        assert self.facts("manpower")["People a day"] == "6.0"
        assert self.facts("manpower")["Days worked"] == "2"

"""Every chart of the dashboard: to whom it is shown, over which days, and when it is sent again."""

import datetime as dt
import re
from decimal import Decimal

from django.urls import reverse

from dashboard.chart_figures import CHARTS
from dashboard.charts import ChartPeriod
from inventory.models import StockThreshold
from production.models import Target
from sites.models import Holiday
from tests.dashboard.case import FRAGMENT, ONE_DAY, TODAY
from tests.dashboard.chart_case import ChartCase
from tests.factories import make_equipment_log, make_machine, make_manpower_log, make_received, make_role

# Targets and calendar are stated for apart: they are few.
QUERIES = {"production": 6, "flow": 1, "categories": 3, "levels": 2, "equipment": 1, "manpower": 2}


class TestEveryChart(ChartCase):
    def test_is_for_everybody_of_the_site(self) -> None:
        for name in CHARTS:
            for person in (self.people.victor, self.people.alice, self.people.mona, self.people.ada):
                self.assertContains(self.chart(name, person=person), f'id="chart-{name}"')

    def test_of_another_site_is_not_found(self) -> None:
        for name in CHARTS:
            response = self.chart(name, person=self.people.oscar)

            assert response.status_code == 404
            assert b"YARD-NORTH" not in response.content

    def test_of_an_unknown_name_is_not_found(self) -> None:
        assert self.chart("profit").status_code == 404

    def test_without_htmx_is_a_page_of_its_own(self) -> None:
        self.client.force_login(self.people.victor)
        for name, definition in CHARTS.items():
            response = self.client.get(reverse("dashboard:chart", args=[name]), {"site": "YARD-NORTH"})

            self.assertContains(response, f"<h1>{definition.title}</h1>")
            self.assertContains(response, f'id="chart-{name}"')
            assert "ETag" not in response or "no-cache" not in response.get("Cache-Control", "")

    def test_that_has_nothing_to_draw_says_so(self) -> None:
        for name, definition in CHARTS.items():
            response = self.chart(name)

            self.assertContains(response, definition.empty_text, html=False)
            self.assertNotContains(response, "chart__drawing")

    def test_is_named_by_the_page_which_loads_it_and_links_to_it(self) -> None:
        response = self.page()

        for name in CHARTS:
            address = reverse("dashboard:chart", args=[name])
            self.assertContains(
                response,
                f'hx-get="{address}?site=YARD-NORTH&amp;date={TODAY}&amp;days=30&amp;follows=1&amp;runs=1"',
            )
            self.assertContains(response, f'href="{address}?site=YARD-NORTH&amp;days=30"')

    def test_is_not_sent_again_while_nothing_changed(self) -> None:
        for name in CHARTS:
            etag = self.chart(name)["ETag"]

            response = self.chart(name, etag=etag)

            assert response.status_code == 304
            assert response.content == b""

    def test_is_sent_again_after_changes_of_records_and_of_what_they_name(self) -> None:
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

    def test_reloads_the_page_when_its_day_is_outdated(self) -> None:
        yesterday = str(TODAY - ONE_DAY)

        assert "HX-Refresh" not in self.chart("flow", follows="1", runs="1")
        assert self.chart("flow", date=yesterday, runs="1")["HX-Refresh"] == "true"
        assert self.chart("flow", date=yesterday, follows="1")["HX-Refresh"] == "true"

    def test_takes_as_many_queries_whatever_the_days_and_sites(self) -> None:
        self.fill_a_year()
        for name, queries in QUERIES.items():
            # Of one site also the lowest and highest stock are read.
            alone = queries + 2 if name == "levels" else queries
            for sites, most in (((self.site,), alone), ((self.site, self.people.other_site), queries)):
                for days in (7, 365):
                    with self.subTest(name), self.assertNumQueries(most):
                        self.content(name, *sites, days=days)

    def test_takes_one_query_to_say_that_nothing_changed(self) -> None:
        etag = self.chart("flow")["ETag"]
        stated = {"site": "YARD-NORTH", "date": TODAY.isoformat()}

        # Session, person and sites before it.
        with self.assertNumQueries(3 + 1):
            response = self.client.get(
                reverse("dashboard:chart", args=["flow"]), stated, headers={**FRAGMENT, "If-None-Match": etag}
            )

        assert response.status_code == 304

    def fill_a_year(self) -> None:
        machine, role = make_machine(self.site), make_role()
        for months in range(12):
            date = TODAY - months * 30 * ONE_DAY
            make_received(self.site, self.debris, by=self.people.alice, date=date, tons="10")
            make_equipment_log(machine, by=self.people.alice, date=date, hours="4")
            make_manpower_log(self.site, role, by=self.people.alice, date=date, headcount=3)


class TestRanges(ChartCase):
    def test_are_four_and_say_which_is_shown(self) -> None:
        response = self.page(days="90")

        for days in (7, 365):
            self.assertContains(response, f'href="?site=YARD-NORTH&amp;days={days}#charts"')
        assert re.search(r'aria-current="true">\s*90 days', response.content.decode())
        self.assertContains(response, "3 Dec 2025 to 2 Mar 2026")
        self.assertContains(response, "days=90&amp;follows=1")

    def test_of_no_known_length_are_thirty_days(self) -> None:
        for stated in ("", "31", "-7", "week"):
            assert self.page(days=stated).context["page"].period.days == 30

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


class TestDrawnByThePage(ChartCase):
    """Without scripts nothing fetches a chart: the page brings them when it is stated to."""

    def test_are_all_charts_with_their_tables(self) -> None:
        make_machine(self.site)
        make_received(self.site, self.debris, by=self.people.alice, date=TODAY, tons="12.5")

        page = self.page(charts="drawn")

        for name in CHARTS:
            self.assertContains(page, f'id="chart-{name}"', 1)
        self.assertContains(page, "chart__drawing")
        self.assertNotContains(page, "Show this chart")
        self.assertNotContains(page, "Show all charts")

    def test_are_requested_for_by_a_link_for_whom_has_no_scripts(self) -> None:
        page = self.page(days="90")

        query = "site=YARD-NORTH&amp;days=90&amp;charts=drawn"
        assert re.search(
            rf'<noscript>\s*<p><a class="btn" href="\?{re.escape(query)}#charts">', page.content.decode()
        )

    def test_stay_when_range_or_day_is_switched(self) -> None:
        page = self.page(charts="drawn")

        self.assertContains(page, "site=YARD-NORTH&amp;days=90&amp;charts=drawn#charts")
        self.assertContains(page, '<input type="hidden" name="charts" value="drawn">')


class TestPeriod:
    def test_ends_with_the_date(self) -> None:
        period = ChartPeriod(TODAY, 7)

        assert (period.first, period.dates[-1], len(period.dates)) == (dt.date(2026, 2, 24), TODAY, 7)
        assert period.positions == period.dates

    def test_of_a_year_sums_calendar_weeks_without_losing_a_day(self) -> None:
        period = ChartPeriod(TODAY, 365)

        sums = period.sums(dict.fromkeys(period.dates, Decimal(1)))

        assert period.is_weekly
        assert sum(sums) == 365
        assert set(sums[1:-1]) == {7}
        assert all(date.isoweekday() == 1 for date in period.positions[1:])

    def test_distinguishes_a_week_without_amounts_from_a_zero(self) -> None:
        period = ChartPeriod(TODAY, 365)

        known = period.known_sums({period.dates[0]: Decimal(0), TODAY: Decimal(5)})

        assert [known[0], known[1], known[-1]] == [Decimal(0), None, Decimal(5)]

    def test_takes_of_levels_the_one_at_the_end_of_each_week(self) -> None:
        period = ChartPeriod(TODAY, 365)

        ends = period.ends(period.dates)

        assert ends[-1] == TODAY
        assert all(date.isoweekday() == 7 for date in ends[:-1])

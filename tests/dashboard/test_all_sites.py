"""The page of all sites: a line for each, by its own clock."""

import re
from typing import TYPE_CHECKING

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.figures import current_stock, stock_by_site
from records.registry import module
from sites.models import Holiday, Purpose, Site, StockEffect, User
from tests.dashboard.case import NOON, ONE_DAY, TODAY, DashboardCase
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_production,
    make_received,
    make_site,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class AllSitesCase(DashboardCase):
    def setUp(self) -> None:
        super().setUp()
        self.east = make_site(code="YARD-EAST", name="East yard")
        make_member(self.east, user=self.people.alice)

    def sites_page(self, person: User | None = None, **query: str) -> "Response":
        self.client.force_login(person or self.people.alice)
        return self.client.get(reverse("dashboard:sites"), query)

    def row_of(self, answer: "Response", site: Site) -> str:
        """Return the text of a site's row."""
        rows = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", answer.content.decode(), re.DOTALL)
        return next(
            re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)) for row in rows if f"site={site.code}" in row
        )


class TestSites(AllSitesCase):
    def test_shows_the_figures_of_each_site_today(self) -> None:
        self.receive("100")
        self.produce("40")
        self.produce("20", date=TODAY - ONE_DAY)
        make_received(self.east, self.debris, by=self.people.alice, date=TODAY, tons="7")

        answer = self.sites_page()

        north, east = self.row_of(answer, self.site), self.row_of(answer, self.east)
        assert "40.00" in north
        assert "100 % more" in north.replace("\N{NO-BREAK SPACE}", " ")
        assert "160.00" in north
        assert "7.00" in east
        assert "100.00" not in east

    def test_adds_them_up(self) -> None:
        self.receive("100")
        make_received(self.east, self.debris, by=self.people.alice, date=TODAY, tons="7")

        answer = self.sites_page()

        self.assertContains(answer, '<td class="num" data-label="Received">107.00</td>', html=True)

    def test_hides_sites_of_others(self) -> None:
        answer = self.sites_page(self.people.oscar)

        self.assertNotContains(answer, "YARD-NORTH")
        self.assertContains(answer, "QUARRY-1")

    def test_uses_the_clock_of_each_site(self) -> None:
        tonga = make_site(code="TONGA", timezone="Pacific/Tongatapu")
        make_member(tonga, user=self.people.alice)
        make_received(tonga, self.debris, by=self.people.alice, date=TODAY + ONE_DAY, tons="5")
        make_received(tonga, self.debris, by=self.people.alice, date=TODAY, tons="10")

        answer = self.sites_page()

        words = self.row_of(answer, tonga).replace("\N{NO-BREAK SPACE}", " ")
        assert tonga.today() == TODAY + ONE_DAY
        assert "5.00" in words
        assert "50.0 % less" in words or "50 % less" in words
        assert "15.00" in words

    def test_sorts_by_a_column(self) -> None:
        self.receive("100")
        make_received(self.east, self.debris, by=self.people.alice, date=TODAY, tons="7")

        by_name = self.sites_page().content.decode()
        most_first = self.sites_page(sort="-received").content.decode()
        least_first = self.sites_page(sort="received").content.decode()

        assert by_name.index("East yard</a>") < by_name.index("North yard</a>")
        assert most_first.index("North yard</a>") < most_first.index("East yard</a>")
        assert least_first.index("East yard</a>") < least_first.index("North yard</a>")
        assert 'aria-sort="descending"' in most_first

    def test_sorts_by_name_for_an_unknown_order(self) -> None:
        answer = self.sites_page(sort="<script>")

        self.assertContains(answer, 'aria-sort="ascending"', count=1)

    def test_links_a_figure_to_its_records(self) -> None:
        self.produce("40")
        answer = self.sites_page().content.decode()
        href = re.search(r'href="(/production/\?site=YARD-NORTH[^"]*)"', answer)

        assert href is not None
        records = self.client.get(href[1].replace("&amp;", "&"))
        self.assertContains(records, "40.00")

    def test_takes_nine_queries_for_two_hundred_sites(self) -> None:
        for number in range(200):
            site = make_site(timezone="Asia/Tokyo" if number % 2 else "America/Chicago")
            make_member(site, user=self.people.alice)
        make_received(site, self.debris, by=self.people.alice, date=TODAY, tons="1")
        self.sites_page()

        with self.assertNumQueries(9):
            self.client.get(reverse("dashboard:sites"))


class TestMissing(AllSitesCase):
    def test_names_the_modules_without_a_record_of_today(self) -> None:
        self.receive("100")

        words = self.row_of(self.sites_page(), self.site)

        assert "Received material" not in words
        assert str(module("production").label_plural) in words

    def test_expects_nothing_on_a_holiday(self) -> None:
        Holiday.objects.create(site=self.site, date=TODAY, name="Yard closed")

        answer = self.sites_page()

        assert "Not a working day" in self.row_of(answer, self.site)
        assert "Not a working day" not in self.row_of(answer, self.east)

    def test_expects_no_stock_count(self) -> None:
        words = self.row_of(self.sites_page(), self.site)

        assert "Stock counts" not in words


class TestStockBySite(AllSitesCase):
    def test_agrees_with_the_stock_of_each_site_on_its_own_date(self) -> None:
        feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        for day in range(4):
            self.receive("50.125", date=TODAY - day * ONE_DAY)
            make_production(
                self.site, self.debris, feeding, by=self.people.alice, date=TODAY - day * ONE_DAY, tons="20"
            )
        make_received(self.east, make_material(), by=self.people.alice, date=TODAY - 30 * ONE_DAY, tons="7.5")

        stock = stock_by_site({self.site: TODAY - ONE_DAY, self.east: TODAY}, days=2)

        assert stock[self.site.pk].closing_ton == current_stock([self.site], date=TODAY - ONE_DAY)
        assert stock[self.east.pk].closing_ton == current_stock([self.east], date=TODAY)
        assert str(stock[self.site.pk].changes[TODAY - ONE_DAY].received_ton) == "50.125"
        assert str(stock[self.site.pk].changes[TODAY - ONE_DAY].net_ton) == "30.125"

    def test_runs_no_query_without_sites(self) -> None:
        with self.assertNumQueries(0):
            assert stock_by_site({}, days=14) == {}


class TestDates(AllSitesCase):
    def test_shows_the_figures_of_a_date(self) -> None:
        friday = TODAY - 3 * ONE_DAY
        self.receive("100", date=friday)
        self.receive("50", date=friday - ONE_DAY)
        self.receive("7")

        answer = self.sites_page(None, **{"from": friday.isoformat(), "to": friday.isoformat()})

        words = self.row_of(answer, self.site).replace("\N{NO-BREAK SPACE}", " ")
        assert "100.00" in words
        assert "100 % more" in words
        assert "150.00" in words
        assert "Received material" not in words
        self.assertContains(answer, "Friday 27 February 2026")

    def test_sums_a_range_and_compares_it_with_as_many_days_before(self) -> None:
        for days, ton in ((0, "10"), (1, "20"), (6, "30"), (7, "40"), (13, "80"), (14, "500")):
            self.receive(ton, date=TODAY - days * ONE_DAY)
        first = TODAY - 6 * ONE_DAY

        answer = self.sites_page(None, **{"from": first.isoformat(), "to": TODAY.isoformat()})

        words = self.row_of(answer, self.site).replace("\N{NO-BREAK SPACE}", " ")
        assert "60.00" in words
        assert "50 % less" in words
        assert "680.00" in words
        self.assertContains(answer, f'href="/received/?site=YARD-NORTH&amp;from={first}&amp;to={TODAY}"')
        self.assertContains(answer, '<td class="num" data-label="Received">60.00</td>', html=True)

    def test_counts_the_working_days_without_entries(self) -> None:
        Site.objects.update(created_at=NOON - 365 * ONE_DAY)
        self.receive("10")
        first = TODAY - 6 * ONE_DAY

        answer = self.sites_page(None, **{"from": first.isoformat(), "to": TODAY.isoformat()})

        # Tuesday to Saturday; on Sunday nobody works.
        assert "5 working days without entries" in self.row_of(answer, self.site)

    def test_keeps_the_dates_when_sorted_and_shows_wrong_ones_at_their_field(self) -> None:
        answer = self.sites_page(None, **{"from": "2026-02-01", "to": "2026-02-07", "sort": "-received"})

        self.assertContains(answer, 'href="?from=2026-02-01&amp;to=2026-02-07&amp;sort=received"')
        self.assertContains(self.sites_page(None, **{"from": "yesterday"}), "field--error")

    def test_takes_as_many_queries_for_many_sites(self) -> None:
        dates = {"from": "2026-02-01", "to": "2026-02-07"}
        self.sites_page(None, **dates)
        with CaptureQueriesContext(connection) as few:
            self.client.get(reverse("dashboard:sites"), dates)
        for _ in range(20):
            make_member(make_site(), user=self.people.alice)

        with self.assertNumQueries(len(few)):
            self.client.get(reverse("dashboard:sites"), dates)

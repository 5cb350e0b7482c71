"""The page of a material: its ledger day by day, each figure leading to its records."""

import datetime as dt
import re
from html import unescape
from http import HTTPStatus

from django.test import Client

from inventory.figures import closings_of, ledger_by_day
from inventory.models import InventorySnapshot
from production.module import PRODUCTION
from records import operations
from records.choices import Source
from sites.models import Role, User
from tests.factories import make_member, make_received, make_site, make_threshold
from tests.inventory.ledger_case import LedgerTestCase, day_of_march, tons

MARCH = "site=YARD-NORTH&from=2026-03-01&to=2026-03-31"


class MaterialPageTestCase(LedgerTestCase):
    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def page(self, query: str = MARCH, *, by: User | None = None) -> str:
        answer = self.as_(by or self.alice).get(f"/inventory/materials/{self.debris.pk}/?{query}")
        assert answer.status_code == HTTPStatus.OK
        return answer.content.decode()

    def cells_of(self, page: str, day: int) -> dict[str, str]:
        """Return the cells of a day's row by their names."""
        row = page.split(f'<time datetime="{day_of_march(day).isoformat()}">')[1].partition("</tr>")[0]
        return dict(re.findall(r'data-label="([^"]*)">\s*(.*?)\s*</td>', row, re.DOTALL))

    def way_of(self, cell: str) -> str:
        """Return where the figure of a cell leads."""
        found = re.search(r'href="([^"]+)"', cell)
        assert found is not None, cell
        return unescape(found[1])


class TestLedger(MaterialPageTestCase):
    def test_shows_each_day_that_moved_newest_first(self) -> None:
        self.receive(day=2, tons="100")
        self.feed(day=5, tons="30")

        page = self.page()

        assert re.findall(r'<time datetime="2026-03-(\d\d)">', page) == ["05", "02"]
        assert self.cells_of(page, 2)["Opening"] == "0.00"
        assert self.cells_of(page, 5)["Opening"] == "100.00"
        assert self.cells_of(page, 5)["Closing"] == "70.00"
        assert self.cells_of(page, 5)["Produced"] == ""

    def test_links_each_figure_to_the_records_that_it_is_the_sum_of(self) -> None:
        self.receive(day=4, tons="7")
        self.receive(day=5, tons="100")
        self.receive(day=5, tons="20.5")
        self.receive(day=5, tons="9", material=self.aggregate)
        self.feed(day=5, tons="30")
        self.dispatch(day=5, tons="12")
        self.count(day=5, tons="85")

        cells = self.cells_of(self.page(), 5)

        for name, figure in (("Received", 120.5), ("Consumed", 30), ("Dispatched", 12)):
            listed = self.as_(self.alice).get(self.way_of(cells[name])).context["listing"]
            assert sum(record.qty_ton for record in listed.records) == tons(str(figure)), name
        counts = self.as_(self.alice).get(self.way_of(cells["Adjusted"])).context["listing"]
        assert [record.counted_ton for record in counts.records] == [tons("85")]

    def test_distinguishes_produced_and_consumed_records(self) -> None:
        self.receive(day=5, tons="50")
        self.feed(day=5, tons="30")
        values = {"date": day_of_march(5), "material": self.debris.pk, "operation": self.making.pk}
        self.make(values)

        cells = self.cells_of(self.page(), 5)

        made = self.as_(self.alice).get(self.way_of(cells["Produced"])).context["listing"]
        used = self.as_(self.alice).get(self.way_of(cells["Consumed"])).context["listing"]
        assert [record.qty_ton for record in made.records] == [tons("4")]
        assert [record.qty_ton for record in used.records] == [tons("30")]

    def make(self, values: dict[str, object]) -> None:
        operations.create(
            module=PRODUCTION,
            values={**values, "qty_ton": "4"},
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
        )

    def test_adds_up_the_period_and_says_where_stock_stands(self) -> None:
        self.receive(day=2, tons="100")
        self.feed(day=5, tons="30")
        self.feed(day=6, tons="5")

        page = self.page("site=YARD-NORTH&from=2026-03-05&to=2026-03-31")

        total = page.split("2 days with movement")[1].split("</tr>")[0]
        assert "100.00" in total
        assert "35.00" in total
        assert "<strong>65.00 t</strong> on 31 Mar 2026" in page

    def test_says_that_stock_is_low_or_below_zero(self) -> None:
        make_threshold(self.site, self.debris, low_ton="50")
        self.feed(day=5, tons="30")

        page = self.page()

        assert "Below zero" in page
        assert "Low, below 50.00 t" in page
        assert "Low mark" in page

    def test_over_all_sites_says_where_it_is_low(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.alice)
        make_threshold(self.site, self.debris, low_ton="50")
        make_threshold(east, self.debris, low_ton="20")
        self.receive(day=2, tons="60")

        page = self.page("site=all&from=2026-03-05&to=2026-03-31")

        assert "Low, below 20.00 t: YARD-EAST" in page
        assert "Low, below 50.00 t" not in page

    def test_marks_the_days_that_were_counted(self) -> None:
        self.receive(day=2, tons="100")
        self.count(day=3, tons="100")

        page = self.page()

        assert self.cells_of(page, 3)["Adjusted"].endswith(">0.00</a>")
        assert "Counted" in page

    def test_shows_at_most_a_year_and_says_so(self) -> None:
        self.receive(day=2, tons="100")

        page = self.page("site=YARD-NORTH&from=2020-01-01&to=2026-03-31")

        assert "at most 366 days" in page

    def test_of_a_material_that_was_never_there_says_what_stock_follows_from(self) -> None:
        assert "was never in stock" in self.page()

    def test_of_all_sites_says_where_it_lies(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.alice)
        self.receive(day=2, tons="100")
        make_received(east, self.debris, by=self.alice, date=day_of_march(3), tons="4")

        self.count(day=4, tons="100")

        page = self.page("site=all&from=2026-03-01&to=2026-03-31")

        assert "<strong>104.00 t</strong>" in page
        assert "Counted" not in page
        assert 'href="?site=YARD-EAST&amp;from=2026-03-01&amp;to=2026-03-31"' in page
        assert self.cells_of(page, 3)["Opening"] == "100.00"

    def test_shows_a_person_of_another_site_nothing_of_it(self) -> None:
        self.receive(day=2, tons="100")
        oscar = make_member(make_site(code="QUARRY-1"))

        own = self.page("site=QUARRY-1&from=2026-03-01&to=2026-03-31", by=oscar)
        refused = self.as_(oscar).get(f"/inventory/materials/{self.debris.pk}/?{MARCH}")

        assert "was never in stock" in own
        assert refused.status_code == HTTPStatus.NOT_FOUND
        assert b"YARD-NORTH" not in refused.content

    def test_does_not_exist_for_a_material_that_does_not(self) -> None:
        assert self.as_(self.alice).get("/inventory/materials/999999/").status_code == HTTPStatus.NOT_FOUND

    def test_costs_as_many_queries_for_a_year_as_for_a_week(self) -> None:
        for day in range(1, 20):
            self.receive(day=day, tons="1")
        alice = self.as_(self.alice)

        for first in ("2026-03-25", "2025-04-01"):
            address = f"/inventory/materials/{self.debris.pk}/?site=YARD-NORTH&from={first}&to=2026-03-31"
            alice.get(address)
            # Session, person, sites, files requested, material; its stock, its low marks, its days.
            with self.assertNumQueries(8):
                alice.get(address)

    def test_links_managers_to_its_low_mark(self) -> None:
        mona = make_member(self.site, role=Role.MANAGER)
        address = f"/inventory/thresholds/{self.debris.pk}/?site=YARD-NORTH"

        assert f'href="{address}"' in self.page(by=mona)
        assert f'href="{address}"' not in self.page()

    def test_is_linked_from_the_stock_page(self) -> None:
        self.receive(day=2, tons="100")

        stock = self.as_(self.alice).get("/inventory/?site=YARD-NORTH&date=2026-03-09").content.decode()

        assert f'href="/inventory/materials/{self.debris.pk}/?site=YARD-NORTH&amp;to=2026-03-09"' in stock

    def test_is_where_its_level_on_the_dashboard_leads(self) -> None:
        self.receive(day=2, tons="100")
        address = "/dashboard/charts/levels/?site=YARD-NORTH&date=2026-03-09&days=7"

        chart = self.as_(self.alice).get(address, headers={"HX-Request": "true"}).content.decode()

        query = "site=YARD-NORTH&amp;from=2026-03-03&amp;to=2026-03-09"
        assert f'href="/inventory/materials/{self.debris.pk}/?{query}"' in chart


class TestLedgerByDay(MaterialPageTestCase):
    def test_follow_from_what_there_is_at_the_end(self) -> None:
        east = make_site(code="YARD-EAST")
        bob = make_member(east)
        self.receive(day=2, tons="100")
        make_received(east, self.debris, by=bob, date=day_of_march(3), tons="4")
        self.count(day=4, tons="90")
        sites = [self.site, east]

        closings = closings_of(self.debris, sites, date=day_of_march(9))
        days = ledger_by_day(
            InventorySnapshot.objects.filter(material=self.debris),
            sites,
            first=day_of_march(1),
            last=day_of_march(9),
            closing_ton=tons("94"),
        )

        assert [(place.site.code, place.closing_ton) for place in closings] == [
            ("YARD-EAST", tons("4")),
            ("YARD-NORTH", tons("90")),
        ]
        assert [
            (date.day, day.opening_ton, day.closing_ton, day.change.counts) for date, day in days.items()
        ] == [
            (4, tons("104"), tons("94"), 1),
            (3, tons("100"), tons("104"), 0),
            (2, tons("0"), tons("100"), 0),
        ]

    def test_end_before_they_begin_for_a_date_long_ago(self) -> None:
        self.receive(day=2, tons="100")
        long_ago = day_of_march(1) - dt.timedelta(days=400)

        assert closings_of(self.debris, [self.site], date=long_ago) == []

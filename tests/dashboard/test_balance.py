"""The plant balance: what became of the feed and of the stock, each number with the records behind it."""

import datetime as dt
import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.test import Client, TestCase
from django.utils.html import escape

from dashboard.balance import balance_presets
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.templatetags.figures import tons
from sites.models import Material, Operation, Purpose, Site, StockEffect, User
from tests.factories import (
    People,
    make_dispatch,
    make_material,
    make_member,
    make_operation,
    make_people,
    make_production,
    make_received,
    make_site,
    make_stock_count,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

DAY = dt.date(2026, 3, 2)
ONE_DAY = dt.timedelta(days=1)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


class BalanceCase(TestCase):
    people: People
    site: Site
    alice: User
    debris: Material
    aggregate: Material
    residue: Material
    feeding: Operation
    making: Operation
    disposing: Operation

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.site, cls.alice = cls.people.site, cls.people.alice
        cls.debris = make_material(code="DEBRIS", name="Concrete debris", is_final=False, position=2)
        cls.aggregate = make_material(code="AGGREGATE", name="Aggregate", position=1)
        cls.residue = make_material(code="RESIDUE", name="Crusher residue", is_final=False, position=3)
        cls.feeding = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.FEED)
        cls.making = make_operation()
        cls.disposing = make_operation(stock_effect=StockEffect.NONE, purpose=Purpose.RESIDUE)

    def work_as_in_the_example(self, site: Site | None = None, by: User | None = None) -> None:
        """Receive 100, feed 80, make 70, dispose of 6, dispatch 30, count 19."""
        at, by = site or self.site, by or self.alice
        make_received(at, self.debris, by=by, date=DAY, tons="100")
        make_production(at, self.debris, self.feeding, by=by, date=DAY, tons="80")
        make_production(at, self.aggregate, self.making, by=by, date=DAY, tons="70")
        make_production(at, self.residue, self.disposing, by=by, date=DAY, tons="6")
        make_dispatch(at, self.aggregate, self.making, by=by, date=DAY, tons="30")
        make_stock_count(at, self.debris, by=by, date=DAY, tons="19")

    def page(
        self,
        person: User | None = None,
        *,
        site: str = "YARD-NORTH",
        first: str = "2026-03-01",
        last: str = "2026-03-31",
    ) -> "Response":
        client = Client()
        client.force_login(person or self.alice)
        query = urlencode({"site": site, "from": first, "to": last})
        return client.get(f"/dashboard/balance/?{query}")

    def rows(self, answer: "Response", title: str) -> dict[str, dict[str, str]]:
        """Return the numbers of a breakdown, by row and column."""
        breakdowns = answer.context["balance"].breakdowns
        breakdown = next(known for known in breakdowns if known.title == title)
        return {
            row.name: {str(cell.label): plain(cell.text) for cell in row.cells if cell.text}
            for row in breakdown.rows
        }

    def terms(self, answer: "Response") -> dict[str, tuple[str, ...]]:
        """Return the numbers of both sums by label, with their percentage of the feed."""
        balance = answer.context["balance"]
        terms = [*balance.plant_terms, *balance.stock_terms]
        return {
            str(term.cell.label): tuple(plain(text) for text in (term.cell.text, term.share) if text)
            for term in terms
        }


class TestExample(BalanceCase):
    def test_comes_to_what_the_domain_says(self) -> None:
        self.work_as_in_the_example()

        answer = self.page()

        assert self.terms(answer) == {
            "Feed used": ("80.00", "100.0 %"),
            "Product made": ("70.00", "87.5 %"),
            "Residue": ("6.00", "7.5 %"),
            "Plant balance": ("4.00", "5.0 %"),
            "Opening stock": ("0.00",),
            "Received": ("100.00",),
            "Added by production": ("70.00",),
            "Taken by production": ("80.00",),
            "Dispatched": ("30.00",),
            "Used on site": ("0.00",),
            "Disposed on site": ("0.00",),
            "Stock differences": ("−1.00",),
            "Closing stock": ("59.00",),
        }
        assert plain(answer.context["balance"].recovery) == "92.1 %"
        stock = self.rows(answer, "The stock by material")
        assert stock["Concrete debris"]["Closing stock"] == "19.00"
        assert stock["Concrete debris"]["Stock differences"] == "−1.00"
        assert stock["Aggregate"]["Closing stock"] == "40.00"
        self.assertContains(answer, "4.00 t of 80.00 t feed are not accounted for: 5.0\N{NO-BREAK SPACE}%.")

    def test_is_shown_for_each_material_in_the_order_of_the_materials(self) -> None:
        self.work_as_in_the_example()

        plant = self.rows(self.page(), "The plant by material")

        assert list(plant.items()) == [
            ("Aggregate", {"Product made": "70.00"}),
            ("Concrete debris", {"Feed used": "80.00"}),
            ("Crusher residue", {"Residue": "6.00"}),
        ]

    def test_opens_the_next_period_with_the_stock_that_it_left(self) -> None:
        self.work_as_in_the_example()

        after = self.page(first="2026-03-03")

        terms = self.terms(after)
        assert terms["Opening stock"] == terms["Closing stock"] == ("59.00",)
        assert terms["Plant balance"] == ("0.00", "–")
        assert terms["Stock differences"] == ("–",)


class TestSums(BalanceCase):
    def test_have_no_percentage_where_nothing_was_fed(self) -> None:
        make_production(self.site, self.aggregate, self.making, by=self.alice, date=DAY, tons="5")

        answer = self.page()

        assert self.terms(answer)["Plant balance"] == ("−5.00", "–")
        self.assertContains(answer, "No feed was used.")

    def test_say_when_more_came_out_than_was_fed(self) -> None:
        make_production(self.site, self.debris, self.feeding, by=self.alice, date=DAY, tons="10")
        make_production(self.site, self.aggregate, self.making, by=self.alice, date=DAY, tons="11")

        answer = self.page()

        self.assertContains(
            answer, "1.00 t more came out than the 10.00 t of feed: −10.0\N{NO-BREAK SPACE}%."
        )

    def test_take_what_is_fed_again_for_product_and_show_what_is_for_sale(self) -> None:
        base = make_material(name="Base", is_final=False)
        make_production(self.site, self.debris, self.feeding, by=self.alice, date=DAY, tons="10")
        make_production(self.site, self.aggregate, self.making, by=self.alice, date=DAY, tons="6")
        make_production(self.site, base, self.making, by=self.alice, date=DAY, tons="4")

        answer = self.page()

        assert self.terms(answer)["Product made"][0] == "10.00"
        assert self.terms(answer)["of which made to be sold"] == ("6.00",)
        self.assertContains(answer, "All 10.00 t of feed are accounted for.")

    def test_leave_out_what_is_neither_feed_nor_product_nor_residue(self) -> None:
        moving = make_operation(stock_effect=StockEffect.REMOVES, purpose=Purpose.OTHER)
        make_production(self.site, self.aggregate, moving, by=self.alice, date=DAY, tons="3")

        terms = self.terms(self.page())

        assert terms["Plant balance"][0] == "0.00"
        assert terms["Taken by production"] == ("3.00",)

    def test_keep_counts_that_cancel_each_other_out(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=DAY, tons="10")
        make_stock_count(self.site, self.debris, by=self.alice, date=DAY, tons="9")
        make_stock_count(self.site, self.debris, by=self.alice, date=DAY + ONE_DAY, tons="10")

        stock = self.rows(self.page(), "The stock by material")

        assert stock["Concrete debris"]["Stock differences"] == "0.00"

    def test_show_how_much_of_what_was_received_was_weighed_or_deemed(self) -> None:
        make_received(self.site, self.debris, by=self.alice, date=DAY, tons="100")
        assert "of which:" not in self.page().content.decode()

        operations.create(
            module=RECEIVED,
            values={"date": DAY, "material": self.debris.pk, "qty_ton": "7", "mass_method": "weighed"},
            site=self.site,
            by=self.alice,
            source=Source.PAGE,
            confirmed=True,
        )

        labels = [str(term.cell.label) for term in self.page().context["balance"].stock_terms]
        assert labels[1:4] == ["Received", "of which: Weighed", "of which: Not stated"]

    def test_say_what_to_do_where_there_is_nothing(self) -> None:
        self.assertContains(self.page(), "Choose a longer period")


class TestLinks(BalanceCase):
    def setUp(self) -> None:
        self.east = make_site(code="YARD-EAST", name="East yard")
        make_member(self.east, user=self.alice)
        base = make_material(name="Base", is_final=False)
        piling = make_operation(stock_effect=StockEffect.ADDS, purpose=Purpose.RESIDUE)
        clearing, using, disposing = (
            make_operation(stock_effect=StockEffect.REMOVES, purpose=purpose)
            for purpose in (Purpose.OTHER, Purpose.USED, Purpose.DISPOSED)
        )
        for site in (self.site, self.east):
            self.work_as_in_the_example(site)
            make_production(site, base, self.making, by=self.alice, date=DAY, tons="1.5")
            make_production(site, self.residue, piling, by=self.alice, date=DAY, tons="0.25")
            make_production(site, self.residue, clearing, by=self.alice, date=DAY, tons="0.125")
            make_production(site, base, using, by=self.alice, date=DAY, tons="0.5")
            make_production(site, base, disposing, by=self.alice, date=DAY, tons="0.75")
            # Outside of the period, and so in no figure and no list.
            make_received(site, self.aggregate, by=self.alice, date=DAY - 30 * ONE_DAY, tons="1000")
        make_received(self.people.other_site, self.debris, by=self.people.oscar, date=DAY, tons="500")

    def test_lead_to_records_that_add_up_to_the_number(self) -> None:
        for site in ("YARD-NORTH", "all"):
            answer = self.page(site=site)
            links = re.findall(
                r'<a href="(/[a-z/]+/\?site=[^"]+from=[^"]+)">([\d.,−]+)</a>', str(answer.text)
            )
            counted = 0

            for href, number in links:
                address = href.replace("&amp;", "&")
                if not address.startswith("/inventory/"):
                    counted += 1
                    assert self.total_of(address) == Decimal(number.replace(",", "")), address
            assert counted > 15

    def test_of_differences_lead_to_the_counts(self) -> None:
        for site, difference in (("all", Decimal(-2)), ("YARD-EAST", Decimal(-1))):
            href = f"/inventory/counts/?site={site}&from=2026-03-01&to=2026-03-31"
            listed = self.get(href).context["listing"].page.records

            answer = self.page(site="all")

            assert sum(count.adjustment_ton for count in listed) == difference
            self.assertContains(answer, f'<a href="{escape(href)}">{tons(difference)}</a>')

    def test_of_stock_lead_to_the_stock_of_those_days(self) -> None:
        answer = self.page(site="all")

        for name, date in (("Opening stock", "2026-02-28"), ("Closing stock", "2026-03-31")):
            href = f"/inventory/?site=all&date={date}"
            number = self.terms(answer)[name][0]
            self.assertContains(answer, f'<a href="{escape(href)}">{number}</a>')
            self.assertContains(self.get(href), number)

    def get(self, address: str) -> "Response":
        client = Client()
        client.force_login(self.alice)
        return client.get(address)

    def total_of(self, address: str) -> Decimal:
        """Return the tons of a list; of production, the sum of its meanings."""
        answer = self.get(f"{address}&totals=1")
        assert answer.status_code == HTTPStatus.OK
        listing = answer.context["listing"]
        parts = [text for total in listing.part_totals for text in total.cells if text]
        shown = parts or [next(text for text in listing.total_cells if text)]
        return sum((Decimal(text.replace(",", "")) for text in shown), Decimal(0))


class TestAllSites(BalanceCase):
    def setUp(self) -> None:
        self.east = make_site(code="YARD-EAST", name="East yard")
        make_member(self.east, user=self.alice)

    def test_have_a_line_each_and_their_sum_above(self) -> None:
        self.work_as_in_the_example()
        make_production(self.east, self.debris, self.feeding, by=self.alice, date=DAY, tons="20")

        answer = self.page(site="all")

        plant = self.rows(answer, "The plant by site")
        assert plant["North yard"]["Plant balance"] == "4.00"
        assert plant["North yard"]["Percent of feed"] == "5.0 %"
        assert plant["North yard"]["Recovery rate"] == "92.1 %"
        assert plant["East yard"] == {
            "Feed used": "20.00",
            "Plant balance": "20.00",
            "Percent of feed": "100.0 %",
        }
        assert self.terms(answer)["Feed used"][0] == "100.00"
        stock = self.rows(answer, "The stock by site")
        assert stock["North yard"]["Closing stock"] == "59.00"
        assert stock["East yard"]["Closing stock"] == "−20.00"

    def test_lead_to_the_page_of_each(self) -> None:
        self.work_as_in_the_example()

        answer = self.page(site="all")

        href = "?site=YARD-EAST&amp;from=2026-03-01&amp;to=2026-03-31"
        self.assertContains(answer, f'<a href="{href}">East yard</a>')

    def test_are_the_persons_own(self) -> None:
        self.work_as_in_the_example()

        answer = self.page(self.people.oscar, site="all")

        self.assertNotContains(answer, "North yard")
        self.assertNotContains(answer, "80.00")

    def test_cost_as_many_queries_whatever_there_is(self) -> None:
        self.work_as_in_the_example()
        client = Client()
        client.force_login(self.alice)
        address = "/dashboard/balance/?site=all&from=2026-03-01&to=2026-03-31"
        client.get(address)
        # Session, person, sites, exports, materials, the plant's records, the ledger's moves, its closings by
        # material and by site, what was received and dispatched by how its tons became known.
        with self.assertNumQueries(10):
            client.get(address)
        for number in range(3):
            site = make_site(code=f"YARD-{number}")
            make_member(site, user=self.alice)
            self.work_as_in_the_example(site)
        make_received(self.east, make_material(), by=self.alice, date=DAY, tons="1")

        with self.assertNumQueries(10):
            client.get(address)


class TestPage(BalanceCase):
    def test_of_another_site_does_not_exist(self) -> None:
        answer = self.page(self.people.oscar)

        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert b"YARD-NORTH" not in answer.content

    def test_is_open_to_a_viewer_and_in_the_menu(self) -> None:
        answer = self.page(self.people.victor)

        self.assertContains(answer, 'href="/dashboard/balance/?site=YARD-NORTH"')

    def test_says_next_to_the_field_what_is_no_date(self) -> None:
        self.assertContains(self.page(last="soon"), "Enter a date as year-month-day")

    def test_marks_the_period_that_is_chosen(self) -> None:
        answer = self.page(first="", last="")

        self.assertContains(answer, 'aria-current="true">30 days</a>')


class TestPresets(TestCase):
    def test_begin_and_end_where_months_do(self) -> None:
        periods = {str(preset.label): (preset.first, preset.last) for preset in balance_presets(DAY)}

        assert periods == {
            "This month": (dt.date(2026, 3, 1), DAY),
            "Last month": (dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
            "30 days": (dt.date(2026, 2, 1), DAY),
            "90 days": (dt.date(2025, 12, 3), DAY),
            "365 days": (dt.date(2025, 3, 3), DAY),
        }

"""The page of the stock: what it shows, for whom, and how low marks are set on it."""

import re
from decimal import Decimal
from http import HTTPStatus

from django.http import HttpResponse
from django.test import Client

from inventory.models import StockThreshold
from sites.models import Category, Role, User
from tests.factories import make_material, make_member, make_received, make_site, make_threshold
from tests.inventory.ledger_case import LedgerTestCase, day_of_march

STOCK = "/inventory/?site=YARD-NORTH&date=2026-03-09"


class StockPageTestCase(LedgerTestCase):
    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def page(self, address: str = STOCK, *, by: User | None = None) -> str:
        answer = self.as_(by or self.alice).get(address)
        assert answer.status_code == HTTPStatus.OK
        return answer.content.decode()

    def cells_of(self, page: str, material_id: int) -> dict[str, str]:
        """Return the cells of a material's line by their names, without their markup."""
        row = page.split(f'id="stock-{material_id}"')[1].split("</tr>", maxsplit=1)[0]
        cells = re.findall(r'data-label="([^"]*)">(.*?)</td>', row, re.DOTALL)
        return {label: re.sub(r"<[^>]+>", "", text).strip() for label, text in cells}


class TestStock(StockPageTestCase):
    def test_shows_each_column_of_the_day(self) -> None:
        self.receive(day=8, tons="100")
        self.receive(day=9, tons="20.5")
        self.feed(day=9, tons="30")
        self.count(day=9, tons="90")

        row = self.cells_of(self.page(), self.debris.pk)

        assert row["Opening"] == "100.00"
        assert row["Received"] == "20.50"
        assert row["Consumed"] == "30.00"
        assert row["Dispatched"] == ""
        assert row["Adjusted"] == "−0.50"
        assert row["Closing"] == "90.00"

    def test_says_that_a_material_was_counted_is_low_or_is_below_zero_in_words(self) -> None:
        self.feed(day=8, tons="5")
        quiet = self.page()
        self.count(day=9, tons="7")
        make_threshold(self.site, self.debris, low_ton="10")

        page = self.page()

        assert "1 material below zero" in quiet
        assert "Below zero" in quiet
        assert "Counted" not in quiet
        assert "1 material low" in page
        assert "Counted" in page
        assert "Below zero" not in page

    def test_adds_up_what_it_shows(self) -> None:
        self.receive(day=9, tons="10")
        self.receive(day=9, tons="2.25", material=self.aggregate)

        page = self.page()
        narrowed = self.page(f"{STOCK}&q=aggreg")

        assert '<strong class="nowrap">12.25 t</strong>' in page
        assert "2 materials" in page
        # The answer at the top stays that of the site.
        assert '<strong class="nowrap">12.25 t</strong>' in narrowed
        assert "1 material" in narrowed
        assert f'id="stock-{self.debris.pk}"' not in narrowed

    def test_filters_by_category_and_ignores_an_unknown_one(self) -> None:
        self.debris.category = Category.RAW_FEED
        self.debris.save()
        self.receive(day=9, tons="10")
        self.receive(day=9, tons="2.25", material=self.aggregate)

        page = self.page(f"{STOCK}&category=raw_feed")

        assert f'id="stock-{self.debris.pk}"' in page
        assert f'id="stock-{self.aggregate.pk}"' not in page
        assert f'id="stock-{self.aggregate.pk}"' in self.page(f"{STOCK}&category=nonsense")

    def test_keeps_site_and_filter_when_the_day_is_switched(self) -> None:
        page = self.page(f"{STOCK}&category=raw_feed&q=deb")

        assert 'href="?site=YARD-NORTH&amp;date=2026-03-08&amp;category=raw_feed&amp;q=deb"' in page
        assert '<input type="hidden" name="q" value="deb">' in page

    def test_of_all_sites_names_the_ones_that_are_low(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.alice)
        make_threshold(east, self.debris, low_ton="10")
        self.receive(day=8, tons="100")
        make_received(east, self.debris, by=self.alice, date=day_of_march(8), tons="4")

        page = self.page("/inventory/?site=all&date=2026-03-09")

        assert '<strong class="nowrap">104.00 t</strong>' in page
        assert "Low: YARD-EAST" in page

    def test_shows_nothing_of_another_site(self) -> None:
        self.receive(day=8, tons="100")
        oscar = make_member(make_site(code="QUARRY-1"))

        refused = self.as_(oscar).get(STOCK)

        assert refused.status_code == HTTPStatus.NOT_FOUND
        assert b"YARD-NORTH" not in refused.content
        assert "Nothing was ever in stock by this date." in self.page("/inventory/", by=oscar)

    def test_costs_as_many_queries_for_many_materials_and_sites(self) -> None:
        for number in range(5):
            self.receive(day=number + 1, tons="1", material=make_material())
        make_member(*(make_site() for _ in range(9)), user=self.alice)
        alice = self.as_(self.alice)

        for address in (STOCK, "/inventory/?site=all&date=2026-03-09"):
            alice.get(address)
            # Session, person, sites, exports, and four for the figures.
            with self.assertNumQueries(8):
                alice.get(address)

    def test_links_to_the_counts_and_is_in_the_menu(self) -> None:
        page = self.page()

        assert 'href="/inventory/counts/?site=YARD-NORTH"' in page
        assert re.search(r'href="/inventory/\?site=YARD-NORTH"[^>]*aria-current="page"', page)

    def test_is_linked_from_the_dashboards_card_of_the_same_day(self) -> None:
        card = self.page("/dashboard/cards/stock/?site=YARD-NORTH&date=2026-03-09")

        assert 'href="/inventory/?site=YARD-NORTH&amp;date=2026-03-09"' in card


class TestLowMark(StockPageTestCase):
    def setUp(self) -> None:
        self.mona = make_member(self.site, role=Role.MANAGER, name="Mona")
        self.receive(day=8, tons="100")
        self.address = f"/inventory/thresholds/{self.debris.pk}/?site=YARD-NORTH&date=2026-03-09"
        self.fragment = {"HX-Request": "true", "HX-Target": f"stock-{self.debris.pk}"}

    def low_ton(self) -> Decimal | None:
        return StockThreshold.objects.values_list("low_ton", flat=True).first()

    def send(self, low_ton: str, *, by: User | None = None) -> HttpResponse:
        return self.as_(by or self.mona).post(  # type: ignore[return-value]  # the test client's own type
            self.address, {"low_ton": low_ton}, headers=self.fragment
        )

    def test_is_offered_to_managers_alone(self) -> None:
        assert self.address.split("?")[0] in self.page(by=self.mona)
        assert self.address.split("?")[0] not in self.page()

    def test_is_set_in_the_line_which_then_says_that_it_is_low(self) -> None:
        editor = self.as_(self.mona).get(self.address, headers=self.fragment)

        answer = self.send("120")

        self.assertContains(editor, 'name="low_ton"')
        self.assertNotContains(editor, "<html")
        self.assertContains(answer, f'id="stock-{self.debris.pk}"')
        self.assertContains(answer, "120.00")
        self.assertContains(answer, "1 material low")
        assert self.low_ton() == Decimal(120)

    def test_is_set_on_a_page_of_its_own_where_there_are_no_scripts(self) -> None:
        mona = self.as_(self.mona)

        page = mona.get(self.address)
        answer = mona.post(self.address, {"low_ton": "120"})

        self.assertContains(page, "<h1>Low mark of Debris</h1>")
        assert answer["Location"] == "/inventory/?site=YARD-NORTH&date=2026-03-09"
        assert self.low_ton() == Decimal(120)

    def test_is_taken_away_by_an_empty_field(self) -> None:
        self.send("120")

        answer = self.send("")

        self.assertNotContains(answer, "1 material low")
        assert self.low_ton() is None

    def test_is_refused_next_to_its_field(self) -> None:
        answer = self.send("-3")

        self.assertContains(answer, "more than 0", status_code=422)
        self.assertContains(answer, f'id="stock-{self.debris.pk}"', status_code=422)
        assert self.low_ton() is None

    def test_is_left_as_it_was_by_cancelling(self) -> None:
        self.send("120")

        answer = self.as_(self.mona).get(f"{self.address}&cancel=1", headers=self.fragment)

        self.assertContains(answer, "120.00")
        self.assertNotContains(answer, 'name="low_ton"')

    def test_is_not_for_operators_nor_for_all_sites_nor_for_others(self) -> None:
        oscar = make_member(make_site(code="QUARRY-1"), role=Role.MANAGER)

        assert self.send("7", by=self.alice).status_code == HTTPStatus.FORBIDDEN
        assert self.send("7", by=oscar).status_code == HTTPStatus.NOT_FOUND
        everywhere = f"/inventory/thresholds/{self.debris.pk}/?site=all"
        assert self.as_(self.mona).post(everywhere, {"low_ton": "7"}).status_code == HTTPStatus.NOT_FOUND
        unknown = "/inventory/thresholds/999999/?site=YARD-NORTH"
        assert self.as_(self.mona).get(unknown).status_code == HTTPStatus.NOT_FOUND
        assert self.low_ton() is None

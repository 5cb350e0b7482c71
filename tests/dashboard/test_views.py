"""The dashboard and its parts, as each person gets them."""

from threading import Event
from typing import TYPE_CHECKING
from unittest import mock, skipUnless

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from dashboard import page as dashboard_page
from received.module import RECEIVED
from records import operations
from records.choices import Source
from sites.models import Material, Purpose, StockEffect, User
from tests.dashboard.case import FRAGMENT, NOON, ONE_DAY, TODAY, DashboardCase
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_people,
    make_production,
    make_received,
    make_site,
    make_user,
)
from tests.inventory.threads import PATIENCE_SECONDS, ThreadsTestCase, all_at_once

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NAMES = ("production", "received", "dispatched", "stock", "machine-hours", "headcount")


class TestPage(DashboardCase):
    def test_is_for_signed_in_people(self) -> None:
        response = self.client.get(reverse("dashboard:page"))

        self.assertRedirects(
            response, f"{reverse('account_login')}?next=/dashboard/", fetch_redirect_response=False
        )

    def test_shows_six_cards_to_everybody_of_the_site(self) -> None:
        for person in (self.people.victor, self.people.alice, self.people.mona, self.people.ada):
            response = self.page(person)

            for name in NAMES:
                self.assertContains(response, f'id="card-{name}"')

    def test_of_another_site_is_not_found(self) -> None:
        response = self.page(self.people.oscar)

        assert response.status_code == 404
        assert b"YARD-NORTH" not in response.content

    def test_explains_what_to_do_to_a_person_without_a_site(self) -> None:
        self.client.force_login(make_user())

        response = self.client.get(reverse("dashboard:page"))

        self.assertContains(response, "You have no site yet")
        self.assertNotContains(response, "card-production")

    def test_shows_figure_unit_and_change_since_the_last_working_day(self) -> None:
        # The day before is a Sunday.
        self.receive("1000", date=TODAY - 2 * ONE_DAY)
        self.receive("1234.5")

        response = self.page()

        self.assertContains(response, '1,234.50 <span class="figure-card__unit">t</span>')
        self.assertContains(response, "23\N{NO-BREAK SPACE}% more")
        self.assertContains(response, "than on the whole of Saturday 28 Feb")
        self.assertContains(response, "today so far", count=1)

    def test_of_a_day_that_is_over_compares_whole_days(self) -> None:
        self.receive("5", date=TODAY - 2 * ONE_DAY)

        response = self.page(date=(TODAY - 2 * ONE_DAY).isoformat())

        self.assertContains(response, "than the day before")
        self.assertNotContains(response, "so far")

    def test_shows_fourteen_days_as_a_line_and_a_table(self) -> None:
        self.receive("7", date=TODAY - 13 * ONE_DAY)
        self.receive("9", date=TODAY - 14 * ONE_DAY)

        response = self.page()

        self.assertContains(response, "Tue 17 Feb</th>", count=6)
        self.assertNotContains(response, "Mon 16 Feb</th>")
        self.assertContains(response, '<svg xmlns="http://www.w3.org/2000/svg" class="sparkline"', count=6)

    def test_links_each_figure_to_its_records(self) -> None:
        self.produce("5")

        response = self.page()

        of_the_day = f"site=YARD-NORTH&amp;from={TODAY}&amp;to={TODAY}"
        self.assertContains(response, f'href="/production/?{of_the_day}&amp;counts_as=output"')
        self.assertContains(response, f'href="/received/?{of_the_day}"')

    def test_links_to_lists_whose_totals_are_the_figures(self) -> None:
        self.produce("5")
        feeding = make_operation(purpose=Purpose.FEED, stock_effect=StockEffect.NONE)
        make_production(self.site, self.debris, feeding, by=self.people.alice, date=TODAY, tons="100")

        response = self.page()
        (card,) = (card for card in response.context["page"].cards if card.definition.name == "production")
        listed = self.client.get(f"{card.href}&totals=1")

        assert str(card.value) == "5.000"
        self.assertContains(listed, "1 record")
        self.assertNotContains(listed, "100.00")

    def test_links_to_the_day_before_the_day_after_and_today(self) -> None:
        response = self.page(date=(TODAY - ONE_DAY).isoformat())

        self.assertContains(response, f'href="?site=YARD-NORTH&amp;date={TODAY - 2 * ONE_DAY}"')
        self.assertContains(response, f'href="?site=YARD-NORTH&amp;date={TODAY}"')
        self.assertContains(response, 'href="?site=YARD-NORTH">Today')

    def test_does_not_link_beyond_today(self) -> None:
        response = self.page()

        self.assertNotContains(response, str(TODAY + ONE_DAY))

    def test_of_all_sites_adds_those_of_the_person_alone(self) -> None:
        east = make_site(code="YARD-EAST")
        make_member(east, user=self.people.alice)
        self.receive("100")
        make_received(east, self.debris, by=self.people.alice, date=TODAY, tons="11")
        quarry = self.people.other_site
        make_received(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="1000")

        response = self.page(site="all", charts="drawn")

        self.assertContains(response, '111.00 <span class="figure-card__unit">t</span>')
        self.assertContains(response, "YARD-EAST</td>")
        self.assertNotContains(response, "QUARRY-1")

    def test_that_is_empty_says_what_to_do_next(self) -> None:
        for person in (self.people.alice, self.people.mona):
            self.assertContains(self.page(person), 'href="/received/new/?site=YARD-NORTH"')
        self.assertNotContains(self.page(self.people.victor), "/received/new/")
        self.assertContains(self.page(self.people.victor), "New entries appear here.")
        self.assertContains(self.page(charts="drawn"), "Nothing has been entered yet.")

    def test_fetches_the_latest_entries_when_they_are_scrolled_to(self) -> None:
        self.receive("5")

        response = self.page()

        self.assertContains(response, f'hx-get="{reverse("dashboard:latest")}?site=YARD-NORTH&amp;')
        self.assertContains(response, 'href="?site=YARD-NORTH&amp;charts=drawn#latest"')
        self.assertNotContains(response, "/received/1/history/")

    def test_takes_ten_queries_next_to_those_of_every_page(self) -> None:
        self.make_busy(sites=1, materials=2, days=2)
        self.page()

        with self.assertNumQueries(4 + 10):
            self.client.get(reverse("dashboard:page"), {"site": "YARD-NORTH"})

    def test_takes_as_many_for_many_sites_and_materials(self) -> None:
        self.make_busy(sites=12, materials=10, days=3)
        self.page(site="all")

        with self.assertNumQueries(4 + 10):
            self.client.get(reverse("dashboard:page"), {"site": "all"})

    def make_busy(self, *, sites: int, materials: int, days: int) -> None:
        alice = self.people.alice
        places = [self.site, *(make_site() for _ in range(sites - 1))]
        make_member(*places[1:], user=alice)
        for material in [make_material() for _ in range(materials)]:
            for day in range(days):
                date = TODAY - day * ONE_DAY
                for site in places[:3]:
                    make_production(site, material, self.making, by=alice, date=date, tons="1")


class TestCard(DashboardCase):
    def card(self, name: str, *, etag: str = "", person: User | None = None, **query: str) -> "Response":
        return self.part("dashboard:card", name, etag=etag, person=person, **query)

    def test_is_the_card_alone_as_the_page_shows_it(self) -> None:
        self.receive("12.5")

        whole = self.page().content.decode()
        for name in NAMES:
            response = self.card(name, follows="1")

            alone = response.content.decode().strip()
            assert alone.startswith(f'<article id="card-{name}"')
            assert alone in whole

    def test_of_an_unknown_name_is_not_found(self) -> None:
        assert self.card("profit").status_code == 404

    def test_of_another_site_is_not_found(self) -> None:
        assert self.card("stock", site="QUARRY-1").status_code == 404

    def test_is_read_and_never_written(self) -> None:
        self.client.force_login(self.people.alice)

        assert self.client.post(reverse("dashboard:card", args=["stock"])).status_code == 405

    def test_is_not_sent_again_while_nothing_changed(self) -> None:
        etag = self.card("received")["ETag"]

        response = self.card("received", etag=etag)

        assert response.status_code == 304
        assert response.content == b""

    def test_is_known_by_the_tag_that_the_page_gave_it(self) -> None:
        etag = self.page().context["page"].etag

        assert self.card("stock", etag=etag, follows="1").status_code == 304

    def test_reads_no_figure_while_nothing_changed(self) -> None:
        etag = self.card("stock")["ETag"]

        # Session, person, sites, and what is newest of the materials; signing in takes the rest.
        with mock.patch("dashboard.cards.current_stock") as shown:
            self.card("stock", etag=etag)

        shown.assert_not_called()

    def test_takes_one_query_to_say_that_nothing_changed(self) -> None:
        etag = self.card("stock")["ETag"]
        shown = {"site": "YARD-NORTH", "date": TODAY.isoformat()}

        with self.assertNumQueries(3 + 1):
            response = self.client.get(
                reverse("dashboard:card", args=["stock"]), shown, headers={**FRAGMENT, "If-None-Match": etag}
            )

        assert response.status_code == 304

    def test_is_sent_again_after_every_kind_of_change(self) -> None:
        etags = {self.card("received")["ETag"]}
        pk = self.receive("5")
        etags.add(self.card("received")["ETag"])
        operations.update(
            module=RECEIVED,
            record_id=pk,
            values={"qty_ton": "6"},
            by=self.people.alice,
            source=Source.PAGE,
        )
        etags.add(self.card("received")["ETag"])
        operations.delete(module=RECEIVED, record_id=pk, by=self.people.alice, source=Source.PAGE)
        etags.add(self.card("received")["ETag"])

        assert len(etags) == 4

    def test_is_sent_again_after_a_change_that_was_numbered_first_and_kept_last(self) -> None:
        etag = self.card("received")["ETag"]
        line = Material.history.latest("history_id")
        line.pk = -1
        line.save(force_insert=True)

        assert self.card("received", etag=etag).status_code == 200

    def test_is_sent_again_by_another_release(self) -> None:
        etag = self.card("received")["ETag"]

        with mock.patch.object(dashboard_page, "_code", return_value="another"):
            assert self.card("received", etag=etag).status_code == 200

    def test_is_sent_again_once_a_material_is_a_product_no_longer(self) -> None:
        self.produce("5")
        before = self.card("production")
        self.g1.is_final = False
        self.g1.save()

        after = self.card("production", etag=before["ETag"])

        self.assertContains(before, "5.00 <span")
        self.assertContains(after, "0.00 <span")

    def test_is_not_sent_again_for_a_change_elsewhere(self) -> None:
        etag = self.card("received")["ETag"]
        quarry = self.people.other_site
        make_received(quarry, self.debris, by=self.people.oscar, date=TODAY, tons="1000")

        assert self.card("received", etag=etag).status_code == 304

    def test_is_sent_again_when_the_day_is_over(self) -> None:
        running = self.card("received")

        with mock.patch.object(timezone, "now", return_value=NOON + ONE_DAY):
            over = self.card("received", etag=running["ETag"])

        self.assertContains(running, "as on the whole of Saturday 28 Feb")
        self.assertContains(over, "as on Saturday 28 Feb")

    def test_reloads_the_page_when_another_day_has_begun(self) -> None:
        etag = self.card("received", follows="1")["ETag"]

        with mock.patch.object(timezone, "now", return_value=NOON + ONE_DAY):
            response = self.card("received", etag=etag, follows="1")

        assert response["HX-Refresh"] == "true"
        assert response.content == b""

    def test_belongs_to_one_person_and_is_requested_for_each_time(self) -> None:
        response = self.card("stock")

        assert response["Cache-Control"] == "private, no-store"
        assert "Cookie" in response["Vary"]


class TestLatest(DashboardCase):
    def test_is_the_table_alone(self) -> None:
        pk = self.receive("12.5")
        self.client.force_login(self.people.victor)

        response = self.client.get(reverse("dashboard:latest"), {"site": "YARD-NORTH"}, headers=FRAGMENT)

        assert response.content.decode().strip().startswith('<section id="latest"')
        self.assertContains(response, f'href="/received/{pk}/history/"')
        self.assertContains(response, "Alice")

    def test_is_not_sent_again_while_nothing_changed(self) -> None:
        self.client.force_login(self.people.victor)
        address = reverse("dashboard:latest")
        etag = self.client.get(address, {"site": "YARD-NORTH"})["ETag"]

        response = self.client.get(address, {"site": "YARD-NORTH"}, headers={"If-None-Match": etag})

        assert response.status_code == 304

    def test_of_another_site_is_not_found(self) -> None:
        self.client.force_login(self.people.oscar)

        response = self.client.get(reverse("dashboard:latest"), {"site": "YARD-NORTH"})

        assert response.status_code == 404


@skipUnless(connection.vendor == "postgresql", "SQLite has one writer at a time")
class TestCardAtOnce(ThreadsTestCase):
    def test_is_sent_again_after_a_change_that_was_numbered_first_and_committed_last(self) -> None:
        people, gravel, sand = make_people(), make_material(), make_material()
        self.client.force_login(people.alice)
        address = f"{reverse('dashboard:card', args=['stock'])}?site={people.site.code}"
        saved, read = Event(), Event()

        def save_and_commit_late() -> None:
            with transaction.atomic():
                gravel.name = "Gravel, washed"
                gravel.save()
                saved.set()
                assert read.wait(PATIENCE_SECONDS)

        def save_and_read() -> str:
            assert saved.wait(PATIENCE_SECONDS)
            sand.name = "Sand, washed"
            sand.save()
            etag = self.client.get(address, headers=FRAGMENT)["ETag"]
            read.set()
            return etag

        etag = all_at_once(save_and_read, save_and_commit_late)[0]

        numbers = Material.history.filter(history_type="~").values_list("name", "history_id")
        assert dict(numbers)["Gravel, washed"] < dict(numbers)["Sand, washed"]
        assert self.client.get(address, headers=FRAGMENT)["ETag"] != etag

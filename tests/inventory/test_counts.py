"""A count and the book stock: what the form shows before it is saved, and what needs a reason."""

from decimal import Decimal
from http import HTTPStatus

import pytest
from django.test import Client

from inventory.models import StockCount
from inventory.module import STOCK_COUNTS
from records import operations
from records.choices import Source
from records.errors import InputRefused
from sites.models import User
from tests.factories import make_member, make_site
from tests.inventory.ledger_case import LedgerTestCase, day_of_march


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


class CountsTestCase(LedgerTestCase):
    def typed(self, *, day: int, tons: str, notes: str = "") -> dict[str, object]:
        return {"date": day_of_march(day), "material": self.debris.pk, "counted_ton": tons, "notes": notes}

    def enter(self, *, day: int, tons: str, notes: str = "") -> StockCount:
        values = self.typed(day=day, tons=tons, notes=notes)
        return operations.create(
            module=STOCK_COUNTS, values=values, site=self.site, by=self.alice, source=Source.PAGE
        ).record

    def correct(self, count: StockCount, **values: object) -> StockCount:
        return operations.update(
            module=STOCK_COUNTS, record_id=count.pk, values=values, by=self.alice, source=Source.API
        ).record


class TestReason(CountsTestCase):
    def reason_requested(self, *, day: int, tons: str) -> str:
        with pytest.raises(InputRefused) as refused:
            self.enter(day=day, tons=tons)
        assert set(refused.value.form.errors) == {"notes"}
        return str(refused.value.form.errors["notes"][0])

    def test_is_requested_for_beyond_the_tolerance_with_the_figures(self) -> None:
        self.receive(day=1, tons="20")

        sentence = self.reason_requested(day=2, tons="18.9")

        assert sentence == (
            "Counted 18.90 t, book stock 20.00 t: the difference of 5.5\xa0% is more than the 5\xa0% that"
            " this site tolerates. Explain it in the notes."
        )

    def test_is_not_needed_at_the_tolerance_and_below(self) -> None:
        self.receive(day=1, tons="20")

        self.enter(day=2, tons="19")
        self.enter(day=3, tons="19.95")

    def test_makes_any_count_acceptable(self) -> None:
        self.receive(day=1, tons="20")

        self.enter(day=2, tons="1", notes="Washed away by the flood")

        assert self.closings() == {1: "20.000", 2: "1.000"}

    def test_is_shown_beyond_a_tolerance_that_the_difference_hardly_passes(self) -> None:
        self.receive(day=1, tons="1000")

        assert "5.1\xa0% is more than the 5\xa0%" in self.reason_requested(day=1, tons="949.99")

    def test_is_requested_for_where_the_books_have_nothing(self) -> None:
        assert "the book stock is 0" in self.reason_requested(day=1, tons="7")

    def test_is_not_requested_for_nothing_where_nothing_is(self) -> None:
        self.enter(day=1, tons="0")

    def test_follows_what_the_site_tolerates(self) -> None:
        self.receive(day=1, tons="20")
        self.site.count_tolerance_percent = Decimal("0.25")
        self.site.save()

        assert "more than the 0.25\xa0% that this site tolerates" in self.reason_requested(day=1, tons="19.9")

    def test_compares_with_the_end_of_the_day_and_not_with_what_came_later(self) -> None:
        self.receive(day=2, tons="20")
        self.feed(day=2, tons="10")
        self.receive(day=3, tons="500")

        self.enter(day=2, tons="10")

    def test_compares_a_corrected_count_with_the_books_and_not_with_itself(self) -> None:
        self.receive(day=1, tons="100")
        counted = self.enter(day=2, tons="60", notes="Landslide")

        with pytest.raises(InputRefused):
            self.correct(counted, counted_ton="61", notes="")

        self.correct(counted, counted_ton="99", notes="")

    def test_compares_a_count_moved_to_a_later_day_as_if_it_had_never_stood_earlier(self) -> None:
        self.receive(day=1, tons="100")
        counted = self.enter(day=2, tons="60", notes="Landslide")

        self.correct(counted, date=day_of_march(4), counted_ton="99", notes="")

        assert self.closings() == {1: "100.000", 4: "99.000"}

    def test_lets_a_count_in_between_stand_when_another_moves_past_it(self) -> None:
        self.receive(day=1, tons="100")
        moved = self.enter(day=2, tons="60", notes="Landslide")
        self.enter(day=3, tons="80", notes="Cleared")

        self.correct(moved, date=day_of_march(5), counted_ton="79", notes="")

        assert self.closings() == {1: "100.000", 3: "80.000", 5: "79.000"}


class TestComparison(CountsTestCase):
    address = "/inventory/counts/book/?site=YARD-NORTH"

    def shown(self, **typed: str | int) -> str:
        answer = signed_in(self.alice).get(self.address, typed)
        assert answer.status_code == HTTPStatus.OK
        page = answer.content.decode()
        assert "<html" not in page
        return " ".join(page.split())

    def test_requires_a_material_first(self) -> None:
        assert "Choose a date and a material" in self.shown(date="2026-03-02", counted_ton="5")

    def test_shows_what_the_books_are_made_of_before_anything_is_counted(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=2, tons="20")
        self.feed(day=2, tons="30.5")

        page = self.shown(date="2026-03-02", material=self.debris.pk, counted_ton="")

        assert "<strong>89.50 t</strong>" in page
        assert "= 100.00 opening + 20.00 in − 30.50 out" in page
        assert "Difference" not in page

    def test_shows_the_difference_in_tons_and_percent(self) -> None:
        self.receive(day=1, tons="100")

        page = self.shown(date="2026-03-02", material=self.debris.pk, counted_ton="98")

        assert "<strong>−2.00 t</strong>" in page
        assert "(2 %)" in page
        assert "say why" not in page

    def test_says_when_it_needs_a_reason(self) -> None:
        self.receive(day=1, tons="100")

        page = self.shown(date="2026-03-02", material=self.debris.pk, counted_ton="110")

        assert "<strong>+10.00 t</strong>" in page
        assert "Over 5 %: explain it in the notes" in page

    def test_leaves_out_a_count_of_that_day(self) -> None:
        self.receive(day=1, tons="100")
        count = self.count(day=2, tons="60")

        page = self.shown(record=count.pk, date="2026-03-05", material=self.debris.pk, counted_ton="99")

        assert "<strong>100.00 t</strong>" in page

    def test_is_of_the_persons_own_sites_alone(self) -> None:
        oscar = make_member(make_site(code="QUARRY-1"))
        count = self.count(day=2, tons="60")

        for address, record in ((self.address, ""), ("/inventory/counts/book/?site=QUARRY-1", count.pk)):
            answer = signed_in(oscar).get(f"{address}&record={record}" if record else address)

            assert answer.status_code == HTTPStatus.NOT_FOUND
            assert b"YARD-NORTH" not in answer.content

    def test_is_of_one_site_and_of_a_count_that_is_there(self) -> None:
        alice = signed_in(self.alice)

        for address in ("/inventory/counts/book/?site=all", f"{self.address}&record={'9' * 30}"):
            assert alice.get(address).status_code == HTTPStatus.NOT_FOUND

    def test_comes_with_the_answer_of_the_form_where_there_are_no_scripts(self) -> None:
        self.receive(day=1, tons="100")

        answer = signed_in(self.alice).post(
            "/inventory/counts/new/?site=YARD-NORTH", self.typed(day=2, tons="80")
        )

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        self.assertContains(answer, "<strong>−20.00 t</strong>", status_code=422)
        self.assertContains(answer, "difference of 20\xa0%", status_code=422)

    def test_is_seen_before_a_count_is_saved_without_scripts(self) -> None:
        self.receive(day=1, tons="100")
        alice, address = signed_in(self.alice), "/inventory/counts/new/?site=YARD-NORTH"
        typed = self.typed(day=2, tons="98")

        first = alice.post(address, typed)
        self.receive(day=1, tons="0.5")
        outdated = alice.post(address, typed | {"seen": "100.000 98.000"})
        counted_before = StockCount.objects.count()
        saved = alice.post(address, typed | {"seen": "100.500 98.000"})

        self.assertContains(first, "Nothing has been saved yet.")
        self.assertContains(first, "<strong>−2.00 t</strong>")
        self.assertContains(first, '<input type="hidden" name="seen" value="100.000 98.000">')
        self.assertContains(outdated, "<strong>−2.50 t</strong>")
        assert counted_before == 0
        assert saved.status_code == HTTPStatus.FOUND
        assert StockCount.objects.count() == 1

    def test_is_shown_under_a_count_that_is_edited(self) -> None:
        self.receive(day=1, tons="100")
        count = self.count(day=2, tons="60")

        answer = signed_in(self.alice).get(f"/inventory/counts/{count.pk}/edit/?site=YARD-NORTH")

        self.assertContains(answer, "<strong>−40.00 t</strong>")
        self.assertContains(answer, f"record={count.pk}")


class TestList(CountsTestCase):
    def test_shows_book_and_difference_of_each_count(self) -> None:
        self.receive(day=1, tons="100")
        self.count(day=2, tons="60")

        page = signed_in(self.alice).get("/inventory/counts/?site=YARD-NORTH&from=2026-03-01&to=2026-03-31")

        self.assertContains(page, '<td class="num" data-label="Book stock">100.00</td')
        self.assertContains(page, '<td class="num" data-label="Difference">−40.00</td')

    def test_follows_the_books_when_an_earlier_day_is_corrected(self) -> None:
        self.count(day=2, tons="60")
        self.receive(day=1, tons="55")

        page = signed_in(self.alice).get("/inventory/counts/?site=YARD-NORTH&from=2026-03-01&to=2026-03-31")

        self.assertContains(page, '<td class="num" data-label="Difference">5.00</td')

    def test_shows_what_deleting_a_count_does_to_stock(self) -> None:
        self.receive(day=1, tons="100")
        count = self.count(day=2, tons="60")
        self.count(day=9, tons="40")

        page = signed_in(self.alice).get(f"/inventory/counts/{count.pk}/delete/?site=YARD-NORTH")

        self.assertContains(page, "the book stock: 100.00 t instead of 60.00 t.")
        self.assertContains(page, "up to the count of 9 Mar 2026")

"""The ledger equals the records, at once, whatever their date and whatever happened to them."""

from decimal import Decimal

import pytest

from inventory.module import STOCK_COUNTS
from production.models import Production
from production.module import PRODUCTION
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.errors import ConfirmationNeeded, NegativeStock
from records.models import Batch
from records.operations.bulk import create_many
from tests.factories import make_member, make_site
from tests.inventory.ledger_case import LedgerTestCase, day_of_march


class TestBackdatedEntry(LedgerTestCase):
    def test_moves_every_later_closing(self) -> None:
        self.receive(day=1, tons="100")
        self.receive(day=3, tons="50")

        self.receive(day=2, tons="7.5")

        assert self.closings() == {1: "100.000", 2: "107.500", 3: "157.500"}

    def test_before_everything_else_opens_with_nothing(self) -> None:
        self.receive(day=5, tons="1")

        self.receive(day=2, tons="2")

        assert self.closings() == {2: "2.000", 5: "3.000"}

    def test_stops_at_the_next_count(self) -> None:
        self.receive(day=1, tons="100")
        self.count(day=3, tons="90")
        self.receive(day=5, tons="10")

        self.receive(day=2, tons="5")

        assert self.closings() == {1: "100.000", 2: "105.000", 3: "90.000", 5: "100.000"}
        assert self.row(day=3).adjustment_ton == Decimal(-15)


class TestExactSums(LedgerTestCase):
    def test_a_thousand_tenths_are_a_hundred(self) -> None:
        for _ in range(100):
            self.receive(day=1, tons="0.1")

        assert self.closings() == {1: "10.000"}


class TestCount(LedgerTestCase):
    def test_makes_the_closing_equal_to_what_was_measured(self) -> None:
        self.receive(day=1, tons="100")

        self.count(day=1, tons="97.25")

        row = self.row(day=1)
        assert (row.closing_ton, row.adjustment_ton) == (Decimal("97.250"), Decimal("-2.750"))

    def test_keeps_its_closing_when_its_own_day_changes(self) -> None:
        self.count(day=2, tons="40")

        self.receive(day=2, tons="3")

        row = self.row(day=2)
        assert (row.closing_ton, row.adjustment_ton) == (Decimal(40), Decimal(37))

    def test_taken_back_lets_the_flow_through_again(self) -> None:
        self.receive(day=1, tons="100")
        counted = self.count(day=2, tons="90")
        self.receive(day=3, tons="1")

        self.take_back(STOCK_COUNTS, counted.pk)

        assert self.closings() == {1: "100.000", 3: "101.000"}


class TestLowCount(LedgerTestCase):
    def test_is_shown_when_it_brings_a_later_day_below_zero(self) -> None:
        self.receive(day=1, tons="100")
        self.feed(day=5, tons="50")

        counted = self.count(day=3, tons="5")

        assert counted.confirmed_warnings == [
            "Not enough Debris: stock falls to 45.00 t below zero on 5 Mar 2026."
        ]

    def test_is_refused_where_the_site_says_so(self) -> None:
        self.receive(day=1, tons="100")
        self.feed(day=5, tons="50")
        self.site.refuses_negative_stock = True
        self.site.save()

        with pytest.raises(NegativeStock):
            self.count(day=3, tons="5")

        assert self.closings() == {1: "100.000", 5: "50.000"}

    def test_taken_back_says_nothing_when_stock_only_rises(self) -> None:
        self.receive(day=1, tons="100")
        self.feed(day=5, tons="50")
        counted = self.count(day=3, tons="5")
        self.site.refuses_negative_stock = True
        self.site.save()

        self.take_back(STOCK_COUNTS, counted.pk)

        assert self.closings() == {1: "100.000", 5: "50.000"}


class TestManyMovements(LedgerTestCase):
    def test_are_refused_for_a_shortfall_behind_a_count(self) -> None:
        self.receive(day=1, tons="100")
        self.count(day=3, tons="10")
        self.site.refuses_negative_stock = True
        self.site.save()
        batch = Batch.objects.create(module="production", source=Source.IMPORT, created_by=self.alice)
        fed = [
            Production(
                site=self.site,
                date=day_of_march(day),
                material=self.debris,
                operation=self.feeding,
                qty_ton=Decimal(tons),
            )
            for day, tons in ((2, 1), (5, 50), (6, 1), (7, 1), (8, 1))
        ]

        with pytest.raises(NegativeStock, match=r"40\.00 t below zero on 5 Mar 2026"):
            create_many(module=PRODUCTION, records=fed, batch=batch, by=self.alice, source=Source.IMPORT)

        assert not Production.objects.exists()


class TestDeletedRecord(LedgerTestCase):
    def test_takes_its_row_with_it_when_nothing_else_moved(self) -> None:
        self.receive(day=1, tons="100")
        second = self.receive(day=2, tons="5")
        self.receive(day=3, tons="1")

        self.take_back(RECEIVED, second.pk)

        assert self.closings() == {1: "100.000", 3: "101.000"}


class TestMovedRecord(LedgerTestCase):
    def test_leaves_one_line_and_enters_another(self) -> None:
        record = self.receive(day=1, tons="100")

        operations.update(
            module=RECEIVED,
            record_id=record.pk,
            values={"material": self.aggregate.pk, "qty_ton": "60"},
            by=self.alice,
            source=Source.PAGE,
        )

        assert self.closings(self.debris) == {}
        assert self.closings(self.aggregate) == {1: "60.000"}

    def test_leaves_one_site_and_enters_another(self) -> None:
        record = self.receive(day=1, tons="100")
        other = make_site(code="YARD-EAST")
        make_member(other, user=self.alice)

        moved = operations.update(
            module=RECEIVED, record_id=record.pk, values={}, site=other, by=self.alice, source=Source.PAGE
        ).record

        assert moved.site == other
        assert self.closings() == {}


class TestNegativeStock(LedgerTestCase):
    def test_is_requested_about_once_and_kept_on_the_record(self) -> None:
        self.receive(day=1, tons="10")

        with pytest.raises(ConfirmationNeeded) as response:
            self.feed(day=1, tons="13", confirmed=False)
        self.feed(day=1, tons="13")

        assert response.value.warnings == (
            "Not enough Debris: stock falls to 3.00 t below zero on 1 Mar 2026.",
        )
        assert Production.objects.get().confirmed_warnings == list(response.value.warnings)

    def test_on_a_later_date_is_seen_too(self) -> None:
        self.receive(day=1, tons="10")
        self.feed(day=5, tons="9")

        with pytest.raises(ConfirmationNeeded, match="check the warnings") as response:
            self.feed(day=2, tons="2", confirmed=False)

        assert response.value.warnings == (
            "Not enough Debris: stock falls to 1.00 t below zero on 5 Mar 2026.",
        )
        assert Production.objects.count() == 1

    def test_is_refused_where_the_site_says_so(self) -> None:
        self.site.refuses_negative_stock = True
        self.site.save()

        with pytest.raises(NegativeStock, match="This site refuses stock below zero"):
            self.feed(day=1, tons="1")

        assert self.closings() == {}

"""What was entered last."""

import datetime as dt
from decimal import Decimal

from django.test import TestCase
from django.utils import timezone

from dashboard.page import latest_entries
from production.module import PRODUCTION
from received.module import RECEIVED
from records import operations
from records.choices import Source
from records.registry import modules
from tests.factories import (
    make_material,
    make_member,
    make_operation,
    make_production,
    make_received,
    make_site,
    make_stock_count,
)

DAY = dt.date(2026, 3, 2)


class TestLatestEntries(TestCase):
    def setUp(self) -> None:
        self.site = make_site(code="YARD-NORTH", timezone="Asia/Dubai")
        self.alice = make_member(self.site, name="Alice")
        self.debris = make_material(code="DEBRIS", name="Debris")
        self.making = make_operation(name="Making")

    def receive(self, tons: str, date: dt.date = DAY) -> int:
        return make_received(self.site, self.debris, by=self.alice, date=date, tons=tons).pk

    def test_are_of_every_module_newest_first_whatever_the_date(self) -> None:
        self.receive("1")
        make_production(self.site, self.debris, self.making, by=self.alice, date=DAY, tons="2")
        self.receive("3", DAY - dt.timedelta(days=30))

        entries = latest_entries([self.site])

        assert [(entry.module, entry.amount) for entry in entries] == [
            (RECEIVED, Decimal("3.000")),
            (PRODUCTION, Decimal("2.000")),
            (RECEIVED, Decimal("1.000")),
        ]

    def test_say_what_who_and_when_by_the_clock_of_the_site(self) -> None:
        pk = make_production(self.site, self.debris, self.making, by=self.alice, date=DAY, tons="2.345").pk

        (entry,) = latest_entries([self.site])

        assert entry.names == ("Debris", "Making")
        assert (entry.figure, str(entry.unit)) == ("2.35", "t")
        assert entry.by == "Alice"
        assert entry.at.utcoffset() == dt.timedelta(hours=4)
        assert abs(entry.at - timezone.now()) < dt.timedelta(minutes=5)
        assert entry.href == f"/production/{pk}/history/"

    def test_show_of_a_count_what_was_counted(self) -> None:
        make_stock_count(self.site, self.debris, by=self.alice, date=DAY, tons="19.5")

        (entry,) = latest_entries([self.site])

        assert (entry.figure, str(entry.unit)) == ("19.50", "t")

    def test_name_a_person_without_a_name_by_their_address(self) -> None:
        nameless = make_member(self.site)
        make_received(self.site, self.debris, by=nameless, date=DAY, tons="1")

        (entry,) = latest_entries([self.site])

        assert entry.by == nameless.email

    def test_bring_a_changed_record_to_the_top_and_say_so(self) -> None:
        first = self.receive("1")
        self.receive("2")
        operations.update(
            module=RECEIVED, record_id=first, values={"qty_ton": "5"}, by=self.alice, source=Source.PAGE
        )

        entries = latest_entries([self.site])

        assert [(entry.amount, entry.is_changed) for entry in entries] == [
            (Decimal("5.000"), True),
            (Decimal("2.000"), False),
        ]

    def test_are_there_still_when_many_newer_ones_were_deleted(self) -> None:
        self.receive("1")
        for _ in range(12):
            gone = self.receive("2")
            operations.delete(module=RECEIVED, record_id=gone, by=self.alice, source=Source.PAGE)

        entries = latest_entries([self.site], count=3)

        assert [entry.amount for entry in entries] == [Decimal("1.000")]

    def test_are_no_more_than_requested_for(self) -> None:
        for number in range(1, 6):
            self.receive(str(number))

        entries = latest_entries([self.site], count=3)

        assert [entry.amount for entry in entries] == [5, 4, 3]

    def test_are_of_the_sites_requested_for(self) -> None:
        quarry, hidden = make_site(code="QUARRY-1"), make_site(code="HIDDEN")
        self.receive("1")
        for site in (quarry, hidden):
            make_received(site, self.debris, by=make_member(site), date=DAY, tons="2")

        entries = latest_entries([self.site, quarry])

        assert [entry.site for entry in entries] == [quarry, self.site]
        assert latest_entries([]) == []

    def test_take_one_query_a_module_for_many_sites(self) -> None:
        sites = [self.site, *(make_site() for _ in range(20))]
        self.receive("1")

        for chosen in (sites[:1], sites):
            with self.assertNumQueries(len(modules())):
                assert len(latest_entries(chosen)) == 1
